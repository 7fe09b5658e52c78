"""Whom policies of roles and keys name: who was meant when they were written, whatever becomes of
its name (8.1, 6.3)."""

import json

import pytest

import documents
import keys
import people
import program
import tokens
from callers import User
from tokens import refused

ROLE_DENIED = ("AccessDenied", 403)
KEY_DENIED = ("AccessDeniedException", 400)


@pytest.fixture
def name():
    return "named-" + documents.token()[:24]


@pytest.fixture(scope="session")
def iam(server):
    return server.client("seller", "iam")


@pytest.fixture(params=["role", "key"])
def named(request, server, iam, name):
    """What a policy lets somebody do, whom it names: a function of an ARN that says it, and one of
    a user that tries."""
    if request.param == "role":
        role = name + "-role"

        def say(arn):
            trusts = people.trust({"AWS": arn})
            if not say.is_there:
                say.arn = tokens.role(iam, role, trusts, policy=None)
                say.is_there = True
            iam.update_assume_role_policy(RoleName=role, PolicyDocument=trusts)

        say.is_there = False
        say.denied, say.malformed = ROLE_DENIED, ("MalformedPolicyDocument", 400)
        return say, lambda client: tokens.assume(client("sts"), say.arn)
    kms = server.client("seller", "kms")
    key = keys.create(kms, "ECC_NIST_P256")["KeyId"]

    def say(arn):
        own = keys.statement("kms:*", program.SELLER)
        policy = {"Statement": [own, keys.statement("kms:GetPublicKey", arn)]}
        kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))

    say.denied, say.malformed = KEY_DENIED, ("MalformedPolicyDocumentException", 400)
    return say, lambda client: client("kms").get_public_key(KeyId=key)


def test_8_1_6_3_another_with_the_name_is_nobody(server, iam, name, named):
    say, attempt = named
    first = User(server, name)
    say(first.arn)
    attempt(first.client)
    first.manage("DeleteAccessKey", AccessKeyId=first.key_id)
    first.manage("DeleteUser")
    second = User(server, name)
    assert second.arn == first.arn
    refused(say.denied, attempt, client=second.client)
    say(second.arn)
    attempt(second.client)


def test_8_1_6_3_another_name_is_the_same_user(server, iam, name, named):
    say, attempt = named
    user = User(server, name)
    say(user.arn)
    user.manage("UpdateUser", NewUserName=name + "-new")
    attempt(user.client)
    refused(say.denied, attempt, client=User(server, name).client)


@pytest.mark.parametrize("is_session", [False, True])
def test_8_1_6_3_a_role_that_is_made_again(server, iam, name, named, is_session):
    say, attempt = named
    made = lambda: tokens.role(iam, name, people.ROOT, policy=None)
    session = f"arn:aws:sts::{program.SELLER}:assumed-role/{name}/session"
    sts = server.client("seller", "sts")

    def client(role, **members):
        answer = tokens.assume(sts, role, **members)
        return lambda service: tokens.with_credentials(server, answer["Credentials"], service)

    role = made()
    say(session if is_session else role)
    attempt(client(role))
    if is_session:
        refused(say.denied, attempt, client=client(role, RoleSessionName="another"))
    iam.delete_role(RoleName=name)
    made()
    refused(say.denied, attempt, client=client(role))


def test_8_1_6_3_names_are_meant_as_they_are(iam, name, named):
    say, _ = named
    role = tokens.role(iam, name, people.ROOT, policy=None)
    say(role)
    session = f"arn:aws:sts::{program.SELLER}:assumed-role/{name.upper()}/session"
    for arn in (role.replace(name, name.upper()), session):
        refused(say.malformed, say, arn=arn)


@pytest.mark.parametrize("arn", [
    f"{people.ACCOUNT}:user/none",
    f"{people.ACCOUNT}:role/none",
    f"arn:aws:sts::{program.SELLER}:assumed-role/none/session",
    "arn:aws:iam::999988887777:user/none",
])
def test_8_1_6_3_nobody_cannot_be_named(server, name, named, arn):
    say, attempt = named
    user = User(server, name)
    say(user.arn)
    refused(say.malformed, say, arn=arn)
    attempt(user.client)
