"""PostgreSQL that goes away, comes back, or takes no writes; and two servers on one database."""

import time

import botocore.exceptions
import pytest

import program
import wire
from callers import EVERYTHING, User, deny, is_denied
from conftest import psql
from documents import ask, counted
from program import serving
from racing import race
from shop import License, Shop, refused
from test_race_grants import race as race_of_clients
from trade import PASS_ON, Party, caps_of

RECOVERY_S = 30
# After how long a server knows what another one changed in IAM.
FOLLOWS_S = 1.0


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


@pytest.fixture
def second(tmp_path, server, database_url):
    """Another server on the same database; the demo's keys of the first open both."""
    folder = tmp_path / "second"
    (folder / "data").mkdir(parents=True, mode=0o700)
    for name in ("master.key", "credentials"):
        (folder / "data" / name).write_bytes((server.data / name).read_bytes())
        (folder / "data" / name).chmod(0o600)
    with serving(folder, database=database_url) as second:
        yield second


def test_8_2_what_one_server_revokes_the_other_follows(server, second):
    """Within the second that the guide to permissions promises."""
    user = User(server, "user").attach(EVERYTHING)
    call = lambda: wire.call(second.url, user.key, "ListLicenses", {})
    assert call().status == 200
    user.say(deny("*"))
    time.sleep(FOLLOWS_S)
    assert is_denied(call())
    user.disable()
    time.sleep(FOLLOWS_S)
    assert call().code == "UnrecognizedClientException"


def test_C15_two_servers_share_one_limit(server, second):
    shop = Shop(server.client())
    for _ in range(5):
        sold = shop.create(Entitlements=[counted(max_count=50)])
        requests = [sold.request(ask()) for _ in range(64)]
        replies = race([server, second], requests)
        assert [reply.status for reply in replies].count(200) == 50
        elsewhere = License(second.client(), sold.document, sold.created)
        assert sold.usage() == elsewhere.usage() == 50


def test_W62_one_token_at_two_servers_is_one_check_out(server, second):
    sold = Shop(server.client()).create()
    replies = race([server, second], [sold.request(ask(value=2))] * 64)
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1
    assert sold.usage() == 2


def test_C15_two_servers_share_the_caps_of_grants(server, second):
    """The reseller may have 30 out with the buyer below it, and the buyer 12."""
    vendor, dealer, customer = [Party(server, name) for name in ("seller", "reseller", "buyer")]
    elsewhere = [Party(second, name) for name in ("reseller", "buyer")]
    for _ in range(3):
        sold = vendor.sell(Entitlements=[counted(max_count=50)])
        vendor.lend(sold, dealer, PASS_ON, Tags=caps_of(Users=30))
        below = dealer.lend(sold, customer, Tags=caps_of(Users=12))
        held = dict(enumerate(party.holds(sold) for party in (dealer, customer, *elsewhere)))
        given = race_of_clients(held)
        assert given[1] + given[3] == 12
        assert sum(given.values()) == sold.usage() == 30
        # What one server takes away, the other no longer gives.
        below.tag(Users=40)
        held[0].refuse(ask())
        below.delete()
        held[3].refuse(ask())


def test_a_key_disabled_at_one_server_is_soon_disabled_at_all(server, second):
    key = server.key("buyer").access_key
    assert second.client("buyer").list_licenses()["Licenses"] == []
    program.run("key", "disable", "--data", server.data, key)
    until = time.monotonic() + RECOVERY_S
    while second.call("ListLicenses", {}, profile="buyer").status == 200:
        assert time.monotonic() < until
        time.sleep(0.1)
