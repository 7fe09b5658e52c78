"""IAM: users, their tags and boundaries, groups and who is in them (8.2)."""

import re

from people import ADMINISTRATOR, CONSUMPTION, Crew, allow, name, pages
from program import SELLER
from shop import refused


def test_a_user_from_its_creation_to_its_end(iam):
    who = name("user")
    made = iam.create_user(UserName=who, Path="/team/a/")["User"]
    assert re.fullmatch(r"AIDA[A-Z2-7]{17}", made["UserId"])
    assert made["Arn"] == f"arn:aws:iam::{SELLER}:user/team/a/{who}"
    assert iam.get_user(UserName=who)["User"] == made
    new = name("user")
    iam.update_user(UserName=who, NewUserName=new, NewPath="/")
    refused("NoSuchEntity", iam.get_user, UserName=who)
    renamed = iam.get_user(UserName=new)["User"]
    assert renamed["Arn"] == f"arn:aws:iam::{SELLER}:user/{new}"
    assert renamed["UserId"] == made["UserId"], "it is still the same"
    assert renamed["CreateDate"] == made["CreateDate"]
    iam.delete_user(UserName=new)
    refused("NoSuchEntity", iam.delete_user, UserName=new)
    again = iam.create_user(UserName=new)["User"]
    assert again["UserId"] != made["UserId"], "a name may come back, an id does not"


def test_names_differ_by_more_than_case(crew, iam):
    user, group, role = crew.user(), crew.group(), crew.role()
    policy = crew.policy()
    upper = user["UserName"].upper()
    refused("EntityAlreadyExists", iam.create_user, UserName=upper)
    assert iam.get_user(UserName=upper)["User"]["UserName"] == user["UserName"]
    refused("EntityAlreadyExists", iam.create_group, GroupName=group["GroupName"].upper())
    refused("EntityAlreadyExists", crew.role, RoleName=role["RoleName"].upper())
    refused("EntityAlreadyExists", crew.policy, PolicyName=policy["PolicyName"].upper())
    refused("EntityAlreadyExists", crew.policy, PolicyName=policy["PolicyName"], Path="/other/")
    iam.update_user(UserName=user["UserName"], NewUserName=upper)
    assert iam.get_user(UserName=upper)["User"]["UserName"] == upper, "its own name's case"
    other = crew.user()
    refused("EntityAlreadyExists", iam.update_user, UserName=other["UserName"], NewUserName=upper)
    # Each kind has names of its own.
    crew.group(GroupName=user["UserName"])
    assert "already exists" in str(refused("EntityAlreadyExists", crew.user, UserName=upper))


def test_accounts_do_not_see_each_other(crew, server):
    user = crew.user()
    other = Crew(server, "buyer")
    refused("NoSuchEntity", other.client.get_user, UserName=user["UserName"])
    assert other.user(UserName=user["UserName"])["UserId"] != user["UserId"]
    policy = crew.policy()
    refused("NoSuchEntity", other.client.get_policy, PolicyArn=policy["Arn"])
    role = other.role()
    attach = {"RoleName": role["RoleName"], "PolicyArn": policy["Arn"]}
    refused("NoSuchEntity", other.client.attach_role_policy, **attach)


def test_lists_are_paged_by_name_and_path(crew, iam):
    path = f"/{name()}/"
    users = sorted(crew.user(Path=path + "in/")["UserName"] for _ in range(3))
    found = pages(iam.list_users, "Users", PathPrefix=path)
    assert [user["UserName"] for user in found] == users
    assert pages(iam.list_users, "Users", PathPrefix=path + "out/") == []
    groups = sorted(crew.group(Path=path)["GroupName"] for _ in range(3))
    found = pages(iam.list_groups, "Groups", PathPrefix=path)
    assert [group["GroupName"] for group in found] == groups
    for group in groups:
        for user in users:
            iam.add_user_to_group(GroupName=group, UserName=user)
    found = pages(iam.list_groups_for_user, "Groups", UserName=users[0])
    assert [group["GroupName"] for group in found] == groups
    found = pages(iam.get_group, "Users", GroupName=groups[0])
    assert [user["UserName"] for user in found] == users
    whole = iam.list_users(PathPrefix=path)
    assert len(whole["Users"]) == 3 and not whole["IsTruncated"]


def test_a_user_goes_when_nothing_hangs_on_it(crew, iam):
    who = {"UserName": crew.user()["UserName"]}
    group = {"GroupName": crew.group()["GroupName"]}
    key = {"AccessKeyId": iam.create_access_key(**who)["AccessKey"]["AccessKeyId"]}
    iam.add_user_to_group(**who, **group)
    iam.attach_user_policy(**who, PolicyArn=CONSUMPTION)
    iam.put_user_policy(**who, PolicyName="inline", PolicyDocument=allow())
    iam.tag_user(**who, Tags=[{"Key": "a", "Value": "b"}])
    for cure in (
        lambda: iam.delete_access_key(**who, **key),
        lambda: iam.remove_user_from_group(**who, **group),
        lambda: iam.detach_user_policy(**who, PolicyArn=CONSUMPTION),
        lambda: iam.delete_user_policy(**who, PolicyName="inline"),
    ):
        refused("DeleteConflict", iam.delete_user, **who)
        cure()
    iam.delete_user(**who)
    iam.create_user(**who)
    assert iam.list_user_tags(**who)["Tags"] == [], "tags went with it"


def test_tags_of_a_user(crew, iam):
    tags = [{"Key": "Team", "Value": "a"}, {"Key": "empty", "Value": ""}]
    user = crew.user(Tags=tags)
    who = {"UserName": user["UserName"]}
    assert user["Tags"] == tags == iam.get_user(**who)["User"]["Tags"]
    iam.tag_user(**who, Tags=[{"Key": "team", "Value": "b"}, {"Key": "x y", "Value": "ä"}])
    found = {tag["Key"]: tag["Value"] for tag in pages(iam.list_user_tags, "Tags", **who)}
    assert found == {"team": "b", "empty": "", "x y": "ä"}, "keys differ by more than case"
    iam.untag_user(**who, TagKeys=["TEAM", "never there"])
    assert len(iam.list_user_tags(**who)["Tags"]) == 2
    twice = [{"Key": "k", "Value": "1"}, {"Key": "K", "Value": "2"}]
    refused("InvalidInput", iam.tag_user, **who, Tags=twice)
    refused("InvalidInput", iam.tag_user, **who, Tags=[{"Key": "aws:k", "Value": "1"}])
    many = [{"Key": f"k{number}", "Value": "v"} for number in range(49)]
    refused("LimitExceeded", iam.tag_user, **who, Tags=many)
    assert len(iam.list_user_tags(**who)["Tags"]) == 2, "a refusal changes nothing"
    iam.tag_user(**who, Tags=many[:48])
    refused("InvalidInput", crew.user, UserName=(new := name()), Tags=twice)
    refused("NoSuchEntity", iam.get_user, UserName=new)


def test_permissions_boundaries(crew, iam):
    policy = crew.policy()["Arn"]
    user = crew.user(PermissionsBoundary=policy)
    bound = {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        "PermissionsBoundaryArn": policy,
    }
    assert user["PermissionsBoundary"] == bound
    assert iam.get_policy(PolicyArn=policy)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    refused("DeleteConflict", iam.delete_policy, PolicyArn=policy)
    who = {"UserName": user["UserName"]}
    iam.put_user_permissions_boundary(**who, PermissionsBoundary=ADMINISTRATOR)
    found = iam.get_user(**who)["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    assert found == ADMINISTRATOR
    put = iam.put_user_permissions_boundary
    refused("NoSuchEntity", put, **who, PermissionsBoundary=policy + "x")
    refused("InvalidInput", put, **who, PermissionsBoundary="arn:aws:iam::aws:role/any")
    refused("NoSuchEntity", crew.user, PermissionsBoundary=policy + "x")
    iam.delete_user_permissions_boundary(**who)
    assert "PermissionsBoundary" not in iam.get_user(**who)["User"]
    iam.delete_policy(PolicyArn=policy)
    role = crew.role(PermissionsBoundary=ADMINISTRATOR)
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == ADMINISTRATOR
    iam.delete_role_permissions_boundary(RoleName=role["RoleName"])
    assert "PermissionsBoundary" not in iam.get_role(RoleName=role["RoleName"])["Role"]


def test_groups_and_who_is_in_them(crew, iam):
    group = crew.group(Path="/g/")
    assert re.fullmatch(r"AGPA[A-Z2-7]{17}", group["GroupId"])
    assert group["Arn"] == f"arn:aws:iam::{SELLER}:group/g/{group['GroupName']}"
    where, who = {"GroupName": group["GroupName"]}, {"UserName": crew.user()["UserName"]}
    for _ in range(2):
        iam.add_user_to_group(**where, **who)
    assert len(iam.get_group(**where)["Users"]) == 1, "once more changes nothing"
    refused("DeleteConflict", iam.delete_group, **where)
    new = name("group")
    iam.update_group(**where, NewGroupName=new, NewPath="/h/")
    where = {"GroupName": new}
    found = iam.list_groups_for_user(**who)["Groups"][0]
    assert (found["GroupName"], found["GroupId"]) == (new, group["GroupId"])
    iam.remove_user_from_group(**where, **who)
    refused("NoSuchEntity", iam.remove_user_from_group, **where, **who)
    refused("NoSuchEntity", iam.add_user_to_group, **where, UserName="nobody")
    refused("NoSuchEntity", iam.add_user_to_group, GroupName="none", **who)
    iam.delete_group(**where)
    refused("NoSuchEntity", iam.get_group, **where)


def test_a_user_is_in_ten_groups_at_most(crew, iam):
    who = {"UserName": crew.user()["UserName"]}
    groups = [crew.group()["GroupName"] for _ in range(11)]
    for group in groups[:10]:
        iam.add_user_to_group(GroupName=group, **who)
    refused("LimitExceeded", iam.add_user_to_group, GroupName=groups[10], **who)
    iam.add_user_to_group(GroupName=groups[0], **who)
    iam.remove_user_from_group(GroupName=groups[0], **who)
    iam.add_user_to_group(GroupName=groups[10], **who)
