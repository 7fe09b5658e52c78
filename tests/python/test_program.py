"""The program itself: start, stop, administration, files, TLS (issue 2, "The program")."""

import signal
import stat
import subprocess
import threading
import urllib.error

import pytest

import program
import wire
from clock import Clock
from documents import ask, counted
from program import GONE, Server, run, serving
from shop import Shop


@pytest.fixture
def sqlite(tmp_path):
    """A server on SQLite that a test may stop and start."""
    with serving(tmp_path) as server:
        yield server


def test_the_files_are_for_the_owner_only(sqlite):
    def mode(path):
        return stat.S_IMODE(path.stat().st_mode)

    assert mode(sqlite.data) == 0o700
    private = ["credentials", *(path.name for path in sqlite.data.glob("*key*"))]
    assert len(private) > 1, "there is a master key"
    for name in private:
        assert mode(sqlite.data / name) == 0o600, name
    secret = sqlite.key().secret_key.encode()
    for path in sqlite.data.iterdir():
        if path.is_file() and path.name != "credentials":
            assert secret not in path.read_bytes(), f"{path.name} holds a secret in the clear"


def test_the_demo_keeps_its_keys_over_a_restart(sqlite):
    before = (sqlite.data / "credentials").read_text()
    sqlite.restart()
    assert (sqlite.data / "credentials").read_text() == before
    assert sqlite.client("seller", "sts").get_caller_identity()["Account"] == program.SELLER


def test_it_serves_on_when_nobody_reads_what_it_prints(tmp_path):
    """As with `leasehold serve --demo | head -1`; the lines to paste find no reader."""
    command = [program.BINARY, "serve", "--demo", "--listen", "127.0.0.1:0", "--data", tmp_path]
    silent = {"stderr": subprocess.DEVNULL, "env": program.environment()}
    for _ in range(5):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0, **silent)
        line = process.stdout.readline()
        process.stdout.close()
        url = line.decode().split()[-1]
        assert wire.get(url, "/healthz").status == 200
        process.terminate()
        assert process.wait(program.STOP_S) == 0


def test_refusals_are_recorded_with_what_would_cure_them(sqlite):
    sold = Shop(sqlite.client()).create(Entitlements=[counted(max_count=5)])
    held = sold.check_out(ask(value=3))
    request_id = sold.refuse(ask(value=4))["ResponseMetadata"]["RequestId"]
    (line,) = [line for line in sqlite.log.read_text().splitlines() if request_id in line]
    for word in ("C11", "asked=4", "free=2", program.SELLER):
        assert word in line, line
    record = run("refusals", "--data", sqlite.data).stdout
    for word in ("CheckoutLicense", "C11", "4 asked, 2 free", f"at {held['Expiration']}"):
        assert word in record, record


def test_health(server):
    for path in ("/healthz", "/readyz"):
        reply = wire.get(server.url, path)
        assert reply.status == 200 and 0 < len(reply.body) < 100


def test_a_second_server_on_the_same_file_is_refused(sqlite, tmp_path):
    second = Server(tmp_path)
    text = second.refuses_to_start()
    assert "another" in text and str(sqlite.data) in text, text
    elsewhere = Server(tmp_path / "elsewhere", database=str(sqlite.data / "leasehold.db"))
    assert "another" in elsewhere.refuses_to_start()
    assert wire.get(sqlite.url, "/readyz").status == 200, "the first one serves on"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_finishes_what_is_queued(sqlite, number):
    sold = Shop(sqlite.client()).create(Entitlements=[counted(max_count=10**6)])
    acknowledged, started = [], threading.Event()

    def load():
        try:
            while True:
                acknowledged.append(sold.check_out(ask())["LicenseConsumptionToken"])
                if len(acknowledged) > 30:
                    started.set()
        except GONE:
            started.set()

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert started.wait(30)
    assert sqlite.stop(number) == 0
    for thread in threads:
        thread.join(30)
    sqlite.start()
    sold.client = sqlite.client()
    assert sold.usage() == len(set(acknowledged)) == len(acknowledged)


def test_the_test_clock_needs_loopback_and_runs_forward_only(tmp_path, server, clock):
    for address in ("0.0.0.0:0", "[::]:0"):
        text = Server(tmp_path, "--listen", address, test_clock=True).refuses_to_start()
        assert "loopback" in text
    with pytest.raises(urllib.error.HTTPError) as caught:
        clock.set(clock.now().replace(year=2001))
    assert caught.value.code == 400
    before = clock.now()
    assert (clock.advance(seconds=100) - before).total_seconds() >= 100
    assert clock.now() > before, "it keeps running"


def test_without_the_flag_there_is_no_test_clock(sqlite):
    with pytest.raises(urllib.error.HTTPError):
        Clock(sqlite).advance(seconds=1)


def test_the_test_clock_starts_where_it_is_told(tmp_path):
    with serving(tmp_path, "--test-clock=2031-05-06T07:08:09Z") as server:
        assert Clock(server).now().isoformat().startswith("2031-05-06T07:0")


def test_settings_from_the_environment_and_a_file(tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text('listen = "127.0.0.1:0"\nregion = "eu-west-3"\n')
    with serving(tmp_path, "--config", str(settings), "--listen", "127.0.0.1:0") as server:
        client = server.client()
        assert client.meta.region_name == "eu-west-3", "the profile carries the server's Region"
    settings.write_text('lissten = "127.0.0.1:0"\n')
    text = Server(tmp_path, "--config", str(settings)).refuses_to_start()
    assert "lissten" in text


def test_tls(tmp_path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        + ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    flags = ["--tls-cert", str(certificate), "--tls-key", str(key)]
    with serving(tmp_path, *flags) as server:
        assert server.url.startswith("https://")
        assert wire.get(server.url, "/healthz", verify=str(certificate)).status == 200
        client = server.client(verify=str(certificate))
        assert client.list_licenses()["Licenses"] == []
    only_half = Server(tmp_path, "--tls-cert", str(certificate)).refuses_to_start()
    assert "tls-key" in only_half


def test_a_slow_client_is_cut_off_and_holds_nobody_up(sqlite):
    """Its body does not come within the limit of 20 seconds."""
    slow = wire.connect(sqlite.url)
    slow.timeout = 40
    slow.putrequest("POST", "/")
    slow.putheader("Content-Length", "100")
    slow.endheaders(b"{")
    assert sqlite.call("ListLicenses", {"MaxResults": 1}).status == 200
    reply = wire.read(slow)
    assert reply.status == 408
    assert reply.headers["x-amzn-RequestId"], "always"


HOSTILE = [b"\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET", b"x" * 200_000]


@pytest.mark.parametrize("bytes_sent", HOSTILE, ids=lambda sent: str(sent[:8]))
def test_hostile_bytes_end_their_connection_only(server, bytes_sent):
    client = wire.connect(server.url)
    client.connect()
    try:
        client.sock.sendall(bytes_sent)
        client.sock.shutdown(1)
        client.sock.recv(4096)
    except OSError:
        pass
    client.close()
    assert wire.get(server.url, "/healthz").status == 200
    assert run("describe").returncode == 0
