"""Borrows for a machine without a network: `leasehold request`, `answer` and `return`."""

import json
import subprocess

import jwt
import pytest

import documents
import keys
import program
import tokens
from shop import Shop
from test_boto3_borrow_flow import pem


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with program.serving(tmp_path_factory.mktemp("offline")) as server:
        yield server


@pytest.fixture(scope="module")
def key(served):
    return keys.create(served.client("seller", "kms"))


@pytest.fixture
def license(served, key, tmp_path):
    return lender(served, key, tmp_path)


def lender(served, key, folder, **borrow):
    """A license that lends; the key that signs for it is in a file."""
    public_key = served.client("seller", "kms").get_public_key(KeyId=key["KeyId"])["PublicKey"]
    (folder / "public.pem").write_text(pem(public_key))
    return Shop(served.client()).create(
        Issuer={"Name": "Example issuer", "SignKey": key["Arn"]},
        Entitlements=[documents.counted(), documents.tier("Enterprise")],
        ConsumptionConfiguration=documents.borrow(**borrow),
    )


class Place:
    """Runs commands in a folder. The files are carried there and back."""

    def __init__(self, folder, env=None):
        self.folder, self.env = folder, env

    def __call__(self, *words):
        return program.run(*words, cwd=self.folder, env=self.env)


@pytest.fixture
def machine(tmp_path):
    """The machine without a network, which knows no credentials."""
    return Place(tmp_path)


@pytest.fixture
def office(served, tmp_path):
    """A connected machine."""
    return Place(tmp_path, served.settings("seller"))


def request(machine, *words):
    wanted = ["--entitlement", "Users=2", "--entitlement", "Enterprise"]
    return machine("request", "--node", "press-4", *wanted, *words)


def returned(office, file="return.json"):
    return office("answer", file, "--key", "public.pem").stdout


def refuse_return(office, file="return.json"):
    return refuse(office, "answer", file, "--key", "public.pem")


def verify(machine, *words):
    """What the product on the machine does, by hand."""
    token = json.loads(machine.folder.joinpath("answer.json").read_text())["SignedToken"]
    wanted = ["--entitlement", "Users=2", "--entitlement", "Enterprise"]
    return machine("verify", token, "--key", "public.pem", "--node", "press-4", *wanted, *words)


def refuse(run, *words):
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run(*words)
    return caught.value.stderr


def test_there_and_back(license, machine, office, tmp_path):
    request(machine, "--license", license.arn)
    assert (tmp_path / "request.json.key").stat().st_mode & 0o777 == 0o600
    assert "answer.json" in office("answer", "request.json").stdout
    answer = json.loads((tmp_path / "answer.json").read_text())
    public_key = (tmp_path / "public.pem").read_text()
    claims = jwt.decode(answer["SignedToken"], public_key, algorithms=["PS384"])
    assert (claims["nodeId"], claims["expiration"]) == ("press-4", answer["Expiration"])
    names = [it["name"] for it in claims["entitlementsAllowed"]]
    assert names == ["Users", "Enterprise"]
    assert verify(machine).returncode == 0
    assert "<svg" in (tmp_path / "answer.json.svg").read_text()
    assert license.usage() == 2
    # Answered again, it is the same borrow (W62).
    office("answer", "request.json", "-o", "again.json")
    again = json.loads((tmp_path / "again.json").read_text())
    again = jwt.decode(again["SignedToken"], options={"verify_signature": False})
    assert again == claims and license.usage() == 2

    machine("return", "answer.json")
    assert not (tmp_path / "answer.json").exists()
    assert not (tmp_path / "request.json.key").exists()
    assert "--key" in refuse(office, "answer", "return.json") and license.usage() == 2
    assert returned(office) == "returned\n"
    assert license.usage() == 0
    # Others borrow what came back. The same return does not take it from them.
    request(machine, "-o", "other.json")
    office("answer", "other.json", "--license", license.arn)
    text = refuse_return(office)
    assert "ResourceNotFoundException" in text and "returned before" in text
    assert license.usage() == 2


def test_a_return_is_the_machines_own(license, machine, office, tmp_path):
    """Who has only seen the token cannot return what it stands for, nor with a token like it."""
    request(machine)
    office("answer", "request.json", "--license", license.arn)
    answer = (tmp_path / "answer.json").read_text()
    request(machine, "-o", "other.json")
    machine("return", "answer.json", "--key", "other.json.key", "-o", "forged.json")
    assert "not signed by the machine" in refuse_return(office, "forged.json")
    # A token of the same check-out that names the forger's key.
    forged = json.loads(answer)
    header, payload, signature = forged["SignedToken"].split(".")
    request(machine, "-o", "forger.json")
    names = [tmp_path / file for file in ("request.json", "forger.json")]
    named, forgers = [json.loads(name.read_text())["ReturnKey"] for name in names]
    claims = tokens.decode(payload).decode()
    assert named in claims
    payload = tokens.encode(claims.replace(named, forgers).encode())
    forged["SignedToken"] = ".".join([header, payload, signature])
    (tmp_path / "answer.json").write_text(json.dumps(forged))
    machine("return", "answer.json", "--key", "forger.json.key", "-o", "forged.json")
    assert "not one of the issuer's" in refuse_return(office, "forged.json")
    assert license.usage() == 2

    (tmp_path / "answer.json").write_text(answer)
    machine("return", "answer.json")
    bent = json.loads((tmp_path / "return.json").read_text())
    (tmp_path / "bent.json").write_text(json.dumps(bent | {"ReturnedAt": "2020-01-01T00:00:00Z"}))
    assert "not signed by the machine" in refuse_return(office, "bent.json")
    assert license.usage() == 2
    returned(office)
    assert license.usage() == 0


def test_a_return_that_the_license_does_not_allow(served, key, machine, office, tmp_path):
    """The machine keeps its license."""
    license = lender(served, key, tmp_path, early=False)
    request(machine)
    office("answer", "request.json", "--license", license.arn)
    assert "takes nothing back early" in refuse(machine, "return", "answer.json")
    assert verify(machine).returncode == 0
    # Where the borrower could not know it, the server says so (C63).
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert answer.pop("AllowEarlyCheckIn") is False
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    machine("return", "answer.json")
    assert "AllowEarlyCheckIn" in refuse_return(office)
    assert license.usage() == 2


def test_a_return_after_the_end(tmp_path, machine):
    """To a server whose clock is years behind the borrow is out; to everybody else it is over."""
    with program.serving(tmp_path / "data", "--test-clock=2024-01-01T00:00:00Z") as server:
        office = Place(tmp_path, server.settings("seller"))
        key = keys.create(server.client("seller", "kms"))
        license = lender(server, key, tmp_path)
        request(machine)
        office("answer", "request.json", "--license", license.arn)
        machine("return", "answer.json")
        text = returned(office)
        assert "nothing to return: the borrow ended at 2024-01-" in text
        assert license.usage() == 2


def test_what_cannot_be_asked_or_answered(license, machine, office, tmp_path):
    assert "no entitlement" in refuse(machine, "request", "--node", "n", "--entitlement", "=2")
    request(machine)
    assert "there is a key already" in refuse(request, machine)
    assert "--license" in refuse(office, "answer", "request.json")
    unknown = license.arn[:-32] + "0" * 32
    text = refuse(office, "answer", "request.json", "--license", unknown)
    assert "ResourceNotFoundException" in text
    assert "credentials" in refuse(machine, "answer", "request.json", "--license", license.arn)
    (tmp_path / "empty.json").write_text("{}")
    assert "missing field" in refuse(office, "answer", "empty.json")
    assert not (tmp_path / "answer.json").exists()
