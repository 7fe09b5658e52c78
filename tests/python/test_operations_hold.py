"""ExtendLicenseConsumption and CheckInLicense (C50-C54, C60-C67)."""

import datetime
import re
from concurrent.futures import ThreadPoolExecutor

import botocore.exceptions
import pytest

import clock as clocks
from documents import LONG_AGO, ask, ask_tier, counted, provisional, tier
from shop import refused

ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
UNKNOWN_TOKENS = ["0" * 32, "f" * 32, "x", "", "0" * 31, "Ä" * 32]
SECOND = datetime.timedelta(seconds=1)


def test_C50_the_new_expiration_counts_from_now(shop, clock):
    sold = shop.create()
    held = sold.check_out(ask())
    clock.advance(minutes=20)
    answer = sold.extend(held)
    assert answer["LicenseConsumptionToken"] == held["LicenseConsumptionToken"]
    assert ZONED.fullmatch(answer["Expiration"])
    end = clocks.parse(answer["Expiration"])
    assert abs(end - clock.now() - datetime.timedelta(minutes=60)) < 5 * SECOND
    assert sold.usage() == 1, "an extension takes nothing"
    clock.advance(minutes=50)
    assert sold.usage() == 1, "the old expiration has passed"
    clock.advance(minutes=11)
    assert sold.usage() == 0
    refused("ResourceNotFoundException", sold.extend, held)


def test_C50_capped_at_the_end_of_the_license(shop, clock):
    end = (clock.now() + datetime.timedelta(minutes=70)).replace(microsecond=0)
    sold = shop.create(Validity={"Begin": LONG_AGO, "End": clocks.text(end)})
    held = sold.check_out(ask())
    clock.advance(minutes=20)
    assert clocks.parse(sold.extend(held)["Expiration"]) == end


def test_C50_the_current_version_sets_the_time_and_never_shortens_it(shop, clock):
    sold = shop.create()
    held = sold.check_out(ask())
    first = clocks.parse(held["Expiration"])
    sold.amend(ConsumptionConfiguration=provisional(5))
    assert clocks.parse(sold.extend(held)["Expiration"]) == first
    sold.amend(ConsumptionConfiguration=provisional(600))
    long = clocks.parse(sold.extend(held)["Expiration"])
    assert abs(long - clock.now() - datetime.timedelta(minutes=600)) < 5 * SECOND
    soon = (clock.now() + datetime.timedelta(minutes=10)).replace(microsecond=0)
    sold.amend(Validity={"Begin": LONG_AGO, "End": clocks.text(soon)})
    assert clocks.parse(sold.extend(held)["Expiration"]) == soon, "unless the cap demands"


def test_C51_the_license_must_still_allow_it(shop, clock):
    changes = [
        {"ConsumptionConfiguration": {}},
        {"Entitlements": [tier()]},
        {"Entitlements": [counted(unit="Gigabytes")]},
        {"Validity": {"Begin": LONG_AGO, "End": "2021-01-01T00:00:00Z"}},
        {"Validity": {"Begin": clocks.text(clock.now() + datetime.timedelta(days=1))}},
    ]
    for change in changes:
        sold = shop.create()
        held = sold.check_out(ask())
        sold.amend(**change)
        refused("ValidationException", sold.extend, held)


@pytest.mark.parametrize("token", UNKNOWN_TOKENS)
def test_C52_C65_unknown_tokens(shop, token):
    sold, unknown = shop.create(), {"LicenseConsumptionToken": token}
    refused("ResourceNotFoundException", sold.extend, unknown)
    refused("ResourceNotFoundException", sold.check_in, unknown)


def test_C52_C65_tokens_that_are_over_or_not_ours(shop, clock, buyer):
    sold = shop.create()
    held, returned = sold.check_out(ask()), sold.check_out(ask())
    token = held["LicenseConsumptionToken"]
    sold.check_in(returned)
    refused("ResourceNotFoundException", sold.extend, returned)
    refused("ResourceNotFoundException", sold.check_in, returned)
    for call in (buyer.extend_license_consumption, buyer.check_in_license):
        refused("ResourceNotFoundException", call, LicenseConsumptionToken=token)
    assert sold.usage() == 1
    clock.advance(minutes=61)
    refused("ResourceNotFoundException", sold.extend, held)
    refused("ResourceNotFoundException", sold.check_in, held)


def test_C53_C64_drawn_units_stay_drawn(shop, clock):
    sold = shop.create()
    drawn = sold.draw(ask(value=3))
    refused("ValidationException", sold.extend, drawn)
    refused("ValidationException", sold.check_in, drawn)
    clock.advance(minutes=61)
    refused("ValidationException", sold.check_in, drawn)
    assert sold.usage() == 3


def test_C54_a_dry_run_changes_nothing(shop, clock):
    sold = shop.create()
    held = sold.check_out(ask())
    clock.advance(minutes=30)
    answer = sold.extend(held, DryRun=True)
    assert answer["LicenseConsumptionToken"] == held["LicenseConsumptionToken"]
    assert clocks.parse(answer["Expiration"]) == clocks.parse(held["Expiration"])
    assert ZONED.fullmatch(answer["Expiration"])
    clock.advance(minutes=31)
    assert sold.usage() == 0
    refused("ResourceNotFoundException", sold.extend, held, DryRun=True)


def test_C60_W11_a_check_in_returns_all(shop, server):
    sold = shop.create(Entitlements=[counted("A"), counted("B"), tier()])
    held = sold.check_out(ask("A", 4), ask("B", 5), ask_tier())
    token = held["LicenseConsumptionToken"]
    reply = server.call("CheckInLicense", {"LicenseConsumptionToken": token})
    assert (reply.status, reply.json) == (200, {})
    assert [row["ConsumedValue"] for row in sold.usages()] == ["0", "0", "0"]


def test_C61_the_beneficiary_is_optional_but_not_arbitrary(shop):
    sold = shop.create()
    first, second = sold.check_out(ask()), sold.check_out(ask())
    refused("InvalidParameterValueException", sold.check_in, first, Beneficiary="somebody else")
    assert sold.usage() == 2
    sold.check_in(first)
    sold.check_in(second, Beneficiary=sold.document["Beneficiary"])
    assert sold.usage() == 0


def test_C62_without_allow_check_in_nothing_returns_early(shop, clock):
    kinds = [counted("Kept", check_in=False), counted("Lent"), tier()]
    sold = shop.create(Entitlements=kinds)
    mixed = sold.check_out(ask("Lent", 2), ask("Kept", 3), ask_tier())
    refused("ValidationException", sold.check_in, mixed)
    assert (sold.usage("Lent"), sold.usage("Kept"), sold.usage("Tier")) == (2, 3, 1)
    sold.check_in(sold.check_out(ask_tier()))
    sold.check_in(sold.check_out(ask("Lent"), ask_tier()))
    clock.advance(minutes=61)
    assert (sold.usage("Lent"), sold.usage("Kept"), sold.usage("Tier")) == (0, 0, 0)


def test_C66_one_of_many_concurrent_check_ins_wins(shop):
    sold = shop.create()
    held = sold.check_out(ask(value=2))
    sold.check_out(ask(value=2))

    def attempt(_):
        try:
            return sold.check_in(held)["ResponseMetadata"]["HTTPStatusCode"]
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))
    assert answers.count(200) == 1
    assert set(answers) - {200} <= {"ConflictException", "ResourceNotFoundException"}
    assert sold.usage() == 2


def test_C67_seats_come_back_whatever_became_of_the_license(shop, clock):
    end = clocks.text(clock.now() + datetime.timedelta(minutes=30))
    states = [
        {"Status": "DEACTIVATED"},
        {"Status": "SUSPENDED"},
        {"Validity": {"Begin": "2019-01-01T00:00:00Z", "End": "2019-02-01T00:00:00Z"}},
        {"Validity": {"Begin": LONG_AGO, "End": end}},
        {"ConsumptionConfiguration": {}},
    ]
    for state in states:
        sold = shop.create()
        held = sold.check_out(ask(value=5))
        sold.amend(**state)
        sold.check_in(held)
        assert sold.usage() == 0
