"""Every operation on what another account has, and by sessions that are for another license.

The rows come from the program's own tables. The codes are those that the reference prescribes for
what an account does not have: nobody learns more than that it is not theirs.
"""

import pytest

import callers
import documents
import program
import tokens
import wire
from access import ASKED, DESCRIBED, INPUTS, KINDS, SIGNED
from callers import User
from estate import Estate

OK = "200"
# Sections 4 and 13: by what each operation's model has for a resource that is not there.
LICENSES = {
    "InvalidParameterValueException": [
        *("CreateLicense", "DeleteLicense", "GetLicense", "ListLicenseVersions"),  # L12, L33, L42
        *("GetLicenseUsage", "CreateGrant", "CreateGrantVersion", "GetGrant"),  # U4, G17, 4.14
        *("TagResource", "UntagResource", "ListTagsForResource"),  # TG4
    ],
    "ResourceNotFoundException": [
        *("CreateLicenseVersion", "CheckoutBorrowLicense"),  # L24, section 13
        *("ExtendLicenseConsumption", "CheckInLicense"),  # C52, C65
        *("CreateToken", "DeleteToken"),  # T10, T14
    ],
    "NoEntitlementsAllowedException": ["CheckoutLicense"],  # C5
    "ValidationException": [
        *("DeleteGrant", "AcceptGrant", "RejectGrant"),  # G40, G24
        *("ListReceivedGrantsForOrganization", "ListReceivedLicensesForOrganization"),  # G64
        "UpdateServiceSettings",  # it is in no organization (G50)
    ],
    # Of their own, which is nothing (4.5, 4.18-4.22, T15).
    OK: [
        *("ListLicenses", "ListTokens", "ListDistributedGrants", "GetServiceSettings"),
        *("ListReceivedGrants", "ListReceivedLicenses"),
    ],
}
# 8.2: whatever has a name is looked for among their own.
PEOPLE = {
    OK: [
        *("CreateUser", "CreateGroup", "CreateRole", "CreatePolicy", "CreateServiceLinkedRole"),
        *("ListUsers", "ListGroups", "ListRoles", "ListPolicies", "ListOpenIDConnectProviders"),
        *("CreateOpenIDConnectProvider", "ListAccountAliases", "GetAccountSummary"),
        *("GetAccountAuthorizationDetails", "SimulateCustomPolicy"),
        "GetContextKeysForCustomPolicy",
        "DeleteOpenIDConnectProvider",  # AWS answers so where there is none.
        "GetServiceLinkedRoleDeletionStatus",  # A task names no account.
    ],
    "AccessDenied": ["GetAccessKeyLastUsed"],
    "EntityAlreadyExists": ["CreateAccountAlias"],
    "InvalidInput": ["SimulatePrincipalPolicy", "GetContextKeysForPrincipalPolicy"],
}
# A key's policy says who of other accounts may (6.3).
KEYS = {
    OK: ["ListKeys"],
    "NotFoundException": ["DeleteAlias"],
    "UnsupportedOperationException": ["CreateKey"],
}
ORGANIZATIONS = {
    OK: ["CreateOrganization", "ListHandshakesForAccount"],
    "HandshakeNotFoundException": [
        *("AcceptHandshake", "DeclineHandshake", "CancelHandshake", "DescribeHandshake")
    ],
}
SESSIONS = {OK: ["GetAccessKeyInfo"]}  # Whoever has the id may know the account.
# What the others are answered.
DEFAULTS = {
    "": (LICENSES, None),
    "iam": (PEOPLE, "NoSuchEntity"),
    "kms": (KEYS, "AccessDeniedException"),
    "organizations": (ORGANIZATIONS, "AWSOrganizationsNotInUseException"),
    "sts": (SESSIONS, None),
}
STATUSES = {OK: 200, "NoSuchEntity": 404, "AccessDenied": 403, "EntityAlreadyExists": 409}
# What must not be there for the next test.
UNDO = {"organizations:CreateOrganization": "organizations:DeleteOrganization"}
# What a session for a license can do with that license alone (C9).
LIMITED = ["CheckoutLicense", "CheckoutBorrowLicense"]


def expected(operation):
    """The code that the reference prescribes."""
    service, _, name = operation.rpartition(":")
    codes, default = DEFAULTS[service]
    found = [code for code, names in codes.items() if name in names]
    assert len(found) <= 1
    return found[0] if found else default


def answered(reply):
    """Status and code of an answer."""
    return reply.status, OK if reply.status == 200 else reply.code


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server on one database: what is asked here does not know where it is kept."""
    with program.serving(tmp_path_factory.mktemp("server"), test_clock=True) as server:
        yield server


@pytest.fixture(scope="module")
def estate(server):
    """What the seller has."""
    return Estate(server)


def session_of(server, profile):
    """The key of a session, given for the token of a license, of a role that may everything."""
    seller = server.client(profile)
    arn = seller.create_license(**documents.license())["LicenseArn"]
    iam = server.client(profile, "iam")
    role = tokens.role(iam, "everything", tokens.trust(), callers.EVERYTHING)
    token = tokens.access(server, seller, arn)
    made = tokens.assume(tokens.anonymous(server, "sts"), role, token, DurationSeconds=900)
    return tokens.key(made["Credentials"])


@pytest.fixture(scope="module")
def foreign_keys(server):
    """Of another account: of a user, and of a session for a license there, who may everything."""
    user = User(server, "foreigner", "buyer").attach(callers.EVERYTHING)
    return {"user": user.key, "session": session_of(server, "buyer")}


@pytest.fixture(scope="module")
def session(server):
    """Of the same account, for another license than the one that is asked for."""
    return session_of(server, "seller")


def test_every_operation_has_a_code():
    missing = [operation for operation in ASKED if not expected(operation)]
    assert not missing, "what another account is answered is prescribed nowhere"
    # Where an operation names what it is on, only what is made may be answered well.
    named = {each for each in ASKED if DESCRIBED[each] not in ("*", *KINDS, "Url")}
    good = {each for each in named if expected(each) == OK}
    assert good == {"iam:DeleteOpenIDConnectProvider", "iam:CreateServiceLinkedRole"}


@pytest.mark.parametrize("who", ["user", "session"])
@pytest.mark.parametrize("operation", ASKED)
def test_10_another_account(operation, who, server, estate, foreign_keys):
    key, members = foreign_keys[who], estate.members(operation)
    code = expected(operation)
    if code == OK and operation.startswith("iam:Create"):
        # The name may be taken by the other one of the two.
        members = renamed(members, who)
    reply = wire.call(server.url, key, operation, members)
    assert answered(reply) == (STATUSES.get(code, 400), code), reply.body
    if reply.status == 200:
        assert not any(each.encode() in reply.body for each in estate.real.values())
    if operation in UNDO:
        assert wire.call(server.url, key, UNDO[operation], {}).status == 200


def renamed(members, who):
    """With names that only one of the two takes."""
    is_name = lambda value: str(value).endswith(("new", "suffix"))
    return {name: f"{it}-{who}" if is_name(it) else it for name, it in members.items()}


def test_10_whatever_others_tried_nothing_has_changed(estate):
    assert estate.shown() == estate.before


@pytest.mark.parametrize("operation", LIMITED)
def test_C9_a_session_for_another_license(operation, server, estate, session):
    members = estate.members(operation)
    reply = wire.call(server.url, session, operation, members)
    assert answered(reply) == (400, "NoEntitlementsAllowedException")
    assert server.call(operation, members).status == 200, "the account itself may"


@pytest.mark.parametrize("operation", [each for each in SIGNED if each not in LIMITED])
def test_8_a_session_may_what_its_role_may(operation, server, session):
    """Whatever is no check-out: it is answered as the account is."""
    members = INPUTS[operation]
    if operation == "sts:GetSessionToken":
        reply = wire.call(server.url, session, operation, members)
        assert answered(reply) == (403, "AccessDenied"), "not with a session (8.1)"
        return
    # What is made is made by the first of three.
    server.call(operation, members)
    assert answered(wire.call(server.url, session, operation, members)) == answered(
        server.call(operation, members)
    )
