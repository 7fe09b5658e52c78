"""CheckoutBorrowLicense and the tokens that licenses with a key sign: section 6, C36, C53, C63,
L12."""

import datetime

import jwt
import pytest

import clock as clocks
import documents
import keys
import program
from shop import License, Shop, refused
from test_boto3_borrow_flow import pem

NOTHING = "NoEntitlementsAllowedException"
ONE = [documents.ask()]


@pytest.fixture(scope="session")
def kms(server):
    return server.client("seller", "kms")


@pytest.fixture(scope="session")
def sign_key(kms):
    """A key that tests use and do not change."""
    return keys.create(kms)["Arn"]


@pytest.fixture
def own_key(kms):
    """A key that a test may change."""
    return keys.create(kms)["KeyId"]


@pytest.fixture
def lend(shop, sign_key):
    """Makes licenses that can be borrowed from."""

    def create(key=sign_key, **changes):
        changes = {"ConsumptionConfiguration": both()} | changes
        return Lender(shop.create(Issuer=issuer(key), **changes))

    return create


def issuer(key):
    return {"Name": "Example issuer"} | ({"SignKey": key} if key else {})


def both(minutes=1440, early=True):
    return documents.provisional() | documents.borrow(minutes, early)


class Lender:
    """A license, and borrows from it."""

    def __init__(self, license):
        self.license = license
        self.arn = license.arn

    def request(self, *asked, **changes):
        request = {
            "LicenseArn": self.arn,
            "Entitlements": list(asked) or ONE,
            "DigitalSignatureMethod": "JWT_PS384",
            "ClientToken": documents.token(),
        }
        return request | changes

    def borrow(self, *asked, client=None, **changes):
        client = client or self.license.client
        return client.checkout_borrow_license(**self.request(*asked, **changes))

    def refuse(self, code, *asked, **changes):
        """A borrow that must be refused, and must take nothing."""
        before = self.license.usages()
        refused(code, self.borrow, *asked, **changes)
        assert self.license.usages() == before


def when(text):
    return clocks.parse(text)


def test_B1_B9_B10_J2_a_borrow(lend, kms, sign_key, clock):
    lender = lend()
    lent = lender.borrow(documents.ask(value=3), NodeId="node")
    assert lent["LicenseArn"] == lender.arn
    assert lent["EntitlementsAllowed"] == [documents.ask(value=3)]
    assert when(lent["Expiration"]) - when(lent["IssuedAt"]) == datetime.timedelta(days=1)
    assert "Z" not in lent["IssuedAt"] + lent["Expiration"]
    assert lender.license.usage() == 3
    header = jwt.get_unverified_header(lent["SignedToken"])
    assert header == {"alg": "PS384", "typ": "JWT"}, "J1"
    public_key = kms.get_public_key(KeyId=sign_key)["PublicKey"]
    claims = jwt.decode(lent["SignedToken"], pem(public_key), algorithms=["PS384"])
    assert list(claims)[:3] == ["licenseArn", "licenseConsumptionToken", "entitlementsAllowed"]
    assert not {"aud", "exp", "iat", "iss"} & set(claims), "J3"
    clock.advance(hours=23, minutes=59)
    assert lender.license.usage() == 3, "B10"
    clock.advance(minutes=1)
    assert lender.license.usage() == 0


def test_B9_the_license_ends_first(lend, clock):
    end = clock.now() + datetime.timedelta(hours=1)
    lender = lend(Validity={"Begin": documents.LONG_AGO, "End": clocks.text(end)})
    assert when(lender.borrow()["Expiration"]) == end.replace(microsecond=0)


def test_J4_without_node_and_notes(lend):
    claims = jwt.decode(lend().borrow()["SignedToken"], options={"verify_signature": False})
    assert not {"nodeId", "checkoutMetadata"} & set(claims)


def test_B11_notes(lend):
    lender = lend()
    notes = [{"Name": "seat", "Value": "é"}, {"Name": "empty"}]
    lent = lender.borrow(CheckoutMetadata=notes)
    assert lent["CheckoutMetadata"] == [notes[0], {"Name": "empty", "Value": ""}]
    claims = jwt.decode(lent["SignedToken"], options={"verify_signature": False})
    assert claims["checkoutMetadata"] == {"seat": "é", "empty": ""}
    for bad in ([notes[0]] * 2, [{"Value": "x"}], [{"Name": "n", "Value": "x" * 4096}]):
        lender.refuse("InvalidParameterValueException", CheckoutMetadata=bad)


def test_B3_B4_all_or_nothing(lend):
    lender = lend(Entitlements=[documents.counted(), documents.counted("Rooms", 1)])
    some = "EntitlementNotAllowedException"
    lender.refuse(some, documents.ask(), documents.ask("Rooms", 2))
    lender.refuse(some, documents.ask(), documents.ask("Nothing"))
    lender.refuse(NOTHING, documents.ask(value=11), documents.ask("Rooms", 2))
    lender.refuse(NOTHING, documents.ask(unit="Bytes"))
    refused(NOTHING, lender.borrow, Entitlements=[])
    assert len(lender.borrow(*ONE, documents.ask("Rooms"))["EntitlementsAllowed"]) == 2


def test_B5_licenses_that_cannot_be_used(lend, server):
    lender = lend()
    unknown = lender.arn[:-32] + "0" * 32
    lender.refuse("ResourceNotFoundException", LicenseArn=unknown)
    stranger = server.client("buyer")
    lender.refuse("ResourceNotFoundException", client=stranger)
    lender.license.amend(Status="DEACTIVATED")
    lender.refuse(NOTHING)
    later = lend(Validity={"Begin": "8000-01-01T00:00:00Z"})
    later.refuse(NOTHING)


def test_B6_D13_licenses_that_do_not_lend(lend):
    lend(ConsumptionConfiguration=documents.provisional()).refuse(NOTHING)
    lend(key=None).refuse("ValidationException")


def test_B7_other_ways_to_sign(lend, kms, own_key):
    unsupported = "UnsupportedDigitalSignatureMethodException"
    lender = lend()
    lender.refuse(unsupported, DigitalSignatureMethod="JWT_RS256")
    lender.refuse(unsupported, DigitalSignatureMethod="")
    # A license may name an alias, which may be given to a key that cannot sign so.
    alias = f"alias/{own_key}"
    kms.create_alias(AliasName=alias, TargetKeyId=own_key)
    lender = lend(key=alias)
    assert lender.borrow()["SignedToken"]
    kms.update_alias(AliasName=alias, TargetKeyId=keys.create(kms, "ECC_NIST_P384")["KeyId"])
    lender.refuse(unsupported)


def test_B8_keys_that_cannot_be_used(lend, kms, own_key, clock):
    lender = lend(key=own_key)
    kms.disable_key(KeyId=own_key)
    lender.refuse("AccessDeniedException")
    kms.enable_key(KeyId=own_key)
    assert lender.borrow()["SignedToken"]
    kms.schedule_key_deletion(KeyId=own_key, PendingWindowInDays=7)
    lender.refuse("AccessDeniedException")
    clock.advance(days=8)
    lender.refuse("AccessDeniedException")


def test_B2_borrows_by_grant(lend, vendor, customer):
    lender = lend(Beneficiary=program.BUYER)
    borrower = customer.client
    grant = vendor.grant(lender.license, customer)
    lender.refuse(NOTHING, client=borrower)
    grant.accept()
    lender.refuse(NOTHING, client=borrower)
    grant.activate()
    lent = lender.borrow(client=borrower)
    assert lender.license.usage() == 1
    refused("ResourceNotFoundException", lender.license.check_in, lent)
    customer.holds(lender.license).check_in(lent)
    assert lender.license.usage() == 0
    grant.change(AllowedOperations=["CheckoutLicense"])
    lender.refuse("AuthorizationException", client=borrower)


def test_B2_caps_hold_for_borrows(lend, vendor, customer):
    lender = lend(Beneficiary=program.BUYER)
    vendor.lend(lender.license, customer, Tags=[{"Key": "leasehold:cap/Users", "Value": "2"}])
    lent = lender.borrow(documents.ask(value=2), client=customer.client)
    lender.refuse(NOTHING, client=customer.client)
    lender.borrow()
    customer.holds(lender.license).check_in(lent)
    lender.borrow(client=customer.client)


def test_B10_C53_a_borrow_is_not_extended(lend):
    lender = lend()
    refused("ValidationException", lender.license.extend, lender.borrow())


def test_C63_early_return(lend):
    kept = [documents.counted(check_in=False)]
    lender = lend(Entitlements=kept)
    lent = lender.borrow()
    lender.license.check_in(lent)
    assert lender.license.usage() == 0, "AllowCheckIn of the entitlement is not asked"
    refused("ResourceNotFoundException", lender.license.check_in, lent)
    lender = lend(ConsumptionConfiguration=both(early=False))
    lent = lender.borrow()
    refused("ValidationException", lender.license.check_in, lent)
    assert lender.license.usage() == 1


def test_W62_W63_a_repeated_borrow_is_the_same(lend):
    lender = lend(Entitlements=[documents.counted(max_count=1)])
    request = lender.request(NodeId="node", CheckoutMetadata=[{"Name": "a", "Value": "b"}])
    borrow = lender.license.client.checkout_borrow_license
    first, second = borrow(**request), borrow(**request)
    for answer in (first, second):
        del answer["ResponseMetadata"]
    claims = [
        jwt.decode(answer.pop("SignedToken"), options={"verify_signature": False})
        for answer in (first, second)
    ]
    assert (first, claims[0]) == (second, claims[1])
    assert lender.license.usage() == 1
    changed = request | {"NodeId": "other"}
    refused("InvalidParameterValueException", borrow, **changed)
    # Whatever became of the license since.
    lender.license.amend(Status="DEACTIVATED")
    third = borrow(**request)
    assert third["LicenseConsumptionToken"] == first["LicenseConsumptionToken"]
    refused("InvalidParameterValueException", borrow, **changed)
    refused(NOTHING, borrow, **request | {"ClientToken": documents.token()})


def test_C36_check_outs_are_signed_where_there_is_a_key(lend, kms, own_key):
    license = lend(key=own_key).license
    checkout = license.check_out(*ONE, NodeId="node")
    public_key = kms.get_public_key(KeyId=own_key)["PublicKey"]
    claims = jwt.decode(checkout["SignedToken"], pem(public_key), algorithms=["PS384"])
    assert claims["licenseConsumptionToken"] == checkout["LicenseConsumptionToken"]
    assert (claims["expiration"], claims["nodeId"]) == (checkout["Expiration"], "node")
    kms.disable_key(KeyId=own_key)
    assert "SignedToken" not in license.check_out(*ONE), "it stands without"
    assert "SignedToken" not in lend(key=None).license.check_out(*ONE)


def test_L12_which_keys_a_license_may_name(lend, shop, server, kms, own_key, sign_key):
    alias = f"alias/{own_key}"
    kms.create_alias(AliasName=alias, TargetKeyId=own_key)
    arn = sign_key.rsplit(":", 1)[0] + ":" + alias
    for name in (own_key, alias, arn, sign_key):
        license = lend(key=name).license
        assert license.get()["Issuer"]["SignKey"] == name

    def refuse(key):
        members = {"Issuer": issuer(key), "ConsumptionConfiguration": both()}
        shop.refuse("InvalidParameterValueException", **members)
        refused("ValidationException", license.amend, Issuer=issuer(key))

    refuse(keys.create(kms, "ECC_NIST_P256")["KeyId"])
    others = server.client("buyer", "kms")
    refuse(keys.create(others)["Arn"])
    elsewhere = server.client("seller", "kms", region="eu-west-1")
    refuse(keys.create(elsewhere)["Arn"])
    license = lend(key=own_key).license
    kms.disable_key(KeyId=own_key)
    refuse(alias)
    # A license does not depend on its key to be changed.
    license.amend(Issuer=issuer(own_key), Status="DEACTIVATED")


def metadata(**offers):
    entries = offers.items()
    return [{"Name": f"leasehold:{name}", "Value": str(value)} for name, value in entries]


def test_borrow_max(lend):
    entitlements = [documents.counted(), documents.tier()]
    lender = lend(
        Entitlements=entitlements, LicenseMetadata=metadata(**{"borrow-max": 3})
    )
    lender.license.check_out(documents.ask(value=5))
    first = lender.borrow(documents.ask(value=2))
    lender.refuse(NOTHING, documents.ask(value=2))
    lender.borrow(documents.ask(), documents.ask_tier())
    lender.borrow(documents.ask_tier())
    lender.refuse(NOTHING)
    lender.license.check_out(*ONE)
    lender.license.check_in(first)
    lender.borrow(documents.ask(value=2))
    for bad in ("x", "", "-1", "1.5"):
        document = documents.license(LicenseMetadata=metadata(**{"borrow-max": bad}))
        create = lender.license.client.create_license
        refused("InvalidParameterValueException", create, **document)


def test_borrow_days_max(lend):
    month = both(minutes=60 * 24 * 30)
    lender = lend(
        ConsumptionConfiguration=month, LicenseMetadata=metadata(**{"borrow-days-max": 7})
    )
    lent = lender.borrow()
    assert when(lent["Expiration"]) - when(lent["IssuedAt"]) == datetime.timedelta(days=7)
    for bad in ("0", "x", "36501"):
        document = documents.license(LicenseMetadata=metadata(**{"borrow-days-max": bad}))
        create = lender.license.client.create_license
        refused("InvalidParameterValueException", create, **document)


def test_B12_a_token_outlives_its_license(lend, kms, sign_key):
    lender = lend()
    lent = lender.borrow()
    lender.license.amend(Status="DEACTIVATED")
    public_key = kms.get_public_key(KeyId=sign_key)["PublicKey"]
    assert jwt.decode(lent["SignedToken"], pem(public_key), algorithms=["PS384"])


def test_borrows_outlive_the_server(own_server):
    kms = own_server.client("seller", "kms")
    key = keys.create(kms)["Arn"]
    license = Shop(own_server.client()).create(
        Issuer=issuer(key),
        ConsumptionConfiguration=both(),
        LicenseMetadata=metadata(**{"borrow-max": 3}),
    )
    Lender(license).borrow(documents.ask(value=2))
    own_server.restart()
    license = License(own_server.client(), license.document, license.created)
    assert license.usage() == 2
    Lender(license).refuse(NOTHING, documents.ask(value=2))
    Lender(license).borrow()
