"""The tour of License Manager in a terminal."""

import datetime
import json
import os
import subprocess

import pytest

import documents
import program
from clock import parse
from terminal import AWS, Cli

DAY = datetime.timedelta(days=1)


@pytest.fixture
def cli(own_server):
    return Cli(own_server)


def sample():
    begin = datetime.datetime.now(datetime.timezone.utc)
    return documents.sample(program.SELLER, program.BUYER, begin, begin + 10 * DAY)


def check_out(cli, document, value="1"):
    return cli.ok(
        "checkout-license",
        product_sku=document["ProductSKU"],
        checkout_type="PROVISIONAL",
        key_fingerprint=f"aws:{program.SELLER}:Self:issuer-fingerprint",
        entitlements=[documents.ask("ReadOnly", value)],
        client_token=documents.token(),
        beneficiary=program.BUYER,
    )


def usage(cli, arn):
    answer = cli.ok("get-license-usage", license_arn=arn)
    return answer["LicenseUsage"]["EntitlementUsages"][0]["ConsumedValue"]


def test_11_5_the_tour_of_the_cli(cli):
    document = sample()
    created = cli.ok("create-license", cli_input_json=document)
    arn = created["LicenseArn"]
    assert (created["Status"], created["Version"]) == ("AVAILABLE", "1")

    license = cli.ok("get-license", license_arn=arn)["License"]
    fingerprint = f"aws:{program.SELLER}:Self:issuer-fingerprint"
    assert license["Issuer"]["KeyFingerprint"] == fingerprint
    assert license["Validity"] == document["Validity"], "W32: the odd fraction is echoed"

    held = check_out(cli, document)
    token = held["LicenseConsumptionToken"]
    assert parse(held["Expiration"]) - parse(held["IssuedAt"]) == datetime.timedelta(hours=1)
    extended = cli.ok("extend-license-consumption", license_consumption_token=token)
    assert parse(extended["Expiration"]) >= parse(held["Expiration"])
    tries = cli.ok("extend-license-consumption", "--dry-run", license_consumption_token=token)
    assert tries["LicenseConsumptionToken"] == token
    assert usage(cli, arn) == "1"

    cli.ok("check-in-license", license_consumption_token=token, beneficiary=program.BUYER)
    assert usage(cli, arn) == "0"
    cli.refused(
        "ResourceNotFoundException", "check-in-license", license_consumption_token=token
    )

    listed = cli.ok("list-licenses", filters=[{"Name": "Status", "Values": ["AVAILABLE"]}])
    assert [license["LicenseArn"] for license in listed["Licenses"]] == [arn]

    changed = ("ProductSKU", "Beneficiary")
    version = {name: value for name, value in document.items() if name not in changed}
    version |= {"LicenseArn": arn, "Status": "AVAILABLE", "SourceVersion": "1"}
    version |= {"ClientToken": documents.token(), "LicenseName": "Second"}
    assert cli.ok("create-license-version", cli_input_json=version)["Version"] == "2"
    versions = cli.ok("list-license-versions", license_arn=arn)["Licenses"]
    assert [license["LicenseName"] for license in versions] == ["Test license", "Second"]

    cli.ok("tag-resource", resource_arn=arn, tags=[{"Key": "a", "Value": "b"}])
    tags = cli.ok("list-tags-for-resource", resource_arn=arn)["Tags"]
    assert tags == [{"Key": "a", "Value": "b"}]
    cli.ok("untag-resource", resource_arn=arn, tag_keys=["a"])
    assert cli.ok("list-tags-for-resource", resource_arn=arn)["Tags"] == []

    cli.refused("ConflictException", "delete-license", license_arn=arn, source_version="1")
    deleted = cli.ok("delete-license", license_arn=arn, source_version="2")
    assert deleted["Status"] == "DELETED"


def test_a_kill_between_two_check_outs_loses_nothing(cli, own_server):
    document = sample()
    arn = cli.ok("create-license", cli_input_json=document)["LicenseArn"]
    held = check_out(cli, document, "2")
    own_server.restart()
    assert usage(cli, arn) == "2"
    check_out(cli, document, "3")
    own_server.restart()
    assert usage(cli, arn) == "5"
    cli.ok("check-in-license", license_consumption_token=held["LicenseConsumptionToken"])
    assert usage(cli, arn) == "3"


def test_who_is_calling(own_server):
    words = [AWS, "sts", "get-caller-identity", "--output", "json"]
    for profile, account in program.ACCOUNTS.items():
        environment = Cli(own_server, profile).environment()
        answer = subprocess.run(words, capture_output=True, check=True, env=environment)
        assert json.loads(answer.stdout)["Account"] == account


@pytest.mark.parametrize("command", [["describe"], ["account", "list"]])
def test_a_command_that_nobody_reads_ends_quietly(tmp_path, command):
    """As `head` has it: 141 is how a shell shows SIGPIPE."""
    if command != ["describe"]:
        program.run("account", "create", "one", "--data", tmp_path)
        command = [*command, "--data", str(tmp_path)]
    reader, writer = os.pipe()
    os.close(reader)
    pipes = {"stdout": writer, "stderr": subprocess.PIPE, "env": program.environment()}
    process = subprocess.Popen([program.BINARY, *command], **pipes)
    os.close(writer)
    _, said = process.communicate(timeout=program.STOP_S)
    assert (process.returncode, said) == (141, b"")
