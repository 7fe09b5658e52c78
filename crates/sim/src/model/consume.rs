//! Extensions, check-ins and usage, as sections 4.7, 4.10 and 4.11 of the reference tell them, and
//! what check-outs may ask for.

use serde_json::{Value, json};

use super::{CheckOut, Effect, Expected, License, Model, Prediction, Taken};
use crate::calendar;
use crate::request::{self, Asked};

const VALUE: &str = "InvalidParameterValueException";
const VALIDATION: &str = "ValidationException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const DENIED: &str = "AuthorizationException";

/// The highest count there is (C19).
pub const MOST: u64 = i64::MAX.unsigned_abs();

/// C18, C19, C20.
pub fn refused_quantities(it: &request::CheckOut) -> Option<Expected> {
    let mut names: Vec<_> = it.asked.iter().map(|asked| asked.name).collect();
    names.sort_unstable();
    names.dedup();
    let counted = it.asked.iter().filter(|asked| asked.unit != "None");
    let is_refused = names.len() < it.asked.len()
        || counted.clone().any(|asked| units(asked).is_none())
        || counted.count() > 5;
    is_refused.then(|| Expected::fault(VALUE))
}

/// Whether a text could be a token: 32 lower-case hexadecimal digits (1.5).
pub fn is_token(text: &str) -> bool {
    let is_digit = |digit: char| digit.is_ascii_digit() || ('a'..='f').contains(&digit);
    text.len() == 32 && text.chars().all(is_digit) && text.starts_with(|digit| digit < '8')
}

/// The units that are asked for; one holder for Unit None.
pub fn units(asked: &Asked) -> Option<u64> {
    if asked.unit == "None" {
        return Some(1);
    }
    let text = asked.value.as_deref()?;
    let is_decimal = !text.is_empty() && text.chars().all(|digit| digit.is_ascii_digit());
    text.parse().ok().filter(|units| is_decimal && (1..=MOST).contains(units))
}

impl Model {
    /// The check-out with this token, if it is this account's.
    pub fn find_check_out(&self, account: &str, token: &str) -> Option<(usize, usize)> {
        self.licenses.iter().enumerate().find_map(|(license, owner)| {
            let same = |it: &CheckOut| it.account == account && it.token.as_deref() == Some(token);
            Some((license, owner.check_outs.iter().position(same)?))
        })
    }

    /// 4.10.
    pub fn extend(&self, account: &str, token: &str, is_dry: bool, now_ms: i64) -> Vec<Prediction> {
        let found = self.find_check_out(account, token);
        let it = found.and_then(|(license, index)| {
            self.licenses.get(license).and_then(|owner| owner.check_outs.get(index))
        });
        if it.is_some_and(CheckOut::is_borrow) {
            // C53, whether or not it is over.
            return vec![Expected::fault(VALIDATION).into()];
        }
        self.with_check_out(account, token, now_ms, |license, index, owner, it, at_ms| {
            let terms = owner.terms();
            let has_all = it.taken.iter().all(|taken| {
                owner.entitlement(taken.name).is_some_and(|found| found.unit == taken.unit)
            });
            let is_configured = terms.is_some_and(|terms| terms.provisional_minutes.is_some());
            let is_open = it.grant.is_none_or(|grant| self.is_open(grant));
            if !owner.is_usable(at_ms) || !is_configured || !has_all || !is_open {
                return Expected::fault(VALIDATION).into();
            }
            if !self.grant_allows(it, "ExtendConsumptionLicense") {
                return Expected::fault(DENIED).into();
            }
            let old_ms = it.expiration_ms();
            let new_ms = owner.capped(owner.expiration(at_ms).max(old_ms));
            let (to_ms, effect) = match is_dry {
                true => (old_ms, Effect::None),
                false => (new_ms, Effect::Extended { license, index, to_ms: new_ms, at_ms }),
            };
            let expiration = calendar::text_zulu(to_ms);
            Prediction::new(
                json!({"LicenseConsumptionToken": token, "Expiration": expiration}),
                effect,
            )
        })
    }

    /// 4.11.
    pub fn check_in(
        &self,
        account: &str,
        token: &str,
        beneficiary: Option<&str>,
        now_ms: i64,
    ) -> Vec<Prediction> {
        self.with_check_out(account, token, now_ms, |license, index, owner, it, at_ms| {
            if beneficiary.is_some() && beneficiary != it.request.beneficiary {
                return Expected::fault(VALUE).into();
            }
            if !self.grant_allows(it, "CheckInLicense") {
                return Expected::fault(DENIED).into();
            }
            // C62, by the version in force; by the one taken from if that has it no longer.
            let is_kept = |taken: &Taken| {
                let found = owner.entitlement(taken.name).filter(|found| found.unit == taken.unit);
                let allowed = found.map(|found| found.allow_check_in == Some(true));
                taken.unit != "None" && !allowed.unwrap_or(taken.allow_check_in)
            };
            // C63: by the version in force; by the one borrowed from if that lends no more.
            let lending = owner.terms().and_then(|terms| terms.lending);
            let of_then = || it.taken.iter().all(|taken| taken.allow_check_in);
            let is_early = lending.map_or_else(of_then, |lending| lending.early);
            if it.is_borrow() && !is_early || !it.is_borrow() && it.taken.iter().any(is_kept) {
                return Expected::fault(VALIDATION).into();
            }
            Prediction::new(json!({}), Effect::CheckedIn { license, index, at_ms })
        })
    }

    /// Whether the grant of a check-out, if there is one, allows an operation (C51, C68, G39).
    fn grant_allows(&self, it: &CheckOut, operation: &str) -> bool {
        it.grant.is_none_or(|grant| self.allowed_at_last(grant).contains(&operation))
    }

    /// What extensions and check-ins share: C52, C53, C64, C65.
    fn with_check_out(
        &self,
        account: &str,
        token: &str,
        now_ms: i64,
        decide: impl Fn(usize, usize, &License, &CheckOut, i64) -> Prediction,
    ) -> Vec<Prediction> {
        let found = self.find_check_out(account, token);
        let owner = found.and_then(|(license, _)| self.licenses.get(license));
        let it = owner.zip(found).and_then(|(owner, found)| owner.check_outs.get(found.1));
        let (Some((license, index)), Some(owner), Some(it)) = (found, owner, it) else {
            return vec![Expected::fault(NOT_FOUND).into()];
        };
        if it.is_perpetual() {
            return vec![Expected::fault(VALIDATION).into()];
        }
        let times = owner.times(now_ms).into_iter();
        let decided = times.map(|at_ms| match it.is_holding(at_ms) {
            true => decide(license, index, owner, it, at_ms),
            false => Expected::fault(NOT_FOUND).into(),
        });
        decided.collect()
    }

    /// U1 to U4.
    pub fn usage(&self, account: &str, arn: &str, now_ms: i64) -> Vec<Prediction> {
        let Some((_, license)) = self.visible(account, arn, now_ms) else { return Vec::new() };
        let shown = |at_ms| {
            let entitlements = license.terms().map_or(&[][..], |terms| &terms.entitlements);
            let rows = entitlements.iter().map(|it| {
                let consumed = license.count(it.name, it.unit, at_ms).consumed();
                let mut row = json!({
                    "Name": it.name, "Unit": it.unit, "ConsumedValue": consumed.to_string(),
                });
                if let (Some(row), Some(count)) = (row.as_object_mut(), it.max_count) {
                    row.insert("MaxCount".to_owned(), count.to_string().into());
                }
                row
            });
            json!({"LicenseUsage": {"EntitlementUsages": rows.collect::<Value>()}})
        };
        let times = license.times(now_ms).into_iter();
        times.map(|at_ms| Prediction::new(shown(at_ms), Effect::None)).collect()
    }
}
