"""The operations of AWS Organizations that the server has, with a valid input for each."""

import botocore.loaders

import program

MODEL = botocore.loaders.Loader().load_service_model("organizations", "service-2")

ROOT, UNIT = "r-abcd", "ou-abcd-12345678"
HANDSHAKE, CREATION = "h-1234567890", "car-12345678"
SERVICE = "license-manager.amazonaws.com"
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
