"""How long what is over stays listed (G63, L7). It moves the clock by years, so it has a server of
its own."""

import pytest

import program
from clock import Clock
from shop import refused
from trade import Party


@pytest.fixture
def place(tmp_path, database):
    with program.serving(tmp_path, database=database(), test_clock=True) as server:
        yield Party(server, "seller"), Party(server, "buyer"), Clock(server)


def test_G63_ended_grants_are_listed_for_six_months(place):
    vendor, customer, clock = place
    kept, ended, other = vendor.sell(), vendor.sell(), vendor.sell()
    vendor.lend(kept, customer)
    vendor.lend(ended, customer).delete()
    vendor.lend(other, customer).reject()
    listed = lambda: len(customer.client.list_received_licenses()["Licenses"])
    grants = lambda: [
        len(customer.client.list_received_grants()["Grants"]),
        len(vendor.client.list_distributed_grants()["Grants"]),
    ]
    clock.advance(days=179)
    assert (listed(), grants()) == (3, [3, 3])
    clock.advance(days=10)
    assert (listed(), grants()) == (1, [1, 1])


def test_L7_G63_a_deleted_license_is_listed_for_six_months(place):
    vendor, customer, clock = place
    sold = vendor.sell()
    grant = vendor.lend(sold, customer)
    sold.delete()
    clock.advance(days=179)
    assert customer.received(sold)["Status"] == "DELETED"
    assert customer.holds(sold).get()["Status"] == "DELETED"
    assert grant.get()["GrantStatus"] == "DELETED"
    clock.advance(days=10)
    assert customer.received(sold) is None
    refused("InvalidParameterValueException", customer.holds(sold).get)
