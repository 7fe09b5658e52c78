//! Grants and received licenses: sections 2.4, 2.5 and 4.12–4.22.

use leasehold_core::grant::{ActivationOverride, AllowedOperation, GrantStatus, ReceivedStatus};
use leasehold_core::license::Status;

use super::{
    ConsumptionConfiguration, DatetimeRange, Entitlement, Filter, IssuerDetails, Metadata, Tag,
};
use crate::shape::{Arn, Bounded, ClientToken, IsoTime, PageSize, StatusReason};
use crate::{enum_shapes, shape};

enum_shapes!(AllowedOperation, GrantStatus, ReceivedStatus, ActivationOverride);

shape! {
    /// What goes with an activation (G35).
    pub struct Options {
        /// What becomes of other active grants for the product (G36).
        activation_override_behavior: "ActivationOverrideBehavior" => Option<ActivationOverride>,
    }
}

shape! {
    /// A grant (2.4).
    pub struct Grant {
        /// Which.
        grant_arn: "GrantArn" => Arn,
        /// Name.
        grant_name: "GrantName" => String,
        /// The license, or the grant above.
        parent_arn: "ParentArn" => Arn,
        /// The license.
        license_arn: "LicenseArn" => Arn,
        /// Who received it.
        grantee_principal_arn: "GranteePrincipalArn" => Arn,
        /// Region of the license.
        home_region: "HomeRegion" => String,
        /// Where it stands (3.2).
        grant_status: "GrantStatus" => GrantStatus,
        /// Why (G44).
        status_reason: "StatusReason" => Option<StatusReason>,
        /// Current version, or the one asked for.
        version: "Version" => String,
        /// What it allows by itself.
        granted_operations: "GrantedOperations" => Bounded<AllowedOperation, 1, 8>,
        /// What went with its activation.
        options: "Options" => Option<Options>,
    }
}

shape! {
    /// 4.12.
    pub struct CreateGrantRequest {
        /// W60.
        client_token: "ClientToken" => ClientToken,
        /// Name.
        grant_name: "GrantName" => String,
        /// The license, the caller's or received by it.
        license_arn: "LicenseArn" => Arn,
        /// Exactly one (G15).
        principals: "Principals" => Bounded<Arn, 1, 1>,
        /// The license's (W76).
        home_region: "HomeRegion" => String,
        /// What it is to allow.
        allowed_operations: "AllowedOperations" => Bounded<AllowedOperation, 1, 8>,
        /// Tags.
        tags: "Tags" => Option<Vec<Tag>>,
    }
}

shape! {
    /// 4.13.
    pub struct CreateGrantVersionRequest {
        /// W60.
        client_token: "ClientToken" => ClientToken,
        /// Which.
        grant_arn: "GrantArn" => Arn,
        /// New name.
        grant_name: "GrantName" => Option<String>,
        /// New operations.
        allowed_operations: "AllowedOperations" => Option<Bounded<AllowedOperation, 1, 8>>,
        /// ACTIVE or DISABLED (G32).
        status: "Status" => Option<GrantStatus>,
        /// Why (G44).
        status_reason: "StatusReason" => Option<StatusReason>,
        /// G31.
        source_version: "SourceVersion" => Option<String>,
        /// G35.
        options: "Options" => Option<Options>,
    }
}

/// Declares the answer of an operation that changes a grant.
macro_rules! grant_answers {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        shape! {
            $(#[$meta])*
            pub struct $name {
                /// Which.
                grant_arn: "GrantArn" => Option<Arn>,
                /// Where it stands now.
                status: "Status" => Option<GrantStatus>,
                /// Its new version (G6).
                version: "Version" => Option<String>,
            }
        }

        impl From<&leasehold_core::grant::Grant> for $name {
            fn from(grant: &leasehold_core::grant::Grant) -> Self {
                Self {
                    grant_arn: Some(grant.arn.as_str().into()),
                    status: Some(grant.terms.status),
                    version: Some(grant.version.to_string()),
                }
            }
        }
    )+};
}

grant_answers!(
    /// 4.12.
    CreateGrantResponse,
    /// 4.13.
    CreateGrantVersionResponse,
    /// 4.15.
    DeleteGrantResponse,
    /// 4.16.
    AcceptGrantResponse,
    /// 4.17.
    RejectGrantResponse,
);

shape! {
    /// 4.14.
    pub struct GetGrantRequest {
        /// Which.
        grant_arn: "GrantArn" => Arn,
        /// Absent: the current one.
        version: "Version" => Option<String>,
    }
}

shape! {
    /// 4.14.
    pub struct GetGrantResponse {
        /// The grant.
        grant: "Grant" => Option<Grant>,
    }
}

shape! {
    /// 4.15.
    pub struct DeleteGrantRequest {
        /// Which.
        grant_arn: "GrantArn" => Arn,
        /// Why (G44).
        status_reason: "StatusReason" => Option<StatusReason>,
        /// The current one (G41).
        version: "Version" => String,
    }
}

shape! {
    /// 4.16.
    pub struct AcceptGrantRequest {
        /// Which.
        grant_arn: "GrantArn" => Arn,
    }
}

shape! {
    /// 4.17.
    pub struct RejectGrantRequest {
        /// Which.
        grant_arn: "GrantArn" => Arn,
    }
}

shape! {
    /// 4.18.
    pub struct ListDistributedGrantsRequest {
        /// Only these (W54).
        grant_arns: "GrantArns" => Option<Vec<Arn>>,
        /// W52.
        filters: "Filters" => Option<Vec<Filter>>,
        /// W51.
        next_token: "NextToken" => Option<String>,
        /// W50.
        max_results: "MaxResults" => Option<PageSize>,
    }
}

shape! {
    /// 4.18.
    pub struct ListDistributedGrantsResponse {
        /// A page.
        grants: "Grants" => Option<Vec<Grant>>,
        /// When more remain (W50).
        next_token: "NextToken" => Option<String>,
    }
}

shape! {
    /// 4.19.
    pub struct ListReceivedGrantsRequest {
        /// Only these (W54).
        grant_arns: "GrantArns" => Option<Vec<Arn>>,
        /// W52.
        filters: "Filters" => Option<Vec<Filter>>,
        /// W51.
        next_token: "NextToken" => Option<String>,
        /// W50.
        max_results: "MaxResults" => Option<PageSize>,
    }
}

shape! {
    /// 4.19.
    pub struct ListReceivedGrantsResponse {
        /// A page.
        grants: "Grants" => Option<Vec<Grant>>,
        /// When more remain (W50).
        next_token: "NextToken" => Option<String>,
    }
}

shape! {
    /// 4.20.
    pub struct ListReceivedGrantsForOrganizationRequest {
        /// Which license.
        license_arn: "LicenseArn" => Arn,
        /// W52.
        filters: "Filters" => Option<Vec<Filter>>,
        /// W51.
        next_token: "NextToken" => Option<String>,
        /// W50.
        max_results: "MaxResults" => Option<PageSize>,
    }
}

shape! {
    /// 4.20.
    pub struct ListReceivedGrantsForOrganizationResponse {
        /// A page.
        grants: "Grants" => Option<Vec<Grant>>,
        /// When more remain (W50).
        next_token: "NextToken" => Option<String>,
    }
}

shape! {
    /// How a license was received (2.5).
    pub struct ReceivedMetadata {
        /// Where its grant stands.
        received_status: "ReceivedStatus" => Option<ReceivedStatus>,
        /// Why (G44).
        received_status_reason: "ReceivedStatusReason" => Option<StatusReason>,
        /// What it allows at last (G39).
        allowed_operations: "AllowedOperations" => Option<Bounded<AllowedOperation, 1, 8>>,
    }
}

shape! {
    /// A received license (2.5): the members of a license, and how it was received.
    pub struct GrantedLicense {
        /// Which.
        license_arn: "LicenseArn" => Option<Arn>,
        /// Name.
        license_name: "LicenseName" => Option<String>,
        /// Name of the product.
        product_name: "ProductName" => Option<String>,
        /// Product.
        product_sku: "ProductSKU" => Option<String>,
        /// Who issued it.
        issuer: "Issuer" => Option<IssuerDetails>,
        /// Where it is changed.
        home_region: "HomeRegion" => Option<String>,
        /// Its status, not the grant's (G61).
        status: "Status" => Option<Status>,
        /// Its term.
        validity: "Validity" => Option<DatetimeRange>,
        /// For whom.
        beneficiary: "Beneficiary" => Option<String>,
        /// What it allows.
        entitlements: "Entitlements" => Option<Vec<Entitlement>>,
        /// How it may be consumed.
        consumption_configuration: "ConsumptionConfiguration" => Option<ConsumptionConfiguration>,
        /// The issuer's notes, and `grantArn`.
        license_metadata: "LicenseMetadata" => Option<Vec<Metadata>>,
        /// Epoch seconds (1.4).
        create_time: "CreateTime" => Option<IsoTime>,
        /// Version.
        version: "Version" => Option<String>,
        /// How it was received.
        received_metadata: "ReceivedMetadata" => Option<ReceivedMetadata>,
    }
}

shape! {
    /// 4.21.
    pub struct ListReceivedLicensesRequest {
        /// Only these (W54).
        license_arns: "LicenseArns" => Option<Vec<Arn>>,
        /// W52.
        filters: "Filters" => Option<Vec<Filter>>,
        /// W51.
        next_token: "NextToken" => Option<String>,
        /// W50.
        max_results: "MaxResults" => Option<PageSize>,
    }
}

shape! {
    /// 4.21.
    pub struct ListReceivedLicensesResponse {
        /// A page.
        licenses: "Licenses" => Option<Vec<GrantedLicense>>,
        /// When more remain (W50).
        next_token: "NextToken" => Option<String>,
    }
}

shape! {
    /// 4.22.
    pub struct ListReceivedLicensesForOrganizationRequest {
        /// W52.
        filters: "Filters" => Option<Vec<Filter>>,
        /// W51.
        next_token: "NextToken" => Option<String>,
        /// W50.
        max_results: "MaxResults" => Option<PageSize>,
    }
}

shape! {
    /// 4.22.
    pub struct ListReceivedLicensesForOrganizationResponse {
        /// A page.
        licenses: "Licenses" => Option<Vec<GrantedLicense>>,
        /// When more remain (W50).
        next_token: "NextToken" => Option<String>,
    }
}
