"""Private keys in software, in a token, in AWS KMS: to a client they are the same, and they are
nowhere to be read."""

import base64
import datetime
import hashlib
import sqlite3
import time

import botocore.exceptions
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_der_private_key

import documents
import keys
import program
import vault
from clock import Clock
from shop import Shop, refused

LENGTHS = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
SPECS = ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384"]


@pytest.fixture(scope="module", params=vault.STORES)
def kept(request, tmp_path_factory):
    with vault.opened(request.param, tmp_path_factory.mktemp("vault")) as kept:
        kept.name = request.param
        yield kept


@pytest.fixture(scope="module")
def served(kept, tmp_path_factory):
    with vault.serving(kept, tmp_path_factory.mktemp("served"), test_clock=True) as server:
        yield server


def sign_all(kms, made):
    """Signs in every way that a key can, and verifies."""
    for algorithm in made["SigningAlgorithms"]:
        digest = LENGTHS[algorithm[-3:]](b"message").digest()
        members = {"KeyId": made["KeyId"], "SigningAlgorithm": algorithm}
        signed = kms.sign(**members, Message=b"message")["Signature"]
        members |= {"Message": digest, "MessageType": "DIGEST"}
        assert kms.verify(**members, Signature=signed)["SignatureValid"], algorithm
        again = kms.sign(**members)["Signature"]
        assert kms.verify(**members, Signature=again)["SignatureValid"], algorithm


@pytest.mark.parametrize("spec", SPECS)
def test_6_3_keys_sign_wherever_they_are(served, spec):
    kms = served.client("seller", "kms")
    made = keys.create(kms, spec)
    sign_all(kms, made)
    public = kms.get_public_key(KeyId=made["KeyId"])
    assert (public["KeySpec"], public["SigningAlgorithms"]) == (spec, made["SigningAlgorithms"])
    # Another key signs otherwise.
    other = keys.create(kms, spec)
    members = {"Message": b"message", "SigningAlgorithm": made["SigningAlgorithms"][0]}
    signed = kms.sign(KeyId=other["KeyId"], **members)["Signature"]
    wrong = members | {"KeyId": made["KeyId"], "Signature": signed}
    refused("KMSInvalidSignatureException", kms.verify, **wrong)


def test_6_3_keys_outlive_the_server(kept, tmp_path):
    with vault.serving(kept, tmp_path) as server:
        made = keys.create(server.client("seller", "kms"))
        server.restart()
        sign_all(server.client("seller", "kms"), made)


def test_6_3_a_deleted_key_is_destroyed_where_it_is_kept(kept, served):
    kms = served.client("seller", "kms")
    before = count(kept, served)
    made = keys.create(kms)
    assert count(kept, served) > before
    kms.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=7)
    Clock(served).advance(days=7, seconds=1)
    wait_for(lambda: count(kept, served) == before)


def count(kept, server):
    """How many things there are where private keys are kept."""
    if kept.name == "software":
        with sqlite3.connect(f"file:{server.data}/leasehold.db?mode=ro", uri=True) as database:
            return database.execute("SELECT count(*) FROM kms_key").fetchone()[0]
    if kept.name == "pkcs11":
        return len(list(kept.folder.rglob("*.object")))
    pages = kept.client.get_paginator("list_keys").paginate()
    names = [key["KeyId"] for page in pages for key in page["Keys"]]
    found = [kept.client.describe_key(KeyId=name)["KeyMetadata"] for name in names]
    return sum(it["Enabled"] for it in found)


def wait_for(condition):
    """The sweeper comes by once a second."""
    until = datetime.datetime.now() + datetime.timedelta(seconds=20)
    while not condition():
        assert datetime.datetime.now() < until, "it did not come about"
        time.sleep(0.2)


def lender(server, key):
    """A license that lends ten Users."""
    return Shop(server.client()).create(
        Issuer={"Name": "Example issuer", "SignKey": key},
        ConsumptionConfiguration=documents.borrow(),
    )


def request(license, units=10):
    return {
        "LicenseArn": license.arn,
        "Entitlements": [documents.ask(value=units)],
        "DigitalSignatureMethod": "JWT_PS384",
        "ClientToken": documents.token(),
    }


def test_B8_units_that_no_token_was_signed_for_come_back(tmp_path):
    with vault.in_moto() as kept:
        with vault.serving(kept, tmp_path, test_clock=True) as server:
            key = keys.create(server.client("seller", "kms"))
            license = lender(server, key["Arn"])
            borrow = server.client().checkout_borrow_license
            asked = request(license)
            with vault.broken():
                refused("ServerInternalException", borrow, **asked)
                assert license.usage() == 10, "reserved"
            # The same request, when the key can sign again.
            assert borrow(**asked)["SignedToken"]
            license.check_in(borrow(**asked))
            assert license.usage() == 0
            # Nobody asks again.
            with vault.broken():
                refused("ServerInternalException", borrow, **request(license))
                # Signing by itself says that it is not the client's fault.
                sign = server.client("seller", "kms").sign
                members = {"Message": b"m", "SigningAlgorithm": "RSASSA_PSS_SHA_384"}
                with pytest.raises(botocore.exceptions.ClientError) as caught:
                    sign(KeyId=key["KeyId"], **members)
            assert caught.value.response["Error"]["Code"] == "KeyUnavailableException"
            clock = Clock(server)
            clock.advance(minutes=9)
            assert license.usage() == 10
            clock.advance(minutes=1)
            assert license.usage() == 0


def test_a_token_that_is_not_there(tmp_path):
    kept = vault.token(tmp_path / "vault")
    flags = [*kept.flags]
    flags[flags.index("--pkcs11-token") + 1] = "other"
    server = program.Server(tmp_path, *flags, env=kept.env)
    assert "no token labelled 'other'" in server.refuses_to_start()
    (kept.folder / "pin").write_text("1")
    server = program.Server(tmp_path, *kept.flags, env=kept.env)
    assert "PKCS #11" in server.refuses_to_start()


def test_private_keys_are_nowhere_to_be_read(tmp_path):
    """Not in the log at its loudest, not in the database and its files, not in an answer, and not
    after a change of the master key."""
    kept = vault.Vault(env={"LEASEHOLD_LOG": "trace"})
    with vault.serving(kept, tmp_path) as server:
        kms = server.client("seller", "kms")
        made = [keys.create(kms, spec) for spec in SPECS]
        license = lender(server, made[0]["Arn"])
        wrong = {"Message": b"m", "SigningAlgorithm": "SM2DSA", "KeyId": made[0]["KeyId"]}
        answers, secrets, master_keys = [], [], []
        for rotated in (False, True):
            if rotated:
                answers.append(program.run("keyring", "rotate", *server.place()).stdout)
            for key in made:
                sign_all(kms, key)
                secrets += secrets_of(server, key["KeyId"])
            master_keys.append((server.data / "master.key").read_text().strip().encode())
            answers.append(server.client().checkout_borrow_license(**request(license, 1)))
            answers.append(kms.describe_key(KeyId=made[0]["KeyId"]))
            answers.append(refused("InvalidKeyUsageException", kms.sign, **wrong))
        server.stop()
    assert len(set(secrets)) == 4 + 2 + 2 and len(secrets) == 2 * 8, "the keys are the same ones"
    assert len(set(master_keys)) == 2
    texts = {file: file.read_bytes() for file in server.data.rglob("*") if file.is_file()}
    texts |= {"log": server.log.read_bytes(), "answers": repr(answers).encode()}
    del texts[server.data / "master.key"]
    for name, text in texts.items():
        assert not [secret for secret in set(secrets) if is_in(secret, text)], name
        assert not [key for key in master_keys if key in text], name


def is_in(secret, text):
    return any(form in text for form in forms(secret))


def secrets_of(server, key):
    """The private numbers of a software key, and all of it, as the master key opens it."""
    with sqlite3.connect(f"file:{server.data}/leasehold.db?mode=ro", uri=True) as database:
        sql = "SELECT handle FROM kms_key WHERE id = ?"
        handle = database.execute(sql, (key,)).fetchone()[0]
    master_key = bytes.fromhex((server.data / "master.key").read_text())
    opened = AESGCM(master_key).decrypt(handle[:12], handle[12:], b"signing-key")
    private = load_der_private_key(opened, None).private_numbers()
    names = ["p", "q", "d"] if hasattr(private, "q") else ["private_value"]
    numbers = [getattr(private, name) for name in names]
    return [n.to_bytes((n.bit_length() + 7) // 8, "big") for n in numbers] + [opened]


def forms(secret):
    """How bytes may be written."""
    yield from (secret, secret.hex().encode(), secret.hex().upper().encode())
    yield base64.b64encode(secret).rstrip(b"=")
    yield base64.urlsafe_b64encode(secret).rstrip(b"=")
    yield ", ".join(map(str, secret)).encode()
