"""PostgreSQL that goes away, comes back, or takes no writes."""

import time

import botocore.exceptions
import pytest

from conftest import psql
from documents import ask, counted
from program import serving
from shop import Shop, refused

RECOVERY_S = 30


@pytest.fixture
def database_url(postgres):
    return postgres()


@pytest.fixture
def server(tmp_path, database_url):
    with serving(tmp_path / "first", database=database_url) as server:
        yield server


def hang_up(url):
    """Ends every connection to the database, as its restart does."""
    name = url.rsplit("/", 1)[1]
    others = f"datname = '{name}' AND pid <> pg_backend_pid()"
    psql(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


def eventually(call):
    """The answer of a call that may fail while the server finds its way back."""
    until = time.monotonic() + RECOVERY_S
    while True:
        try:
            return call()
        except botocore.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "ServerInternalException"
            assert time.monotonic() < until, "it does not recover"
            time.sleep(0.1)


def test_lost_connections_lose_no_check_out(server, database_url):
    sold = Shop(server.client()).create(Entitlements=[counted(max_count=100)])
    for _ in range(3):
        sold.check_out(ask())
        hang_up(database_url)
        request = sold.request(ask())
        eventually(lambda: sold.client.checkout_license(**request))
    assert eventually(sold.usage) == 6


def test_a_read_only_database(server, database_url):
    sold = Shop(server.client()).create()
    held = sold.check_out(ask(value=2))
    name = database_url.rsplit("/", 1)[1]
    psql(database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    hang_up(database_url)
    assert eventually(sold.get)["Status"] == "AVAILABLE", "reads go on"
    assert eventually(sold.usage) == 2
    sold.refuse(ask(), code="ServerInternalException")
    refused("ServerInternalException", sold.check_in, held)
    assert sold.usage() == 2
    # From another database: a session in this one would be read-only itself.
    elsewhere = database_url.rsplit("/", 1)[0] + "/postgres"
    psql(elsewhere, f"ALTER DATABASE {name} RESET default_transaction_read_only")
    hang_up(database_url)
    eventually(lambda: sold.check_in(held))
    assert sold.usage() == 0
