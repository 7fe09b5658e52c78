"""AWS Organizations as its clients see it: G4, G7, G8, G19, G50-G52 build on this directory."""

import re

import people
import program
import tokens
import wire
from callers import User, allow
from directory import COMPANION, MANAGER, MEMBER, OTHER, SERVICE, invite, join, unit
from shop import refused
from terminal import Cli


def test_G50_the_tour_of_the_cli(own_server):
    cli = Cli(own_server, service="organizations")
    made = cli.ok("create-organization")["Organization"]
    assert re.fullmatch(r"o-[a-z0-9]{10}", made["Id"])
    assert made["Arn"] == f"arn:aws:organizations::{MANAGER}:organization/{made['Id']}"
    assert (made["FeatureSet"], made["MasterAccountId"]) == ("ALL", MANAGER)
    root = cli.ok("list-roots")["Roots"][0]
    assert root["Arn"] == f"arn:aws:organizations::{MANAGER}:root/{made['Id']}/{root['Id']}"

    outer = create_unit(cli, root["Id"], "Customers")
    inner = create_unit(cli, outer["Id"], "Europe")
    assert re.fullmatch(f"ou-{root['Id'][2:]}-[a-z0-9]{{8}}", inner["Id"])
    assert inner["Path"] == f"{made['Id']}/{root['Id']}/{outer['Id']}/{inner['Id']}/"
    children = cli.ok("list-children", parent_id=outer["Id"], child_type="ORGANIZATIONAL_UNIT")
    assert children["Children"] == [{"Id": inner["Id"], "Type": "ORGANIZATIONAL_UNIT"}]

    shake = cli.ok("invite-account-to-organization", target={"Type": "ACCOUNT", "Id": MEMBER})
    shake = shake["Handshake"]
    assert (shake["State"], shake["Action"]) == ("OPEN", "INVITE")
    buyer = Cli(own_server, "buyer", "organizations")
    [waiting] = buyer.ok("list-handshakes-for-account")["Handshakes"]
    assert waiting["Id"] == shake["Id"]
    accepted = buyer.ok("accept-handshake", handshake_id=shake["Id"])["Handshake"]
    assert accepted["State"] == "ACCEPTED"
    assert buyer.ok("describe-organization")["Organization"] == made

    cli.ok(
        "move-account",
        account_id=MEMBER,
        source_parent_id=root["Id"],
        destination_parent_id=inner["Id"],
    )
    parents = cli.ok("list-parents", child_id=MEMBER)["Parents"]
    assert parents == [{"Id": inner["Id"], "Type": "ORGANIZATIONAL_UNIT"}]
    account = cli.ok("describe-account", account_id=MEMBER)["Account"]
    assert account["Arn"] == f"arn:aws:organizations::{MANAGER}:account/{made['Id']}/{MEMBER}"
    assert account["Paths"] == [inner["Path"] + MEMBER + "/"]
    assert (account["Status"], account["JoinedMethod"]) == ("ACTIVE", "INVITED")

    cli.ok("enable-aws-service-access", service_principal=SERVICE)
    cli.ok("register-delegated-administrator", account_id=MEMBER, service_principal=SERVICE)
    [delegate] = cli.ok("list-delegated-administrators")["DelegatedAdministrators"]
    assert (delegate["Id"], delegate["Name"]) == (MEMBER, "buyer")
    assert [each["Id"] for each in buyer.ok("list-accounts")["Accounts"]] == [MANAGER, MEMBER]

    cli.refused(
        "ConstraintViolationException", "remove-account-from-organization", account_id=MEMBER
    )
    cli.ok("deregister-delegated-administrator", account_id=MEMBER, service_principal=SERVICE)
    cli.ok("remove-account-from-organization", account_id=MEMBER)
    cli.ok("delete-organizational-unit", organizational_unit_id=inner["Id"])
    cli.ok("delete-organizational-unit", organizational_unit_id=outer["Id"])
    cli.ok("delete-organization")
    cli.refused("AWSOrganizationsNotInUseException", "describe-organization")


def create_unit(cli, parent, name):
    return cli.ok("create-organizational-unit", parent_id=parent, name=name)["OrganizationalUnit"]


def test_an_organization_is_made_once(manager, root, joined, member):
    for client in (manager, member):
        refused("AlreadyInOrganizationException", client.create_organization)
    refused("OrganizationNotEmptyException", manager.delete_organization)


def test_outside_of_an_organization_nothing_is_found(other, root):
    code = "AWSOrganizationsNotInUseException"
    for call in (other.describe_organization, other.list_roots, other.leave_organization):
        refused(code, call)
    refused(code, other.enable_aws_service_access, ServicePrincipal=SERVICE)


def test_G7_members_change_nothing_and_delegates_only_read(manager, member, joined):
    assert member.describe_organization()["Organization"]["MasterAccountId"] == MANAGER
    refused("AccessDeniedException", member.list_accounts)
    manager.enable_aws_service_access(ServicePrincipal=SERVICE)
    manager.register_delegated_administrator(AccountId=MEMBER, ServicePrincipal=SERVICE)
    assert len(member.list_accounts()["Accounts"]) == 2
    changes = [
        (member.create_organizational_unit, {"ParentId": joined, "Name": "x"}),
        (member.enable_aws_service_access, {"ServicePrincipal": SERVICE}),
        (member.disable_aws_service_access, {"ServicePrincipal": SERVICE}),
        (member.remove_account_from_organization, {"AccountId": MEMBER}),
        (member.create_account, {"Email": "a@example.com", "AccountName": "x"}),
        (member.delete_organization, {}),
        (member.enable_all_features, {}),
    ]
    for call, members in changes:
        refused("AccessDeniedException", call, **members)
    [service] = manager.list_delegated_services_for_account(AccountId=MEMBER)["DelegatedServices"]
    assert service["ServicePrincipal"] == SERVICE


def test_units_are_refused_where_they_cannot_be(manager, root):
    first = unit(manager, root, "one")
    parent = first
    for name in ("two", "three", "four", "five"):
        parent = unit(manager, parent, name)
    answer = refused(
        "ConstraintViolationException",
        manager.create_organizational_unit,
        ParentId=parent,
        Name="six",
    )
    assert answer["Reason"] == "OU_DEPTH_LIMIT_EXCEEDED"
    create = manager.create_organizational_unit
    refused("DuplicateOrganizationalUnitException", create, ParentId=root, Name="one")
    refused("ParentNotFoundException", create, ParentId="r-zzzzz", Name="x")
    tags = [{"Key": "a", "Value": "b"}]
    refused("InvalidInputException", create, ParentId=root, Name="x", Tags=tags)
    second = unit(manager, root, "other")
    update = manager.update_organizational_unit
    refused(
        "DuplicateOrganizationalUnitException",
        update,
        OrganizationalUnitId=second,
        Name="one",
    )
    renamed = update(OrganizationalUnitId=second, Name="last")["OrganizationalUnit"]
    same = manager.describe_organizational_unit(OrganizationalUnitId=second)["OrganizationalUnit"]
    assert renamed == same and same["Name"] == "last"
    delete = manager.delete_organizational_unit
    refused("OrganizationalUnitNotEmptyException", delete, OrganizationalUnitId=first)
    delete(OrganizationalUnitId=second)
    for call in (delete, update, manager.describe_organizational_unit):
        refused("OrganizationalUnitNotFoundException", call, OrganizationalUnitId=second)
    lists = (manager.list_organizational_units_for_parent, manager.list_accounts_for_parent)
    for call in lists:
        refused("ParentNotFoundException", call, ParentId=second)
    refused("ChildNotFoundException", manager.list_parents, ChildId=second)
    refused("ChildNotFoundException", manager.list_parents, ChildId=OTHER)


def test_accounts_move_only_between_places_of_the_organization(manager, joined):
    place = unit(manager, joined, "place")

    def move(source, destination, account=MEMBER):
        return {
            "AccountId": account,
            "SourceParentId": source,
            "DestinationParentId": destination,
        }

    call = manager.move_account
    refused("SourceParentNotFoundException", call, **move(place, joined))
    refused("DuplicateAccountException", call, **move(joined, joined))
    refused("DestinationParentNotFoundException", call, **move(joined, "ou-zzzz-12345678"))
    refused("AccountNotFoundException", call, **move(joined, place, OTHER))
    call(**move(joined, place))
    call(**move(joined, place, MANAGER))
    found = manager.list_accounts_for_parent(ParentId=place)["Accounts"]
    assert [account["Id"] for account in found] == [MANAGER, MEMBER]
    refused(
        "OrganizationalUnitNotEmptyException",
        manager.delete_organizational_unit,
        OrganizationalUnitId=place,
    )


def test_invitations_are_answered_once_and_by_their_own(manager, member, other, root):
    shake = invite(manager, MEMBER)
    target = {"Type": "ACCOUNT", "Id": MEMBER}
    again = manager.invite_account_to_organization
    refused("DuplicateHandshakeException", again, Target=target)
    refused("AccessDeniedException", manager.accept_handshake, HandshakeId=shake)
    refused("AccessDeniedException", member.cancel_handshake, HandshakeId=shake)
    for call in (other.describe_handshake, other.accept_handshake, other.cancel_handshake):
        refused("HandshakeNotFoundException", call, HandshakeId=shake)
    assert member.decline_handshake(HandshakeId=shake)["Handshake"]["State"] == "DECLINED"
    refused("HandshakeAlreadyInStateException", member.decline_handshake, HandshakeId=shake)
    refused("InvalidHandshakeTransitionException", member.accept_handshake, HandshakeId=shake)
    shake = invite(manager, MEMBER)
    assert manager.cancel_handshake(HandshakeId=shake)["Handshake"]["State"] == "CANCELED"
    refused("InvalidHandshakeTransitionException", member.accept_handshake, HandshakeId=shake)
    join(manager, member, MEMBER)
    reason = refused("HandshakeConstraintViolationException", again, Target=target)["Reason"]
    assert reason == "ALREADY_IN_AN_ORGANIZATION"
    for wrong in ({"Type": "EMAIL", "Id": "a@b.cd"}, {"Type": "ACCOUNT", "Id": "999999999999"}):
        refused("InvalidInputException", again, Target=wrong)
    mine = member.list_handshakes_for_account()["Handshakes"]
    theirs = manager.list_handshakes_for_organization()["Handshakes"]
    assert len(mine) == 3 and mine == theirs
    none = manager.list_handshakes_for_organization(Filter={"ActionType": "APPROVE_ALL_FEATURES"})
    assert none["Handshakes"] == []


def test_one_organization_at_a_time(manager, member, other, joined):
    other.create_organization()
    shake = invite(other, MEMBER)
    answer = refused(
        "HandshakeConstraintViolationException", member.accept_handshake, HandshakeId=shake
    )
    assert answer["Reason"] == "ALREADY_IN_AN_ORGANIZATION"
    member.leave_organization()
    member.accept_handshake(HandshakeId=shake)
    assert member.describe_organization()["Organization"]["MasterAccountId"] == OTHER
    leave = manager.leave_organization
    refused("MasterCannotLeaveOrganizationException", leave)
    remove = manager.remove_account_from_organization
    refused("MasterCannotLeaveOrganizationException", remove, AccountId=MANAGER)
    refused("AccountNotFoundException", remove, AccountId=MEMBER)


def test_an_account_is_made_in_the_organization(manager, own_server, root):
    create = manager.create_account
    status = create(Email="seven@example.com", AccountName="Customer 7")["CreateAccountStatus"]
    assert status["State"] == "SUCCEEDED"
    describe = manager.describe_create_account_status
    assert describe(CreateAccountRequestId=status["Id"])["CreateAccountStatus"] == status
    account = manager.describe_account(AccountId=status["AccountId"])["Account"]
    assert (account["Name"], account["Email"]) == ("Customer 7", "seven@example.com")
    assert account["JoinedMethod"] == "CREATED"
    code = "CreateAccountStatusNotFoundException"
    refused(code, describe, CreateAccountRequestId="car-12345678")
    listed = program.run("account", "list", *own_server.place()).stdout
    assert f"{status['AccountId']}" in listed
    manager.remove_account_from_organization(AccountId=status["AccountId"])
    refused(code, describe, CreateAccountRequestId=status["Id"])


def test_G19_trust_before_delegation(manager, joined):
    enable, disable = manager.enable_aws_service_access, manager.disable_aws_service_access
    register = manager.register_delegated_administrator
    deregister = manager.deregister_delegated_administrator

    def reason(call, **members):
        return refused("ConstraintViolationException", call, **members)["Reason"]

    delegate = {"AccountId": MEMBER, "ServicePrincipal": SERVICE}
    assert reason(register, **delegate) == "SERVICE_ACCESS_NOT_ENABLED"
    unknown = refused("InvalidInputException", enable, ServicePrincipal="ec2.amazonaws.com")
    assert unknown["Reason"] == "UNRECOGNIZED_SERVICE_PRINCIPAL"
    for service in (SERVICE, COMPANION, SERVICE):
        enable(ServicePrincipal=service)
    listed = manager.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert [each["ServicePrincipal"] for each in listed] == [SERVICE, COMPANION]
    assert reason(register, AccountId=MANAGER, ServicePrincipal=SERVICE) == (
        "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR"
    )
    refused("AccountNotFoundException", register, AccountId=OTHER, ServicePrincipal=SERVICE)
    refused("AccountNotRegisteredException", deregister, **delegate)
    services = manager.list_delegated_services_for_account
    refused("AccountNotRegisteredException", services, AccountId=MEMBER)
    register(**delegate)
    refused("AccountAlreadyRegisteredException", register, **delegate)
    other = manager.list_delegated_administrators(ServicePrincipal=COMPANION)
    assert other["DelegatedAdministrators"] == []
    assert reason(disable, ServicePrincipal=SERVICE)
    deregister(**delegate)
    disable(ServicePrincipal=SERVICE)
    disable(ServicePrincipal=SERVICE)


def test_G7_one_bill_is_not_enough(manager, other):
    manager.create_organization(FeatureSet="CONSOLIDATED_BILLING")
    enable = manager.enable_aws_service_access
    answer = refused("ConstraintViolationException", enable, ServicePrincipal=SERVICE)
    assert answer["Reason"] == "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE"
    shake = manager.enable_all_features()["Handshake"]
    assert (shake["Action"], shake["State"]) == ("ENABLE_ALL_FEATURES", "ACCEPTED")
    assert manager.describe_organization()["Organization"]["FeatureSet"] == "ALL"
    answer = refused("HandshakeConstraintViolationException", manager.enable_all_features)
    assert answer["Reason"] == "ORGANIZATION_ALREADY_HAS_ALL_FEATURES"


def test_the_paginators_find_everything_once(manager, root, own_server):
    made = {unit(manager, root, f"unit {number}") for number in range(23)}
    pager = manager.get_paginator("list_organizational_units_for_parent")
    pages = list(pager.paginate(ParentId=root))
    sizes = [len(page["OrganizationalUnits"]) for page in pages]
    found = [each["Id"] for page in pages for each in page["OrganizationalUnits"]]
    assert sizes == [20, 3] and len(found) == 23 and set(found) == made
    cli = Cli(own_server, service="organizations")
    words = ["--page-size", "7", "--max-items", "15"]
    query = {"parent_id": root, "child_type": "ORGANIZATIONAL_UNIT"}
    page = cli.ok("list-children", *words, **query)
    rest = cli.ok("list-children", *words, "--starting-token", page["NextToken"], **query)
    ids = [each["Id"] for each in page["Children"] + rest["Children"]]
    assert len(page["Children"]) == 15 and ids == sorted(made)
    refused("InvalidInputException", manager.list_accounts, NextToken="a b")


def test_faults_are_those_of_the_service(own_server):
    reply = own_server.call("organizations:DescribeAccount", {"AccountId": "12"})
    assert (reply.status, reply.code) == (400, "InvalidInputException")
    reply = own_server.call("organizations:CreatePolicy", {})
    assert (reply.status, reply.code) == (404, "UnknownOperationException")
    made = own_server.call("organizations:CreateOrganization", {})
    assert made.headers["Content-Type"] == wire.JSON
    accounts = own_server.call("organizations:ListAccounts", {}).json["Accounts"]
    assert isinstance(accounts[0]["JoinedTimestamp"], float), "epoch seconds"


def test_names_of_two_organizations_do_not_mix(manager, other, root):
    other.create_organization()
    theirs = other.list_roots()["Roots"][0]["Id"]
    place = unit(other, theirs, "theirs")
    refused("ParentNotFoundException", manager.list_children, ParentId=place, ChildType="ACCOUNT")
    refused("AccountNotFoundException", manager.describe_account, AccountId=OTHER)
    refused("ChildNotFoundException", manager.list_parents, ChildId=place)


def test_G50_G51_policies_see_the_organization_at_once(own_server, manager, joined, member):
    """`aws:PrincipalOrgID` and `aws:PrincipalOrgPaths`, in a user's policy and a role's trust."""
    organization = manager.describe_organization()["Organization"]["Id"]
    inner = unit(manager, joined, "Europe")
    paths = f"{organization}/{joined}/{inner}/*"
    inside = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": paths}}
    members = {"StringEquals": {"aws:PrincipalOrgID": organization}}
    user = User(own_server, "someone", "buyer").say(
        allow("license-manager:ListLicenses", Condition=members),
        allow("license-manager:ListTokens", Condition=inside),
        allow("sts:AssumeRole"),
    )
    trust = people.trust({"AWS": "*"}, Condition=members)
    role = tokens.role(own_server.client("seller", "iam"), "shared", trust)

    def may():
        calls = [user.call("ListLicenses", {}), user.call("ListTokens", {})]
        assumed = {"RoleArn": role, "RoleSessionName": "session"}
        calls.append(user.call("sts:AssumeRole", assumed))
        calls.append(own_server.call("sts:AssumeRole", assumed, "buyer"))
        return [reply.status == 200 for reply in calls]

    for _ in range(3):
        assert may() == [True, False, True, True]
        move = {"SourceParentId": joined, "DestinationParentId": inner}
        manager.move_account(AccountId=MEMBER, **move)
        assert may() == [True, True, True, True]
        member.leave_organization()
        assert may() == [False, False, False, False]
        join(manager, member, MEMBER)
    assert may() == [True, False, True, True]
