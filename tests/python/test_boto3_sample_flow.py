"""The managed entitlements sample with boto3, step for step (reference 11.6, steps 1 to 7)."""

import datetime
import re

import program
import documents


def test_11_6_sample_flow(own_server):
    client = own_server.client("seller")

    # 1. Who am I? The fingerprint needs the account.
    account = own_server.client("seller", "sts").get_caller_identity()["Account"]
    assert account == program.SELLER

    # 2. Begin in whole seconds, no End, no RenewType, no Overage.
    begin = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    sku = f"sku-{documents.token()}"
    created = client.create_license(
        LicenseName="My License",
        ProductName="My Product",
        ProductSKU=sku,
        Issuer={"Name": "My Company"},
        HomeRegion="us-east-1",
        Validity={"Begin": begin},
        Entitlements=[{"Name": "Users", "Unit": "Count", "MaxCount": 1000, "AllowCheckIn": True}],
        Beneficiary="My Beneficiary",
        ConsumptionConfiguration={"ProvisionalConfiguration": {"MaxTimeToLiveInMinutes": 60}},
        LicenseMetadata=[{"Name": "ProductName", "Value": "My Product"}],
        ClientToken=documents.token(),
    )
    arn = created["LicenseArn"]
    assert (created["Status"], created["Version"]) == ("AVAILABLE", "1")

    # 3. What was created is what is there.
    license = client.get_license(LicenseArn=arn)["License"]
    fingerprint = f"aws:{account}:My Company:issuer-fingerprint"
    assert license["Issuer"] == {"Name": "My Company", "KeyFingerprint": fingerprint}
    assert license["Validity"] == {"Begin": begin}
    assert license["LicenseMetadata"] == [{"Name": "ProductName", "Value": "My Product"}]

    # 4. The creator checks out in the name of its customer.
    wanted = [{"Name": "Users", "Value": "1", "Unit": "Count"}]
    checkout = client.checkout_license(
        ProductSKU=sku,
        CheckoutType="PROVISIONAL",
        KeyFingerprint=fingerprint,
        Entitlements=wanted,
        ClientToken=documents.token(),
        Beneficiary="My Beneficiary",
    )
    token = checkout["LicenseConsumptionToken"]
    assert checkout["EntitlementsAllowed"] == wanted
    assert consumed(client, arn) == "1"

    # 5. Seconds after the check-out.
    extended = client.extend_license_consumption(LicenseConsumptionToken=token)
    assert extended["LicenseConsumptionToken"] == token
    assert re.search(r"(Z|[+-]\d\d:\d\d)$", extended["Expiration"]), "a time with its zone"

    # 6. Without the beneficiary.
    client.check_in_license(LicenseConsumptionToken=token)
    assert consumed(client, arn) == "0"

    # 7. The version after one create.
    deleted = client.delete_license(LicenseArn=arn, SourceVersion="1")
    assert deleted["Status"] == "DELETED"
    assert client.get_license(LicenseArn=arn)["License"]["Status"] == "DELETED"


def consumed(client, arn):
    usage = client.get_license_usage(LicenseArn=arn)["LicenseUsage"]
    return usage["EntitlementUsages"][0]["ConsumedValue"]
