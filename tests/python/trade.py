"""Accounts that pass licenses on: grants in the words of the tests (section 7)."""

import re

import documents
import program
from shop import License, Shop, refused

# The two presets of G12.
USE = ["CheckoutLicense", "CheckInLicense", "ExtendConsumptionLicense"]
USE += ["CheckoutBorrowLicense", "CreateToken", "ListPurchasedLicenses"]
PASS_ON = [*USE, "CreateGrant"]
GRANT_ARN = re.compile(r"arn:aws:license-manager::(\d{12}):grant:g-[0-9a-f]{32}")
UNKNOWN = f"arn:aws:license-manager::{program.SELLER}:grant:g-{'0' * 32}"
CAP = "leasehold:cap/"


class Party:
    """An account at work."""

    def __init__(self, server, profile):
        self.profile = profile
        self.client = server.client(profile)
        self.account = server.account(profile)
        self.principal = f"arn:aws:iam::{self.account}:root"

    def sell(self, **changes):
        """A license of its own."""
        return Shop(self.client).create(**changes)

    def grant(self, sold, to, operations=USE, **changes):
        """A grant to another party, as it is before anybody accepts it."""
        answer = self.client.create_grant(**request(sold, to, operations, **changes))
        return Grant(self, to, sold, answer)

    def lend(self, sold, to, operations=USE, **changes):
        """A grant that is accepted and activated."""
        grant = self.grant(sold, to, operations, **changes)
        grant.accept()
        grant.activate()
        return grant

    def refuse(self, code, sold, to, operations=USE, **changes):
        """A grant that must not come to be."""
        call = self.client.create_grant
        return refused(code, call, **request(sold, to, operations, **changes))

    def holds(self, sold):
        """A license as this account has it by grant."""
        return Received(self.client, sold.document, sold.created)

    def received(self, sold):
        """How the account sees a license that it received."""
        found = self.client.list_received_licenses(LicenseArns=[sold.arn])["Licenses"]
        assert len(found) <= 1, "each license once"
        return found[0] if found else None


class Received(License):
    """A license by grant: its check-outs name no beneficiary (C2)."""

    def request(self, *asked, **changes):
        return super().request(*asked, **{"Beneficiary": None} | changes)


class Grant:
    """One grant, with who gave it and who got it."""

    def __init__(self, giver, taker, sold, answer):
        self.giver, self.taker, self.sold = giver, taker, sold
        self.created = answer
        self.arn = answer["GrantArn"]

    def accept(self, by=None):
        return (by or self.taker).client.accept_grant(GrantArn=self.arn)

    def reject(self, by=None):
        return (by or self.taker).client.reject_grant(GrantArn=self.arn)

    def set(self, by=None, **members):
        """A new version by the taker, or by another party."""
        members = {"GrantArn": self.arn, "ClientToken": documents.token()} | members
        return (by or self.taker).client.create_grant_version(**members)

    def change(self, **members):
        """A new version by the giver."""
        return self.set(by=self.giver, **members)

    def activate(self):
        return self.set(Status="ACTIVE")

    def disable(self):
        return self.set(Status="DISABLED")

    def delete(self, by=None, version=None, **members):
        version = version or self.version
        return (by or self.giver).client.delete_grant(
            GrantArn=self.arn, Version=version, **members
        )

    def get(self, by=None, **members):
        return (by or self.giver).client.get_grant(GrantArn=self.arn, **members)["Grant"]

    def tag(self, **caps):
        """Sets caps by entitlement."""
        self.giver.client.tag_resource(ResourceArn=self.arn, Tags=caps_of(**caps))

    @property
    def status(self):
        return self.get()["GrantStatus"]

    @property
    def version(self):
        return self.get()["Version"]


def request(sold, to, operations=USE, **changes):
    """What CreateGrant takes; a member changed to None is left out."""
    members = {
        "ClientToken": documents.token(),
        "GrantName": "Example grant",
        "LicenseArn": sold.arn,
        "Principals": [to.principal],
        "HomeRegion": documents.HOME,
        "AllowedOperations": operations,
    }
    return documents.without_none(members | changes)


def caps_of(**caps):
    """Tags that cap entitlements."""
    return [{"Key": CAP + name, "Value": str(units)} for name, units in caps.items()]


def metadata(**entries):
    """License metadata of this server's own; `grant_depth=3` is `leasehold:grant-depth`."""
    name = lambda key: "leasehold:" + key.replace("_", "-")
    return [{"Name": name(key), "Value": str(value)} for key, value in entries.items()]


def answered(answer):
    """Status and version of an answer about a grant."""
    return answer["Status"], answer["Version"]


def text_of(answer):
    """The message of a refusal."""
    return answer["Error"]["Message"]
