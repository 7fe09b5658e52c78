"""Every rule of the reference that this server implements is named by a test.

It finds a rule that nobody tests, not a test that is too weak; the name stands in the name of the
test or beside the assertion.
"""

import re
from pathlib import Path

import pytest

IN_SCOPE = """
    D1-D5 D10-D13
    L1-L8 L10-L15 L20-L28 L30-L34 L40-L42
    U1-U4
    C1-C5 C7-C9 C10-C22 C30-C38 C50-C55 C60-C68
    B1-B12 J1-J4 J6
    R1-R6
    G1-G8 G10-G26 G30-G44 G50-G52 G60-G64
    TG1-TG5
    T1-T17 T19
    W4-W8 W10-W16 W20 W21 W23 W24 W26 W30-W32 W40 W42 W50-W54 W60-W64 W70-W78
"""
# Rules that a test cannot show by one request and answer, with where they are kept instead.
ELSEWHERE = {
    "G20": "grants to organizations at once, a unit test of cx.rs",
    "G37": "who may pass Options, unit tests of core's grant/",
    "W16": "every refusal's status, shop.refused",
    "W30": "types of times, test_model",
    "W71": "which operations may redirect, test_model",
}


def rules():
    for word in IN_SCOPE.split():
        letters, first, last = re.fullmatch(r"([A-Z]+)(\d+)(?:-[A-Z]+(\d+))?", word).groups()
        for number in range(int(first), int(last or first) + 1):
            yield f"{letters}{number}"


@pytest.fixture(scope="module")
def named():
    files = Path(__file__).parent.glob("test_*.py")
    texts = [file.read_text() for file in files if file.name != Path(__file__).name]
    words = re.findall(r"[A-Za-z0-9]+", "\n".join(texts))
    return {word for word in words if re.fullmatch(r"[A-Z]+\d+", word)}


@pytest.mark.parametrize("rule", [rule for rule in rules() if rule not in ELSEWHERE])
def test_the_rule_has_a_test(named, rule):
    assert rule in named
