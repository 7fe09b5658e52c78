"""AWS Identity and Access Management in the words of the tests: its operations, each with a valid
input, and what tests do again and again."""

import json
import uuid

import botocore.loaders

import program
import wire

MODEL = botocore.loaders.Loader().load_service_model("iam", "service-2")

ACCOUNT = f"arn:aws:iam::{program.SELLER}"
POLICY, PROVIDER = f"{ACCOUNT}:policy/none", f"{ACCOUNT}:oidc-provider/example.com/none"
CONSUMPTION = "arn:aws:iam::aws:policy/service-role/AWSLicenseManagerConsumptionPolicy"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
LICENSE_MANAGER = "license-manager.amazonaws.com"
KEY = "AKIANONE000000000000"
TASK = f"task/aws-service-role/{LICENSE_MANAGER}/none/1"


def allow(actions="*", resources="*", **more):
    """A policy of one statement."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources} | more
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(principal, action="sts:AssumeRole", **more):
    """A trust policy of one statement."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action} | more
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


ROOT = trust({"AWS": f"{ACCOUNT}:root"})
TAGS = {"Tags": [{"Key": "key", "Value": "value"}]}
UNTAG = {"TagKeys": ["key"]}
PAGE = {"Marker": "0", "MaxItems": 1}
LIST = {"PathPrefix": "/path/"} | PAGE
USER, GROUP, ROLE = {"UserName": "none"}, {"GroupName": "none"}, {"RoleName": "none"}
INLINE = {"PolicyName": "name"}
DOCUMENT = {"PolicyDocument": allow()}
BOUNDARY = {"PermissionsBoundary": ADMINISTRATOR}
OF_POLICY, OF_PROVIDER = {"PolicyArn": POLICY}, {"OpenIDConnectProviderArn": PROVIDER}
VERSION = OF_POLICY | {"VersionId": "v1"}


def inputs():
    """Members for each operation by its name, all that the model has. What they name does not
    exist, but for users, groups and so on that they make."""
    nouns = of_users() | of_groups() | of_roles() | of_policies() | of_providers()
    return nouns | of_the_account() | simulations()


def of_users():
    key = USER | {"AccessKeyId": KEY}
    return {
        "CreateUser": {"UserName": "new", "Path": "/path/"} | BOUNDARY | TAGS,
        "GetUser": USER,
        "ListUsers": LIST,
        "UpdateUser": USER | {"NewPath": "/path/", "NewUserName": "new"},
        "DeleteUser": USER,
        "TagUser": USER | TAGS,
        "UntagUser": USER | UNTAG,
        "ListUserTags": USER | PAGE,
        "PutUserPermissionsBoundary": USER | BOUNDARY,
        "DeleteUserPermissionsBoundary": USER,
        "CreateAccessKey": USER,
        "ListAccessKeys": USER | PAGE,
        "UpdateAccessKey": key | {"Status": "Inactive"},
        "DeleteAccessKey": key,
        "GetAccessKeyLastUsed": {"AccessKeyId": KEY},
    } | with_policies("User", USER)


def of_groups():
    return {
        "CreateGroup": {"GroupName": "new", "Path": "/path/"},
        "GetGroup": GROUP | PAGE,
        "ListGroups": LIST,
        "UpdateGroup": GROUP | {"NewPath": "/path/", "NewGroupName": "new"},
        "DeleteGroup": GROUP,
        "AddUserToGroup": GROUP | USER,
        "RemoveUserFromGroup": GROUP | USER,
        "ListGroupsForUser": USER | PAGE,
    } | with_policies("Group", GROUP)


def of_roles():
    service = {"Description": "text", "CustomSuffix": "suffix"}
    return {
        "CreateRole": {
            "RoleName": "new",
            "Path": "/path/",
            "AssumeRolePolicyDocument": ROOT,
            "Description": "text",
            "MaxSessionDuration": 3600,
        }
        | BOUNDARY
        | TAGS,
        "GetRole": ROLE,
        "ListRoles": LIST,
        "UpdateRole": ROLE | {"Description": "text", "MaxSessionDuration": 3600},
        "UpdateRoleDescription": ROLE | {"Description": "text"},
        "UpdateAssumeRolePolicy": ROLE | {"PolicyDocument": ROOT},
        "DeleteRole": ROLE,
        "TagRole": ROLE | TAGS,
        "UntagRole": ROLE | UNTAG,
        "ListRoleTags": ROLE | PAGE,
        "PutRolePermissionsBoundary": ROLE | BOUNDARY,
        "DeleteRolePermissionsBoundary": ROLE,
        "ListInstanceProfilesForRole": ROLE | PAGE,
        "CreateServiceLinkedRole": {"AWSServiceName": LICENSE_MANAGER} | service,
        "DeleteServiceLinkedRole": ROLE,
        "GetServiceLinkedRoleDeletionStatus": {"DeletionTaskId": TASK},
    } | with_policies("Role", ROLE)


def with_policies(kind, owner):
    """What users, groups and roles have in common."""
    return {
        f"Put{kind}Policy": owner | INLINE | DOCUMENT,
        f"Get{kind}Policy": owner | INLINE,
        f"Delete{kind}Policy": owner | INLINE,
        f"List{kind}Policies": owner | PAGE,
        f"Attach{kind}Policy": owner | OF_POLICY,
        f"Detach{kind}Policy": owner | OF_POLICY,
        f"ListAttached{kind}Policies": owner | LIST,
    }


def of_policies():
    usage = {"PolicyUsageFilter": "PermissionsPolicy"} | LIST
    return {
        "CreatePolicy": {"PolicyName": "new", "Path": "/path/", "Description": "text"}
        | DOCUMENT
        | TAGS,
        "GetPolicy": OF_POLICY,
        "ListPolicies": {"Scope": "All", "OnlyAttached": True} | usage,
        "DeletePolicy": OF_POLICY,
        "CreatePolicyVersion": OF_POLICY | DOCUMENT | {"SetAsDefault": True},
        "GetPolicyVersion": VERSION,
        "ListPolicyVersions": OF_POLICY | PAGE,
        "DeletePolicyVersion": VERSION,
        "SetDefaultPolicyVersion": VERSION,
        "TagPolicy": OF_POLICY | TAGS,
        "UntagPolicy": OF_POLICY | UNTAG,
        "ListPolicyTags": OF_POLICY | PAGE,
        "ListEntitiesForPolicy": OF_POLICY | {"EntityFilter": "User"} | usage,
    }


def of_providers():
    client = OF_PROVIDER | {"ClientID": "client"}
    thumbprints = {"ThumbprintList": ["0" * 40]}
    return {
        "CreateOpenIDConnectProvider": {
            "Url": "https://example.com/new",
            "ClientIDList": ["client"],
        }
        | thumbprints
        | TAGS,
        "GetOpenIDConnectProvider": OF_PROVIDER,
        "ListOpenIDConnectProviders": {},
        "DeleteOpenIDConnectProvider": OF_PROVIDER,
        "AddClientIDToOpenIDConnectProvider": client,
        "RemoveClientIDFromOpenIDConnectProvider": client,
        "UpdateOpenIDConnectProviderThumbprint": OF_PROVIDER | thumbprints,
        "TagOpenIDConnectProvider": OF_PROVIDER | TAGS,
        "UntagOpenIDConnectProvider": OF_PROVIDER | UNTAG,
        "ListOpenIDConnectProviderTags": OF_PROVIDER | PAGE,
    }


def of_the_account():
    alias = {"AccountAlias": "an-alias"}
    return {
        "CreateAccountAlias": alias,
        "DeleteAccountAlias": alias,
        "ListAccountAliases": PAGE,
        "GetAccountSummary": {},
        "GetAccountAuthorizationDetails": {"Filter": ["User"]} | PAGE,
    }


def simulations():
    policies = {"PolicyInputList": [allow()]}
    source = {"PolicySourceArn": f"{ACCOUNT}:user/none"} | policies
    question = {
        "PermissionsBoundaryPolicyInputList": [allow()],
        "ActionNames": ["license-manager:GetLicense"],
        "ResourceArns": ["*"],
        "ResourcePolicy": json.dumps(
            {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
        ),
        "ResourceOwner": f"{ACCOUNT}:root",
        "CallerArn": f"{ACCOUNT}:user/none",
        "ContextEntries": [
            {
                "ContextKeyName": "aws:SourceIp",
                "ContextKeyValues": ["10.0.0.1"],
                "ContextKeyType": "ip",
            }
        ],
        "ResourceHandlingOption": "option",
    } | PAGE
    return {
        "SimulateCustomPolicy": policies | question,
        "SimulatePrincipalPolicy": source | question,
        "GetContextKeysForCustomPolicy": policies,
        "GetContextKeysForPrincipalPolicy": source,
    }


def name(prefix="name"):
    """One that no other test has."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


class Crew:
    """The IAM of an account, with what tests do again and again."""

    def __init__(self, server, profile="seller"):
        self.server = server
        self.client = server.client(profile, "iam")

    def user(self, **members):
        """A new user."""
        return self.client.create_user(**{"UserName": name("user")} | members)["User"]

    def group(self, **members):
        """A new group."""
        return self.client.create_group(**{"GroupName": name("group")} | members)["Group"]

    def role(self, document=ROOT, **members):
        """A new role."""
        new = {"RoleName": name("role"), "AssumeRolePolicyDocument": document}
        return self.client.create_role(**new | members)["Role"]

    def policy(self, document=None, **members):
        """A new managed policy."""
        new = {"PolicyName": name("policy"), "PolicyDocument": document or allow()}
        return self.client.create_policy(**new | members)["Policy"]

    def key(self, user):
        """A new key of a user, to sign with."""
        made = self.client.create_access_key(UserName=user["UserName"])["AccessKey"]
        return wire.key(made["AccessKeyId"], made["SecretAccessKey"])


def who(server, key):
    """ARN and id of whoever a key signs for, or the exception."""
    reply = wire.form_request(server.url).sign(key).send()
    return (reply.xml["Arn"], reply.xml["UserId"]) if reply.status == 200 else reply.code


def pages(call, member, **members):
    """Every element of a list, one at a time; checks how pages end."""
    found, marker = [], {}
    while True:
        page = call(**members, **marker, MaxItems=1)
        found += page[member]
        assert len(page[member]) <= 1
        assert page["IsTruncated"] == ("Marker" in page)
        if not page["IsTruncated"]:
            return found
        marker = {"Marker": page["Marker"]}
