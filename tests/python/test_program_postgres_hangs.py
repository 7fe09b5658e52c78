"""PostgreSQL that answers nothing any more, without hanging up; and one of several hosts."""

import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import botocore.exceptions
import pytest

from conftest import psql
from documents import ask, counted
from program import serving
from shop import Shop
from test_program_postgres import eventually

# How long the server waits for its database, and some for the batch before.
PATIENCE_S = 25


class Proxy:
    """A way to the database that can be held up."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.is_open = threading.Event()
        self.is_open.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self.pass_on, args=pair, daemon=True).start()

    def pass_on(self, source, sink):
        with source, sink:
            try:
                while data := source.recv(65536):
                    self.is_open.wait()
                    sink.sendall(data)
            except OSError:
                pass
            finally:
                # The other direction, which may wait for data, is over as well.
                for end in (source, sink):
                    try:
                        end.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass


def outcome(call):
    """The code of a refusal; none where there is none."""
    try:
        call()
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return None


def address(url):
    host, port = re.search(r"@([^:/]+):(\d+)/", url).groups()
    return host, int(port)


@pytest.fixture
def database_url(postgres):
    return postgres()


@pytest.fixture
def proxy(database_url):
    proxy = Proxy(*address(database_url))
    yield proxy
    proxy.is_open.set()
    proxy.listener.close()


def test_a_database_that_hangs_hangs_nobody(tmp_path, database_url, proxy):
    _, port = address(database_url)
    url = database_url.replace(f":{port}/", f":{proxy.port}/")
    with serving(tmp_path, database=url) as server:
        client = server.client()
        sold = Shop(client).create(Entitlements=[counted(max_count=100)])
        sold.check_out(ask())
        requests = [sold.request(ask()) for _ in range(4)]
        calls = [lambda request=request: client.checkout_license(**request) for request in requests]
        calls += [lambda: client.get_license(LicenseArn=sold.arn)] * 4

        proxy.is_open.clear()
        begun = time.monotonic()
        with ThreadPoolExecutor(len(calls)) as pool:
            codes = set(pool.map(outcome, calls))
        assert codes == {"ServerInternalException"}
        assert time.monotonic() - begun < PATIENCE_S
        proxy.is_open.set()
        # What had come to pass unseen is answered again, what had not is done: once each.
        for call in calls:
            eventually(call)
        assert sold.usage() == 5


def test_of_several_hosts_the_one_that_takes_writes_is_found(tmp_path, database_url):
    host, port = address(database_url)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        hosts = f"@127.0.0.1:{closed.getsockname()[1]},{host}:{port}/"
        url = database_url.replace(f"@{host}:{port}/", hosts) + "?target_session_attrs=read-write"
        with serving(tmp_path, database=url) as server:
            sold = Shop(server.client()).create(Entitlements=[counted(max_count=1)])
            sold.check_out(ask())


def test_a_lock_that_somebody_forgot_is_waited_for_in_vain_and_not_for_ever(tmp_path, database_url):
    name = database_url.rsplit("/", 1)[1]
    with serving(tmp_path, database=database_url) as server:
        sold = Shop(server.client()).create(Entitlements=[counted(max_count=100)])
        sold.check_out(ask())
        forgetful = "BEGIN; LOCK TABLE pool; SELECT pg_sleep(13)"
        with ThreadPoolExecutor(9) as pool:
            lock = pool.submit(psql, database_url, forgetful)
            time.sleep(0.5)
            requests = [sold.request(ask()) for _ in range(8)]
            calls = [
                lambda request=request: sold.client.checkout_license(**request)
                for request in requests
            ]
            answers = [pool.submit(outcome, call) for call in calls]
            time.sleep(10)
            # Whoever was told no waits no more, and neither does a session for them: what waits is
            # the batch of those who came meanwhile.
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            found = psql(database_url, f"{waiting} AND datname = '{name}'")
            assert int(found) <= 1, found
            codes = {answer.result() for answer in answers}
            assert "ServerInternalException" in codes
            assert codes <= {None, "ServerInternalException"}
            lock.result()
        for call in calls:
            eventually(call)
        assert sold.usage() == 9
