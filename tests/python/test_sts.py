"""Temporary credentials (8.1): who gets them, what they are, and when they are none."""

import base64
import datetime

import boto3
import pytest
import rsa

import documents
import people
import program
import tokens
import wire
from tokens import access, assume, refused

DENIED = ("AccessDenied", 403)
INVALID = ("InvalidIdentityToken", 400)


@pytest.fixture(scope="session")
def iam(server):
    return server.client("seller", "iam")


@pytest.fixture(scope="session")
def sts(server):
    return server.client("seller", "sts")


@pytest.fixture(scope="session")
def anybody(server):
    """STS for whoever has no credentials."""
    return tokens.anonymous(server, "sts")


@pytest.fixture(scope="session")
def key():
    return rsa.newkeys(2048)[1]


@pytest.fixture
def name():
    return "role-" + documents.token()[:24]


@pytest.fixture
def sold(shop):
    return shop.create()


def test_8_the_whole_way(server, seller, iam, anybody, sold, name):
    """S2: role, token, access token, session, check-out."""
    token = access(server, seller, sold.arn)
    subject = tokens.claims(token)["sub"]
    role = tokens.role(iam, name, tokens.trust(value=subject))
    answer = assume(anybody, role, token, DurationSeconds=900)
    assert answer["SubjectFromWebIdentityToken"] == subject
    assert answer["Provider"] == f"https://{tokens.ISSUER}" and answer["Audience"] == sold.arn
    user = answer["AssumedRoleUser"]
    assert user["Arn"] == f"arn:aws:sts::{program.SELLER}:assumed-role/{name}/session"
    credentials = answer["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    caller = tokens.with_credentials(server, credentials, "sts").get_caller_identity()
    assert (caller["Arn"], caller["UserId"]) == (user["Arn"], user["AssumedRoleId"])
    assert caller["Account"] == program.SELLER
    software = tokens.with_credentials(server, credentials)
    request = sold.request(documents.ask())
    checked_out = software.checkout_license(**request)
    software.extend_license_consumption(
        LicenseConsumptionToken=checked_out["LicenseConsumptionToken"]
    )
    software.check_in_license(LicenseConsumptionToken=checked_out["LicenseConsumptionToken"])
    denied = ("AuthorizationException", 400)
    message = refused(denied, software.delete_license, LicenseArn=sold.arn, SourceVersion="1")
    assert user["Arn"] in message and "license-manager:DeleteLicense" in message, "W24"
    vouched = {"StringEquals": {"aws:FederatedProvider": tokens.ISSUER}}
    everything = {"RoleName": name, "PolicyName": "vouched"}
    iam.put_role_policy(**everything, PolicyDocument=people.allow(Condition=vouched))
    assert software.list_licenses()["Licenses"] is not None


@pytest.mark.parametrize("operator", ["StringLike", "ForAnyValue:StringLike"])
def test_T2_trust_by_amr(server, seller, iam, anybody, sold, name, operator):
    token = access(server, seller, sold.arn, TokenProperties=["property"])
    mine = tokens.trust(condition=operator, claim="amr", value=tokens.MARKER + program.SELLER)
    if operator.startswith("For"):
        assume(anybody, tokens.role(iam, name, mine), token)
    other = tokens.trust(condition="ForAnyValue:" + operator.rpartition(":")[2], claim="amr",
                         value=tokens.MARKER + program.BUYER)
    message = refused(DENIED, assume, client=anybody, token=token,
                      role=tokens.role(iam, name + "-2", other))
    assert message == "Not authorized to perform sts:AssumeRoleWithWebIdentity"


def test_T17_a_role_of_the_buyers(server, iam, anybody, vendor, customer, name):
    """The buyer's role: check-outs count as the buyer's, without a beneficiary."""
    sold = vendor.sell()
    vendor.lend(sold, customer)
    token = access(server, customer.client, sold.arn)
    buyers = server.client("buyer", "iam")
    trusts = tokens.trust(condition="ForAnyValue:StringLike", claim="amr",
                          value=tokens.MARKER + program.BUYER)
    role = tokens.role(buyers, name, trusts)
    software = tokens.with_credentials(server, assume(anybody, role, token)["Credentials"])
    received = customer.holds(sold)
    assert software.checkout_license(**received.request(documents.ask()))["LicenseArn"] == sold.arn


def test_C9_a_session_uses_its_own_license_only(server, seller, shop, iam, anybody, name):
    one, two = shop.create(), shop.create()
    role = tokens.role(iam, name, tokens.trust())
    credentials = assume(anybody, role, access(server, seller, one.arn))["Credentials"]
    software = tokens.with_credentials(server, credentials)
    assert software.checkout_license(**one.request(documents.ask()))
    request = two.request(documents.ask())
    refused(("NoEntitlementsAllowedException", 400), software.checkout_license, **request)
    second = tokens.role(iam, name + "-2", people.trust({"AWS": role}),
                         people.ADMINISTRATOR)
    chained = assume(tokens.with_credentials(server, credentials, "sts"), second)["Credentials"]
    software = tokens.with_credentials(server, chained)
    refused(("NoEntitlementsAllowedException", 400), software.checkout_license, **request)


def test_T6_a_refresh_token(server, seller, iam, anybody, sold, name):
    role = tokens.role(iam, name, tokens.trust())
    refresh, _ = tokens.create(seller, sold.arn)
    refused(INVALID, assume, client=anybody, role=role, token=refresh)


def test_T6_T19_forged_tokens(server, seller, iam, anybody, sold, name, key):
    role = tokens.role(iam, name, tokens.trust())
    token = access(server, seller, sold.arn)
    head, body = tokens.header(token), tokens.claims(token)
    mine = tokens.jwk(key, "mine")
    forged = [tokens.sign(key, head | more, body) for more in (
        {}, {"jwk": mine}, {"jwk": mine, "kid": "mine"}, {"jku": "http://127.0.0.1:1/"}
    )]
    parts = token.split(".")
    for algorithm in ("none", "None", "HS256"):
        forged.append(f"{tokens.encode(head | {'alg': algorithm})}.{parts[1]}.")
    changed = tokens.encode(body | {"amr": [tokens.MARKER + program.BUYER]})
    forged += [f"{parts[0]}.{changed}.{parts[2]}", "a.b.c", "none"]
    for each in forged:
        refused(INVALID, assume, client=anybody, role=role, token=each)
    assume(anybody, role, token)


def test_8_an_access_token_lives_for_an_hour(server, seller, iam, anybody, sold, name, clock):
    role = tokens.role(iam, name, tokens.trust())
    token = access(server, seller, sold.arn)
    clock.advance(seconds=3599)
    credentials = assume(anybody, role, token, DurationSeconds=900)["Credentials"]
    software = tokens.with_credentials(server, credentials)
    software.get_license(LicenseArn=sold.arn)
    clock.advance(seconds=1)
    refused(("ExpiredTokenException", 400), assume, client=anybody, role=role, token=token)
    clock.advance(seconds=900)
    refused(("ExpiredTokenException", 403), software.get_license, LicenseArn=sold.arn)
    expired = tokens.with_credentials(server, credentials, "sts")
    refused(("ExpiredToken", 403), expired.get_caller_identity)


def test_T5_an_old_key_after_rotation(tmp_path, database):
    with program.serving(tmp_path, database=database(), test_clock=True) as server:
        seller, iam = server.client(), server.client(service="iam")
        arn = seller.create_license(**documents.license())["LicenseArn"]
        role, anybody = tokens.role(iam, "r", tokens.trust()), tokens.anonymous(server, "sts")
        old = access(server, seller, arn)
        program.run("issuer", "rotate", *server.place())
        assume(anybody, role, old)
        new = access(server, seller, arn)
        assert tokens.header(old)["kid"] != tokens.header(new)["kid"]
        program.run("issuer", "rotate", "--at-once", *server.place())
        for each in (old, new):
            refused(INVALID, assume, client=anybody, role=role, token=each)
        assume(anybody, role, access(server, seller, arn))


@pytest.mark.parametrize("bend", ["flip", "cut", "other key", "empty", "swap"])
def test_13_a_session_token_that_is_altered(server, sts, bend):
    one, two = (sts.get_session_token()["Credentials"] for _ in range(2))
    token = one["SessionToken"]
    bytes_ = bytearray(base64.b64decode(token))
    bytes_[len(bytes_) // 2] ^= 1
    bent = {
        "flip": base64.b64encode(bytes_).decode(),
        "cut": token[:-4],
        "other key": two["SessionToken"],
        "empty": "x",
        "swap": two["SessionToken"][:100] + token[100:],
    }[bend]
    software = tokens.with_credentials(server, one | {"SessionToken": bent})
    refused(("UnrecognizedClientException", 403), software.list_licenses)
    client = tokens.with_credentials(server, one | {"SessionToken": bent}, "sts")
    refused(("InvalidClientTokenId", 403), client.get_caller_identity)


def test_13_temporary_keys_need_their_token(server, sts):
    found = sts.get_session_token()["Credentials"]
    bare = wire.key(found["AccessKeyId"], found["SecretAccessKey"])
    reply = wire.call(server.url, bare, "ListLicenses", {})
    assert (reply.status, reply.code) == (403, "UnrecognizedClientException")


def test_8_1_a_session_ends_with_its_role(server, iam, sts, name):
    role = tokens.role(iam, name, people.ROOT, policy=None)
    client = tokens.with_credentials(server, assume(sts, role)["Credentials"], "sts")
    assert client.get_caller_identity()["Account"] == program.SELLER
    iam.delete_role(RoleName=name)
    refused(("InvalidClientTokenId", 403), client.get_caller_identity)


def test_8_1_a_signature_in_the_address(server, sts, iam, name):
    """Whoever is shown it learns who signed, and can do nothing else with it."""
    session = assume(sts, tokens.role(iam, name, people.ROOT))["Credentials"]
    for client in (sts, tokens.with_credentials(server, session, "sts")):
        address = client.generate_presigned_url("get_caller_identity", HttpMethod="GET")
        path = address.removeprefix(server.url)
        reply = wire.get(server.url, path)
        assert (reply.status, reply.xml["Arn"]) == (200, client.get_caller_identity()["Arn"])
        for other in (
            path.replace("GetCallerIdentity", "GetSessionToken"),
            path + "&Action=GetSessionToken",
            path + "&x=y",
            path.replace("Expires=3600", "Expires=604800"),
            path.replace("us-east-1", "us-east-2"),
        ):
            assert other != path
            reply = wire.get(server.url, other)
            assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch"), other


def test_8_1_get_session_token(server, sts, iam):
    found = sts.get_session_token(DurationSeconds=900)["Credentials"]
    left = found["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    client = tokens.with_credentials(server, found, "sts")
    assert client.get_caller_identity()["Arn"] == f"arn:aws:iam::{program.SELLER}:root"
    refused(DENIED, client.get_session_token)
    refused(DENIED, client.get_access_key_info, AccessKeyId=found["AccessKeyId"])
    assert sts.get_access_key_info(AccessKeyId=found["AccessKeyId"])["Account"] == program.SELLER
    assert sts.get_access_key_info(AccessKeyId=server.key().access_key)["Account"]
    refused(("ValidationError", 400), sts.get_access_key_info, AccessKeyId="AKIANONE000000000000")
    refused(DENIED, sts.get_session_token, SerialNumber="123456789", TokenCode="123456")
    assert left


def test_8_1_a_user_assumes_a_role(server, iam, name):
    user = iam.create_user(UserName=name)["User"]
    made = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"]}
    client = boto3.Session().client("sts", region_name="us-east-1", endpoint_url=server.url, **keys)
    by_name = tokens.role(iam, name + "-1", people.trust({"AWS": user["Arn"]}))
    by_account = tokens.role(iam, name + "-2", people.ROOT)
    assume_both = people.allow("sts:AssumeRole")
    refused(DENIED, assume, client=client, role=by_account)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=assume_both)
    for role in (by_name, by_account):
        assert assume(client, role)["Credentials"]["AccessKeyId"].startswith("ASIA")
    buyer = people.trust({"AWS": f"arn:aws:iam::{program.BUYER}:root"})
    nobody = tokens.role(iam, name + "-3", buyer)
    message = refused(DENIED, assume, client=client, role=nobody)
    assert "is not authorized to perform: sts:AssumeRole on resource: " + nobody in message
    refused(DENIED, assume, client=client, role=nobody + "-none")


def test_8_1_a_stranger_does_not_learn_which_roles_there_are(server, iam, name):
    role = tokens.role(iam, name, people.ROOT)
    stranger = server.client("buyer", "sts")
    twice = [{"Key": "key", "Value": ""}, {"Key": "KEY", "Value": ""}]
    policy = {"PolicyArns": [{"arn": f"arn:aws:iam::{program.BUYER}:policy/none"}]}
    for wrong in (policy, {"Policy": "{}"}, {"DurationSeconds": 43200}, {"Tags": twice}):
        answers = []
        for each in (role, role + "-none"):
            with pytest.raises(stranger.exceptions.ClientError) as caught:
                assume(stranger, each, **wrong)
            error = caught.value.response["Error"]
            answers.append((error["Code"], error["Message"].replace(each, "role")))
        assert answers[0] == answers[1]


def test_8_1_external_ids_tags_and_identities(server, iam, sts, name):
    condition = {"StringEquals": {"sts:ExternalId": "external", "sts:RoleSessionName": "session"}}
    trusts = people.trust({"AWS": f"{people.ACCOUNT}:root"}, ["sts:AssumeRole", "sts:TagSession"],
                          Condition=condition)
    role = tokens.role(iam, name, trusts)
    refused(DENIED, assume, client=sts, role=role)
    refused(DENIED, assume, client=sts, role=role, ExternalId="external", SourceIdentity="somebody")
    tags = [{"Key": "key", "Value": "value"}]
    answer = assume(sts, role, ExternalId="external", Tags=tags, TransitiveTagKeys=["key"])
    assert answer["PackedPolicySize"] > 0
    refused(("ValidationError", 400), assume, client=sts, role=role, ExternalId="external",
            TransitiveTagKeys=["key"])
    client = tokens.with_credentials(server, answer["Credentials"], "sts")
    tagged = people.trust({"AWS": role}, ["sts:AssumeRole", "sts:TagSession"],
                          Condition={"StringEquals": {"aws:PrincipalTag/key": "value"}})
    second = tokens.role(iam, name + "-2", tagged)
    assert assume(client, second)["PackedPolicySize"] > 0, "the tag is handed on"
    for tag in (tags[0], {"Key": "KEY", "Value": "other"}):
        refused(("ValidationError", 400), assume, client=client, role=second, Tags=[tag])


@pytest.mark.parametrize("tags", [
    [{"Key": "key", "Value": "1"}, {"Key": "Key", "Value": "2"}],
    [{"Key": "aws:key", "Value": "1"}],
    [{"Key": "\U0001f511", "Value": "1"}],
])
def test_8_1_tags_that_a_session_cannot_have(iam, sts, name, tags):
    actions = ["sts:AssumeRole", "sts:TagSession"]
    role = tokens.role(iam, name, people.trust({"AWS": f"{people.ACCOUNT}:root"}, actions))
    refused(("ValidationError", 400), assume, client=sts, role=role, Tags=tags)


def test_8_1_a_tag_of_the_session_takes_the_place_of_its_roles(server, iam, sts, name):
    """In whatever case: what the role says of itself is no way around what the session says."""
    trusts = people.trust({"AWS": f"{people.ACCOUNT}:root"}, ["sts:AssumeRole", "sts:TagSession"])
    if_trusted = {"StringEquals": {"aws:PrincipalTag/Level": "trusted"}}
    role = tokens.role(iam, name, trusts, Tags=[{"Key": "Level", "Value": "trusted"}])
    iam.put_role_policy(RoleName=name, PolicyName="p",
                        PolicyDocument=people.allow("license-manager:*", Condition=if_trusted))
    software = lambda **members: tokens.with_credentials(
        server, assume(sts, role, **members)["Credentials"])
    software().list_licenses()
    low = software(Tags=[{"Key": "level", "Value": "low"}])
    refused(("AuthorizationException", 400), low.list_licenses)


def test_8_1_session_policies(server, iam, sts, name):
    role = tokens.role(iam, name, people.ROOT, people.ADMINISTRATOR)
    limited = assume(sts, role, Policy=people.allow("license-manager:ListLicenses"))
    client = tokens.with_credentials(server, limited["Credentials"])
    client.list_licenses()
    refused(("AuthorizationException", 400), client.list_tokens)
    limited = assume(sts, role, PolicyArns=[{"arn": people.CONSUMPTION}])
    client = tokens.with_credentials(server, limited["Credentials"])
    refused(("AuthorizationException", 400), client.list_licenses)
    for bad in ("{}", "x", people.allow(Principal="*")):
        refused(("MalformedPolicyDocument", 400), assume, client=sts, role=role, Policy=bad)
    long = people.allow([f"iam:{'x' * 100}{number}" for number in range(30)])
    refused(("PackedPolicyTooLarge", 400), assume, client=sts, role=role, Policy=long)
    arns = [{"arn": people.CONSUMPTION}] * 11
    refused(("ValidationError", 400), assume, client=sts, role=role, PolicyArns=arns)
    other = [{"arn": f"arn:aws:iam::{program.BUYER}:policy/p"}]
    refused(("ValidationError", 400), assume, client=sts, role=role, PolicyArns=other)


def test_8_1_how_long(server, iam, sts, name):
    role = tokens.role(iam, name, people.ROOT, people.ADMINISTRATOR, MaxSessionDuration=7200)
    assume(sts, role, DurationSeconds=7200)
    refused(("ValidationError", 400), assume, client=sts, role=role, DurationSeconds=7201)
    first = assume(sts, role)["Credentials"]
    chained = tokens.with_credentials(server, first, "sts")
    assume(chained, role, DurationSeconds=3600)
    refused(("ValidationError", 400), assume, client=chained, role=role, DurationSeconds=3601)
