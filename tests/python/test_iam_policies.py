"""IAM: managed policies and their versions, attachments, inline policies, and what is refused."""

import json
import re

import pytest

from people import ADMINISTRATOR, CONSUMPTION, allow, name, pages, trust
from program import SELLER
from shop import refused

KINDS = ["user", "group", "role"]


def new(crew, kind, **members):
    """A new user, group or role by its kind: the member that names it."""
    made = getattr(crew, kind)(**members)
    member = kind.capitalize() + "Name"
    return {member: made[member]}


def on(iam, verb, kind):
    """The call of a verb for a kind: `on(iam, "attach", "role")` is attach_role_policy."""
    noun = "policies" if verb.startswith("list") else "policy"
    return getattr(iam, f"{verb}_{kind}_{noun}")


def test_a_policy_from_its_creation_to_its_end(iam):
    which = name("policy")
    document = allow(["license-manager:Get*"], "*")
    made = iam.create_policy(
        PolicyName=which, PolicyDocument=document, Path="/p/", Description="what for"
    )["Policy"]
    assert re.fullmatch(r"ANPA[A-Z2-7]{17}", made["PolicyId"])
    assert made["Arn"] == f"arn:aws:iam::{SELLER}:policy/p/{which}"
    assert (made["DefaultVersionId"], made["AttachmentCount"]) == ("v1", 0)
    arn = {"PolicyArn": made["Arn"]}
    found = iam.get_policy(**arn)["Policy"]
    assert found == made | {"Tags": []} or found == made
    version = iam.get_policy_version(**arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(document), "boto3 decodes the URL encoding"
    assert version["IsDefaultVersion"]
    for bad in (f"arn:aws:iam::{SELLER}:policy/{which}", made["Arn"] + "x"):
        refused("NoSuchEntity", iam.get_policy, PolicyArn=bad)
    refused("InvalidInput", iam.get_policy, PolicyArn="arn:aws:iam::none:policy/x")
    iam.delete_policy(**arn)
    refused("NoSuchEntity", iam.get_policy, **arn)
    refused("NoSuchEntity", iam.delete_policy, **arn)


def test_versions(crew, iam):
    arn = {"PolicyArn": crew.policy()["Arn"]}
    second = iam.create_policy_version(**arn, PolicyDocument=allow("iam:*"))["PolicyVersion"]
    assert (second["VersionId"], second["IsDefaultVersion"]) == ("v2", False)
    assert iam.get_policy(**arn)["Policy"]["DefaultVersionId"] == "v1"
    iam.create_policy_version(**arn, PolicyDocument=allow("sts:*"), SetAsDefault=True)
    assert iam.get_policy(**arn)["Policy"]["DefaultVersionId"] == "v3"
    for _ in range(2):
        iam.create_policy_version(**arn, PolicyDocument=allow())
    refused("LimitExceeded", iam.create_policy_version, **arn, PolicyDocument=allow())
    listed = pages(iam.list_policy_versions, "Versions", **arn)
    assert [version["VersionId"] for version in listed] == ["v5", "v4", "v3", "v2", "v1"]
    assert [version["IsDefaultVersion"] for version in listed] == [False, False, True, False, False]
    refused("DeleteConflict", iam.delete_policy_version, **arn, VersionId="v3")
    refused("DeleteConflict", iam.delete_policy, **arn)
    iam.delete_policy_version(**arn, VersionId="v5")
    refused("NoSuchEntity", iam.delete_policy_version, **arn, VersionId="v5")
    refused("NoSuchEntity", iam.get_policy_version, **arn, VersionId="v9.x")
    made = iam.create_policy_version(**arn, PolicyDocument=allow())["PolicyVersion"]
    assert made["VersionId"] == "v6", "a number is never given again"
    iam.set_default_policy_version(**arn, VersionId="v1")
    refused("NoSuchEntity", iam.set_default_policy_version, **arn, VersionId="v7")
    for version in ("v2", "v3", "v4", "v6"):
        iam.delete_policy_version(**arn, VersionId=version)
    iam.delete_policy(**arn)


def test_the_policies_that_every_account_finds(crew, iam):
    found = iam.get_policy(PolicyArn=CONSUMPTION)["Policy"]
    assert (found["PolicyName"], found["Path"]) == (CONSUMPTION.split("/")[-1], "/service-role/")
    version = iam.get_policy_version(PolicyArn=CONSUMPTION, VersionId="v1")["PolicyVersion"]
    actions = version["Document"]["Statement"][0]["Action"]
    assert "license-manager:CheckoutLicense" in actions and len(actions) == 4
    listed = pages(iam.list_policies, "Policies", Scope="AWS")
    arns = {policy["Arn"] for policy in listed}
    assert {CONSUMPTION, ADMINISTRATOR, "arn:aws:iam::aws:policy/ReadOnlyAccess"} <= arns
    assert [one["VersionId"] for one in iam.list_policy_versions(PolicyArn=ADMINISTRATOR)["Versions"]]
    for call in (iam.delete_policy, iam.tag_policy, iam.set_default_policy_version):
        more = {"tag_policy": {"Tags": []}, "set_default_policy_version": {"VersionId": "v1"}}
        refused("InvalidInput", call, PolicyArn=ADMINISTRATOR, **more.get(call.__name__, {}))
    refused("NoSuchEntity", iam.get_policy_version, PolicyArn=CONSUMPTION, VersionId="v2")


def test_lists_of_policies(crew, iam):
    path = f"/{name()}/"
    arns = sorted(crew.policy(Path=path)["Arn"] for _ in range(3))
    listed = pages(iam.list_policies, "Policies", PathPrefix=path)
    assert [policy["Arn"] for policy in listed] == arns
    role, user = crew.role(), crew.user(PermissionsBoundary=arns[1])
    iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=arns[0])

    def found(**members):
        answer = iam.list_policies(PathPrefix=path, **members)["Policies"]
        return [policy["Arn"] for policy in answer]

    assert found(OnlyAttached=True) == arns[:2]
    assert found(PolicyUsageFilter="PermissionsPolicy") == arns[:1]
    assert found(PolicyUsageFilter="PermissionsBoundary") == arns[1:2]
    assert found(Scope="AWS") == []
    assert found(Scope="Local") == arns
    assert iam.list_policies(PathPrefix="/service-role/", Scope="AWS")["Policies"]
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == arns[1]


@pytest.mark.parametrize("kind", KINDS)
def test_attachments(crew, iam, kind):
    owner, policy = new(crew, kind), crew.policy(Path="/p/")
    arn = {"PolicyArn": policy["Arn"]}
    attach, detach = on(iam, "attach", kind), on(iam, "detach", kind)
    listing = on(iam, "list_attached", kind)
    for _ in range(2):
        attach(**owner, **arn)
    attach(**owner, PolicyArn=CONSUMPTION)
    listed = pages(listing, "AttachedPolicies", **owner)
    assert {one["PolicyArn"] for one in listed} == {policy["Arn"], CONSUMPTION}
    assert policy["PolicyName"] in {one["PolicyName"] for one in listed}
    [only] = listing(**owner, PathPrefix="/p/")["AttachedPolicies"]
    assert only["PolicyArn"] == policy["Arn"]
    assert iam.get_policy(**arn)["Policy"]["AttachmentCount"] == 1, "once more changes nothing"
    refused("DeleteConflict", iam.delete_policy, **arn)
    refused("DeleteConflict", getattr(iam, f"delete_{kind}"), **owner)
    refused("NoSuchEntity", attach, **owner, PolicyArn=policy["Arn"] + "x")
    refused("NoSuchEntity", attach, **{each: "nobody" for each in owner}, **arn)
    refused("InvalidInput", attach, **owner, PolicyArn="arn:aws:iam::aws:nothing/x")
    detach(**owner, **arn)
    refused("NoSuchEntity", detach, **owner, **arn)
    iam.delete_policy(**arn)
    detach(**owner, PolicyArn=CONSUMPTION)
    getattr(iam, f"delete_{kind}")(**owner)


def test_twenty_attachments(crew, iam):
    role = new(crew, "role")
    arns = [crew.policy()["Arn"] for _ in range(21)]
    for arn in arns[:20]:
        iam.attach_role_policy(**role, PolicyArn=arn)
    refused("LimitExceeded", iam.attach_role_policy, **role, PolicyArn=arns[20])
    iam.attach_role_policy(**role, PolicyArn=arns[0])


def test_who_has_a_policy(crew, iam):
    arn = {"PolicyArn": crew.policy()["Arn"]}
    user, group, role = [new(crew, kind, Path="/in/") for kind in KINDS]
    bound = crew.user(PermissionsBoundary=arn["PolicyArn"])["UserName"]
    iam.attach_user_policy(**user, **arn)
    iam.attach_group_policy(**group, **arn)
    iam.attach_role_policy(**role, **arn)

    def found(**members):
        answer = iam.list_entities_for_policy(**arn, **members)
        return (
            sorted(one["UserName"] for one in answer["PolicyUsers"]),
            [one["GroupName"] for one in answer["PolicyGroups"]],
            [one["RoleName"] for one in answer["PolicyRoles"]],
        )

    users, groups, roles = sorted([user["UserName"], bound]), [*group.values()], [*role.values()]
    assert found() == (users, groups, roles)
    assert found(EntityFilter="Role") == ([], [], roles)
    assert found(PolicyUsageFilter="PermissionsBoundary") == ([bound], [], [])
    attached = ([*user.values()], groups, roles)
    assert found(PolicyUsageFilter="PermissionsPolicy") == attached
    assert found(PathPrefix="/in/") == attached
    first = iam.list_entities_for_policy(**arn, MaxItems=1)
    assert first["IsTruncated"] and len(first["PolicyGroups"]) == 1
    rest = iam.list_entities_for_policy(**arn, Marker=first["Marker"])
    assert not rest["IsTruncated"] and len(rest["PolicyUsers"] + rest["PolicyRoles"]) == 3
    refused("NoSuchEntity", iam.list_entities_for_policy, PolicyArn=arn["PolicyArn"] + "x")
    assert "PolicyRoles" in iam.list_entities_for_policy(PolicyArn=CONSUMPTION)


@pytest.mark.parametrize("kind", KINDS)
def test_inline_policies(crew, iam, kind):
    owner, put = new(crew, kind), on(iam, "put", kind)
    document = {"PolicyDocument": allow("iam:*")}
    names = ["a", "b", "c"]
    for each in names:
        put(**owner, PolicyName=each, **document)
    assert pages(on(iam, "list", kind), "PolicyNames", **owner) == names
    found = on(iam, "get", kind)(**owner, PolicyName="a")
    assert found["PolicyDocument"] == json.loads(allow("iam:*"))
    put(**owner, PolicyName="a", PolicyDocument=allow("sts:*"))
    found = on(iam, "get", kind)(**owner, PolicyName="a")
    assert found["PolicyDocument"]["Statement"][0]["Action"] == "sts:*", "in its place"
    refused("NoSuchEntity", on(iam, "get", kind), **owner, PolicyName="A")
    refused("DeleteConflict", getattr(iam, f"delete_{kind}"), **owner)
    for each in names:
        on(iam, "delete", kind)(**owner, PolicyName=each)
    refused("NoSuchEntity", on(iam, "delete", kind), **owner, PolicyName="a")
    getattr(iam, f"delete_{kind}")(**owner)
    refused("NoSuchEntity", put, **owner, PolicyName="a", **document)


@pytest.mark.parametrize("kind, most", [("user", 2048), ("group", 5120), ("role", 10240)])
def test_the_size_of_inline_policies_together(crew, iam, kind, most):
    owner, put = new(crew, kind), on(iam, "put", kind)
    put(**owner, PolicyName="a", PolicyDocument=sized(1000))
    put(**owner, PolicyName="b", PolicyDocument=sized(most - 1000) + " " * 5000)
    refused("LimitExceeded", put, **owner, PolicyName="c", PolicyDocument=sized(200))
    refused("LimitExceeded", put, **owner, PolicyName="a", PolicyDocument=sized(1001))
    put(**owner, PolicyName="a", PolicyDocument=sized(999))


def sized(size):
    """A policy of so many characters that are no white space."""
    bare = allow("iam:*", "arn:aws:x:::").replace(" ", "")
    return bare.replace("x:::", "x:::" + "r" * (size - len(bare)))


def test_the_size_of_managed_and_trust_policies(crew):
    crew.policy(sized(6144))
    refused("LimitExceeded", crew.policy, sized(6145))
    long = lambda size: trust({"Service": "a." + "b" * (size - len(short))}).replace(" ", "")
    short = trust({"Service": "a."}).replace(" ", "")
    crew.role(long(2048))
    refused("LimitExceeded", crew.role, long(2049))


MALFORMED = {
    "no JSON": "{",
    "no object": "[]",
    "no statement": '{"Version":"2012-10-17"}',
    "wrong version": '{"Version":"2020-01-01","Statement":[]}',
    "no effect": '{"Statement":{"Action":"*","Resource":"*"}}',
    "a principal": '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}}',
    "no resource": '{"Statement":{"Effect":"Allow","Action":"*"}}',
    "no vendor": allow("Get*"),
    "no ARN": allow(resources="license"),
    "an unknown operator": allow(Condition={"StringIs": {"aws:username": "a"}}),
}


@pytest.mark.parametrize("document", MALFORMED.values(), ids=MALFORMED)
def test_malformed_policies_change_nothing(crew, iam, document):
    which = name("policy")
    code = "MalformedPolicyDocument"
    refused(code, iam.create_policy, PolicyName=which, PolicyDocument=document)
    arn = f"arn:aws:iam::{SELLER}:policy/{which}"
    refused("NoSuchEntity", iam.get_policy, PolicyArn=arn)
    user, role = new(crew, "user"), new(crew, "role")
    refused(code, iam.put_user_policy, **user, PolicyName="a", PolicyDocument=document)
    assert iam.list_user_policies(**user)["PolicyNames"] == []
    refused(code, iam.update_assume_role_policy, **role, PolicyDocument=document)
    refused(code, crew.role, document)
    policy = crew.policy()["Arn"]
    refused(code, iam.create_policy_version, PolicyArn=policy, PolicyDocument=document)
    assert len(iam.list_policy_versions(PolicyArn=policy)["Versions"]) == 1
