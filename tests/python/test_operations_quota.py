"""AWS's quotas are settings: off by default, each settable alone (section 12, L13, C55, G21,
G23)."""

import pytest

from clock import Clock
from documents import ask, provisional
from program import serving
from shop import Shop, refused
from trade import PASS_ON, Party


@pytest.fixture
def quotas(tmp_path, database):
    """Starts a server with these lines in its settings file."""
    servers = []

    def start(text):
        settings = tmp_path / "settings.toml"
        settings.write_text(text)
        flags = ("--config", str(settings))
        running = serving(tmp_path, *flags, database=database(), test_clock=True)
        servers.append(running)
        return running.__enter__()

    yield start
    for running in servers:
        running.__exit__(None, None, None)


def test_C55_one_extension_an_hour(quotas):
    server = quotas('quotas = "aws"\n')
    sold = Shop(server.client()).create(ConsumptionConfiguration=provisional(600))
    held = sold.check_out(ask())
    sold.extend(held)
    refused("RateLimitExceededException", sold.extend, held)
    sold.extend(sold.check_out(ask()))
    Clock(server).advance(minutes=61)
    sold.extend(held)


def test_L13_licenses_of_an_account(quotas):
    server = quotas("[quotas]\nlicenses_per_account_max = 2\n")
    shop = Shop(server.client())
    first, _ = shop.create(), shop.create()
    shop.refuse("ResourceLimitExceededException")
    Shop(server.client("buyer")).create()
    first.delete()
    shop.create()
    held = first.client.list_licenses()["Licenses"]
    assert [license["Status"] for license in held].count("AVAILABLE") == 2


def test_G21_grants_of_a_license(quotas):
    server = quotas("[quotas]\ngrants_per_license_max = 2\n")
    vendor, dealer, customer = [Party(server, name) for name in ("seller", "reseller", "buyer")]
    server.open_account("123123123123", "third")
    third = Party(server, "third")
    sold, code = vendor.sell(), "ResourceLimitExceededException"
    vendor.lend(sold, dealer, PASS_ON)
    second = dealer.grant(sold, customer)
    dealer.refuse(code, sold, third)
    vendor.refuse(code, sold, third)
    vendor.grant(vendor.sell(), third)
    second.reject()
    vendor.grant(sold, third).delete()
    vendor.grant(sold, third)
    vendor.refuse(code, sold, customer)


def test_G23_licenses_of_a_product_that_an_account_received(quotas):
    server = quotas("[quotas]\nreceived_licenses_per_product_max = 2\n")
    vendor, dealer, customer = [Party(server, name) for name in ("seller", "reseller", "buyer")]
    first, code = vendor.sell(), "ResourceLimitExceededException"
    more = [vendor.sell(ProductSKU=first.sku) for _ in range(3)]
    grant = vendor.lend(first, customer)
    vendor.lend(more[0], customer)
    vendor.refuse(code, more[1], customer)
    vendor.grant(vendor.sell(), customer)
    vendor.grant(more[1], dealer)
    theirs = dealer.sell(ProductSKU=first.sku)
    dealer.refuse(code, theirs, customer)
    grant.reject()
    vendor.grant(more[1], customer)
    vendor.refuse(code, first, customer)
    more[0].delete()
    vendor.grant(first, customer)


def test_G21_G23_the_profile_of_aws(quotas):
    server = quotas('quotas = "aws"\n')
    vendor, customer = Party(server, "seller"), Party(server, "buyer")
    sold = vendor.sell()
    for number in range(10):
        vendor.grant(vendor.sell(ProductSKU=sold.sku), customer)
    vendor.refuse("ResourceLimitExceededException", sold, customer)


def test_12_quotas_are_off_by_default(quotas):
    server = quotas("")
    vendor, customer = Party(server, "seller"), Party(server, "buyer")
    sku = vendor.sell().sku
    for _ in range(12):
        vendor.grant(vendor.sell(ProductSKU=sku), customer)


def test_W73_the_endpoint_of_another_region(quotas):
    server = quotas('[endpoints]\neu-west-1 = "https://licenses.example.com"\n')
    arn = Shop(server.client(region="eu-west-1")).create(HomeRegion="eu-west-1").arn
    delete = {"LicenseArn": arn, "SourceVersion": "1"}
    answer = refused("RedirectException", server.client().delete_license, **delete)
    assert answer["Location"] == "https://licenses.example.com"
