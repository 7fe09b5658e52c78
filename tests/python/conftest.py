"""What the tests share: running servers on both databases, their clients and clocks.

LEASEHOLD_BIN names the program (default: the development build). LEASEHOLD_TEST_POSTGRES is the
URL of a scratch PostgreSQL on which databases may be made; without it those tests are skipped.
"""

import collections
import os
import subprocess
import uuid

import pytest

import directory
import program
from clock import Clock
from people import Crew
from shop import Shop
from trade import Party
from verifiers import NAMES, Verifier

DATABASES = ["sqlite", "postgres"]
MORE_ACCOUNTS = {"123123123123": "third", "456456456456": "fourth", "294406891311": "marketplace"}


# What a test that starts a server of its own takes, in tests that share one.
OWN_SERVER_WEIGHT = 20


def pytest_collection_modifyitems(items):
    """Files that take long come first, so that none of them is begun when the others are over:
    the workers take them in this order. Servers of one's own are what takes long."""
    weights = collections.Counter()
    for item in items:
        weights[item.path] += OWN_SERVER_WEIGHT if "tmp_path" in item.fixturenames else 1
    items.sort(key=lambda item: (-weights[item.path], item.path))


@pytest.fixture(scope="session")
def postgres():
    """Makes fresh PostgreSQL databases, each one a URL."""
    url = os.environ.get("LEASEHOLD_TEST_POSTGRES")
    if not url:
        pytest.skip("LEASEHOLD_TEST_POSTGRES is not set: no PostgreSQL to test on")

    def create():
        # It is not dropped: the server is scratch, and dropping takes longer than the tests.
        name = f"leasehold_{uuid.uuid4().hex}"
        psql(url, f"CREATE DATABASE {name}")
        return f"{url.rsplit('/', 1)[0]}/{name}"

    return create


@pytest.fixture(scope="session", params=DATABASES)
def database(request):
    """Answers what `--database` takes for a new and empty database, on each kind in turn."""
    if request.param == "sqlite":
        return lambda: None
    return request.getfixturevalue("postgres")


@pytest.fixture(scope="session")
def server(tmp_path_factory, database):
    """One server for all tests that only need their own licenses; its clock goes forward."""
    folder = tmp_path_factory.mktemp("server")
    with program.serving(folder, database=database(), test_clock=True) as server:
        yield server


@pytest.fixture
def own_server(tmp_path, database):
    """A server that a test may kill and restart."""
    with program.serving(tmp_path, database=database()) as server:
        yield server


@pytest.fixture(scope="session")
def clock(server):
    return Clock(server)


@pytest.fixture(scope="session")
def seller(server):
    return server.client("seller")


@pytest.fixture(scope="session")
def buyer(server):
    return server.client("buyer")


@pytest.fixture(scope="session")
def parties(server):
    """The accounts that trade: those of the demo, two more, and AWS Marketplace (W41)."""
    for account, profile in MORE_ACCOUNTS.items():
        server.open_account(account, profile)
    return {name: Party(server, name) for name in [*program.ACCOUNTS, *MORE_ACCOUNTS.values()]}


@pytest.fixture(scope="session")
def vendor(parties):
    """The seller as one who grants."""
    return parties["seller"]


@pytest.fixture(scope="session")
def customer(parties):
    """The buyer as one who receives grants."""
    return parties["buyer"]


@pytest.fixture(scope="session")
def dealer(parties):
    """The reseller, who passes on."""
    return parties["reseller"]


@pytest.fixture(scope="session")
def third(parties):
    """One more customer."""
    return parties["third"]


@pytest.fixture(params=NAMES)
def verifier(request, tmp_path):
    """Everybody who can verify a signed license, in turn."""
    return Verifier(request.param, tmp_path)


@pytest.fixture(scope="session")
def crew(server):
    """The seller's IAM."""
    return Crew(server)


@pytest.fixture(scope="session")
def iam(crew):
    return crew.client


@pytest.fixture
def shop(seller):
    return Shop(seller)


@pytest.fixture
def manager(own_server):
    return own_server.client("seller", "organizations")


@pytest.fixture
def member(own_server):
    return own_server.client("buyer", "organizations")


@pytest.fixture
def other(own_server):
    return own_server.client("reseller", "organizations")


@pytest.fixture
def root(manager):
    """The root of a new organization of the seller."""
    manager.create_organization()
    return manager.list_roots()["Roots"][0]["Id"]


@pytest.fixture
def joined(manager, root, member):
    """The same with the buyer in it."""
    directory.join(manager, member, directory.MEMBER)
    return root


def psql(url, statement):
    command = ["psql", url, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]
    command += ["--set", "ON_ERROR_STOP=1", "--command", statement]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
