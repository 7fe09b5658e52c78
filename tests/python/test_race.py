"""64 clients at once: the limit holds exactly, and one client token is one check-out (C15, W62)."""

import collections

import pytest

from documents import ask, counted
from racing import race
from shop import Shop

CLIENTS = 64
SEATS = 50
RUNS = 20


@pytest.fixture
def shop(server):
    return Shop(server.client("seller"))


@pytest.mark.parametrize("run", range(RUNS))
def test_C15_64_clients_for_50_seats(server, shop, run):
    sold = shop.create(Entitlements=[counted(max_count=SEATS)])
    replies = race([server], [sold.request(ask()) for _ in range(CLIENTS)])
    allowed = [reply.json for reply in replies if reply.status == 200]
    refused = [reply.code for reply in replies if reply.status != 200]
    assert len(allowed) == SEATS
    assert refused == ["NoEntitlementsAllowedException"] * (CLIENTS - SEATS)
    assert len({answer["LicenseConsumptionToken"] for answer in allowed}) == SEATS
    assert sold.usage() == SEATS


@pytest.mark.parametrize("run", range(5))
def test_C11_C15_whole_requests_of_several_sizes(server, shop, run):
    sold = shop.create(Entitlements=[counted(max_count=SEATS)])
    sizes = [1 + place % 7 for place in range(CLIENTS)]
    replies = race([server], [sold.request(ask(value=size)) for size in sizes])
    given = sum(size for size, reply in zip(sizes, replies) if reply.status == 200)
    assert given == sold.usage() <= SEATS
    # Each refusal was right: at the end not even the smallest refused request would fit.
    refused = [size for size, reply in zip(sizes, replies) if reply.status != 200]
    assert min(refused) > 0 and SEATS - given < max(refused)


@pytest.mark.parametrize("run", range(5))
def test_W62_one_token_64_times_is_one_check_out(server, shop, run):
    sold = shop.create(Entitlements=[counted(max_count=SEATS)])
    replies = race([server], [sold.request(ask(value=2))] * CLIENTS)
    answers = collections.Counter(reply.body for reply in replies)
    assert [reply.status for reply in replies] == [200] * CLIENTS
    assert len(answers) == 1, "the stored answer, to the letter"
    assert sold.usage() == 2


def test_W63_one_token_for_two_requests_serves_one(server, shop):
    sold = shop.create()
    one = sold.request(ask(value=1))
    two = one | {"Entitlements": [ask(value=2)]}
    replies = race([server], [one, two] * (CLIENTS // 2))
    answers = [reply.json for reply in replies if reply.status == 200]
    served = {answer["EntitlementsAllowed"][0]["Value"] for answer in answers}
    refused = {reply.code for reply in replies if reply.status != 200}
    assert refused == {"InvalidParameterValueException"}
    assert [str(sold.usage())] == list(served)


def test_C66_one_check_in_of_64_wins(server, shop):
    sold = shop.create()
    held = sold.check_out(ask(value=3))
    token = {"LicenseConsumptionToken": held["LicenseConsumptionToken"]}
    replies = race([server], [token] * CLIENTS, "CheckInLicense")
    assert [reply.status for reply in replies].count(200) == 1
    others = {reply.code for reply in replies if reply.status != 200}
    assert others <= {"ConflictException", "ResourceNotFoundException"}
    assert sold.usage() == 0
