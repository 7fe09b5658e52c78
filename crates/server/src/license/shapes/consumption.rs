//! Check-outs and usage: sections 4.7–4.11.

use leasehold_core::consume::CheckoutType;
use leasehold_core::entitlement::Unit;

use serde::Serialize;
use serde_json::Value;

use super::Metadata;
use crate::shape;
use crate::shape::{
    Arn, ClientToken, Description, IsoTime, Path, Quantity, Secret, Shape, SignedToken, Violations,
};

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
        license_consumption_token: "LicenseConsumptionToken" => Option<Secret<String>>,
        /// C13.
        entitlements_allowed: "EntitlementsAllowed" => Option<Vec<EntitlementData>>,
        /// C36.
        signed_token: "SignedToken" => Option<Secret<SignedToken>>,
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

/// The one way of signing that there is.
pub const JWT_PS384: &str = "JWT_PS384";

/// How to sign. Any text is read, for what is not offered has an exception of its own (B7).
#[derive(Clone, Debug, Serialize)]
pub struct DigitalSignatureMethod(pub String);

impl Shape for DigitalSignatureMethod {
    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        String::accept(value, path, violations).map(Self)
    }

    fn describe() -> Description {
        let values = Some(vec![JWT_PS384]);
        Description::String { min: None, max: None, pattern: None, values }
    }
}

shape! {
    /// 4.9.
    pub struct CheckoutBorrowLicenseRequest {
        /// Which license.
        license_arn: "LicenseArn" => Arn,
        /// What is asked for.
        entitlements: "Entitlements" => Vec<EntitlementData>,
        /// JWT_PS384.
        digital_signature_method: "DigitalSignatureMethod" => DigitalSignatureMethod,
        /// C34.
        node_id: "NodeId" => Option<String>,
        /// B11.
        checkout_metadata: "CheckoutMetadata" => Option<Vec<Metadata>>,
        /// W60.
        client_token: "ClientToken" => ClientToken,
    }
}

shape! {
    /// 4.9.
    pub struct CheckoutBorrowLicenseResponse {
        /// As asked.
        license_arn: "LicenseArn" => Option<Arn>,
        /// C33.
        license_consumption_token: "LicenseConsumptionToken" => Option<Secret<String>>,
        /// All that was asked for (B3).
        entitlements_allowed: "EntitlementsAllowed" => Option<Vec<EntitlementData>>,
        /// C34.
        node_id: "NodeId" => Option<String>,
        /// J1.
        signed_token: "SignedToken" => Option<Secret<SignedToken>>,
        /// B9.
        issued_at: "IssuedAt" => Option<IsoTime>,
        /// B9.
        expiration: "Expiration" => Option<IsoTime>,
        /// As sent (B11).
        checkout_metadata: "CheckoutMetadata" => Option<Vec<Metadata>>,
    }
}

shape! {
    /// 4.10.
    pub struct ExtendLicenseConsumptionRequest {
        /// Which check-out.
        license_consumption_token: "LicenseConsumptionToken" => Secret<String>,
        /// C54.
        dry_run: "DryRun" => Option<bool>,
    }
}

shape! {
    /// 4.10.
    pub struct ExtendLicenseConsumptionResponse {
        /// The same token.
        license_consumption_token: "LicenseConsumptionToken" => Option<Secret<String>>,
        /// The new end, with a zone (1.4).
        expiration: "Expiration" => Option<IsoTime>,
    }
}

shape! {
    /// 4.11.
    pub struct CheckInLicenseRequest {
        /// Which check-out.
        license_consumption_token: "LicenseConsumptionToken" => Secret<String>,
        /// C61.
        beneficiary: "Beneficiary" => Option<String>,
    }
}

shape! {
    /// 4.11.
    pub struct CheckInLicenseResponse {}
}
