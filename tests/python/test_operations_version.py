"""CreateLicenseVersion and DeleteLicense (L2, L6-L8, L20-L34)."""

from concurrent.futures import ThreadPoolExecutor

import botocore.exceptions
import pytest

import clock as clocks
import documents
import program
from documents import LONG_AGO, ask, counted, provisional, tier
from shop import refused

UNKNOWN = f"arn:aws:license-manager::{program.SELLER}:license:l-{'0' * 32}"


def test_L20_L21_a_version_replaces_everything(shop, clock):
    far = clocks.text(clock.now().replace(year=clock.now().year + 50))
    sold = shop.create(
        Validity={"Begin": LONG_AGO, "End": far},
        LicenseMetadata=[{"Name": "a", "Value": "b"}],
        ConsumptionConfiguration=provisional(30, RenewType="Weekly"),
    )
    amended = sold.amend(
        LicenseMetadata=None,
        Validity={"Begin": LONG_AGO},
        ConsumptionConfiguration=provisional(20),
        ProductName="Another product",
    )
    assert amended == amended | {"LicenseArn": sold.arn, "Version": "2", "Status": "AVAILABLE"}
    now = sold.get()
    assert "LicenseMetadata" not in now
    assert now["Validity"] == {"Begin": LONG_AGO}
    assert now["ConsumptionConfiguration"].get("RenewType", "None") == "None"
    assert (now["ProductName"], now["ProductSKU"]) == ("Another product", sold.sku)
    old = sold.get(Version="1")
    assert old["Validity"]["End"] == far
    assert old["ConsumptionConfiguration"] == provisional(30, RenewType="Weekly")
    assert old["LicenseMetadata"] == [{"Name": "a", "Value": "b"}]


def test_L2_statuses_that_can_be_set(shop):
    sold = shop.create()
    for status in ("DEACTIVATED", "SUSPENDED", "AVAILABLE"):
        assert sold.amend(Status=status)["Status"] == status
        assert sold.get()["Status"] == status
    for status in ("PENDING_AVAILABLE", "EXPIRED", "PENDING_DELETE", "DELETED"):
        refused("ValidationException", sold.amend, Status=status)
    assert sold.get()["Version"] == "4"


@pytest.mark.parametrize("status", ["DEACTIVATED", "SUSPENDED"])
def test_L6_C51_C67_live_check_outs_run_on_but_are_not_extended(shop, status):
    sold = shop.create()
    live, other = sold.check_out(ask()), sold.check_out(ask())
    sold.amend(Status=status)
    sold.refuse(ask())
    refused("ValidationException", sold.extend, live)
    refused("ValidationException", sold.extend, live, DryRun=True)
    assert sold.usage() == 2
    sold.check_in(live)
    assert sold.usage() == 1
    sold.amend(Status="AVAILABLE")
    sold.extend(other)


def test_L22_a_stale_source_version_conflicts(shop):
    sold = shop.create()
    assert sold.amend(SourceVersion="1")["Version"] == "2"
    for stale in ("1", "3"):
        refused("ConflictException", sold.amend, SourceVersion=stale)
    assert sold.amend()["Version"] == "3", "without SourceVersion: on the current one"


def test_L23_one_of_many_concurrent_versions_wins(shop):
    sold = shop.create()

    def amend(number):
        try:
            sold.amend(SourceVersion="1", LicenseName=f"by {number}")
            return number
        except botocore.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "ConflictException"
            return None

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(amend, range(8)) if number is not None]
    assert len(winners) == 1
    assert (sold.get()["Version"], sold.get()["LicenseName"]) == ("2", f"by {winners[0]}")


def test_L24_only_the_owner_makes_versions(shop, seller, buyer):
    document = documents.version(shop.create().arn)
    refused("ResourceNotFoundException", buyer.create_license_version, **document)
    unknown = documents.version(UNKNOWN)
    refused("ResourceNotFoundException", seller.create_license_version, **unknown)


def test_L25_W76_the_home_region_stays(shop):
    refused("ValidationException", shop.create().amend, HomeRegion="eu-west-1")


def test_L27_counts_survive_a_version(shop):
    sold = shop.create(Entitlements=[counted(max_count=10), tier()])
    held = sold.check_out(ask(value=6))
    sold.amend(Entitlements=[counted(max_count=8), tier()])
    sold.refuse(ask(value=3))
    second = sold.check_out(ask(value=2))
    sold.amend(Entitlements=[counted(max_count=5), tier()])
    assert sold.usage() == 8, "lowering below what is out blocks new check-outs only"
    sold.check_in(held)
    sold.check_in(second)
    assert sold.usage() == 0
    sold.check_out(ask(value=5))


def test_L27_a_removed_entitlement_runs_out(shop):
    sold = shop.create(Entitlements=[counted("Old"), counted("New")])
    held = sold.check_out(ask("Old", 3))
    sold.amend(Entitlements=[counted("New")])
    sold.refuse(ask("Old"))
    refused("ValidationException", sold.extend, held)
    assert [row["Name"] for row in sold.usages()] == ["New"], "U1"
    sold.check_in(held)
    sold.amend(Entitlements=[counted("Old"), counted("New")])
    assert sold.usage("Old") == 0


def test_L28_a_new_issuer_name_changes_the_fingerprint(shop):
    sold = shop.create()
    sold.amend(Issuer={"Name": "New name"})
    fingerprint = f"aws:{program.SELLER}:New name:issuer-fingerprint"
    assert sold.get()["Issuer"]["KeyFingerprint"] == fingerprint
    assert sold.get(Version="1")["Issuer"]["KeyFingerprint"] == sold.fingerprint
    sold.refuse(ask())
    sold.check_out(ask(), KeyFingerprint=fingerprint)


def test_L30_delete_needs_the_current_version(shop):
    sold = shop.create()
    refused("ConflictException", sold.delete, "2")
    sold.amend()
    refused("ConflictException", sold.delete, "1")
    assert sold.delete("2")["Status"] == "DELETED"


def test_L31_live_check_outs_block_a_delete_and_drawn_ones_do_not(shop, clock):
    sold = shop.create()
    sold.draw(ask(value=2))
    held, lapsing = sold.check_out(ask()), sold.check_out(ask())
    refused("ConflictException", sold.delete)
    sold.check_in(held)
    refused("ConflictException", sold.delete)
    clock.advance(minutes=61)
    sold.delete()
    refused("ResourceNotFoundException", sold.check_in, lapsing)


def test_L7_L32_reads_last_for_six_months(shop, clock, seller):
    sold = shop.create()
    sold.draw(ask(value=2))
    deleted = sold.delete()
    now = clock.now()
    assert deleted["Status"] == "DELETED"
    assert deleted["DeletionDate"].endswith("Z")
    assert abs((clocks.parse(deleted["DeletionDate"]) - now).total_seconds()) < 5

    def reads():
        assert sold.get()["Status"] == "DELETED"
        listed = seller.list_licenses(LicenseArns=[sold.arn])["Licenses"]
        assert [license["Status"] for license in listed] == ["DELETED"]
        assert len(seller.list_license_versions(LicenseArn=sold.arn)["Licenses"]) == 1
        assert sold.usage() == 2

    reads()
    sold.refuse(ask())
    refused("ValidationException", sold.amend)
    tags = [{"Key": "a", "Value": "b"}]
    refused("ValidationException", seller.tag_resource, ResourceArn=sold.arn, Tags=tags)
    clock.advance(days=180)
    reads()
    clock.advance(days=5)
    for call in (seller.get_license, seller.list_license_versions, seller.get_license_usage):
        refused("InvalidParameterValueException", call, LicenseArn=sold.arn)
    assert seller.list_licenses(LicenseArns=[sold.arn])["Licenses"] == []


def test_L8_L34_a_second_delete_and_a_new_license(shop):
    sold = shop.create()
    sold.delete()
    refused("InvalidParameterValueException", sold.delete)
    again = shop.create(ProductSKU=sold.sku)
    assert again.arn != sold.arn
    again.check_out(ask())


def test_L26_a_deleted_license_gets_no_version(shop):
    sold = shop.create()
    sold.delete()
    refused("ValidationException", sold.amend, SourceVersion="1")


def test_L33_only_the_owner_deletes(shop, seller, buyer):
    sold = shop.create()
    for client, arn in [(buyer, sold.arn), (seller, UNKNOWN)]:
        members = {"LicenseArn": arn, "SourceVersion": "1"}
        refused("InvalidParameterValueException", client.delete_license, **members)
