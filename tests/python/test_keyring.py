"""`leasehold keyring rotate`: a new master key for everything, while the server runs or not."""

import threading

import pytest

import keys
import program
import tokens
from shop import Shop, refused

PSS = "RSASSA_PSS_SHA_384"


@pytest.fixture
def place(tmp_path, database):
    """A running server and what leads commands to it."""
    with program.serving(tmp_path, database=database()) as server:
        yield server


def rotate(server):
    return program.run("keyring", "rotate", *server.place()).stdout


def sign(server, key):
    kms = server.client("seller", "kms")
    return kms.sign(KeyId=key["KeyId"], Message=b"m", SigningAlgorithm=PSS)["Signature"]


def check(server, *made):
    """Old credentials, and old keys that sign what their public halves verify."""
    kms = server.client("seller", "kms")
    for key in made:
        members = {"KeyId": key["KeyId"], "Message": b"m", "SigningAlgorithm": PSS}
        assert kms.verify(Signature=sign(server, key), **members)["SignatureValid"]


def master_key(server):
    return (server.data / "master.key").read_text()


def test_while_the_server_runs(place):
    made = [keys.create(place.client("seller", "kms"))]
    before = master_key(place)
    assert "4 secrets" in rotate(place), "three access keys and one that signs"
    assert master_key(place) != before
    made.append(keys.create(place.client("seller", "kms")))
    program.run("key", "create", program.SELLER, *place.place())
    check(place, *made)
    place.restart()
    check(place, *made)
    assert "6 secrets" in rotate(place)
    place.restart()
    check(place, *made)
    # The file of before is refused.
    place.stop()
    now = master_key(place)
    (place.data / "master.key").write_text(before)
    assert "not the one" in place.refuses_to_start()
    (place.data / "master.key").write_text(now)
    place.start()
    check(place, *made)


def test_what_is_not_a_key_of_kms(place):
    """The issuer's key is sealed anew, too; sessions end when the server forgets the old key."""
    seller = place.client()
    token, _ = tokens.create(seller, Shop(seller).create().arn)
    session = place.client("seller", "sts").get_session_token()["Credentials"]

    def caller():
        tokens.anonymous(place).get_access_token(Token=token)
        return tokens.with_credentials(place, session, "sts").get_caller_identity

    assert "4 secrets" in rotate(place), "three access keys and one that signs tokens"
    caller()()
    place.restart()
    refused("InvalidClientTokenId", caller())


def test_while_no_server_runs(place):
    made = keys.create(place.client("seller", "kms"))
    place.stop()
    assert "4 secrets" in rotate(place)
    place.start()
    check(place, made)


def test_while_clients_are_at_work(place):
    """Keys that are made and used meanwhile are good afterwards."""
    made, faults, done = [keys.create(place.client("seller", "kms"))], [], threading.Event()

    def work():
        kms = place.client("seller", "kms")
        while not done.is_set():
            try:
                key = keys.create(kms, "RSA_2048")
                made.append(key)
                kms.sign(KeyId=key["KeyId"], Message=b"m", SigningAlgorithm=PSS)
            except Exception as error:
                faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        rotate(place)
    done.set()
    for thread in threads:
        thread.join()
    assert not faults
    check(place, *made)
    place.restart()
    check(place, *made)


def test_a_crash_at_any_moment(place):
    """What it leaves behind, and that the server starts on it."""
    made = keys.create(place.client("seller", "kms"))
    file = place.data / "master.key"
    waiting = place.data / "master.key.next"
    before = master_key(place)
    # The new key was written, and is not in force.
    place.kill()
    waiting.write_text("7" * 64 + "\n")
    place.start()
    check(place, made)
    assert not waiting.exists() and master_key(place) == before
    # It is in force, and was not put in its place.
    rotate(place)
    place.kill()
    file.rename(waiting)
    file.write_text(before)
    place.start()
    check(place, made)
    assert not waiting.exists() and master_key(place) != before
    refused("NotFoundException", place.client("seller", "kms").describe_key, KeyId=keys.KEY)
