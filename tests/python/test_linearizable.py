"""What concurrent clients see of a pool is what some order of their requests, one after the other
and true to time, would have shown them (C15): on SQLite, and at two servers over one PostgreSQL.

The clients record what they ask and what they get; `leasehold-sim --recorded` looks for the order.
Two home-made ways to count seats, which look right and give out too many, fail the same test.

LEASEHOLD_SIM names the judge (default: the development build).
"""

import itertools
import json
import os
import random
import re
import subprocess
import threading
import time

import pytest

from documents import ask, counted
from program import ROOT, serving, serving_twice
from racing import race
from shop import Shop

JUDGE = os.environ.get("LEASEHOLD_SIM", str(ROOT / "target/debug/leasehold-sim"))
JUDGE_S = 60
SEEDS = 20
LIMIT = 10
ROUNDS = 6
CRASHES = 5
CLIENTS = 8
# How far apart requests of a round are sent: some meet, some follow each other.
APART_S = 0.01


class History:
    """What clients ask of one pool and what they get, in the order of time."""

    def __init__(self, name, limit=LIMIT):
        self.name, self.limit, self.events = name, limit, []

    def asks(self, client, what):
        self.events.append({"client": client, "asks": what})

    def gets(self, client, what):
        self.events.append({"client": client, "gets": what})

    def line(self):
        return json.dumps({"name": self.name, "limit": self.limit, "events": self.events})


def judge(folder, *histories):
    """The judge's exit code, and a line or more for each history."""
    file = folder / "histories"
    file.write_text("\n".join(history.line() for history in histories))
    command = [JUDGE, "--recorded", str(file)]
    end = subprocess.run(command, capture_output=True, text=True, timeout=JUDGE_S)
    return end.returncode, end.stdout


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def servers(request, tmp_path_factory):
    """One server on SQLite; two on one PostgreSQL."""
    folder = tmp_path_factory.mktemp("servers")
    if request.param == "sqlite":
        with serving(folder) as server:
            yield [server]
    else:
        with serving_twice(folder, request.getfixturevalue("postgres")()) as servers:
            yield servers


def record(servers, shop, seed):
    """Rounds of concurrent requests about one license, recorded."""
    chance, history = random.Random(seed), History(f"seed {seed}")
    sold = shop.create(Entitlements=[counted(max_count=LIMIT)])
    held = []
    for _ in range(ROUNDS):
        play(servers, sold, history, chance, held)
    return history


def play(servers, sold, history, chance, held, begun=lambda: None, **settings):
    """A round: all clients at once, or nearly; `begun` is called when all are connected. Answers
    how many got no answer."""
    lanes = [draw(chance, held) for _ in range(CLIENTS)]
    delays = [chance.uniform(0, APART_S) for _ in lanes]

    def watch(place, reply):
        if reply is None:
            if place == 0:
                begun()
            time.sleep(delays[place])
            history.asks(place, lanes[place][0])
        else:
            history.gets(place, understood(reply))

    operations, requests = zip(*[request_of(sold, *lane) for lane in lanes])
    replies = race(servers, requests, operations, watch, **settings)
    for (asked, _), reply in zip(lanes, replies):
        if reply and reply.status == 200 and "check_out" in asked:
            held.append((reply.json["LicenseConsumptionToken"], asked["check_out"]))
    return replies.count(None)


def draw(chance, held):
    """What one client asks next, and the token for it. Whoever holds something may return it."""
    what = chance.random()
    if held and what < 0.4:
        token, units = held.pop(chance.randrange(len(held)))
        return {"check_in": units}, token
    if what < 0.7:
        return {"check_out": chance.randint(1, 4)}, None
    return "usage", None


def request_of(sold, asked, token):
    if asked == "usage":
        return "GetLicenseUsage", {"LicenseArn": sold.arn}
    if token:
        return "CheckInLicense", {"LicenseConsumptionToken": token}
    return "CheckoutLicense", sold.request(ask(value=asked["check_out"]))


def understood(reply):
    if reply.status != 200:
        assert reply.code == "NoEntitlementsAllowedException", reply.json
        return "refused"
    if "LicenseUsage" in reply.json:
        return {"out": int(reply.json["LicenseUsage"]["EntitlementUsages"][0]["ConsumedValue"])}
    return "done"


def test_C15_what_clients_see_has_an_order(servers, tmp_path):
    shop = Shop(servers[0].client())
    histories = [record(servers, shop, seed) for seed in range(SEEDS)]
    code, said = judge(tmp_path, *histories)
    assert code == 0, said
    assert said.count(": linearizable") == SEEDS, said
    at_once = [int(most) for most in re.findall(r"up to (\d+) at once", said)]
    assert min(at_once) > 1 and max(at_once) > CLIENTS // 2, "hardly any two met"


def test_a_history_with_one_wrong_answer_is_found(servers, tmp_path):
    """The judge sees something: a usage that is one too high is no order's."""
    history = record(servers, Shop(servers[0].client()), SEEDS)
    history.asks(0, "usage")
    history.gets(0, {"out": LIMIT + 1})
    code, said = judge(tmp_path, history)
    assert code != 0 and "NOT linearizable" in said


def test_what_a_dead_server_did_not_answer_happened_or_not(tmp_path, postgres):
    """`kill -9` in the middle of a round: the other server knows all that was answered, and each
    of the others wholly or not at all."""
    histories, unanswered, chance = [], 0, random.Random(SEEDS)
    with serving_twice(tmp_path, postgres()) as (dying, living):
        shop = Shop(living.client())
        for number in range(CRASHES):
            history, held = History(f"crash {number}"), []
            sold = shop.create(Entitlements=[counted(max_count=LIMIT)])
            play([dying, living], sold, history, chance, held)
            timer = threading.Timer(chance.uniform(0, APART_S), dying.process.kill)
            settings = {"begun": timer.start, "all_answer": False}
            unanswered += play([dying, living], sold, history, chance, held, **settings)
            timer.join()
            dying.kill()
            # Whoever waits for ever asks nothing more: one more client does.
            for units in (1, 2, 3):
                history.asks(CLIENTS, "usage")
                history.gets(CLIENTS, {"out": sold.usage()})
                history.asks(CLIENTS, {"check_out": units})
                call = request_of(sold, {"check_out": units}, None)
                history.gets(CLIENTS, understood(living.call(*call)))
            histories.append(history)
            dying.start()
    code, said = judge(tmp_path, *histories)
    assert code == 0, said
    assert unanswered > 0, "it died too late"


class Session:
    """A connection to PostgreSQL that stays open, with its transaction."""

    def __init__(self, url):
        words = ["psql", url, "--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]
        words += ["--set", "ON_ERROR_STOP=1"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True)

    def run(self, statements):
        """What they answer, line by line."""
        self.process.stdin.write(f"{statements};\n\\echo over\n")
        self.process.stdin.flush()
        lines = map(str.strip, iter(self.process.stdout.readline, ""))
        return list(itertools.takewhile(lambda line: line != "over", lines))

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture
def sessions(postgres):
    """Two connections to a home-made table of seats, under READ COMMITTED, the default."""
    url = postgres()
    both = [Session(url), Session(url)]
    both[0].run("CREATE TABLE booking (units bigint NOT NULL)")
    yield both
    for session in both:
        session.close()


SUM = "SELECT coalesce(sum(units), 0) FROM booking"


class CheckThenInsert:
    """Looks how many are out; if enough are left, books."""

    def __init__(self, session):
        self.session = session

    def begin(self, units):
        self.session.run("BEGIN")
        (out,) = self.session.run(SUM)
        self.is_done = int(out) + units <= LIMIT
        if self.is_done:
            self.session.run(f"INSERT INTO booking VALUES ({units})")

    def end(self):
        self.session.run("COMMIT")
        return "done" if self.is_done else "refused"


class InsertWhereItFits(CheckThenInsert):
    """The same in one statement, which looks atomic."""

    def begin(self, units):
        fits = f"({SUM}) + {units} <= {LIMIT}"
        booked = self.session.run(
            f"BEGIN; INSERT INTO booking SELECT {units} WHERE {fits} RETURNING units"
        )
        self.is_done = booked == [str(units)]


@pytest.mark.parametrize("way", [CheckThenInsert, InsertWhereItFits])
def test_home_made_counts_are_not_linearizable(sessions, tmp_path, way):
    """Two transactions at the same time, 6 units each of 10; the judge finds what is wrong."""
    history, clients = History(way.__name__), [way(session) for session in sessions]
    for place, client in enumerate(clients):
        history.asks(place, {"check_out": 6})
        client.begin(6)
    for place, client in enumerate(clients):
        history.gets(place, client.end())
    assert sessions[0].run(SUM) == ["12"], "out of 10"
    code, said = judge(tmp_path, history)
    assert code != 0 and f"{way.__name__} is NOT linearizable" in said


@pytest.mark.parametrize("way", [CheckThenInsert, InsertWhereItFits])
def test_one_after_the_other_they_are_right(sessions, tmp_path, way):
    """So it is being at once that breaks them, and a test without that finds nothing."""
    history, clients = History(way.__name__), [way(session) for session in sessions]
    for place, client in enumerate(clients):
        history.asks(place, {"check_out": 6})
        client.begin(6)
        history.gets(place, client.end())
    assert sessions[0].run(SUM) == ["6"]
    code, said = judge(tmp_path, history)
    assert code == 0, said
