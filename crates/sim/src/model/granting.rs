//! Operations on grants, as 4.12 to 4.17 and section 7 of the reference tell them.
//!
//! Where several things are wrong, the reference does not say which is told first: any of them may
//! be.

use serde_json::json;

use super::grant::{CAP, Grant, GrantVersion};
use super::license::are_sound;
use super::{ANY, Effect, Expected, License, Model, Prediction, Thing};
use crate::request::{GrantCall, Request, root_of};
use crate::world::ACCOUNTS;

const VALUE: &str = "InvalidParameterValueException";
const VALIDATION: &str = "ValidationException";
const DENIED: &str = "AuthorizationException";

/// Grants of a chain where the license does not say: to the buyer, and one hop (G13).
const DEPTH: usize = 2;

/// What may be wrong, and whether it is.
type Faults<'a> = &'a [(&'static str, bool)];

/// The answers of a request with these faults, or else what `right` says.
fn unless(faults: Faults<'_>, right: impl FnOnce() -> Prediction) -> Vec<Prediction> {
    let mut codes: Vec<_> = faults.iter().filter(|(_, is)| *is).map(|(code, _)| *code).collect();
    codes.sort_unstable();
    codes.dedup();
    if codes.is_empty() {
        return vec![right()];
    }
    codes.into_iter().map(|code| Expected::fault(code).into()).collect()
}

impl Model {
    /// An operation on grants.
    pub fn grant_call(&self, request: &Request, it: &GrantCall, now_ms: i64) -> Vec<Prediction> {
        if let Some(earlier) = self.earlier(request, now_ms, VALUE) {
            return vec![earlier];
        }
        let account = request.account;
        match it {
            GrantCall::Create { .. } => self.create_grant(request, it, now_ms),
            GrantCall::Amend { arn, .. } => self.amend_grant(account, arn, it, now_ms),
            GrantCall::Get { arn, version } => {
                vec![self.get_grant(account, arn, version.as_deref(), now_ms)]
            }
            GrantCall::Delete { arn, version, reason } => {
                self.change_grant(arn, now_ms, "DELETED", *reason, |grant, _| {
                    grant.granter == account && !grant.is_over() && grant.version() == *version
                })
            }
            GrantCall::Accept { arn } => {
                self.change_grant(arn, now_ms, "DISABLED", None, |grant, license| {
                    grant.grantee == account
                        && grant.status() == "PENDING_ACCEPT"
                        && license.deleted_at_ms.is_none()
                })
            }
            GrantCall::Reject { arn } => {
                self.change_grant(arn, now_ms, "REJECTED", None, |grant, _| {
                    grant.grantee == account && !grant.is_over()
                })
            }
        }
    }

    /// G10 to G22.
    fn create_grant(&self, request: &Request, it: &GrantCall, now_ms: i64) -> Vec<Prediction> {
        let GrantCall::Create { license, name, principal, home_region, operations, tags, .. } = it
        else {
            return Vec::new();
        };
        let account = request.account;
        let Some((index, license)) = self.visible(account, license, now_ms) else {
            return vec![Expected::fault(VALUE).into()];
        };
        let is_owner = license.account == account;
        let held = self.held_grant(account, index);
        let allowed = held.map(|(own, _)| self.allowed_at_last(own)).unwrap_or_default();
        let may_pass_on = is_owner
            || held.is_some_and(|(_, own)| own.is_accepted()) && allowed.contains(&"CreateGrant");
        let depth = self.chain(held.map(|(own, _)| own)).len() + 1;
        let is_within = |it: &&'static str| is_owner || allowed.contains(it);
        let status = license.status(now_ms);
        let is_home = request.region == license.home_region && *home_region == license.home_region;
        let grantee = ACCOUNTS.into_iter().find(|account| root_of(account) == *principal);
        let is_own = |grantee: &str| grantee == license.account || grantee == account;
        let is_second = |grantee: &str| self.held_grant(grantee, index).is_some();
        let faults = [
            (VALUE, grantee.is_none() || !are_sound(tags) || !are_caps(license, tags)),
            // To a former grantee, a deleted license is as unknown as it is deleted (G17).
            (VALUE, !is_owner && license.deleted_at_ms.is_some()),
            (VALIDATION, !is_home || status == "DELETED" || status == "EXPIRED"),
            (VALIDATION, grantee.is_some_and(|it| is_own(it) || is_second(it))),
            (DENIED, !may_pass_on),
            (VALIDATION, may_pass_on && !operations.iter().all(is_within)),
            (VALIDATION, is_too_deep(license, depth, operations)),
        ];
        unless(&faults, || {
            let version = GrantVersion {
                name: name.clone(),
                operations: operations.clone(),
                status: "PENDING_ACCEPT",
                reason: None,
            };
            let grant = Grant {
                arn: String::new(),
                license: index,
                parent: held.map(|(own, _)| own),
                granter: account,
                grantee: grantee.unwrap_or_default(),
                versions: vec![version],
                tags: tags.iter().cloned().collect(),
                ended_at_ms: None,
                tags_before: Vec::new(),
            };
            let answer = json!({"GrantArn": ANY, "Status": "PENDING_ACCEPT", "Version": "1"});
            Prediction::new(answer, Effect::Granted(Box::new(grant)))
        })
    }

    /// G30 to G34.
    fn amend_grant(
        &self,
        account: &str,
        arn: &str,
        it: &GrantCall,
        now_ms: i64,
    ) -> Vec<Prediction> {
        let GrantCall::Amend { name, operations, status, reason, source, .. } = it else {
            return Vec::new();
        };
        let Some((index, grant, license)) = self.find_grant(arn, now_ms) else {
            return vec![Expected::fault(VALUE).into()];
        };
        let (is_granter, is_grantee) = (grant.granter == account, grant.grantee == account);
        let reshapes = name.is_some() || operations.is_some();
        let depth = self.chain(Some(index)).len();
        let above = grant.parent.map(|parent| self.allowed_at_last(parent));
        let is_within = |operations: &Vec<&'static str>| {
            let all_above =
                above.as_ref().is_none_or(|above| operations.iter().all(|it| above.contains(it)));
            all_above && !is_too_deep(license, depth, operations)
        };
        let is_switch = |status: &str| {
            ["ACTIVE", "DISABLED"].contains(&status) && grant.is_accepted() && is_grantee
        };
        let faults = [
            // Whether a stranger is told that there is such a grant is not said.
            (VALUE, !is_granter && !is_grantee),
            (VALIDATION, !is_granter && (!is_grantee || reshapes)),
            (VALIDATION, grant.is_over() || license.deleted_at_ms.is_some()),
            (VALIDATION, source.as_ref().is_some_and(|source| *source != grant.version())),
            (VALIDATION, !operations.as_ref().is_none_or(is_within)),
            (VALIDATION, !status.is_none_or(is_switch)),
        ];
        unless(&faults, || {
            let kept = grant.moved(status.unwrap_or_else(|| grant.status()), None);
            let known = grant.versions.last().and_then(|version| version.reason.clone());
            let version = GrantVersion {
                name: name.clone().unwrap_or(kept.name),
                operations: operations.clone().unwrap_or(kept.operations),
                status: kept.status,
                reason: reason.map(str::to_owned).or(known),
            };
            changed(index, grant, version)
        })
    }

    /// 4.14.
    fn get_grant(
        &self,
        account: &str,
        arn: &str,
        version: Option<&str>,
        now_ms: i64,
    ) -> Prediction {
        let is_visible = |(_, grant, license): &(usize, &Grant, &License)| {
            [grant.granter, grant.grantee, license.account].contains(&account)
        };
        let found = self.find_grant(arn, now_ms).filter(is_visible);
        let view = found.and_then(|(_, grant, license)| {
            let mut places = 0..grant.versions.len();
            let place = match version {
                Some(version) => places.find(|place| (place + 1).to_string() == version),
                None => places.next_back(),
            };
            Some(self.view_grant(grant, license, place?))
        });
        match view {
            Some(view) => Prediction::new(json!({"Grant": view}), Effect::None),
            None => Expected::fault(VALUE).into(),
        }
    }

    /// What changes the status alone.
    fn change_grant(
        &self,
        arn: &str,
        now_ms: i64,
        status: &'static str,
        reason: Option<&'static str>,
        may: impl FnOnce(&Grant, &License) -> bool,
    ) -> Vec<Prediction> {
        let Some((index, grant, license)) = self.find_grant(arn, now_ms) else {
            return vec![Expected::fault(VALUE).into()];
        };
        let version = grant.moved(status, reason.map(str::to_owned));
        unless(&[(VALIDATION, !may(grant, license))], || changed(index, grant, version))
    }
}

fn changed(index: usize, grant: &Grant, version: GrantVersion) -> Prediction {
    let answer = json!({
        "GrantArn": grant.arn, "Status": version.status,
        "Version": (grant.versions.len() + 1).to_string(),
    });
    Prediction::new(answer, Effect::GrantChanged { grant: index, version: Box::new(version) })
}

/// G13, and the license metadata that opens more than one hop.
fn is_too_deep(license: &License, depth: usize, operations: &[&'static str]) -> bool {
    let said = license.terms().and_then(|terms| terms.depth);
    let most = said.and_then(|text| text.parse().ok()).unwrap_or(DEPTH);
    let is_last = depth == most;
    depth > most || is_last && operations.contains(&"CreateGrant")
}

/// Whether the tags that cap an entitlement name one, and a count.
pub fn are_caps(license: &License, tags: &[(String, String)]) -> bool {
    tags.iter().all(|(key, value)| {
        let Some(name) = key.strip_prefix(CAP) else { return true };
        let is_count = !value.is_empty() && value.chars().all(|digit| digit.is_ascii_digit());
        license.entitlement(name).is_some() && is_count && value.parse::<u64>().is_ok()
    })
}

impl Model {
    /// What carries tags and belongs to the account (TG4), with the license that it is or is of.
    pub fn tagged(&self, account: &str, arn: &str, now_ms: i64) -> Option<(Thing, &License)> {
        if let Some((index, grant, license)) = self.find_grant(arn, now_ms) {
            return (grant.granter == account).then_some((Thing::Grant(index), license));
        }
        let (index, license) = self.own(account, arn, now_ms)?;
        Some((Thing::License(index), license))
    }
}
