"""AWS Organizations in the words of the tests: its operations, each with a valid input, and what
tests do again and again."""

import botocore.loaders

import program

MODEL = botocore.loaders.Loader().load_service_model("organizations", "service-2")

ROOT, UNIT = "r-abcd", "ou-abcd-12345678"
HANDSHAKE, CREATION = "h-1234567890", "car-12345678"
SERVICE = "license-manager.amazonaws.com"
COMPANION = "license-manager.member-account.amazonaws.com"
MANAGER, MEMBER, OTHER = program.SELLER, program.BUYER, program.RESELLER
ACCOUNT = {"AccountId": program.BUYER}
PAGE = {"NextToken": "x", "MaxResults": 1}
TAGS = [{"Key": "key", "Value": "value"}]
FILTER = {"ActionType": "INVITE", "ParentHandshakeId": HANDSHAKE}
DELEGATE = ACCOUNT | {"ServicePrincipal": SERVICE}


def inputs():
    """Members for each operation by its name, all that the model has."""
    return {
        "CreateOrganization": {"FeatureSet": "ALL"},
        "DescribeOrganization": {},
        "DeleteOrganization": {},
        "EnableAllFeatures": {},
        "ListRoots": PAGE,
        "CreateOrganizationalUnit": {"ParentId": ROOT, "Name": "unit", "Tags": TAGS},
        "DescribeOrganizationalUnit": {"OrganizationalUnitId": UNIT},
        "UpdateOrganizationalUnit": {"OrganizationalUnitId": UNIT, "Name": "other"},
        "DeleteOrganizationalUnit": {"OrganizationalUnitId": UNIT},
        "ListOrganizationalUnitsForParent": {"ParentId": ROOT} | PAGE,
        "ListParents": {"ChildId": UNIT} | PAGE,
        "ListChildren": {"ParentId": ROOT, "ChildType": "ACCOUNT"} | PAGE,
        "ListAccounts": PAGE,
        "ListAccountsForParent": {"ParentId": ROOT} | PAGE,
        "DescribeAccount": ACCOUNT,
        "MoveAccount": ACCOUNT | {"SourceParentId": ROOT, "DestinationParentId": UNIT},
        "RemoveAccountFromOrganization": ACCOUNT,
        "LeaveOrganization": {},
        "CreateAccount": {
            "Email": "someone@example.com",
            "AccountName": "Some One",
            "RoleName": "role",
            "IamUserAccessToBilling": "ALLOW",
            "Tags": TAGS,
        },
        "DescribeCreateAccountStatus": {"CreateAccountRequestId": CREATION},
        "InviteAccountToOrganization": {
            "Target": {"Type": "ACCOUNT", "Id": program.BUYER},
            "Notes": "welcome",
            "Tags": TAGS,
        },
        "AcceptHandshake": {"HandshakeId": HANDSHAKE},
        "DeclineHandshake": {"HandshakeId": HANDSHAKE},
        "CancelHandshake": {"HandshakeId": HANDSHAKE},
        "DescribeHandshake": {"HandshakeId": HANDSHAKE},
        "ListHandshakesForAccount": {"Filter": FILTER} | PAGE,
        "ListHandshakesForOrganization": {"Filter": FILTER} | PAGE,
        "EnableAWSServiceAccess": {"ServicePrincipal": SERVICE},
        "DisableAWSServiceAccess": {"ServicePrincipal": SERVICE},
        "ListAWSServiceAccessForOrganization": PAGE,
        "RegisterDelegatedAdministrator": DELEGATE,
        "DeregisterDelegatedAdministrator": DELEGATE,
        "ListDelegatedAdministrators": {"ServicePrincipal": SERVICE} | PAGE,
        "ListDelegatedServicesForAccount": ACCOUNT | PAGE,
    }


def invite(manager, account):
    """Invites an account; answers the handshake's id."""
    target = {"Type": "ACCOUNT", "Id": account}
    return manager.invite_account_to_organization(Target=target)["Handshake"]["Id"]


def join(manager, client, account):
    """Invites an account and accepts as its client."""
    return client.accept_handshake(HandshakeId=invite(manager, account))["Handshake"]


def unit(manager, parent, name):
    """The id of a new OU."""
    answer = manager.create_organizational_unit(ParentId=parent, Name=name)
    return answer["OrganizationalUnit"]["Id"]
