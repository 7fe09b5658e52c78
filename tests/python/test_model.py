"""The shapes of the server against the service models inside botocore, both ways.

`leasehold describe` prints what the server implements. Whatever differs must stand in DELIBERATE,
with the rule that decides so.
"""

import re

import pytest

import operations
import program

LIMITS = ("min", "max", "pattern", "enum")
SCALARS = ("string", "boolean", "integer", "long", "timestamp", "blob")
EVERY = [*operations.NAMES, *operations.OTHERS]

# Required text that must not be empty, and lists that must not be: the model has no such limit.
NON_EMPTY = "4.1: non-empty"
NAMED = "D3: entitlements are addressed by their names"
INPUT_MIN = {
    "LicenseName": NON_EMPTY,
    "ProductName": NON_EMPTY,
    "HomeRegion": NON_EMPTY,
    "Issuer.Name": NON_EMPTY,
    "Entitlements": "4.1: at least one",
    "Entitlements.0.Name": NAMED,
}
CREATION_MIN = {"ProductSKU": NON_EMPTY, "Beneficiary": NON_EMPTY}
# {(operation, side, path): the rule} for every place where ours has a `min` of 1.
DELIBERATE = {
    ("CreateLicense", "input", path): rule for path, rule in (INPUT_MIN | CREATION_MIN).items()
}
DELIBERATE |= {
    ("CreateLicenseVersion", "input", path): rule for path, rule in INPUT_MIN.items()
}
# The same shape is part of answers, where the limit has no effect.
DELIBERATE |= {
    ("GetLicense", "output", "License.Entitlements.0.Name"): NAMED,
    ("ListLicenses", "output", "Licenses.0.Entitlements.0.Name"): NAMED,
    ("ListLicenseVersions", "output", "Licenses.0.Entitlements.0.Name"): NAMED,
    ("ListReceivedLicenses", "output", "Licenses.0.Entitlements.0.Name"): NAMED,
    ("ListReceivedLicensesForOrganization", "output", "Licenses.0.Entitlements.0.Name"): NAMED,
}
# Exceptions that the service answers and its model does not list.
UNMODELLED = {"GetAccessToken": {"InvalidParameterValueException"}}  # T11


@pytest.fixture(scope="module")
def described():
    """Operations by name; those of other services than License Manager have it before the name."""
    prefix = lambda it: "" if it["service"] == "license-manager" else it["service"] + ":"
    return {prefix(it) + it["name"]: it for it in program.describe()}


def test_the_table_of_the_tests_is_complete(described):
    """An operation that the server gains must gain its input in operations.py."""
    assert set(described) == {*operations.NAMES, *operations.OTHERS}


@pytest.mark.parametrize("name", EVERY)
def test_members_limits_and_enums(described, name):
    found = {}
    for side in ("input", "output"):
        official = operations.flat(name, side)
        ours = flat(described[name][side])
        found |= differences((name, side), official, ours)
    expected = {(*place, "min"): (None, 1) for place in DELIBERATE if place[0] == name}
    assert found == expected


@pytest.mark.parametrize("name", EVERY)
def test_exceptions(described, name):
    official = operations.errors_of(name)
    assert set(described[name]["errors"]) == official | UNMODELLED.get(name, set())
    errors = described[name]["errors"]
    assert len(errors) == len(set(errors)), "each is listed once"


def test_every_deliberate_difference_cites_a_rule():
    for place, rule in DELIBERATE.items():
        assert re.match(r"([A-Z]{1,2}\d+|\d+\.\d+): \w", rule), place


def flat(shape, path=(), required=False):
    """Each place in a described shape with its type, its limits and whether it must be there."""
    limits = {limit: tidy(limit, shape[limit]) for limit in LIMITS if limit in shape}
    places = {path: {"type": shape["type"], "required": required} | limits}
    if shape["type"] == "structure":
        for member in shape["members"]:
            here = path + (member["name"],)
            assert here not in places, "a member twice"
            places |= flat(member["shape"], here, member["required"])
    elif shape["type"] == "list":
        places |= flat(shape["member"], path + (0,))
    elif shape["type"] == "map":
        places |= flat(shape["value"], path + ("*",))
    else:
        assert shape["type"] in SCALARS
    return places


def tidy(limit, value):
    """An enum is a set: its order says nothing."""
    return sorted(value) if limit == "enum" else value


def differences(prefix, official, ours):
    """{(operation, side, path, what): (official, ours)} for everything that differs."""
    found = {}
    for path in official.keys() | ours.keys():
        theirs, own = official.get(path, {}), ours.get(path, {})
        for what in theirs.keys() | own.keys():
            if theirs.get(what) != own.get(what):
                place = ".".join(map(str, path))
                found[(*prefix, place, what)] = (theirs.get(what), own.get(what))
    return found


DOCUMENT = program.ROOT / "docs/operations.md"
ROW = re.compile(r"^\|\s*`?([\w:]+)`?\s*\|\s*(yes|not yet|never)\s*\|", re.MULTILINE)


def model_names():
    """Every operation of the services that the server has more than one operation of."""
    for service, model in operations.MODELS.items():
        yield from (f"{service}:{name}".lstrip(":") for name in model["operations"])


def test_docs_list_every_operation_once(described):
    rows = ROW.findall(DOCUMENT.read_text())
    names = [name for name, _ in rows]
    assert sorted(names) == sorted(model_names())
    done = {name for name, answer in rows if answer == "yes"}
    assert done == set(described)


def test_docs_and_the_server_agree_on_what_is_missing(server, described):
    for name in model_names():
        if name not in described:
            reply = server.call(name, {})
            is_query = operations.is_query(name)
            missing = (400, "InvalidAction") if is_query else (404, "UnknownOperationException")
            assert (reply.status, reply.code) == missing, name
