"""AWS KMS in the words of the tests: its operations, each with a valid input, and keys to sign
with."""

import base64

import botocore.loaders

import program

MODEL = botocore.loaders.Loader().load_service_model("kms", "service-2")

KEY = "3c9b6c52-0000-4000-8000-000000000000"
ALIAS = "alias/example"
TAGS = [{"TagKey": "key", "TagValue": "value"}]
PAGE = {"Limit": 1, "Marker": "x"}
POLICY = '{"Statement": []}'
TOKENS = {"GrantTokens": ["token"]}
BYTES = base64.b64encode(b"bytes").decode()


def inputs():
    """Members for each operation by its name, all that the model has."""
    key = {"KeyId": KEY}
    alias = {"AliasName": ALIAS, "TargetKeyId": KEY}
    policy = {"Policy": POLICY, "BypassPolicyLockoutSafetyCheck": True}
    signing = {"Message": BYTES, "MessageType": "RAW", "SigningAlgorithm": "RSASSA_PSS_SHA_384"}
    signing |= key | TOKENS | {"DryRun": True}
    return {
        "CreateKey": policy
        | {
            "Description": "description",
            "KeyUsage": "SIGN_VERIFY",
            "CustomerMasterKeySpec": "RSA_2048",
            "KeySpec": "RSA_2048",
            "Origin": "AWS_KMS",
            "CustomKeyStoreId": "store",
            "Tags": TAGS,
            "MultiRegion": True,
            "XksKeyId": "xks",
        },
        "DescribeKey": key | TOKENS,
        "GetPublicKey": key | TOKENS,
        "Sign": signing,
        "Verify": signing | {"Signature": BYTES},
        "ListKeys": PAGE,
        "EnableKey": key,
        "DisableKey": key,
        "ScheduleKeyDeletion": key | {"PendingWindowInDays": 7},
        "CancelKeyDeletion": key,
        "CreateAlias": alias,
        "ListAliases": key | PAGE,
        "UpdateAlias": alias,
        "DeleteAlias": {"AliasName": ALIAS},
        "TagResource": key | {"Tags": TAGS},
        "UntagResource": key | {"TagKeys": ["key"]},
        "ListResourceTags": key | PAGE,
        "GetKeyPolicy": key | {"PolicyName": "default"},
        "PutKeyPolicy": key | {"PolicyName": "default"} | policy,
    }


def create(kms, spec="RSA_2048", **members):
    """What a new key that signs is."""
    answer = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY", **members)
    return answer["KeyMetadata"]


def policy(*actions, principal=program.BUYER):
    """A policy that lets another account in, and the owner repair it."""
    own = statement("kms:*", program.SELLER)
    return {"Version": "2012-10-17", "Statement": [own, statement(list(actions), principal)]}


def statement(actions, principal, **members):
    kind = {"Effect": "Allow", "Principal": {"AWS": principal}}
    return kind | {"Action": actions, "Resource": "*"} | members
