"""TagResource, UntagResource and ListTagsForResource (TG1-TG4)."""

import pytest

import program
from shop import refused

UNKNOWN = f"arn:aws:license-manager::{program.SELLER}:license:l-{'0' * 32}"


def tag(key, value="v"):
    return {"Key": key, "Value": value}


BAD_TAGS = {
    "empty key": [tag("")],
    "long key": [tag("k" * 129)],
    "long value": [tag("k", "v" * 257)],
    "reserved prefix": [tag("aws:x")],
    "one key twice": [tag("k", "1"), tag("k", "2")],
    "51 tags": [tag(f"k{i}") for i in range(51)],
}


@pytest.fixture
def arn(shop):
    return shop.create(Tags=[tag("first", "1")]).arn


def tags_of(seller, arn):
    answer = seller.list_tags_for_resource(ResourceArn=arn)
    return {entry["Key"]: entry["Value"] for entry in answer["Tags"]}


def test_TG1_TG2_tags_are_overwritten_and_removed(seller, arn):
    assert tags_of(seller, arn) == {"first": "1"}
    seller.tag_resource(ResourceArn=arn, Tags=[tag("first", "2"), tag("Größe", ""), tag("c")])
    assert tags_of(seller, arn) == {"first": "2", "Größe": "", "c": "v"}
    seller.untag_resource(ResourceArn=arn, TagKeys=["c", "first", "missing"])
    assert tags_of(seller, arn) == {"Größe": ""}
    seller.untag_resource(ResourceArn=arn, TagKeys=["Größe"])
    assert tags_of(seller, arn) == {}


def test_TG3_the_greatest_tags_fit(seller, arn):
    most = [tag("k" * 128, "v" * 256)] + [tag(f"k{i}") for i in range(48)]
    seller.tag_resource(ResourceArn=arn, Tags=most)
    assert len(tags_of(seller, arn)) == 50
    full = {"ResourceArn": arn, "Tags": [tag("one more")]}
    refused("InvalidParameterValueException", seller.tag_resource, **full)
    seller.tag_resource(ResourceArn=arn, Tags=[tag("k0", "overwritten")])


@pytest.mark.parametrize("tags", BAD_TAGS.values(), ids=BAD_TAGS)
def test_TG3_bad_tags(shop, seller, arn, tags):
    members = {"ResourceArn": arn, "Tags": tags}
    refused("InvalidParameterValueException", seller.tag_resource, **members)
    assert tags_of(seller, arn) == {"first": "1"}, "all or nothing"
    shop.refuse("InvalidParameterValueException", Tags=tags)


@pytest.mark.parametrize("arn", [UNKNOWN, "arn:aws:s3:::bucket", "x", f"{UNKNOWN}0"])
def test_TG4_unknown_resources(seller, arn):
    check_refused(seller, arn)


def test_TG4_only_the_creator(buyer, arn):
    check_refused(buyer, arn)


def check_refused(client, arn):
    code = "InvalidParameterValueException"
    refused(code, client.tag_resource, ResourceArn=arn, Tags=[tag("k")])
    refused(code, client.untag_resource, ResourceArn=arn, TagKeys=["k"])
    refused(code, client.list_tags_for_resource, ResourceArn=arn)


def test_2_1_tags_are_not_part_of_the_license(seller, arn):
    assert "Tags" not in seller.get_license(LicenseArn=arn)["License"]
