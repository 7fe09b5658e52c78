"""GetServiceSettings and UpdateServiceSettings: section 12, and the link to the organization."""

from directory import MEMBER, SERVICE
from shop import refused


def test_G19_settings_link_to_the_organization(own_server, manager, member, joined):
    seller, buyer = own_server.client("seller"), own_server.client("buyer")
    link = lambda on: {"OrganizationConfiguration": {"EnableIntegration": on}}

    def is_linked(client):
        return client.get_service_settings()["OrganizationConfiguration"]["EnableIntegration"]

    def services():
        answer = manager.list_aws_service_access_for_organization()
        return [each["ServicePrincipal"] for each in answer["EnabledServicePrincipals"]]

    assert not is_linked(seller) and services() == []
    seller.update_service_settings(**link(True))
    assert is_linked(seller) and is_linked(buyer) and services() == [SERVICE]
    reseller = own_server.client("reseller")
    for client, text in ((buyer, "management account"), (reseller, "no organization")):
        answer = refused("ValidationException", client.update_service_settings, **link(False))
        assert text in answer["Error"]["Message"]
    manager.register_delegated_administrator(AccountId=MEMBER, ServicePrincipal=SERVICE)
    answer = refused("ValidationException", seller.update_service_settings, **link(False))
    assert "deregister" in answer["Error"]["Message"]
    manager.deregister_delegated_administrator(AccountId=MEMBER, ServicePrincipal=SERVICE)
    seller.update_service_settings(**link(False))
    assert not is_linked(seller) and services() == []


def test_12_settings_are_kept_for_each_account_and_region(own_server):
    seller = own_server.client("seller")
    bucket = "arn:aws:s3:::aws-license-manager-service-x"
    seller.update_service_settings(S3BucketArn=bucket, EnabledDiscoverySourceRegions=["eu-west-1"])
    seller.update_service_settings(EnableCrossAccountsDiscovery=True)
    found = seller.get_service_settings()
    found.pop("ResponseMetadata")
    assert found == {
        "S3BucketArn": bucket,
        "OrganizationConfiguration": {"EnableIntegration": False},
        "EnableCrossAccountsDiscovery": True,
        "CrossRegionDiscoveryHomeRegion": "us-east-1",
        "CrossRegionDiscoverySourceRegions": ["eu-west-1"],
    }
    for client in (own_server.client("buyer"), own_server.client("seller", region="eu-west-1")):
        found = client.get_service_settings()
        assert "S3BucketArn" not in found and not found["EnableCrossAccountsDiscovery"]
    code = "InvalidParameterValueException"
    answer = refused(code, seller.update_service_settings, SnsTopicArn="topic")
    assert "SnsTopicArn" in answer["Error"]["Message"]
