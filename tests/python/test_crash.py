"""`kill -9` in a loop under load: nothing acknowledged is lost, nothing is counted twice.

Each worker writes down what it asked for before it sends it, and what it was told. After every
crash each request that got no answer is sent again with its client token (W62).
"""

import random
import threading
import time

import pytest

from documents import ask, counted
from program import GONE
from shop import License, Shop

ROUNDS = 6
WORKERS = 6
LOAD_S = (0.3, 1.5)
SEED = 20260721


class Worker(threading.Thread):
    """Checks out and in until the server dies."""

    def __init__(self, sold, client, held, random):
        super().__init__(daemon=True)
        self.sold, self.client, self.held, self.random = sold, client, held, random
        self.unanswered = None
        self.error = None
        self.answered = 0

    def run(self):
        try:
            while True:
                self.step()
                self.answered += 1
        except GONE:
            pass  # The server is gone; `unanswered` holds what it did not answer.
        except BaseException as error:
            self.error = error

    def step(self):
        if len(self.held) > 2 and self.random.random() < 0.5:
            token = self.held[0][0]
            self.unanswered = ("in", token)
            self.client.check_in_license(LicenseConsumptionToken=token)
            self.held.pop(0)
        else:
            units = self.random.randint(1, 5)
            request = self.sold.request(ask(value=units))
            self.unanswered = ("out", request)
            answer = self.client.checkout_license(**request)
            self.held.append((answer["LicenseConsumptionToken"], units))
        self.unanswered = None


def settle(worker, client):
    """Sends what was not answered again, as a careful client does; twice, to see one answer."""
    if worker.unanswered is None:
        return
    kind, what = worker.unanswered
    if kind == "out":
        first, again = client.checkout_license(**what), client.checkout_license(**what)
        assert first["LicenseConsumptionToken"] == again["LicenseConsumptionToken"]
        units = int(first["EntitlementsAllowed"][0]["Value"])
        worker.held.append((first["LicenseConsumptionToken"], units))
    else:
        try:
            client.check_in_license(LicenseConsumptionToken=what)
        except client.exceptions.ResourceNotFoundException:
            pass  # The check-in was done before the crash; only its answer was lost.
        worker.held.pop(0)


def unsettled(workers):
    """How far the count may be off while some requests have no answer: (down, up)."""
    down = up = 0
    for worker in workers:
        if worker.unanswered:
            kind, what = worker.unanswered
            if kind == "out":
                up += int(what["Entitlements"][0]["Value"])
            else:
                down += worker.held[0][1]
    return down, up


def test_nothing_acknowledged_is_lost(own_server):
    chance = random.Random(SEED)
    shop = Shop(own_server.client())
    made = shop.create(Entitlements=[counted(max_count=10**9)])
    held = [[] for _ in range(WORKERS)]
    for number in range(ROUNDS):
        client = own_server.client()
        workers = [Worker(made, client, mine, random.Random(chance.random())) for mine in held]
        for worker in workers:
            worker.start()
        time.sleep(chance.uniform(*LOAD_S))
        own_server.kill()
        for worker in workers:
            worker.join(30)
            assert not worker.is_alive() and worker.error is None, worker.error
        assert sum(worker.answered for worker in workers) > 0, "the round had no load"

        own_server.start()
        client = own_server.client()
        sold = License(client, made.document, made.created)
        acknowledged = sum(units for mine in held for _, units in mine)
        down, up = unsettled(workers)
        assert acknowledged - down <= sold.usage() <= acknowledged + up, f"round {number}"
        for worker in workers:
            settle(worker, client)
        assert sold.usage() == sum(units for mine in held for _, units in mine), f"round {number}"

    # Every check-out is there exactly once: each can be returned, and then nothing is left.
    tokens = [token for mine in held for token, _ in mine]
    assert len(set(tokens)) == len(tokens)
    for token in tokens:
        client.check_in_license(LicenseConsumptionToken=token)
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.check_in_license(LicenseConsumptionToken=token)
    assert sold.usage() == 0
