"""Renewal and new terms: when drawn units are there again (R1-R6)."""

import datetime

import pytest

import clock as clocks
from documents import LONG_AGO, ask, counted, provisional

DAY = datetime.timedelta(days=1)


def sell(shop, begin, renew, **changes):
    """Ten units that renew as told, and a second pool of units to hold."""
    return shop.create(
        Validity={"Begin": begin},
        Entitlements=[counted(max_count=10), counted("Held", 10)],
        ConsumptionConfiguration=provisional(60 * 24 * 400, RenewType=renew),
        **changes,
    )


@pytest.mark.parametrize("renew", ["None", None])
def test_R1_without_renewal_units_are_drawn_for_good(shop, clock, renew):
    configuration = provisional() if renew is None else provisional(RenewType=renew)
    sold = shop.create(ConsumptionConfiguration=configuration)
    sold.draw(ask(value=10))
    clock.advance(days=400)
    assert sold.usage() == 10
    sold.refuse(ask(), CheckoutType="PERPETUAL")


def test_R2_weekly(shop, clock):
    begin = clock.now()
    sold = sell(shop, clocks.text(begin), "Weekly")
    for week in range(1, 4):
        sold.draw(ask(value=10))
        sold.refuse(ask(), CheckoutType="PERPETUAL")
        clock.set(begin + 7 * week * DAY - datetime.timedelta(minutes=1))
        assert sold.usage() == 10
        sold.refuse(ask(), CheckoutType="PERPETUAL")
        clock.advance(minutes=2)
        assert sold.usage() == 0


def test_R2_the_week_starts_at_begin_however_long_ago(shop, clock):
    now = clock.now()
    weeks = (now - clocks.parse(LONG_AGO)) // (7 * DAY)
    sold = sell(shop, LONG_AGO, "Weekly")
    sold.draw(ask(value=4))
    clock.set(clocks.parse(LONG_AGO) + (weeks + 1) * 7 * DAY + datetime.timedelta(minutes=1))
    assert sold.usage() == 0


def test_R2_monthly_is_clipped_to_the_end_of_the_month(shop, clock):
    begin = clock.next(month=1, day=31)
    sold = sell(shop, clocks.text(begin), "Monthly")
    first_of_march = begin.replace(month=3, day=1)
    february_end = first_of_march - DAY
    boundaries = [february_end, begin.replace(month=3), begin.replace(month=4, day=30)]
    for boundary in boundaries:
        sold.draw(ask(value=10))
        clock.set(boundary - datetime.timedelta(minutes=1))
        assert sold.usage() == 10, f"not yet {boundary}"
        clock.advance(minutes=2)
        assert sold.usage() == 0, f"past {boundary}"


def test_R2_many_boundaries_at_once(shop, clock):
    sold = sell(shop, clocks.text(clock.now()), "Monthly")
    sold.draw(ask(value=10))
    clock.advance(days=400)
    assert sold.usage() == 0
    sold.draw(ask(value=10))


def test_R3_held_units_stay_counted_over_the_boundary(shop, clock):
    sold = sell(shop, clocks.text(clock.now()), "Weekly")
    held = sold.check_out(ask("Held", 7), ask("Users", 2))
    sold.draw(ask("Held", 3), ask("Users", 8))
    clock.advance(days=8)
    assert (sold.usage("Held"), sold.usage("Users")) == (7, 2)
    sold.check_in(held)
    assert (sold.usage("Held"), sold.usage("Users")) == (0, 0)


def test_R4_a_new_term_starts_at_nothing(shop, clock):
    end = (clock.now() + 30 * DAY).replace(microsecond=0)
    next_end = clocks.text(end + 365 * DAY)
    sold = shop.create(Validity={"Begin": LONG_AGO, "End": clocks.text(end)})
    sold.draw(ask(value=8))
    clock.set(end + datetime.timedelta(minutes=1))
    sold.refuse(ask(), CheckoutType="PERPETUAL")
    sold.amend(Validity={"Begin": clocks.text(end), "End": next_end})
    assert sold.usage() == 0
    # R5: the same product, fingerprint and calls.
    sold.draw(ask(value=10))


def test_R4_R6_an_amendment_inside_the_term_carries_over(shop, clock):
    now = clock.now()
    end, later = clocks.text(now + 30 * DAY), clocks.text(now + 60 * DAY)
    sold = shop.create(Validity={"Begin": LONG_AGO, "End": end})
    sold.draw(ask(value=8))
    # A later end is a renewal by the issuer (R6); Begin stays, so the term goes on.
    sold.amend(Validity={"Begin": LONG_AGO, "End": later}, Entitlements=[counted(max_count=12)])
    assert sold.usage() == 8
    sold.draw(ask(value=4))
    sold.refuse(ask(), CheckoutType="PERPETUAL")


def test_R4_a_license_without_end_has_one_term(shop, clock):
    sold = shop.create()
    sold.draw(ask(value=8))
    sold.amend(Validity={"Begin": clocks.text(clock.now())})
    assert sold.usage() == 8


def test_R6_renewal_never_moves_the_validity(shop, clock):
    begin = clock.now()
    end = clocks.text(begin + 10 * DAY)
    sold = sell(shop, clocks.text(begin), "Weekly")
    sold.amend(Validity={"Begin": clocks.text(begin), "End": end})
    clock.advance(days=8)
    assert sold.get()["Validity"] == {"Begin": clocks.text(begin), "End": end}
    clock.advance(days=3)
    assert sold.get()["Status"] == "EXPIRED"
    sold.refuse(ask(), CheckoutType="PERPETUAL")
