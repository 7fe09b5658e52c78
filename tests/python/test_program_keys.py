"""Accounts and access keys, with and without a running server."""

import re
import subprocess

import pytest

import program
import wire
from program import run, serving

ID, SECRET = re.compile(r"aws_access_key_id = (\S+)"), re.compile(r"aws_secret_access_key = (\S+)")


class Office:
    """Administration of one data folder."""

    def __init__(self, server, database):
        self.place = ["--data", str(server.data)]
        self.place += ["--database", database] if database else []

    def run(self, *words):
        return run(*words[:2], *self.place, *words[2:]).stdout

    def refuse(self, *words):
        with pytest.raises(subprocess.CalledProcessError) as caught:
            self.run(*words)
        return caught.value.stderr

    def new_key(self, account):
        text = self.run("key", "create", account)
        return wire.key(ID.search(text)[1], SECRET.search(text)[1])


@pytest.fixture
def place(tmp_path, database):
    """A running server and its administration."""
    url = database()
    with serving(tmp_path, database=url) as server:
        yield server, Office(server, url)


def who(server, key):
    reply = wire.form_request(server.url).sign(key).send()
    found = re.search(rb"<Account>(\d+)</Account>|<Code>(\w+)</Code>", reply.body)
    return (found[1] or found[2]).decode()


def test_with_a_running_server(place):
    server, office = place
    assert (server.data / "admin.sock").is_socket()
    check_life_of_a_key(server, office, lambda: None)


def test_without_a_running_server(place):
    server, office = place
    server.stop()

    def serve_and_stop():
        if server.process.poll() is None:
            server.stop()
        else:
            server.start()

    check_life_of_a_key(server, office, serve_and_stop)


def check_life_of_a_key(server, office, switch):
    """`switch` starts the server before it is asked, and stops it before each command."""

    def asked(key):
        switch()
        answer = who(server, key)
        switch()
        return answer

    office.run("account", "create", "Example account", "--id", "123456789012")
    accounts = office.run("account", "list")
    for account in [*program.ACCOUNTS.values(), "123456789012"]:
        assert account in accounts
    assert "Example account" in accounts
    key, other = office.new_key("123456789012"), office.new_key("123456789012")
    assert asked(key) == asked(other) == "123456789012"
    office.run("key", "disable", key.access_key)
    assert asked(key) == "InvalidClientTokenId", "at once"
    assert asked(other) == "123456789012"
    listed = office.run("key", "list", "123456789012")
    assert key.access_key in listed and other.access_key in listed
    assert key.secret_key not in listed, "the secret is shown once"
    office.run("key", "delete", other.access_key)
    assert asked(other) == "InvalidClientTokenId"
    assert other.access_key not in office.run("key", "list")


def test_bad_commands_say_what_is_wrong(place):
    server, office = place
    assert program.SELLER in office.refuse("account", "create", "again", "--id", program.SELLER)
    assert "12" in office.refuse("account", "create", "short", "--id", "123")
    assert "999999999999" in office.refuse("key", "create", "999999999999")
    for verb in ("disable", "delete"):
        assert "AKIANOTHING" in office.refuse("key", verb, "AKIANOTHING")


def test_an_account_id_is_drawn(place):
    server, office = place
    before = set(office.run("account", "list").splitlines())
    office.run("account", "create", "Drawn")
    (new,) = set(office.run("account", "list").splitlines()) - before
    assert re.search(r"\b\d{12}\b", new) and "Drawn" in new
