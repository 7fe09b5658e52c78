//! Check-outs, as section 5 of the reference tells them.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::consume::{MOST, units};
use super::{ANY, CheckOut, Effect, Expected, License, Model, Prediction, Taken, WINDOW};
use crate::calendar;
use crate::request::{self, Asked};

const VALUE: &str = "InvalidParameterValueException";
const NOTHING: &str = "NoEntitlementsAllowedException";

/// A license that may serve, and the grant by which it does; none for its creator.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// License.
    pub license: usize,
    /// Grant.
    pub grant: Option<usize>,
}

/// A request that was done.
pub struct Done<'a> {
    /// When.
    pub at_ms: i64,
    /// The request.
    pub request: &'a request::CheckOut,
    /// Its place among all.
    place: u64,
    /// License and check-out that answered it.
    pub found: (usize, usize),
}

impl Model {
    /// C1, C2, C4: newest first.
    pub fn candidates(&self, account: &str, it: &request::CheckOut) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (index, license) in self.licenses.iter().enumerate() {
            if license.sku != it.sku || license.deleted_at_ms.is_some() {
                continue;
            }
            let grant = self.held_grant(account, index).map(|(grant, _)| grant);
            let may_use = |grant: &usize| {
                self.is_open(*grant) && self.allowed_at_last(*grant).contains(&"CheckoutLicense")
            };
            let grant = grant.filter(may_use);
            match it.beneficiary {
                Some(_) if license.account != account => {}
                Some(beneficiary) if license.beneficiary != beneficiary => {}
                None if grant.is_none() => {}
                Some(_) => found.push(Candidate { license: index, grant: None }),
                None => found.push(Candidate { license: index, grant }),
            }
        }
        let created = |index: usize| self.licenses.get(index).map(|license| license.created_at_ms);
        found.sort_by_key(|it| Reverse((created(it.license), it.license)));
        found
    }

    /// The last check-out that was made with this client token.
    pub fn find_request(&self, account: &str, client_token: &str) -> Option<Done<'_>> {
        let mut same = Vec::new();
        for (license, owner) in self.licenses.iter().enumerate() {
            let of_account = |(_, it): &(usize, &CheckOut)| it.account == account;
            for (index, it) in owner.check_outs.iter().enumerate().filter(of_account) {
                let found = (license, index);
                let last = (it.place, it.issued_at_ms, &it.request);
                let before = it.before.iter().map(|it| (it.place, it.at_ms, &it.request));
                let all = before.chain([last]);
                let named = all.filter(|(_, _, request)| request.client_token == client_token);
                same.extend(named.map(|(place, at_ms, request)| Done {
                    at_ms,
                    request,
                    place,
                    found,
                }));
            }
        }
        same.into_iter().max_by_key(|done| done.place)
    }

    /// Section 5.
    pub fn check_out(
        &self,
        account: &'static str,
        it: &request::CheckOut,
        now_ms: i64,
    ) -> Vec<Prediction> {
        let earlier = self.find_request(account, &it.client_token);
        if let Some(earlier) = earlier.filter(|earlier| now_ms - earlier.at_ms < WINDOW) {
            return self.repeat(&earlier, it);
        }
        let candidates = self.candidates(account, it);
        let seated = candidates.iter().map(|candidate| (*candidate, true));
        let ordered: Vec<_> =
            seated.chain(candidates.iter().map(|candidate| (*candidate, false))).collect();
        self.try_each(account, it, &ordered, now_ms)
    }

    /// W62, W63.
    fn repeat(&self, earlier: &Done<'_>, it: &request::CheckOut) -> Vec<Prediction> {
        let (license, index) = earlier.found;
        let owner = self.licenses.get(license);
        let Some((owner, check_out)) =
            owner.and_then(|owner| Some((owner, owner.check_outs.get(index)?)))
        else {
            return Vec::new();
        };
        let is_same = earlier.request.asks_the_same(it);
        let mut predictions = Vec::new();
        if !is_same {
            predictions.push(Expected::fault(VALUE).into());
        }
        // A seat that was taken again since is answered as it is now; the parameters of the
        // requests before the last are not kept with it.
        if is_same || check_out.place != earlier.place {
            let effect = Effect::Told { license, index };
            predictions.push(Prediction::new(answer(owner, check_out), effect));
        }
        predictions
    }

    /// C4: the first candidate that allows anything serves. Each comes with whether its turn is for
    /// the node's own seat or for a new check-out; the former are first.
    fn try_each(
        &self,
        account: &'static str,
        it: &request::CheckOut,
        candidates: &[(Candidate, bool)],
        now_ms: i64,
    ) -> Vec<Prediction> {
        let Some((&(first, by_seat), rest)) = candidates.split_first() else {
            return vec![Expected::fault(NOTHING).into()];
        };
        let Some(license) = self.licenses.get(first.license) else { return Vec::new() };
        let mut found = Vec::new();
        let mut falls_through = false;
        for at_ms in license.times(now_ms) {
            let seat = own_seat(license, account, it, at_ms);
            let is_turn = seat.is_some() == by_seat;
            let taken = is_turn.then(|| self.take(first, account, it, seat, at_ms)).flatten();
            match taken {
                Some(check_out) => {
                    let mut shown = answer(license, &check_out);
                    let check_out = Box::new(check_out);
                    let license = first.license;
                    let effect = match seat {
                        None => Effect::CheckedOut { license, check_out },
                        Some(index) => Effect::Reseated { license, index, check_out },
                    };
                    let kept = seat.and_then(|seat| self.token_of(license, seat));
                    if let (Some(shown), Some(token)) = (shown.as_object_mut(), kept) {
                        shown.insert("LicenseConsumptionToken".to_owned(), token.into());
                    }
                    found.push(Prediction::new(shown, effect));
                }
                None => falls_through = true,
            }
        }
        if falls_through {
            found.extend(self.try_each(account, it, rest, now_ms));
        }
        found
    }

    fn token_of(&self, license: usize, index: usize) -> Option<&str> {
        self.licenses.get(license)?.check_outs.get(index)?.token.as_deref()
    }
}

/// The live check-out of the same principal on the same node, which it gets back.
fn own_seat(license: &License, account: &str, it: &request::CheckOut, at_ms: i64) -> Option<usize> {
    let reuses = license.terms().is_some_and(|terms| terms.reuses_seats);
    let is_own = |other: &CheckOut| {
        other.is_seat
            && other.account == account
            && other.request.node == it.node
            && other.is_holding(at_ms)
    };
    let is_held = it.kind == "PROVISIONAL" && it.node.is_some();
    license.check_outs.iter().position(is_own).filter(|_| reuses && is_held)
}

impl Model {
    /// What a license gives for a request, if anything, in the place of one check-out or beside
    /// all: C3, C10 to C14, and no grant of the chain passes its cap.
    fn take(
        &self,
        candidate: Candidate,
        account: &'static str,
        it: &request::CheckOut,
        seat: Option<usize>,
        at_ms: i64,
    ) -> Option<CheckOut> {
        let license = self.licenses.get(candidate.license)?;
        let terms = license.terms()?;
        let is_configured = it.kind == "PERPETUAL" || terms.provisional_minutes.is_some();
        let is_issuer = license.fingerprint(&terms.issuer) == it.fingerprint;
        if !license.is_usable(at_ms) || !is_configured || !is_issuer {
            return None;
        }
        let chain = self.chain(candidate.grant);
        let allowed = |asked: &Asked| {
            let found = license.entitlement(asked.name).filter(|found| found.unit == asked.unit)?;
            let units = units(asked)?;
            let limit = match (found.max_count, found.overage) {
                (Some(max_count), None | Some(false)) => max_count.unsigned_abs(),
                _ => MOST,
            };
            let (name, unit) = (found.name, found.unit);
            let others = license.count_some(name, unit, at_ms, |index, _| Some(index) != seat);
            let fits = |out: u64, limit: u64| out.checked_add(units).is_some_and(|it| it <= limit);
            let is_under_cap = |grant: &usize| {
                let cap = self.grants.get(*grant).and_then(|grant| grant.cap(name));
                let out = || self.out_through(*grant, (name, unit), at_ms, seat);
                cap.is_none_or(|cap| fits(out(), cap))
            };
            let value = match found.is_counted() {
                true => Some(units.to_string()),
                false => found.value.map(str::to_owned),
            };
            let allow_check_in = found.allow_check_in == Some(true);
            let is_allowed = fits(others.consumed(), limit) && chain.iter().all(is_under_cap);
            is_allowed.then_some(Taken { name, unit, units, value, allow_check_in })
        };
        let taken: Vec<_> = it.asked.iter().filter_map(allowed).collect();
        (!taken.is_empty()).then(|| CheckOut {
            place: 0,
            token: None,
            account,
            grant: candidate.grant,
            request: it.clone(),
            before: Vec::new(),
            is_seat: it.kind == "PROVISIONAL" && it.node.is_some() && terms.reuses_seats,
            version: license.versions.len() - 1,
            taken,
            issued_at_ms: at_ms,
            expires_at_ms: license.expiration(at_ms),
            reserved_to_ms: None,
            extended: None,
            ended_at_ms: None,
        })
    }
}

/// What was taken as answers show it (C13).
pub fn allowed(taken: &[Taken]) -> Value {
    let allowed = taken.iter().map(|taken| {
        let mut shown = json!({"Name": taken.name, "Unit": taken.unit});
        if let (Some(shown), Some(value)) = (shown.as_object_mut(), &taken.value) {
            shown.insert("Value".to_owned(), value.as_str().into());
        }
        shown
    });
    allowed.collect()
}

/// The answer of a check-out, the first time and again.
fn answer(license: &License, it: &CheckOut) -> Value {
    let mut answer = json!({
        "CheckoutType": it.request.kind,
        "LicenseConsumptionToken": it.token.as_deref().unwrap_or(ANY),
        "EntitlementsAllowed": allowed(&it.taken),
        "IssuedAt": calendar::text(it.issued_at_ms),
        "Expiration": calendar::text(it.expires_at_ms),
        "LicenseArn": license.arn,
    });
    let is_signed = license.terms().is_some_and(|terms| terms.is_signed);
    if let (Some(answer), true) = (answer.as_object_mut(), is_signed) {
        answer.insert("SignedToken".to_owned(), ANY.into());
    }
    if let (Some(answer), Some(node)) = (answer.as_object_mut(), it.request.node) {
        answer.insert("NodeId".to_owned(), node.into());
    }
    answer
}
