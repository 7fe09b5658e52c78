//! Requests about grants (4.12–4.17).

use serde_json::{Value, json};

use super::pairs;

/// What may be allowed (section 7).
pub const OPERATIONS: [&str; 7] = [
    "CreateGrant",
    "CheckoutLicense",
    "CheckoutBorrowLicense",
    "CheckInLicense",
    "ExtendConsumptionLicense",
    "ListPurchasedLicenses",
    "CreateToken",
];

/// What is called.
#[derive(Clone, Debug, PartialEq)]
pub enum GrantCall {
    /// 4.12.
    Create {
        /// License.
        license: String,
        /// Name.
        name: String,
        /// Who is to receive it, as an ARN.
        principal: String,
        /// Must be the license's.
        home_region: &'static str,
        /// What it is to allow.
        operations: Vec<&'static str>,
        /// Tags, caps among them.
        tags: Vec<(String, String)>,
        /// The client's name for the request.
        client_token: String,
    },
    /// 4.13.
    Amend {
        /// Grant.
        arn: String,
        /// New name.
        name: Option<String>,
        /// New operations.
        operations: Option<Vec<&'static str>>,
        /// New status.
        status: Option<&'static str>,
        /// Why.
        reason: Option<&'static str>,
        /// Version that it builds on.
        source: Option<String>,
        /// The client's name for the request.
        client_token: String,
    },
    /// 4.14.
    Get {
        /// Grant.
        arn: String,
        /// Absent: the current one.
        version: Option<String>,
    },
    /// 4.15.
    Delete {
        /// Grant.
        arn: String,
        /// Version that is meant.
        version: String,
        /// Why.
        reason: Option<&'static str>,
    },
    /// 4.16.
    Accept {
        /// Grant.
        arn: String,
    },
    /// 4.17.
    Reject {
        /// Grant.
        arn: String,
    },
}

impl GrantCall {
    /// Name of the operation.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Create { .. } => "CreateGrant",
            Self::Amend { .. } => "CreateGrantVersion",
            Self::Get { .. } => "GetGrant",
            Self::Delete { .. } => "DeleteGrant",
            Self::Accept { .. } => "AcceptGrant",
            Self::Reject { .. } => "RejectGrant",
        }
    }

    /// The client's name for the request, where there is one.
    pub fn client_token(&self) -> Option<&String> {
        match self {
            Self::Create { client_token, .. } | Self::Amend { client_token, .. } => {
                Some(client_token)
            }
            _ => None,
        }
    }

    /// The grant that is meant, but for a new one.
    pub fn arn(&self) -> Option<&String> {
        match self {
            Self::Create { .. } => None,
            Self::Amend { arn, .. }
            | Self::Get { arn, .. }
            | Self::Delete { arn, .. }
            | Self::Accept { arn }
            | Self::Reject { arn } => Some(arn),
        }
    }

    /// The members of the request.
    pub fn body(&self) -> Value {
        match self {
            Self::Create {
                license,
                name,
                principal,
                home_region,
                operations,
                tags,
                client_token,
            } => {
                json!({
                    "LicenseArn": license, "GrantName": name, "Principals": [principal],
                    "HomeRegion": home_region, "AllowedOperations": operations,
                    "Tags": pairs(tags), "ClientToken": client_token,
                })
            }
            Self::Amend { arn, name, operations, status, reason, source, client_token } => {
                json!({
                    "GrantArn": arn, "GrantName": name, "AllowedOperations": operations,
                    "Status": status, "StatusReason": reason, "SourceVersion": source,
                    "ClientToken": client_token,
                })
            }
            Self::Get { arn, version } => json!({"GrantArn": arn, "Version": version}),
            Self::Delete { arn, version, reason } => {
                json!({"GrantArn": arn, "Version": version, "StatusReason": reason})
            }
            Self::Accept { arn } | Self::Reject { arn } => json!({"GrantArn": arn}),
        }
    }
}

/// An account as a principal (1.5).
pub fn root_of(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}
