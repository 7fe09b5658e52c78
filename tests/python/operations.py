"""The 13 operations of the server with a valid input for each, and the model inside botocore.

An input holds every member that the model has, so that tests can bend each one.
"""

import botocore.loaders

import documents
import program

ARN = f"arn:aws:license-manager::{program.SELLER}:license:l-{'0' * 32}"
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
        "ExtendLicenseConsumption": {"LicenseConsumptionToken": TOKEN, "DryRun": True},
        "CheckInLicense": {"LicenseConsumptionToken": TOKEN, "Beneficiary": "Example beneficiary"},
        "TagResource": {"ResourceArn": ARN, "Tags": TAGS},
        "UntagResource": {"ResourceArn": ARN, "TagKeys": ["key"]},
        "ListTagsForResource": {"ResourceArn": ARN},
    }


NAMES = list(inputs())


def shape_of(operation, side="input"):
    """The name of an operation's input or output shape."""
    return MODEL["operations"][operation][side]["shape"]


def shape(name):
    return MODEL["shapes"][name]


def walk(name, path=()):
    """Every member of a shape: its path, its own shape's name and whether it is required.

    An element of a list is the path component 0.
    """
    found = shape(name)
    if found["type"] == "list":
        inner = found["member"]["shape"]
        yield path + (0,), inner, False
        yield from walk(inner, path + (0,))
    for member, reference in found.get("members", {}).items():
        here = path + (member,)
        yield here, reference["shape"], member in found.get("required", [])
        yield from walk(reference["shape"], here)


def flat(name):
    """Each place in a shape of the model with its type and limits, as test_model compares them."""
    places = {(): limits_of(name) | {"required": False}}
    for path, inner, required in walk(name):
        places[path] = limits_of(inner) | {"required": required}
    return places


def limits_of(name):
    found = shape(name)
    limits = {limit: found[limit] for limit in ("type", "min", "max", "pattern") if limit in found}
    return limits | ({"enum": sorted(found["enum"])} if "enum" in found else {})
