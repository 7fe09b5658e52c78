"""Idempotency by ClientToken of CreateGrant and CreateGrantVersion (W60-W64), and what happens to
repetitions of the calls that have none."""

import documents
from shop import refused
from trade import answered, request

VALUE = "InvalidParameterValueException"


def test_W62_create_grant_once(vendor, customer):
    sold = vendor.sell()
    members = request(sold, customer)
    answers = [vendor.client.create_grant(**members) for _ in range(3)]
    assert len({answer["GrantArn"] for answer in answers}) == 1, "not G22 with itself"
    filters = [{"Name": "LicenseArn", "Values": [sold.arn]}]
    assert len(vendor.client.list_distributed_grants(Filters=filters)["Grants"]) == 1


def test_W62_the_stored_answer_whatever_came_after(vendor, customer):
    sold = vendor.sell()
    members = request(sold, customer)
    first = vendor.client.create_grant(**members)
    customer.client.accept_grant(GrantArn=first["GrantArn"])
    again = vendor.client.create_grant(**members)
    assert again["GrantArn"] == first["GrantArn"]
    assert answered(again) == ("PENDING_ACCEPT", "1")


def test_W62_the_window_is_ten_minutes(vendor, customer, clock):
    sold = vendor.sell()
    members = request(sold, customer)
    first = vendor.client.create_grant(**members)
    clock.advance(minutes=9)
    assert vendor.client.create_grant(**members)["GrantArn"] == first["GrantArn"]
    clock.advance(minutes=2)
    refused("ValidationException", vendor.client.create_grant, **members)
    vendor.client.delete_grant(GrantArn=first["GrantArn"], Version="1")
    clock.advance(minutes=11)
    assert vendor.client.create_grant(**members)["GrantArn"] != first["GrantArn"]


def test_W63_other_parameters_with_the_same_token(vendor, customer, third):
    sold = vendor.sell()
    members = request(sold, customer)
    vendor.client.create_grant(**members)
    changes = [
        {"GrantName": "Another"},
        {"Principals": [third.principal]},
        {"AllowedOperations": ["CheckoutLicense"]},
        {"LicenseArn": vendor.sell().arn},
        {"Tags": [{"Key": "a", "Value": "b"}]},
    ]
    for change in changes:
        refused(VALUE, vendor.client.create_grant, **members | change)


def test_W64_refusals_are_not_remembered(vendor, customer):
    sold = vendor.sell()
    in_the_way = vendor.grant(sold, customer)
    members = request(sold, customer)
    refused("ValidationException", vendor.client.create_grant, **members)
    in_the_way.delete()
    assert vendor.client.create_grant(**members)["GrantArn"] != in_the_way.arn


def test_W62_W63_create_grant_version(vendor, customer, clock):
    grant = vendor.grant(vendor.sell(), customer)
    grant.accept()
    token = documents.token()
    for _ in range(3):
        assert answered(grant.set(Status="ACTIVE", ClientToken=token)) == ("ACTIVE", "3")
    assert grant.version == "3"
    refused(VALUE, grant.set, Status="DISABLED", ClientToken=token)
    clock.advance(minutes=11)
    assert answered(grant.set(Status="ACTIVE", ClientToken=token)) == ("ACTIVE", "4")


def test_W62_a_repeated_activation_does_not_undo_what_came_after(vendor, customer):
    grant = vendor.grant(vendor.sell(), customer)
    grant.accept()
    token = documents.token()
    grant.set(Status="ACTIVE", ClientToken=token)
    grant.disable()
    assert answered(grant.set(Status="ACTIVE", ClientToken=token)) == ("ACTIVE", "3")
    assert grant.status == "DISABLED"


def test_W64_a_refused_version_may_succeed_later(vendor, customer):
    grant = vendor.grant(vendor.sell(), customer)
    token = documents.token()
    refused("ValidationException", grant.set, Status="ACTIVE", ClientToken=token)
    grant.accept()
    assert answered(grant.set(Status="ACTIVE", ClientToken=token)) == ("ACTIVE", "3")


def test_W62_tokens_belong_to_an_account_and_an_operation(vendor, dealer, customer, third):
    token = documents.token()
    sold = vendor.sell(ClientToken=token)
    grant = vendor.grant(sold, dealer, ["CreateGrant", "CheckoutLicense"], ClientToken=token)
    grant.change(GrantName="Renamed", ClientToken=token)
    grant.accept()
    grant.set(Status="ACTIVE", ClientToken=token)
    dealer.grant(sold, third, ["CheckoutLicense"], ClientToken=token)
    assert dealer.holds(sold).check_out(documents.ask(), ClientToken=token)


def test_G25_a_second_acceptance_is_refused(vendor, customer):
    grant = vendor.grant(vendor.sell(), customer)
    grant.accept()
    refused("ValidationException", grant.accept)
    grant.reject()
    refused("ValidationException", grant.reject)
    assert grant.version == "3"
