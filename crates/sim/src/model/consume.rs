//! Check-outs, extensions, check-ins and usage, as sections 4.7 to 4.11 and 5 of the reference
//! tell them.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::{ANY, CheckOut, Effect, Expected, License, Model, Prediction, Taken, WINDOW};
use crate::calendar;
use crate::request::{self, Asked};

const VALUE: &str = "InvalidParameterValueException";
const VALIDATION: &str = "ValidationException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const NOTHING: &str = "NoEntitlementsAllowedException";

/// The highest count there is (C19).
const MOST: u64 = i64::MAX.unsigned_abs();

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
fn units(asked: &Asked) -> Option<u64> {
    if asked.unit == "None" {
        return Some(1);
    }
    let text = asked.value.as_deref()?;
    let is_decimal = !text.is_empty() && text.chars().all(|digit| digit.is_ascii_digit());
    text.parse().ok().filter(|units| is_decimal && (1..=MOST).contains(units))
}

impl Model {
    /// C1, C2, C4: newest first. Without a beneficiary there are none, since there are no grants.
    pub fn candidates(&self, account: &str, it: &request::CheckOut) -> Vec<usize> {
        let is_candidate = |license: &License| {
            license.account == account
                && it.beneficiary == Some(license.beneficiary)
                && license.sku == it.sku
                && license.deleted_at_ms.is_none()
        };
        let all = self.licenses.iter().enumerate();
        let mut found: Vec<_> = all.filter(|(_, license)| is_candidate(license)).collect();
        found.sort_by_key(|(index, license)| Reverse((license.created_at_ms, *index)));
        found.into_iter().map(|(index, _)| index).collect()
    }

    /// The last check-out that was made with this client token.
    pub fn find_request(&self, account: &str, client_token: &str) -> Option<&CheckOut> {
        let all = self.licenses.iter().flat_map(|license| &license.check_outs);
        let same =
            all.filter(|it| it.account == account && it.request.client_token == client_token);
        same.max_by_key(|it| it.place)
    }

    /// Section 5.
    pub fn check_out(
        &self,
        account: &'static str,
        it: &request::CheckOut,
        now_ms: i64,
    ) -> Vec<Prediction> {
        let earlier = self.find_request(account, &it.client_token);
        if let Some(earlier) = earlier.filter(|earlier| now_ms - earlier.issued_at_ms < WINDOW) {
            return vec![self.repeat(earlier, it)];
        }
        self.try_each(account, it, &self.candidates(account, it), now_ms)
    }

    /// W62, W63.
    fn repeat(&self, earlier: &CheckOut, it: &request::CheckOut) -> Prediction {
        if !earlier.request.asks_the_same(it) {
            return Expected::fault(VALUE).into();
        }
        for (license, owner) in self.licenses.iter().enumerate() {
            let index = owner.check_outs.iter().position(|other| other.place == earlier.place);
            if let Some(index) = index {
                return Prediction::new(answer(owner, earlier), Effect::Told { license, index });
            }
        }
        Expected::internal().into()
    }

    /// C4: the first candidate that allows anything serves.
    fn try_each(
        &self,
        account: &'static str,
        it: &request::CheckOut,
        candidates: &[usize],
        now_ms: i64,
    ) -> Vec<Prediction> {
        let Some((&first, rest)) = candidates.split_first() else {
            return vec![Expected::fault(NOTHING).into()];
        };
        let Some(license) = self.licenses.get(first) else { return Vec::new() };
        let mut found = Vec::new();
        let mut falls_through = false;
        for at_ms in license.times(now_ms) {
            match take(license, account, it, at_ms) {
                Some(check_out) => found.push(Prediction::new(
                    answer(license, &check_out),
                    Effect::CheckedOut { license: first, check_out: Box::new(check_out) },
                )),
                None => falls_through = true,
            }
        }
        if falls_through {
            found.extend(self.try_each(account, it, rest, now_ms));
        }
        found
    }

    /// The check-out with this token, if it is this account's.
    pub fn find_check_out(&self, account: &str, token: &str) -> Option<(usize, usize)> {
        self.licenses.iter().enumerate().find_map(|(license, owner)| {
            let same = |it: &CheckOut| it.account == account && it.token.as_deref() == Some(token);
            Some((license, owner.check_outs.iter().position(same)?))
        })
    }

    /// 4.10.
    pub fn extend(&self, account: &str, token: &str, is_dry: bool, now_ms: i64) -> Vec<Prediction> {
        self.with_check_out(account, token, now_ms, |license, index, owner, it, at_ms| {
            let terms = owner.terms();
            let has_all = it.taken.iter().all(|taken| {
                owner.entitlement(taken.name).is_some_and(|found| found.unit == taken.unit)
            });
            let is_configured = terms.is_some_and(|terms| terms.provisional_minutes.is_some());
            if !owner.is_usable(at_ms) || !is_configured || !has_all {
                return Expected::fault(VALIDATION).into();
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
            // C62, by the version in force; by the one taken from if that has it no longer.
            let is_kept = |taken: &Taken| {
                let found = owner.entitlement(taken.name).filter(|found| found.unit == taken.unit);
                let allowed = found.map(|found| found.allow_check_in == Some(true));
                taken.unit != "None" && !allowed.unwrap_or(taken.allow_check_in)
            };
            if it.taken.iter().any(is_kept) {
                return Expected::fault(VALIDATION).into();
            }
            Prediction::new(json!({}), Effect::CheckedIn { license, index, at_ms })
        })
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

/// What a license gives for a request, if anything: C3, C10 to C14.
fn take(
    license: &License,
    account: &'static str,
    it: &request::CheckOut,
    at_ms: i64,
) -> Option<CheckOut> {
    let terms = license.terms()?;
    let is_configured = it.kind == "PERPETUAL" || terms.provisional_minutes.is_some();
    let is_issuer = license.fingerprint(&terms.issuer) == it.fingerprint;
    if !license.is_usable(at_ms) || !is_configured || !is_issuer {
        return None;
    }
    let allowed = |asked: &Asked| {
        let found = license.entitlement(asked.name).filter(|found| found.unit == asked.unit)?;
        let units = units(asked)?;
        let limit = match (found.max_count, found.overage) {
            (Some(max_count), None | Some(false)) => max_count.unsigned_abs(),
            _ => MOST,
        };
        let consumed = license.count(asked.name, asked.unit, at_ms).consumed();
        let value = match found.is_counted() {
            true => Some(units.to_string()),
            false => found.value.map(str::to_owned),
        };
        let allow_check_in = found.allow_check_in == Some(true);
        let (name, unit) = (found.name, found.unit);
        let fits = consumed.checked_add(units).is_some_and(|sum| sum <= limit);
        fits.then_some(Taken { name, unit, units, value, allow_check_in })
    };
    let taken: Vec<_> = it.asked.iter().filter_map(allowed).collect();
    (!taken.is_empty()).then(|| CheckOut {
        place: 0,
        token: None,
        account,
        request: it.clone(),
        version: license.versions.len() - 1,
        taken,
        issued_at_ms: at_ms,
        expires_at_ms: license.expiration(at_ms),
        extended: None,
        ended_at_ms: None,
    })
}

/// The answer of a check-out, the first time and again.
fn answer(license: &License, it: &CheckOut) -> Value {
    let allowed = it.taken.iter().map(|taken| {
        let mut shown = json!({"Name": taken.name, "Unit": taken.unit});
        if let (Some(shown), Some(value)) = (shown.as_object_mut(), &taken.value) {
            shown.insert("Value".to_owned(), value.as_str().into());
        }
        shown
    });
    let mut answer = json!({
        "CheckoutType": it.request.kind,
        "LicenseConsumptionToken": it.token.as_deref().unwrap_or(ANY),
        "EntitlementsAllowed": allowed.collect::<Value>(),
        "IssuedAt": calendar::text(it.issued_at_ms),
        "Expiration": calendar::text(it.expires_at_ms),
        "LicenseArn": license.arn,
    });
    if let (Some(answer), Some(node)) = (answer.as_object_mut(), it.request.node) {
        answer.insert("NodeId".to_owned(), node.into());
    }
    answer
}
