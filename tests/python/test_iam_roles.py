"""IAM: roles, the roles of services, OpenID Connect providers, aliases and the account."""

import json
import re

from people import CONSUMPTION, Crew, LICENSE_MANAGER, ROOT, allow, name, pages, trust
from program import BUYER, SELLER
from shop import refused

TOKEN_SERVICE = "openid-license-manager.amazonaws.com"


def test_a_role_from_its_creation_to_its_end(iam):
    which = {"RoleName": name("role")}
    made = iam.create_role(
        **which,
        AssumeRolePolicyDocument=ROOT,
        Path="/r/",
        Description="what for",
        MaxSessionDuration=7200,
        Tags=[{"Key": "k", "Value": "v"}],
    )["Role"]
    assert re.fullmatch(r"AROA[A-Z2-7]{17}", made["RoleId"])
    assert made["Arn"] == f"arn:aws:iam::{SELLER}:role/r/{which['RoleName']}"
    assert made["AssumeRolePolicyDocument"] == json.loads(ROOT)
    assert (made["MaxSessionDuration"], made["Description"]) == (7200, "what for")
    assert iam.get_role(**which)["Role"] == made
    refused("EntityAlreadyExists", iam.create_role, **which, AssumeRolePolicyDocument=ROOT)
    iam.update_role(**which, Description="other", MaxSessionDuration=43200)
    found = iam.get_role(**which)["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("other", 43200)
    iam.update_role(**which)
    found = iam.get_role(**which)["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("other", 3600), "as the API says"
    changed = iam.update_role_description(**which, Description="third")["Role"]
    assert changed["Description"] == "third"
    service = trust({"Service": LICENSE_MANAGER})
    iam.update_assume_role_policy(**which, PolicyDocument=service)
    assert iam.get_role(**which)["Role"]["AssumeRolePolicyDocument"] == json.loads(service)
    iam.tag_role(**which, Tags=[{"Key": "l", "Value": "w"}])
    iam.untag_role(**which, TagKeys=["k"])
    assert pages(iam.list_role_tags, "Tags", **which) == [{"Key": "l", "Value": "w"}]
    assert iam.list_instance_profiles_for_role(**which)["InstanceProfiles"] == []
    iam.delete_role(**which)
    refused("NoSuchEntity", iam.get_role, **which)
    for call in (iam.delete_role, iam.update_role, iam.list_role_tags, iam.list_role_policies):
        refused("NoSuchEntity", call, **which)


def test_lists_of_roles(crew, iam):
    path = f"/{name()}/"
    roles = sorted(crew.role(Path=path)["RoleName"] for _ in range(3))
    found = pages(iam.list_roles, "Roles", PathPrefix=path)
    assert [role["RoleName"] for role in found] == roles
    assert found[0]["AssumeRolePolicyDocument"] == json.loads(ROOT)


def test_the_trust_documents_of_the_guides(crew):
    """Section 8: by `:sub` as the user guide has it, by `:amr` as the later one."""
    web = "sts:AssumeRoleWithWebIdentity"
    federated = {"Federated": TOKEN_SERVICE}
    sub = {"StringLike": {f"{TOKEN_SERVICE}:sub": "12345678-1234-1234-1234-123456789012"}}
    amr = {
        "ForAnyValue:StringLike": {
            f"{TOKEN_SERVICE}:amr": f"aws:license-manager:token-issuer-account-id:{SELLER}"
        }
    }
    for condition in (sub, amr):
        crew.role(trust(federated, web, Condition=condition), MaxSessionDuration=3600)


def test_a_trust_policy_names_those_who_are_there(crew, server):
    user = crew.user()
    crew.role(trust({"AWS": [user["Arn"], f"arn:aws:iam::{BUYER}:root", BUYER]}))
    refused("MalformedPolicyDocument", crew.role, trust({"AWS": user["Arn"] + "x"}))
    refused("MalformedPolicyDocument", crew.role, trust({"AWS": user["Arn"]}, "iam:GetUser"))
    strange = Crew(server, "buyer").role()
    crew.role(trust({"AWS": strange["Arn"]}))


def test_the_roles_of_services(own_server):
    iam = own_server.client("seller", "iam")
    made = iam.create_service_linked_role(AWSServiceName=LICENSE_MANAGER)["Role"]
    path = f"/aws-service-role/{LICENSE_MANAGER}/"
    assert made["Path"] == path and made["RoleName"].startswith("AWSServiceRoleFor")
    which = {"RoleName": made["RoleName"]}
    assert iam.get_role(**which)["Role"]["Arn"] == made["Arn"]
    taken = refused("InvalidInput", iam.create_service_linked_role, AWSServiceName=LICENSE_MANAGER)
    assert "has been taken" in taken["Error"]["Message"]
    other = iam.create_service_linked_role(AWSServiceName=LICENSE_MANAGER, CustomSuffix="two")
    assert other["Role"]["RoleName"].endswith("_two")
    refused("InvalidInput", iam.create_service_linked_role, AWSServiceName="s3.amazonaws.com")
    unmodifiable = "UnmodifiableEntity"
    refused(unmodifiable, iam.delete_role, **which)
    refused(unmodifiable, iam.update_role, **which)
    refused(unmodifiable, iam.attach_role_policy, **which, PolicyArn=CONSUMPTION)
    refused(unmodifiable, iam.update_assume_role_policy, **which, PolicyDocument=ROOT)
    refused(unmodifiable, iam.put_role_policy, **which, PolicyName="a", PolicyDocument=allow())
    own = {"AssumeRolePolicyDocument": ROOT, "Path": path}
    refused("InvalidInput", iam.create_role, RoleName="mine", **own)
    task = iam.delete_service_linked_role(**which)["DeletionTaskId"]
    status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert status["Status"] == "SUCCEEDED"
    refused("NoSuchEntity", iam.get_role, **which)
    refused("NoSuchEntity", iam.get_service_linked_role_deletion_status, DeletionTaskId="task")
    iam.create_role(RoleName="plain", AssumeRolePolicyDocument=ROOT)
    refused("NoSuchEntity", iam.delete_service_linked_role, RoleName="plain")


def test_a_provider_from_its_creation_to_its_end(iam):
    host = f"{name()}.example.com/path"
    made = iam.create_open_id_connect_provider(
        Url=f"https://{host}",
        ClientIDList=["one"],
        ThumbprintList=["0" * 40],
        Tags=[{"Key": "k", "Value": "v"}],
    )
    arn = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
    assert made["OpenIDConnectProviderArn"] == f"arn:aws:iam::{SELLER}:oidc-provider/{host}"
    again = {"Url": f"https://{host}"}
    refused("EntityAlreadyExists", iam.create_open_id_connect_provider, **again)
    for _ in range(2):
        iam.add_client_id_to_open_id_connect_provider(**arn, ClientID="two")
        iam.remove_client_id_from_open_id_connect_provider(**arn, ClientID="one")
    prints = ["a" * 40, "b" * 40]
    iam.update_open_id_connect_provider_thumbprint(**arn, ThumbprintList=prints)
    found = iam.get_open_id_connect_provider(**arn)
    assert (found["Url"], found["ClientIDList"]) == (host, ["two"])
    assert (found["ThumbprintList"], found["Tags"]) == (prints, [{"Key": "k", "Value": "v"}])
    listed = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert {"Arn": made["OpenIDConnectProviderArn"]} in listed
    iam.tag_open_id_connect_provider(**arn, Tags=[{"Key": "l", "Value": "w"}])
    iam.untag_open_id_connect_provider(**arn, TagKeys=["k"])
    tags = pages(iam.list_open_id_connect_provider_tags, "Tags", **arn)
    assert tags == [{"Key": "l", "Value": "w"}]
    bad = iam.update_open_id_connect_provider_thumbprint
    refused("InvalidInput", bad, **arn, ThumbprintList=["x" * 40])
    refused("LimitExceeded", bad, **arn, ThumbprintList=["a" * 40] * 6)
    for _ in range(2):
        iam.delete_open_id_connect_provider(**arn)
    refused("NoSuchEntity", iam.get_open_id_connect_provider, **arn)
    for url in ("http://example.com", "https://", "https://a b", "https://example.com/?q"):
        refused("InvalidInput", iam.create_open_id_connect_provider, Url=url)
    many = [f"client-{number}" for number in range(101)]
    url = {"Url": f"https://{name()}.example.com"}
    refused("LimitExceeded", iam.create_open_id_connect_provider, **url, ClientIDList=many)
    iam.create_open_id_connect_provider(**url, ClientIDList=many[:100])


def test_an_account_has_one_alias_that_no_other_has(own_server):
    iam = own_server.client("seller", "iam")
    other = own_server.client("buyer", "iam")
    assert iam.list_account_aliases()["AccountAliases"] == []
    iam.create_account_alias(AccountAlias="one-alias")
    refused("EntityAlreadyExists", other.create_account_alias, AccountAlias="one-alias")
    iam.create_account_alias(AccountAlias="other-alias")
    assert iam.list_account_aliases()["AccountAliases"] == ["other-alias"]
    refused("NoSuchEntity", other.delete_account_alias, AccountAlias="other-alias")
    refused("NoSuchEntity", iam.delete_account_alias, AccountAlias="one-alias")
    iam.delete_account_alias(AccountAlias="other-alias")
    assert iam.list_account_aliases()["AccountAliases"] == []
    for bad in ("Upper", "two--hyphens", "-a-b", "ab-"):
        refused("ValidationError", iam.create_account_alias, AccountAlias=bad)


def test_the_account_in_numbers_and_in_full(own_server):
    crew = Crew(own_server, "reseller")
    iam = crew.client
    before = iam.get_account_summary()["SummaryMap"]
    assert (before["Users"], before["UsersQuota"], before["AccessKeysPerUserQuota"]) == (0, 5000, 2)
    assert before["AccountAccessKeysPresent"] == 1
    user, group, role, policy = crew.user(), crew.group(), crew.role(), crew.policy()
    iam.add_user_to_group(UserName=user["UserName"], GroupName=group["GroupName"])
    iam.put_user_policy(UserName=user["UserName"], PolicyName="a", PolicyDocument=allow())
    iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=CONSUMPTION)
    iam.attach_group_policy(GroupName=group["GroupName"], PolicyArn=policy["Arn"])
    after = iam.get_account_summary()["SummaryMap"]
    counts = [after[each] for each in ("Users", "Groups", "Roles", "Policies")]
    assert counts == [1, 1, 1, 1] and after["PolicyVersionsInUse"] == 1
    whole = iam.get_account_authorization_details()
    [one] = whole["UserDetailList"]
    assert (one["GroupList"], one["UserId"]) == ([group["GroupName"]], user["UserId"])
    assert one["UserPolicyList"][0]["PolicyDocument"] == json.loads(allow())
    assert whole["GroupDetailList"][0]["AttachedManagedPolicies"][0]["PolicyArn"] == policy["Arn"]
    assert whole["RoleDetailList"][0]["AssumeRolePolicyDocument"] == json.loads(ROOT)
    assert [each["Arn"] for each in whole["Policies"]] == [policy["Arn"], CONSUMPTION]
    [version] = whole["Policies"][0]["PolicyVersionList"]
    assert version["Document"] == json.loads(allow())
    alone = iam.get_account_authorization_details(Filter=["Role"])
    assert alone["RoleDetailList"] and not alone["UserDetailList"] and not alone["Policies"]
    first = iam.get_account_authorization_details(MaxItems=2)
    assert first["IsTruncated"] and first["GroupDetailList"] and not first["RoleDetailList"]
    rest = iam.get_account_authorization_details(Marker=first["Marker"])
    assert rest["RoleDetailList"] == whole["RoleDetailList"] and not rest["IsTruncated"]
