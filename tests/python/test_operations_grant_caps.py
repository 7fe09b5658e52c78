"""A cap per grant: tags `leasehold:cap/<entitlement>` bound what is out through a grant and all
below it (an extension of this server's own)."""

import pytest

import program
from documents import ask, ask_tier, counted, tier
from shop import refused
from trade import CAP, PASS_ON, Party, caps_of, metadata

BAD_VALUE = "InvalidParameterValueException"
KINDS = [counted("Users", 10), counted("Disk", 100, "Gigabytes"), tier()]


@pytest.fixture
def sold(vendor):
    return vendor.sell(Entitlements=KINDS, LicenseMetadata=metadata(grant_depth=3))


def test_a_cap_set_at_creation(vendor, customer, sold):
    grant = vendor.lend(sold, customer, Tags=caps_of(Users=3))
    held = customer.holds(sold)
    held.refuse(ask(value=4))
    first = held.check_out(ask(value=2))
    held.refuse(ask(value=2))
    held.check_out(ask(value=1))
    held.refuse(ask())
    assert held.allowed(ask(), ask("Disk", 50, "Gigabytes")) == ["Disk"], "C14"
    sold.check_out(ask(value=7))
    held.check_in(first)
    held.check_out(ask(value=2))
    assert (sold.usage("Users"), sold.usage("Disk")) == (10, 50)
    tags = vendor.client.list_tags_for_resource(ResourceArn=grant.arn)["Tags"]
    assert tags == caps_of(Users=3)


def test_the_pool_still_bounds_what_a_cap_allows(vendor, customer, sold):
    vendor.lend(sold, customer, Tags=caps_of(Users=100))
    held = customer.holds(sold)
    held.refuse(ask(value=11))
    held.check_out(ask(value=10))
    held.refuse(ask())


def test_a_cap_bounds_overage_too(vendor, customer):
    sold = vendor.sell(Entitlements=[counted(max_count=2, Overage=True)])
    vendor.lend(sold, customer, Tags=caps_of(Users=5))
    held = customer.holds(sold)
    held.check_out(ask(value=5))
    held.refuse(ask())
    sold.check_out(ask(value=50))
    assert sold.usage() == 55


def test_drawn_units_count_for_ever(vendor, customer, sold, clock):
    vendor.lend(sold, customer, Tags=caps_of(Users=5))
    held = customer.holds(sold)
    held.draw(ask(value=3))
    held.check_out(ask(value=2))
    held.refuse(ask())
    clock.advance(minutes=61)
    held.refuse(ask(value=3))
    held.draw(ask(value=2))
    clock.advance(minutes=61)
    held.refuse(ask())
    assert sold.usage() == 5


def test_held_units_come_back_at_their_expiration(vendor, customer, sold, clock):
    vendor.lend(sold, customer, Tags=caps_of(Users=3))
    held = customer.holds(sold)
    checkout = held.check_out(ask(value=3))
    clock.advance(minutes=30)
    held.extend(checkout)
    clock.advance(minutes=40)
    held.refuse(ask())
    clock.advance(minutes=21)
    held.check_out(ask(value=3))


def test_a_renewal_restarts_what_was_drawn_through_a_cap(vendor, customer, clock):
    begin = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    sold = vendor.sell(
        Validity={"Begin": begin},
        ConsumptionConfiguration={"RenewType": "Weekly"},
        Entitlements=[counted(max_count=10)],
    )
    vendor.lend(sold, customer, Tags=caps_of(Users=4))
    held = customer.holds(sold)
    held.draw(ask(value=4))
    held.refuse(ask(), CheckoutType="PERPETUAL")
    clock.advance(days=7, minutes=1)
    held.draw(ask(value=4))
    held.refuse(ask(), CheckoutType="PERPETUAL")
    assert sold.usage() == 4


def test_caps_are_changed_by_tags_and_removed(vendor, customer, sold):
    grant = vendor.lend(sold, customer)
    held = customer.holds(sold)
    held.check_out(ask(value=4))
    grant.tag(Users=5)
    held.refuse(ask(value=2))
    held.check_out(ask())
    grant.tag(Users=2)
    held.refuse(ask())
    assert sold.usage() == 5, "what is out stays out"
    grant.tag(Users=7)
    held.check_out(ask(value=2))
    held.refuse(ask())
    vendor.client.untag_resource(ResourceArn=grant.arn, TagKeys=[CAP + "Users"])
    held.check_out(ask(value=3))
    assert sold.usage() == 10


def test_U3_a_cap_on_a_feature_bounds_who_holds_it(vendor, customer, sold):
    vendor.lend(sold, customer, Tags=caps_of(Tier=2))
    held = customer.holds(sold)
    first, _ = held.check_out(ask_tier()), held.check_out(ask_tier())
    held.refuse(ask_tier())
    held.check_in(first)
    held.check_out(ask_tier())
    assert sold.usage("Tier") == 2


def test_a_cap_of_nothing(vendor, customer, sold):
    grant = vendor.lend(sold, customer, Tags=caps_of(Users=0))
    held = customer.holds(sold)
    held.refuse(ask())
    grant.tag(Users=1)
    held.check_out(ask())


def test_a_cap_holds_for_all_below(vendor, dealer, customer, third, sold):
    vendor.lend(sold, dealer, PASS_ON, Tags=caps_of(Users=6))
    dealer.lend(sold, customer, PASS_ON, Tags=caps_of(Users=4))
    customer.lend(sold, third, Tags=caps_of(Users=3))
    top, middle, bottom = [party.holds(sold) for party in (dealer, customer, third)]
    out = bottom.check_out(ask(value=3))
    bottom.refuse(ask())
    middle.refuse(ask(value=2))
    middle.check_out(ask(value=1))
    middle.refuse(ask())
    top.check_out(ask(value=2))
    top.refuse(ask())
    sold.check_out(ask(value=4))
    assert sold.usage() == 10
    bottom.check_in(out)
    middle.check_out(ask(value=3))
    bottom.refuse(ask())
    top.refuse(ask())
    sold.refuse(ask())


def test_siblings_share_the_cap_above(vendor, dealer, customer, third, sold):
    vendor.lend(sold, dealer, PASS_ON, Tags=caps_of(Users=5))
    dealer.lend(sold, customer)
    dealer.lend(sold, third)
    customer.holds(sold).check_out(ask(value=3))
    third.holds(sold).refuse(ask(value=3))
    third.holds(sold).check_out(ask(value=2))
    customer.holds(sold).refuse(ask())
    dealer.holds(sold).refuse(ask())


def test_a_second_grant_counts_anew(vendor, customer, sold):
    """Each grant has its own count: what went out through one that is over stays counted in the
    pool, not against the cap of the next."""
    grant = vendor.lend(sold, customer, Tags=caps_of(Users=4))
    held = customer.holds(sold)
    held.check_out(ask(value=4))
    grant.delete()
    vendor.lend(sold, customer, Tags=caps_of(Users=4))
    held.check_out(ask(value=4))
    held.refuse(ask())
    assert sold.usage() == 8


@pytest.mark.parametrize("value", ["", "-1", "1.5", "x", "1e3", " 1", "١", "9" * 30])
def test_bad_caps(vendor, customer, sold, value):
    tags = [{"Key": CAP + "Users", "Value": value}]
    vendor.refuse(BAD_VALUE, sold, customer, Tags=tags)
    grant = vendor.grant(sold, customer)
    refused(BAD_VALUE, vendor.client.tag_resource, ResourceArn=grant.arn, Tags=tags)


def test_a_cap_names_an_entitlement_of_the_license(vendor, customer, sold):
    for name in ("Nothing", "users", ""):
        vendor.refuse(BAD_VALUE, sold, customer, Tags=[{"Key": CAP + name, "Value": "1"}])
    tags = [{"Key": CAP + "Nothing", "Value": "anything"}]
    vendor.client.tag_resource(ResourceArn=sold.arn, Tags=tags)


def test_the_refusal_record_names_the_grant_whose_cap_it_was(tmp_path, database):
    with program.serving(tmp_path, database=database()) as server:
        vendor, dealer, customer = [Party(server, name) for name in program.ACCOUNTS]
        sold = vendor.sell()
        vendor.lend(sold, dealer, PASS_ON)
        dealer.lend(sold, customer, Tags=caps_of(Users=2))
        customer.holds(sold).refuse(ask(value=3))
        record = program.run("refusals", "--data", server.data).stdout
    assert "leasehold:cap" in record and "3 asked, 2 free" in record, record


def test_the_count_survives_a_crash(tmp_path, database):
    with program.serving(tmp_path, database=database()) as server:
        party = lambda name: Party(server, name)
        sold = party("seller").sell()
        party("seller").lend(sold, party("buyer"), Tags=caps_of(Users=5))
        party("buyer").holds(sold).draw(ask(value=2))
        checkout = party("buyer").holds(sold).check_out(ask(value=2))
        server.restart()
        held = party("buyer").holds(sold)
        held.refuse(ask(value=2))
        held.check_out(ask())
        held.refuse(ask())
        server.restart()
        held = party("buyer").holds(sold)
        held.check_in(checkout)
        held.check_out(ask(value=2))
        held.refuse(ask())
        assert held.usage() == 5
