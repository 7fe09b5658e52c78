//! Refusals: why the domain says no, in the domain's own terms.
//!
//! The wire shows one of AWS's exceptions, often an opaque one; the refusal itself goes to the log
//! and the refusal record, with the rule, what was asked, what was free and when units come back.

use serde::{Deserialize, Serialize};

use crate::entitlement::Asked;
use crate::grant::Link;
use crate::license::License;
use crate::{identity, key, organization, session};

/// Characters of what a client has sent that a message or a line of the log repeats.
const SHOWN_LENGTH_MAX: usize = 256;

/// A client's text, or its beginning, as messages and the log repeat it.
pub fn shown(text: &str) -> &str {
    text.char_indices().nth(SHOWN_LENGTH_MAX).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// What sort of no it is. The server maps each kind to an exception for each operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A value cannot be understood or lies outside its domain.
    Value,
    /// The request names something that does not exist, or that the caller may not see.
    NotFound,
    /// A well-formed request that a business rule refuses.
    Rule,
    /// The caller's grant does not allow the operation.
    Denied,
    /// The state moved on, or is in use: read again and retry.
    Conflict,
    /// The call belongs in this other Region (W72).
    WrongRegion(String),
    /// Nothing can be checked out (C5).
    NothingAllowed,
    /// Not all of what must be taken together can be (B4).
    PartlyAllowed,
    /// No signature can be made in the way asked for (B7).
    Unsignable,
    /// The key that would sign cannot be used (B8).
    KeyUnusable,
    /// A count quota is used up.
    LimitExceeded,
    /// Too much at once: try again later.
    Throttled,
    /// An organization says no (G50).
    Organization(organization::Cause),
    /// The key service says no (6.3).
    Key(key::Cause),
    /// IAM says no (8.2).
    Identity(identity::Cause),
    /// There is no session for the caller (8.1).
    Session(session::Cause),
}

/// One entitlement that was asked for and not given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortfall {
    /// ARN of the license that was tried.
    pub license_arn: String,
    /// ARN of the grant that dropped it, by its cap or because it is not active or not enough.
    pub grant_arn: Option<String>,
    /// Name of the entitlement.
    pub entitlement: String,
    /// The rule that dropped it, e.g. C11.
    pub rule: String,
    /// Units asked for.
    pub asked: u64,
    /// Units free at that time.
    pub free: u64,
    /// When held units next come back by themselves, milliseconds; `None` if none are held.
    pub next_return_at_ms: Option<i64>,
}

impl Shortfall {
    /// What a license, by a grant, does not give of what is asked.
    pub fn new(
        license: &License,
        grant: Option<&Link>,
        asked: &Asked,
        rule: &str,
        free: u64,
        next_return_at_ms: Option<i64>,
    ) -> Self {
        Self {
            license_arn: license.arn.clone(),
            grant_arn: grant.map(|grant| grant.arn.clone()),
            entitlement: asked.name.clone(),
            rule: rule.to_owned(),
            asked: asked.units,
            free,
            next_return_at_ms,
        }
    }
}

/// A no, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What sort of no.
    pub kind: Kind,
    /// The rule that refused, e.g. L22.
    pub rule: String,
    /// Text for the client: which member, which limit, what to do.
    pub message: String,
    /// What would have cured it, for the log and the refusal record only.
    pub shortfalls: Vec<Shortfall>,
}

impl Refusal {
    /// A refusal of `kind` by `rule` with a text for the client.
    pub fn new(kind: Kind, rule: &str, message: impl Into<String>) -> Self {
        Self { kind, rule: rule.to_owned(), message: message.into(), shortfalls: Vec::new() }
    }

    /// A value out of its domain.
    pub fn value(rule: &str, message: impl Into<String>) -> Self {
        Self::new(Kind::Value, rule, message)
    }

    /// A business rule's no.
    pub fn rule(rule: &str, message: impl Into<String>) -> Self {
        Self::new(Kind::Rule, rule, message)
    }

    /// Something that is not there, or not for this caller to see.
    pub fn not_found(rule: &str, message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, rule, message)
    }

    /// Nothing to check out: the fixed text that clients match on (C5).
    pub fn nothing_allowed(rule: &str, shortfalls: Vec<Shortfall>) -> Self {
        Self { shortfalls, ..Self::new(Kind::NothingAllowed, rule, "No Entitlements Allowed") }
    }
}
