"""Grants below grants: redistribution, operations along the chain, depth (G11, G13, G14, G39, G42,
G43, and the license metadata `leasehold:grant-depth`)."""

import pytest

from documents import ask, counted
from shop import Shop, refused
from trade import PASS_ON, USE, answered, metadata

DENIED = "AuthorizationException"
DEEP = metadata(grant_depth=3)


def without(operation, among=USE):
    return [each for each in among if each != operation]


@pytest.fixture
def chain(vendor, dealer, customer, third):
    """Seller, reseller, buyer and one more, each with an active grant below the one before."""
    sold = vendor.sell(LicenseMetadata=DEEP)
    first = vendor.lend(sold, dealer, PASS_ON)
    second = dealer.lend(sold, customer, PASS_ON)
    third_grant = customer.lend(sold, third, USE)
    return sold, first, second, third_grant


def test_G13_2_4_a_grantee_passes_on(vendor, dealer, customer):
    sold = vendor.sell()
    first = vendor.lend(sold, dealer, PASS_ON)
    second = dealer.grant(sold, customer)
    assert answered(second.created) == ("PENDING_ACCEPT", "1")
    assert second.arn.split(":")[4] == dealer.account
    assert second.get()["ParentArn"] == first.arn
    assert second.get()["LicenseArn"] == sold.arn
    second.accept()
    second.activate()
    assert customer.holds(sold).check_out(ask())["LicenseArn"] == sold.arn


def test_G13_accepted_is_enough_and_pending_is_not(vendor, dealer, customer):
    sold = vendor.sell()
    first = vendor.grant(sold, dealer, PASS_ON)
    dealer.refuse(DENIED, sold, customer)
    first.accept()
    second = dealer.grant(sold, customer)
    second.delete()
    first.activate()
    dealer.grant(sold, customer).delete()
    first.reject()
    dealer.refuse("InvalidParameterValueException", sold, customer)


def test_G14_without_create_grant(vendor, dealer, customer):
    sold = vendor.sell()
    first = vendor.lend(sold, dealer, USE)
    dealer.refuse(DENIED, sold, customer)
    first.change(AllowedOperations=["CreateGrant", "CheckoutLicense"])
    dealer.refuse("ValidationException", sold, customer, USE)
    second = dealer.grant(sold, customer, ["CheckoutLicense"])
    refused("ValidationException", second.change, AllowedOperations=USE)
    first.change(AllowedOperations=["CheckoutLicense"])
    second.delete()
    dealer.refuse(DENIED, sold, customer, ["CheckoutLicense"])


def test_G13_no_further_hop_without_metadata(vendor, dealer, customer, third):
    sold = vendor.sell()
    vendor.lend(sold, dealer, PASS_ON)
    dealer.refuse("ValidationException", sold, customer, PASS_ON)
    second = dealer.lend(sold, customer, USE)
    customer.refuse(DENIED, sold, third)
    refused("ValidationException", second.change, AllowedOperations=PASS_ON)


@pytest.mark.parametrize("depth, length", [(1, 1), (2, 2), (3, 3), (4, 4)])
def test_grant_depth_is_the_longest_chain(vendor, dealer, customer, third, parties, depth, length):
    """The last one must not hold CreateGrant."""
    sold = vendor.sell(LicenseMetadata=metadata(grant_depth=depth))
    line = [vendor, dealer, customer, third, parties["fourth"]]
    for place, (giver, taker) in enumerate(zip(line, line[1:]), start=1):
        if place == length:
            giver.refuse("ValidationException", sold, taker, PASS_ON)
            giver.lend(sold, taker, USE)
        elif place < length:
            giver.lend(sold, taker, PASS_ON)
        else:
            giver.refuse(DENIED, sold, taker, USE)
            break
    line[length].holds(sold).check_out(ask())


@pytest.mark.parametrize("depth", [0, 17, -1, "x", "", "2.0"])
def test_another_depth_is_refused(seller, depth):
    Shop(seller).refuse("InvalidParameterValueException", LicenseMetadata=metadata(grant_depth=depth))


def test_a_new_version_opens_the_depth(vendor, dealer, customer, third):
    sold = vendor.sell()
    vendor.lend(sold, dealer, PASS_ON)
    second = dealer.lend(sold, customer, USE)
    sold.amend(LicenseMetadata=DEEP)
    second.change(AllowedOperations=PASS_ON)
    customer.lend(sold, third, USE)
    third.holds(sold).check_out(ask())


def test_every_grant_of_the_chain_serves(chain, dealer, customer, third):
    sold, *grants = chain
    for party in (dealer, customer, third):
        party.holds(sold).check_out(ask(value=2))
    assert sold.usage() == 6
    assert [grant.get()["ParentArn"] for grant in grants] == [
        sold.arn,
        grants[0].arn,
        grants[1].arn,
    ]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_G39_narrowing_reaches_down_at_once(chain, third, place):
    sold, *grants = chain
    grant, held = grants[place], third.holds(sold)
    checkout = held.check_out(ask())
    before = grant.get()["GrantedOperations"]
    allowed = lambda: third.received(sold)["ReceivedMetadata"]["AllowedOperations"]
    assert allowed() == USE
    narrow = lambda operation: grant.change(AllowedOperations=without(operation, before))
    narrow("ExtendConsumptionLicense")
    refused(DENIED, held.extend, checkout)
    assert allowed() == without("ExtendConsumptionLicense")
    narrow("CheckInLicense")
    refused(DENIED, held.check_in, checkout)
    held.extend(checkout)
    narrow("CheckoutLicense")
    held.refuse(ask())
    grant.change(AllowedOperations=before)
    held.check_out(ask())
    held.check_in(checkout)
    assert allowed() == USE


def test_G39_create_grant_taken_away_above(chain, customer, third, parties):
    sold, first, second, last = chain
    first.change(AllowedOperations=USE)
    last.delete()
    customer.refuse(DENIED, sold, third)
    third.holds(sold).refuse(ask())


@pytest.mark.parametrize("end", ["delete", "reject"])
def test_G42_G43_the_middle_ends(chain, dealer, customer, third, clock, end):
    sold, first, second, last = chain
    parties = (customer, third)
    live = [party.holds(sold).check_out(ask(value=2)) for party in parties]
    getattr(second, end)()
    assert first.status == "ACTIVE"
    assert second.status == {"delete": "DELETED", "reject": "REJECTED"}[end]
    assert last.get()["GrantStatus"] == "DELETED", "children deleted too"
    assert last.version == "4", "G6"
    for party, checkout in zip(parties, live):
        party.holds(sold).refuse(ask())
        refused("ValidationException", party.holds(sold).extend, checkout)
    refused("ValidationException", last.accept)
    refused("ValidationException", last.activate)
    dealer.holds(sold).check_out(ask())
    assert sold.usage() == 5, "live ones end by themselves"
    third.holds(sold).check_in(live[1])
    assert sold.usage() == 3
    clock.advance(minutes=61)
    assert sold.usage() == 0
    again = dealer.lend(sold, customer, PASS_ON)
    assert again.arn != second.arn
    customer.holds(sold).check_out(ask())
    third.holds(sold).refuse(ask())


def test_a_disabled_grant_above_stops_nobody_below(chain, dealer, third):
    """G13: an accepted grant passes on whether it is active or not; so a distributor need not
    activate for itself what it only passes on."""
    sold, first, *_ = chain
    first.disable()
    dealer.holds(sold).refuse(ask())
    third.holds(sold).check_out(ask())


def test_L31_L32_the_license_ends_for_the_whole_chain(chain, customer, third):
    sold, *grants = chain
    checkout = third.holds(sold).check_out(ask())
    refused("ConflictException", sold.delete)
    third.holds(sold).check_in(checkout)
    sold.delete()
    assert [grant.status for grant in grants] == ["DELETED"] * 3
    for party in (customer, third):
        party.holds(sold).refuse(ask())


def test_G16_G22_no_circles(chain, vendor, dealer, customer, third):
    sold, *_ = chain
    for giver, taker in ((customer, vendor), (customer, customer)):
        giver.refuse("ValidationException", sold, taker)
    customer.refuse("ValidationException", sold, dealer)


def test_C16_a_pool_for_all_of_the_chain(vendor, dealer, customer):
    sold = vendor.sell(Entitlements=[counted(max_count=3)])
    vendor.lend(sold, dealer, PASS_ON)
    dealer.lend(sold, customer)
    customer.holds(sold).check_out(ask(value=3))
    dealer.holds(sold).refuse(ask())
    sold.refuse(ask())
