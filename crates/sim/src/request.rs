//! Requests as clients send them, and answers as they read them.

mod grant;
mod terms;

use serde_json::{Map, Value, json};

pub use grant::{GrantCall, OPERATIONS, root_of};
pub use terms::{Entitlement, Lending, Moment, Terms};

/// One entitlement that a check-out asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Name.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// Value, in decimal.
    pub value: Option<String>,
    /// Whether the value is sent as a number (W6); does not change the request's meaning.
    pub as_number: bool,
}

/// A check-out.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckOut {
    /// Product.
    pub sku: &'static str,
    /// PROVISIONAL or PERPETUAL; of a borrow BORROW.
    pub kind: &'static str,
    /// Fingerprint.
    pub fingerprint: String,
    /// What is asked for.
    pub asked: Vec<Asked>,
    /// For whom (C1).
    pub beneficiary: Option<&'static str>,
    /// Node (C34).
    pub node: Option<&'static str>,
    /// The client's name for the request.
    pub client_token: String,
}

/// What is called.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// 4.1.
    CreateLicense {
        /// Product.
        sku: &'static str,
        /// For whom.
        beneficiary: &'static str,
        /// Where changes are made.
        home_region: &'static str,
        /// First version.
        terms: Terms,
        /// Tags.
        tags: Vec<(String, String)>,
        /// The client's name for the request.
        client_token: String,
    },
    /// 4.2.
    CreateLicenseVersion {
        /// License.
        arn: String,
        /// Must be the license's.
        home_region: &'static str,
        /// Version that it builds on.
        source: Option<String>,
        /// Status to set.
        status: &'static str,
        /// The new version.
        terms: Terms,
        /// The client's name for the request.
        client_token: String,
    },
    /// 4.3.
    DeleteLicense {
        /// License.
        arn: String,
        /// Version that is meant.
        source: String,
    },
    /// 4.4.
    GetLicense {
        /// License.
        arn: String,
        /// Absent: the current one.
        version: Option<String>,
    },
    /// 4.5, one page.
    ListLicenses {
        /// Filter.
        sku: Option<&'static str>,
        /// Filter.
        status: Option<&'static str>,
        /// Size of a page.
        size: usize,
        /// Elements on the pages before.
        seen: usize,
        /// Where this page begins.
        next: Option<String>,
    },
    /// 4.6.
    ListLicenseVersions {
        /// License.
        arn: String,
    },
    /// 4.7.
    GetLicenseUsage {
        /// License.
        arn: String,
    },
    /// 4.8.
    CheckoutLicense(CheckOut),
    /// 4.9.
    CheckoutBorrowLicense {
        /// License.
        arn: String,
        /// The rest of it.
        it: CheckOut,
    },
    /// 4.10.
    ExtendLicenseConsumption {
        /// Check-out.
        token: String,
        /// C54.
        dry_run: Option<bool>,
    },
    /// 4.11.
    CheckInLicense {
        /// Check-out.
        token: String,
        /// C61.
        beneficiary: Option<&'static str>,
    },
    /// 4.12 to 4.17.
    Grant(GrantCall),
    /// 4.27.
    TagResource {
        /// License or grant.
        arn: String,
        /// Tags.
        tags: Vec<(String, String)>,
    },
    /// 4.28.
    UntagResource {
        /// License or grant.
        arn: String,
        /// Keys of tags.
        keys: Vec<String>,
    },
    /// 4.29.
    ListTagsForResource {
        /// License or grant.
        arn: String,
    },
}

/// A request of a client.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Calling account.
    pub account: &'static str,
    /// Region called.
    pub region: &'static str,
    /// What is called.
    pub call: Call,
}

/// An answer, as far as the model predicts it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Exception.
    pub code: Option<String>,
    /// Body.
    pub body: Value,
}

impl Request {
    /// Whether it is a borrow, which looks at other things first and so is sent alone.
    pub fn is_borrow(&self) -> bool {
        matches!(self.call, Call::CheckoutBorrowLicense { .. })
    }

    /// Whether it goes through the ledger's queue, beside others.
    pub fn is_consumption(&self) -> bool {
        matches!(
            self.call,
            Call::CheckoutLicense(_)
                | Call::ExtendLicenseConsumption { .. }
                | Call::CheckInLicense { .. }
        )
    }

    /// Name of the operation.
    pub fn operation(&self) -> &'static str {
        match &self.call {
            Call::CreateLicense { .. } => "CreateLicense",
            Call::CreateLicenseVersion { .. } => "CreateLicenseVersion",
            Call::DeleteLicense { .. } => "DeleteLicense",
            Call::GetLicense { .. } => "GetLicense",
            Call::ListLicenses { .. } => "ListLicenses",
            Call::ListLicenseVersions { .. } => "ListLicenseVersions",
            Call::GetLicenseUsage { .. } => "GetLicenseUsage",
            Call::CheckoutLicense(_) => "CheckoutLicense",
            Call::CheckoutBorrowLicense { .. } => "CheckoutBorrowLicense",
            Call::ExtendLicenseConsumption { .. } => "ExtendLicenseConsumption",
            Call::CheckInLicense { .. } => "CheckInLicense",
            Call::Grant(it) => it.operation(),
            Call::TagResource { .. } => "TagResource",
            Call::UntagResource { .. } => "UntagResource",
            Call::ListTagsForResource { .. } => "ListTagsForResource",
        }
    }

    /// The members of the request. Absent ones are left out, some sent as null (W5).
    pub fn body(&self) -> Value {
        match &self.call {
            Call::CreateLicense { sku, beneficiary, home_region, terms, tags, client_token } => {
                let own = json!({
                    "ProductSKU": sku, "Beneficiary": beneficiary, "HomeRegion": home_region,
                    "ClientToken": client_token, "Tags": pairs(tags),
                });
                merged(terms.members(), own)
            }
            Call::CreateLicenseVersion {
                arn,
                home_region,
                source,
                status,
                terms,
                client_token,
            } => {
                let own = json!({
                    "LicenseArn": arn, "HomeRegion": home_region, "SourceVersion": source,
                    "Status": status, "ClientToken": client_token,
                });
                merged(terms.members(), own)
            }
            Call::DeleteLicense { arn, source } => {
                json!({"LicenseArn": arn, "SourceVersion": source})
            }
            Call::GetLicense { arn, version } => json!({"LicenseArn": arn, "Version": version}),
            Call::ListLicenses { sku, status, size, next, .. } => {
                let named = [("ProductSKU", sku), ("Status", status)];
                let filters = named.iter().filter_map(|(name, value)| {
                    Some(json!({"Name": name, "Values": [(**value)?]}))
                });
                json!({"MaxResults": size, "NextToken": next,
                    "Filters": filters.collect::<Vec<_>>()})
            }
            Call::ListLicenseVersions { arn } | Call::GetLicenseUsage { arn } => {
                json!({"LicenseArn": arn})
            }
            Call::CheckoutLicense(it) => it.body(),
            Call::CheckoutBorrowLicense { arn, it } => {
                let mut body = json!({
                    "LicenseArn": arn, "ClientToken": it.client_token,
                    "Entitlements": it.entitlements(), "DigitalSignatureMethod": "JWT_PS384",
                });
                if let (Some(node), Some(body)) = (it.node, body.as_object_mut()) {
                    body.insert("NodeId".to_owned(), node.into());
                }
                body
            }
            Call::ExtendLicenseConsumption { token, dry_run } => {
                json!({"LicenseConsumptionToken": token, "DryRun": dry_run})
            }
            Call::CheckInLicense { token, beneficiary } => {
                json!({"LicenseConsumptionToken": token, "Beneficiary": beneficiary})
            }
            Call::Grant(it) => it.body(),
            Call::TagResource { arn, tags } => json!({"ResourceArn": arn, "Tags": pairs(tags)}),
            Call::UntagResource { arn, keys } => json!({"ResourceArn": arn, "TagKeys": keys}),
            Call::ListTagsForResource { arn } => json!({"ResourceArn": arn}),
        }
    }
}

impl CheckOut {
    fn entitlements(&self) -> Vec<Value> {
        let asked = self.asked.iter().map(|it| {
            let number = it.value.as_ref().and_then(|text| {
                let number = text.parse::<i64>().ok().filter(|_| it.as_number)?;
                Some(number).filter(|number| number.to_string() == *text)
            });
            let value = number.map_or_else(|| json!(it.value), Value::from);
            json!({"Name": it.name, "Unit": it.unit, "Value": value})
        });
        asked.collect()
    }

    fn body(&self) -> Value {
        let mut body = json!({
            "ProductSKU": self.sku, "CheckoutType": self.kind,
            "KeyFingerprint": self.fingerprint, "ClientToken": self.client_token,
            "Entitlements": self.entitlements(),
        });
        for (name, value) in [("Beneficiary", self.beneficiary), ("NodeId", self.node)] {
            if let (Some(value), Some(body)) = (value, body.as_object_mut()) {
                body.insert(name.to_owned(), value.into());
            }
        }
        body
    }

    /// Whether it asks for the same as another, whatever form its numbers have (W62).
    pub fn asks_the_same(&self, other: &Self) -> bool {
        let plain = |it: &Self| {
            let mut plain = it.clone();
            plain.asked.iter_mut().for_each(|asked| asked.as_number = false);
            plain
        };
        plain(self) == plain(other)
    }
}

/// Tags as the wire has them.
pub fn pairs(tags: &[(String, String)]) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// An object with the members of both.
fn merged(first: Value, second: Value) -> Value {
    let members = |value| match value {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    members(first).into_iter().chain(members(second)).collect::<Map<_, _>>().into()
}
