"""IAM: two at once, or many (one wins), and the quotas of accounts."""

import collections

import program
from people import Crew, allow, name
from racing import race
from shop import refused

CLIENTS = 16


def outcomes(server, operation, requests):
    replies = race([server], requests, f"iam:{operation}")
    return collections.Counter("done" if reply.status == 200 else reply.code for reply in replies)


def test_one_of_many_users_of_one_name_is_made(server, crew):
    who = {"UserName": name("user")}
    found = outcomes(server, "CreateUser", [who] * CLIENTS)
    assert found == {"done": 1, "EntityAlreadyExists": CLIENTS - 1}
    found = outcomes(server, "DeleteUser", [who] * CLIENTS)
    assert found == {"done": 1, "NoSuchEntity": CLIENTS - 1}


def test_two_keys_and_no_more(server, crew):
    who = {"UserName": crew.user()["UserName"]}
    found = outcomes(server, "CreateAccessKey", [who] * CLIENTS)
    assert found == {"done": 2, "LimitExceeded": CLIENTS - 2}
    assert len(crew.client.list_access_keys(**who)["AccessKeyMetadata"]) == 2


def test_five_versions_and_no_more(server, crew):
    arn = crew.policy()["Arn"]
    version = {"PolicyArn": arn, "PolicyDocument": allow()}
    found = outcomes(server, "CreatePolicyVersion", [version] * CLIENTS)
    assert found == {"done": 4, "LimitExceeded": CLIENTS - 4}
    versions = crew.client.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [each["VersionId"] for each in versions] == ["v5", "v4", "v3", "v2", "v1"]


def test_a_group_does_not_go_while_somebody_comes(server, crew):
    """Either it is deleted and nobody is in it, or somebody is and it stays."""
    for _ in range(5):
        group, user = crew.group()["GroupName"], crew.user()["UserName"]
        member = {"GroupName": group, "UserName": user}
        signed = [("DeleteGroup", {"GroupName": group}), ("AddUserToGroup", member)] * 4
        replies = mixed(server, signed)
        deleted = any(reply.status == 200 for reply in replies[::2])
        added = any(reply.status == 200 for reply in replies[1::2])
        assert deleted != added
        groups = crew.client.list_groups_for_user(UserName=user)["Groups"]
        assert len(groups) == (1 if added else 0)


def mixed(server, signed):
    """Sends different operations at the same moment."""
    operations = [operation for operation, _ in signed]
    return race([server], [members for _, members in signed], [f"iam:{each}" for each in operations])


def test_quotas_of_an_account_are_settings(tmp_path):
    settings = tmp_path / "leasehold.toml"
    settings.write_text("[quotas]\nusers_per_account_max = 2\nproviders_per_account_max = 1\n")
    with program.serving(tmp_path / "server", "--config", str(settings)) as server:
        crew = Crew(server)
        made = [crew.user() for _ in range(2)]
        refused("LimitExceeded", crew.user)
        crew.client.delete_user(UserName=made[0]["UserName"])
        crew.user()
        assert crew.client.get_account_summary()["SummaryMap"]["UsersQuota"] == 2
        provider = crew.client.create_open_id_connect_provider
        provider(Url="https://one.example.com")
        refused("LimitExceeded", provider, Url="https://two.example.com")
        crew.group()
        assert Crew(server, "buyer").user(), "each account has its own"
