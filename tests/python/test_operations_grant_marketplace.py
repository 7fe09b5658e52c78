"""Licenses from AWS Marketplace, which is an account like others here (W41, G35-G38)."""

import pytest

from documents import ask
from shop import refused

FIRST = {"ActivationOverrideBehavior": "ALL_GRANTS_PERMITTED_BY_ISSUER"}
KEEP = {"ActivationOverrideBehavior": "DISTRIBUTED_GRANTS_ONLY"}
ISSUER = {"Name": "AWS/Marketplace"}


@pytest.fixture
def market(parties):
    return parties["marketplace"]


@pytest.fixture
def two(market, customer):
    """Two licenses for one product: the first one active, the second one accepted."""
    one = market.sell(Issuer=ISSUER)
    other = market.sell(Issuer=ISSUER, ProductSKU=one.sku)
    first, second = market.lend(one, customer), market.grant(other, customer)
    second.accept()
    return first, second


def test_W41_the_fingerprint_of_marketplace(market):
    sold = market.sell(Issuer=ISSUER)
    fingerprint = "aws:294406891311:AWS/Marketplace:issuer-fingerprint"
    assert sold.get()["Issuer"]["KeyFingerprint"] == fingerprint
    assert sold.arn.startswith("arn:aws:license-manager::294406891311:license:l-")


def test_G36_no_second_active_license_for_a_product(two, customer):
    first, second = two
    before = second.get()
    refused("ValidationException", second.activate)
    assert second.get() == before
    first.disable()
    second.activate()
    refused("ValidationException", first.activate)
    assert customer.holds(first.sold).check_out(ask())["LicenseArn"] == second.sold.arn


def test_G36_all_grants_permitted_by_issuer(two, customer):
    first, second = two
    second.set(Status="ACTIVE", Options=FIRST)
    assert (first.status, second.status) == ("DISABLED", "ACTIVE")
    assert first.version == "4", "G6"
    assert second.get()["Options"] == FIRST
    assert customer.holds(first.sold).check_out(ask())["LicenseArn"] == second.sold.arn


def test_G36_distributed_grants_only_takes_no_active_grants_place(two):
    first, second = two
    refused("ValidationException", second.set, Status="ACTIVE", Options=KEEP)
    assert (first.status, second.status) == ("ACTIVE", "DISABLED")


def test_G36_other_products_and_accounts_are_apart(market, customer, third, two):
    first, second = two
    market.lend(second.sold, third)
    market.lend(market.sell(Issuer=ISSUER), customer)
    assert first.status == "ACTIVE"


def test_G38_other_sellers_licenses_may_all_be_active(vendor, customer, two):
    first, second = two
    for _ in range(3):
        vendor.lend(vendor.sell(ProductSKU=first.sold.sku, Issuer=ISSUER), customer)
    first.disable()
    second.activate()


def test_G35_options_are_for_marketplace_and_activation(vendor, customer, two):
    first, second = two
    for members in ({"Status": "DISABLED"}, {}):
        refused("ValidationException", second.set, Options=FIRST, **members)
    refused("ValidationException", second.change, Options=FIRST)
    grant = vendor.grant(vendor.sell(), customer)
    grant.accept()
    for options in (FIRST, KEEP):
        refused("ValidationException", grant.set, Status="ACTIVE", Options=options)
    grant.set(Status="ACTIVE", Options={})
