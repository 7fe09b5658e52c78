"""Idempotency by ClientToken (W60-W64)."""

import documents
from documents import ask, counted
from shop import refused


def test_W62_create_license_once(shop, seller):
    document = documents.license()
    answers = [seller.create_license(**document) for _ in range(3)]
    assert len({answer["LicenseArn"] for answer in answers}) == 1
    filters = [{"Name": "ProductSKU", "Values": [document["ProductSKU"]]}]
    assert len(seller.list_licenses(Filters=filters)["Licenses"]) == 1


def test_W62_the_window_is_ten_minutes(shop, seller, clock):
    document = documents.license()
    first = seller.create_license(**document)
    clock.advance(minutes=9)
    assert seller.create_license(**document)["LicenseArn"] == first["LicenseArn"]
    clock.advance(minutes=2)
    assert seller.create_license(**document)["LicenseArn"] != first["LicenseArn"]


def test_W63_other_parameters_with_the_same_token(shop, seller):
    document = documents.license()
    seller.create_license(**document)
    other = document | {"ProductName": "Another product"}
    refused("InvalidParameterValueException", seller.create_license, **other)


def test_W62_W63_create_license_version(shop, seller):
    sold = shop.create()
    document = documents.version(sold.arn, SourceVersion="1")
    first = seller.create_license_version(**document)
    again = seller.create_license_version(**document)
    assert first["Version"] == again["Version"] == "2", "not a conflict with itself"
    other = document | {"ProductName": "Another product"}
    refused("ValidationException", seller.create_license_version, **other)
    assert sold.get()["Version"] == "2"


def test_W62_check_out_takes_once(shop, clock):
    sold = shop.create()
    request = sold.request(ask(value=3), NodeId="node")
    first = sold.client.checkout_license(**request)
    clock.advance(minutes=5)
    again = sold.client.checkout_license(**request)
    for answer in (first, again):
        del answer["ResponseMetadata"]
    assert first == again
    assert sold.usage() == 3
    clock.advance(minutes=6)
    later = sold.client.checkout_license(**request)
    assert later["LicenseConsumptionToken"] != first["LicenseConsumptionToken"]
    assert sold.usage() == 6


def test_W62_a_replay_does_not_undo_a_check_in(shop):
    sold = shop.create()
    request = sold.request(ask())
    first = sold.client.checkout_license(**request)
    sold.check_in(first)
    again = sold.client.checkout_license(**request)
    assert again["LicenseConsumptionToken"] == first["LicenseConsumptionToken"]
    assert sold.usage() == 0


def test_W63_check_out_with_other_parameters(shop):
    sold = shop.create()
    request = sold.request(ask())
    sold.client.checkout_license(**request)
    changes = [
        {"Entitlements": [ask(value=2)]},
        {"NodeId": "node"},
        {"CheckoutType": "PERPETUAL"},
        {"Beneficiary": "another"},
    ]
    for change in changes:
        call = sold.client.checkout_license
        refused("InvalidParameterValueException", call, **request | change)
    assert sold.usage() == 1


def test_W62_tokens_belong_to_an_account_and_an_operation(shop, seller, buyer):
    document = documents.license()
    mine = seller.create_license(**document)
    theirs = buyer.create_license(**document)
    assert mine["LicenseArn"] != theirs["LicenseArn"]
    sold = shop.create()
    request = sold.request(ask(), ClientToken=document["ClientToken"])
    assert seller.checkout_license(**request)


def test_W64_refusals_are_not_remembered(shop):
    sold = shop.create(Entitlements=[counted(max_count=1)])
    held = sold.check_out(ask())
    request = sold.request(ask())
    refused("NoEntitlementsAllowedException", sold.client.checkout_license, **request)
    sold.check_in(held)
    assert sold.client.checkout_license(**request)["EntitlementsAllowed"]


def test_W60_the_longest_token(shop):
    sold = shop.create(ClientToken="x" * 2048)
    sold.check_out(ask(), ClientToken="!" + "ä" * 2047)
