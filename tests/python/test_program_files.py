"""Bad files and full disks: refused at start with the reason, or answered and survived."""

import contextlib
import os
import resource
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import botocore.exceptions
import pytest

import wire
from conftest import psql
from documents import ask, counted
from program import Server, serving
from shop import Shop, refused

RECOVERY_S = 30
ATTEMPTS = 5000


@pytest.fixture
def stopped(tmp_path):
    """A server that was filled and stopped, and its database file."""
    with serving(tmp_path) as server:
        shop = Shop(server.client())
        for _ in range(20):
            shop.create().check_out(ask())
        server.stop()
        file = server.data / "leasehold.db"
        # Should the log still be there, it would heal what the tests do to the file.
        with contextlib.closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield server, file


def test_a_stop_leaves_one_whole_file(tmp_path):
    """What an operator copies after a stop is everything: the log is closed as well."""
    with serving(tmp_path) as server:
        for _ in range(8):
            Shop(server.client()).create().check_out(ask())
            assert server.stop() == 0
            left = sorted(path.name for path in server.data.glob("leasehold.db-*"))
            assert left == [], f"{left} beside the database"
            server.start()


def test_a_file_that_is_no_database(stopped):
    server, file = stopped
    file.write_bytes(b"This is no database. " * 1000)
    text = server.refuses_to_start()
    assert str(file) in text and "not a database" in text, text


def test_a_damaged_file(stopped):
    server, file = stopped
    damaged = bytearray(file.read_bytes())
    # Some pages in the middle, as a failing disk leaves them.
    page = 4096
    for start in range(4 * page, len(damaged) - page, 3 * page):
        damaged[start : start + page // 2] = os.urandom(page // 2)
    file.write_bytes(damaged)
    text = server.refuses_to_start()
    assert str(file) in text, text
    assert "damaged" in text or "corrupt" in text or "malformed" in text, text


def test_a_truncated_file(stopped):
    server, file = stopped
    size = file.stat().st_size
    with file.open("r+b") as handle:
        handle.truncate(size // 2 // 4096 * 4096)
    assert str(file) in server.refuses_to_start()


def test_a_newer_schema(stopped):
    server, file = stopped
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("UPDATE meta SET value = value + 1 WHERE name = 'schema'")
        database.commit()
    before = file.read_bytes()
    assert "newer" in server.refuses_to_start()
    assert file.read_bytes() == before, "it is left as it was"


def test_a_newer_schema_on_postgres(tmp_path, postgres):
    url = postgres()
    with serving(tmp_path, database=url) as server:
        server.stop()
        psql(url, "UPDATE meta SET value = value + 1 WHERE name = 'schema'")
        assert "newer" in server.refuses_to_start()


def test_another_master_key(stopped):
    server, file = stopped
    for key in server.data.glob("*key*"):
        key.write_bytes(bytes(reversed(key.read_bytes())))
    assert "key" in server.refuses_to_start()


def test_a_postgres_that_is_not_there(tmp_path):
    server = Server(tmp_path, database="postgres://postgres:secret@127.0.0.1:9/nothing")
    text = server.refuses_to_start()
    assert "127.0.0.1" in text or "refused" in text, f"which server, or why: {text}"
    assert "secret" not in text


def test_a_postgres_database_that_is_not_there(tmp_path, postgres):
    server = Server(tmp_path, database=f"{postgres()}_missing")
    text = server.refuses_to_start()
    assert "_missing" in text, f"which database: {text}"


class SmallDisk:
    """A file system of its own that can be filled and emptied."""

    def __init__(self, folder):
        self.folder = folder
        self.filler = folder / "filler"
        folder.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
        if subprocess.run(words, capture_output=True).returncode != 0:
            pytest.skip("mounting a small file system is not permitted here")

    def fill(self, server):
        with self.filler.open("wb", buffering=0) as filler:
            try:
                while filler.write(b"x" * 4096):
                    pass
            except OSError:
                pass

    def empty(self, server):
        self.filler.unlink()

    def close(self):
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


class SizeLimit:
    """A limit on the size of files that the server may write, as `ulimit -f` sets it."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def fill(self, server):
        self._limit(server, 0)

    def empty(self, server):
        self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server, size):
        limits = (size, resource.RLIM_INFINITY)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)

    def close(self):
        pass


@pytest.fixture(params=[SmallDisk, SizeLimit])
def disk(request, tmp_path):
    disk = request.param(tmp_path / "disk")
    yield disk
    disk.close()


def test_a_full_disk(disk):
    server = Server(disk.folder)
    # The log is not on that disk; a limit on sizes would stop it as well.
    server.log = Path(os.devnull)
    try:
        # Without the signal a write beyond the limit fails as on a full disk.
        server.start(preexec_fn=ignore_size_signal, restore_signals=False)
        check_full_disk(server, disk)
    finally:
        server.close()


def check_full_disk(server, disk):
    shop = Shop(server.client())
    sold = shop.create(Entitlements=[counted(max_count=10**6)])
    held = [sold.check_out(ask())]
    disk.fill(server)
    for _ in range(ATTEMPTS):
        try:
            held.append(sold.check_out(ask()))
        except botocore.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "ServerInternalException"
            break
    else:
        raise AssertionError("the disk never got full")
    sold.refuse(ask(), code="ServerInternalException")
    refused("ServerInternalException", sold.check_in, held[0])
    shop.refuse("ServerInternalException")

    # Reads go on, and none of what was refused is there.
    assert sold.get()["Status"] == "AVAILABLE"
    assert len(sold.client.list_licenses()["Licenses"]) == 1
    assert sold.usage() == len(held)
    assert wire.get(server.url, "/healthz").status == 200

    disk.empty(server)
    until = time.monotonic() + RECOVERY_S
    while True:
        try:
            held.append(sold.check_out(ask()))
            break
        except botocore.exceptions.ClientError:
            assert time.monotonic() < until, "it does not recover"
            time.sleep(0.2)
    sold.check_in(held.pop(0))
    shop.create()
    assert sold.usage() == len(held)
    server.restart()
    sold.client = server.client()
    assert sold.usage() == len(held), "and all that was acknowledged outlives a crash"


def ignore_size_signal():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
