//! The model: a second, simpler license manager, written from the reference and sharing no code
//! with the server's decisions.
//!
//! It keeps every version and every check-out that ever was in plain lists, and works everything
//! out from them each time it is asked. It is slow, has no batches, no memory of sums and no
//! database, and so has none of the places where the server could go wrong.

mod borrow;
mod check_out;
mod consume;
mod grant;
mod granting;
mod history;
mod license;
mod predict;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use grant::{CAP, Grant, GrantVersion};
pub use history::{CheckOut, Count, License, Taken, Version};
pub use license::is_sound;
pub use predict::{ANY, Effect, Expected, Prediction, Thing};

use crate::calendar::MINUTE;
use crate::request::{Answer, Call, GrantCall, Request};

/// How long a request is answered again (W62).
pub const WINDOW: i64 = 10 * MINUTE;

/// An answer to be given again (W62).
#[derive(Clone, Debug)]
struct Remembered {
    request: Request,
    at_ms: i64,
    /// As it was read, or as it was predicted if it was lost on the way.
    answer: Value,
    thing: Thing,
}

/// Everything that has happened.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Licenses, in the order of creation.
    pub licenses: Vec<License>,
    /// Grants, in the order of creation.
    pub grants: Vec<Grant>,
    remembered: Vec<Remembered>,
    check_outs: u64,
}

impl Model {
    /// What a request may answer at `now_ms`, and what it then changes. There is one answer, but
    /// while the clock stands behind a time at which it stood before: then a license may be
    /// decided on at any of those times, as far as the server remembers them.
    pub fn predict(&self, request: &Request, now_ms: i64) -> Vec<Prediction> {
        if let Some(expected) = self.refused_at_the_door(request, now_ms) {
            return vec![expected.into()];
        }
        match &request.call {
            Call::CheckoutLicense(it) => self.check_out(request.account, it, now_ms),
            Call::CheckoutBorrowLicense { arn, it } => {
                self.borrow(request.account, arn, it, now_ms)
            }
            Call::ExtendLicenseConsumption { token, dry_run } => {
                self.extend(request.account, token, *dry_run == Some(true), now_ms)
            }
            Call::CheckInLicense { token, beneficiary } => {
                self.check_in(request.account, token, *beneficiary, now_ms)
            }
            Call::GetLicenseUsage { arn } => self.usage(request.account, arn, now_ms),
            Call::Grant(it) => self.grant_call(request, it, now_ms),
            _ => vec![self.administer(request, now_ms)],
        }
    }

    /// The answer of a request that never reaches the ledger's queue (C22), whatever happens to
    /// the batch that it would have been in.
    pub fn refused_at_the_door(&self, request: &Request, now_ms: i64) -> Option<Expected> {
        match &request.call {
            Call::CheckoutLicense(it) | Call::CheckoutBorrowLicense { it, .. } => {
                consume::refused_quantities(it)
            }
            Call::ExtendLicenseConsumption { token, .. } | Call::CheckInLicense { token, .. } => {
                let is_unknown = !consume::is_token(token);
                is_unknown.then(|| Expected::fault("ResourceNotFoundException"))
            }
            Call::GetLicenseUsage { arn } => {
                let is_unknown = self.visible(request.account, arn, now_ms).is_none();
                is_unknown.then(|| Expected::fault("InvalidParameterValueException"))
            }
            _ => None,
        }
    }

    /// Notes that a request may have looked at licenses at this time.
    pub fn look(&mut self, request: &Request, now_ms: i64) {
        for index in self.looked_at(request) {
            if let Some(license) = self.licenses.get_mut(index) {
                license.seen.insert(now_ms);
            }
        }
    }

    /// The licenses that a request may be decided on.
    pub fn looked_at(&self, request: &Request) -> Vec<usize> {
        match &request.call {
            Call::CheckoutLicense(it) => {
                let candidates = self.candidates(request.account, it).into_iter();
                candidates.map(|candidate| candidate.license).collect()
            }
            Call::ExtendLicenseConsumption { token, .. } | Call::CheckInLicense { token, .. } => {
                self.find_check_out(request.account, token)
                    .map(|found| found.0)
                    .into_iter()
                    .collect()
            }
            Call::CreateLicenseVersion { arn, .. }
            | Call::DeleteLicense { arn, .. }
            | Call::CheckoutBorrowLicense { arn, .. }
            | Call::GetLicenseUsage { arn } => {
                self.licenses.iter().position(|license| license.arn == *arn).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// The licenses that a request may change anything of.
    pub fn touched_by(&self, request: &Request) -> Vec<usize> {
        let known = |arn: &String| self.grants.iter().find(|grant| grant.arn == *arn);
        match &request.call {
            Call::Grant(GrantCall::Create { license, .. }) => {
                self.licenses.iter().position(|it| it.arn == *license).into_iter().collect()
            }
            Call::Grant(it) => {
                it.arn().and_then(known).map(|grant| grant.license).into_iter().collect()
            }
            Call::TagResource { arn, .. } | Call::UntagResource { arn, .. } => {
                known(arn).map(|grant| grant.license).into_iter().collect()
            }
            _ => self.looked_at(request),
        }
    }

    /// When a request with this client token last took effect, if it ever did.
    pub fn took_effect_at(&self, request: &Request) -> Option<i64> {
        match &request.call {
            Call::CheckoutLicense(it) | Call::CheckoutBorrowLicense { it, .. } => {
                let earlier = self.find_request(request.account, &it.client_token)?;
                Some(earlier.at_ms)
            }
            _ => self.find_remembered(request).map(|earlier| earlier.at_ms),
        }
    }

    /// Makes what was predicted happen. `answer` is what the client read, unless it was lost.
    pub fn apply(
        &mut self,
        request: &Request,
        now_ms: i64,
        prediction: Prediction,
        answer: Option<&Answer>,
    ) {
        self.look(request, now_ms);
        let text = |name: &str| {
            let text = answer.and_then(|answer| answer.body.get(name)).and_then(Value::as_str);
            text.map(str::to_owned)
        };
        match prediction.effect {
            Effect::None | Effect::Written => {}
            Effect::Created(mut license) => {
                license.arn = text("LicenseArn").unwrap_or_default();
                let thing = Thing::License(self.licenses.len());
                self.remember(request, now_ms, thing, &prediction.expected, answer);
                self.licenses.push(*license);
            }
            Effect::Amended { license, version } => {
                let thing = Thing::License(license);
                self.remember(request, now_ms, thing, &prediction.expected, answer);
                if let Some(license) = self.licenses.get_mut(license) {
                    license.known_ms = license.known_ms.max(version.from_ms);
                    license.versions.push(*version);
                }
            }
            Effect::Granted(mut grant) => {
                grant.arn = text("GrantArn").unwrap_or_default();
                let thing = Thing::Grant(self.grants.len());
                self.remember(request, now_ms, thing, &prediction.expected, answer);
                self.grants.push(*grant);
            }
            Effect::GrantChanged { grant, version } => {
                self.remember(request, now_ms, Thing::Grant(grant), &prediction.expected, answer);
                self.put_version(grant, *version, now_ms);
            }
            Effect::Repeated { thing } => self.learn_arn(thing, |name| text(name)),
            Effect::Deleted { license } => {
                if let Some(license) = self.licenses.get_mut(license) {
                    license.deleted_at_ms = Some(now_ms);
                }
                self.end_grants_of(license, now_ms);
            }
            Effect::Tagged { thing: Thing::License(license), tags } => {
                if let Some(license) = self.licenses.get_mut(license) {
                    license.tags = tags;
                }
            }
            Effect::Tagged { thing: Thing::Grant(grant), tags } => {
                if let Some(grant) = self.grants.get_mut(grant) {
                    grant.tag(tags);
                }
            }
            Effect::CheckedOut { license, check_out } => {
                self.check_outs += 1;
                let place = self.check_outs;
                let token = text("LicenseConsumptionToken");
                if let Some(license) = self.licenses.get_mut(license) {
                    license.known_ms = license.known_ms.max(check_out.issued_at_ms);
                    license.check_outs.push(CheckOut { place, token, ..*check_out });
                }
            }
            Effect::Borrowed { license, check_out } => {
                self.check_outs += 1;
                let place = self.check_outs;
                let token = text("LicenseConsumptionToken");
                // Without an answer it is not kept; the caller says what more has happened.
                let reserved_to_ms = check_out.reserved_to_ms.filter(|_| answer.is_none());
                if let Some(license) = self.licenses.get_mut(license) {
                    license.known_ms = license.known_ms.max(check_out.issued_at_ms);
                    let made = CheckOut { place, token, reserved_to_ms, ..*check_out };
                    license.check_outs.push(made);
                }
            }
            Effect::Kept { license, index } => {
                let is_kept = answer.is_some();
                self.change(license, index, |it| {
                    it.token = it.token.take().or_else(|| text("LicenseConsumptionToken"));
                    it.reserved_to_ms = it.reserved_to_ms.filter(|_| !is_kept);
                });
            }
            Effect::Reseated { license, index, check_out } => {
                self.check_outs += 1;
                let place = self.check_outs;
                let token = text("LicenseConsumptionToken");
                if let Some(license) = self.licenses.get_mut(license) {
                    license.known_ms = license.known_ms.max(check_out.issued_at_ms);
                }
                self.change(license, index, |it| it.become_another(*check_out, place, token));
            }
            Effect::Told { license, index } => {
                self.change(license, index, |it| {
                    it.token = it.token.take().or_else(|| text("LicenseConsumptionToken"));
                });
            }
            Effect::Extended { license, index, to_ms, at_ms } => {
                self.change(license, index, |it| it.extended = Some((to_ms, at_ms)));
            }
            Effect::CheckedIn { license, index, at_ms } => {
                self.change(license, index, |it| it.ended_at_ms = Some(at_ms));
            }
        }
    }

    /// What a borrow reserved is kept, though nobody was told.
    pub fn keep_unseen(&mut self, account: &str, it: &crate::request::CheckOut) {
        let Some(found) = self.find_request(account, &it.client_token).map(|it| it.found) else {
            return;
        };
        self.change(found.0, found.1, |it| it.reserved_to_ms = None);
    }

    /// An answer that is read at last tells the ARN of what the first one made.
    fn learn_arn(&mut self, thing: Thing, text: impl Fn(&str) -> Option<String>) {
        let (known, told) = match thing {
            Thing::License(index) => {
                (self.licenses.get_mut(index).map(|it| &mut it.arn), text("LicenseArn"))
            }
            Thing::Grant(index) => {
                (self.grants.get_mut(index).map(|it| &mut it.arn), text("GrantArn"))
            }
        };
        if let (Some(known), Some(told)) = (known, told) {
            *known = told;
        }
    }

    fn change(&mut self, license: usize, index: usize, change: impl FnOnce(&mut CheckOut)) {
        let license = self.licenses.get_mut(license);
        if let Some(it) = license.and_then(|license| license.check_outs.get_mut(index)) {
            change(it);
        }
    }

    fn remember(
        &mut self,
        request: &Request,
        at_ms: i64,
        thing: Thing,
        expected: &Expected,
        answer: Option<&Answer>,
    ) {
        let predicted = match expected {
            Expected::Success(body) => body.clone(),
            Expected::Fault { .. } => Value::Null,
        };
        let answer = answer.map_or(predicted, |answer| answer.body.clone());
        self.remembered.push(Remembered { request: request.clone(), at_ms, answer, thing });
    }

    fn find_remembered(&self, request: &Request) -> Option<&Remembered> {
        let named = |request: &Request| match &request.call {
            Call::CreateLicense { client_token, .. }
            | Call::CreateLicenseVersion { client_token, .. } => {
                Some((request.account, request.operation(), client_token.clone()))
            }
            Call::Grant(it) => {
                Some((request.account, request.operation(), it.client_token()?.clone()))
            }
            _ => None,
        };
        let name = named(request)?;
        self.remembered.iter().rev().find(|earlier| named(&earlier.request).as_ref() == Some(&name))
    }
}

/// Tags, by key.
pub type Tags = BTreeMap<String, String>;
/// Times at which something was looked at.
pub type Times = BTreeSet<i64>;
