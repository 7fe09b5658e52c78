"""The real server as a child process: start it, crash it, ask it for clients."""

import configparser
import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import threading
from pathlib import Path
from unittest import mock

import boto3
import botocore.exceptions
from botocore.config import Config

import wire

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("LEASEHOLD_BIN", str(ROOT / "target/debug/leasehold"))
START_S = 60
STOP_S = 30

SELLER, BUYER, RESELLER = "111122223333", "444455556666", "777788889999"
KEY_LINE = re.compile(r"^aws_\w+ = \S+$", re.MULTILINE)
ACCOUNTS = {"seller": SELLER, "buyer": BUYER, "reseller": RESELLER}


class Server:
    """A server on a data folder; it may be started, stopped and killed many times."""

    def __init__(self, folder, *flags, database=None, demo=True, test_clock=False, env=None):
        Path(folder).mkdir(parents=True, exist_ok=True)
        self.data = Path(folder) / "data"
        self.log = Path(folder) / "log"
        self.flags = ["--data", str(self.data), *flags]
        if "--listen" not in flags:
            self.flags += ["--listen", "127.0.0.1:0"]
        if database:
            self.flags += ["--database", database]
        self.flags += ["--demo"] * demo + ["--test-clock"] * test_clock
        self.env = env or {}
        self.process = None
        self.url = None

    def start(self, **popen):
        """Starts the program and waits until it says where it listens."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve", *self.flags],
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment() | self.env,
                text=True,
                **popen,
            )
        line = first_line(self.process)
        if " is serving on " not in line:
            self.kill()
            raise AssertionError(f"first line {line!r}; the log ends:\n{self.log_tail()}")
        self.url = line.split()[-1]
        return self

    def kill(self):
        """What a power failure does to the process."""
        self.process.kill()
        self.process.wait(STOP_S)
        self.process.stdout.close()

    def stop(self, number=signal.SIGTERM):
        """Asks the program to end, and answers its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(STOP_S)
        self.process.stdout.close()
        return code

    def close(self):
        """Ends the program if it still runs."""
        if self.process and self.process.poll() is None:
            self.kill()

    def restart(self):
        """Kills and starts again; the address is a new one."""
        self.kill()
        return self.start()

    def log_tail(self):
        return self.log.read_text(errors="replace")[-2000:]

    def refuses_to_start(self):
        """Starts the program in the belief that it will refuse; answers what it says."""
        end = run("serve", *self.flags, check=False, timeout=START_S)
        assert end.returncode != 0, f"it ended well: {end.stdout}"
        return end.stderr

    def place(self):
        """The flags that lead a command to this server, or to its data when it is stopped."""
        flags = ["--data", str(self.data)]
        if "--database" in self.flags:
            flags += ["--database", self.flags[self.flags.index("--database") + 1]]
        return flags

    def give_keys(self, folder):
        """What a server in another folder needs to open the same database: the master key, and
        the demo's own keys for the tests."""
        data = Path(folder) / "data"
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("master.key", "credentials"):
            (data / name).write_bytes((self.data / name).read_bytes())
            (data / name).chmod(0o600)

    def settings(self, profile):
        """All that an official client needs to find and use this server."""
        return {
            "AWS_SHARED_CREDENTIALS_FILE": str(self.data / "credentials"),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_PROFILE": profile,
        }

    def client(self, profile="seller", service="license-manager", region=None, verify=None):
        """A boto3 client of one of the demo accounts."""
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=64)
        settings = {"region_name": region, "verify": verify, "config": config}
        with BOTO_LOCK, mock.patch.dict(os.environ, self.settings(profile)):
            return boto3.Session().client(service, **settings)

    def client_of(self, key, service="license-manager", region="us-east-1"):
        """A boto3 client that signs with a key."""
        config = Config(retries={"total_max_attempts": 1})
        names = {"aws_access_key_id": key.access_key, "aws_secret_access_key": key.secret_key}
        session = boto3.Session(**names, region_name=region)
        return session.client(service, endpoint_url=self.url, config=config)

    def key(self, profile="seller"):
        """The access key of one of the demo accounts, to sign by hand with."""
        file = configparser.ConfigParser()
        file.read(self.data / "credentials")
        section = file[profile]
        return wire.key(section["aws_access_key_id"], section["aws_secret_access_key"])

    def account(self, profile):
        """The id of one of its accounts."""
        return self.client(profile, "sts").get_caller_identity()["Account"]

    def open_account(self, account, profile):
        """One more account, with a key beside those of the demo."""
        place = ["--data", self.data]
        run("account", "create", profile, "--id", account, *place)
        key = run("key", "create", account, *place).stdout
        with (self.data / "credentials").open("a") as file:
            region = "region = us-east-1"
            file.write("\n".join(["", f"[{profile}]", *KEY_LINE.findall(key), region, ""]))

    def call(self, operation, members, profile="seller", **settings):
        """A signed request made by hand."""
        return wire.call(self.url, self.key(profile), operation, members, **settings)


BOTO_LOCK = threading.Lock()
# What boto3 raises when the server is not there, or goes away before it answers.
GONE = (botocore.exceptions.HTTPClientError, botocore.exceptions.EndpointConnectionError)


@contextlib.contextmanager
def serving(folder, *flags, **settings):
    """A running server that ends with the block."""
    server = Server(folder, *flags, **settings)
    try:
        yield server.start()
    finally:
        server.close()


@contextlib.contextmanager
def serving_twice(folder, database, **settings):
    """Two running servers on one database, which have the same keys."""
    with serving(folder / "first", database=database, **settings) as first:
        first.give_keys(folder / "second")
        with serving(folder / "second", database=database, **settings) as second:
            yield first, second


def run(*args, check=True, timeout=60, stdin=None, env=None, cwd=None):
    """Runs a command of the program."""
    return subprocess.run(
        [BINARY, *map(str, args)],
        input=stdin,
        capture_output=True,
        text=True,
        check=check,
        timeout=timeout,
        env=environment() | (env or {}),
        cwd=cwd,
    )


def environment():
    """Ours, but for settings that would reach the program or its clients behind our back."""
    foreign = ("AWS_", "LEASEHOLD_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def first_line(process):
    """The first line of standard output, or none if that takes too long."""
    lines = queue.Queue()
    threading.Thread(target=lambda: lines.put(process.stdout.readline()), daemon=True).start()
    try:
        return lines.get(timeout=START_S)
    except queue.Empty:
        return ""


def describe():
    """What the program says about its operations."""
    return json.loads(run("describe").stdout)["operations"]
