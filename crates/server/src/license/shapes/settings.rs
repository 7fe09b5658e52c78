//! Settings: section 12.

use std::collections::BTreeMap;

use crate::shape;

shape! {
    /// No members.
    pub struct GetServiceSettingsRequest {}
}

shape! {
    /// The link to the organization.
    pub struct OrganizationConfiguration {
        /// Whether the organization trusts License Manager.
        enable_integration: "EnableIntegration" => bool,
    }
}

shape! {
    /// How far discovery in other accounts is; never shown.
    pub struct CrossAccountDiscoveryServiceStatus {
        /// Text.
        message: "Message" => Option<String>,
    }
}

shape! {
    /// How far discovery is in a Region; never shown.
    pub struct RegionStatus {
        /// Text.
        status: "Status" => Option<String>,
    }
}

shape! {
    /// How far discovery in other Regions is; never shown.
    pub struct CrossRegionDiscoveryStatus {
        /// By Region.
        message: "Message" => Option<BTreeMap<String, RegionStatus>>,
    }
}

shape! {
    /// How far discovery is; never shown, for this server discovers nothing.
    pub struct ServiceStatus {
        /// In other accounts.
        cross_account_discovery: "CrossAccountDiscovery"
            => Option<CrossAccountDiscoveryServiceStatus>,
        /// In other Regions.
        cross_region_discovery: "CrossRegionDiscovery" => Option<CrossRegionDiscoveryStatus>,
    }
}

shape! {
    /// What is set.
    pub struct GetServiceSettingsResponse {
        /// Bucket for reports.
        s3_bucket_arn: "S3BucketArn" => Option<String>,
        /// Topic for alerts.
        sns_topic_arn: "SnsTopicArn" => Option<String>,
        /// The link to the organization.
        organization_configuration: "OrganizationConfiguration"
            => Option<OrganizationConfiguration>,
        /// Whether machines of other accounts are searched.
        enable_cross_accounts_discovery: "EnableCrossAccountsDiscovery" => Option<bool>,
        /// Never shown: there is no resource share.
        license_manager_resource_share_arn: "LicenseManagerResourceShareArn" => Option<String>,
        /// Where discovery in other Regions was set.
        cross_region_discovery_home_region: "CrossRegionDiscoveryHomeRegion" => Option<String>,
        /// Regions that are searched.
        cross_region_discovery_source_regions: "CrossRegionDiscoverySourceRegions"
            => Option<Vec<String>>,
        /// Never shown.
        service_status: "ServiceStatus" => Option<ServiceStatus>,
    }
}

shape! {
    /// What to set; the rest stays.
    pub struct UpdateServiceSettingsRequest {
        /// Bucket for reports.
        s3_bucket_arn: "S3BucketArn" => Option<String>,
        /// Topic for alerts.
        sns_topic_arn: "SnsTopicArn" => Option<String>,
        /// The link to the organization.
        organization_configuration: "OrganizationConfiguration"
            => Option<OrganizationConfiguration>,
        /// Whether machines of other accounts are searched.
        enable_cross_accounts_discovery: "EnableCrossAccountsDiscovery" => Option<bool>,
        /// Regions that are searched.
        enabled_discovery_source_regions: "EnabledDiscoverySourceRegions" => Option<Vec<String>>,
    }
}

shape! {
    /// No members.
    pub struct UpdateServiceSettingsResponse {}
}
