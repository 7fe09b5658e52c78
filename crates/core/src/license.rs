//! Licenses: terms that never change once written, in versions that only grow (reference 2.1, 3.1).

use serde::{Deserialize, Serialize};

use crate::entitlement::{self, Entitlement};
use crate::refusal::{Kind, Refusal};
use crate::time::{self, DAY_MS};

/// Months for which a deleted license can still be read (L7).
pub const RETENTION_MONTHS: i64 = 6;

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
    /// Status as set; see [`License::status_at`] for the one in force.
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
        Ok(())
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A license of ten Users and a feature, from 2021-01-31 to 2022-01-31.
    pub(crate) fn example() -> License {
        let entitlement = |name: &str, unit, max_count| Entitlement {
            name: name.to_owned(),
            unit,
            max_count,
            value: None,
            overage: false,
            allow_check_in: true,
        };
        License {
            key: 1,
            arn: arn("111122223333", &"0".repeat(32)),
            account: "111122223333".to_owned(),
            product_sku: "sku".to_owned(),
            beneficiary: "buyer".to_owned(),
            home_region: "us-east-1".to_owned(),
            created_at_ms: 0,
            deleted_at_ms: None,
            version: 1,
            terms: Terms {
                license_name: "name".to_owned(),
                product_name: "product".to_owned(),
                issuer: Issuer { name: "My Company".to_owned(), sign_key: None },
                validity: Validity::parse(
                    "2021-01-31T10:00:00Z".to_owned(),
                    Some("2022-01-31T10:00:00Z".to_owned()),
                )
                .unwrap(),
                entitlements: vec![
                    entitlement("Users", entitlement::Unit::Count, Some(10)),
                    entitlement("Tier", entitlement::Unit::None, None),
                ],
                consumption: ConsumptionConfiguration {
                    provisional_minutes_max: Some(60),
                    ..ConsumptionConfiguration::default()
                },
                metadata: Vec::new(),
                status: Status::Available,
            },
        }
    }

    #[test]
    fn region_names_are_checked() {
        for good in ["us-east-1", "us-gov-west-1", "ap-southeast-12"] {
            assert!(check_region_name(good).is_ok(), "{good}");
        }
        for bad in ["", "us", "us-1", "us-east", "usa-east-1", "us-East-1", "us-east-1a", "us--1"] {
            assert!(check_region_name(bad).is_err(), "{bad}");
        }
    }

    fn amendment(terms: Terms) -> Amendment {
        let region = "us-east-1".to_owned();
        Amendment { home_region: region.clone(), region, source_version: None, terms }
    }

    #[test]
    fn the_fingerprint_is_matched_byte_for_byte() {
        let license = example();
        let right = key_fingerprint(&license.account, "My Company");
        assert_eq!(right, "aws:111122223333:My Company:issuer-fingerprint");
        assert!(license.has_fingerprint(&right));
        for wrong in [right.to_lowercase(), format!("{right} "), right.replace("aws", "")] {
            assert!(!license.has_fingerprint(&wrong), "{wrong}");
        }
    }

    #[test]
    fn every_status_is_settable_or_refused() {
        for status in Status::ALL {
            let terms = Terms { status: *status, ..example().terms };
            let decided = amend(&example(), amendment(terms));
            let settable =
                matches!(status, Status::Available | Status::Deactivated | Status::Suspended);
            assert_eq!(decided.is_ok(), settable, "{status:?}");
        }
    }

    #[test]
    fn amendments_are_refused_by_rule() {
        let check = |license: License, change: fn(&mut Amendment), expect: &str| {
            let mut amendment = amendment(example().terms);
            change(&mut amendment);
            assert_eq!(amend(&license, amendment).unwrap_err().rule, expect);
        };
        check(example(), |it| it.region = "eu-west-1".into(), "W72");
        check(example(), |it| it.home_region = "eu-west-1".into(), "L25");
        check(example(), |it| it.source_version = Some("2".into()), "L22");
        check(License { deleted_at_ms: Some(1), ..example() }, |_| (), "L26");
        check(example(), |it| it.terms.consumption.provisional_minutes_max = Some(0), "D12");
        let next = amend(&example(), amendment(example().terms)).unwrap();
        assert_eq!(next.version, 2);
    }

    #[test]
    fn deletions_are_refused_by_rule() {
        let check = |license: License, region, source, held, expect: &str| {
            assert_eq!(delete(&license, region, source, held, 5).unwrap_err().rule, expect);
        };
        check(example(), "eu-west-1", "1", 0, "W72");
        check(example(), "us-east-1", "2", 0, "L30");
        check(example(), "us-east-1", "1", 1, "L31");
        check(License { deleted_at_ms: Some(1), ..example() }, "us-east-1", "1", 0, "L34");
        let gone = delete(&example(), "us-east-1", "1", 0, 5).unwrap();
        assert_eq!(gone.status_at(6), Status::Deleted);
    }

    #[test]
    fn status_follows_the_clock() {
        let license = example();
        let (begin, end) =
            (license.terms.validity.begin_ms, license.terms.validity.end_ms.unwrap());
        let check = |now, status, usable| {
            assert_eq!((license.status_at(now), license.is_usable(now)), (status, usable));
        };
        check(begin - 1, Status::Available, false);
        check(begin, Status::Available, true);
        check(end - 1, Status::Available, true);
        check(end, Status::Expired, false);
    }

    #[test]
    fn periods_begin_with_the_term() {
        let at = |text: &str| time::parse(text).unwrap();
        let check = |renew_type, now: &str, expect: &str| {
            let mut terms = example().terms;
            terms.consumption.renew_type = renew_type;
            assert_eq!(time::format_zulu(terms.period_begin_ms(at(now))), expect);
        };
        check(RenewType::None, "2021-12-01T00:00:00Z", "2021-01-31T10:00:00Z");
        check(RenewType::Weekly, "2021-02-07T09:59:59Z", "2021-01-31T10:00:00Z");
        check(RenewType::Weekly, "2021-02-07T10:00:00Z", "2021-02-07T10:00:00Z");
        check(RenewType::Monthly, "2021-03-01T00:00:00Z", "2021-02-28T10:00:00Z");
        check(RenewType::Monthly, "2020-03-01T00:00:00Z", "2021-01-31T10:00:00Z");
    }
}
