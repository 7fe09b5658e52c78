//! Licenses, their versions and tags, as sections 4.1 to 4.6 and 4.27 to 4.29 of the reference tell
//! them.

use serde_json::{Value, json};

use super::granting::are_caps;
use super::{
    ANY, Effect, Expected, Grant, License, Model, Prediction, Tags, Thing, Version, WINDOW,
};
use crate::calendar;
use crate::request::{Call, Request, Terms, pairs};

const VALUE: &str = "InvalidParameterValueException";
const VALIDATION: &str = "ValidationException";
const CONFLICT: &str = "ConflictException";
const REDIRECT: &str = "RedirectException";

/// Elements of a page when the request does not say (W51).
const PAGE: usize = 100;

impl Model {
    /// A license of the account's (L7).
    pub fn own(&self, account: &str, arn: &str, now_ms: i64) -> Option<(usize, &License)> {
        let found = self.visible(account, arn, now_ms);
        found.filter(|(_, license)| license.account == account)
    }

    /// A license that the account may read, its own or by a grant (L7, L41).
    pub fn visible(&self, account: &str, arn: &str, now_ms: i64) -> Option<(usize, &License)> {
        self.licenses.iter().enumerate().find(|(index, license)| {
            let ended_with = |grant: &Grant| {
                grant.status() == "DELETED" && grant.ended_at_ms == license.deleted_at_ms
            };
            let has_grant = |grant: &Grant| {
                grant.license == *index
                    && grant.grantee == account
                    && (!grant.is_over() || ended_with(grant))
            };
            let may_read = license.account == account || self.grants.iter().any(has_grant);
            license.arn == arn && may_read && !license.is_gone(now_ms)
        })
    }

    /// Everything but consumption and usage.
    pub fn administer(&self, request: &Request, now_ms: i64) -> Prediction {
        let account = request.account;
        let answer = match &request.call {
            Call::CreateLicense { .. } => {
                let code = VALUE;
                self.once(request, now_ms, code, || self.create(request, now_ms))
            }
            Call::CreateLicenseVersion { .. } => {
                self.once(request, now_ms, VALIDATION, || self.amend(request, now_ms))
            }
            Call::DeleteLicense { arn, source } => self.delete(request, arn, source, now_ms),
            Call::GetLicense { arn, version } => self.get(account, arn, version.as_deref(), now_ms),
            Call::ListLicenses { sku, status, size, seen, .. } => {
                Ok(self.list(account, (*sku, *status), (*size, *seen), now_ms))
            }
            Call::ListLicenseVersions { arn } => self.list_versions(account, arn, now_ms),
            Call::TagResource { arn, tags } => self.tag(account, arn, tags, now_ms),
            Call::UntagResource { arn, keys } => self.untag(account, arn, keys, now_ms),
            Call::ListTagsForResource { arn } => self.list_tags(account, arn, now_ms),
            Call::GetLicenseUsage { .. }
            | Call::CheckoutLicense(_)
            | Call::CheckoutBorrowLicense { .. }
            | Call::ExtendLicenseConsumption { .. }
            | Call::CheckInLicense { .. }
            | Call::Grant(_) => Err(""),
        };
        answer.unwrap_or_else(|code| Expected::fault(code).into())
    }

    /// W62, W63: what was answered before, or what `act` answers.
    fn once(
        &self,
        request: &Request,
        now_ms: i64,
        mismatch: &'static str,
        act: impl FnOnce() -> Result<Prediction, &'static str>,
    ) -> Result<Prediction, &'static str> {
        self.earlier(request, now_ms, mismatch).map_or_else(act, Ok)
    }

    /// What was answered before to the same client token.
    pub fn earlier(
        &self,
        request: &Request,
        now_ms: i64,
        mismatch: &'static str,
    ) -> Option<Prediction> {
        let earlier = self.find_remembered(request)?;
        if now_ms - earlier.at_ms >= WINDOW {
            return None;
        }
        if earlier.request.call != request.call {
            return Some(Expected::fault(mismatch).into());
        }
        let effect = Effect::Repeated { thing: earlier.thing };
        Some(Prediction::new(earlier.answer.clone(), effect))
    }

    fn create(&self, request: &Request, now_ms: i64) -> Result<Prediction, &'static str> {
        let Call::CreateLicense { sku, beneficiary, home_region, terms, tags, .. } = &request.call
        else {
            return Err("");
        };
        if request.region != *home_region {
            return Err(REDIRECT);
        }
        if !is_sound(terms) || !are_sound(tags) {
            return Err(VALUE);
        }
        let version = Version { from_ms: now_ms, terms: terms.clone(), status: "AVAILABLE" };
        let status = License::status_of(&version, now_ms);
        let license = License {
            arn: String::new(),
            account: request.account,
            sku,
            beneficiary,
            home_region,
            created_at_ms: now_ms,
            deleted_at_ms: None,
            versions: vec![version],
            check_outs: Vec::new(),
            tags: tags.iter().cloned().collect(),
            known_ms: now_ms,
            seen: [now_ms].into(),
        };
        let answer = json!({"LicenseArn": ANY, "Status": status, "Version": "1"});
        Ok(Prediction::new(answer, Effect::Created(Box::new(license))))
    }

    /// L20 to L28.
    fn amend(&self, request: &Request, now_ms: i64) -> Result<Prediction, &'static str> {
        let Call::CreateLicenseVersion { arn, home_region, source, status, terms, .. } =
            &request.call
        else {
            return Err("");
        };
        let found = self.own(request.account, arn, now_ms);
        let (index, license) = found.ok_or("ResourceNotFoundException")?;
        if request.region != license.home_region {
            return Err(REDIRECT);
        }
        if license.deleted_at_ms.is_some() || *home_region != license.home_region {
            return Err(VALIDATION);
        }
        if source.as_ref().is_some_and(|source| *source != license.version()) {
            return Err(CONFLICT);
        }
        if !["AVAILABLE", "DEACTIVATED", "SUSPENDED"].contains(status) || !is_sound(terms) {
            return Err(VALIDATION);
        }
        let from_ms = now_ms.max(license.known_ms);
        let version = Version { from_ms, terms: terms.clone(), status };
        let answer = json!({
            "LicenseArn": arn,
            "Version": (license.versions.len() + 1).to_string(),
            "Status": License::status_of(&version, now_ms),
        });
        let effect = Effect::Amended { license: index, version: Box::new(version) };
        Ok(Prediction::new(answer, effect))
    }

    /// L30 to L34.
    fn delete(
        &self,
        request: &Request,
        arn: &str,
        source: &str,
        now_ms: i64,
    ) -> Result<Prediction, &'static str> {
        let (index, license) = self.own(request.account, arn, now_ms).ok_or(VALUE)?;
        if request.region != license.home_region {
            return Err(REDIRECT);
        }
        if license.deleted_at_ms.is_some() {
            return Err(VALUE);
        }
        let at_ms = now_ms.max(license.known_ms);
        let is_held = license.check_outs.iter().any(|it| it.is_holding(at_ms));
        if source != license.version() || is_held {
            return Err(CONFLICT);
        }
        let answer = json!({"Status": "DELETED", "DeletionDate": calendar::text_zulu(now_ms)});
        Ok(Prediction::new(answer, Effect::Deleted { license: index }))
    }

    /// L40 to L42.
    fn get(
        &self,
        account: &str,
        arn: &str,
        version: Option<&str>,
        now_ms: i64,
    ) -> Result<Prediction, &'static str> {
        let (_, license) = self.visible(account, arn, now_ms).ok_or(VALUE)?;
        let current = license.versions.len();
        let number = match version {
            None => current,
            Some(text) => (1..=current).find(|number| number.to_string() == text).ok_or(VALUE)?,
        };
        Ok(Prediction::new(json!({"License": shown(license, number - 1, now_ms)}), Effect::None))
    }

    /// 4.5.
    fn list(
        &self,
        account: &str,
        (sku, status): (Option<&str>, Option<&str>),
        (size, seen): (usize, usize),
        now_ms: i64,
    ) -> Prediction {
        let wanted = |license: &License| {
            license.account == account
                && !license.is_gone(now_ms)
                && sku.is_none_or(|sku| sku == license.sku)
                && status.is_none_or(|status| status == license.status(now_ms))
        };
        let mut found: Vec<_> = self.licenses.iter().filter(|license| wanted(license)).collect();
        found.sort_by_key(|license| license.created_at_ms);
        let rest = found.len().saturating_sub(seen);
        let page = found.into_iter().skip(seen).take(size);
        let shown = page.map(|license| shown(license, license.versions.len() - 1, now_ms));
        Prediction::new(paged(&shown.collect::<Vec<_>>(), rest > size), Effect::None)
    }

    /// 4.6.
    fn list_versions(
        &self,
        account: &str,
        arn: &str,
        now_ms: i64,
    ) -> Result<Prediction, &'static str> {
        let (_, license) = self.visible(account, arn, now_ms).ok_or(VALUE)?;
        let all = 0..license.versions.len();
        let has_more = all.len() > PAGE;
        let page = all.take(PAGE).map(|place| shown(license, place, now_ms));
        Ok(Prediction::new(paged(&page.collect::<Vec<_>>(), has_more), Effect::None))
    }

    /// TG2, TG3.
    fn tag(
        &self,
        account: &str,
        arn: &str,
        new: &[(String, String)],
        now_ms: i64,
    ) -> Result<Prediction, &'static str> {
        if !are_sound(new) {
            return Err(VALUE);
        }
        let (thing, mut tags) = self.own_tags(account, arn, now_ms)?;
        if let Some((Thing::Grant(_), license)) = self.tagged(account, arn, now_ms)
            && !are_caps(license, new)
        {
            return Err(VALUE);
        }
        tags.extend(new.iter().cloned());
        if tags.len() > 50 {
            return Err(VALUE);
        }
        Ok(Prediction::new(json!({}), Effect::Tagged { thing, tags }))
    }

    fn untag(
        &self,
        account: &str,
        arn: &str,
        keys: &[String],
        now_ms: i64,
    ) -> Result<Prediction, &'static str> {
        let (thing, mut tags) = self.own_tags(account, arn, now_ms)?;
        tags.retain(|key, _| !keys.contains(key));
        Ok(Prediction::new(json!({}), Effect::Tagged { thing, tags }))
    }

    /// The tags of a license or grant that the account may change (TG4, L7).
    fn own_tags(
        &self,
        account: &str,
        arn: &str,
        now_ms: i64,
    ) -> Result<(Thing, Tags), &'static str> {
        let (thing, license) = self.tagged(account, arn, now_ms).ok_or(VALUE)?;
        match license.deleted_at_ms {
            Some(_) => Err(VALIDATION),
            None => Ok((thing, self.tags_of(thing))),
        }
    }

    fn tags_of(&self, thing: Thing) -> Tags {
        let tags = match thing {
            Thing::License(index) => self.licenses.get(index).map(|it| &it.tags),
            Thing::Grant(index) => self.grants.get(index).map(|it| &it.tags),
        };
        tags.cloned().unwrap_or_default()
    }

    fn list_tags(&self, account: &str, arn: &str, now_ms: i64) -> Result<Prediction, &'static str> {
        let (thing, _) = self.tagged(account, arn, now_ms).ok_or(VALUE)?;
        let tags: Vec<_> = self.tags_of(thing).into_iter().collect();
        Ok(Prediction::new(json!({"Tags": pairs(&tags)}), Effect::None))
    }
}

/// A version with the status that it shows; that the license is deleted shows on the last only.
fn shown(license: &License, place: usize, now_ms: i64) -> Value {
    let is_current = place + 1 == license.versions.len();
    let status = match license.versions.get(place) {
        Some(version) if !is_current => License::status_of(version, now_ms),
        _ => license.status(now_ms),
    };
    license.view(place, status)
}

fn paged(licenses: &[Value], has_more: bool) -> Value {
    match has_more {
        true => json!({"Licenses": licenses, "NextToken": ANY}),
        false => json!({"Licenses": licenses}),
    }
}

/// D2, D3, D12, Begin before End, a grant-depth from 1 to 16, and limits of borrows that are some.
pub fn is_sound(terms: &Terms) -> bool {
    let mut names: Vec<_> = terms.entitlements.iter().map(|it| it.name).collect();
    names.sort_unstable();
    names.dedup();
    names.len() == terms.entitlements.len()
        && terms.end.as_ref().is_none_or(|end| end.at_ms > terms.begin.at_ms)
        && terms.provisional_minutes.is_none_or(|minutes| minutes >= 1)
        && terms.lending.is_none_or(|lending| lending.minutes >= 1)
        && terms.lending.and_then(|it| it.units_max).is_none_or(|text| text.parse::<u64>().is_ok())
        && terms.lending.and_then(|it| it.days_max).is_none_or(|text| text != "0")
        && terms.depth.is_none_or(|text| matches!(text.parse(), Ok(1..=16)))
        && terms.entitlements.iter().all(|it| match it.is_counted() {
            true => it.max_count.is_some_and(|count| count >= 0) && it.value.is_none(),
            false => it.max_count.is_none(),
        })
}

/// TG3.
pub fn are_sound(tags: &[(String, String)]) -> bool {
    let mut keys: Vec<_> = tags.iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.len() == tags.len()
        && keys.len() <= 50
        && tags.iter().all(|(key, value)| {
            let length = key.chars().count();
            (1..=128).contains(&length)
                && value.chars().count() <= 256
                && !key.to_lowercase().starts_with("aws:")
        })
}
