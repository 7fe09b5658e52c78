//! Shapes of requests and answers (section 4); limits as in the model, non-empty as in 4.1.

use leasehold_core::consume::CheckoutType;
use leasehold_core::entitlement::Unit;
use leasehold_core::license::{RenewType, Status};

use crate::shape::{Arn, ClientToken, IsoTime, NonEmpty, PageSize, Quantity, SignedToken, Text};
use crate::{enum_shapes, shape};

shape! {
    /// Who issues a license.
    pub struct Issuer {
        /// Part of the fingerprint (W40).
        name: "Name" => Text,
        /// An asymmetric KMS key (L12).
        sign_key: "SignKey" => Option<String>,
    }
}

shape! {
    /// Who issues a license, in answers.
    pub struct IssuerDetails {
        /// Name.
        name: "Name" => Option<String>,
        /// Key as given.
        sign_key: "SignKey" => Option<String>,
        /// W40.
        key_fingerprint: "KeyFingerprint" => Option<String>,
    }
}

shape! {
    /// A term.
    pub struct DatetimeRange {
        /// First instant.
        begin: "Begin" => IsoTime,
        /// First instant after it; absent: perpetual.
        end: "End" => Option<IsoTime>,
    }
}

shape! {
    /// An entitlement of a license (2.2).
    pub struct Entitlement {
        /// Unique in the license (D3).
        name: "Name" => Text,
        /// For Unit None only (D2).
        value: "Value" => Option<String>,
        /// For every other unit (D2).
        max_count: "MaxCount" => Option<i64>,
        /// D4.
        overage: "Overage" => Option<bool>,
        /// The unit.
        unit: "Unit" => Unit,
        /// D4.
        allow_check_in: "AllowCheckIn" => Option<bool>,
    }
}

shape! {
    /// Online check-outs.
    pub struct ProvisionalConfiguration {
        /// At least 1 (D12).
        max_time_to_live_in_minutes: "MaxTimeToLiveInMinutes" => i32,
    }
}

shape! {
    /// Offline check-outs.
    pub struct BorrowConfiguration {
        /// Whether a borrowed check-out may be returned before it ends (C63).
        allow_early_check_in: "AllowEarlyCheckIn" => bool,
        /// At least 1 (D12).
        max_time_to_live_in_minutes: "MaxTimeToLiveInMinutes" => i32,
    }
}

shape! {
    /// How a license may be consumed (2.3).
    pub struct ConsumptionConfiguration {
        /// None if absent.
        renew_type: "RenewType" => Option<RenewType>,
        /// D13.
        provisional_configuration: "ProvisionalConfiguration" => Option<ProvisionalConfiguration>,
        /// D13.
        borrow_configuration: "BorrowConfiguration" => Option<BorrowConfiguration>,
    }
}

shape! {
    /// A note of the issuer.
    pub struct Metadata {
        /// Name.
        name: "Name" => Option<String>,
        /// Value.
        value: "Value" => Option<String>,
    }
}

shape! {
    /// A tag.
    pub struct Tag {
        /// 1 to 128 characters (TG3).
        key: "Key" => Option<String>,
        /// At most 256 characters (TG3).
        value: "Value" => Option<String>,
    }
}

shape! {
    /// 4.1.
    pub struct CreateLicenseRequest {
        /// Name of the license.
        license_name: "LicenseName" => Text,
        /// Name of the product.
        product_name: "ProductName" => Text,
        /// Product.
        product_sku: "ProductSKU" => Text,
        /// Who issues it.
        issuer: "Issuer" => Issuer,
        /// Where changes are made (W70).
        home_region: "HomeRegion" => Text,
        /// Its term.
        validity: "Validity" => DatetimeRange,
        /// What it allows.
        entitlements: "Entitlements" => NonEmpty<Entitlement>,
        /// For whom.
        beneficiary: "Beneficiary" => Text,
        /// How it may be consumed.
        consumption_configuration: "ConsumptionConfiguration" => ConsumptionConfiguration,
        /// Notes.
        license_metadata: "LicenseMetadata" => Option<Vec<Metadata>>,
        /// W60.
        client_token: "ClientToken" => ClientToken,
        /// Tags.
        tags: "Tags" => Option<Vec<Tag>>,
    }
}

shape! {
    /// 4.1.
    pub struct CreateLicenseResponse {
        /// The new license.
        license_arn: "LicenseArn" => Option<Arn>,
        /// L1.
        status: "Status" => Option<Status>,
        /// "1".
        version: "Version" => Option<String>,
    }
}

shape! {
    /// 4.2.
    pub struct CreateLicenseVersionRequest {
        /// Which license.
        license_arn: "LicenseArn" => Arn,
        /// Name of the license.
        license_name: "LicenseName" => Text,
        /// Name of the product.
        product_name: "ProductName" => Text,
        /// Who issues it.
        issuer: "Issuer" => Issuer,
        /// The license's own (W76).
        home_region: "HomeRegion" => Text,
        /// Its term.
        validity: "Validity" => DatetimeRange,
        /// Notes.
        license_metadata: "LicenseMetadata" => Option<Vec<Metadata>>,
        /// What it allows.
        entitlements: "Entitlements" => NonEmpty<Entitlement>,
        /// How it may be consumed.
        consumption_configuration: "ConsumptionConfiguration" => ConsumptionConfiguration,
        /// L2.
        status: "Status" => Status,
        /// W60.
        client_token: "ClientToken" => ClientToken,
        /// L22.
        source_version: "SourceVersion" => Option<String>,
    }
}

shape! {
    /// 4.2.
    pub struct CreateLicenseVersionResponse {
        /// The license.
        license_arn: "LicenseArn" => Option<Arn>,
        /// The new version.
        version: "Version" => Option<String>,
        /// Its status.
        status: "Status" => Option<Status>,
    }
}

shape! {
    /// 4.3.
    pub struct DeleteLicenseRequest {
        /// Which license.
        license_arn: "LicenseArn" => Arn,
        /// L30.
        source_version: "SourceVersion" => String,
    }
}

/// Statuses of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeletionStatus {
    /// Never produced (L32).
    PendingDelete,
    /// Deleted.
    Deleted,
}

impl DeletionStatus {
    /// Both, in the model's order.
    pub const ALL: &'static [Self] = &[Self::PendingDelete, Self::Deleted];

    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PendingDelete => "PENDING_DELETE",
            Self::Deleted => "DELETED",
        }
    }
}

enum_shapes! { DeletionStatus }

shape! {
    /// 4.3.
    pub struct DeleteLicenseResponse {
        /// DELETED.
        status: "Status" => Option<DeletionStatus>,
        /// Now.
        deletion_date: "DeletionDate" => Option<IsoTime>,
    }
}

shape! {
    /// 4.4.
    pub struct GetLicenseRequest {
        /// Which license.
        license_arn: "LicenseArn" => Arn,
        /// Which version; absent: the current one (L40).
        version: "Version" => Option<String>,
    }
}

shape! {
    /// A license (2.1).
    pub struct License {
        /// ARN.
        license_arn: "LicenseArn" => Option<Arn>,
        /// Name of the license.
        license_name: "LicenseName" => Option<String>,
        /// Name of the product.
        product_name: "ProductName" => Option<String>,
        /// Product.
        product_sku: "ProductSKU" => Option<String>,
        /// Who issues it.
        issuer: "Issuer" => Option<IssuerDetails>,
        /// W70.
        home_region: "HomeRegion" => Option<String>,
        /// 3.1.
        status: "Status" => Option<Status>,
        /// Its term, as sent (W32).
        validity: "Validity" => Option<DatetimeRange>,
        /// For whom.
        beneficiary: "Beneficiary" => Option<String>,
        /// What it allows.
        entitlements: "Entitlements" => Option<Vec<Entitlement>>,
        /// How it may be consumed.
        consumption_configuration: "ConsumptionConfiguration" => Option<ConsumptionConfiguration>,
        /// Notes.
        license_metadata: "LicenseMetadata" => Option<Vec<Metadata>>,
        /// Epoch seconds as a string (1.4).
        create_time: "CreateTime" => Option<IsoTime>,
        /// Version.
        version: "Version" => Option<String>,
    }
}

shape! {
    /// 4.4.
    pub struct GetLicenseResponse {
        /// The license.
        license: "License" => Option<License>,
    }
}

shape! {
    /// A filter of a list (W52).
    pub struct Filter {
        /// One of the operation's names.
        name: "Name" => Option<String>,
        /// Exactly one.
        values: "Values" => Option<Vec<String>>,
    }
}

shape! {
    /// 4.5.
    pub struct ListLicensesRequest {
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
    /// 4.5.
    pub struct ListLicensesResponse {
        /// A page.
        licenses: "Licenses" => Option<Vec<License>>,
        /// When more remain (W50).
        next_token: "NextToken" => Option<String>,
    }
}

shape! {
    /// 4.6.
    pub struct ListLicenseVersionsRequest {
        /// Which license.
        license_arn: "LicenseArn" => Arn,
        /// W51.
        next_token: "NextToken" => Option<String>,
        /// W50.
        max_results: "MaxResults" => Option<PageSize>,
    }
}

shape! {
    /// 4.6.
    pub struct ListLicenseVersionsResponse {
        /// A page.
        licenses: "Licenses" => Option<Vec<License>>,
        /// When more remain (W50).
        next_token: "NextToken" => Option<String>,
    }
}

shape! {
    /// 4.7.
    pub struct GetLicenseUsageRequest {
        /// Which license.
        license_arn: "LicenseArn" => Arn,
    }
}

shape! {
    /// What is out of one entitlement (U1).
    pub struct EntitlementUsage {
        /// Name.
        name: "Name" => String,
        /// U2, U3.
        consumed_value: "ConsumedValue" => String,
        /// Of counted ones.
        max_count: "MaxCount" => Option<String>,
        /// Unit.
        unit: "Unit" => Unit,
    }
}

shape! {
    /// What is out of a license.
    pub struct LicenseUsage {
        /// One for each entitlement of the current version.
        entitlement_usages: "EntitlementUsages" => Option<Vec<EntitlementUsage>>,
    }
}

shape! {
    /// 4.7.
    pub struct GetLicenseUsageResponse {
        /// The usage.
        license_usage: "LicenseUsage" => Option<LicenseUsage>,
    }
}

shape! {
    /// An entitlement of a check-out (2.2).
    pub struct EntitlementData {
        /// Name.
        name: "Name" => String,
        /// Quantity (C19).
        value: "Value" => Option<Quantity>,
        /// Unit.
        unit: "Unit" => Unit,
    }
}

shape! {
    /// 4.8.
    pub struct CheckoutLicenseRequest {
        /// Product (C3).
        product_sku: "ProductSKU" => String,
        /// Kind.
        checkout_type: "CheckoutType" => CheckoutType,
        /// Issuer (W42).
        key_fingerprint: "KeyFingerprint" => String,
        /// What is asked for.
        entitlements: "Entitlements" => Vec<EntitlementData>,
        /// W60.
        client_token: "ClientToken" => ClientToken,
        /// C1.
        beneficiary: "Beneficiary" => Option<String>,
        /// C34.
        node_id: "NodeId" => Option<String>,
    }
}

shape! {
    /// 4.8.
    pub struct CheckoutLicenseResponse {
        /// Kind.
        checkout_type: "CheckoutType" => Option<CheckoutType>,
        /// C33.
        license_consumption_token: "LicenseConsumptionToken" => Option<String>,
        /// C13.
        entitlements_allowed: "EntitlementsAllowed" => Option<Vec<EntitlementData>>,
        /// C36.
        signed_token: "SignedToken" => Option<SignedToken>,
        /// C34.
        node_id: "NodeId" => Option<String>,
        /// C30.
        issued_at: "IssuedAt" => Option<IsoTime>,
        /// C30.
        expiration: "Expiration" => Option<IsoTime>,
        /// C37.
        license_arn: "LicenseArn" => Option<String>,
    }
}

shape! {
    /// 4.10.
    pub struct ExtendLicenseConsumptionRequest {
        /// Which check-out.
        license_consumption_token: "LicenseConsumptionToken" => String,
        /// C54.
        dry_run: "DryRun" => Option<bool>,
    }
}

shape! {
    /// 4.10.
    pub struct ExtendLicenseConsumptionResponse {
        /// The same token.
        license_consumption_token: "LicenseConsumptionToken" => Option<String>,
        /// The new end, with a zone (1.4).
        expiration: "Expiration" => Option<IsoTime>,
    }
}

shape! {
    /// 4.11.
    pub struct CheckInLicenseRequest {
        /// Which check-out.
        license_consumption_token: "LicenseConsumptionToken" => String,
        /// C61.
        beneficiary: "Beneficiary" => Option<String>,
    }
}

shape! {
    /// 4.11.
    pub struct CheckInLicenseResponse {}
}

shape! {
    /// 4.27.
    pub struct TagResourceRequest {
        /// Which resource.
        resource_arn: "ResourceArn" => String,
        /// Tags to set (TG2).
        tags: "Tags" => Vec<Tag>,
    }
}

shape! {
    /// 4.27.
    pub struct TagResourceResponse {}
}

shape! {
    /// 4.28.
    pub struct UntagResourceRequest {
        /// Which resource.
        resource_arn: "ResourceArn" => String,
        /// Keys to remove (TG2).
        tag_keys: "TagKeys" => Vec<String>,
    }
}

shape! {
    /// 4.28.
    pub struct UntagResourceResponse {}
}

shape! {
    /// 4.29.
    pub struct ListTagsForResourceRequest {
        /// Which resource.
        resource_arn: "ResourceArn" => String,
    }
}

shape! {
    /// 4.29.
    pub struct ListTagsForResourceResponse {
        /// The tags.
        tags: "Tags" => Option<Vec<Tag>>,
    }
}
