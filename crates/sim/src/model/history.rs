//! What happened to a license, and what follows for its units: everything is counted anew from the
//! lists of versions and check-outs.

use serde_json::{Value, json};

use super::{Tags, Times};
use crate::calendar::{self, DAY};
use crate::request::{self, Entitlement, Lending, Terms};
use crate::world::SIGN_KEY;

/// One version of a license.
#[derive(Clone, Debug)]
pub struct Version {
    /// Since when it is in force.
    pub from_ms: i64,
    /// What it says.
    pub terms: Terms,
    /// Status that it set.
    pub status: &'static str,
}

/// Units that a check-out took.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// Entitlement.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// How many; 1 holder for Unit None (U3).
    pub units: u64,
    /// The value in the answer (C13).
    pub value: Option<String>,
    /// Whether the version that it was taken from lets it be returned.
    pub allow_check_in: bool,
}

/// A request that a check-out answered.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// Place among all check-outs.
    pub place: u64,
    /// When.
    pub at_ms: i64,
    /// The request.
    pub request: request::CheckOut,
}

/// One check-out.
#[derive(Clone, Debug)]
pub struct CheckOut {
    /// Place among all check-outs.
    pub place: u64,
    /// Its token, unless the answer was lost.
    pub token: Option<String>,
    /// Account that made it.
    pub account: &'static str,
    /// The grant that it was made through; none for the license's creator.
    pub grant: Option<usize>,
    /// The request.
    pub request: request::CheckOut,
    /// Requests that it answered before it became what it is: a node's seat that was taken again.
    pub before: Vec<Earlier>,
    /// Whether its node gets it back, while it lives.
    pub is_seat: bool,
    /// Place of the version that it was taken from.
    pub version: usize,
    /// What was allowed.
    pub taken: Vec<Taken>,
    /// When.
    pub issued_at_ms: i64,
    /// Expiration as answered.
    pub expires_at_ms: i64,
    /// Of a borrow that is not signed yet: when its units come back.
    pub reserved_to_ms: Option<i64>,
    /// Expiration after the last extension, and when that was.
    pub extended: Option<(i64, i64)>,
    /// Check-in.
    pub ended_at_ms: Option<i64>,
}

impl CheckOut {
    /// The expiration in force.
    pub fn expiration_ms(&self) -> i64 {
        let extended = self.extended.map(|(to_ms, _)| to_ms);
        self.reserved_to_ms.or(extended).unwrap_or(self.expires_at_ms)
    }

    /// Whether it is drawn for good.
    pub fn is_perpetual(&self) -> bool {
        self.request.kind == "PERPETUAL"
    }

    /// Whether it is a borrow.
    pub fn is_borrow(&self) -> bool {
        self.request.kind == "BORROW"
    }

    /// Whether it holds units (3.3).
    pub fn is_holding(&self, at_ms: i64) -> bool {
        !self.is_perpetual() && self.ended_at_ms.is_none() && self.expiration_ms() > at_ms
    }

    /// Becomes another check-out, of the same token.
    pub fn become_another(&mut self, next: CheckOut, place: u64, token: Option<String>) {
        let (at_ms, request) = (self.issued_at_ms, self.request.clone());
        let mut before = std::mem::take(&mut self.before);
        before.push(Earlier { place: self.place, at_ms, request });
        let token = self.token.take().or(token);
        *self = CheckOut { place, token, before, ..next };
    }

    fn units(&self, name: &str, unit: &str) -> u64 {
        let taken = self.taken.iter().filter(|taken| taken.name == name && taken.unit == unit);
        taken.map(|taken| taken.units).sum()
    }
}

/// Units of one entitlement that are out (U2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Drawn in this period.
    pub drawn: u64,
    /// Held by live check-outs.
    pub held: u64,
}

impl Count {
    /// Both.
    pub fn consumed(self) -> u64 {
        self.drawn + self.held
    }
}

/// A license.
#[derive(Clone, Debug)]
pub struct License {
    /// ARN; empty while nobody knows it.
    pub arn: String,
    /// Owner.
    pub account: &'static str,
    /// Product.
    pub sku: &'static str,
    /// For whom.
    pub beneficiary: &'static str,
    /// Where changes are made.
    pub home_region: &'static str,
    /// Creation.
    pub created_at_ms: i64,
    /// Deletion.
    pub deleted_at_ms: Option<i64>,
    /// All versions.
    pub versions: Vec<Version>,
    /// All check-outs.
    pub check_outs: Vec<CheckOut>,
    /// Tags.
    pub tags: Tags,
    /// The latest check-out or version: it is never decided on at an earlier time.
    pub known_ms: i64,
    /// Times at which it may have been decided on.
    pub seen: Times,
}

impl License {
    /// The terms in force, and the status that they set.
    pub fn terms(&self) -> Option<&Terms> {
        self.versions.last().map(|version| &version.terms)
    }

    /// Number of the current version.
    pub fn version(&self) -> String {
        self.versions.len().to_string()
    }

    /// The entitlement of that name in force.
    pub fn entitlement(&self, name: &str) -> Option<&Entitlement> {
        self.terms()?.entitlements.iter().find(|it| it.name == name)
    }

    /// The times at which it may be decided on when the clock says `now_ms`, the likeliest first.
    pub fn times(&self, now_ms: i64) -> Vec<i64> {
        let first = now_ms.max(self.known_ms);
        let later = self.seen.range(first..).copied().filter(|at_ms| *at_ms > first);
        std::iter::once(first).chain(later).collect()
    }

    /// The status shown at `at_ms` (L3).
    pub fn status_of(version: &Version, at_ms: i64) -> &'static str {
        let has_ended = version.terms.end.as_ref().is_some_and(|end| end.at_ms <= at_ms);
        if version.status == "AVAILABLE" && has_ended { "EXPIRED" } else { version.status }
    }

    /// The status shown at `at_ms`, deletion included.
    pub fn status(&self, at_ms: i64) -> &'static str {
        match (self.deleted_at_ms, self.versions.last()) {
            (None, Some(version)) => Self::status_of(version, at_ms),
            _ => "DELETED",
        }
    }

    /// Whether units can be had at all (C3, L4).
    pub fn is_usable(&self, at_ms: i64) -> bool {
        let has_begun = self.terms().is_some_and(|terms| terms.begin.at_ms <= at_ms);
        let has_ended = |terms: &Terms| terms.end.as_ref().is_some_and(|end| end.at_ms <= at_ms);
        has_begun && self.status(at_ms) == "AVAILABLE" && !self.terms().is_none_or(has_ended)
    }

    /// Whether the copy that is kept of a deleted license is gone (L7).
    pub fn is_gone(&self, now_ms: i64) -> bool {
        self.deleted_at_ms.is_some_and(|deleted| calendar::plus_months(deleted, 6) <= now_ms)
    }

    /// When a check-out made or extended at `at_ms` ends (C30, C31, C50).
    pub fn expiration(&self, at_ms: i64) -> i64 {
        let terms = self.terms();
        let minutes = terms.and_then(|terms| terms.provisional_minutes).unwrap_or(60);
        self.capped(calendar::whole_second(at_ms) + minutes * calendar::MINUTE)
    }

    /// A time, or the end of the term if that comes first.
    pub fn capped(&self, at_ms: i64) -> i64 {
        let end = self.terms().and_then(|terms| terms.end.as_ref());
        end.map_or(at_ms, |end| end.at_ms.min(at_ms))
    }

    /// What is out of an entitlement at `at_ms`.
    pub fn count(&self, name: &str, unit: &str, at_ms: i64) -> Count {
        self.count_some(name, unit, at_ms, |_, _| true)
    }

    /// The same, by some check-outs only.
    pub fn count_some(
        &self,
        name: &str,
        unit: &str,
        at_ms: i64,
        is_counted: impl Fn(usize, &CheckOut) -> bool,
    ) -> Count {
        let mut count = Count::default();
        for (index, it) in self.check_outs.iter().enumerate() {
            let units = it.units(name, unit);
            if units == 0 || !is_counted(index, it) {
                continue;
            }
            if it.is_holding(at_ms) {
                count.held += units;
            } else if it.is_perpetual() && !self.is_renewed(it, at_ms) {
                count.drawn += units;
            }
        }
        count
    }

    /// What of a check-out is out.
    pub fn units_out(&self, it: &CheckOut, name: &str, unit: &str, at_ms: i64) -> u64 {
        let is_drawn = || it.is_perpetual() && !self.is_renewed(it, at_ms);
        if it.is_holding(at_ms) || is_drawn() { it.units(name, unit) } else { 0 }
    }

    /// The most that was ever to be had of a counted entitlement; `None` if there was no limit.
    pub fn most_granted(&self, name: &str, unit: &str) -> Option<u64> {
        let all = self.versions.iter().flat_map(|version| &version.terms.entitlements);
        let same = all.filter(|it| it.name == name && it.unit == unit);
        let limits = same.map(|it| match it.overage {
            Some(true) => None,
            _ => Some(it.max_count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0)),
        });
        limits.reduce(|most, limit| Some(most?.max(limit?))).flatten()
    }

    /// Whether what a check-out drew has been renewed since: at a boundary of the version then in
    /// force (R2) or by a new term (R4).
    fn is_renewed(&self, it: &CheckOut, at_ms: i64) -> bool {
        let mut since_ms = it.issued_at_ms;
        let mut term_end = None;
        for (place, version) in self.versions.iter().enumerate().skip(it.version) {
            if place > it.version {
                since_ms = version.from_ms;
                if term_end.is_some_and(|end_ms| version.terms.begin.at_ms >= end_ms) {
                    return true;
                }
            }
            let until_ms = self.versions.get(place + 1).map_or(at_ms, |next| next.from_ms);
            if has_boundary(&version.terms, since_ms, until_ms) {
                return true;
            }
            term_end = version.terms.end.as_ref().map(|end| end.at_ms);
        }
        false
    }

    /// A version as answers show it (4.4).
    pub fn view(&self, place: usize, status: &str) -> Value {
        let Some(Version { terms, .. }) = self.versions.get(place) else { return Value::Null };
        let mut view = json!({
            "LicenseArn": self.arn,
            "LicenseName": terms.license_name,
            "ProductName": "Product",
            "ProductSKU": self.sku,
            "Issuer": {"Name": terms.issuer, "KeyFingerprint": self.fingerprint(&terms.issuer)},
            "HomeRegion": self.home_region,
            "Status": status,
            "Validity": {"Begin": terms.begin.text},
            "Beneficiary": self.beneficiary,
            "Entitlements": terms.entitlements.iter().map(shown).collect::<Value>(),
            "ConsumptionConfiguration": {"RenewType": terms.renew.unwrap_or("None")},
            "CreateTime": self.created_at_ms.div_euclid(1_000).to_string(),
            "Version": (place + 1).to_string(),
        });
        let mut set = |path: &str, name: &str, value: Option<Value>| {
            let parent = view.pointer_mut(path).and_then(Value::as_object_mut);
            if let (Some(parent), Some(value)) = (parent, value) {
                parent.insert(name.to_owned(), value);
            }
        };
        set("/Validity", "End", terms.end.as_ref().map(|end| json!(end.text)));
        set("", "LicenseMetadata", terms.metadata());
        let minutes = terms.provisional_minutes;
        let provisional = minutes.map(|minutes| json!({"MaxTimeToLiveInMinutes": minutes}));
        set("/ConsumptionConfiguration", "ProvisionalConfiguration", provisional);
        let lending = terms.lending.map(Lending::members);
        set("/ConsumptionConfiguration", "BorrowConfiguration", lending);
        set("/Issuer", "SignKey", terms.is_signed.then(|| json!(SIGN_KEY)));
        view
    }

    /// The fingerprint of its issuer (W40).
    pub fn fingerprint(&self, issuer: &str) -> String {
        format!("aws:{}:{issuer}:issuer-fingerprint", self.account)
    }
}

/// An entitlement as answers show it: both flags on a counted one (D4).
fn shown(it: &Entitlement) -> Value {
    let flag = |flag: Option<bool>| match flag {
        Some(true) => Some(true),
        _ => it.is_counted().then_some(false),
    };
    let members = [
        ("Name", Some(json!(it.name))),
        ("Unit", Some(json!(it.unit))),
        ("MaxCount", it.max_count.map(Value::from)),
        ("Value", it.value.map(Value::from)),
        ("Overage", flag(it.overage).map(Value::from)),
        ("AllowCheckIn", flag(it.allow_check_in).map(Value::from)),
    ];
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect())
}

/// Whether draws restart after `since_ms` and no later than `until_ms` (R2).
fn has_boundary(terms: &Terms, since_ms: i64, until_ms: i64) -> bool {
    let begin_ms = terms.begin.at_ms;
    let boundary = |number: i64| match terms.renew {
        Some("Weekly") => Some(begin_ms + number * 7 * DAY),
        Some("Monthly") => Some(calendar::plus_months(begin_ms, number)),
        _ => None,
    };
    // No boundary lies further from the one before than this, so counting may begin late.
    let mut number = ((since_ms - begin_ms) / (31 * DAY)).max(1);
    while let Some(at_ms) = boundary(number) {
        if at_ms > since_ms {
            return at_ms <= until_ms;
        }
        number += 1;
    }
    false
}
