"""A seller at work: licenses, check-outs and refusals in the words of the tests."""

import botocore.exceptions
import pytest

import documents

# The status of exceptions that are not of 400.
STATUSES = {
    "ServerInternalException": 500,
    "NoSuchEntity": 404,
    "EntityAlreadyExists": 409,
    "DeleteConflict": 409,
    "LimitExceeded": 409,
    "AccessDenied": 403,
    "InvalidClientTokenId": 403,
    "UnrecognizedClientException": 403,
}


class Shop:
    """Creates licenses with one client."""

    def __init__(self, client):
        self.client = client

    def create(self, **changes):
        """A license of the standard document with some members changed."""
        document = documents.license(**changes)
        answer = self.client.create_license(**document)
        return License(self.client, document, answer)

    def refuse(self, code, **changes):
        """A document that must not become a license."""
        return refused(code, self.client.create_license, **documents.license(**changes))


class License:
    """One license, with calls that have most of their members filled in."""

    def __init__(self, client, document, answer):
        self.client = client
        self.document = document
        self.created = answer
        self.arn = answer["LicenseArn"]
        self.sku = document["ProductSKU"]
        account = self.arn.split(":")[4]
        self.fingerprint = f"aws:{account}:{document['Issuer']['Name']}:issuer-fingerprint"

    def request(self, *asked, **changes):
        """What CheckoutLicense takes to check this license out as its creator."""
        request = {
            "ProductSKU": self.sku,
            "CheckoutType": "PROVISIONAL",
            "KeyFingerprint": self.fingerprint,
            "Entitlements": list(asked),
            "ClientToken": documents.token(),
            "Beneficiary": self.document["Beneficiary"],
        }
        return documents.without_none(request | changes)

    def check_out(self, *asked, **changes):
        return self.client.checkout_license(**self.request(*asked, **changes))

    def draw(self, *asked, **changes):
        return self.check_out(*asked, CheckoutType="PERPETUAL", **changes)

    def refuse(self, *asked, code="NoEntitlementsAllowedException", **changes):
        """A check-out that must be refused."""
        return refused(code, self.check_out, *asked, **changes)

    def allowed(self, *asked, **changes):
        """The names that a check-out was given."""
        answer = self.check_out(*asked, **changes)
        return [entitlement["Name"] for entitlement in answer["EntitlementsAllowed"]]

    def extend(self, checkout, **members):
        token = checkout["LicenseConsumptionToken"]
        return self.client.extend_license_consumption(LicenseConsumptionToken=token, **members)

    def check_in(self, checkout, **members):
        token = checkout["LicenseConsumptionToken"]
        return self.client.check_in_license(LicenseConsumptionToken=token, **members)

    def usages(self):
        answer = self.client.get_license_usage(LicenseArn=self.arn)
        return answer["LicenseUsage"]["EntitlementUsages"]

    def usage(self, name="Users"):
        """Units of one entitlement that are out."""
        found = [row for row in self.usages() if row["Name"] == name]
        assert len(found) == 1, found
        return int(found[0]["ConsumedValue"])

    def get(self, **members):
        return self.client.get_license(LicenseArn=self.arn, **members)["License"]

    def amend(self, **changes):
        """A new version: the old document with some members changed."""
        kept = {name: value for name, value in self.document.items() if name != "Tags"}
        kept["ClientToken"] = documents.token()
        document = documents.version(self.arn, **kept | changes)
        return self.client.create_license_version(**document)

    def delete(self, version="1"):
        return self.client.delete_license(LicenseArn=self.arn, SourceVersion=version)


def refused(code, call, *args, **members):
    """Calls what must be refused with this exception; answers its parsed form."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(*args, **members)
    answer = caught.value.response
    assert answer["Error"]["Code"] == code, answer
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == STATUSES.get(code, 400)
    return answer
