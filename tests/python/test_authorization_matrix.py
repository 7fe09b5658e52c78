"""Every operation of every service, called by everybody who could call it (W23, W24).

The rows come from the program's own tables, so that a new operation is here from its first day.
What a caller is answered who is let in is the business of other tests.
"""

import pytest

import callers
import documents
import operations
import people
import program
import tokens
import wire
from access import (
    ANYBODY,
    ASKED,
    DESCRIBED,
    INPUTS,
    KINDS,
    NAMED,
    OPEN,
    SIGNED,
    TAGGING,
    TRUST,
    action,
)
from clock import Clock
from callers import User, allow, deny, is_denied

OTHERS = "arn:aws:*:*:000000000000:*"
KMS = f"arn:aws:kms:us-east-1:{program.SELLER}"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server on one database: what is asked here does not know where policies are kept."""
    with program.serving(tmp_path_factory.mktemp("server"), test_clock=True) as server:
        yield server


@pytest.fixture(scope="module")
def nobody(server):
    return User(server, "nobody")


@pytest.fixture(scope="module")
def changing(server):
    """A user whose policy is another one in each test."""
    return User(server, "changing")


@pytest.fixture(scope="module")
def barred(server):
    """A user who may do everything, but for what its own policy denies."""
    return User(server, "barred").attach(callers.EVERYTHING)


@pytest.fixture(scope="module")
def foreigner(server):
    """A user of another account who may do everything there."""
    return User(server, "foreigner", "buyer").attach(callers.EVERYTHING)


@pytest.fixture(scope="module")
def disabled(server):
    return User(server, "disabled").attach(callers.EVERYTHING).disable()


def session_of(server, role, token=None):
    """The keys of a session of a role."""
    client = tokens.anonymous(server, "sts") if token else server.client("seller", "sts")
    return tokens.assume(client, role, token, DurationSeconds=900)["Credentials"]


@pytest.fixture(scope="module")
def expired(server, changing):
    """The key of a session that is over."""
    made = changing.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    Clock(server).advance(seconds=901)
    return tokens.key(made)


@pytest.fixture(scope="module")
def tampered(expired, changing):
    """The key of a session that is not over, with one character of its token changed."""
    made = changing.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    token = made["SessionToken"]
    middle = len(token) // 2
    other = "A" if token[middle] != "A" else "B"
    return tokens.key(made | {"SessionToken": token[:middle] + other + token[middle + 1 :]})


@pytest.fixture(scope="module")
def temporary(server, expired, trusting):
    """The key of a session of a user who may do everything."""
    user = User(server, "temporary").attach(callers.EVERYTHING)
    return tokens.key(user.client("sts").get_session_token(DurationSeconds=3600)["Credentials"])


@pytest.fixture(scope="module")
def session(server, expired):
    """The key of a session of a role, given for the token of a license, that may do everything."""
    seller = server.client()
    arn = seller.create_license(**documents.license())["LicenseArn"]
    role = tokens.role(
        server.client("seller", "iam"), "everything", tokens.trust(), callers.EVERYTHING
    )
    return tokens.key(session_of(server, role, tokens.access(server, seller, arn)))


# Who is not let in at all: how its request is signed, and the code of the JSON protocol.
UNKNOWN = "UnrecognizedClientException"
STRANGERS = {
    "anonymous": (lambda request, of: request, "MissingAuthenticationTokenException"),
    "disabled key": (lambda request, of: request.sign(of("disabled").key), UNKNOWN),
    "expired session": (lambda request, of: request.sign(of("expired")), "ExpiredTokenException"),
    "tampered session": (lambda request, of: request.sign(of("tampered")), UNKNOWN),
}
IN_QUERIES = {
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "ExpiredTokenException": "ExpiredToken",
}


def resources(operation):
    """The ARNs that an operation with its input is on."""
    access, members = DESCRIBED[operation], INPUTS[operation]
    if access in ("*", "AccessKeyId"):
        return ["*"]
    name = members[access]
    if access == "AliasName":
        keys = [members["TargetKeyId"]] if "TargetKeyId" in members else []
        return [f"{KMS}:{name}", *(arn_of_key(key) for key in keys)]
    if access == "KeyId":
        return [arn_of_key(name)]
    if access == "Url":
        return [f"{people.ACCOUNT}:oidc-provider/{name.removeprefix('https://')}"]
    if access == "AWSServiceName":
        return [f"{people.ACCOUNT}:role/aws-service-role/{name}/*"]
    if access in KINDS:
        return [f"{people.ACCOUNT}:{KINDS[access]}{members.get('Path', '/')}{name}"]
    return [name]


def tagging(operation):
    """The statements that tags of what an operation makes need."""
    if operation not in TAGGING:
        return []
    of = TAGGING[operation]
    made = of.get("resource", "").format(region="us-east-1", account=program.SELLER)
    return [allow(of["action"], made or resources(operation))]


def arn_of_key(name):
    return name if name.startswith("arn:") else f"{KMS}:key/{name}"


def check_denied(reply, operation, reason):
    """W24 in the words of its service."""
    assert is_denied(reply), reply.body
    service = action(operation).split(":")[0]
    of_json = "AuthorizationException" if service == "license-manager" else "AccessDeniedException"
    assert reply.code == ("AccessDenied" if operations.is_query(operation) else of_json)
    assert reply.status == (403 if operations.is_query(operation) else 400)
    assert f" is not authorized to perform: {action(operation)}" in reply.message
    assert reply.message.endswith(reason), reply.message


def missing(operation):
    return f"because no identity-based policy allows the {action(operation)} action"


def test_W24_every_operation_is_here():
    """Each that the program has is tried, with an input."""
    assert set(DESCRIBED) <= set(INPUTS), set(DESCRIBED) - set(INPUTS)
    assert sorted(OPEN) == ["sts:GetCallerIdentity", "sts:GetSessionToken"]
    assert sorted(ANYBODY) == sorted(operations.OPEN)
    assert TRUST == ["sts:AssumeRole"]


@pytest.mark.parametrize("operation", OPEN)
def test_8_1_open_to_whoever_has_signed(operation, server, nobody, barred):
    barred.say(deny("*"))
    for key in (server.key(), nobody.key, barred.key):
        assert wire.call(server.url, key, operation, INPUTS[operation]).status == 200


@pytest.mark.parametrize("operation", ASKED)
def test_W24_matrix(operation, server, nobody, changing, barred):
    members, mine = INPUTS[operation], resources(operation)
    # Nothing but this: let in. Everything but this, and this denied in so many words: not.
    changing.say(allow(action(operation), mine), *tagging(operation))
    assert not is_denied(changing.call(operation, members))
    changing.say({"Effect": "Allow", "NotAction": action(operation), "Resource": "*"})
    check_denied(changing.call(operation, members), operation, missing(operation))
    barred.say(deny(action(operation), mine))
    reason = "with an explicit deny in an identity-based policy"
    check_denied(barred.call(operation, members), operation, reason)

    check_denied(nobody.call(operation, members), operation, missing(operation))
    assert not is_denied(server.call(operation, members))


@pytest.mark.parametrize("operation", NAMED)
def test_10_on_another_resource_only(operation, changing):
    changing.say(allow(action(operation), OTHERS))
    reply = changing.call(operation, INPUTS[operation])
    check_denied(reply, operation, missing(operation))
    assert f" on resource: {resources(operation)[0]} " in reply.message


@pytest.mark.parametrize("operation", TAGGING)
def test_10_tags_of_what_is_made_need_their_own_permission(operation, changing):
    members, (allowed,) = INPUTS[operation], tagging(operation)
    of_tags = allowed["Action"]
    for policy in (
        [allow(action(operation), resources(operation))],
        [allow("*"), deny(of_tags, allowed["Resource"])],
    ):
        changing.say(*policy)
        reply = changing.call(operation, members)
        assert is_denied(reply) and f"perform: {of_tags} on resource: " in reply.message
        untagged = {name: value for name, value in members.items() if name != "Tags"}
        assert not is_denied(changing.call(operation, untagged))


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("operation", SIGNED)
def test_W23_strangers(operation, stranger, server, request):
    sign, code = STRANGERS[stranger]
    made = wire.request(server.url, operation, INPUTS[operation])
    reply = sign(made, request.getfixturevalue).send()
    is_query = operations.is_query(operation)
    assert (reply.status, reply.code) == (403, IN_QUERIES[code] if is_query else code)


def test_4_V_bad_members_come_before_a_denial(nobody):
    reply = nobody.call("GetLicense", {"LicenseArn": 1})
    assert reply.code == "ValidationException"
    reply = nobody.call("GetLicense", {"LicenseArn": operations.ARN})
    assert is_denied(reply)


@pytest.mark.parametrize("operation", SIGNED)
def test_8_1_a_session_of_a_user(operation, server, temporary):
    """Of IAM it may nothing, for it has no second factor, and of STS little (GetSessionToken)."""
    reply = wire.call(server.url, temporary, operation, INPUTS[operation])
    service, _, name = operation.rpartition(":")
    if service == "iam":
        assert (reply.status, reply.code) == (403, "InvalidClientTokenId")
    elif service == "sts" and name not in ("AssumeRole", "GetCallerIdentity"):
        assert (reply.status, reply.code) == (403, "AccessDenied")
        assert reply.message == f"Cannot call {name} with session credentials"
    else:
        assert not is_denied(reply) and reply.status not in (403, 500), reply.body


@pytest.mark.parametrize("operation", ANYBODY)
def test_W21_anybody_with_any_signature(operation, server, nobody, barred, disabled, tampered):
    """What counts is the token among the members, which is none here."""
    barred.say(deny("*"))
    request = lambda: wire.request(server.url, operation, INPUTS[operation])
    replies = [request().send()]
    keys = (server.key(), nobody.key, barred.key, disabled.key, tampered)
    replies += [request().sign(key).send() for key in keys]
    assert len({(reply.status, reply.code, reply.message) for reply in replies}) == 1
    assert replies[0].status == 400 and not is_denied(replies[0])


@pytest.fixture(scope="module")
def trusting(server):
    """The role that the matrix assumes: it trusts its account."""
    iam = server.client("seller", "iam")
    return tokens.role(iam, "matrix", people.trust({"AWS": f"{people.ACCOUNT}:root"}))


@pytest.mark.parametrize("operation", TRUST)
def test_8_1_who_may_assume_a_role(
    operation, server, trusting, nobody, changing, barred, foreigner, session
):
    """Whom the role trusts: through its account's root a policy must say so as well."""
    members = INPUTS[operation]
    refused = lambda reply: (reply.status, reply.code) == (403, "AccessDenied")
    changing.say(allow(action(operation), trusting))
    assert changing.call(operation, members).status == 200
    barred.say(deny(action(operation), trusting))
    changing.say(allow(action(operation), OTHERS))
    for caller in (changing, barred, nobody, foreigner):
        reply = caller.call(operation, members)
        assert refused(reply), reply.body
        assert f" is not authorized to perform: {action(operation)} on resource:" in reply.message
    assert wire.call(server.url, session, operation, members).status == 200
    assert server.call(operation, members).status == 200
