"""An issuer of signed licenses that is not ours: keys by cryptography, signatures by PyJWT."""

import datetime

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NODE = "MyNodeId"
DAY = datetime.timedelta(days=1)


class Issuer:
    """Whoever has a private key: RSA, or on a curve."""

    def __init__(self, curve=None):
        if curve:
            self.private = ec.generate_private_key(curve)
        else:
            self.private = rsa.generate_private_key(65537, 2048)

    def public(self, encoding=Encoding.PEM):
        """The public key as GetPublicKey of KMS answers it (J6), in PEM unless told otherwise."""
        public = self.private.public_key()
        return public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, claims, algorithm="PS384", **header):
        """A token as the server signs it (J1)."""
        return jwt.encode(claims, self.private, algorithm=algorithm, headers=header)


def claims(now=None, **changes):
    """What the server says in a token (J2 to J4); a claim changed to None is left out."""
    now = now or datetime.datetime.now(datetime.timezone.utc)
    claims = {
        "licenseArn": "arn:aws:license-manager::111122223333:license:l-" + 32 * "b",
        "licenseConsumptionToken": 32 * "0",
        "entitlementsAllowed": [
            {"name": "Users", "value": "10", "unit": "Count"},
            {"name": "Edition", "value": "Gold", "unit": "None"},
            {"name": "Export", "unit": "None"},
        ],
        "nodeId": NODE,
        "issuedAt": zoneless(now),
        "expiration": zoneless(now + DAY),
        "checkoutMetadata": {"machine": "press 4"},
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def zoneless(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%S")
