//! What a signed license says (J2 to J4).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::refusal::Refusal;
use crate::time::parse_zoneless;

/// A license whose signature has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct License {
    /// The license that this was borrowed from.
    pub license_arn: String,
    /// The number of the check-out; the server knows it by that.
    pub consumption_token: String,
    /// What may be used.
    pub entitlements: Vec<Entitlement>,
    /// The node that it is for, where it is for one.
    pub node_id: Option<String>,
    /// When it was issued, in milliseconds since 1970 in UTC.
    pub issued_at_ms: i64,
    /// When it ends, in milliseconds since 1970 in UTC. At that time it has ended.
    pub expires_at_ms: i64,
    /// What the borrower had recorded with it.
    pub checkout_metadata: BTreeMap<String, String>,
}

/// One thing that a license allows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entitlement {
    /// Its name, unique in the license (D3).
    pub name: String,
    /// How many units of a counted entitlement; the value of a feature, where it has one.
    pub value: Option<String>,
    /// Its unit; `None` makes it a feature, which is not counted (D1).
    pub unit: String,
}

/// The claims as they stand in the token. Others are left unread: a newer server may have more.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claims {
    license_arn: String,
    license_consumption_token: String,
    entitlements_allowed: Vec<Entitlement>,
    node_id: Option<String>,
    issued_at: String,
    expiration: String,
    checkout_metadata: Option<BTreeMap<String, String>>,
}

impl License {
    /// Reads the claims of a payload.
    pub(crate) fn from_payload(payload: &[u8]) -> Result<Self, Refusal> {
        let claims: Claims =
            serde_json::from_slice(payload).map_err(|error| wrong(error.to_string()))?;
        let entitlements = claims.entitlements_allowed;
        let mut names = BTreeSet::new();
        for entitlement in &entitlements {
            if !names.insert(&entitlement.name) {
                return Err(wrong(format!("entitlement {:?} is there twice", entitlement.name)));
            }
            if entitlement.is_counted() && entitlement.units().is_none() {
                return Err(wrong(format!("{:?} is not a number of units", entitlement.name)));
            }
        }
        Ok(Self {
            license_arn: claims.license_arn,
            consumption_token: claims.license_consumption_token,
            entitlements,
            node_id: claims.node_id,
            issued_at_ms: time("issuedAt", &claims.issued_at)?,
            expires_at_ms: time("expiration", &claims.expiration)?,
            checkout_metadata: claims.checkout_metadata.unwrap_or_default(),
        })
    }

    /// The entitlement of that name.
    pub fn entitlement(&self, name: &str) -> Option<&Entitlement> {
        self.entitlements.iter().find(|entitlement| entitlement.name == name)
    }
}

impl Entitlement {
    /// Whether it is counted, and not a feature.
    pub fn is_counted(&self) -> bool {
        self.unit != "None"
    }

    /// How many units of a counted entitlement are allowed.
    pub fn units(&self) -> Option<u64> {
        if self.is_counted() { whole_number(self.value.as_deref()?) } else { None }
    }
}

/// Digits and nothing else; `parse` alone would take a sign.
pub fn whole_number(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn time(name: &str, text: &str) -> Result<i64, Refusal> {
    parse_zoneless(text).ok_or_else(|| wrong(format!("{name} is no time")))
}

fn wrong(what: String) -> Refusal {
    Refusal::Claims { what }
}
