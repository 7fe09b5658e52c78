"""Verifies a signed license: verify.py LICENSE PUBLIC_KEY NODE ENTITLEMENT=VALUE..."""

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import jwt

DRIFT = timedelta(minutes=5)


class Refused(Exception):
    """The license does not allow this software to run here and now."""


def verify(token, public_key, node, wanted, now):
    """The claims of a license that is valid for this node and time and allows what is wanted."""
    try:
        # The list is fixed here. A token never says how it is to be verified.
        claims = jwt.decode(token, public_key, algorithms=["PS384"])
    except jwt.InvalidTokenError as error:
        raise Refused(error) from error
    if now + DRIFT < instant(claims["issuedAt"]):
        raise Refused("the clock is earlier than the license")
    if now >= instant(claims["expiration"]):
        raise Refused(f"the license expired at {claims['expiration']}")
    if claims.get("nodeId") != node:
        raise Refused(f"the license is for node {claims.get('nodeId')}")
    allowed = {entitlement["name"]: entitlement for entitlement in claims["entitlementsAllowed"]}
    for name, value in wanted.items():
        if name not in allowed or not is_enough(allowed[name], value):
            raise Refused(f"the license does not allow {name} {value}")
    return claims


def instant(text):
    """The times in a license are UTC and do not say so."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)


def is_enough(entitlement, value):
    """Of what is counted there must be as much; a feature must have that value."""
    if entitlement["unit"] == "None":
        return value in ("", entitlement.get("value"))
    return int(entitlement["value"]) >= int(value or 0)


def main():
    license, key, node, *wanted = sys.argv[1:]
    wanted = {name: value for name, _, value in (text.partition("=") for text in wanted)}
    token, key = Path(license).read_text().strip(), Path(key).read_text()
    try:
        claims = verify(token, key, node, wanted, datetime.now(timezone.utc))
    except Refused as refusal:
        sys.exit(f"refused: {refusal}")
    print(f"licensed: {claims['licenseArn']} until {claims['expiration']}")


if __name__ == "__main__":
    main()
