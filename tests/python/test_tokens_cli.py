"""The commands that sellers and their customers type (section 8), with the AWS CLI."""

import json
import os
import subprocess

import pytest

import documents
import program
import tokens
from terminal import AWS, Cli

ROLE = "AWSLicenseManagerConsumptionRole"
POLICY = "arn:aws:iam::aws:policy/service-role/AWSLicenseManagerConsumptionPolicy"


def trust(condition):
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": tokens.ISSUER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def by_subject(token):
    return trust({"StringLike": {f"{tokens.ISSUER}:sub": tokens.claims(token)["sub"]}})


def by_issuer(token):
    marker = tokens.MARKER + program.SELLER
    return trust({"ForAnyValue:StringLike": {f"{tokens.ISSUER}:amr": marker}})


def aws(environment, folder, *words):
    """A command as it is printed in a guide."""
    end = subprocess.run(
        [AWS, *words], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert end.returncode == 0, end.stderr
    return json.loads(end.stdout or "{}")


@pytest.mark.parametrize("condition", [by_subject, by_issuer])
def test_T2_T3_the_commands_of_the_guide(own_server, tmp_path, condition):
    seller = Cli(own_server)
    sold = documents.license()
    arn = seller.ok("create-license", cli_input_json=sold)["LicenseArn"]
    refresh = seller.ok("create-token", license_arn=arn, client_token=documents.token())["Token"]
    (tmp_path / "trust-policy-document.json").write_text(json.dumps(condition(refresh)))
    as_seller = lambda *words: aws(seller.environment(), tmp_path, *words)
    role = as_seller(
        "iam", "create-role", "--role-name", ROLE, "--description", "Consumption of licenses",
        "--max-session-duration", "3600",
        "--assume-role-policy-document", "file://trust-policy-document.json",
    )["Role"]["Arn"]
    as_seller("iam", "attach-role-policy", "--role-name", ROLE, "--policy-arn", POLICY)

    nobody = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    nobody |= {"AWS_ENDPOINT_URL": own_server.url, "AWS_PAGER": "", "AWS_DEFAULT_REGION": "us-east-1"}
    nobody |= {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}
    customer = lambda *words: aws(nobody, tmp_path, *words)
    access = customer(
        "license-manager", "get-access-token", "--token", refresh, "--no-sign-request"
    )["AccessToken"]
    credentials = customer(
        "sts", "assume-role-with-web-identity", "--role-arn", role,
        "--role-session-name", "customer-7", "--web-identity-token", access,
    )["Credentials"]
    nobody |= {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
    fingerprint = f"aws:{program.SELLER}:{sold['Issuer']['Name']}:issuer-fingerprint"
    checked_out = customer(
        "license-manager", "checkout-license", "--product-sku", sold["ProductSKU"],
        "--checkout-type", "PROVISIONAL", "--key-fingerprint", fingerprint,
        "--entitlements", json.dumps([documents.ask()]), "--client-token", documents.token(),
        "--beneficiary", sold["Beneficiary"],
    )
    assert checked_out["LicenseArn"] == arn
    customer(
        "license-manager", "check-in-license",
        "--license-consumption-token", checked_out["LicenseConsumptionToken"],
    )
