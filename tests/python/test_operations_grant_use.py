"""Check-outs through grants (C2, C4, C7, C8, C51, C68, G38, G39, G43, L41, U4, C16)."""

import pytest

from documents import ask, ask_tier, counted, tier
from shop import refused
from trade import PASS_ON, USE

DENIED = "AuthorizationException"


def without(*operations, among=USE):
    return [each for each in among if each not in operations]


def test_C2_by_an_active_grant_and_no_beneficiary(vendor, customer):
    sold = vendor.sell(Entitlements=[counted(), tier(Value="Enabled")])
    vendor.lend(sold, customer)
    held = customer.holds(sold)
    checkout = held.check_out(ask(value=3), ask_tier(), NodeId="node")
    assert checkout["LicenseArn"] == sold.arn
    assert checkout["EntitlementsAllowed"] == [
        {"Name": "Users", "Unit": "Count", "Value": "3"},
        {"Name": "Tier", "Unit": "None", "Value": "Enabled"},
    ]
    assert sold.usage() == held.usage() == 3, "U4"
    held.refuse(ask(), Beneficiary=sold.document["Beneficiary"])
    held.refuse(ask(), ProductSKU="another")
    held.refuse(ask(), KeyFingerprint=sold.fingerprint + "x")
    held.refuse(ask(unit="Gigabytes"))
    held.extend(checkout)
    held.check_in(checkout)
    assert sold.usage() == 0


def test_C2_C7_the_owner_without_beneficiary(vendor, customer):
    sold = vendor.sell()
    vendor.lend(sold, customer)
    vendor.holds(sold).refuse(ask())
    sold.check_out(ask())


def test_C2_G10_only_its_grantee(vendor, customer, third):
    sold = vendor.sell()
    vendor.lend(sold, customer)
    third.holds(sold).refuse(ask())


def test_C5_C8_a_grant_without_the_operation(vendor, customer):
    sold = vendor.sell()
    grant = vendor.lend(sold, customer, without("CheckoutLicense"))
    answer = customer.holds(sold).refuse(ask())
    assert answer["Error"]["Message"] == "No Entitlements Allowed"
    grant.change(AllowedOperations=USE)
    customer.holds(sold).check_out(ask())
    grant.change(AllowedOperations=without("CheckoutLicense"))
    customer.holds(sold).refuse(ask())


def test_C16_all_draw_from_one_pool(vendor, dealer, customer, third):
    sold = vendor.sell()
    vendor.lend(sold, dealer, PASS_ON)
    vendor.lend(sold, third)
    dealer.lend(sold, customer)
    dealer.holds(sold).check_out(ask(value=4))
    third.holds(sold).draw(ask(value=3))
    customer.holds(sold).check_out(ask(value=2))
    customer.holds(sold).refuse(ask(value=2))
    sold.check_out(ask(value=1))
    assert sold.usage() == third.holds(sold).usage() == 10
    for party in (dealer, customer, third):
        party.holds(sold).refuse(ask())


def test_C4_G38_the_newest_license_first_and_then_the_next(vendor, dealer, customer, clock):
    sku = vendor.sell().sku
    licenses = []
    for giver in (vendor, vendor, vendor):
        sold = giver.sell(ProductSKU=sku, Entitlements=[counted(max_count=2)])
        giver.lend(sold, customer)
        licenses.append(sold)
        clock.advance(seconds=2)
    held = customer.holds(licenses[0])
    used = [held.check_out(ask())["LicenseArn"] for _ in range(6)]
    arns = [sold.arn for sold in licenses]
    assert used == [arns[2]] * 2 + [arns[1]] * 2 + [arns[0]] * 2
    held.refuse(ask())
    answer = held.refuse(ask(value=3))
    assert answer["Error"]["Message"] == "No Entitlements Allowed"


def test_C4_an_inactive_newest_is_passed_over(vendor, customer, clock):
    old = vendor.sell()
    clock.advance(seconds=2)
    new = vendor.sell(ProductSKU=old.sku)
    vendor.lend(old, customer)
    grant = vendor.lend(new, customer)
    held = customer.holds(old)
    assert held.check_out(ask())["LicenseArn"] == new.arn
    grant.disable()
    assert held.check_out(ask())["LicenseArn"] == old.arn
    grant.activate()
    assert held.check_out(ask())["LicenseArn"] == new.arn


@pytest.mark.parametrize("kind", ["disable", "reject", "delete"])
def test_C51_G43_an_end_stops_new_use_and_lets_live_use_end(vendor, customer, clock, kind):
    sold = vendor.sell()
    grant = vendor.lend(sold, customer)
    held = customer.holds(sold)
    first, second = held.check_out(ask(value=2)), held.check_out(ask(value=3))
    getattr(grant, kind)()
    held.refuse(ask())
    refused("ValidationException", held.extend, first)
    refused("ValidationException", held.extend, first, DryRun=True)
    assert sold.usage() == 5, "live ones go on"
    held.check_in(first)
    assert sold.usage() == 3
    clock.advance(minutes=61)
    assert sold.usage() == 0
    refused("ResourceNotFoundException", held.check_in, second)


def test_C51_extension_needs_its_operation(vendor, customer):
    sold = vendor.sell()
    grant = vendor.lend(sold, customer, without("ExtendConsumptionLicense"))
    held = customer.holds(sold)
    checkout = held.check_out(ask())
    refused(DENIED, held.extend, checkout)
    refused(DENIED, held.extend, checkout, DryRun=True)
    grant.change(AllowedOperations=USE)
    held.extend(checkout)
    grant.change(AllowedOperations=without("ExtendConsumptionLicense"))
    refused(DENIED, held.extend, checkout)


def test_C68_check_in_needs_its_operation(vendor, customer, clock):
    sold = vendor.sell()
    grant = vendor.lend(sold, customer, without("CheckInLicense"))
    held = customer.holds(sold)
    checkout = held.check_out(ask(value=4))
    refused(DENIED, held.check_in, checkout)
    assert sold.usage() == 4
    grant.change(AllowedOperations=USE)
    held.check_in(checkout)
    assert sold.usage() == 0
    held.check_out(ask(value=4))
    clock.advance(minutes=61)
    assert sold.usage() == 0, "it comes back at its expiration"


def test_C52_C65_check_outs_belong_to_their_account(vendor, dealer, customer):
    sold = vendor.sell()
    vendor.lend(sold, dealer, PASS_ON)
    dealer.lend(sold, customer)
    checkout = customer.holds(sold).check_out(ask())
    for party in (vendor, dealer):
        held = party.holds(sold)
        refused("ResourceNotFoundException", held.extend, checkout)
        refused("ResourceNotFoundException", held.check_in, checkout)


def test_C61_a_check_out_by_grant_has_no_beneficiary(vendor, customer):
    sold = vendor.sell()
    vendor.lend(sold, customer)
    held = customer.holds(sold)
    checkout = held.check_out(ask())
    name = sold.document["Beneficiary"]
    refused("InvalidParameterValueException", held.check_in, checkout, Beneficiary=name)
    held.check_in(checkout)


def test_L41_U4_who_holds_an_open_grant_reads(vendor, customer, third):
    sold = vendor.sell()
    grant = vendor.grant(sold, customer)
    held = customer.holds(sold)

    def check_readable():
        assert held.get()["LicenseArn"] == sold.arn
        assert held.usage() == 0
        versions = held.client.list_license_versions(LicenseArn=sold.arn)["Licenses"]
        assert [each["Version"] for each in versions] == ["1"]

    check_readable()
    grant.accept()
    check_readable()
    grant.activate()
    check_readable()
    code = "InvalidParameterValueException"
    refused(code, third.holds(sold).get)
    refused(code, third.holds(sold).usages)
    grant.reject()
    refused(code, held.get)
    refused(code, held.usages)
    other = vendor.grant(sold, customer)
    check_readable()
    other.delete()
    refused(code, held.get)


def test_L24_L33_a_grantee_changes_nothing_of_the_license(vendor, customer):
    sold = vendor.sell()
    vendor.lend(sold, customer)
    held = customer.holds(sold)
    refused("ResourceNotFoundException", held.amend)
    refused("InvalidParameterValueException", held.delete)
    assert vendor.client.list_licenses(LicenseArns=[sold.arn])["Licenses"]
    assert customer.client.list_licenses(LicenseArns=[sold.arn])["Licenses"] == []


def test_L31_check_outs_by_grant_hold_a_license(vendor, customer):
    sold = vendor.sell()
    vendor.lend(sold, customer)
    held = customer.holds(sold)
    checkout = held.check_out(ask())
    held.draw(ask(value=2))
    refused("ConflictException", sold.delete)
    held.check_in(checkout)
    assert sold.delete()["Status"] == "DELETED"
    held.refuse(ask())
