"""64 clients of four accounts at once, through grants with caps: exactly as many are allowed as
caps and MaxCount say (C15, C16)."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import botocore.exceptions
import pytest

import documents
from documents import ask, counted
from shop import refused
from trade import PASS_ON, caps_of, metadata

CLIENTS = 64
SEATS = 50
GRANTEES = ["buyer", "reseller", "third", "fourth"]
DEEP = metadata(grant_depth=3)


def race(held, clients=CLIENTS, units=1):
    """All clients at once, each account in turn; answers how many each got, and their tokens."""
    start, lanes = threading.Barrier(clients), list(itertools.islice(itertools.cycle(held), clients))
    tokens = {name: [] for name in held}
    codes = []

    def run(name):
        request = held[name].request(ask(value=units))
        start.wait(60)
        try:
            answer = held[name].client.checkout_license(**request)
            tokens[name].append(answer["LicenseConsumptionToken"])
        except botocore.exceptions.ClientError as error:
            codes.append(error.response["Error"]["Code"])

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(run, lanes))
    assert set(codes) <= {"NoEntitlementsAllowedException"}
    assert len(codes) + sum(map(len, tokens.values())) == clients, "each got its answer"
    every = sum(tokens.values(), [])
    assert len(set(every)) == len(every)
    return {name: len(given) for name, given in tokens.items()}


@pytest.mark.parametrize("run", range(5))
def test_C15_siblings_with_caps_below_the_limit(vendor, parties, run):
    """16 clients for each of four caps of 9, 12, 16 and 0: 37 in all, less than MaxCount."""
    caps = dict(zip(GRANTEES, (9, 12, 16, 0)))
    sold = vendor.sell(Entitlements=[counted(max_count=SEATS)])
    for name, cap in caps.items():
        vendor.lend(sold, parties[name], Tags=caps_of(Users=cap))
    given = race({name: parties[name].holds(sold) for name in GRANTEES})
    assert given == caps
    assert sold.usage() == 37


@pytest.mark.parametrize("run", range(5))
def test_C15_C16_siblings_with_caps_above_the_limit(vendor, parties, run):
    """Caps of 14, 16, 16 and 16 leave room for 62; MaxCount ends it at 50."""
    caps = dict(zip(GRANTEES, (14, 16, 16, 16)))
    sold = vendor.sell(Entitlements=[counted(max_count=SEATS)])
    for name, cap in caps.items():
        vendor.lend(sold, parties[name], Tags=caps_of(Users=cap))
    given = race({name: parties[name].holds(sold) for name in GRANTEES})
    assert sum(given.values()) == sold.usage() == SEATS
    assert all(given[name] <= caps[name] for name in GRANTEES)


@pytest.mark.parametrize("run", range(5))
def test_C15_a_tree_of_caps(vendor, parties, run):
    """The reseller may have 24 out with all below it, of these the buyer 10 with the one below it;
    a fourth account beside them 11: 35 in all."""
    sold = vendor.sell(Entitlements=[counted(max_count=SEATS)], LicenseMetadata=DEEP)
    buyer, reseller, third, fourth = [parties[name] for name in GRANTEES]
    vendor.lend(sold, reseller, PASS_ON, Tags=caps_of(Users=24))
    reseller.lend(sold, buyer, PASS_ON, Tags=caps_of(Users=10))
    buyer.lend(sold, third)
    vendor.lend(sold, fourth, Tags=caps_of(Users=11))
    given = race({name: parties[name].holds(sold) for name in GRANTEES})
    assert given["fourth"] == 11
    assert given["buyer"] + given["third"] == 10
    # 16 clients of the reseller's own find at least 14 left of its 24.
    assert given["reseller"] == 14
    assert sold.usage() == 35


def test_C15_one_large_request_among_small_ones(vendor, parties):
    sold = vendor.sell(Entitlements=[counted(max_count=SEATS)])
    for name in GRANTEES:
        vendor.lend(sold, parties[name], Tags=caps_of(Users=20))
    given = race({name: parties[name].holds(sold) for name in GRANTEES}, units=7)
    assert all(number <= 2 for number in given.values()), "7 + 7 + 7 is more than 20"
    assert sum(given.values()) == 7 == sold.usage() // 7


def test_G22_of_many_grants_to_one_account_one_is_made(vendor, customer):
    sold = vendor.sell()
    start = threading.Barrier(16)

    def attempt(_):
        start.wait(60)
        try:
            return vendor.grant(sold, customer).created["Status"]
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(attempt, range(16)))
    assert sorted(answers) == ["PENDING_ACCEPT"] + ["ValidationException"] * 15


def test_G25_of_accept_and_reject_one_comes_second(vendor, customer):
    """Whatever the order, the versions tell one story."""
    for _ in range(10):
        grant = vendor.grant(vendor.sell(), customer)
        start = threading.Barrier(2)

        def attempt(call):
            start.wait(60)
            try:
                return call()["Status"]
            except botocore.exceptions.ClientError as error:
                return error.response["Error"]["Code"]

        with ThreadPoolExecutor(2) as pool:
            accepted, rejected = pool.map(attempt, [grant.accept, grant.reject])
        assert rejected == grant.status == "REJECTED"
        expected = {"DISABLED": "3", "ValidationException": "2"}
        assert grant.version == expected[accepted]


@pytest.mark.parametrize("run", range(3))
def test_G36_one_active_license_of_a_marketplace_product(parties, run):
    market, customer = parties["marketplace"], parties["buyer"]
    sku = f"sku-{documents.token()}"
    grants = []
    for _ in range(8):
        grants.append(market.grant(market.sell(ProductSKU=sku), customer))
        grants[-1].accept()
    start = threading.Barrier(8)

    def attempt(grant):
        start.wait(60)
        try:
            return grant.activate()["Status"]
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, grants))
    assert sorted(answers) == ["ACTIVE"] + ["ValidationException"] * 7


def test_G43_no_check_out_after_the_answer_of_a_deletion(vendor, customer):
    """Clients check out all the time; from the answer on nobody gets anything."""
    sold = vendor.sell(Entitlements=[counted(max_count=10**6)])
    grant = vendor.lend(sold, customer)
    held, gone, late = customer.holds(sold), threading.Event(), []

    def load(_):
        while True:
            after = gone.is_set()
            try:
                held.check_out(ask())
            except botocore.exceptions.ClientError:
                return
            late.append(after)

    with ThreadPoolExecutor(8) as pool:
        running = pool.map(load, range(8))
        while len(late) < 50:
            pass
        grant.delete()
        gone.set()
        list(running)
    assert not any(late)
    assert sold.usage() == len(late)
    held.refuse(ask())
    refused("ValidationException", grant.activate)
