"""CreateGrant by the license's owner, and GetGrant (G1, G6, G10-G12, G15-G18, G22, W75, W76)."""

import datetime

import pytest

import clock as clocks
import program
import trade
from documents import LONG_AGO, ask
from shop import refused
from trade import GRANT_ARN, PASS_ON, USE, answered, request, text_of

HOME_TEXT = "Grant can only be created in resource home AWS region: us-east-1"
BAD_PRINCIPALS = [
    f"arn:aws:iam::{program.BUYER}:user/somebody",
    f"arn:aws:iam::{program.BUYER}:role/something",
    f"arn:aws:sts::{program.BUYER}:root",
    "arn:aws:iam::12345:root",
    "arn:aws:iam::12345678901a:root",
    f"arn:aws:organizations::{program.BUYER}:account/o-abcdefghij/{program.BUYER}",
    f"arn:aws:organizations::{program.BUYER}:organization/x-abcdefghij",
    f"arn:aws:organizations::{program.BUYER}:ou/o-abcdefghij",
]


def test_G1_G8_G10_a_grant_to_an_account_waits_to_be_accepted(vendor, customer):
    """Without an organization that accepts for it. The forms are those of 1.5."""
    sold = vendor.sell()
    grant = vendor.grant(sold, customer, GrantName="A name: with (signs), äöü")
    assert answered(grant.created) == ("PENDING_ACCEPT", "1")
    assert GRANT_ARN.fullmatch(grant.arn)[1] == vendor.account, "the granter's account"
    assert grant.get() == {
        "GrantArn": grant.arn,
        "GrantName": "A name: with (signs), äöü",
        "ParentArn": sold.arn,
        "LicenseArn": sold.arn,
        "GranteePrincipalArn": customer.principal,
        "HomeRegion": "us-east-1",
        "GrantStatus": "PENDING_ACCEPT",
        "Version": "1",
        "GrantedOperations": USE,
    }


def test_G11_G12_the_owner_may_grant_any_operations(vendor, customer):
    for operations in (USE, PASS_ON, ["CheckoutLicense"], ["CreateGrant"]):
        grant = vendor.grant(vendor.sell(), customer, operations)
        assert grant.get()["GrantedOperations"] == operations


def test_G6_G30_old_versions_stay_readable(vendor, customer):
    grant = vendor.grant(vendor.sell(), customer)
    grant.accept()
    grant.activate()
    grant.change(GrantName="Renamed")
    states = [grant.get(Version=version) for version in "1234"]
    found = [(it["GrantStatus"], it["GrantName"], it["Version"]) for it in states]
    assert found == [
        ("PENDING_ACCEPT", "Example grant", "1"),
        ("DISABLED", "Example grant", "2"),
        ("ACTIVE", "Example grant", "3"),
        ("ACTIVE", "Renamed", "4"),
    ]
    assert grant.get() == states[3]


def test_4_14_who_sees_a_grant(vendor, dealer, customer, third):
    sold = vendor.sell()
    first = vendor.lend(sold, dealer, PASS_ON)
    second = dealer.grant(sold, customer)
    for party in (dealer, customer, vendor):
        assert second.get(party)["GrantArn"] == second.arn, "the license's owner too"
    assert first.get(dealer)["GrantArn"] == first.arn
    for grant, stranger in ((first, customer), (first, third), (second, third)):
        refused("InvalidParameterValueException", grant.get, stranger)
    refused("InvalidParameterValueException", vendor.client.get_grant, GrantArn=trade.UNKNOWN)


@pytest.mark.parametrize("version", ["0", "2", "02", "+1", "-1", "x", "", "9" * 30])
def test_4_14_unknown_versions(vendor, customer, version):
    grant = vendor.grant(vendor.sell(), customer)
    refused("InvalidParameterValueException", grant.get, Version=version)


@pytest.mark.parametrize("principal", BAD_PRINCIPALS)
def test_G15_other_principals(vendor, customer, principal):
    sold = vendor.sell()
    vendor.refuse("InvalidParameterValueException", sold, customer, Principals=[principal])


def test_G15_exactly_one_principal(server, vendor, customer, third):
    """Section 4 (V); botocore sends a list that is too long."""
    sold = vendor.sell()
    for principals in ([], [customer.principal, third.principal]):
        members = request(sold, customer, Principals=principals)
        reply = server.call("CreateGrant", members)
        assert (reply.status, reply.code) == (400, "ValidationException")
        assert "'principals'" in reply.message


def test_4_12_from_one_to_eight_operations(server, vendor, customer):
    sold = vendor.sell()
    for operations in ([], ["CheckoutLicense"] * 9, ["Everything"], ["ExtendLicenseConsumption"]):
        reply = server.call("CreateGrant", request(sold, customer, operations))
        assert (reply.status, reply.code) == (400, "ValidationException"), operations
    grant = vendor.grant(sold, customer, ["CheckoutLicense"] * 8)
    assert grant.get()["GrantedOperations"] == ["CheckoutLicense"]


def test_G16_no_grant_to_the_creator_or_to_oneself(vendor, dealer):
    sold = vendor.sell()
    vendor.refuse("ValidationException", sold, vendor)
    vendor.lend(sold, dealer, PASS_ON)
    dealer.refuse("ValidationException", sold, vendor)
    dealer.refuse("ValidationException", sold, dealer)


def test_G17_licenses_that_are_not_there(vendor, dealer, customer):
    sold = vendor.sell()
    unknown = f"arn:aws:license-manager::{vendor.account}:license:l-{'0' * 32}"
    code = "InvalidParameterValueException"
    vendor.refuse(code, sold, customer, LicenseArn=unknown)
    vendor.refuse(code, sold, customer, LicenseArn=trade.UNKNOWN)
    dealer.refuse(code, sold, customer)


def test_G17_licenses_that_are_over(vendor, customer, clock):
    deleted, past = vendor.sell(), {"Begin": LONG_AGO, "End": "2021-01-01T00:00:00Z"}
    deleted.delete()
    vendor.refuse("ValidationException", deleted, customer)
    vendor.refuse("ValidationException", vendor.sell(Validity=past), customer)
    ahead = clocks.text(clock.now() + datetime.timedelta(days=1))
    vendor.grant(vendor.sell(Validity={"Begin": ahead}), customer)


def test_G18_W75_only_in_the_home_region(server, vendor, customer):
    sold = vendor.sell()
    elsewhere = server.client("seller", region="eu-west-1")
    for members in (request(sold, customer), request(sold, customer, HomeRegion="eu-west-1")):
        answer = refused("ValidationException", elsewhere.create_grant, **members)
        assert text_of(answer) == HOME_TEXT


def test_G18_W76_the_home_region_is_the_licenses(vendor, customer):
    sold = vendor.sell()
    answer = vendor.refuse("ValidationException", sold, customer, HomeRegion="eu-west-1")
    assert text_of(answer) == HOME_TEXT


def test_W78_everything_else_works_in_every_region(server, vendor, customer):
    grant = vendor.grant(vendor.sell(), customer)
    far = server.client("buyer", region="ap-southeast-2")
    far_seller = server.client("seller", region="ap-southeast-2")
    version = {"GrantArn": grant.arn, "ClientToken": "x" * 10}
    assert far.get_grant(GrantArn=grant.arn)["Grant"]["GrantStatus"] == "PENDING_ACCEPT"
    assert far.accept_grant(GrantArn=grant.arn)["Status"] == "DISABLED"
    assert far.create_grant_version(Status="ACTIVE", **version)["Status"] == "ACTIVE"
    assert grant.taker.holds(grant.sold).usage() == 0
    held = trade.Received(far, grant.sold.document, grant.sold.created)
    held.check_in(held.check_out(ask()))
    assert far.list_received_licenses(LicenseArns=[grant.sold.arn])["Licenses"]
    assert far_seller.list_distributed_grants(GrantArns=[grant.arn])["Grants"]
    assert far.list_received_grants(GrantArns=[grant.arn])["Grants"]
    assert far.reject_grant(GrantArn=grant.arn)["Status"] == "REJECTED"
    other = vendor.grant(grant.sold, customer)
    deleted = far_seller.delete_grant(GrantArn=other.arn, Version="1")
    assert deleted["Status"] == "DELETED"


def test_G22_one_open_grant_of_a_license_to_a_principal(vendor, customer, third):
    sold = vendor.sell()
    grant = vendor.grant(sold, customer)
    vendor.grant(sold, third)
    vendor.refuse("ValidationException", sold, customer)
    grant.accept()
    vendor.refuse("ValidationException", sold, customer)
    grant.activate()
    vendor.refuse("ValidationException", sold, customer)
    grant.reject()
    again = vendor.grant(sold, customer)
    again.delete()
    vendor.grant(sold, customer)
    vendor.grant(vendor.sell(), customer)


def test_G22_from_another_granter_too(vendor, dealer, customer):
    sold = vendor.sell()
    vendor.lend(sold, dealer, PASS_ON)
    vendor.grant(sold, customer)
    dealer.refuse("ValidationException", sold, customer)


def test_4_12_a_name_may_be_anything(vendor, customer):
    """The model has no limit for it, and the reference states none."""
    for name in ("", " ", "x" * 5000):
        grant = vendor.grant(vendor.sell(), customer, GrantName=name)
        assert grant.get()["GrantName"] == name
        grant.change(GrantName="")
        assert grant.get()["GrantName"] == ""
