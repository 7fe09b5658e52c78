//! Licenses: sections 2.1–2.3 and 4.1–4.4.

use leasehold_core::entitlement::Unit;
use leasehold_core::license::{RenewType, Status};

use super::Tag;
use crate::shape::{Arn, ClientToken, IsoTime, NonEmpty, Text};
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
