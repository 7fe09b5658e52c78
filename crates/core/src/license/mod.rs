//! Licenses: terms that never change once written, in versions that only grow (reference 2.1, 3.1).

mod terms;
#[cfg(test)]
pub(crate) mod tests;

use serde::{Deserialize, Serialize};

pub use terms::{Borrow, ConsumptionConfiguration, Issuer, Metadata, RenewType, Terms, Validity};

use crate::refusal::{Kind, Refusal};
use crate::time;

/// Months for which a deleted license can still be read (L7).
pub const RETENTION_MONTHS: i64 = 6;

/// License metadata that, with the value `reuse`, gives a node its seat back.
pub const SAME_NODE_METADATA: &str = "leasehold:same-node";
/// Its only value.
pub const SAME_NODE_REUSE: &str = "reuse";

/// License metadata that says how many units of each entitlement may be out as borrows at once.
pub const BORROW_MAX_METADATA: &str = "leasehold:borrow-max";
/// License metadata that says for how many days a borrow is at the most.
pub const BORROW_DAYS_METADATA: &str = "leasehold:borrow-days-max";
/// The longest borrow that it can say, days.
const BORROW_DAYS_MAX: u64 = 36_500;

/// Statuses of a license (reference 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Usable and shareable.
    Available,
    /// Still being processed; this server is never in that state (L1).
    PendingAvailable,
    /// Switched off by the issuer.
    Deactivated,
    /// Suspended by the issuer.
    Suspended,
    /// Past the end of its term; computed when read (L3).
    Expired,
    /// Being deleted; never produced (L32).
    PendingDelete,
    /// Deleted; a read-only copy is kept for six months (L7).
    Deleted,
}

impl Status {
    /// Every status, in the model's order.
    pub const ALL: &'static [Status] = &[
        Status::Available,
        Status::PendingAvailable,
        Status::Deactivated,
        Status::Suspended,
        Status::Expired,
        Status::PendingDelete,
        Status::Deleted,
    ];

    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Available => "AVAILABLE",
            Status::PendingAvailable => "PENDING_AVAILABLE",
            Status::Deactivated => "DEACTIVATED",
            Status::Suspended => "SUSPENDED",
            Status::Expired => "EXPIRED",
            Status::PendingDelete => "PENDING_DELETE",
            Status::Deleted => "DELETED",
        }
    }

    /// Whether an issuer may set it by a new version (L2).
    pub fn is_settable(self) -> bool {
        matches!(self, Status::Available | Status::Deactivated | Status::Suspended)
    }
}

/// A license with its current version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License {
    /// Row of the license; grows in the order of creation.
    pub key: i64,
    /// ARN (1.5).
    pub arn: String,
    /// Account that created it.
    pub account: String,
    /// Product; never changes.
    pub product_sku: String,
    /// Free text; never changes (L15).
    pub beneficiary: String,
    /// Region where changes are made; never changes (W70).
    pub home_region: String,
    /// Creation, milliseconds.
    pub created_at_ms: i64,
    /// Deletion, milliseconds.
    pub deleted_at_ms: Option<i64>,
    /// Current version number, from 1.
    pub version: i64,
    /// The current version.
    pub terms: Terms,
}

/// ARN of the license with this id in this account (1.5).
pub fn arn(account: &str, id: &str) -> String {
    format!("arn:aws:license-manager::{account}:license:l-{id}")
}

/// The key fingerprint of an issuer (W40).
pub fn key_fingerprint(account: &str, issuer_name: &str) -> String {
    format!("aws:{account}:{issuer_name}:issuer-fingerprint")
}

impl License {
    /// The status in force at `now_ms` (L3).
    pub fn status_at(&self, now_ms: i64) -> Status {
        if self.deleted_at_ms.is_some() {
            return Status::Deleted;
        }
        match self.terms.status {
            Status::Available if self.terms.validity.has_ended(now_ms) => Status::Expired,
            status => status,
        }
    }

    /// Whether the read-only copy of a deleted license is gone: six months after deletion (L7).
    pub fn is_purged(&self, now_ms: i64) -> bool {
        let purge_at_ms = self
            .deleted_at_ms
            .and_then(|deleted_at_ms| time::add_months(deleted_at_ms, RETENTION_MONTHS));
        purge_at_ms.is_some_and(|purge_at_ms| now_ms >= purge_at_ms)
    }

    /// Whether units can be checked out at `now_ms`, quantities aside (C3, L4).
    pub fn is_usable(&self, now_ms: i64) -> bool {
        self.status_at(now_ms) == Status::Available && self.terms.validity.contains(now_ms)
    }

    /// Whether a node that checks out again gets its own seat back instead of a second one: an
    /// offer of this server that the license's metadata takes up.
    pub fn reuses_seats(&self) -> bool {
        self.terms.metadata(SAME_NODE_METADATA) == Some(SAME_NODE_REUSE)
    }

    /// Whether `fingerprint` is this license's, byte for byte (W42).
    pub fn has_fingerprint(&self, fingerprint: &str) -> bool {
        let mut rest = Some(fingerprint);
        for part in ["aws:", &self.account, ":", &self.terms.issuer.name, ":issuer-fingerprint"] {
            rest = rest.and_then(|text| text.strip_prefix(part));
        }
        rest == Some("")
    }

    fn check_source(&self, rule: &str, source_version: Option<&str>) -> Result<(), Refusal> {
        let current = self.version.to_string();
        if source_version.is_some_and(|source| source != current) {
            let text = format!(
                "SourceVersion is not the current version {current}; read the license again."
            );
            return Err(Refusal::new(Kind::Conflict, rule, text));
        }
        Ok(())
    }

    fn check_region(&self, region: &str) -> Result<(), Refusal> {
        check_region(region, &self.home_region)
    }
}

/// Checks that a change is made in the license's home Region (L11, W72).
///
/// # Errors
/// [`Kind::WrongRegion`] with the home Region.
pub fn check_region(called: &str, home_region: &str) -> Result<(), Refusal> {
    if called == home_region {
        return Ok(());
    }
    let text = format!("The home Region is {home_region}; make this change there.");
    Err(Refusal::new(Kind::WrongRegion(home_region.to_owned()), "W72", text))
}

/// Checks that a home Region looks like the name of one: `us-east-1` (W77).
///
/// # Errors
/// A value refusal.
pub fn check_region_name(name: &str) -> Result<(), Refusal> {
    let mut parts = name.split('-');
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let country = parts.next().is_some_and(|part| part.len() == 2 && is_word(part));
    let number = parts.next_back().is_some_and(is_number);
    let mut words = parts.peekable();
    if country && number && words.peek().is_some() && words.all(is_word) {
        return Ok(());
    }
    Err(Refusal::value("W77", "HomeRegion must be the name of a Region, such as us-east-1."))
}

/// A request for a new version, read but not yet decided.
pub struct Amendment {
    /// Region the request was sent to.
    pub region: String,
    /// `HomeRegion` of the request (W76).
    pub home_region: String,
    /// The version it builds on; absent: the current one (L22).
    pub source_version: Option<String>,
    /// The new version.
    pub terms: Terms,
}

/// Decides a new version: L21–L26, L2.
///
/// # Errors
/// The refusal of the first rule that is broken.
pub fn amend(license: &License, amendment: Amendment) -> Result<License, Refusal> {
    license.check_region(&amendment.region)?;
    if license.deleted_at_ms.is_some() {
        let text = "The license is deleted; create a new one.";
        return Err(Refusal::rule("L26", text));
    }
    if amendment.home_region != license.home_region {
        let text = format!("HomeRegion never changes; it is {}.", license.home_region);
        return Err(Refusal::rule("L25", text));
    }
    license.check_source("L22", amendment.source_version.as_deref())?;
    if !amendment.terms.status.is_settable() {
        let text = "Status can be set to AVAILABLE, DEACTIVATED or SUSPENDED.";
        return Err(Refusal::rule("L2", text));
    }
    amendment.terms.check()?;
    Ok(License { version: license.version + 1, terms: amendment.terms, ..license.clone() })
}

/// Decides a deletion: L30–L34. `held` is what live check-outs hold, all entitlements together.
///
/// # Errors
/// The refusal of the first rule that is broken.
pub fn delete(
    license: &License,
    region: &str,
    source_version: &str,
    held: u64,
    now_ms: i64,
) -> Result<License, Refusal> {
    license.check_region(region)?;
    if license.deleted_at_ms.is_some() {
        return Err(Refusal::value("L34", "LicenseArn: the license is deleted already."));
    }
    license.check_source("L30", Some(source_version))?;
    if held > 0 {
        let text = "Check-outs of the license are live; check them in, or deactivate the license \
                    and wait until they expire.";
        return Err(Refusal::new(Kind::Conflict, "L31", text));
    }
    Ok(License { deleted_at_ms: Some(now_ms), ..license.clone() })
}
