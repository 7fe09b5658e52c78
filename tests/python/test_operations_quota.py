"""AWS's quotas are settings: off by default, each settable alone (section 12, L13, C55)."""

import pytest

from clock import Clock
from documents import ask, provisional
from program import serving
from shop import Shop, refused


@pytest.fixture
def quotas(tmp_path):
    """Starts a server with these lines in its settings file."""
    servers = []

    def start(text):
        settings = tmp_path / "settings.toml"
        settings.write_text(text)
        running = serving(tmp_path, "--config", str(settings), test_clock=True)
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


def test_W73_the_endpoint_of_another_region(quotas):
    server = quotas('[endpoints]\neu-west-1 = "https://licenses.example.com"\n')
    arn = Shop(server.client(region="eu-west-1")).create(HomeRegion="eu-west-1").arn
    delete = {"LicenseArn": arn, "SourceVersion": "1"}
    answer = refused("RedirectException", server.client().delete_license, **delete)
    assert answer["Location"] == "https://licenses.example.com"
