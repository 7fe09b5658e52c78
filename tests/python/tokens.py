"""Customers without an account, in the words of the tests (section 8)."""

import base64
import json

import boto3
import botocore.exceptions
import botocore.loaders
import pytest
import rsa
from botocore import UNSIGNED
from botocore.config import Config

import documents
import people
import wire

MODEL = botocore.loaders.Loader().load_service_model("sts", "service-2")
ISSUER = "openid-license-manager.amazonaws.com"
MARKER = "aws:license-manager:token-issuer-account-id:"
ROLE = f"{people.ACCOUNT}:role/none"


def of_tokens(arn):
    """Members for each operation on tokens by its name."""
    return {
        "CreateToken": {
            "LicenseArn": arn,
            "RoleArns": [ROLE],
            "ExpirationInDays": 1,
            "TokenProperties": ["property"],
            "ClientToken": documents.token(),
        },
        "ListTokens": {
            "TokenIds": ["none"],
            "Filters": [{"Name": "LicenseArns", "Values": [arn]}],
            "NextToken": "x",
            "MaxResults": 1,
        },
        "DeleteToken": {"TokenId": "none"},
        "GetAccessToken": {"Token": "none", "TokenProperties": ["property"]},
    }


def inputs():
    """Members for each operation of STS by its name, all that the model has."""
    carried = {
        "PolicyArns": [{"arn": people.CONSUMPTION}],
        "Policy": people.allow(),
        "DurationSeconds": 900,
    }
    session = {"RoleArn": ROLE, "RoleSessionName": "session"} | carried
    factor = {"SerialNumber": "serial-number", "TokenCode": "123456"}
    return {
        "AssumeRole": session
        | factor
        | {
            "Tags": people.TAGS["Tags"],
            "TransitiveTagKeys": ["key"],
            "ExternalId": "external",
            "SourceIdentity": "somebody",
            "ProvidedContexts": [{"ProviderArn": ROLE, "ContextAssertion": "assertion"}],
        },
        "AssumeRoleWithWebIdentity": session
        | {"WebIdentityToken": "none", "ProviderId": "example.com"},
        "GetSessionToken": {"DurationSeconds": 900} | factor,
        "GetAccessKeyInfo": {"AccessKeyId": people.KEY},
        "GetCallerIdentity": {},
    }


def create(client, arn, **members):
    """A refresh token and its id."""
    members = {"LicenseArn": arn, "ClientToken": documents.token()} | members
    answer = client.create_token(**members)
    assert answer["TokenType"] == "REFRESH_TOKEN"
    return answer["Token"], answer["TokenId"]


def anonymous(server, service="license-manager"):
    """A client that signs nothing."""
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    settings = {"region_name": "us-east-1", "endpoint_url": server.url, "config": config}
    return boto3.Session().client(service, **settings)


def with_credentials(server, credentials, service="license-manager", **settings):
    """A client with temporary credentials."""
    settings = {"region_name": "us-east-1", "endpoint_url": server.url} | settings
    config = Config(retries={"total_max_attempts": 1})
    keys = {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }
    return boto3.Session().client(service, config=config, **keys, **settings)


def key(credentials):
    """Temporary credentials, to sign by hand with."""
    return wire.key(
        credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
    )


def trust(issuer=ISSUER, condition="StringLike", claim="sub", value="*", federated=None):
    """A trust policy for tokens."""
    return people.trust(
        {"Federated": federated or issuer},
        "sts:AssumeRoleWithWebIdentity",
        Condition={condition: {f"{issuer}:{claim}": value}},
    )


def role(iam, name, trusts, policy=people.CONSUMPTION, **members):
    """A role with a policy; answers its ARN."""
    members = {"RoleName": name, "AssumeRolePolicyDocument": trusts} | members
    arn = iam.create_role(**members)["Role"]["Arn"]
    if policy:
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    return arn


def claims(token):
    return json.loads(decode(token.split(".")[1]))


def header(token):
    return json.loads(decode(token.split(".")[0]))


def decode(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encode(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def sign(key, head, body):
    """A token by a key of the test's own."""
    draft = f"{encode(head)}.{encode(body)}"
    return f"{draft}.{encode(rsa.sign(draft.encode(), key, 'SHA-256'))}"


def number(value):
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def jwk(key, kid):
    return {"kty": "RSA", "kid": kid, "use": "sig", "n": number(key.n), "e": number(key.e)}


def published(server, path=""):
    """The issuer's keys by name, as anybody finds them."""
    document = wire.get(server.url, f"{path}/.well-known/openid-configuration")
    assert document.status == 200 and document.headers["Content-Type"] == "application/json"
    uri = document.json["jwks_uri"]
    assert uri.startswith(document.json["issuer"])
    keys = wire.get(server.url, path + uri.removeprefix(document.json["issuer"])).json["keys"]
    return document.json, {key["kid"]: key for key in keys}


def verifies(token, key):
    """Whether the official way of checking RS256 agrees with a published key."""
    number = lambda text: int.from_bytes(decode(text), "big")
    draft, signature = token.rsplit(".", 1)
    public = rsa.PublicKey(number(key["n"]), number(key["e"]))
    return rsa.verify(draft.encode(), decode(signature), public) == "SHA-256"


def refused(expect, call, **members):
    """Calls what must be refused with this code and status; answers the message."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**members)
    answer = caught.value.response
    found = (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"])
    assert found == expect, answer
    return answer["Error"]["Message"]


def assume(client, role, token=None, **members):
    """A session of a role, with a token or by who the client is."""
    members = {"RoleArn": role, "RoleSessionName": "session"} | members
    if token is None:
        return client.assume_role(**members)
    return client.assume_role_with_web_identity(WebIdentityToken=token, **members)


def access(server, client, arn, **members):
    """An access token for a license."""
    token, _ = create(client, arn, **members)
    return anonymous(server).get_access_token(Token=token)["AccessToken"]
