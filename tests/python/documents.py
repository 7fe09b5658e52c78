"""The documents that the tests send: licenses, entitlements, names that nobody else uses."""

import uuid

# Far enough back for every test, whatever the test clock says.
LONG_AGO = "2020-01-01T00:00:00Z"
HOME = "us-east-1"
# The 27 units of the model.
RATED = ["Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"]
RATED += ["Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Count"]
UNITS = ["None", "Percent", "Seconds", "Milliseconds", "Microseconds"]
UNITS += RATED + [f"{unit}/Second" for unit in RATED]


def token():
    """A client token that was never used."""
    return uuid.uuid4().hex


def counted(name="Users", max_count=10, unit="Count", check_in=True, **members):
    """A counted entitlement (D1)."""
    kind = {"Name": name, "Unit": unit, "MaxCount": max_count, "AllowCheckIn": check_in}
    return kind | members


def tier(name="Tier", **members):
    """An entitlement that is had or not had (D1)."""
    return {"Name": name, "Unit": "None"} | members


def ask(name="Users", value=1, unit="Count"):
    """One entitlement of a check-out; `value` None is left out."""
    wanted = {"Name": name, "Unit": unit}
    return wanted if value is None else wanted | {"Value": str(value)}


def ask_tier(name="Tier"):
    """One tier of a check-out."""
    return ask(name, None, "None")


def provisional(minutes=60, **members):
    """A consumption configuration for floating units."""
    return {"ProvisionalConfiguration": {"MaxTimeToLiveInMinutes": minutes}} | members


def borrow(minutes=1440, early=True):
    """A configuration for check-outs offline."""
    return {"BorrowConfiguration": {"AllowEarlyCheckIn": early, "MaxTimeToLiveInMinutes": minutes}}


def license(**changes):
    """What CreateLicense takes; a member changed to None is left out."""
    unique = token()
    document = {
        "LicenseName": "Example license",
        "ProductName": "Example product",
        "ProductSKU": f"sku-{unique}",
        "Issuer": {"Name": "Example issuer"},
        "HomeRegion": HOME,
        "Validity": {"Begin": LONG_AGO},
        "Entitlements": [counted()],
        "Beneficiary": "Example beneficiary",
        "ConsumptionConfiguration": provisional(),
        "ClientToken": unique,
    }
    return without_none(document | changes)


def version(arn, **changes):
    """What CreateLicenseVersion takes for a license made of the document above."""
    document = license() | {"LicenseArn": arn, "Status": "AVAILABLE"} | changes
    for fixed in ("ProductSKU", "Beneficiary"):
        del document[fixed]
    return without_none(document)


def sample(seller, buyer, begin, end):
    """The document of step 1 of the reference's test flow for sellers (11.5)."""
    assert seller != buyer
    return {
        "LicenseName": "Test license",
        "ProductName": "Test product",
        "ProductSKU": f"test-{token()}",
        "Issuer": {"Name": "Self"},
        "HomeRegion": HOME,
        "Validity": {"Begin": odd_fraction(begin), "End": odd_fraction(end)},
        "Entitlements": [
            {
                "Name": "ReadOnly",
                "MaxCount": 5,
                "Overage": False,
                "Unit": "Count",
                "AllowCheckIn": True,
            }
        ],
        "Beneficiary": buyer,
        "ConsumptionConfiguration": provisional(RenewType="None"),
        "ClientToken": token(),
    }


def odd_fraction(when):
    """The form with the seconds repeated as a fraction (W32)."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.%SZ")


def without_none(document):
    return {name: value for name, value in document.items() if value is not None}
