"""IAM: access keys, and who they sign for."""

import time

import program
import wire
from people import Crew, name, pages, who
from shop import refused


def test_the_life_of_a_key(server, crew, iam):
    user = crew.user(Path="/team/")
    owner = {"UserName": user["UserName"]}
    made = iam.create_access_key(**owner)["AccessKey"]
    assert made["AccessKeyId"].startswith("AKIA") and len(made["AccessKeyId"]) == 20
    assert (made["UserName"], made["Status"]) == (user["UserName"], "Active")
    key = wire.key(made["AccessKeyId"], made["SecretAccessKey"])
    assert who(server, key) == (user["Arn"], user["UserId"])
    [listed] = iam.list_access_keys(**owner)["AccessKeyMetadata"]
    assert listed == {each: made[each] for each in listed}
    assert "SecretAccessKey" not in listed, "it is shown once"
    which = owner | {"AccessKeyId": key.access_key}
    iam.update_access_key(**which, Status="Inactive")
    assert who(server, key) == "InvalidClientTokenId", "at once"
    assert iam.list_access_keys(**owner)["AccessKeyMetadata"][0]["Status"] == "Inactive"
    iam.update_access_key(**which, Status="Active")
    assert who(server, key)[0] == user["Arn"]
    iam.update_user(**owner, NewUserName=(new := name("user")))
    assert who(server, key)[0].endswith(f":user/team/{new}"), "its new name, at once"
    which["UserName"] = new
    refused("InvalidInput", iam.update_access_key, **which, Status="Expired")
    iam.delete_access_key(**which)
    assert who(server, key) == "InvalidClientTokenId"
    refused("NoSuchEntity", iam.delete_access_key, **which)


def test_two_keys_a_user(crew, iam):
    owner = {"UserName": crew.user()["UserName"]}
    keys = [iam.create_access_key(**owner)["AccessKey"]["AccessKeyId"] for _ in range(2)]
    refused("LimitExceeded", iam.create_access_key, **owner)
    found = pages(iam.list_access_keys, "AccessKeyMetadata", **owner)
    assert sorted(key["AccessKeyId"] for key in found) == sorted(keys)
    iam.update_access_key(**owner, AccessKeyId=keys[0], Status="Inactive")
    refused("LimitExceeded", iam.create_access_key, **owner)
    iam.delete_access_key(**owner, AccessKeyId=keys[0])
    iam.create_access_key(**owner)
    refused("NoSuchEntity", iam.create_access_key, UserName="nobody")


def test_a_key_is_found_with_its_user_alone(server, crew, iam):
    one, other = crew.user(), crew.user()
    key = {"AccessKeyId": crew.key(one).access_key}
    for owner in ({"UserName": other["UserName"]}, {}):
        refused("NoSuchEntity", iam.delete_access_key, **owner, **key)
        refused("NoSuchEntity", iam.update_access_key, **owner, **key, Status="Inactive")
    strange = Crew(server, "buyer")
    strange.user(UserName=one["UserName"])
    refused("NoSuchEntity", strange.client.delete_access_key, UserName=one["UserName"], **key)


def test_the_root_has_keys_too(own_server):
    iam = own_server.client("seller", "iam")
    root = iam.get_user()["User"]
    assert (root["UserId"], root["UserName"]) == (program.SELLER, "root")
    assert root["Arn"] == f"arn:aws:iam::{program.SELLER}:root"
    [old] = iam.list_access_keys()["AccessKeyMetadata"]
    assert old["AccessKeyId"] == own_server.key().access_key and "UserName" not in old
    made = iam.create_access_key()["AccessKey"]
    key = wire.key(made["AccessKeyId"], made["SecretAccessKey"])
    assert who(own_server, key) == (root["Arn"], program.SELLER)
    refused("LimitExceeded", iam.create_access_key)
    iam.delete_access_key(AccessKeyId=key.access_key)
    assert who(own_server, key) == "InvalidClientTokenId"


def test_the_last_use_of_a_key(own_server):
    crew = Crew(own_server)
    user = crew.user()
    key = crew.key(user)
    asked = {"AccessKeyId": key.access_key}
    fresh = crew.client.get_access_key_last_used(**asked)
    assert fresh["UserName"] == user["UserName"]
    assert fresh["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    wire.form_request(own_server.url, region="eu-west-1").sign(key).send()
    used = crew.client.get_access_key_last_used(**asked)["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("sts", "eu-west-1")
    own_server.stop()
    own_server.start()
    crew = Crew(own_server)
    assert crew.client.get_access_key_last_used(**asked)["AccessKeyLastUsed"] == used
    strange = Crew(own_server, "buyer").client
    for asked in (asked, {"AccessKeyId": "AKIA" + "0" * 16}):
        refused("AccessDenied", strange.get_access_key_last_used, **asked)
    crew.client.delete_access_key(UserName=user["UserName"], AccessKeyId=key.access_key)


def test_keys_and_users_survive_a_crash(own_server):
    crew = Crew(own_server)
    user = crew.user()
    key = crew.key(user)
    own_server.restart()
    assert who(own_server, key) == (user["Arn"], user["UserId"])
    assert Crew(own_server).client.get_user(UserName=user["UserName"])["User"] == user


def test_what_one_server_changes_another_soon_knows(tmp_path, postgres):
    with program.serving_twice(tmp_path, postgres()) as (first, second):
        crew = Crew(first)
        user = crew.user()
        key = crew.key(user)
        assert who(second, key)[0] == user["Arn"]
        which = {"UserName": user["UserName"], "AccessKeyId": key.access_key}
        crew.client.delete_access_key(**which)
        deleted = time.monotonic()
        assert who(first, key) == "InvalidClientTokenId"
        while who(second, key) != "InvalidClientTokenId":
            assert time.monotonic() - deleted < 2, "a second, by the documentation"
            time.sleep(0.05)
