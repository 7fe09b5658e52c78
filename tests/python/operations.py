"""The operations of the server, each with a valid input , and the models inside botocore.

An input holds every member that the model has, so that tests can bend each one.
"""

import botocore.loaders

import directory
import documents
import keys
import people
import program
import tokens
import wire

ARN = f"arn:aws:license-manager::{program.SELLER}:license:l-{'0' * 32}"
GRANT_ARN = f"arn:aws:license-manager::{program.SELLER}:grant:g-{'0' * 32}"
TOKEN = "0" * 32
TAGS = [{"Key": "key", "Value": "value"}]

MODEL = botocore.loaders.Loader().load_service_model("license-manager", "service-2")


def inputs():
    """Members for each operation by its name."""
    validity = {"Begin": documents.LONG_AGO, "End": "9000-01-01T00:00:00Z"}
    configuration = documents.provisional(RenewType="None") | documents.borrow()
    details = {
        "Issuer": {"Name": "Example issuer", "SignKey": "key"},
        "Validity": validity,
        "Entitlements": [
            documents.counted(Overage=False),
            documents.tier(Value="Enabled"),
        ],
        "ConsumptionConfiguration": configuration,
        "LicenseMetadata": [{"Name": "name", "Value": "value"}],
    }
    checkout = {
        "ProductSKU": "sku",
        "CheckoutType": "PROVISIONAL",
        "KeyFingerprint": "fingerprint",
        "Entitlements": [documents.ask()],
        "ClientToken": documents.token(),
        "Beneficiary": "Example beneficiary",
        "NodeId": "node",
    }
    filters = [{"Name": "ProductSKU", "Values": ["sku"]}]
    return {
        "CreateLicense": documents.license(Tags=TAGS, **details),
        "CreateLicenseVersion": documents.version(ARN, SourceVersion="1", **details),
        "DeleteLicense": {"LicenseArn": ARN, "SourceVersion": "1"},
        "GetLicense": {"LicenseArn": ARN, "Version": "1"},
        "ListLicenses": {
            "LicenseArns": [ARN],
            "Filters": filters,
            "NextToken": "x",
            "MaxResults": 1,
        },
        "ListLicenseVersions": {"LicenseArn": ARN, "NextToken": "x", "MaxResults": 1},
        "GetLicenseUsage": {"LicenseArn": ARN},
        "CheckoutLicense": checkout,
        "CheckoutBorrowLicense": {
            "LicenseArn": ARN,
            "Entitlements": [documents.ask()],
            "DigitalSignatureMethod": "JWT_PS384",
            "NodeId": "node",
            "CheckoutMetadata": [{"Name": "name", "Value": "value"}],
            "ClientToken": documents.token(),
        },
        "ExtendLicenseConsumption": {"LicenseConsumptionToken": TOKEN, "DryRun": True},
        "CheckInLicense": {"LicenseConsumptionToken": TOKEN, "Beneficiary": "Example beneficiary"},
        "TagResource": {"ResourceArn": ARN, "Tags": TAGS},
        "UntagResource": {"ResourceArn": ARN, "TagKeys": ["key"]},
        "ListTagsForResource": {"ResourceArn": ARN},
        "GetServiceSettings": {},
        "UpdateServiceSettings": {
            "S3BucketArn": "arn:aws:s3:::bucket",
            "SnsTopicArn": f"arn:aws:sns:us-east-1:{program.SELLER}:topic",
            "OrganizationConfiguration": {"EnableIntegration": True},
            "EnableCrossAccountsDiscovery": False,
            "EnabledDiscoverySourceRegions": ["us-west-2"],
        },
    } | of_grants() | tokens.of_tokens(ARN)


def of_grants():
    """Those of grants and received licenses."""
    page = {"NextToken": "x", "MaxResults": 1}
    filters = {"Filters": [{"Name": "ProductSKU", "Values": ["sku"]}]} | page
    grant = {"GrantArn": GRANT_ARN}
    operations = ["CheckoutLicense", "CreateGrant"]
    return {
        "CreateGrant": {
            "ClientToken": documents.token(),
            "GrantName": "Example grant",
            "LicenseArn": ARN,
            "Principals": [f"arn:aws:iam::{program.BUYER}:root"],
            "HomeRegion": documents.HOME,
            "AllowedOperations": operations,
            "Tags": TAGS,
        },
        "CreateGrantVersion": grant
        | {
            "ClientToken": documents.token(),
            "GrantName": "Example grant",
            "AllowedOperations": operations,
            "Status": "ACTIVE",
            "StatusReason": "reason",
            "SourceVersion": "1",
            "Options": {"ActivationOverrideBehavior": "DISTRIBUTED_GRANTS_ONLY"},
        },
        "GetGrant": grant | {"Version": "1"},
        "DeleteGrant": grant | {"StatusReason": "reason", "Version": "1"},
        "AcceptGrant": grant,
        "RejectGrant": grant,
        "ListDistributedGrants": {"GrantArns": [GRANT_ARN]} | filters,
        "ListReceivedGrants": {"GrantArns": [GRANT_ARN]} | filters,
        "ListReceivedGrantsForOrganization": {"LicenseArn": ARN} | filters,
        "ListReceivedLicenses": {"LicenseArns": [ARN]} | filters,
        "ListReceivedLicensesForOrganization": filters,
    }


NAMES = list(inputs())
# The operations of other services have names such as "organizations:ListRoots".
MODELS = {
    "": MODEL,
    "organizations": directory.MODEL,
    "kms": keys.MODEL,
    "iam": people.MODEL,
    "sts": tokens.MODEL,
}
OF_OTHERS = {f"organizations:{name}": members for name, members in directory.inputs().items()}
OF_OTHERS |= {f"kms:{name}": members for name, members in keys.inputs().items()}
OF_OTHERS |= {f"iam:{name}": members for name, members in people.inputs().items()}
OF_OTHERS |= {f"sts:{name}": members for name, members in tokens.inputs().items()}
OTHERS = list(OF_OTHERS)
# Those that anybody may call: what counts is a token among their members (W21, W22).
OPEN = ["GetAccessToken", "sts:AssumeRoleWithWebIdentity"]
INPUTS = inputs() | OF_OTHERS


def find(operation):
    """The model that an operation stands in, and what it says of it."""
    service, _, name = operation.rpartition(":")
    return MODELS[service], MODELS[service]["operations"][name]


def errors_of(operation):
    """The exceptions that the model lists for an operation."""
    model, found = find(operation)
    errors = [error["shape"] for error in found.get("errors", [])]
    # The Query protocol has codes that are not the names of the shapes.
    return {model["shapes"][name].get("error", {}).get("code", name) for name in errors}


def invalid(operation):
    """The exception for members that are not as the model has them."""
    service = operation.rpartition(":")[0]
    if service in wire.QUERIES:
        return "ValidationError"
    return "InvalidInputException" if service == "organizations" else "ValidationException"


def is_query(operation):
    """Whether it speaks the Query protocol: a form in, XML out."""
    return operation.rpartition(":")[0] in wire.QUERIES


def members(operation, side="input"):
    """Every member of an operation's input or output: its path, shape and whether it is required.

    An element of a list is the path component 0, one of a map "*".
    """
    model, found = find(operation)
    return walk(model["shapes"], found[side]["shape"]) if side in found else iter(())


def walk(shapes, name, path=(), inside=()):
    """The members of a shape. One that contains itself does so once."""
    inside += (name,)
    found = shapes[name]
    parts = dict(found.get("members", {}))
    parts |= {0: found["member"]} if found["type"] == "list" else {}
    parts |= {"*": found["value"]} if found["type"] == "map" else {}
    for member, part in parts.items():
        inner = part["shape"]
        if inside.count(inner) < 2:
            yield (*path, member), shapes[inner], member in found.get("required", [])
            yield from walk(shapes, inner, (*path, member), inside)


def flat(operation, side):
    """Each place in an input or output with its type and limits, as test_model compares them."""
    places = {(): {"type": "structure", "required": False}}
    for path, shape, required in members(operation, side):
        places[path] = limits_of(shape) | {"required": required}
    return places


def limits_of(shape):
    limits = {limit: shape[limit] for limit in ("type", "min", "max", "pattern") if limit in shape}
    if limits["type"] == "list" and limits.get("min") == 0:
        del limits["min"]  # It says nothing, and some models leave it out.
    return limits | ({"enum": sorted(shape["enum"])} if "enum" in shape else {})
