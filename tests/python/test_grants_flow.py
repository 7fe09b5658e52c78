"""The test-license flow across two accounts in a terminal, step by step (reference 11.5)."""

import datetime

import pytest

import documents
import program
from clock import parse
from terminal import Cli

DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
FINGERPRINT = f"aws:{program.SELLER}:Self:issuer-fingerprint"
NOTHING = "NoEntitlementsAllowedException"
USE = ["CheckoutLicense", "CheckInLicense", "ExtendConsumptionLicense"]
USE += ["CheckoutBorrowLicense", "CreateToken", "ListPurchasedLicenses"]


class Flow:
    """Two terminals, and the license that goes from one to the other."""

    def __init__(self, server, **changes):
        self.seller, self.buyer = Cli(server, "seller"), Cli(server, "buyer")
        begin = datetime.datetime.now(datetime.timezone.utc)
        sample = documents.sample(program.SELLER, program.BUYER, begin, begin + 10 * DAY)
        self.document = sample | changes
        self.created = self.seller.ok("create-license", cli_input_json=self.document)
        self.arn = self.created["LicenseArn"]
        self.grant = None

    def give(self):
        """Step 3."""
        answer = self.seller.ok(
            "create-grant",
            client_token=documents.token(),
            grant_name="Test grant",
            license_arn=self.arn,
            principals=f"arn:aws:iam::{program.BUYER}:root",
            home_region="us-east-1",
            allowed_operations=USE,
        )
        self.grant = answer["GrantArn"]
        return answer["Status"], answer["Version"]

    def take(self):
        """Step 5."""
        accepted = self.buyer.ok("accept-grant", grant_arn=self.grant)
        active = self.buyer.ok(*self.version("ACTIVE"))
        return [(it["Status"], it["Version"]) for it in (accepted, active)]

    def version(self, status):
        token = documents.token()
        words = ["--grant-arn", self.grant, "--status", status, "--client-token", token]
        return ["create-grant-version", *words]

    def check_out(self, name="ReadOnly", value="1", unit="Count", kind="PROVISIONAL"):
        """The words of a check-out by the buyer, who names no beneficiary."""
        return [
            *["checkout-license", "--product-sku", self.document["ProductSKU"]],
            *["--checkout-type", kind, "--key-fingerprint", FINGERPRINT],
            *["--entitlements", f"Name={name},Unit={unit}" + (f",Value={value}" if value else "")],
            *["--client-token", documents.token()],
        ]

    def usage(self):
        answer = self.seller.ok("get-license-usage", license_arn=self.arn)
        return answer["LicenseUsage"]["EntitlementUsages"][0]["ConsumedValue"]


def test_11_5_steps_1_to_9_and_12(own_server):
    # 1. The license.
    flow = Flow(own_server)
    seller, buyer = flow.seller, flow.buyer
    assert (flow.created["Status"], flow.created["Version"]) == ("AVAILABLE", "1")
    # 2. Its fingerprint. Nobody else can read it yet (L42).
    license = seller.ok("get-license", license_arn=flow.arn)["License"]
    assert license["Issuer"]["KeyFingerprint"] == FINGERPRINT
    buyer.refused("InvalidParameterValueException", "get-license", license_arn=flow.arn)
    # 3. The grant.
    assert flow.give() == ("PENDING_ACCEPT", "1")
    seller.refused("ValidationException", "accept-grant", grant_arn=flow.grant)
    # 4. Too early: before acceptance, and before activation.
    buyer.refused(NOTHING, *flow.check_out())
    # 5. Accept and activate.
    buyer.refused("ValidationException", *flow.version("ACTIVE"))
    (received,) = buyer.ok("list-received-licenses")["Licenses"]
    assert received["ReceivedMetadata"]["ReceivedStatus"] == "PENDING_ACCEPT"
    assert {"Name": "grantArn", "Value": flow.grant} in received["LicenseMetadata"]
    assert flow.take() == [("DISABLED", "2"), ("ACTIVE", "3")]
    buyer.refused("ValidationException", "accept-grant", grant_arn=flow.grant)
    # 6. The first check-out, with an hour to live.
    first = buyer.ok(*flow.check_out())
    assert parse(first["Expiration"]) - parse(first["IssuedAt"]) == HOUR
    assert first["EntitlementsAllowed"] == [{"Name": "ReadOnly", "Value": "1", "Unit": "Count"}]
    assert (len(first["LicenseConsumptionToken"]), first["LicenseArn"]) == (32, flow.arn)
    # 7. Four more, and a fifth is one too many.
    more = [buyer.ok(*flow.check_out()) for _ in range(4)]
    buyer.refused(NOTHING, *flow.check_out())
    assert flow.usage() == "5"
    # 8. Check in, and there is room again.
    check_in = ["check-in-license", "--license-consumption-token"]
    buyer.ok(*check_in, first["LicenseConsumptionToken"])
    assert flow.usage() == "4"
    buyer.refused("ResourceNotFoundException", *check_in, first["LicenseConsumptionToken"])
    more.append(buyer.ok(*flow.check_out()))
    # 9. Another unit is another entitlement, which the license does not have.
    buyer.ok(*check_in, more.pop()["LicenseConsumptionToken"])
    buyer.refused(NOTHING, *flow.check_out(unit="None", value=None))
    # 12. Delete, after all are checked in.
    delete = ["delete-license", "--license-arn", flow.arn, "--source-version", "1"]
    seller.refused("ConflictException", *delete)
    buyer.refused("InvalidParameterValueException", *delete)
    for checkout in more:
        buyer.ok(*check_in, checkout["LicenseConsumptionToken"])
    deleted = seller.ok(*delete)
    assert deleted["Status"] == "DELETED" and parse(deleted["DeletionDate"])
    buyer.refused(NOTHING, *flow.check_out())
    assert seller.ok("get-grant", grant_arn=flow.grant)["Grant"]["GrantStatus"] == "DELETED"
    assert buyer.ok("get-license", license_arn=flow.arn)["License"]["Status"] == "DELETED"


def test_11_5_step_10_the_tiered_variant(own_server):
    tier = documents.tier("EnterpriseUsage", Value="Enabled")
    flow = Flow(own_server, Entitlements=[tier])
    flow.give()
    flow.take()
    for _ in range(7):
        allowed = flow.buyer.ok(*flow.check_out("EnterpriseUsage", None, "None"))
        assert allowed["EntitlementsAllowed"] == [tier], "allowed without counting"
    flow.buyer.refused(NOTHING, *flow.check_out("BasicUsage", None, "None"))


def test_11_5_step_11_drawdown(own_server):
    flow = Flow(own_server, Entitlements=[documents.counted("Backups", 1024)])
    flow.give()
    flow.take()
    draw = lambda value="10": flow.check_out("Backups", value, kind="PERPETUAL")
    for count in range(1, 4):
        drawn = flow.buyer.ok(*draw())
        assert flow.usage() == str(10 * count), "it grows"
    flow.buyer.refused(NOTHING, *draw("995"))
    flow.buyer.ok(*draw("994"))
    flow.buyer.refused(NOTHING, *draw("1"))
    token = drawn["LicenseConsumptionToken"]
    refused = ["check-in-license", "--license-consumption-token", token]
    flow.buyer.refused("ValidationException", *refused)
    assert flow.usage() == "1024"
    delete = ["delete-license", "--license-arn", flow.arn, "--source-version", "1"]
    assert flow.seller.ok(*delete)["Status"] == "DELETED", "L31: what is drawn does not block"


@pytest.mark.parametrize("end", ["reject-grant", "delete-grant"])
def test_undoing_a_grant_in_a_terminal(own_server, end):
    flow = Flow(own_server)
    flow.give()
    flow.take()
    held = flow.buyer.ok(*flow.check_out())
    if end == "reject-grant":
        flow.seller.refused("ValidationException", end, grant_arn=flow.grant)
        assert flow.buyer.ok(end, grant_arn=flow.grant)["Status"] == "REJECTED"
    else:
        # As a flag, --version is the CLI's own and prints which one it is.
        members = {"GrantArn": flow.grant, "StatusReason": "Unpaid", "Version": "3"}
        stale = members | {"Version": "2"}
        flow.buyer.refused("ValidationException", end, cli_input_json=members)
        flow.seller.refused("ValidationException", end, cli_input_json=stale)
        assert flow.seller.ok(end, cli_input_json=members)["Status"] == "DELETED"
        (received,) = flow.buyer.ok("list-received-licenses")["Licenses"]
        assert received["ReceivedMetadata"]["ReceivedStatusReason"] == "Unpaid"
    flow.buyer.refused(NOTHING, *flow.check_out())
    flow.buyer.refused("ValidationException", *flow.version("ACTIVE"))
    token = ["--license-consumption-token", held["LicenseConsumptionToken"]]
    flow.buyer.refused("ValidationException", "extend-license-consumption", *token)
    flow.buyer.ok("check-in-license", *token)
    assert flow.usage() == "0"
