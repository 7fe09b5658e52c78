"""For every operation, everything that can be wrong with a request (sections 1.3, 4 V and 13).

The cases come from the table of operations and from the model inside botocore, so that a new
operation is covered from the day it is listed.
"""

import base64
import copy
import functools
import operator
import re

import pytest

import operations
import wire

STS = "sts:GetCallerIdentity"
EVERY = [*operations.NAMES, *operations.OTHERS]
# Those that must be signed.
SIGNED = [operation for operation in EVERY if operation not in operations.OPEN]
JSON = [operation for operation in EVERY if not operations.is_query(operation)]
SIGNED_JSON = [operation for operation in JSON if operation in SIGNED]
INPUTS = operations.INPUTS
# Those whose members can be bent.
CHECKED = [operation for operation in EVERY if operation != STS]
SIX_MINUTES_S = 360
WRONG = {
    "string": [{"a": 1}, [], True, 12],
    "integer": ["1", 1.5, True, {}, 2**40, 2**70],
    "long": ["1", 1.5, True, [], 2**70],
    "blob": ["*", "A", 1, {}],
    "boolean": ["true", 1, {}],
    "list": [{}, "x", 1],
    "structure": [[], "x", 1],
}
# In a form everything is a text, and no text is the wrong type where one belongs.
WRONG_TEXT = {
    "string": [],
    "integer": ["", "x", "1.5", 2**40, 2**70],
    "boolean": ["", "yes", "True"],
    "list": ["x"],
    "structure": ["x"],
}


def request(server, operation, members=None):
    return wire.request(server.url, operation, members or INPUTS[operation])


def check(reply, operation, code, status):
    """An error in the protocol of its operation, in its full form (W10, W13, W14)."""
    assert reply.headers["x-amzn-RequestId"], "an answer without request id"
    assert (reply.status, reply.code) == (status, code), reply.body
    assert reply.message
    assert reply.is_xml == operations.is_query(operation)
    if not reply.is_xml:
        assert reply.headers["x-amzn-ErrorType"] == code
        assert reply.headers["Content-Type"] == wire.JSON


def auth_code(operation, name):
    """The names of the two protocols for one and the same thing (section 13, 8.1)."""
    query = {
        "MissingAuthenticationTokenException": "MissingAuthenticationToken",
        "InvalidSignatureException": "SignatureDoesNotMatch",
        "UnrecognizedClientException": "InvalidClientTokenId",
        "IncompleteSignatureException": "IncompleteSignature",
    }
    return query[name] if operations.is_query(operation) else name


def check_auth(reply, operation, code):
    check(reply, operation, auth_code(operation, code), 403)


@pytest.mark.parametrize("operation", SIGNED)
def test_W23_unsigned(server, operation):
    check_auth(request(server, operation).send(), operation, "MissingAuthenticationTokenException")


@pytest.mark.parametrize("operation", SIGNED)
def test_W20_wrong_secret(server, operation):
    wrong = wire.key(server.key().access_key, "x" * 40)
    reply = request(server, operation).sign(wrong).send()
    check_auth(reply, operation, "InvalidSignatureException")


@pytest.mark.parametrize("operation", SIGNED)
def test_W20_unknown_key(server, operation):
    unknown = wire.key("AKIAUNKNOWN000000000", "x" * 40)
    reply = request(server, operation).sign(unknown).send()
    check_auth(reply, operation, "UnrecognizedClientException")


@pytest.mark.parametrize("skew_s", [SIX_MINUTES_S, -SIX_MINUTES_S])
@pytest.mark.parametrize("operation", SIGNED)
def test_13_skewed_clock(server, operation, skew_s):
    reply = request(server, operation).sign(server.key(), skew_s).send()
    check_auth(reply, operation, "InvalidSignatureException")


@pytest.mark.parametrize("skew_s", [240, -240])
@pytest.mark.parametrize("operation", SIGNED)
def test_13_a_clock_that_is_off_by_less(server, operation, skew_s):
    reply = request(server, operation).sign(server.key(), skew_s).send()
    assert reply.status in (200, 400, 403, 404, 409), "past the signature"
    assert reply.status == 200 or "Signature" not in reply.code


@pytest.mark.parametrize("operation", SIGNED)
def test_W20_tampered_body(server, operation):
    bent = request(server, operation).sign(server.key())
    # Still a good request in each protocol, but another one than was signed.
    bent.body += b"&More=1" if operations.is_query(operation) else b" "
    check_auth(bent.send(), operation, "InvalidSignatureException")


@pytest.mark.parametrize("operation", SIGNED_JSON)
def test_W20_tampered_target_and_service(server, operation):
    bent = request(server, operation).sign(server.key())
    bent.headers["X-Amz-Target"] = "AWSLicenseManager.ListLicenses"
    if operation != "ListLicenses":
        check(bent.send(), operation, "InvalidSignatureException", 403)
    other = request(server, operation)
    other.service = "sts"
    check(other.sign(server.key()).send(), operation, "InvalidSignatureException", 403)


@pytest.mark.parametrize("value", ["x", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=x"])
@pytest.mark.parametrize("operation", SIGNED)
def test_13_malformed_authorization(server, operation, value):
    bent = request(server, operation).sign(server.key())
    bent.headers["Authorization"] = value
    check_auth(bent.send(), operation, "IncompleteSignatureException")


def bend(operation, path, value):
    """The operation's input with one member replaced, or left out when the value is None."""
    members = copy.deepcopy(INPUTS[operation])
    inside = members
    for step in path[:-1]:
        inside = inside[step]
    if value is None:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return members


def cases(choose):
    """Parameters (operation, path, value) from a function of (operation, path, shape, required)."""
    found = []
    for operation in CHECKED:
        for path, shape, required in operations.members(operation):
            for value in choose(operation, path, shape, required):
                label = f"{operation}-{'.'.join(map(str, path))}-{str(value)[:12]}"
                found.append(pytest.param(operation, path, value, id=label))
    assert found
    return found


def missing(operation, path, shape, required):
    return [None] if required else []


def over_long(operation, path, shape, required):
    if shape["type"] == "string" and "max" in shape:
        return ["x" * (shape["max"] + 1)]
    if shape["type"] == "blob":
        return ["", base64.b64encode(b"x" * (shape["max"] + 1)).decode()]
    if shape["type"] != "list" and "max" in shape:
        return [shape["max"] + 1, shape["min"] - 1]
    return []


def not_in_enum(operation, path, shape, required):
    # B7: what is not offered has an exception of its own.
    values = shape.get("enum", []) if path != ("DigitalSignatureMethod",) else []
    return ["", "x", values[0] + " ", values[0].swapcase()] if values else []


def breaking_pattern(operation, path, shape, required):
    # Python has no names for the letters, digits and spaces of all scripts.
    pattern = shape.get("pattern", r"[\s\S]*").replace(r"\p{L}\p{Z}\p{N}", r"\w\s")
    return [value for value in ("a b", "") if not re.fullmatch(pattern, value)]


def wrong_type(operation, path, shape, required):
    if operations.is_query(operation):
        return WRONG_TEXT[shape["type"]]
    # W6: a number is read as its text where units are counted.
    numbers = path[-1] == "Value" and "Entitlements" in path
    return [value for value in WRONG[shape["type"]] if not (numbers and value == 12)]


def check_validation(server, operation, path, value):
    reply = server.call(operation, bend(operation, path, value))
    check(reply, operation, operations.invalid(operation), 400)
    assert re.match(r"\d+ validation errors? detected: ", reply.message), reply.message
    assert f"'{member_path(path)}'" in reply.message, "which member"


def member_path(path):
    """The form of section 4: lower-camel names, elements counted from one."""
    words = [f"{step + 1}.member" if step == 0 else step[0].lower() + step[1:] for step in path]
    return ".".join(words)


@pytest.mark.parametrize("operation, path, value", cases(missing))
def test_V_missing_member(server, operation, path, value):
    check_validation(server, operation, path, value)


@pytest.mark.parametrize("operation, path, value", cases(over_long))
def test_V_over_long_member(server, operation, path, value):
    check_validation(server, operation, path, value)


def lists_of_bad_length():
    """One too few and one too many of an element that is good by itself."""
    for operation in CHECKED:
        for path, shape, _ in operations.members(operation):
            lengths = [shape.get("min", 0) - 1, shape.get("max", -2) + 1]
            for length in lengths if shape["type"] == "list" else []:
                if length >= 0:
                    good = functools.reduce(operator.getitem, path, INPUTS[operation])
                    yield operation, path, good[:1] * length


@pytest.mark.parametrize("operation, path, value", list(lists_of_bad_length()))
def test_V_a_list_of_a_bad_length(server, operation, path, value):
    check_validation(server, operation, path, value)


@pytest.mark.parametrize("operation, path, value", cases(not_in_enum))
def test_V_bad_enum(server, operation, path, value):
    check_validation(server, operation, path, value)


@pytest.mark.parametrize("operation, path, value", cases(breaking_pattern))
def test_V_W60_bad_pattern(server, operation, path, value):
    check_validation(server, operation, path, value)


@pytest.mark.parametrize("operation, path, value", cases(wrong_type))
def test_13_wrong_type(server, operation, path, value):
    check_validation(server, operation, path, value)


NON_EMPTY = [("LicenseName",), ("ProductName",), ("ProductSKU",), ("Beneficiary",), ("HomeRegion",)]
NON_EMPTY += [("Issuer", "Name"), ("Entitlements", 0, "Name")]


@pytest.mark.parametrize("path", NON_EMPTY, ids=lambda path: ".".join(map(str, path)))
def test_4_1_required_text_is_not_empty(server, path):
    check_validation(server, "CreateLicense", path, "")


def test_V_problems_are_counted_and_joined(server):
    reply = server.call("GetLicenseUsage", {"LicenseArn": "x" * 2049})
    assert reply.message.startswith("2 validation errors detected: ")
    assert reply.message.count("Value '") == 2 and "; " in reply.message


MALFORMED = {
    "cut short": b'{"LicenseArn":',
    "no quotes": b"{LicenseArn: 1}",
    "two documents": b"{}{}",
    "not UTF-8": b'{"LicenseArn":"\xff\xfe"}',
    "lone surrogate": b'{"LicenseArn":"\\ud800"}',
    "NaN": b'{"MaxResults":NaN}',
    "deep lists": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "control character": b'{"LicenseArn":"\x00"}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("operation", JSON)
def test_13_malformed_json(server, operation, body):
    check(server.call(operation, body), operation, "SerializationException", 400)


QUERY = [operation for operation in EVERY if operations.is_query(operation)]


@pytest.mark.parametrize("operation", QUERY)
def test_13_a_form_that_says_a_member_twice(server, operation):
    """The signature does not say in which order the two were."""
    doubled = request(server, operation)
    doubled.body += b"&UserName=one&UserName=two"
    reply = doubled.sign(server.key()).send()
    check(reply, operation, "ValidationError", 400)


def test_13_malformed_forms(server):
    for body in (b"", b"Action=Nothing&Version=2011-06-15", b"%%%", b"Action=" + b"x" * 9000):
        request = wire.form_request(server.url, body).sign(server.key())
        reply = request.send()
        assert 400 <= reply.status < 500, body[:40]
        assert reply.headers["x-amzn-RequestId"]


@pytest.mark.parametrize("operation", ["ListLicenses", "organizations:ListRoots", STS])
def test_huge_body(server, operation):
    huge = request(server, operation)
    huge.body += b" " * (32 * 1024 * 1024)
    try:
        reply = huge.sign(server.key()).send()
    except (BrokenPipeError, ConnectionResetError):
        reply = None  # Refused by its announced length, before it was read.
    if reply is not None:
        assert reply.status == 413
        assert reply.headers["x-amzn-RequestId"]
    assert server.call("ListLicenses", {"MaxResults": 1}).status == 200, "the server goes on"
