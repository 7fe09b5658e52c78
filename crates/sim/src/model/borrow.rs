//! Borrows, as section 6 of the reference tells them.

use serde_json::{Value, json};

use super::check_out::allowed;
use super::consume::{MOST, units};
use super::{ANY, CheckOut, Effect, Expected, License, Model, Prediction, Taken, WINDOW};
use crate::calendar::{self, DAY, MINUTE};
use crate::request::{self, Asked};

const VALUE: &str = "InvalidParameterValueException";
const VALIDATION: &str = "ValidationException";
const NOTHING: &str = "NoEntitlementsAllowedException";
const SOME: &str = "EntitlementNotAllowedException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const DENIED: &str = "AuthorizationException";
const THROTTLED: &str = "RateLimitExceededException";

impl Model {
    /// Section 6.
    pub fn borrow(
        &self,
        account: &'static str,
        arn: &str,
        it: &request::CheckOut,
        now_ms: i64,
    ) -> Vec<Prediction> {
        let earlier = self.find_request(account, &it.client_token);
        if let Some(earlier) = earlier.filter(|earlier| now_ms - earlier.at_ms < WINDOW) {
            if !earlier.request.asks_the_same(it) {
                return vec![Expected::fault(VALUE).into()];
            }
            return self.lend_again(earlier.found, account, arn, now_ms);
        }
        let (index, grant) = match self.lender(account, arn, now_ms) {
            Ok(found) => found,
            Err(code) => return vec![Expected::fault(code).into()],
        };
        let Some(license) = self.licenses.get(index) else { return Vec::new() };
        let lend = |at_ms| self.lend((index, license), account, grant, it, at_ms);
        license.times(now_ms).into_iter().map(lend).collect()
    }

    /// The license, and the grant by which an account may borrow from it: B2, B5, B6.
    fn lender(
        &self,
        account: &str,
        arn: &str,
        now_ms: i64,
    ) -> Result<(usize, Option<usize>), &'static str> {
        let (index, license) = self.visible(account, arn, now_ms).ok_or(NOT_FOUND)?;
        can_lend(license, now_ms)?;
        if license.account == account {
            return Ok((index, None));
        }
        let held = self.held_grant(account, index).map(|(grant, _)| grant);
        let grant = held.filter(|grant| self.is_open(*grant)).ok_or(NOTHING)?;
        if !self.allowed_at_last(grant).contains(&"CheckoutBorrowLicense") {
            return Err(DENIED);
        }
        Ok((index, Some(grant)))
    }

    /// W62: the same borrow, which is kept now if that is not too late.
    fn lend_again(
        &self,
        (license, index): (usize, usize),
        account: &str,
        arn: &str,
        now_ms: i64,
    ) -> Vec<Prediction> {
        let owner = self.licenses.get(license);
        let Some((owner, it)) = owner.and_then(|owner| Some((owner, owner.check_outs.get(index)?)))
        else {
            return Vec::new();
        };
        let is_signed = owner.terms().is_some_and(|terms| terms.is_signed);
        if !is_signed {
            let refusal = self.lender(account, arn, now_ms).err().unwrap_or(VALIDATION);
            return vec![Expected::fault(refusal).into()];
        }
        let keep = |at_ms: i64| {
            if it.reserved_to_ms.is_some() && !it.is_holding(at_ms) {
                return Expected::fault(THROTTLED).into();
            }
            Prediction::new(answer(owner, it), Effect::Kept { license, index })
        };
        owner.times(now_ms).into_iter().map(keep).collect()
    }

    /// B3, B4, B9, B10, the caps of all grants on the way, and the limit on borrows.
    fn lend(
        &self,
        (index, license): (usize, &License),
        account: &'static str,
        grant: Option<usize>,
        it: &request::CheckOut,
        at_ms: i64,
    ) -> Prediction {
        let terms = match can_lend(license, at_ms) {
            Ok(terms) => terms,
            Err(code) => return Expected::fault(code).into(),
        };
        let Some(lending) = terms.lending else { return Expected::fault(NOTHING).into() };
        let take = |asked: &Asked| self.take_one(license, grant, asked, at_ms);
        let taken: Vec<_> = it.asked.iter().filter_map(take).collect();
        if taken.is_empty() {
            return Expected::fault(NOTHING).into();
        }
        if taken.len() < it.asked.len() {
            return Expected::fault(SOME).into();
        }
        let days = lending.days_max.and_then(|days| days.parse::<i64>().ok());
        let life = lending.minutes * MINUTE;
        let life = days.map_or(life, |days| life.min(days * DAY));
        let expires_at_ms = license.capped(calendar::whole_second(at_ms) + life);
        let reserved_to_ms = at_ms + WINDOW;
        let check_out = Box::new(CheckOut {
            place: 0,
            token: None,
            account,
            grant,
            request: it.clone(),
            before: Vec::new(),
            is_seat: false,
            version: license.versions.len() - 1,
            taken,
            issued_at_ms: at_ms,
            expires_at_ms,
            reserved_to_ms: Some(reserved_to_ms).filter(|to_ms| *to_ms < expires_at_ms),
            extended: None,
            ended_at_ms: None,
        });
        let shown = answer(license, &check_out);
        Prediction::new(shown, Effect::Borrowed { license: index, check_out })
    }

    fn take_one(
        &self,
        license: &License,
        grant: Option<usize>,
        asked: &Asked,
        at_ms: i64,
    ) -> Option<Taken> {
        let found = license.entitlement(asked.name).filter(|found| found.unit == asked.unit)?;
        let units = units(asked)?;
        let (name, unit) = (found.name, found.unit);
        let fits = |out: u64, limit: u64| out.checked_add(units).is_some_and(|it| it <= limit);
        let limit = match (found.max_count, found.overage) {
            (Some(max_count), None | Some(false)) => max_count.unsigned_abs(),
            _ => MOST,
        };
        let lending = license.terms()?.lending?;
        let most = lending.units_max.filter(|_| found.is_counted());
        let most = most.and_then(|most| most.parse::<u64>().ok());
        let lent = || license.count_some(name, unit, at_ms, |_, it| it.is_borrow()).held;
        let is_under_cap = |grant: &usize| {
            let cap = self.grants.get(*grant).and_then(|grant| grant.cap(name));
            cap.is_none_or(|cap| fits(self.out_through(*grant, (name, unit), at_ms, None), cap))
        };
        let is_allowed = fits(license.count(name, unit, at_ms).consumed(), limit)
            && most.is_none_or(|most| fits(lent(), most))
            && self.chain(grant).iter().all(is_under_cap);
        let value = match found.is_counted() {
            true => Some(units.to_string()),
            false => found.value.map(str::to_owned),
        };
        is_allowed.then_some(Taken { name, unit, units, value, allow_check_in: lending.early })
    }
}

/// B5, B6.
fn can_lend(license: &License, at_ms: i64) -> Result<&request::Terms, &'static str> {
    let terms = license.terms().filter(|_| license.is_usable(at_ms)).ok_or(NOTHING)?;
    if terms.lending.is_none() {
        return Err(NOTHING);
    }
    if terms.is_signed { Ok(terms) } else { Err(VALIDATION) }
}

/// The answer of a borrow, the first time and again.
fn answer(license: &License, it: &CheckOut) -> Value {
    let mut answer = json!({
        "LicenseArn": license.arn,
        "LicenseConsumptionToken": it.token.as_deref().unwrap_or(ANY),
        "EntitlementsAllowed": allowed(&it.taken),
        "SignedToken": ANY,
        "IssuedAt": calendar::text(it.issued_at_ms),
        "Expiration": calendar::text(it.expires_at_ms),
    });
    if let (Some(answer), Some(node)) = (answer.as_object_mut(), it.request.node) {
        answer.insert("NodeId".to_owned(), node.into());
    }
    answer
}
