"""What becomes of a grant: every transition of 3.2, and none beside them (G2, G3, G6, G24, G25,
G30-G34, G40-G44)."""

import pytest

import trade
from documents import ask
from shop import refused
from trade import PASS_ON, USE, answered, text_of

REASON = "Because ä." + "x" * 390

# How a grant gets into a status, from PENDING_ACCEPT, which is where it begins (G1).
WAYS = {
    "PENDING_ACCEPT": [],
    "DISABLED": ["accept"],
    "ACTIVE": ["accept", "activate"],
    "REJECTED": ["reject"],
    "REJECTED after all": ["accept", "activate", "reject"],
    "DELETED": ["delete"],
    "DELETED after use": ["accept", "activate", "delete"],
}
EVENTS = {
    "accept": lambda grant: grant.accept(),
    "reject": lambda grant: grant.reject(),
    "activate": lambda grant: grant.activate(),
    "disable": lambda grant: grant.disable(),
    "delete": lambda grant: grant.delete(),
    "rename": lambda grant: grant.change(GrantName="Another name"),
    "narrow": lambda grant: grant.change(AllowedOperations=["CheckoutLicense"]),
    "empty": lambda grant: grant.change(),
}
# 3.2: the transitions that there are; every other one is refused.
LISTED = {
    ("PENDING_ACCEPT", "accept"): "DISABLED",
    ("PENDING_ACCEPT", "reject"): "REJECTED",
    ("PENDING_ACCEPT", "delete"): "DELETED",
    ("DISABLED", "activate"): "ACTIVE",
    ("DISABLED", "disable"): "DISABLED",
    ("DISABLED", "reject"): "REJECTED",
    ("DISABLED", "delete"): "DELETED",
    ("ACTIVE", "activate"): "ACTIVE",
    ("ACTIVE", "disable"): "DISABLED",
    ("ACTIVE", "reject"): "REJECTED",
    ("ACTIVE", "delete"): "DELETED",
}
# Changes that leave the status as it is: as long as the grant is not over (G30, G33).
LISTED |= {
    (status, event): status
    for status in ("PENDING_ACCEPT", "DISABLED", "ACTIVE")
    for event in ("rename", "narrow", "empty")
}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("way", WAYS)
def test_3_2_every_transition(vendor, customer, way, event):
    grant = vendor.grant(vendor.sell(), customer)
    for step in WAYS[way]:
        EVENTS[step](grant)
    before = grant.get()
    assert before["GrantStatus"] == way.split()[0]
    after = LISTED.get((before["GrantStatus"], event))
    if after is None:
        refused("ValidationException", EVENTS[event], grant)
        assert grant.get() == before, "nothing changed"
        return
    answer = EVENTS[event](grant)
    version = str(int(before["Version"]) + 1)
    assert answered(answer) == (after, version), "G6, G34: one more, whatever changed"
    found = grant.get()
    assert (found["GrantStatus"], found["Version"]) == (after, version)


STATUSES = ["PENDING_WORKFLOW", "PENDING_ACCEPT", "REJECTED", "FAILED_WORKFLOW"]
STATUSES += ["DELETED", "PENDING_DELETE", "WORKFLOW_COMPLETED"]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("way", WAYS)
def test_G32_no_other_status_can_be_set(vendor, customer, way, status):
    grant = vendor.grant(vendor.sell(), customer)
    for step in WAYS[way]:
        EVENTS[step](grant)
    before = grant.get()
    refused("ValidationException", grant.set, Status=status)
    refused("ValidationException", grant.change, Status=status)
    assert grant.get() == before


def test_G2_G6_acceptance_and_activation_are_two_steps(vendor, customer):
    grant = vendor.grant(vendor.sell(), customer)
    held = customer.holds(grant.sold)
    assert answered(grant.accept()) == ("DISABLED", "2")
    held.refuse(ask())
    assert answered(grant.activate()) == ("ACTIVE", "3")
    held.check_out(ask())
    assert answered(grant.disable()) == ("DISABLED", "4")
    held.refuse(ask())
    assert answered(grant.activate()) == ("ACTIVE", "5")
    held.check_out(ask())
    assert answered(grant.reject()) == ("REJECTED", "6")
    held.refuse(ask())


def test_G24_only_the_grantee_accepts_and_rejects(vendor, customer, third):
    grant = vendor.grant(vendor.sell(), customer)
    for party in (vendor, third):
        for verb, call in (("accept", grant.accept), ("reject", grant.reject)):
            answer = refused("ValidationException", call, party)
            expected = f"Caller {party.principal} is not allowed to {verb} this grant."
            assert text_of(answer) == expected
    assert grant.status == "PENDING_ACCEPT"


def test_4_16_unknown_grants(customer):
    code, unknown = "InvalidParameterValueException", {"GrantArn": trade.UNKNOWN}
    client = customer.client
    refused(code, client.accept_grant, **unknown)
    refused(code, client.reject_grant, **unknown)
    refused(code, client.delete_grant, Version="1", **unknown)
    refused(code, client.create_grant_version, ClientToken="x", Status="ACTIVE", **unknown)
    refused(code, client.get_grant, **unknown)


def test_G30_what_is_left_out_stays(vendor, customer):
    grant = vendor.grant(vendor.sell(), customer)
    grant.change(GrantName="Named")
    grant.change(AllowedOperations=["CheckoutLicense", "CreateGrant"])
    grant.accept()
    grant.activate()
    found = grant.get()
    assert (found["GrantName"], found["GrantStatus"]) == ("Named", "ACTIVE")
    assert found["GrantedOperations"] == ["CheckoutLicense", "CreateGrant"]
    assert grant.get(Version="1")["GrantedOperations"] == USE, "versions never change"


def test_G31_a_stale_source_version(vendor, customer):
    grant = vendor.grant(vendor.sell(), customer)
    grant.accept()
    for stale in ("1", "3", "0", "x", ""):
        refused("ValidationException", grant.set, Status="ACTIVE", SourceVersion=stale)
    assert answered(grant.set(Status="ACTIVE", SourceVersion="2")) == ("ACTIVE", "3")


def test_G33_who_may_change_what(vendor, dealer, customer, third):
    sold = vendor.sell()
    vendor.lend(sold, dealer, PASS_ON)
    grant = dealer.lend(sold, customer)
    refused("ValidationException", grant.set, GrantName="Mine")
    refused("ValidationException", grant.set, AllowedOperations=USE)
    refused("ValidationException", grant.set, GrantName="Mine", Status="DISABLED")
    refused("ValidationException", grant.change, Status="DISABLED")
    refused("ValidationException", grant.change, Status="ACTIVE")
    refused("InvalidParameterValueException", grant.set, third, Status="DISABLED")
    assert grant.version == "3"
    grant.change(GrantName="Yours")
    grant.disable()


def test_G40_only_the_grantor_deletes(vendor, dealer, customer, third):
    sold = vendor.sell()
    vendor.lend(sold, dealer, PASS_ON)
    grant = dealer.lend(sold, customer)
    for party in (customer, third, vendor):
        refused("ValidationException", grant.delete, party, version="3")
    assert grant.status == "ACTIVE"
    assert answered(grant.delete()) == ("DELETED", "4")


@pytest.mark.parametrize("version", ["1", "3", "0", "x", "", "02"])
def test_G41_the_version_is_the_current_one(vendor, customer, version):
    grant = vendor.grant(vendor.sell(), customer)
    grant.accept()
    client, members = vendor.client, {"GrantArn": grant.arn, "Version": version}
    answer = refused("ValidationException", client.delete_grant, **members)
    assert text_of(answer) == (
        "A grant cannot be deleted since the version provided doesn't match the latest "
        "version 2 in our records"
    )
    assert grant.status == "DISABLED"


def test_G42_G44_deleted_at_once_with_its_reason(vendor, customer):
    grant = vendor.lend(vendor.sell(), customer)
    assert answered(grant.delete(StatusReason=REASON)) == ("DELETED", "4")
    for party in (vendor, customer):
        found = grant.get(party)
        assert (found["GrantStatus"], found["StatusReason"]) == ("DELETED", REASON)
    received = customer.received(grant.sold)["ReceivedMetadata"]
    assert (received["ReceivedStatus"], received["ReceivedStatusReason"]) == ("DELETED", REASON)


def test_G44_the_reason_of_a_version(server, vendor, customer):
    grant = vendor.lend(vendor.sell(), customer)
    assert "StatusReason" not in grant.get()
    grant.set(Status="DISABLED", StatusReason=REASON)
    assert grant.get()["StatusReason"] == REASON
    assert customer.received(grant.sold)["ReceivedMetadata"]["ReceivedStatusReason"] == REASON
    members = {"GrantArn": grant.arn, "ClientToken": "x", "StatusReason": REASON + "x"}
    reply = server.call("CreateGrantVersion", members, "buyer")
    assert (reply.status, reply.code) == (400, "ValidationException")
    members = {"GrantArn": grant.arn, "Version": "4", "StatusReason": REASON + "x"}
    reply = server.call("DeleteGrant", members)
    assert (reply.status, reply.code) == (400, "ValidationException")


def test_L7_L32_a_deleted_license_takes_its_grants_along(vendor, dealer, customer):
    sold = vendor.sell()
    first = vendor.lend(sold, dealer, PASS_ON)
    second = dealer.lend(sold, customer)
    sold.delete()
    assert (first.status, second.get(customer)["GrantStatus"]) == ("DELETED", "DELETED")
    for grant in (first, second):
        refused("ValidationException", grant.accept)
        refused("ValidationException", grant.activate)
        refused("ValidationException", grant.delete, version=grant.version)
    for party in (dealer, customer):
        held = party.holds(sold)
        assert held.get()["Status"] == "DELETED", "former grantees read on"
        assert party.received(sold)["Status"] == "DELETED"
        assert party.received(sold)["ReceivedMetadata"]["ReceivedStatus"] == "DELETED"
        assert len(held.usages()) == 1
