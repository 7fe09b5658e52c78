"""IAM in a terminal: the tour of the AWS CLI, and the seller guide's commands (section 8)."""

import json

from people import CONSUMPTION, allow
from program import SELLER
from terminal import Cli

TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Federated": "openid-license-manager.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringLike": {
                "openid-license-manager.amazonaws.com:sub": "12345678-1234-1234-1234-123456789012"
            }
        },
    },
}


def test_the_role_of_the_seller_guide(own_server, tmp_path):
    cli = Cli(own_server, service="iam")
    document = tmp_path / "trust-policy-document.json"
    document.write_text(json.dumps(TRUST))
    name = "AWSLicenseManagerConsumptionRole"
    made = cli.ok(
        "create-role",
        role_name=name,
        description="Used by consumers to consume licenses",
        max_session_duration="3600",
        assume_role_policy_document=f"file://{document}",
    )["Role"]
    assert made["Arn"] == f"arn:aws:iam::{SELLER}:role/{name}"
    assert made["AssumeRolePolicyDocument"] == TRUST
    cli.ok("attach-role-policy", role_name=name, policy_arn=CONSUMPTION)
    [attached] = cli.ok("list-attached-role-policies", role_name=name)["AttachedPolicies"]
    assert attached["PolicyArn"] == CONSUMPTION


def test_a_tour(own_server):
    cli = Cli(own_server, service="iam")
    user = cli.ok("create-user", user_name="bob", tags=[{"Key": "a", "Value": "b"}])["User"]
    policy = cli.ok("create-policy", policy_name="all", policy_document=allow())["Policy"]
    cli.ok("attach-user-policy", user_name="bob", policy_arn=policy["Arn"])
    key = cli.ok("create-access-key", user_name="bob")["AccessKey"]
    with (own_server.data / "credentials").open("a") as file:
        file.write(f"\n[bob]\naws_access_key_id = {key['AccessKeyId']}\n")
        file.write(f"aws_secret_access_key = {key['SecretAccessKey']}\nregion = us-east-1\n")
    me = Cli(own_server, "bob", "sts").ok("get-caller-identity")
    assert me == {"UserId": user["UserId"], "Account": SELLER, "Arn": user["Arn"]}
    cli.refused("EntityAlreadyExists", "create-user", user_name="Bob")
    cli.refused("MalformedPolicyDocument", "create-policy", policy_name="x", policy_document="{}")
