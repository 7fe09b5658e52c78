"""`leasehold organization`: what administrators do without invitations."""

import re

import program
from directory import MANAGER, MEMBER, OTHER, unit


def command(server, *words):
    return program.run("organization", *words, *server.place()).stdout


def test_administrators_build_an_organization_without_invitations(own_server, manager, member):
    made = command(own_server, "create", "--account", MANAGER)
    organization = re.search(r"o-[a-z0-9]{10}", made)[0]
    assert manager.describe_organization()["Organization"]["Id"] == organization
    root = manager.list_roots()["Roots"][0]["Id"]
    place = unit(manager, root, "place")
    command(own_server, "add", "--account", MEMBER, "--to", place)
    command(own_server, "add", "--account", OTHER)
    assert manager.list_parents(ChildId=MEMBER)["Parents"][0]["Id"] == place
    assert manager.list_parents(ChildId=OTHER)["Parents"][0]["Id"] == root
    listed = command(own_server, "list").splitlines()
    assert listed == [
        f"{organization}  managed by {MANAGER}",
        f"  {root}  Root",
        f"    {MANAGER}",
        f"    {OTHER}",
        f"    {place}  place",
        f"      {MEMBER}",
    ]


def test_administrators_are_refused_with_a_text(own_server, manager, member):
    def fails(text, *words):
        end = program.run("organization", *words, *own_server.place(), check=False)
        assert end.returncode == 1 and text in end.stderr, end.stderr

    fails("there is no account 999999999999", "create", "--account", "999999999999")
    fails("there is no such organization", "add", "--account", MEMBER)
    command(own_server, "create", "--account", MANAGER)
    fails("already in an organization", "create", "--account", MANAGER)
    fails("in an organization already", "add", "--account", MANAGER)
    fails("'ou-abcd-12345678'", "add", "--account", MEMBER, "--to", "ou-abcd-12345678")
    command(own_server, "create", "--account", OTHER)
    fails("several", "add", "--account", MEMBER)
    organization = manager.describe_organization()["Organization"]["Id"]
    command(own_server, "add", "--account", MEMBER, "--organization", organization)
    assert member.describe_organization()["Organization"]["MasterAccountId"] == MANAGER
    own_server.stop()
    assert MEMBER in command(own_server, "list"), "without a server too"
