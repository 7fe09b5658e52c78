"""AWS KMS as its clients see it (reference 6.3): keys, their names, states and policies."""

import base64
import hashlib
import json
import re

import pytest

import keys
import program
from shop import refused

PSS = "RSASSA_PSS_SHA_384"
LENGTHS = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


@pytest.fixture(scope="session")
def kms(server):
    return server.client("seller", "kms")


@pytest.fixture(scope="session")
def other(server):
    """The buyer's."""
    return server.client("buyer", "kms")


@pytest.fixture(scope="session")
def shared(kms):
    """A key that tests use and do not change."""
    return keys.create(kms)


@pytest.fixture
def key(kms):
    """A key that a test may change; an elliptic one, which is made quickly."""
    return keys.create(kms, "ECC_NIST_P256")


def sign(client, key_id, message=b"message", algorithm=PSS, **members):
    members |= {"KeyId": key_id, "Message": message, "SigningAlgorithm": algorithm}
    return client.sign(**members)


def verify(client, key_id, signature, message=b"message", algorithm=PSS, **members):
    members |= {"KeyId": key_id, "Message": message, "SigningAlgorithm": algorithm}
    return client.verify(Signature=signature, **members)


def test_6_3_a_new_key(kms):
    made = keys.create(kms, "ECC_NIST_P384", Description="for tests", Tags=keys.TAGS)
    assert re.fullmatch(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", made["KeyId"])
    assert made["Arn"] == f"arn:aws:kms:us-east-1:{program.SELLER}:key/{made['KeyId']}"
    assert made["AWSAccountId"] == program.SELLER
    assert (made["KeyState"], made["Enabled"]) == ("Enabled", True)
    assert (made["Description"], made["KeyUsage"]) == ("for tests", "SIGN_VERIFY")
    assert made["KeySpec"] == made["CustomerMasterKeySpec"] == "ECC_NIST_P384"
    assert (made["Origin"], made["KeyManager"]) == ("AWS_KMS", "CUSTOMER")
    assert made["SigningAlgorithms"] == ["ECDSA_SHA_384"]
    assert made["MultiRegion"] is False and "DeletionDate" not in made
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"] == made
    assert kms.list_resource_tags(KeyId=made["KeyId"])["Tags"] == keys.TAGS


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_3072", "RSA_4096"])
def test_6_3_rsa_keys_by_the_deprecated_name(kms, spec):
    made = kms.create_key(CustomerMasterKeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    assert made["KeySpec"] == spec
    public = kms.get_public_key(KeyId=made["Arn"])
    assert (public["KeyId"], public["KeySpec"]) == (made["Arn"], spec)
    assert len(public["PublicKey"]) * 8 > int(spec[4:]) and public["PublicKey"][0] == 0x30
    assert set(public["SigningAlgorithms"]) == set(made["SigningAlgorithms"])
    assert len(made["SigningAlgorithms"]) == 6


def test_6_3_keys_that_are_not_kept(kms):
    def refuse(code, **members):
        refused(code, kms.create_key, **{"KeyUsage": "SIGN_VERIFY"} | members)

    unsupported = "UnsupportedOperationException"
    refuse(unsupported)
    refuse(unsupported, KeySpec="ECC_SECG_P256K1")
    refuse(unsupported, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    refuse(unsupported, KeySpec="RSA_2048", Origin="EXTERNAL")
    refuse(unsupported, KeySpec="RSA_2048", MultiRegion=True)
    refuse("ValidationException", KeySpec="RSA_2048", CustomerMasterKeySpec="RSA_3072")
    refuse("MalformedPolicyDocumentException", KeySpec="RSA_2048", Policy="{}")
    refuse("MalformedPolicyDocumentException", KeySpec="RSA_2048", Policy=keys.POLICY)
    twice = [{"TagKey": "a", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}]
    refuse("TagException", KeySpec="RSA_2048", Tags=twice)


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384"])
def test_6_3_signatures(kms, spec):
    made = keys.create(kms, spec)
    for algorithm in made["SigningAlgorithms"]:
        digest = LENGTHS[algorithm[-3:]](b"message").digest()
        raw = sign(kms, made["KeyId"], algorithm=algorithm)
        assert (raw["KeyId"], raw["SigningAlgorithm"]) == (made["Arn"], algorithm)
        ready = sign(kms, made["Arn"], digest, algorithm, MessageType="DIGEST")
        for signature in (raw["Signature"], ready["Signature"]):
            answer = verify(kms, made["KeyId"], signature, algorithm=algorithm)
            assert answer["SignatureValid"] is True
            verify(kms, made["KeyId"], signature, digest, algorithm, MessageType="DIGEST")
            wrong = (verify, kms, made["KeyId"], signature, b"other", algorithm)
            refused("KMSInvalidSignatureException", *wrong)


def test_6_3_what_cannot_be_signed(kms, shared, key):
    refused("InvalidKeyUsageException", sign, kms, shared["KeyId"], algorithm="ECDSA_SHA_256")
    refused("InvalidKeyUsageException", sign, kms, key["KeyId"])
    refused("InvalidKeyUsageException", sign, kms, key["KeyId"], algorithm="SM2DSA")
    short = {"message": b"x" * 47, "MessageType": "DIGEST"}
    refused("ValidationException", sign, kms, shared["KeyId"], **short)
    refused("ValidationException", sign, kms, shared["KeyId"], b"x" * 4097)
    refused("ValidationException", sign, kms, shared["KeyId"], MessageType="EXTERNAL_MU")
    refused("DryRunOperationException", sign, kms, shared["KeyId"], DryRun=True)
    refused("InvalidGrantTokenException", sign, kms, shared["KeyId"], GrantTokens=["t"])
    unknown = keys.KEY
    refused("NotFoundException", sign, kms, unknown)
    refused("NotFoundException", sign, kms, "arn:aws:kms:us-east-1:1:grant/x")


def test_6_3_a_key_has_four_names(kms, key):
    alias = f"alias/{key['KeyId']}"
    kms.create_alias(AliasName=alias, TargetKeyId=key["Arn"])
    alias_arn = f"arn:aws:kms:us-east-1:{program.SELLER}:{alias}"
    for name in (key["KeyId"], key["Arn"], alias, alias_arn):
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == key["KeyId"]
        answer = sign(kms, name, algorithm="ECDSA_SHA_256")
        assert answer["KeyId"] == key["Arn"]
    [entry] = kms.list_aliases(KeyId=key["KeyId"])["Aliases"]
    assert (entry["AliasName"], entry["AliasArn"]) == (alias, alias_arn)
    assert entry["TargetKeyId"] == key["KeyId"]
    for call in (kms.disable_key, kms.schedule_key_deletion, kms.get_key_policy):
        refused("NotFoundException", call, KeyId=alias)
    refused("InvalidArnException", kms.describe_key, KeyId=alias_arn.replace(":kms:", ":iam:"))


def test_6_3_aliases_move_and_go(kms, key):
    alias = f"alias/team/{key['KeyId']}"
    second = keys.create(kms, "ECC_NIST_P256")
    members = {"AliasName": alias, "TargetKeyId": key["KeyId"]}
    refused("NotFoundException", kms.update_alias, **members)
    kms.create_alias(**members)
    refused("AlreadyExistsException", kms.create_alias, **members)
    kms.update_alias(AliasName=alias, TargetKeyId=second["KeyId"])
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == second["KeyId"]
    kms.delete_alias(AliasName=alias)
    refused("NotFoundException", kms.describe_key, KeyId=alias)
    refused("NotFoundException", kms.delete_alias, AliasName=alias)
    for bad in ("key", "alias/", "alias/aws/key"):
        refused("InvalidAliasNameException", kms.create_alias, **members | {"AliasName": bad})
    refused("NotFoundException", kms.create_alias, **members | {"TargetKeyId": alias})


def test_6_3_aliases_are_limited(kms, key):
    for number in range(50):
        kms.create_alias(AliasName=f"alias/{key['KeyId']}/{number}", TargetKeyId=key["KeyId"])
    one_more = {"AliasName": f"alias/{key['KeyId']}/x", "TargetKeyId": key["KeyId"]}
    refused("LimitExceededException", kms.create_alias, **one_more)
    pages = kms.get_paginator("list_aliases").paginate(
        KeyId=key["KeyId"], PaginationConfig={"PageSize": 20}
    )
    pages = [page["Aliases"] for page in pages]
    assert [len(page) for page in pages] == [20, 20, 10]
    assert len({alias["AliasName"] for page in pages for alias in page}) == 50


def test_6_3_keys_are_listed_in_pages(own_server):
    kms = own_server.client("seller", "kms")
    made = {keys.create(kms, "ECC_NIST_P256")["KeyId"] for _ in range(3)}
    elsewhere = own_server.client("seller", "kms", region="eu-west-1")
    keys.create(elsewhere, "ECC_NIST_P256")
    pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
    assert [page["Truncated"] for page in pages] == [True, False]
    found = [entry for page in pages for entry in page["Keys"]]
    assert {entry["KeyId"] for entry in found} == made and len(found) == 3
    assert all(entry["KeyArn"].endswith(entry["KeyId"]) for entry in found)
    refused("InvalidMarkerException", kms.list_keys, Marker="x")


def test_6_3_a_key_is_in_one_region(server, key):
    elsewhere = server.client("seller", "kms", region="eu-west-1")
    refused("NotFoundException", elsewhere.describe_key, KeyId=key["KeyId"])
    refused("NotFoundException", elsewhere.describe_key, KeyId=key["Arn"])


def test_6_3_a_disabled_key(kms, key):
    name = {"KeyId": key["KeyId"]}
    kms.disable_key(**name)
    kms.disable_key(**name)
    state = kms.describe_key(**name)["KeyMetadata"]
    assert (state["KeyState"], state["Enabled"]) == ("Disabled", False)
    refused("DisabledException", sign, kms, key["KeyId"], algorithm="ECDSA_SHA_256")
    refused("DisabledException", kms.get_public_key, **name)
    refused("KMSInvalidStateException", kms.cancel_key_deletion, **name)
    kms.tag_resource(**name, Tags=keys.TAGS)
    kms.enable_key(**name)
    assert sign(kms, key["KeyId"], algorithm="ECDSA_SHA_256")["Signature"]


def test_6_3_a_key_that_is_to_be_deleted(kms, key, clock):
    name = {"KeyId": key["KeyId"]}
    alias = f"alias/{key['KeyId']}"
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    for days in (6, 31):
        late = name | {"PendingWindowInDays": days}
        refused("ValidationException", kms.schedule_key_deletion, **late)
    answer = kms.schedule_key_deletion(**name, PendingWindowInDays=7)
    assert (answer["KeyId"], answer["KeyState"]) == (key["Arn"], "PendingDeletion")
    assert answer["PendingWindowInDays"] == 7
    state = kms.describe_key(**name)["KeyMetadata"]
    assert state["DeletionDate"] == answer["DeletionDate"] and not state["Enabled"]
    invalid = "KMSInvalidStateException"
    refused(invalid, sign, kms, key["KeyId"], algorithm="ECDSA_SHA_256")
    calls = (kms.get_public_key, kms.enable_key, kms.disable_key, kms.schedule_key_deletion)
    for call in calls:
        refused(invalid, call, **name)
    refused(invalid, kms.tag_resource, **name, Tags=keys.TAGS)
    refused(invalid, kms.create_alias, AliasName=alias + "/2", TargetKeyId=key["KeyId"])
    assert kms.get_key_policy(**name)["PolicyName"] == "default"

    assert kms.cancel_key_deletion(**name)["KeyId"] == key["Arn"]
    assert kms.describe_key(**name)["KeyMetadata"]["KeyState"] == "Disabled"
    answer = kms.schedule_key_deletion(**name)
    assert answer["PendingWindowInDays"] == 30
    clock.advance(days=30, seconds=1)
    refused("NotFoundException", kms.describe_key, **name)
    refused("NotFoundException", kms.describe_key, KeyId=alias)
    refused("NotFoundException", kms.cancel_key_deletion, **name)


def test_6_3_tags(kms, key):
    name = {"KeyId": key["KeyId"]}
    tags = [{"TagKey": f"k{number:02}", "TagValue": str(number)} for number in range(50)]
    kms.tag_resource(**name, Tags=tags)
    pages = kms.get_paginator("list_resource_tags").paginate(
        **name, PaginationConfig={"PageSize": 30}
    )
    assert [tag for page in pages for tag in page["Tags"]] == tags
    more = [{"TagKey": "more", "TagValue": ""}]
    refused("LimitExceededException", kms.tag_resource, **name, Tags=more)
    refused("LimitExceededException", kms.tag_resource, **name, Tags=tags + more)
    refused("LimitExceededException", keys.create, kms, Tags=tags + more)
    many = [f"k{number}" for number in range(51)]
    refused("TagException", kms.untag_resource, **name, TagKeys=many)
    kms.tag_resource(**name, Tags=[{"TagKey": "k00", "TagValue": "new"}])
    kms.untag_resource(**name, TagKeys=["k01", "nothing"])
    left = kms.list_resource_tags(**name)["Tags"]
    assert (left[0]["TagValue"], left[1]["TagKey"]) == ("new", "k02")
    reserved = [{"TagKey": "aws:x", "TagValue": ""}]
    refused("TagException", kms.tag_resource, **name, Tags=reserved)


def test_6_3_other_accounts_are_let_in_by_the_policy(kms, other, key):
    name = {"KeyId": key["Arn"]}
    ecdsa = {"algorithm": "ECDSA_SHA_256"}
    denied = "AccessDeniedException"
    refused(denied, other.describe_key, **name)
    refused(denied, sign, other, key["Arn"], **ecdsa)
    refused("NotFoundException", other.describe_key, KeyId=key["KeyId"])
    nothing = key["Arn"][:-12] + "0" * 12
    refused(denied, other.describe_key, KeyId=nothing)

    policy = keys.policy("kms:Sign", "kms:Describe*")
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=json.dumps(policy))
    assert json.loads(kms.get_key_policy(**name)["Policy"]) == policy
    assert other.describe_key(**name)["KeyMetadata"]["AWSAccountId"] == program.SELLER
    signature = sign(other, key["Arn"], **ecdsa)["Signature"]
    refused(denied, verify, other, key["Arn"], signature, **ecdsa)
    for call in (other.disable_key, other.get_key_policy, other.list_resource_tags):
        refused(denied, call, **name)

    refused("MalformedPolicyDocumentException", kms.put_key_policy, **name, Policy="[]")
    shut_out = json.dumps({"Statement": [keys.statement("kms:*", program.BUYER)]})
    refused("MalformedPolicyDocumentException", kms.put_key_policy, **name, Policy=shut_out)
    refused("NotFoundException", kms.get_key_policy, **name, PolicyName="other")
    kms.put_key_policy(**name, Policy=shut_out, BypassPolicyLockoutSafetyCheck=True)
    # Without its policy nobody may, not even its owner.
    refused(denied, kms.get_key_policy, **name)


def test_6_3_keys_outlive_the_server(own_server):
    kms = own_server.client("seller", "kms")
    made = keys.create(kms)
    signature = sign(kms, made["KeyId"])["Signature"]
    public = kms.get_public_key(KeyId=made["KeyId"])["PublicKey"]
    own_server.restart()
    kms = own_server.client("seller", "kms")
    assert kms.get_public_key(KeyId=made["KeyId"])["PublicKey"] == public
    assert verify(kms, made["KeyId"], signature)["SignatureValid"]
    assert verify(kms, made["KeyId"], sign(kms, made["KeyId"])["Signature"])["SignatureValid"]


def test_6_3_blobs_are_base64(server, shared):
    message = base64.b64encode(b"message").decode()
    members = {"KeyId": shared["KeyId"], "Message": message, "SigningAlgorithm": PSS}
    assert server.call("kms:Sign", members).status == 200
    reply = server.call("kms:Sign", members | {"Message": message.rstrip("=")})
    assert (reply.status, reply.code) == (400, "ValidationException")
