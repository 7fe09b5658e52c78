"""The borrow sample of AWS's documentation as a customer would run it: b1 to b5 of the reference's
11.6, with boto3 and PyJWT, wherever the key is kept."""

import base64

import jwt
import pytest

import documents
import vault

NODE = "MyNodeId"


def pem(public_key):
    """A DER public key as PEM, on one long line as in the sample (J6)."""
    text = base64.b64encode(public_key).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----"


@pytest.mark.parametrize("store", vault.STORES)
def test_11_6_b1_to_b5(tmp_path, store):
    with vault.opened(store, tmp_path) as kept, vault.serving(kept, tmp_path) as server:
        run(server)


def run(server):
    kms, licenses = server.client("seller", "kms"), server.client("seller")
    # b1
    made = kms.create_key(CustomerMasterKeySpec="RSA_4096", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    # b2
    public_key = kms.get_public_key(KeyId=made["KeyId"])["PublicKey"]
    # b3
    arn = licenses.create_license(
        LicenseName="My License",
        ProductName="My Product",
        ProductSKU=documents.token(),
        Issuer={"Name": "My Company", "SignKey": made["Arn"]},
        HomeRegion=documents.HOME,
        Validity={"Begin": "2021-04-12T00:00:00Z"},
        Entitlements=[documents.counted("Users", 1000)],
        Beneficiary="My Beneficiary",
        ConsumptionConfiguration=documents.provisional() | documents.borrow(),
        LicenseMetadata=[{"Name": "ProductName", "Value": "My Product"}],
        ClientToken=documents.token(),
    )["LicenseArn"]
    # b4
    lent = licenses.checkout_borrow_license(
        LicenseArn=arn,
        Entitlements=[documents.ask("Users")],
        DigitalSignatureMethod="JWT_PS384",
        NodeId=NODE,
        ClientToken=documents.token(),
    )
    # b5: without an audience, which a token with `aud` would not pass (J3).
    claims = jwt.decode(lent["SignedToken"], pem(public_key), algorithms=["PS384"])
    assert claims == {
        "licenseArn": arn,
        "licenseConsumptionToken": lent["LicenseConsumptionToken"],
        "entitlementsAllowed": [{"name": "Users", "value": "1", "unit": "Count"}],
        "nodeId": NODE,
        "issuedAt": lent["IssuedAt"],
        "expiration": lent["Expiration"],
    }
