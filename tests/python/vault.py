"""The stores of private keys as the tests set them up: for each the flags of a server that keeps
its keys there."""

import contextlib
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import boto3
import moto.kms.utils
import moto.server
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

import program

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
TOKEN, PIN = "leasehold", "2468"
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
STORES = ["software", "pkcs11", "aws"]


@dataclass
class Vault:
    """A place for private keys."""

    flags: list = field(default_factory=list)
    env: dict = field(default_factory=dict)
    folder: Path = None
    client: object = None
    name: str = ""

    def server(self, folder, **settings):
        """A server that keeps its keys here."""
        return program.Server(folder, *self.flags, env=self.env, **settings)


@contextlib.contextmanager
def opened(store, folder):
    """A new vault of this kind, for as long as the block runs."""
    if store == "software":
        yield Vault()
    elif store == "pkcs11":
        yield token(folder)
    else:
        with in_moto() as vault:
            yield vault


def token(folder):
    """A SoftHSM token of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens, settings, pin = folder / "tokens", folder / "softhsm2.conf", folder / "pin"
    tokens.mkdir()
    settings.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\n")
    pin.write_text(PIN + "\n")
    env = {"SOFTHSM2_CONF": str(settings)}
    command = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN]
    command += ["--so-pin", "1357", "--pin", PIN]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | env)
    flags = ["--key-store", "pkcs11", "--pkcs11-module", MODULE, "--pkcs11-token", TOKEN]
    return Vault([*flags, "--pkcs11-pin-file", str(pin)], env, folder)


@contextlib.contextmanager
def in_moto():
    """What stands in for a real AWS KMS."""
    server = moto.server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    rsa = mock.patch.object(moto.kms.utils.RSAPrivateKey, "sign", sign_rsa)
    ecdsa = mock.patch.object(moto.kms.utils.ECDSAPrivateKey, "sign", sign_ecdsa)
    server.start()
    try:
        with rsa, ecdsa:
            yield in_server(server)
    finally:
        server.stop()


def in_server(server):
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    key = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
    names = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "secret"}
    client = boto3.client("kms", "eu-west-1", endpoint_url=endpoint, **names)
    flags = ["--key-store", "aws", "--kms-endpoint", endpoint, "--kms-region", "eu-west-1"]
    return Vault(flags, key, client=client)


# moto does not know MessageType DIGEST, which is all that the server sends, and has salts that are
# longer than AWS's (J1a). This is what AWS does.
def sign_rsa(key, digest, algorithm):
    hashed = HASHES[algorithm[-3:]]
    salted = padding.PSS(padding.MGF1(hashed), padding.PSS.DIGEST_LENGTH)
    way = salted if "PSS" in algorithm else padding.PKCS1v15()
    return key.private_key.sign(digest, way, Prehashed(hashed))


def sign_ecdsa(key, digest, algorithm):
    return key.private_key.sign(digest, ec.ECDSA(Prehashed(HASHES[algorithm[-3:]])))


def broken():
    """A KMS that signs nonsense, which the server must notice."""
    return mock.patch.object(moto.kms.utils.RSAPrivateKey, "sign", lambda *_: bytes(256))


@contextlib.contextmanager
def serving(vault, folder, **settings):
    """A running server that keeps its keys in a vault."""
    server = vault.server(folder, **settings)
    try:
        yield server.start()
    finally:
        server.close()
