"""Signed licenses, made by other libraries than ours and read by ours and by others."""

import datetime
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jws
from joserfc.jwk import RSAKey

import program
from issuer import DAY, NODE, Issuer, claims, zoneless
from verifiers import EXAMPLES

NOW = datetime.datetime.now(datetime.timezone.utc)
AT = "2021-04-13T12:00:00Z"
SAMPLE = claims(datetime.datetime(2021, 4, 13, 5, 35, 47))


@pytest.fixture(scope="module")
def issuer():
    return Issuer()


@pytest.fixture(scope="module")
def stranger():
    return Issuer()


def test_j6_the_license_among_the_examples(verifier):
    token = (EXAMPLES / "license.jwt").read_text()
    key = (EXAMPLES / "public.pem").read_bytes()
    assert verifier.verify(token, key, NODE, "Users=10")[0]
    assert not verifier.verify(token, key, NODE, "Users=11")[0]


def test_j1_to_j4_all_verifiers_agree(verifier, issuer, stranger):
    def check(expect, token, node=NODE, *wanted):
        licensed, said = verifier.verify(token, issuer.public(), node, *wanted)
        assert licensed == expect, said

    sign = issuer.sign
    check(True, sign(claims()), NODE, "Users=10", "Edition=Gold", "Export")
    check(True, sign(claims(checkoutMetadata=None)))
    check(True, sign(claims(), kid="1"))
    # One who signs late has a clock that is ahead by little.
    check(True, sign(claims(issuedAt=zoneless(NOW + DAY / 1440))))
    check(False, sign(claims(issuedAt=zoneless(NOW + DAY / 24))))
    check(False, sign(claims(NOW - DAY)))
    check(False, sign(claims()), "OtherNode")
    check(False, sign(claims(nodeId=None)))
    check(False, sign(claims()), NODE, "Users=11")
    check(False, sign(claims()), NODE, "Edition=Silver")
    check(False, sign(claims()), NODE, "Import")
    check(False, stranger.sign(claims()))
    check(False, sign(claims(), "PS256"))
    check(False, sign(claims(), "RS384"))
    check(False, jwt.encode(claims(), None, algorithm="none"))
    # The public key's own text as a shared secret; PyJWT itself would not sign with it.
    check(False, hmac_signed(claims(), issuer.public()))
    token = sign(claims())
    check(False, token[:-8] + token[-8:].swapcase())
    header, _, signature = token.split(".")
    other = sign(claims(nodeId="Other")).split(".")[1]
    check(False, f"{header}.{other}.{signature}", "Other")


def test_j1_other_libraries_read_the_same(issuer, tmp_path):
    token = issuer.sign(SAMPLE)
    assert jwt.decode(token, issuer.public(), algorithms=["PS384"]) == SAMPLE
    read = jws.deserialize_compact(token, RSAKey.import_key(issuer.public()), ["PS384"])
    assert json.loads(read.payload) == SAMPLE
    end = command(tmp_path, token, issuer.public())
    assert end.returncode == 0, end.stderr
    assert end.stdout.splitlines() == [
        f'license      "{SAMPLE["licenseArn"]}"',
        f'check-out    "{SAMPLE["licenseConsumptionToken"]}"',
        'entitlement  "Users" "10" "Count"',
        'entitlement  "Edition" "Gold" "None"',
        'entitlement  "Export" "" "None"',
        'node         "MyNodeId"',
        "issued at    2021-04-13T05:35:47Z",
        "expires at   2021-04-14T05:35:47Z",
        'metadata     "machine" "press 4"',
    ]


def test_tokens_by_another_library(issuer, tmp_path):
    private = RSAKey.import_key(issuer.private)
    token = jws.serialize_compact({"alg": "PS384"}, json.dumps(SAMPLE), private, ["PS384"])
    assert command(tmp_path, token, issuer.public()).returncode == 0


def test_the_command_reads_what_key_stores_hand_out(issuer, tmp_path):
    body = issuer.public().split(b"\n", 1)[1].rsplit(b"\n", 2)[0].replace(b"\n", b"")
    # The sample of 11.6 (b2) writes one long line.
    line = b"-----BEGIN PUBLIC KEY-----\n" + body + b"\n-----END PUBLIC KEY-----"
    jwk = json.dumps(RSAKey.import_key(issuer.public()).as_dict()).encode()
    for key in (issuer.public(), issuer.public(Encoding.DER), line, jwk):
        end = command(tmp_path, issuer.sign(SAMPLE), key)
        assert end.returncode == 0, end.stderr


@pytest.mark.parametrize("curve, algorithm", [(ec.SECP256R1, "ES256"), (ec.SECP384R1, "ES384")])
def test_the_command_knows_elliptic_curves(tmp_path, curve, algorithm):
    issuer = Issuer(curve())
    assert command(tmp_path, issuer.sign(SAMPLE, algorithm), issuer.public()).returncode == 0
    other = Issuer(curve()).sign(SAMPLE, algorithm)
    assert "signature" in refused(tmp_path, other, issuer.public())


def test_the_command_says_why_it_refuses(issuer, tmp_path):
    token, key = issuer.sign(SAMPLE), issuer.public()
    late = refused(tmp_path, token, key, at="2021-04-14T05:35:47Z")
    assert late == "refused: the license expired at 2021-04-14T05:35:47Z\n"
    assert "the clock is before that" in refused(tmp_path, token, key, at="2021-04-13T05:30:46Z")
    assert 'node "MyNodeId", not "a"' in refused(tmp_path, token, key, node="a")
    assert "no node was given" in refused(tmp_path, token, key, node=None)
    assert "allows 10, 11 are wanted" in refused(tmp_path, token, key, "--entitlement=Users=11")
    assert '"Import" is not in' in refused(tmp_path, token, key, "--entitlement", "Import")
    assert "licenseArn" in refused(tmp_path, issuer.sign({}), key)
    assert "three parts" in refused(tmp_path, "", key)
    assert "65539 bytes" in refused(tmp_path, "-", key, stdin="A" * 100_000)


def test_the_command_reads_a_token_from_standard_input(issuer, tmp_path):
    end = command(tmp_path, "-", issuer.public(), stdin=issuer.sign(SAMPLE) + "\r\n")
    assert end.returncode == 0, end.stderr


def test_what_is_no_answer_has_another_status(issuer, tmp_path):
    def fails(status, text, *words):
        end = program.run("verify", *words, check=False)
        assert (end.returncode, end.stdout) == (status, "")
        assert text in end.stderr, end.stderr

    token = issuer.sign(SAMPLE)
    key = tmp_path / "key"
    fails(1, "cannot be read", token, "--key", key)
    key.write_bytes(b"nothing")
    fails(1, "not DER of a SubjectPublicKeyInfo", token, "--key", key)
    key.write_bytes(b"-----BEGIN PRIVATE KEY-----")
    fails(1, "this is a private key", token, "--key", key)
    fails(2, "--key", token)
    fails(2, "2021-04-13T05:35:47Z", token, "--key", key, "--at", "yesterday")


def command(folder, token, key, *words, at=AT, node=NODE, stdin=""):
    file = folder / "key"
    file.write_bytes(key)
    words = [*words, "--at", at, *(["--node", node] if node else [])]
    return program.run("verify", token, "--key", file, *words, check=False, stdin=stdin)


def refused(folder, token, key, *words, **settings):
    end = command(folder, token, key, *words, **settings)
    assert (end.returncode, end.stdout) == (3, ""), end.stderr
    return end.stderr


def hmac_signed(claims, secret):
    octets = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA384)
    message = ".".join(jwt.encode(claims, "x" * 48, algorithm="HS384").split(".")[:2])
    mac = octets.sign(message.encode(), secret)
    return f"{message}.{jwt.utils.base64url_encode(mac).decode()}"
