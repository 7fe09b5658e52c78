"""ListDistributedGrants, ListReceivedGrants, ListReceivedLicenses and the two calls for
organizations (4.18-4.22, 2.5, G60-G64, W50-W54)."""

import pytest

import trade
from documents import LONG_AGO, ask, counted
from shop import refused
from trade import PASS_ON, USE, metadata

VALUE = "InvalidParameterValueException"
LISTS = [
    "ListDistributedGrants",
    "ListReceivedGrants",
    "ListReceivedLicenses",
]
BAD_FILTERS = {
    "unknown name": [{"Name": "Nothing", "Values": ["x"]}],
    "another list's": [{"Name": "GrantArn", "Values": ["x"]}],
    "name in another case": [{"Name": "productsku", "Values": ["x"]}],
    "no value": [{"Name": "ProductSKU", "Values": []}],
    "two values": [{"Name": "ProductSKU", "Values": ["x", "y"]}],
    "no values": [{"Name": "ProductSKU"}],
    "no name": [{"Values": ["x"]}],
}


def terms(**filters):
    return [{"Name": name, "Values": [value]} for name, value in filters.items()]


def distributed(party, **members):
    return party.client.list_distributed_grants(**members)["Grants"]


def received(party, **members):
    return party.client.list_received_grants(**members)["Grants"]


def licenses(party, **members):
    return party.client.list_received_licenses(**members)["Licenses"]


def arns(found, name="GrantArn"):
    return [each[name] for each in found]


@pytest.fixture(scope="module")
def family(parties):
    """Five grants of two licenses of one product by the seller: to three accounts, each grant in
    another status; and one that the reseller passed on."""
    vendor, customer, dealer = parties["seller"], parties["buyer"], parties["reseller"]
    third = parties["third"]
    one = vendor.sell()
    two = vendor.sell(ProductSKU=one.sku, Issuer={"Name": "Another issuer"}, Beneficiary="B")
    grants = [
        vendor.grant(one, customer),
        vendor.lend(one, dealer, PASS_ON),
        vendor.grant(two, customer),
        vendor.grant(two, dealer),
        vendor.grant(two, third),
        dealer.grant(one, third),
    ]
    grants[2].accept()
    grants[3].reject()
    grants[4].delete()
    return one, two, grants


def places(family, found):
    order = arns([{"GrantArn": grant.arn} for grant in family[2]])
    return [order.index(arn) for arn in arns(found)]


def test_4_18_W52_distributed_grants(parties, family):
    one, two, grants = family
    vendor, dealer = parties["seller"], parties["reseller"]
    customer = parties["buyer"]

    def found(party=vendor, **filters):
        filters = {"ProductSKU": one.sku} | filters
        return places(family, distributed(party, Filters=terms(**filters)))

    assert found() == [0, 1, 2, 3, 4], "W51: in creation order; the deleted one too"
    assert found(dealer) == [5]
    assert found(LicenseArn=one.arn) == [0, 1]
    assert found(LicenseIssuerName="Another issuer") == [2, 3, 4]
    assert found(GrantStatus="PENDING_ACCEPT") == [0]
    assert found(GrantStatus="ACTIVE") == [1]
    assert found(GrantStatus="DISABLED") == [2]
    assert found(GrantStatus="REJECTED") == [3]
    assert found(GrantStatus="DELETED") == [4]
    assert found(GranteePrincipalARN=customer.principal) == [0, 2]
    assert found(GranteePrincipalArn=customer.principal) == [0, 2], "G60"
    assert found(GranteePrincipalARN=customer.principal, LicenseArn=two.arn) == [2]
    assert found(GrantStatus="active") == [], "W52: case-sensitive"
    assert found(ProductSKU="another") == []
    refused(VALUE, distributed, vendor, Filters=terms(GranterAccountId=vendor.account))


def test_4_19_W52_received_grants(parties, family):
    one, two, grants = family
    vendor, dealer, customer = parties["seller"], parties["reseller"], parties["buyer"]

    def found(party, **filters):
        filters = {"ProductSKU": one.sku} | filters
        return places(family, received(party, Filters=terms(**filters)))

    assert found(customer) == [0, 2]
    assert found(dealer) == [1, 3]
    assert found(parties["third"]) == [4, 5]
    assert found(vendor) == []
    assert found(customer, LicenseArn=two.arn) == [2]
    assert found(customer, LicenseARN=two.arn) == [2], "G60"
    assert found(customer, GrantStatus="DISABLED") == [2]
    assert found(customer, LicenseIssuerName="Example issuer") == [0]
    assert found(parties["third"], GranterAccountId=dealer.account) == [5]
    assert found(parties["third"], GranterAccountId=vendor.account) == [4]
    principal = terms(GranteePrincipalARN=customer.principal)
    refused(VALUE, received, customer, Filters=principal)


def test_2_4_lists_show_what_get_grant_shows(parties, family):
    _, _, grants = family
    for grant in grants:
        (one,) = distributed(grant.giver, GrantArns=[grant.arn])
        (two,) = received(grant.taker, GrantArns=[grant.arn])
        assert one == two == grant.get()


def test_W54_arns_select(parties, family):
    one, two, grants = family
    vendor, customer = parties["seller"], parties["buyer"]
    wanted = [grants[2].arn, trade.UNKNOWN, grants[0].arn, grants[5].arn]
    assert places(family, distributed(vendor, GrantArns=wanted)) == [0, 2]
    assert places(family, received(customer, GrantArns=wanted)) == [0, 2]
    disabled = terms(GrantStatus="DISABLED")
    assert places(family, received(customer, GrantArns=wanted, Filters=disabled)) == [2]
    assert distributed(customer, GrantArns=wanted) == []
    wanted = [two.arn, one.arn, trade.UNKNOWN]
    assert arns(licenses(customer, LicenseArns=wanted), "LicenseArn") == [one.arn, two.arn]


def test_4_21_G61_received_licenses(parties, family, clock):
    one, two, grants = family
    customer, vendor = parties["buyer"], parties["seller"]

    def found(party=customer, **filters):
        filters = {"ProductSKU": one.sku} | filters
        names = {one.arn: 1, two.arn: 2}
        return [names[arn] for arn in arns(licenses(party, Filters=terms(**filters)), "LicenseArn")]

    assert found() == [1, 2]
    assert found(Beneficiary="B") == [2]
    assert found(IssuerName="Another issuer") == [2]
    assert found(Fingerprint=one.fingerprint) == [1]
    assert found(Status="AVAILABLE") == [1, 2], "G61: the license's status"
    assert found(Status="PENDING_ACCEPT") == [] == found(Status="DISABLED")
    assert found(vendor) == []
    refused(VALUE, licenses, customer, Filters=terms(LicenseIssuerName="x"))


def test_G61_status_is_computed(vendor, customer):
    sold = vendor.sell()
    vendor.grant(sold, customer)
    sold.amend(Validity={"Begin": LONG_AGO, "End": "2021-01-01T00:00:00Z"})
    filters = terms(ProductSKU=sold.sku, Status="EXPIRED")
    assert arns(licenses(customer, Filters=filters), "LicenseArn") == [sold.arn]


def test_2_5_a_received_license(vendor, customer):
    sold = vendor.sell(LicenseMetadata=[{"Name": "Note", "Value": "for tests"}])
    grant = vendor.grant(sold, customer)
    seen = customer.received(sold)
    entry = {"Name": "grantArn", "Value": grant.arn}
    assert seen.pop("ReceivedMetadata") == {
        "ReceivedStatus": "PENDING_ACCEPT",
        "AllowedOperations": USE,
    }
    assert seen.pop("LicenseMetadata") == [{"Name": "Note", "Value": "for tests"}, entry]
    plain = sold.get()
    del plain["LicenseMetadata"]
    assert seen == plain, "the same members as the license"
    assert customer.holds(sold).get()["LicenseMetadata"] == sold.get()["LicenseMetadata"]


def test_2_5_the_status_follows_the_grant(vendor, customer):
    sold = vendor.sell()
    grant = vendor.grant(sold, customer)
    seen = lambda: customer.received(sold)["ReceivedMetadata"]["ReceivedStatus"]
    assert seen() == "PENDING_ACCEPT"
    grant.accept()
    assert seen() == "DISABLED"
    grant.activate()
    assert seen() == "ACTIVE"
    grant.reject()
    assert seen() == "REJECTED", "G63"
    second = vendor.grant(sold, customer)
    assert seen() == "PENDING_ACCEPT", "the grant that may still be used stands for the license"
    metadata = customer.received(sold)["LicenseMetadata"]
    assert metadata == [{"Name": "grantArn", "Value": second.arn}]


def test_2_5_the_grant_to_accept_is_found_in_the_metadata(vendor, customer):
    """As clients do that read the ARN from the list."""
    sold = vendor.sell()
    vendor.grant(sold, customer)
    entries = customer.received(sold)["LicenseMetadata"]
    (arn,) = [entry["Value"] for entry in entries if entry["Name"] == "grantArn"]
    assert customer.client.accept_grant(GrantArn=arn)["Status"] == "DISABLED"


def test_G62_a_beneficiary_receives_nothing_without_a_grant(vendor, customer):
    sold = vendor.sell(Beneficiary=customer.account)
    assert customer.received(sold) is None
    refused(VALUE, customer.holds(sold).get)


def test_listing_is_never_withheld(vendor, customer):
    sold = vendor.sell()
    vendor.grant(sold, customer, ["CheckoutLicense"])
    assert customer.received(sold)["ReceivedMetadata"]["AllowedOperations"] == ["CheckoutLicense"]


@pytest.mark.parametrize("filters", BAD_FILTERS.values(), ids=BAD_FILTERS)
@pytest.mark.parametrize("operation", LISTS)
def test_W53_bad_filters(server, operation, filters):
    reply = server.call(operation, {"Filters": filters})
    assert (reply.status, reply.code) == (400, VALUE)


@pytest.mark.parametrize("token", ["", "x", "AAAA", "1", "-1", "ä" * 200])
@pytest.mark.parametrize("operation", LISTS)
def test_W51_bad_tokens(server, operation, token):
    reply = server.call(operation, {"NextToken": token})
    assert (reply.status, reply.code) == (400, VALUE)


def pages(call, key, members, size):
    """All pages of a list."""
    members, found = members | {"MaxResults": size}, []
    while True:
        answer = call(**members)
        found.append(answer[key])
        if "NextToken" not in answer:
            return found
        members["NextToken"] = answer["NextToken"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_W50_W51_pages(parties, family, size):
    one, _, grants = family
    vendor, customer = parties["seller"], parties["buyer"]
    members = {"Filters": terms(ProductSKU=one.sku)}
    found = pages(vendor.client.list_distributed_grants, "Grants", members, size)
    assert places(family, sum(found, [])) == [0, 1, 2, 3, 4]
    assert all(len(page) == size for page in found[:-1])
    assert 0 < len(found[-1]) <= size
    found = pages(customer.client.list_received_grants, "Grants", members, size)
    assert places(family, sum(found, [])) == [0, 2]
    found = pages(customer.client.list_received_licenses, "Licenses", members, size)
    whole = licenses(customer, **members)
    assert sum(found, []) == whole and len(whole) == 2
    assert len(found) == (2 if size == 1 else 1)


def test_W51_the_default_page_holds_a_hundred(vendor, parties):
    fourth = parties["fourth"]
    sku = vendor.sell().sku
    for _ in range(101):
        vendor.grant(vendor.sell(ProductSKU=sku), fourth)
    members = {"Filters": terms(ProductSKU=sku)}
    calls = {
        vendor.client.list_distributed_grants: "Grants",
        fourth.client.list_received_grants: "Grants",
        fourth.client.list_received_licenses: "Licenses",
    }
    for call, key in calls.items():
        first = call(**members)
        rest = call(NextToken=first["NextToken"], **members)
        assert (len(first[key]), len(rest[key])) == (100, 1)
        assert "NextToken" not in rest


def test_4_18_below_a_grant_only_its_own_granter_lists(vendor, dealer, customer):
    sold = vendor.sell(LicenseMetadata=metadata(grant_depth=3), Entitlements=[counted()])
    vendor.lend(sold, dealer, PASS_ON)
    dealer.lend(sold, customer)
    filters = terms(LicenseArn=sold.arn)
    assert len(distributed(vendor, Filters=filters)) == 1
    assert len(distributed(dealer, Filters=filters)) == 1
    customer.holds(sold).check_out(ask())


@pytest.mark.parametrize("profile", ["seller", "buyer"])
def test_G64_for_organizations_without_one(parties, profile):
    client, sold = parties[profile].client, parties["seller"].sell()
    call = client.list_received_grants_for_organization
    refused("ValidationException", call, LicenseArn=sold.arn)
    refused("ValidationException", client.list_received_licenses_for_organization)
