"""ListLicenses and ListLicenseVersions: pages and filters (W50-W54, 4.5, 4.6)."""

import pytest

import documents
import program
from documents import LONG_AGO
from shop import Shop, refused

BAD_FILTERS = {
    "unknown name": [{"Name": "Nothing", "Values": ["x"]}],
    "name in another case": [{"Name": "productsku", "Values": ["x"]}],
    "no value": [{"Name": "ProductSKU", "Values": []}],
    "two values": [{"Name": "ProductSKU", "Values": ["x", "y"]}],
    "no values": [{"Name": "ProductSKU"}],
    "no name": [{"Values": ["x"]}],
}


@pytest.fixture(scope="module")
def family(seller):
    """Five licenses of one product, in the order of their creation."""
    sku, shop = f"sku-{documents.token()}", Shop(seller)
    expired = {"Begin": LONG_AGO, "End": "2021-01-01T00:00:00Z"}
    changes = [
        {},
        {"Beneficiary": "Another"},
        {"Issuer": {"Name": "Another issuer"}},
        {"Validity": expired},
        {"Beneficiary": "Another"},
    ]
    made = [shop.create(ProductSKU=sku, **change) for change in changes]
    made[4].delete()
    return made


def listed(client, **members):
    return [license["LicenseArn"] for license in client.list_licenses(**members)["Licenses"]]


def test_W52_filters_and_together(seller, family):
    arns = [sold.arn for sold in family]

    def found(**filters):
        filters = {"ProductSKU": family[0].sku} | filters
        terms = [{"Name": name, "Values": [value]} for name, value in filters.items()]
        return [arns.index(arn) for arn in listed(seller, Filters=terms)]

    assert found() == [0, 1, 2, 3, 4], "W51: in creation order; 4.5: deleted ones too"
    assert found(Beneficiary="Another") == [1, 4]
    assert found(Beneficiary="another") == []
    assert found(Fingerprint=family[2].fingerprint) == [2]
    assert found(Status="EXPIRED") == [3]
    assert found(Status="DELETED") == [4]
    assert found(Status="AVAILABLE") == [0, 1, 2]
    assert found(Status="AVAILABLE", Beneficiary="Another") == [1]


@pytest.mark.parametrize("filters", BAD_FILTERS.values(), ids=BAD_FILTERS)
def test_W53_bad_filters(server, filters):
    reply = server.call("ListLicenses", {"Filters": filters})
    assert (reply.status, reply.code) == (400, "InvalidParameterValueException")


def test_W54_arns_select_and_unknown_ones_are_left_out(seller, buyer, family):
    unknown = f"arn:aws:license-manager::{program.SELLER}:license:l-{'0' * 32}"
    wanted = [family[2].arn, unknown, family[0].arn]
    assert sorted(listed(seller, LicenseArns=wanted)) == sorted([family[0].arn, family[2].arn])
    deleted = [{"Name": "Status", "Values": ["DELETED"]}]
    assert listed(seller, LicenseArns=wanted, Filters=deleted) == []
    assert listed(buyer, LicenseArns=wanted) == [], "licenses of the calling account"


def test_W50_W51_pages(seller, family):
    terms = [{"Name": "ProductSKU", "Values": [family[0].sku]}]
    members, pages = {"Filters": terms, "MaxResults": 2}, []
    while True:
        answer = seller.list_licenses(**members)
        pages.append([license["LicenseArn"] for license in answer["Licenses"]])
        if "NextToken" not in answer:
            break
        members["NextToken"] = answer["NextToken"]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert sum(pages, []) == [sold.arn for sold in family]
    exact = seller.list_licenses(Filters=terms, MaxResults=5)
    assert len(exact["Licenses"]) == 5 and "NextToken" not in exact


def test_W51_the_default_page_holds_a_hundred(server):
    reseller = server.client("reseller")
    shop = Shop(reseller)
    have = len(listed(reseller))
    for _ in range(101 - have):
        shop.create()
    first = reseller.list_licenses()
    assert len(first["Licenses"]) == 100
    rest = reseller.list_licenses(NextToken=first["NextToken"])
    assert len(rest["Licenses"]) == 1 and "NextToken" not in rest


@pytest.mark.parametrize("token", ["", "x", "AAAA", "1", "-1", "ä" * 200])
def test_W51_bad_tokens(seller, family, token):
    refused("InvalidParameterValueException", seller.list_licenses, NextToken=token)
    versions = {"LicenseArn": family[0].arn, "NextToken": token}
    refused("InvalidParameterValueException", seller.list_license_versions, **versions)


def test_4_6_versions_ascend(seller, shop):
    sold = shop.create()
    for number in range(2, 6):
        sold.amend(LicenseName=f"Number {number}")
    whole = seller.list_license_versions(LicenseArn=sold.arn)
    assert [license["Version"] for license in whole["Licenses"]] == list("12345")
    assert whole["Licenses"][4] == sold.get()
    first = seller.list_license_versions(LicenseArn=sold.arn, MaxResults=3)
    rest = seller.list_license_versions(LicenseArn=sold.arn, NextToken=first["NextToken"])
    assert first["Licenses"] + rest["Licenses"] == whole["Licenses"]


def test_4_5_current_versions_only(seller, shop):
    sold = shop.create()
    sold.amend(LicenseName="Second")
    (license,) = seller.list_licenses(LicenseArns=[sold.arn])["Licenses"]
    assert license == sold.get()
    assert license["LicenseName"] == "Second"
