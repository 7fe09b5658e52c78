"""IAM: what policies would say, without anybody asking (SimulateCustomPolicy and its kin)."""

import json

from people import ACCOUNT, CONSUMPTION, allow
from program import SELLER
from shop import refused

LICENSE = f"arn:aws:license-manager::{SELLER}:license:l-0"


def decisions(answer):
    return [result["EvalDecision"] for result in answer["EvaluationResults"]]


def deny(actions):
    statement = {"Effect": "Deny", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_policies_that_are_given(iam):
    answer = iam.simulate_custom_policy(
        PolicyInputList=[allow("license-manager:Get*", LICENSE), deny("license-manager:Delete*")],
        ActionNames=["license-manager:GetLicense", "license-manager:DeleteLicense", "iam:GetUser"],
        ResourceArns=[LICENSE, LICENSE + "1"],
    )
    allowed, denied, silent = "allowed", "explicitDeny", "implicitDeny"
    assert decisions(answer) == [allowed, silent, denied, denied, silent, silent]
    first, _, third = answer["EvaluationResults"][:3]
    assert first["EvalResourceName"] == LICENSE
    assert first["MatchedStatements"][0]["SourcePolicyId"] == "PolicyInputList.1"
    assert third["MatchedStatements"][0]["SourcePolicyId"] == "PolicyInputList.2"


def test_context_and_boundary(iam):
    tagged = allow(Condition={"StringEquals": {"aws:ResourceTag/team": "a"}})
    question = {
        "PolicyInputList": [tagged],
        "ActionNames": ["license-manager:GetLicense"],
    }
    answer = iam.simulate_custom_policy(**question)
    assert decisions(answer) == ["implicitDeny"]
    missing = answer["EvaluationResults"][0]["MissingContextValues"]
    assert missing == ["aws:ResourceTag/team"]
    entry = {
        "ContextKeyName": "aws:ResourceTag/team",
        "ContextKeyValues": ["a"],
        "ContextKeyType": "string",
    }
    question["ContextEntries"] = [entry]
    answer = iam.simulate_custom_policy(**question)
    assert decisions(answer) == ["allowed"]
    assert answer["EvaluationResults"][0]["MissingContextValues"] == []
    bound = {"PermissionsBoundaryPolicyInputList": [allow("iam:*")]}
    answer = iam.simulate_custom_policy(**question, **bound)
    assert decisions(answer) == ["implicitDeny"]
    detail = answer["EvaluationResults"][0]["PermissionsBoundaryDecisionDetail"]
    assert detail == {"AllowedByPermissionsBoundary": False}
    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=[tagged])
    assert keys["ContextKeyNames"] == ["aws:ResourceTag/team"]


def test_the_policies_of_a_principal(crew, iam):
    user, group, role = crew.user(), crew.group(), crew.role()
    who = {"PolicySourceArn": user["Arn"], "ActionNames": ["license-manager:CheckoutLicense"]}
    assert decisions(iam.simulate_principal_policy(**who)) == ["implicitDeny"]
    iam.add_user_to_group(UserName=user["UserName"], GroupName=group["GroupName"])
    iam.attach_group_policy(GroupName=group["GroupName"], PolicyArn=CONSUMPTION)
    [result] = iam.simulate_principal_policy(**who)["EvaluationResults"]
    assert result["EvalDecision"] == "allowed"
    [matched] = result["MatchedStatements"]
    assert matched["SourcePolicyId"] == CONSUMPTION.split("/")[-1]
    assert matched["SourcePolicyType"] == "aws-managed"
    iam.put_user_policy(
        UserName=user["UserName"], PolicyName="no", PolicyDocument=deny("license-manager:*")
    )
    [result] = iam.simulate_principal_policy(**who)["EvaluationResults"]
    assert result["EvalDecision"] == "explicitDeny"
    assert result["MatchedStatements"][0]["SourcePolicyType"] == "user"
    policy = crew.policy(allow("iam:*"))["Arn"]
    iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=policy)
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role["Arn"], ActionNames=["iam:GetUser", "sts:AssumeRole"], MaxItems=1
    )
    assert decisions(answer) == ["allowed"] and answer["IsTruncated"]
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=allow("sts:*"), SetAsDefault=True)
    answer = iam.simulate_principal_policy(
        PolicySourceArn=role["Arn"], ActionNames=["iam:GetUser", "sts:AssumeRole"]
    )
    assert decisions(answer) == ["implicitDeny", "allowed"], "the default version counts"
    keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=group["Arn"])
    assert keys["ContextKeyNames"] == []


def test_what_cannot_be_simulated(crew, iam):
    ask = {"ActionNames": ["iam:GetUser"]}
    refused("InvalidInput", iam.simulate_custom_policy, PolicyInputList=["{"], **ask)
    bad = {"PolicyInputList": [allow()], "ActionNames": ["iam:Get*"]}
    refused("InvalidInput", iam.simulate_custom_policy, **bad)
    source = iam.simulate_principal_policy
    refused("NoSuchEntity", source, PolicySourceArn=f"{ACCOUNT}:user/none", **ask)
    refused("InvalidInput", source, PolicySourceArn=f"{ACCOUNT}:policy/none", **ask)
    other = {"PolicySourceArn": "arn:aws:iam::444455556666:user/none"}
    refused("InvalidInput", source, **other, **ask)
    many = {"ResourceArns": [f"{LICENSE}{number}" for number in range(501)]}
    twice = {"ActionNames": ["iam:GetUser", "iam:GetRole"]}
    refused("InvalidInput", iam.simulate_custom_policy, PolicyInputList=[allow()], **twice, **many)
