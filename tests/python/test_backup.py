"""Backups of a server that goes on, restored elsewhere; checks; and moving between databases."""

import sqlite3
import threading

import pytest

from conftest import psql
from documents import ask, counted
from program import GONE, run, serving
from shop import License, Shop

MANY = [counted(max_count=10**6)]


@pytest.fixture
def elsewhere(tmp_path, database):
    """Where another server would be: flags of a new folder and an empty database."""
    url = database()
    return ["--data", tmp_path / "elsewhere/data", *(["--database", url] if url else [])]


def start(folder, place):
    """A server on what a command made."""
    url = place[3] if len(place) > 2 else None
    return serving(folder, database=url)


def execute(place, statement):
    """Changes a database by hand."""
    if len(place) > 2:
        psql(place[3], statement)
    else:
        with sqlite3.connect(place[1] / "leasehold.db") as database:
            assert database.execute(statement).rowcount == 1


class Load(threading.Thread):
    """Checks out and in, and keeps what was answered, until the server dies."""

    def __init__(self, sold, client):
        super().__init__(daemon=True)
        self.sold, self.client, self.held, self.error = sold, client, [], None

    def run(self):
        try:
            while True:
                answer = self.client.checkout_license(**self.sold.request(ask()))
                self.held.append(answer["LicenseConsumptionToken"])
        except GONE:
            pass
        except BaseException as error:
            self.error = error


def test_a_backup_under_load_has_all_that_was_answered(own_server, elsewhere, tmp_path):
    shop = Shop(own_server.client())
    made = shop.create(Entitlements=MANY)
    drawn = made.request(ask(value=7), CheckoutType="PERPETUAL")
    answered = made.client.checkout_license(**drawn)
    loads = [Load(made, own_server.client()) for _ in range(4)]
    for load in loads:
        load.start()
    before, file = [], tmp_path / "backup"
    while len(before) < 100:
        before = [token for load in loads for token in load.held]
    said = run("backup", *own_server.place(), file)
    assert "0 differences" in said.stdout and "master.key apart" in said.stdout
    assert said.stderr == "", "no bar where there is no terminal"
    assert file.stat().st_mode & 0o777 == 0o600, "nobody else reads it"
    assert "already" in run("backup", *own_server.place(), file, check=False).stderr
    after = sum(len(load.held) for load in loads)
    own_server.kill()
    for load in loads:
        load.join(30)
        assert load.error is None, load.error

    said = run("restore", *elsewhere, file)
    assert "0 differences" in said.stdout
    assert "not empty" in run("restore", *elsewhere, file, check=False).stderr
    own_server.give_keys(tmp_path / "elsewhere")
    with start(tmp_path / "elsewhere", elsewhere) as restored:
        client = restored.client()
        sold = License(client, made.document, made.created)
        assert len(before) + 7 <= sold.usage() <= after + len(loads) + 7
        for token in before[-20:]:
            client.check_in_license(LicenseConsumptionToken=token)
        again = client.checkout_license(**drawn)
        assert again["LicenseConsumptionToken"] == answered["LicenseConsumptionToken"], "W62"
        assert "0 differences" in run("check", *elsewhere).stdout
        busy = run("restore", *elsewhere, file, check=False).stderr
        assert "stop" in busy or "other sessions" in busy, busy


def dump(path):
    """Every row of an SQLite database, but for the number of its openings."""
    with sqlite3.connect(path) as database:
        lines = set(database.iterdump())
    return {line for line in lines if "'instance'" not in line}


def test_to_postgres_and_back(tmp_path, postgres):
    there, back = postgres(), tmp_path / "back.db"
    with serving(tmp_path / "first") as server:
        made = Shop(server.client()).create(Entitlements=MANY)
        held = [made.check_out(ask(value=3)) for _ in range(3)]
        made.check_in(held[0])
        made.draw(ask(value=5))
        iam = server.client("buyer", "iam")
        iam.create_user(UserName="ana")
        iam.create_access_key(UserName="ana")
        server.client("buyer", "kms").create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
        source = server.data / "leasehold.db"
        busy = run("migrate", "--from", source, "--to", there, check=False)
        assert "another leasehold process" in busy.stderr
        assert server.stop() == 0
    for way in (source, there), (there, back):
        said = run("migrate", "--from", way[0], "--to", way[1])
        assert "0 differences" in said.stdout, said.stdout
    assert dump(back) == dump(source)
    assert "not empty" in run("migrate", "--from", source, "--to", there, check=False).stderr
    server.give_keys(tmp_path / "second")
    with serving(tmp_path / "second", database=there) as second:
        sold = License(second.client(), made.document, made.created)
        assert sold.usage() == 11
        sold.check_in(held[1])
        assert sold.usage() == 8


def test_a_check_finds_what_was_changed_by_hand(own_server, elsewhere, tmp_path):
    made = Shop(own_server.client()).create(Entitlements=MANY)
    made.check_out(ask(value=2))
    made.draw(ask(value=5))
    place = own_server.place()
    assert "0 differences" in run("check", *place).stdout
    execute([place[0], own_server.data, *place[2:]], DAMAGE)
    found = run("check", *place, check=False)
    assert found.returncode == 1
    arn = made.created["LicenseArn"]
    assert f"{arn}: pool Users: drawn: expected 5, found 4\n" in found.stdout

    # A backup of it is made, and says so; it is restored only on demand.
    file = tmp_path / "backup"
    assert run("backup", *place, file, check=False).returncode == 1
    refused = run("restore", *elsewhere, file, check=False)
    assert refused.returncode == 1 and "nothing was written" in refused.stderr
    kept = run("restore", *elsewhere, "--keep-differences", file, check=False)
    assert kept.returncode == 1 and "rows were copied" in kept.stdout


DAMAGE = """UPDATE pool SET pools = replace(pools, '"drawn":5', '"drawn":4')
    WHERE pools LIKE '%"drawn":5%'"""


def test_what_is_no_whole_backup_changes_nothing(own_server, tmp_path):
    file, place = tmp_path / "backup", ["--data", tmp_path / "elsewhere"]
    run("backup", *own_server.place(), file)
    whole = file.read_bytes()
    middle = len(whole) // 2
    damaged = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for content, reason in (
        (whole[:middle], "cut off"),
        (damaged, "checksum differs"),
        (b"", "too short"),
    ):
        file.write_bytes(content)
        refused = run("restore", *place, file, check=False)
        assert refused.returncode == 1 and reason in refused.stderr
        assert not list((tmp_path / "elsewhere").iterdir()), "nothing was made"
