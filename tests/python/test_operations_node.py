"""A node gets its own seat back, where the license says so: metadata `leasehold:same-node=reuse`
(an extension of this server's own)."""

import pytest

import clock as clocks
from documents import ask, ask_tier, counted, tier
from shop import Shop, refused
from trade import caps_of, metadata

REUSE = metadata(same_node="reuse")


@pytest.fixture
def sold(vendor):
    """One seat, so that a second check-out is refused."""
    return vendor.sell(LicenseMetadata=REUSE, Entitlements=[counted(max_count=1)])


@pytest.fixture
def held(vendor, customer, sold):
    vendor.lend(sold, customer)
    return customer.holds(sold)


def token(checkout):
    return checkout["LicenseConsumptionToken"]


def test_the_same_node_gets_its_seat_back(held, clock):
    first = held.check_out(ask(), NodeId="node")
    clock.advance(minutes=10)
    again = held.check_out(ask(), NodeId="node")
    assert token(again) == token(first)
    assert again["NodeId"] == "node"
    assert clocks.parse(again["Expiration"]) > clocks.parse(first["Expiration"]), "anew from now"
    assert held.usage() == 1
    clock.advance(minutes=55)
    assert held.usage() == 1
    clock.advance(minutes=6)
    assert held.usage() == 0


def test_other_nodes_and_none_get_their_own(held):
    held.check_out(ask(), NodeId="node")
    for other in ("Node", "node ", "other", ""):
        held.refuse(ask(), NodeId=other)
    held.refuse(ask())


def test_without_a_node_each_is_a_new_one(vendor, customer):
    sold = vendor.sell(LicenseMetadata=REUSE)
    vendor.lend(sold, customer)
    held = customer.holds(sold)
    assert len({token(held.check_out(ask())) for _ in range(3)}) == 3
    assert sold.usage() == 3


def test_C34_without_the_metadata_a_node_means_nothing(vendor, customer):
    for entries in (None, metadata(other="reuse")):
        sold = vendor.sell(LicenseMetadata=entries)
        vendor.lend(sold, customer)
        held = customer.holds(sold)
        assert len({token(held.check_out(ask(), NodeId="node")) for _ in range(3)}) == 3
        assert sold.usage() == 3


def test_another_value_is_refused(seller):
    entries = metadata(same_node="keep")
    Shop(seller).refuse("InvalidParameterValueException", LicenseMetadata=entries)


def test_the_new_amount_counts(vendor, customer):
    kinds = [counted("Users", 10), counted("Disk", 5, "Gigabytes"), tier()]
    sold = vendor.sell(LicenseMetadata=REUSE, Entitlements=kinds)
    vendor.lend(sold, customer)
    held, node = customer.holds(sold), {"NodeId": "node"}
    used = lambda: [sold.usage(name) for name in ("Users", "Disk", "Tier")]
    first = held.check_out(ask(value=8), **node)
    held.check_out(ask(value=9), ask_tier(), **node)
    assert used() == [9, 0, 1]
    held.check_out(ask("Disk", 5, "Gigabytes"), **node)
    assert used() == [0, 5, 0]
    last = held.check_out(ask(value=10), **node)
    assert used() == [10, 0, 0]
    assert token(first) == token(last)
    held.check_in(first)
    assert used() == [0, 0, 0]


def test_a_refused_amount_leaves_the_seat(held, sold):
    first = held.check_out(ask(), NodeId="node")
    held.refuse(ask(value=2), NodeId="node")
    assert sold.usage() == 1
    held.extend(first)
    held.check_in(first)
    assert sold.usage() == 0


def test_seats_belong_to_a_principal(vendor, customer, third, sold):
    vendor.lend(sold, customer)
    vendor.lend(sold, third)
    held = customer.holds(sold)
    first = held.check_out(ask(), NodeId="node")
    third.holds(sold).refuse(ask(), NodeId="node")
    held.check_in(first)
    theirs = third.holds(sold).check_out(ask(), NodeId="node")
    assert token(theirs) != token(first)


def test_a_seat_that_is_over_is_not_given_back(held, clock):
    first = held.check_out(ask(), NodeId="node")
    held.check_in(first)
    second = held.check_out(ask(), NodeId="node")
    assert token(second) != token(first)
    clock.advance(minutes=61)
    third = held.check_out(ask(), NodeId="node")
    assert token(third) not in (token(first), token(second))
    refused("ResourceNotFoundException", held.extend, second)


def test_for_the_owners_own_check_outs_too(sold):
    first = sold.check_out(ask(), NodeId="node")
    again = sold.check_out(ask(), NodeId="node")
    assert token(again) == token(first)
    assert sold.usage() == 1


def test_perpetual_check_outs_have_no_seat(vendor, customer):
    sold = vendor.sell(LicenseMetadata=REUSE)
    vendor.lend(sold, customer)
    held = customer.holds(sold)
    first, second = [held.draw(ask(value=2), NodeId="node") for _ in range(2)]
    assert token(first) != token(second)
    assert sold.usage() == 4


def test_a_cap_counts_a_seat_once(vendor, customer):
    sold = vendor.sell(LicenseMetadata=REUSE)
    vendor.lend(sold, customer, Tags=caps_of(Users=3))
    held = customer.holds(sold)
    first = held.check_out(ask(value=3), NodeId="node")
    assert token(held.check_out(ask(value=2), NodeId="node")) == token(first)
    held.refuse(ask(value=4), NodeId="node")
    held.check_out(ask(value=1), NodeId="other")
    held.refuse(ask(), NodeId="third")
    assert sold.usage() == 3


def test_W62_a_repetition_is_no_second_reuse(held, sold):
    request = held.request(ask(), NodeId="node")
    first = held.client.checkout_license(**request)
    again = held.client.checkout_license(**request)
    assert token(first) == token(again)
    held.check_in(first)
    assert token(held.client.checkout_license(**request)) == token(first)
    assert sold.usage() == 0, "the stored answer"


def test_the_metadata_of_the_current_version_decides(vendor, customer):
    sold = vendor.sell()
    vendor.lend(sold, customer)
    held = customer.holds(sold)
    before = held.check_out(ask(), NodeId="node")
    sold.amend(LicenseMetadata=REUSE)
    first = held.check_out(ask(), NodeId="node")
    assert token(held.check_out(ask(), NodeId="node")) == token(first) != token(before)
    sold.amend(LicenseMetadata=[])
    assert token(held.check_out(ask(), NodeId="node")) != token(first)
    assert sold.usage() == 3


def test_C4_the_seat_comes_before_a_newer_license(vendor, customer, clock):
    old = vendor.sell(LicenseMetadata=REUSE)
    vendor.lend(old, customer)
    held = customer.holds(old)
    first = held.check_out(ask(), NodeId="node")
    clock.advance(seconds=2)
    new = vendor.sell(LicenseMetadata=REUSE, ProductSKU=old.sku)
    vendor.lend(new, customer)
    again = held.check_out(ask(value=2), NodeId="node")
    assert (token(again), again["LicenseArn"]) == (token(first), old.arn)
    other = held.check_out(ask(), NodeId="other")
    assert other["LicenseArn"] == new.arn
