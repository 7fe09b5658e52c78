"""CheckoutLicense and GetLicenseUsage: which license, how much (C1-C22, C30-C38, U1-U4)."""

import datetime
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

import clock as clocks
from documents import LONG_AGO, UNITS, ask, ask_tier, counted, provisional, tier
from shop import refused

ZONELESS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
MINUTE = datetime.timedelta(minutes=1)


def test_C1_the_creator_names_the_beneficiary(shop):
    sold = shop.create(Beneficiary="Example customer")
    assert sold.allowed(ask()) == ["Users"]
    for other in ("example customer", "Example customer ", "x", None):
        sold.refuse(ask(), Beneficiary=other)


def test_C1_C7_other_accounts_and_the_creator_alone_get_nothing(shop, buyer):
    sold = shop.create(Beneficiary="444455556666")
    for beneficiary in ("444455556666", None):
        request = sold.request(ask(), Beneficiary=beneficiary)
        refused("NoEntitlementsAllowedException", buyer.checkout_license, **request)
    sold.refuse(ask(), Beneficiary=None)


def test_C5_one_opaque_answer(shop, clock):
    sold = shop.create(Entitlements=[counted(max_count=1), tier()])
    sold.check_out(ask())
    expired = shop.create(Validity={"Begin": LONG_AGO, "End": "2021-01-01T00:00:00Z"})
    future = clocks.text(clock.now() + datetime.timedelta(days=1))
    answers = [
        sold.refuse(ask()),
        sold.refuse(ask_tier(), ProductSKU="no such product"),
        sold.refuse(ask_tier(), KeyFingerprint="aws:111122223333:x:issuer-fingerprint"),
        sold.refuse(ask("Tier", 1, "Count")),
        sold.refuse(ask("Users", None, "None")),
        sold.refuse(ask_tier("Nothing")),
        sold.refuse(),
        expired.refuse(ask()),
        shop.create(Validity={"Begin": future}).refuse(ask()),
    ]
    texts = {answer["Error"]["Message"].rstrip(".") for answer in answers}
    assert texts == {"No Entitlements Allowed"}


def test_C3_D13_provisional_needs_its_configuration(shop):
    shop.create(ConsumptionConfiguration={}).refuse(ask())


def test_C4_the_newest_that_can_serve_serves(shop, clock):
    old = shop.create(Entitlements=[counted(max_count=5), tier()])
    clock.advance(seconds=2)
    new = shop.create(ProductSKU=old.sku, Entitlements=[counted(max_count=1)])

    def served_by(*asked):
        return old.check_out(*asked)["LicenseArn"]

    assert served_by(ask()) == new.arn, "C37"
    assert served_by(ask()) == old.arn, "falls through when the newest is exhausted"
    assert served_by(ask_tier()) == old.arn, "only the older one has it"
    old.refuse(ask(value=5))
    clock.advance(minutes=61)
    assert old.allowed(ask(), ask_tier()) == ["Users"], "never spans two licenses"
    assert (new.usage(), old.usage(), old.usage("Tier")) == (1, 0, 0)


def test_C10_C11_C13_C14_whole_or_dropped_in_request_order(shop):
    kinds = [counted("A", 5), tier("Gold", Value="Enabled"), counted("B", 5), tier("Silver")]
    sold = shop.create(Entitlements=kinds)
    answer = sold.check_out(
        ask("B", 5),
        ask("A", 6),
        ask_tier("Silver"),
        ask("A ", 1),
        ask_tier("Gold"),
    )
    assert answer["EntitlementsAllowed"] == [
        {"Name": "B", "Value": "5", "Unit": "Count"},
        {"Name": "Silver", "Unit": "None"},
        {"Name": "Gold", "Value": "Enabled", "Unit": "None"},
    ]
    assert (sold.usage("A"), sold.usage("B")) == (0, 5)
    sold.refuse(ask("A", 6), ask("B", 1))
    assert (sold.usage("A"), sold.usage("B")) == (0, 5)


def test_C12_U3_tiers_are_not_counted(shop):
    sold = shop.create(Entitlements=[tier("Basic"), tier("Pro")])
    held = [sold.check_out(ask_tier("Basic"), ask_tier("Enterprise")) for _ in range(12)]
    assert (sold.usage("Basic"), sold.usage("Pro")) == (12, 0)
    for checkout in held[:5]:
        sold.check_in(checkout)
    assert sold.usage("Basic") == 7


def test_C15_concurrent_clients_never_pass_the_limit(shop):
    sold = shop.create(Entitlements=[counted(max_count=20)])

    def attempt(_):
        try:
            return bool(sold.check_out(ask(value=3)))
        except sold.client.exceptions.NoEntitlementsAllowedException:
            return False

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(32))) == 6
    assert sold.usage() == 18


def test_C16_W74_the_pool_is_one_for_all_regions(server, shop):
    sold = shop.create(Entitlements=[counted(max_count=2)])
    abroad = server.client("seller", region="eu-central-1")
    abroad.checkout_license(**sold.request(ask()))
    sold.check_out(ask())
    answer = refused(
        "NoEntitlementsAllowedException", abroad.checkout_license, **sold.request(ask())
    )
    assert answer["Error"]["Message"].startswith("No Entitlements Allowed")


def test_C18_one_name_twice(shop):
    sold = shop.create(Entitlements=[counted(), tier()])
    for twice in ([ask(), ask()], [ask(), ask("Users", None, "None")], [ask_tier(), ask_tier()]):
        sold.refuse(*twice, code="InvalidParameterValueException")
    assert sold.usage() == 0


BAD_VALUES = [None, "", "0", "-1", "1.5", "1e3", "0x10", "one", " 1", "9" * 40]
BAD_VALUES += ["9223372036854775808"]


@pytest.mark.parametrize("value", BAD_VALUES)
def test_C19_bad_quantities(shop, value):
    sold = shop.create()
    sold.refuse(ask(value=value), code="InvalidParameterValueException")
    assert sold.usage() == 0


def test_C19_the_greatest_quantity(shop):
    greatest = 2**63 - 1
    sold = shop.create(Entitlements=[counted(max_count=greatest), counted("Free", 1, Overage=True)])
    sold.draw(ask(value=greatest))
    assert sold.usage() == greatest
    sold.refuse(ask())
    sold.draw(ask("Free", greatest))
    assert sold.usage("Free") == greatest


@pytest.mark.parametrize("value", ["", "0", "7", "Enabled"])
def test_C19_the_value_of_a_tier_is_ignored(shop, value):
    sold = shop.create(Entitlements=[tier()])
    answer = sold.check_out(ask("Tier", value, "None"))
    assert answer["EntitlementsAllowed"] == [{"Name": "Tier", "Unit": "None"}]


def test_C20_at_most_five_counted(shop):
    kinds = [counted(f"n{i}") for i in range(6)] + [tier()]
    sold = shop.create(Entitlements=kinds)
    wanted = [ask(f"n{i}") for i in range(6)]
    sold.refuse(*wanted, code="InvalidParameterValueException")
    assert len(sold.allowed(*wanted[:5], ask_tier())) == 6


def test_C17_C22_what_is_judged_first(shop, server):
    sold = shop.create()
    unknown = {"ProductSKU": "no such product"}
    sold.refuse(ask(), ask(), code="InvalidParameterValueException", **unknown)
    sold.refuse(ask(value=0), code="InvalidParameterValueException", **unknown)
    request = sold.request(ask(), ask(), CheckoutType="Provisional")
    assert server.call("CheckoutLicense", request).code == "ValidationException"
    del request["Entitlements"]
    request["CheckoutType"] = "PROVISIONAL"
    assert server.call("CheckoutLicense", request).code == "ValidationException"


def test_C21_U2_overage_passes_the_limit(shop):
    sold = shop.create(Entitlements=[counted(max_count=5, Overage=True)])
    sold.draw(ask(value=4))
    sold.check_out(ask(value=4))
    assert sold.usages() == [
        {"Name": "Users", "Unit": "Count", "ConsumedValue": "8", "MaxCount": "5"}
    ]


def test_U1_U4_usage_has_a_row_for_each_entitlement(shop):
    sold = shop.create(Entitlements=[counted("B", 7, "Gigabytes"), tier("A")])
    assert sold.usages() == [
        {"Name": "B", "Unit": "Gigabytes", "ConsumedValue": "0", "MaxCount": "7"},
        {"Name": "A", "Unit": "None", "ConsumedValue": "0"},
    ]


def test_2_2_all_27_units(shop):
    assert len(UNITS) == 27
    for unit in UNITS:
        kind = tier("Use") if unit == "None" else counted("Use", 3, unit)
        sold = shop.create(Entitlements=[kind])
        wanted = ask("Use", None if unit == "None" else 2, unit)
        assert sold.draw(wanted)["EntitlementsAllowed"] == [wanted]
        (row,) = sold.usages()
        assert (row["Unit"], row["ConsumedValue"]) == (unit, "1" if unit == "None" else "2")


def test_C30_C31_times(shop, clock):
    hour = shop.create().check_out(ask())
    assert ZONELESS.fullmatch(hour["IssuedAt"]) and ZONELESS.fullmatch(hour["Expiration"])
    assert abs((clocks.parse(hour["IssuedAt"]) - clock.now()).total_seconds()) < 5
    assert life(hour) == 60 * MINUTE
    assert life(shop.create().draw(ask())) == 60 * MINUTE
    short = shop.create(ConsumptionConfiguration=provisional(7))
    assert life(short.check_out(ask())) == life(short.draw(ask())) == 7 * MINUTE
    assert life(shop.create(ConsumptionConfiguration={}).draw(ask())) == 60 * MINUTE


def test_C30_C31_nothing_outlives_the_license(shop, clock):
    end = (clock.now() + 10 * MINUTE).replace(microsecond=0)
    sold = shop.create(Validity={"Begin": LONG_AGO, "End": clocks.text(end)})
    assert clocks.parse(sold.check_out(ask())["Expiration"]) == end
    assert clocks.parse(sold.draw(ask())["Expiration"]) == end


def test_C32_units_come_back_at_expiration(shop, clock):
    sold = shop.create(Entitlements=[counted(max_count=2)])
    sold.check_out(ask(value=2))
    clock.advance(minutes=59)
    assert sold.usage() == 2
    sold.refuse(ask())
    clock.advance(minutes=2)
    assert sold.usage() == 0
    assert sold.check_out(ask(value=2))


def test_C33_C37_the_answer(shop):
    sold = shop.create()
    answer = sold.check_out(ask(value=3), NodeId="node: ä 1")
    assert re.fullmatch("[0-9a-f]{32}", answer["LicenseConsumptionToken"])
    assert answer["NodeId"] == "node: ä 1"
    assert (answer["LicenseArn"], answer["CheckoutType"]) == (sold.arn, "PROVISIONAL")
    # C35, C36: no node, no key to sign with.
    answer = sold.draw(ask())
    assert "NodeId" not in answer and "SignedToken" not in answer
    assert answer["CheckoutType"] == "PERPETUAL"


def test_C34_C38_any_node_and_every_time_more_seats(shop):
    sold = shop.create()
    tokens = {sold.check_out(ask(), NodeId=node)["LicenseConsumptionToken"] for node in "aab"}
    assert (len(tokens), sold.usage()) == (3, 3)


def test_W6_a_number_is_read_as_its_text(shop, server):
    sold = shop.create()
    request = sold.request({"Name": "Users", "Unit": "Count", "Value": 4})
    answer = server.call("CheckoutLicense", request)
    assert answer.json["EntitlementsAllowed"] == [ask(value=4)]
    half = sold.request({"Name": "Users", "Unit": "Count", "Value": 1.5})
    assert server.call("CheckoutLicense", half).code == "InvalidParameterValueException"


def life(checkout):
    return clocks.parse(checkout["Expiration"]) - clocks.parse(checkout["IssuedAt"])
