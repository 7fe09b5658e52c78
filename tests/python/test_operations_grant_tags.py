"""Tags of grants (TG1-TG5); what they cap is in test_operations_grant_caps.py."""

import pytest

import trade
from shop import refused
from test_operations_tags import BAD_TAGS, tag, tags_of
from trade import PASS_ON

VALUE = "InvalidParameterValueException"


@pytest.fixture
def grant(vendor, customer):
    return vendor.grant(vendor.sell(), customer, Tags=[tag("first", "1")])


def test_TG1_TG2_grants_have_tags(vendor, grant):
    client, arn = vendor.client, grant.arn
    assert tags_of(client, arn) == {"first": "1"}
    client.tag_resource(ResourceArn=arn, Tags=[tag("first", "2"), tag("Größe", "")])
    assert tags_of(client, arn) == {"first": "2", "Größe": ""}
    client.untag_resource(ResourceArn=arn, TagKeys=["first", "missing"])
    assert tags_of(client, arn) == {"Größe": ""}
    assert grant.version == "1", "tags make no version"


@pytest.mark.parametrize("tags", BAD_TAGS.values(), ids=BAD_TAGS)
def test_TG3_bad_tags(vendor, customer, grant, tags):
    refused(VALUE, vendor.client.tag_resource, ResourceArn=grant.arn, Tags=tags)
    assert tags_of(vendor.client, grant.arn) == {"first": "1"}
    vendor.refuse(VALUE, vendor.sell(), customer, Tags=tags)


def test_TG3_fifty_tags(vendor, grant):
    client, arn = vendor.client, grant.arn
    client.tag_resource(ResourceArn=arn, Tags=[tag(f"k{i}") for i in range(49)])
    refused(VALUE, client.tag_resource, ResourceArn=arn, Tags=[tag("one more")])
    assert len(tags_of(client, arn)) == 50


def test_TG4_only_who_gave_the_grant(vendor, dealer, customer, third):
    sold = vendor.sell()
    vendor.lend(sold, dealer, PASS_ON)
    grant = dealer.lend(sold, customer)
    for party in (vendor, customer, third):
        check_refused(party.client, grant.arn)
    dealer.client.tag_resource(ResourceArn=grant.arn, Tags=[tag("k")])


@pytest.mark.parametrize("arn", [trade.UNKNOWN, trade.UNKNOWN + "0"])
def test_TG4_unknown_grants(seller, arn):
    check_refused(seller, arn)


def check_refused(client, arn):
    refused(VALUE, client.tag_resource, ResourceArn=arn, Tags=[tag("k")])
    refused(VALUE, client.untag_resource, ResourceArn=arn, TagKeys=["k"])
    refused(VALUE, client.list_tags_for_resource, ResourceArn=arn)


def test_TG5_tags_are_not_copied(vendor, dealer, customer):
    sold = vendor.sell(Tags=[tag("of the license")])
    first = vendor.lend(sold, dealer, PASS_ON)
    second = dealer.grant(sold, customer)
    assert tags_of(vendor.client, first.arn) == {}
    first.tag(Users=1)
    assert tags_of(dealer.client, second.arn) == {}
    assert "Tags" not in customer.received(sold)


def test_L7_tags_of_a_grant_whose_license_is_deleted(vendor, grant):
    grant.sold.delete()
    client, arn = vendor.client, grant.arn
    assert tags_of(client, arn) == {"first": "1"}
    refused("ValidationException", client.tag_resource, ResourceArn=arn, Tags=[tag("k")])
    refused("ValidationException", client.untag_resource, ResourceArn=arn, TagKeys=["first"])
