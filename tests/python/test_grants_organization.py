"""Grants to an organization and its units: G4, G5, G7, G8, G19, G26, G33, G51, G52, G60, G64."""

import pytest

import documents
import program
from directory import SERVICE, join, unit
from documents import ask
from shop import refused
from trade import PASS_ON, USE, Party, answered, text_of

ACCOUNTS = 1_000
NOT_SETTABLE = ["PENDING_WORKFLOW", "PENDING_ACCEPT", "REJECTED", "DELETED", "PENDING_DELETE"]
NOT_SETTABLE += ["FAILED_WORKFLOW", "WORKFLOW_COMPLETED"]


class House(Party):
    """An account that manages an organization, and receives a license to pass on in it."""

    def __init__(self, server, profile, seller):
        super().__init__(server, profile)
        self.directory = server.client(profile, "organizations")
        made = self.directory.create_organization()["Organization"]
        self.id, self.organization = made["Id"], made["Arn"]
        self.root = self.directory.list_roots()["Roots"][0]["Id"]
        self.sold = seller.sell()
        self.received_by = seller.lend(self.sold, self, PASS_ON)

    def trust(self):
        self.directory.enable_aws_service_access(ServicePrincipal=SERVICE)

    def share(self, arn=None):
        """A grant to the organization or a unit, as its answer shows it."""
        return self.grant(self.sold, Everyone(arn or self.organization))

    def unit_arn(self, id):
        return f"arn:aws:organizations::{self.account}:ou/{self.id}/{id}"

    def parts(self):
        """The status of each account's part, by account; the last one if there were several."""
        found, token = {}, {}
        while token is not None:
            page = self.client.list_received_grants_for_organization(
                LicenseArn=self.sold.arn, **token
            )
            for grant in page["Grants"]:
                found[grant["GranteePrincipalArn"].split(":")[4]] = grant["GrantStatus"]
            token = {"NextToken": page["NextToken"]} if "NextToken" in page else None
        return found


class Everyone:
    """The recipient of a grant that is no account."""

    def __init__(self, arn):
        self.principal = arn


@pytest.fixture
def vendor_here(own_server):
    return Party(own_server, "seller")


@pytest.fixture
def house(own_server, vendor_here):
    return House(own_server, "buyer", vendor_here)


@pytest.fixture
def dealer_here(own_server):
    return Party(own_server, "reseller")


def test_G4_G5_G51_a_thousand_accounts(own_server, house, dealer_here):
    house.trust()
    for number in range(ACCOUNTS):
        house.directory.create_account(
            Email=f"member{number}@example.com", AccountName=f"member {number}"
        )
    whole = house.share()
    assert answered(whole.created) == ("PENDING_WORKFLOW", "1")
    assert whole.status == "WORKFLOW_COMPLETED"
    parts = house.parts()
    # The management account grants; it is not granted to.
    assert house.account not in parts
    assert len(parts) == ACCOUNTS and set(parts.values()) == {"DISABLED"}

    assert answered(whole.change(Status="ACTIVE")) == ("PENDING_WORKFLOW", "3")
    assert whole.status == "WORKFLOW_COMPLETED"
    parts = house.parts()
    assert len(parts) == ACCOUNTS and set(parts.values()) == {"ACTIVE"}

    newcomer = own_server.client("reseller", "organizations")
    join(house.directory, newcomer, program.RESELLER)
    assert house.parts()[program.RESELLER] == "ACTIVE"
    used = dealer_here.holds(house.sold)
    used.check_out(ask("Users", 1))
    newcomer.leave_organization()
    [part] = of_license(dealer_here, house.sold)
    assert part["GrantStatus"] == "DELETED"
    used.refuse(ask("Users", 1))
    join(house.directory, newcomer, program.RESELLER)
    used.check_out(ask("Users", 1))

    whole.change(Status="DISABLED")
    assert set(house.parts().values()) == {"DISABLED"}
    assert answered(whole.delete()) == ("PENDING_DELETE", str(int(whole.version) - 1))
    assert whole.status == "DELETED"
    assert set(house.parts().values()) == {"DELETED"}


def of_license(party, sold):
    filters = [{"Name": "LicenseArn", "Values": [sold.arn]}]
    return party.client.list_received_grants(Filters=filters)["Grants"]


def test_G51_units_nest_and_accounts_move(own_server, house):
    house.trust()
    outer = unit(house.directory, house.root, "outer")
    inner = unit(house.directory, outer, "inner")
    join(house.directory, own_server.client("reseller", "organizations"), program.RESELLER)
    whole = house.share(house.unit_arn(outer))
    assert house.parts() == {}
    move = lambda source, target: house.directory.move_account(
        AccountId=program.RESELLER, SourceParentId=source, DestinationParentId=target
    )
    move(house.root, inner)
    assert house.parts() == {program.RESELLER: "DISABLED"}
    move(inner, outer)
    assert house.parts() == {program.RESELLER: "DISABLED"}
    whole.change(Status="ACTIVE")
    assert house.parts() == {program.RESELLER: "ACTIVE"}
    move(outer, house.root)
    assert house.parts() == {program.RESELLER: "DELETED"}


def test_G26_G33_a_part_is_switched_by_its_account_alone(own_server, house, dealer_here):
    house.trust()
    join(house.directory, own_server.client("reseller", "organizations"), program.RESELLER)
    whole = house.share()
    listed = {each["GrantArn"]: each for each in of_license(dealer_here, house.sold)}
    whole_shown = listed.pop(whole.arn)
    assert whole_shown["GrantStatus"] == "WORKFLOW_COMPLETED"
    [part] = listed.values()
    assert part["ParentArn"] == whole.arn
    client, arn = dealer_here.client, {"GrantArn": part["GrantArn"]}
    refused("ValidationException", client.accept_grant, **arn)
    refused("ValidationException", client.reject_grant, **arn)
    change = lambda status: client.create_grant_version(**arn, ClientToken=status, Status=status)
    assert answered(change("ACTIVE")) == ("ACTIVE", "2")
    dealer_here.holds(house.sold).check_out(ask("Users", 1))
    assert answered(change("DISABLED")) == ("DISABLED", "3")
    received = dealer_here.received(house.sold)
    assert received["ReceivedMetadata"]["ReceivedStatus"] == "DISABLED"
    metadata = {each["Name"]: each["Value"] for each in received["LicenseMetadata"]}
    assert metadata["grantArn"] == whole.arn
    rename = arn | {"ClientToken": "x", "GrantName": "mine"}
    refused("ValidationException", client.create_grant_version, **rename)
    refused("ValidationException", house.client.delete_grant, **arn, Version="3")
    # Who manages the organization sees the parts, and may switch them.
    house.client.get_grant(**arn)
    house.client.create_grant_version(**arn, ClientToken="y", Status="ACTIVE")


def test_G39_parts_have_what_the_whole_has(own_server, house, dealer_here):
    house.trust()
    join(house.directory, own_server.client("reseller", "organizations"), program.RESELLER)
    whole = house.share()
    whole.change(Status="ACTIVE")
    used = dealer_here.holds(house.sold)
    used.check_out(ask("Users", 1))
    shown = lambda: [
        (each["GrantName"], each["GrantedOperations"], each["GrantStatus"])
        for each in of_license(dealer_here, house.sold)
        if each["ParentArn"] == whole.arn
    ]
    whole.change(AllowedOperations=["CheckInLicense"], GrantName="narrow")
    assert shown() == [("narrow", ["CheckInLicense"], "ACTIVE")]
    used.refuse(ask("Users", 1))
    whole.change(AllowedOperations=USE)
    assert shown() == [("narrow", USE, "ACTIVE")]
    used.check_out(ask("Users", 1))


def test_G34_every_transition_of_a_whole_and_its_parts(own_server, house, dealer_here):
    house.trust()
    join(house.directory, own_server.client("reseller", "organizations"), program.RESELLER)
    whole = house.share()
    listed = of_license(dealer_here, house.sold)
    [part] = [{"GrantArn": each["GrantArn"]} for each in listed if each["ParentArn"] == whole.arn]
    for status in ["DISABLED", "ACTIVE", "ACTIVE", "DISABLED", "DISABLED", "ACTIVE"]:
        assert whole.change(Status=status)["Status"] == "PENDING_WORKFLOW"
        assert whole.status == "WORKFLOW_COMPLETED"
        for party, grant in [(house, {"GrantArn": whole.arn}), (dealer_here, part)]:
            refused("ValidationException", party.client.accept_grant, **grant)
            refused("ValidationException", party.client.reject_grant, **grant)
        for odd in NOT_SETTABLE:
            for party, grant in [(house, {"GrantArn": whole.arn}), (dealer_here, part)]:
                change = grant | {"ClientToken": documents.token(), "Status": odd}
                refused("ValidationException", party.client.create_grant_version, **change)
    whole.delete()
    for party, grant in [(house, {"GrantArn": whole.arn}), (dealer_here, part)]:
        assert party.client.get_grant(**grant)["Grant"]["GrantStatus"] == "DELETED"
        version = party.client.get_grant(**grant)["Grant"]["Version"]
        refused("ValidationException", party.client.accept_grant, **grant)
        refused("ValidationException", party.client.reject_grant, **grant)
        refused("ValidationException", house.client.delete_grant, **grant, Version=version)
        for status in ["ACTIVE", "DISABLED"]:
            change = grant | {"ClientToken": documents.token(), "Status": status}
            refused("ValidationException", party.client.create_grant_version, **change)


def test_G7_G8_G19_G52_who_may_grant_to_an_organization(own_server, house, vendor_here, dealer_here):
    error = house.refuse("ValidationException", house.sold, Everyone(house.organization))
    text = "Grantor has disabled Trusted Access to AWS License Manager Service in AWS Organizations"
    assert text_of(error) == text
    house.trust()
    reseller = own_server.client("reseller", "organizations")
    join(house.directory, reseller, program.RESELLER)
    # Neither a stranger nor a plain member, nor for a unit that is not there.
    to_all = Everyone(house.organization)
    vendor_here.refuse("InvalidParameterValueException", house.sold, to_all)
    other = dealer_here.sell()
    dealer_here.refuse("ValidationException", other, to_all)
    no_unit = Everyone(house.unit_arn("ou-abcd-12345678"))
    house.refuse("InvalidParameterValueException", house.sold, no_unit)
    # A delegated administrator may (G7), of a license of its own (G52).
    house.directory.register_delegated_administrator(
        AccountId=program.RESELLER, ServicePrincipal=SERVICE
    )
    assert dealer_here.grant(other, to_all).created["Status"] == "PENDING_WORKFLOW"
    assert house.received(other)["ReceivedMetadata"]["ReceivedStatus"] == "DISABLED"
    # A member accepts what its management account grants to it alone (G8).
    single = house.grant(house.sold, dealer_here, USE)
    assert answered(single.created) == ("DISABLED", "1")


def test_G64_only_administrators_ask_for_all_accounts(own_server, house, dealer_here):
    house.trust()
    join(house.directory, own_server.client("reseller", "organizations"), program.RESELLER)
    whole = house.share()
    call = house.client.list_received_grants_for_organization
    for name, value, count in [
        ("ParentArn", whole.arn, 1),
        ("ParentArn", house.received_by.arn, 0),
        ("GranteePrincipalArn", dealer_here.principal, 1),
        ("GranteePrincipalARN", house.principal, 0),
    ]:
        found = call(LicenseArn=house.sold.arn, Filters=[{"Name": name, "Values": [value]}])
        assert len(found["Grants"]) == count, (name, value)
    call = house.client.list_received_licenses_for_organization
    [license] = call()["Licenses"]
    assert license["LicenseArn"] == house.sold.arn
    assert call(Filters=[{"Name": "ProductSKU", "Values": ["none"]}])["Licenses"] == []
    client = dealer_here.client
    refused("ValidationException", client.list_received_licenses_for_organization)
    refused(
        "ValidationException",
        client.list_received_grants_for_organization,
        LicenseArn=house.sold.arn,
    )


def test_the_checklist_tells_the_next_step(own_server, vendor_here):
    customer = Party(own_server, "buyer")
    sold = vendor_here.sell()

    def check(text, command=None):
        place = ["--data", own_server.data]
        shown = program.run("checklist", "--account", customer.account, *place).stdout
        assert sold.arn in shown and text in shown, shown
        assert command is None or command in shown, shown

    grant = vendor_here.grant(sold, customer)
    check("accept the grant", f"accept-grant --grant-arn {grant.arn}")
    grant.accept()
    check("activate the grant", f"create-grant-version --grant-arn {grant.arn} --status ACTIVE")
    grant.activate()
    check("[x]")
    grant.tag(**{entry["Name"]: 0 for entry in sold.document["Entitlements"]})
    check(f"the cap of {grant.arn} is reached")
    grant.change(AllowedOperations=["CheckInLicense"])
    check("does not allow CheckoutLicense")
    grant.reject()
    check("REJECTED")
