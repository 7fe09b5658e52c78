"""CreateLicense, GetLicense and the data model (D, L1-L15, L40-L42, W30-W42)."""

import datetime
import re

import pytest

import clock as clocks
import program
from documents import LONG_AGO, ask, borrow, counted, license, provisional, tier
from shop import refused

YEAR = datetime.timedelta(days=365)
ARN = re.compile(rf"arn:aws:license-manager::{program.SELLER}:license:l-[0-9a-f]{{32}}")

BAD_ENTITLEMENTS = {
    "D2 counted without MaxCount": [{"Name": "a", "Unit": "Count"}],
    "D2 negative MaxCount": [counted("a", -1)],
    "D2 MaxCount on Unit None": [tier("a", MaxCount=1)],
    "D2 Value on a counted one": [counted("a", Value="Enabled")],
    "D3 one name twice": [counted("a"), tier("a")],
    "D5 26 counted": [counted(f"n{i}") for i in range(26)],
    "D5 26 uncounted": [tier(f"n{i}") for i in range(26)],
}


def test_L1_L10_created_at_once_in_the_callers_account(shop):
    created = shop.create().created
    assert (created["Status"], created["Version"]) == ("AVAILABLE", "1")
    assert ARN.fullmatch(created["LicenseArn"])


def test_L40_W12_get_license_answers_the_document(shop, clock):
    made = clock.now()
    sold = shop.create(
        LicenseName="A name: with (signs) – und Umlauten äöü",
        ProductSKU=f"Example: SKU {made}",
        LicenseMetadata=[{"Name": "Description", "Value": "for tests"}],
        Entitlements=[counted("Users", 3, check_in=False), tier("Gold", Value="Enabled")],
    )
    found = sold.get()
    assert abs(int(found.pop("CreateTime")) - made.timestamp()) < 5, "epoch seconds, section 1.4"
    # D4: both flags of a counted entitlement are shown.
    users = {"Name": "Users", "Unit": "Count", "MaxCount": 3, "Overage": False}
    flags = [entitlement.pop("Overage", False) for entitlement in found["Entitlements"][1:]]
    flags += [entitlement.pop("AllowCheckIn", False) for entitlement in found["Entitlements"][1:]]
    assert not any(flags)
    found["ConsumptionConfiguration"].setdefault("RenewType", "None")
    assert found == {
        "LicenseArn": sold.arn,
        "LicenseName": "A name: with (signs) – und Umlauten äöü",
        "ProductName": "Example product",
        "ProductSKU": sold.sku,
        "Issuer": {"Name": "Example issuer", "KeyFingerprint": sold.fingerprint},
        "HomeRegion": "us-east-1",
        "Status": "AVAILABLE",
        "Validity": {"Begin": LONG_AGO},
        "Beneficiary": "Example beneficiary",
        "Entitlements": [
            users | {"AllowCheckIn": False},
            {"Name": "Gold", "Unit": "None", "Value": "Enabled"},
        ],
        "ConsumptionConfiguration": provisional() | {"RenewType": "None"},
        "LicenseMetadata": [{"Name": "Description", "Value": "for tests"}],
        "Version": "1",
    }


def test_D4_flags_left_out_are_false(shop):
    sold = shop.create(Entitlements=[{"Name": "a", "Unit": "Count", "MaxCount": 0}])
    (entitlement,) = sold.get()["Entitlements"]
    assert (entitlement["Overage"], entitlement["AllowCheckIn"]) == (False, False)
    assert entitlement["MaxCount"] == 0, "D2: zero is legal"


@pytest.mark.parametrize("entitlements", BAD_ENTITLEMENTS.values(), ids=BAD_ENTITLEMENTS)
def test_D2_D3_D5_bad_entitlements(shop, entitlements):
    shop.refuse("InvalidParameterValueException", Entitlements=entitlements)
    with_good_ones = shop.create()
    refused("ValidationException", with_good_ones.amend, Entitlements=entitlements)
    assert with_good_ones.get()["Version"] == "1", "nothing half-written remains"


def test_D1_D5_25_of_each_kind_fit(shop):
    kinds = [counted(f"c{i}") for i in range(25)] + [tier(f"t{i}") for i in range(25)]
    assert len(shop.create(Entitlements=kinds).get()["Entitlements"]) == 50


def test_4_1_at_least_one_entitlement(seller):
    answer = refused("ValidationException", seller.create_license, **license(Entitlements=[]))
    assert "entitlements" in answer["Error"]["Message"]


def test_D10_both_configurations(shop):
    both = provisional(60) | borrow(1440) | {"RenewType": "Monthly"}
    assert shop.create(ConsumptionConfiguration=both).get()["ConsumptionConfiguration"] == both


def test_D11_D13_neither_configuration_leaves_perpetual(shop):
    for configuration in ({}, borrow()):
        sold = shop.create(ConsumptionConfiguration=configuration)
        sold.refuse(ask())
        sold.draw(ask(value=4))
        assert sold.usage() == 4


@pytest.mark.parametrize("bad", [provisional(0), provisional(-1), borrow(0), borrow(-5)], ids=str)
def test_D12_minutes_are_positive(shop, bad):
    shop.refuse("InvalidParameterValueException", ConsumptionConfiguration=bad)
    refused("ValidationException", shop.create().amend, ConsumptionConfiguration=bad)


@pytest.mark.parametrize("end", [LONG_AGO, "2019-12-31T23:59:59Z", "2020-01-01T01:00:00+01:00"])
def test_4_1_end_comes_after_begin(shop, end):
    validity = {"Begin": LONG_AGO, "End": end}
    shop.refuse("InvalidParameterValueException", Validity=validity)


def test_L3_L5_expired_is_computed_and_a_later_end_revives(shop, clock):
    sold = shop.create(Validity={"Begin": LONG_AGO, "End": "2021-09-01T00:00:00Z"})
    assert sold.get()["Status"] == "EXPIRED"
    sold.refuse(ask())
    later = clocks.text(clock.now() + YEAR)
    revived = sold.amend(Validity={"Begin": LONG_AGO, "End": later})
    assert revived["Status"] == "AVAILABLE"
    assert sold.get()["Status"] == "AVAILABLE"
    sold.check_out(ask())


def test_L3_a_license_expires_when_its_end_passes(shop, clock):
    end = clocks.text(clock.now() + datetime.timedelta(minutes=10))
    sold = shop.create(Validity={"Begin": LONG_AGO, "End": end})
    sold.check_out(ask())
    assert sold.get()["Status"] == "AVAILABLE"
    clock.advance(minutes=11)
    assert sold.get()["Status"] == "EXPIRED"
    sold.refuse(ask())


def test_L4_a_future_begin_is_available_and_allows_nothing(shop, clock):
    begin = clocks.text(clock.now() + datetime.timedelta(minutes=10))
    sold = shop.create(Validity={"Begin": begin})
    assert sold.get()["Status"] == "AVAILABLE"
    sold.refuse(ask())
    clock.advance(minutes=11)
    sold.check_out(ask())


def test_L12_a_sign_key_must_be_there(shop):
    for key in ("no-such-key", f"arn:aws:kms:us-east-1:{program.SELLER}:key/{'0' * 36}"):
        issuer = {"Name": "Example issuer", "SignKey": key}
        shop.refuse("InvalidParameterValueException", Issuer=issuer)


def test_L14_L15_equal_products_coexist_and_beneficiaries_are_free_text(shop):
    first = shop.create(Beneficiary="Jürgen & Co. <x@example.com>")
    second = shop.create(Beneficiary=first.document["Beneficiary"], ProductSKU=first.sku)
    assert first.arn != second.arn
    assert first.allowed(ask()) == ["Users"]


@pytest.mark.parametrize("name", ["Self", "My Company", "AWS/Marketplace", "Größe: 1", " a  b "])
def test_W40_W42_the_fingerprint_holds_the_name_as_it_is(shop, name):
    sold = shop.create(Issuer={"Name": name})
    fingerprint = f"aws:{program.SELLER}:{name}:issuer-fingerprint"
    assert sold.get()["Issuer"] == {"Name": name, "KeyFingerprint": fingerprint}
    sold.check_out(ask(), KeyFingerprint=fingerprint)
    sold.refuse(ask(), KeyFingerprint=fingerprint.swapcase())


ODD_TIMES = [
    "2020-04-22T18:02:36.36Z",
    "2020-04-22T18:02:36.123456789123Z",
    "2020-04-22T18:02:36+05:30",
    "2020-04-22T00:30:00.5-11:00",
]


@pytest.mark.parametrize("begin", ODD_TIMES)
def test_W31_W32_odd_times_are_echoed(shop, begin):
    assert shop.create(Validity={"Begin": begin}).get()["Validity"] == {"Begin": begin}


BAD_TIMES = ["", "2020-04-22", "2020-04-22T18:02:36", "2020-13-22T18:02:36Z", "1587578556"]
BAD_TIMES += ["2020-04-22 18:02:36Z", "2020-04-22T24:02:36Z", "2020-04-22T18:02:36z", "x" * 51]


@pytest.mark.parametrize("begin", BAD_TIMES)
def test_W31_other_times_are_refused(shop, begin):
    answer = shop.refuse("ValidationException", Validity={"Begin": begin})
    assert "validity.begin" in answer["Error"]["Message"]


@pytest.mark.parametrize("begin", ["2021-02-29T00:00:00Z", "2020-01-01T00:00:00ZZ"])
def test_W31_what_fits_the_pattern_and_is_no_time(shop, begin):
    shop.refuse("InvalidParameterValueException", Validity={"Begin": begin})


def test_L40_versions_are_snapshots(shop):
    sold = shop.create()
    sold.amend(LicenseName="Second", Status="DEACTIVATED")
    assert sold.get()["LicenseName"] == "Second"
    first = sold.get(Version="1")
    assert (first["LicenseName"], first["Version"]) == ("Example license", "1")
    assert first["Status"] == "AVAILABLE"
    assert sold.get(Version="2")["Status"] == "DEACTIVATED"
    assert first["CreateTime"] == sold.get()["CreateTime"], "of the license, 2.1"
    for unknown in ("3", "0", "-1", "x", "99999999999999999999"):
        refused("InvalidParameterValueException", sold.get, Version=unknown)


def test_L41_L42_unknown_and_foreign_licenses(shop, seller, buyer):
    foreign = shop.create().arn
    unknown = f"arn:aws:license-manager::{program.SELLER}:license:l-{'0' * 32}"
    for client, arn in [(buyer, foreign), (seller, unknown), (buyer, unknown)]:
        for call in (client.get_license, client.list_license_versions, client.get_license_usage):
            refused("InvalidParameterValueException", call, LicenseArn=arn)
