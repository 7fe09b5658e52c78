//! What one version of a license says: its term, its entitlements, how it may be consumed.

use serde::{Deserialize, Serialize};

use super::{
    BORROW_DAYS_MAX, BORROW_DAYS_METADATA, BORROW_MAX_METADATA, SAME_NODE_METADATA,
    SAME_NODE_REUSE, Status,
};
use crate::entitlement::{self, Entitlement};
use crate::grant::{DEPTH_METADATA, parse_depth};
use crate::refusal::Refusal;
use crate::time::{self, DAY_MS};

/// When drawn units start again at 0 (R1, R2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RenewType {
    /// Never within a term.
    #[default]
    None,
    /// Every seven days from Begin.
    Weekly,
    /// Every calendar month from Begin.
    Monthly,
}

impl RenewType {
    /// Every renewal type, in the model's order.
    pub const ALL: &'static [RenewType] = &[RenewType::None, RenewType::Weekly, RenewType::Monthly];

    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            RenewType::None => "None",
            RenewType::Weekly => "Weekly",
            RenewType::Monthly => "Monthly",
        }
    }
}

/// Who issues the license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuer {
    /// Free text; part of the fingerprint (W40).
    pub name: String,
    /// Signing key as given (L12).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sign_key: Option<String>,
}

/// The time from which and until which a license may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    /// As sent; echoed unchanged (W32).
    pub begin: String,
    /// The instant that `begin` names.
    pub begin_ms: i64,
    /// As sent; absent for a perpetual license.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<String>,
    /// The instant that `end` names, itself no longer in the term.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end_ms: Option<i64>,
}

impl Validity {
    /// Reads both times.
    ///
    /// # Errors
    /// A value refusal when a time names no instant or End is not after Begin (4.1).
    pub fn parse(begin: String, end: Option<String>) -> Result<Self, Refusal> {
        let instant = |member: &str, text: &str| {
            time::parse(text).ok_or_else(|| {
                let text = format!("Validity.{member}: '{text}' is no time of the calendar.");
                Refusal::value("W31", text)
            })
        };
        let begin_ms = instant("Begin", &begin)?;
        let end_ms = end.as_deref().map(|end| instant("End", end)).transpose()?;
        if end_ms.is_some_and(|end_ms| end_ms <= begin_ms) {
            return Err(Refusal::value("4.1", "Validity.End must be later than Validity.Begin."));
        }
        Ok(Self { begin, begin_ms, end, end_ms })
    }

    /// Whether Begin ≤ now < End (C3).
    pub fn contains(&self, now_ms: i64) -> bool {
        self.begin_ms <= now_ms && !self.has_ended(now_ms)
    }

    /// Whether End has been reached.
    pub fn has_ended(&self, now_ms: i64) -> bool {
        self.end_ms.is_some_and(|end_ms| now_ms >= end_ms)
    }

    /// `at_ms`, or End where that comes first (C30).
    pub fn cap(&self, at_ms: i64) -> i64 {
        self.end_ms.map_or(at_ms, |end_ms| end_ms.min(at_ms))
    }
}

/// Life of an offline check-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Borrow {
    /// Longest life in minutes.
    pub minutes_max: i32,
    /// Whether it may be returned before it ends (C63).
    pub allow_early_check_in: bool,
}

/// How a license may be consumed (reference 2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumptionConfiguration {
    /// When drawn units start again.
    pub renew_type: RenewType,
    /// Longest life of an online check-out in minutes; absent: no PROVISIONAL check-outs (D13).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provisional_minutes_max: Option<i32>,
    /// Offline check-outs; absent: none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub borrow: Option<Borrow>,
}

/// One entry of the issuer's own notes on a license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Name of the entry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Its value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
}

/// One version of a license: everything a version may change (4.2). Never altered once stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Name of the license.
    pub license_name: String,
    /// Name of the product.
    pub product_name: String,
    /// Who issues it.
    pub issuer: Issuer,
    /// Its term.
    pub validity: Validity,
    /// What it allows.
    pub entitlements: Vec<Entitlement>,
    /// How it may be consumed.
    pub consumption: ConsumptionConfiguration,
    /// The issuer's notes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub metadata: Vec<Metadata>,
    /// Status as set; see [`License::status_at`](super::License::status_at) for the one
    /// in force.
    pub status: Status,
}

impl Terms {
    /// Checks what the request model cannot say: D1–D5, D12.
    ///
    /// # Errors
    /// A value refusal that names the member and the limit.
    pub fn check(&self) -> Result<(), Refusal> {
        entitlement::check(&self.entitlements)?;
        let borrow = self.consumption.borrow.map(|borrow| borrow.minutes_max);
        let provisional = self.consumption.provisional_minutes_max;
        for (member, minutes) in [("Provisional", provisional), ("Borrow", borrow)] {
            if minutes.is_some_and(|minutes| minutes < 1) {
                let text = format!(
                    "ConsumptionConfiguration.{member}Configuration.MaxTimeToLiveInMinutes must \
                     be at least 1."
                );
                return Err(Refusal::value("D12", text));
            }
        }
        self.check_offers()
    }

    /// What the metadata takes up of this server's own offers must be something it offers.
    fn check_offers(&self) -> Result<(), Refusal> {
        let depth = self.metadata(DEPTH_METADATA);
        if depth.is_some_and(|text| parse_depth(text).is_none()) {
            let text = format!("LicenseMetadata: {DEPTH_METADATA} must be a number from 1 to 16.");
            return Err(Refusal::value(DEPTH_METADATA, text));
        }
        let node = self.metadata(SAME_NODE_METADATA);
        if node.is_some_and(|text| text != SAME_NODE_REUSE) {
            let text =
                format!("LicenseMetadata: {SAME_NODE_METADATA} must be '{SAME_NODE_REUSE}'.");
            return Err(Refusal::value(SAME_NODE_METADATA, text));
        }
        if self.metadata(BORROW_MAX_METADATA).is_some() && self.borrow_max().is_none() {
            let text = format!("LicenseMetadata: {BORROW_MAX_METADATA} must be a whole number.");
            return Err(Refusal::value(BORROW_MAX_METADATA, text));
        }
        if self.metadata(BORROW_DAYS_METADATA).is_some() && self.borrow_days_max().is_none() {
            let text = format!(
                "LicenseMetadata: {BORROW_DAYS_METADATA} must be a number from 1 to \
                 {BORROW_DAYS_MAX}."
            );
            return Err(Refusal::value(BORROW_DAYS_METADATA, text));
        }
        Ok(())
    }

    /// Units of each entitlement that may be out as borrows at once, if that is limited.
    pub fn borrow_max(&self) -> Option<u64> {
        whole_number(self.metadata(BORROW_MAX_METADATA)?)
    }

    /// Days that a borrow may last, if that is limited.
    pub fn borrow_days_max(&self) -> Option<u64> {
        let days = whole_number(self.metadata(BORROW_DAYS_METADATA)?)?;
        Some(days).filter(|days| (1..=BORROW_DAYS_MAX).contains(days))
    }

    /// The value of the first metadata entry of that name.
    pub fn metadata(&self, name: &str) -> Option<&str> {
        let found = self.metadata.iter().find(|entry| entry.name.as_deref() == Some(name));
        found?.value.as_deref()
    }

    /// The entitlement of that name, if the license has it.
    pub fn entitlement(&self, name: &str) -> Option<&Entitlement> {
        self.entitlements.iter().find(|entitlement| entitlement.name == name)
    }

    /// Begin of the renewal period that `now_ms` lies in (R1, R2); Begin of the term before it has
    /// begun.
    pub fn period_begin_ms(&self, now_ms: i64) -> i64 {
        let begin_ms = self.validity.begin_ms;
        match self.consumption.renew_type {
            RenewType::None => begin_ms,
            RenewType::Weekly => {
                let weeks = (now_ms - begin_ms).max(0) / (7 * DAY_MS);
                begin_ms + weeks * 7 * DAY_MS
            }
            RenewType::Monthly => {
                let months = time::months_between(begin_ms, now_ms);
                time::add_months(begin_ms, months).unwrap_or(begin_ms)
            }
        }
    }
}

/// Decimal digits and nothing else.
fn whole_number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}
