//! The licenses under load, and the calls that create them and check them out.
//!
//! The seller checks out for its customer by naming the beneficiary (C1), which needs neither
//! grants nor a second account; accounts with grants check out without (C2).

use super::request::{Call, PRODUCT_SLOT, TOKEN_SLOT};

/// The demo seller, who owns the licenses.
pub const SELLER: &str = "111122223333";
/// More than any run checks out, and small enough for every JSON reader.
const MAX_COUNT: u64 = 9_000_000_000_000_000;

const LICENSE_MANAGER: &str = "license-manager";
const JSON: &str = "application/x-amz-json-1.1";

/// An operation the benchmark calls: its body and what a good answer's body contains.
pub struct Operation {
    service: &'static str,
    target: Option<&'static str>,
    content_type: &'static str,
    body: String,
    /// What a good answer's body contains.
    pub expect: &'static str,
}

impl Operation {
    /// The operation as something a template is made of.
    pub fn call(&self) -> Call<'_> {
        let Self { service, target, content_type, body, .. } = self;
        Call { service, target: *target, content_type, body }
    }
}

/// The signed no-op. The token makes each request's signature its own.
pub fn get_caller_identity() -> Operation {
    Operation {
        service: "sts",
        target: None,
        content_type: "application/x-www-form-urlencoded; charset=utf-8",
        body: format!("Action=GetCallerIdentity&Version=2011-06-15&Request={TOKEN_SLOT}"),
        expect: "<GetCallerIdentityResult>",
    }
}

/// One provisional unit of the product, for the seller's customer or by a grant of the caller's.
pub fn checkout_license(by_grant: bool) -> Operation {
    let mut body = serde_json::json!({
        "ProductSKU": format!("bench-{PRODUCT_SLOT}"),
        "CheckoutType": "PROVISIONAL",
        "KeyFingerprint": format!("aws:{SELLER}:Bench:issuer-fingerprint"),
        "Entitlements": [{"Name": "Seats", "Value": "1", "Unit": "Count"}],
        "ClientToken": format!("checkout-{TOKEN_SLOT}"),
    });
    if let (Some(body), false) = (body.as_object_mut(), by_grant) {
        body.insert("Beneficiary".to_owned(), "Bench Customer".into());
    }
    license_manager("AWSLicenseManager.CheckoutLicense", &body, "\"LicenseConsumptionToken\"")
}

/// A key that signs.
pub fn create_key() -> Operation {
    let body = serde_json::json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}).to_string();
    Operation {
        service: "kms",
        target: Some("TrentService.CreateKey"),
        content_type: JSON,
        body,
        expect: "\"KeyMetadata\"",
    }
}

/// One borrowed unit of a license.
pub fn checkout_borrow_license(license_arn: &str) -> Operation {
    let body = serde_json::json!({
        "LicenseArn": license_arn,
        "Entitlements": [{"Name": "Seats", "Value": "1", "Unit": "Count"}],
        "DigitalSignatureMethod": "JWT_PS384",
        "NodeId": "bench",
        "ClientToken": format!("borrow-{TOKEN_SLOT}"),
    });
    license_manager("AWSLicenseManager.CheckoutBorrowLicense", &body, "\"SignedToken\"")
}

/// A license whose borrows last `minutes` and are signed by a key.
pub fn create_signed_license(minutes: u32, key: &str) -> Operation {
    let mut body = license(minutes);
    if let Some(body) = body.as_object_mut() {
        body.insert("Issuer".to_owned(), serde_json::json!({"Name": "Bench", "SignKey": key}));
        let borrow = serde_json::json!({
            "AllowEarlyCheckIn": true,
            "MaxTimeToLiveInMinutes": minutes,
        });
        let configuration = serde_json::json!({"BorrowConfiguration": borrow});
        body.insert("ConsumptionConfiguration".to_owned(), configuration);
    }
    license_manager("AWSLicenseManager.CreateLicense", &body, "\"LicenseArn\"")
}

/// A license for the product whose check-outs last `minutes`.
pub fn create_license(minutes: u32) -> Operation {
    license_manager("AWSLicenseManager.CreateLicense", &license(minutes), "\"LicenseArn\"")
}

fn license(minutes: u32) -> serde_json::Value {
    serde_json::json!({
        "LicenseName": "Bench",
        "ProductName": "Bench",
        "ProductSKU": format!("bench-{PRODUCT_SLOT}"),
        "Issuer": {"Name": "Bench"},
        "HomeRegion": "us-east-1",
        "Validity": {"Begin": "2020-01-01T00:00:00Z"},
        "Entitlements": [{
            "Name": "Seats",
            "Unit": "Count",
            "MaxCount": MAX_COUNT,
            "Overage": false,
            "AllowCheckIn": true,
        }],
        "Beneficiary": "Bench Customer",
        "ConsumptionConfiguration": {
            "RenewType": "None",
            "ProvisionalConfiguration": {"MaxTimeToLiveInMinutes": minutes},
        },
        "ClientToken": format!("create-{TOKEN_SLOT}"),
    })
}

/// How many units of a license are out.
pub fn get_license_usage(license_arn: &str) -> Operation {
    let body = serde_json::json!({"LicenseArn": license_arn});
    license_manager("AWSLicenseManager.GetLicenseUsage", &body, "\"ConsumedValue\"")
}

fn license_manager(
    target: &'static str,
    body: &serde_json::Value,
    expect: &'static str,
) -> Operation {
    let body = body.to_string();
    Operation { service: LICENSE_MANAGER, target: Some(target), content_type: JSON, body, expect }
}
