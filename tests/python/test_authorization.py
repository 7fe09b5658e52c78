"""What policies do to real callers: least privilege, tags, boundaries, groups, and when a change is
in force (W24, sections 8 and 10), with the official client."""

import itertools
import json
import threading

import pytest

import callers
import documents
import keys
import program
import tokens
from callers import User, allow, deny
from shop import License, Shop, refused

DENIED = "AuthorizationException"
NUMBERS = itertools.count(1)
LM = "license-manager"


@pytest.fixture
def user(server):
    """A user of the seller whom nothing is allowed yet."""
    return User(server, f"user{next(NUMBERS)}")


@pytest.fixture
def shop_of(user):
    """The user's client of License Manager, with its policy set."""

    def say(*statements):
        user.say(*statements)
        return user.client()

    return say


@pytest.fixture(scope="session")
def iam(server):
    return server.client("seller", "iam")


def actions(*names, service=LM):
    return [f"{service}:{name}" for name in names]


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_8_least_privilege_of_a_seller_for_its_customers(server, seller, user, shop_of):
    """The software of a seller checks out for customers who have no account, and nothing else."""
    sold = Shop(seller).create()
    consume = actions("CheckoutLicense", "CheckInLicense", "ExtendLicenseConsumption")
    client = shop_of(allow(consume), allow(actions("GetLicense"), sold.arn))
    mine = License(client, sold.document, sold.created)
    out = mine.check_out(documents.ask())
    token = out["LicenseConsumptionToken"]
    client.extend_license_consumption(LicenseConsumptionToken=token)
    client.check_in_license(LicenseConsumptionToken=token)
    assert client.get_license(LicenseArn=sold.arn)["License"]["LicenseArn"] == sold.arn
    other = Shop(seller).create()
    message = refused(DENIED, client.get_license, LicenseArn=other.arn)["Error"]["Message"]
    assert message == (
        f"User: {user.arn} is not authorized to perform: license-manager:GetLicense on resource: "
        f"{other.arn} because no identity-based policy allows the license-manager:GetLicense action"
    )
    message = refused(DENIED, client.create_license, **documents.license())["Error"]["Message"]
    assert message == (
        f"User: {user.arn} is not authorized to perform: license-manager:CreateLicense because no "
        "identity-based policy allows the license-manager:CreateLicense action"
    )
    refused(DENIED, client.list_licenses)
    refused("AccessDenied", user.client("iam").list_users)
    refused("AccessDeniedException", user.client("kms").list_keys)
    assert user.client("sts").get_caller_identity()["Arn"] == user.arn


def test_10_tags_of_requests_and_resources(seller, shop_of):
    team = {"Key": "team", "Value": "blue"}
    is_blue = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    asks_blue = {
        "StringEquals": {"aws:RequestTag/team": "blue"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
    }
    client = shop_of(
        allow(actions("CreateLicense", "TagResource"), Condition=asks_blue),
        allow(actions("GetLicense", "UntagResource"), Condition=is_blue),
    )
    arn = client.create_license(**documents.license(), Tags=[team])["LicenseArn"]
    client.get_license(LicenseArn=arn)
    red = team | {"Value": "red"}
    for tags in ([], [red], [team, {"Key": "more", "Value": ""}]):
        refused(DENIED, client.create_license, **documents.license(), Tags=tags)
    refused(DENIED, client.get_license, LicenseArn=Shop(seller).create().arn)
    seller.tag_resource(ResourceArn=arn, Tags=[red])
    refused(DENIED, client.get_license, LicenseArn=arn)


def test_10_only_tags_that_an_operation_takes_are_asked_about(user):
    """What an operation has no member for, or calls by another name, says nothing to policies."""
    asks_blue = {"StringEquals": {"aws:RequestTag/team": "blue"}}
    user.say(allow(actions("ListLicenses"), Condition=asks_blue))
    forged = {"Tags": [{"Key": "team", "Value": "blue"}]}
    assert callers.is_denied(user.call("ListLicenses", forged))
    is_team = {"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}
    user.say(allow("organizations:ListAccounts", Condition=is_team))
    assert callers.is_denied(user.call("organizations:ListAccounts", {"TagKeys": ["team"]}))
    denied = {"StringEquals": {"aws:RequestTag/admin": "true"}}
    key = f"arn:aws:kms:us-east-1:{program.SELLER}:key/none"
    user.say(allow("kms:*"), deny("kms:TagResource", Condition=denied))
    tag = {"TagKey": "admin", "TagValue": "true"}
    for both in (tag, tag | {"Key": "x", "Value": "y"}):
        reply = user.call("kms:TagResource", {"KeyId": key, "Tags": [both]})
        assert callers.is_denied(reply) and "explicit deny" in reply.message


def test_10_long_texts_are_no_matter_of_policies(user):
    user.say(deny("*", Condition={"StringLike": {"aws:RequestTag/a": "*" + "a?" * 20}}))
    long = "a" * 100_000
    name = f"arn:aws:kms:us-east-1:{program.SELLER}:key/none"
    calls = [
        ("TagResource", {"ResourceArn": "a", "Tags": [{"Key": "a", "Value": long}]}),
        ("TagResource", {"ResourceArn": long, "Tags": []}),
        ("UntagResource", {"ResourceArn": "a", "TagKeys": [long]}),
        ("kms:UntagResource", {"KeyId": name, "TagKeys": ["a"] * 51}),
    ]
    for operation, members in calls:
        reply = user.call(operation, members)
        assert reply.status == 400 and not callers.is_denied(reply), reply.body
        assert "at most" in reply.message or "128" in reply.message
    reply = user.call("ListTagsForResource", {"ResourceArn": "a:" * 1_000})
    assert callers.is_denied(reply) and len(reply.message) < 600


def test_8_2_spaces_in_a_pattern_count(user, iam):
    spaces = {"StringLike": {"aws:UserAgent": " " * 10_241}}
    members = {"UserName": user.name, "PolicyName": "spaces"}
    refused("MalformedPolicyDocument", iam.put_user_policy, **members,
            PolicyDocument=document(deny("*", Condition=spaces)))
    refused("MalformedPolicyDocument", iam.put_user_policy, **members,
            PolicyDocument=document(deny("*", "arn:aws:iam::*:" + "x" * 10_241)))


def test_8_2_a_provider_is_known_by_its_very_arn(user, iam):
    name = f"example.com/provider{next(NUMBERS)}"
    arn = iam.create_open_id_connect_provider(Url=f"https://{name}")["OpenIDConnectProviderArn"]
    user.say(allow("iam:*"), deny("iam:*", arn))
    client = user.client("iam")
    other = {"OpenIDConnectProviderArn": arn.replace("example.com", "EXAMPLE.com")}
    refused("AccessDenied", client.delete_open_id_connect_provider, OpenIDConnectProviderArn=arn)
    refused("NoSuchEntity", client.get_open_id_connect_provider, **other)
    client.delete_open_id_connect_provider(**other)
    iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def test_10_tags_of_another_accounts_license_say_nothing(parties, server):
    vendor, customer = parties["seller"], parties["buyer"]
    sold = vendor.sell(Tags=[{"Key": "team", "Value": "blue"}])
    vendor.lend(sold, customer)
    theirs = User(server, f"user{next(NUMBERS)}", "buyer")
    is_blue = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    theirs.say(allow(actions("GetLicense"), Condition=is_blue))
    refused(DENIED, theirs.client().get_license, LicenseArn=sold.arn)
    theirs.say(allow(actions("GetLicense")))
    assert theirs.client().get_license(LicenseArn=sold.arn)["License"]["LicenseArn"] == sold.arn


def test_8_2_boundaries_limit(user, shop_of, iam):
    arn = iam.create_policy(
        PolicyName=f"bound{next(NUMBERS)}", PolicyDocument=document(allow(actions("List*")))
    )["Policy"]["Arn"]
    client = shop_of(allow("*"))
    client.get_service_settings()
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=arn)
    client.list_licenses()
    message = refused(DENIED, client.get_service_settings)["Error"]["Message"]
    assert "because no permissions boundary allows" in message
    iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=document(allow("*")), SetAsDefault=True
    )
    client.get_service_settings()
    iam.delete_user_permissions_boundary(UserName=user.name)
    client.get_service_settings()


def test_8_2_groups_give_and_take_at_once(user, iam):
    """Every way to change what a user may is in force with the answer to the change."""
    group, client = f"group{next(NUMBERS)}", user.client()
    iam.create_group(GroupName=group)
    member = {"GroupName": group, "UserName": user.name}
    inline = {"GroupName": group, "PolicyName": "inline"}
    steps = [
        (lambda: iam.add_user_to_group(**member), False),
        (lambda: iam.put_group_policy(**inline, PolicyDocument=document(allow("*"))), True),
        (lambda: iam.remove_user_from_group(**member), False),
        (lambda: iam.add_user_to_group(**member), True),
        (lambda: iam.delete_group_policy(**inline), False),
        (lambda: iam.attach_group_policy(GroupName=group, PolicyArn=callers.EVERYTHING), True),
        (lambda: user.say(deny("*")), False),
        (lambda: user.say(deny(actions("CreateLicense"))), True),
        (lambda: iam.detach_group_policy(GroupName=group, PolicyArn=callers.EVERYTHING), False),
        (lambda: iam.attach_user_policy(UserName=user.name, PolicyArn=callers.EVERYTHING), True),
        (lambda: iam.detach_user_policy(UserName=user.name, PolicyArn=callers.EVERYTHING), False),
    ]
    refused(DENIED, client.list_licenses)
    for number, (change, is_allowed) in enumerate(steps):
        change()
        reply = user.call("ListLicenses", {})
        assert callers.is_denied(reply) != is_allowed, f"step {number}: {reply.body}"


def test_8_2_a_users_own_tags_and_name(user, shop_of, iam):
    condition = {"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:username": user.name}}
    client = shop_of(allow("*", Condition=condition))
    refused(DENIED, client.list_licenses)
    iam.tag_user(UserName=user.name, Tags=[{"Key": "team", "Value": "blue"}])
    client.list_licenses()


@pytest.mark.parametrize(
    "operator, key, value, is_allowed",
    [
        ("IpAddress", "aws:SourceIp", "127.0.0.0/8", True),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8", False),
        ("Bool", "aws:SecureTransport", "false", True),
        ("Bool", "aws:SecureTransport", "true", False),
        ("StringEquals", "aws:RequestedRegion", "us-east-1", True),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1", False),
        ("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z", True),
        ("NumericLessThan", "aws:EpochTime", "1577836800", False),
        ("StringEquals", "aws:PrincipalAccount", program.SELLER, True),
        ("StringEquals", "aws:PrincipalType", "User", True),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/user*", True),
        ("StringLike", "aws:userid", "AIDA*", True),
        ("StringLike", "aws:UserAgent", "Boto3/*", True),
        ("StringLike", "aws:UserAgent", "curl/*", False),
        ("Null", "aws:TokenIssueTime", "true", True),
        ("Null", "aws:MultiFactorAuthPresent", "true", True),
        ("Bool", "aws:MultiFactorAuthPresent", "true", False),
    ],
)
def test_10_circumstances(shop_of, operator, key, value, is_allowed):
    client = shop_of(allow(actions("ListLicenses"), Condition={operator: {key: value}}))
    if is_allowed:
        client.list_licenses()
    else:
        refused(DENIED, client.list_licenses)


def test_8_2_whoever_manages_users_within_a_boundary(user, iam, server):
    """The delegation that AWS documents: users may be made, with this boundary alone."""
    bound = callers.EVERYTHING
    within = {"StringEquals": {"iam:PermissionsBoundary": bound}}
    user.say(allow(actions("CreateUser", "AttachUserPolicy", service="iam"),
                   f"arn:aws:iam::{program.SELLER}:user/made/*", Condition=within))
    client = user.client("iam")
    name = {"UserName": f"made{next(NUMBERS)}"}
    refused("AccessDenied", client.create_user, **name, Path="/made/")
    refused("AccessDenied", client.create_user, **name, PermissionsBoundary=bound)
    refused("AccessDenied", client.create_user, **name, Path="/", PermissionsBoundary=bound)
    client.create_user(**name, Path="/made/", PermissionsBoundary=bound)
    client.attach_user_policy(**name, PolicyArn=bound)
    iam.delete_user_permissions_boundary(**name)
    refused("AccessDenied", client.attach_user_policy, **name, PolicyArn=bound)


def test_8_2_a_rename_needs_both_names(user, iam):
    name = f"old{next(NUMBERS)}"
    iam.create_user(UserName=name)
    users = f"arn:aws:iam::{program.SELLER}:user"
    client = user.client("iam")
    user.say(allow("iam:UpdateUser", f"{users}/{name}"))
    refused("AccessDenied", client.update_user, UserName=name, NewUserName=f"{name}-x")
    user.say(allow("iam:UpdateUser", [f"{users}/{name}", f"{users}/{name}-x"]))
    client.update_user(UserName=name, NewUserName=f"{name}-x")
    # Names are found whatever their case, and asked about as they are.
    user.say(allow("iam:GetUser", f"{users}/{name}-x"))
    assert client.get_user(UserName=f"{name}-X".upper())["User"]["UserName"] == f"{name}-x"
    refused("AccessDenied", client.get_user)


def test_6_3_keys_need_their_policy_and_the_callers(server, user):
    kms = server.client("seller", "kms")
    key = keys.create(kms, "ECC_NIST_P256")
    name = {"KeyId": key["Arn"]}
    client = user.client("kms")
    refused("AccessDeniedException", client.describe_key, **name)
    user.say(allow("kms:DescribeKey", key["Arn"]))
    # By its alias, too: the key is what counts.
    alias = f"alias/key{next(NUMBERS)}"
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    assert client.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == key["Arn"]
    # A policy that names the user itself is enough; one that denies beats all.
    own = keys.statement("kms:*", program.SELLER)
    named = keys.statement("kms:GetPublicKey", user.arn)
    kms.put_key_policy(**name, Policy=json.dumps({"Statement": [own, named]}))
    client.get_public_key(**name)
    barred = named | {"Effect": "Deny"}
    kms.put_key_policy(**name, Policy=json.dumps({"Statement": [own, barred]}))
    user.say(allow("*"))
    message = refused("AccessDeniedException", client.get_public_key, **name)["Error"]["Message"]
    assert message.endswith("with an explicit deny in a resource-based policy")
    kms.get_public_key(**name)


def test_6_3_the_key_that_is_used_is_the_key_that_was_asked_about(server, user):
    """While its alias goes to and fro between one that is allowed and one that is denied."""
    kms = server.client("seller", "kms")
    mine, other = (keys.create(kms, "ECC_NIST_P256") for _ in range(2))
    alias = f"alias/key{next(NUMBERS)}"
    kms.create_alias(AliasName=alias, TargetKeyId=mine["KeyId"])
    user.say(allow("kms:*"), deny("kms:*", other["Arn"]))
    is_over = threading.Event()

    def swap():
        while not is_over.is_set():
            for key in (other, mine):
                kms.update_alias(AliasName=alias, TargetKeyId=key["KeyId"])

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        replies = [user.call("kms:GetPublicKey", {"KeyId": alias}) for _ in range(150)]
    finally:
        is_over.set()
        swapping.join()
    assert {reply.json["KeyId"] for reply in replies if reply.status == 200} <= {mine["Arn"]}
    assert {reply.code for reply in replies if reply.status != 200} <= {"AccessDeniedException"}


def test_8_2_whose_role_and_whose_key(user, iam):
    roles = f"arn:aws:iam::{program.SELLER}:role/aws-service-role/organizations.amazonaws.com/*"
    service = {"StringEquals": {"iam:AWSServiceName": "organizations.amazonaws.com"}}
    user.say(allow("iam:CreateServiceLinkedRole", roles, Condition=service))
    client = user.client("iam")
    refused("AccessDenied", client.create_service_linked_role,
            AWSServiceName="license-manager.amazonaws.com")
    role = client.create_service_linked_role(
        AWSServiceName="organizations.amazonaws.com", CustomSuffix=f"s{next(NUMBERS)}"
    )["Role"]
    iam.delete_service_linked_role(RoleName=role["RoleName"])
    user.say(allow("iam:GetAccessKeyLastUsed", user.arn))
    assert client.get_access_key_last_used(AccessKeyId=user.key_id)["UserName"] == user.name
    user.say(allow("iam:GetAccessKeyLastUsed", f"{user.arn}-other"))
    refused("AccessDenied", client.get_access_key_last_used, AccessKeyId=user.key_id)


def test_10_sessions_say_that_there_was_no_second_factor(server, user):
    user.say(deny("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}), allow("*"))
    user.client().list_licenses()
    made = user.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    refused(DENIED, tokens.with_credentials(server, made).list_licenses)


def test_8_2_gone_users_and_keys_are_nobody(server, user, iam):
    user.say(allow("*"))
    client = user.client()
    client.list_licenses()
    iam.delete_access_key(UserName=user.name, AccessKeyId=user.key_id)
    refused("UnrecognizedClientException", client.list_licenses)
