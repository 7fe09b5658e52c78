"""The wire beside the operations: bodies, headers, Regions (W4-W16, W26, W70-W78)."""

import re

import pytest

import documents
import program
import wire
from documents import ask, license

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LOCATION = "https://license-manager.{}.amazonaws.com"


def test_W10_W13_W14_W15_headers_of_answers(server):
    fine = server.call("ListLicenses", {"MaxResults": 1})
    bad = server.call("ListLicenses", {"MaxResults": 0})
    for reply in (fine, bad):
        assert reply.headers["Content-Type"] == wire.JSON
        assert UUID.fullmatch(reply.headers["x-amzn-RequestId"])
    assert fine.headers["x-amzn-RequestId"] != bad.headers["x-amzn-RequestId"]
    assert fine.headers["x-amzn-ErrorType"] is None
    assert (bad.status, bad.headers["x-amzn-ErrorType"]) == (400, "ValidationException")
    assert bad.json.keys() == {"__type", "Message"}
    assert bad.code == "ValidationException"


def test_W4_unknown_members_are_ignored(server):
    assert server.call("ListLicenses", {"MaxResults": 1, "New": {"a": [1]}}).status == 200
    document = license()
    document["Issuer"]["New"] = "x"
    document["Entitlements"][0]["New"] = None
    assert server.call("CreateLicense", document).status == 200
    lower = {"licenseArn": "arn:aws:license-manager::1:license:l-1"}
    assert server.call("GetLicense", lower).code == "ValidationException", "names have one form"


def test_W5_null_is_absent(server, shop):
    document = license() | {"LicenseMetadata": None, "Tags": None}
    document["Validity"]["End"] = None
    document["Issuer"]["SignKey"] = None
    document["ConsumptionConfiguration"] |= {"RenewType": None, "BorrowConfiguration": None}
    created = server.call("CreateLicense", document)
    assert created.status == 200
    found = server.call("GetLicense", {"LicenseArn": created.json["LicenseArn"], "Version": None})
    assert found.json["License"]["Validity"] == {"Begin": documents.LONG_AGO}
    required = server.call("GetLicense", {"LicenseArn": None})
    assert (required.status, required.code) == (400, "ValidationException")


CONTENT_TYPES = [wire.JSON, f"{wire.JSON}; charset=utf-8", "Application/X-Amz-JSON-1.1"]


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_W7_content_types(server, content_type):
    request = wire.json_request(server.url, "ListLicenses", {"MaxResults": 1})
    request.headers["Content-Type"] = content_type
    assert request.sign(server.key()).send().status == 200


def test_W7_an_empty_body_counts_as_an_object(server):
    assert server.call("ListLicenses", b"").status == 200
    assert server.call("GetLicense", b"").code == "ValidationException"


@pytest.mark.parametrize("body", [b"[]", b"1", b'"x"', b"null", b"{", b"{}x", b"\xff", b"{'a':1}"])
def test_W7_other_bodies(server, body):
    reply = server.call("ListLicenses", body)
    assert (reply.status, reply.code) == (400, "SerializationException")


TARGETS = [None, "", "x", "AWSLicenseManager", "AWSLicenseManager.", "AWSLicenseManager.Nothing"]
TARGETS += ["AWSLicenseManager.createLicense", "AWSLicenseManager.GetLicense.x"]
TARGETS += ["Another.GetLicense", f"AWSLicenseManager.{'x' * 5000}"]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: str(target)[:40])
def test_W8_unknown_targets(server, target):
    request = wire.json_request(server.url, "ListLicenses", {})
    del request.headers["X-Amz-Target"]
    if target is not None:
        request.headers["X-Amz-Target"] = target
    reply = request.sign(server.key()).send()
    assert (reply.status, reply.code) == (404, "UnknownOperationException")
    assert reply.headers["x-amzn-RequestId"]


def test_W26_the_region_is_that_of_the_signature(server):
    def create(home, called):
        return server.call("CreateLicense", license(HomeRegion=home), region=called)

    assert create("ap-southeast-2", "ap-southeast-2").status == 200
    assert create("us-east-1", "ap-southeast-2").code == "RedirectException"


def check_redirect(reply, home):
    assert (reply.status, reply.code) == (400, "RedirectException")
    assert reply.json["Location"] == LOCATION.format(home)
    assert reply.json.keys() == {"__type", "Message", "Location"}
    assert reply.headers["x-amzn-ErrorType"] == "RedirectException"


def test_L11_L25_W70_W72_W73_changes_belong_in_the_home_region(server, shop):
    check_redirect(server.call("CreateLicense", license(), region="eu-west-1"), "us-east-1")
    arn = shop.create().arn
    version = documents.version(arn)
    check_redirect(server.call("CreateLicenseVersion", version, region="eu-west-1"), "us-east-1")
    delete = {"LicenseArn": arn, "SourceVersion": "1"}
    check_redirect(server.call("DeleteLicense", delete, region="eu-west-1"), "us-east-1")
    german = server.call("CreateLicense", license(HomeRegion="eu-central-1"), region="eu-central-1")
    delete["LicenseArn"] = german.json["LicenseArn"]
    check_redirect(server.call("DeleteLicense", delete), "eu-central-1")


def test_W74_W78_everything_else_works_in_any_region(server, shop):
    sold = shop.create()
    abroad = server.client("seller", region="sa-east-1")
    held = abroad.checkout_license(**sold.request(ask()))
    token = {"LicenseConsumptionToken": held["LicenseConsumptionToken"]}
    abroad.extend_license_consumption(**token)
    abroad.check_in_license(**token)
    arn = {"LicenseArn": sold.arn}
    assert abroad.get_license(**arn)["License"]["HomeRegion"] == "us-east-1"
    assert len(abroad.list_licenses(LicenseArns=[sold.arn])["Licenses"]) == 1
    assert len(abroad.list_license_versions(**arn)["Licenses"]) == 1
    assert abroad.get_license_usage(**arn)["LicenseUsage"]["EntitlementUsages"]
    abroad.tag_resource(ResourceArn=sold.arn, Tags=[{"Key": "a", "Value": "b"}])
    assert abroad.list_tags_for_resource(ResourceArn=sold.arn)["Tags"]
    abroad.untag_resource(ResourceArn=sold.arn, TagKeys=["a"])


@pytest.mark.parametrize("region", ["nowhere", "us-east", "US-EAST-1", "us-east-1 ", "-east-1"])
def test_W77_home_region_is_the_name_of_a_region(shop, region):
    shop.refuse("InvalidParameterValueException", HomeRegion=region)


@pytest.mark.parametrize("region", ["us-gov-west-1", "ap-southeast-12"])
def test_W77_long_names_of_regions(server, region):
    assert server.call("CreateLicense", license(HomeRegion=region), region=region).status == 200


def test_8_1_get_caller_identity(server):
    for profile, account in program.ACCOUNTS.items():
        identity = server.client(profile, "sts").get_caller_identity()
        assert identity["Account"] == account
        assert f"::{account}:" in identity["Arn"]
        assert identity["UserId"]
    reply = wire.form_request(server.url).sign(server.key()).send()
    assert reply.headers["Content-Type"].startswith("text/xml")
    assert UUID.fullmatch(reply.headers["x-amzn-RequestId"])
    assert b"https://sts.amazonaws.com/doc/2011-06-15/" in reply.body


@pytest.mark.parametrize("operation", ["CreateLicenseConfiguration", "ListResourceInventory"])
def test_12_operations_that_are_not_there(server, operation):
    reply = server.call(operation, {})
    assert (reply.status, reply.code) == (404, "UnknownOperationException")
