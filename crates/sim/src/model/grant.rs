//! Grants, as sections 2.4, 3.2 and 7 of the reference tell them: what they are, and what follows
//! for those who hold them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{CheckOut, License, Model, Tags};
use crate::request::root_of;

/// A tag with this and an entitlement's name caps what is out through a grant.
pub const CAP: &str = "leasehold:cap/";

/// One version of a grant.
#[derive(Clone, Debug, PartialEq)]
pub struct GrantVersion {
    /// Name.
    pub name: String,
    /// What it allows by itself.
    pub operations: Vec<&'static str>,
    /// Where it stands.
    pub status: &'static str,
    /// Why.
    pub reason: Option<String>,
}

/// A grant.
#[derive(Clone, Debug)]
pub struct Grant {
    /// ARN.
    pub arn: String,
    /// Place of its license.
    pub license: usize,
    /// Place of the grant above.
    pub parent: Option<usize>,
    /// Who gave it.
    pub granter: &'static str,
    /// Who received it.
    pub grantee: &'static str,
    /// All versions.
    pub versions: Vec<GrantVersion>,
    /// Tags.
    pub tags: Tags,
    /// When it was rejected or deleted.
    pub ended_at_ms: Option<i64>,
    /// All tags that it ever had at once.
    pub tags_before: Vec<Tags>,
}

impl Grant {
    /// Where it stands.
    pub fn status(&self) -> &'static str {
        self.versions.last().map_or("", |version| version.status)
    }

    /// Number of the current version.
    pub fn version(&self) -> String {
        self.versions.len().to_string()
    }

    /// Whether nothing comes after its status.
    pub fn is_over(&self) -> bool {
        ["REJECTED", "DELETED"].contains(&self.status())
    }

    /// Whether its grantee has taken it (G13).
    pub fn is_accepted(&self) -> bool {
        ["ACTIVE", "DISABLED"].contains(&self.status())
    }

    /// What it allows by itself.
    pub fn operations(&self) -> &[&'static str] {
        self.versions.last().map_or(&[], |version| &version.operations)
    }

    /// The most units that may be out through it.
    pub fn cap(&self, name: &str) -> Option<u64> {
        cap_in(&self.tags, name)
    }

    /// The highest cap that it ever had; none if it once had none.
    pub fn most_cap(&self, name: &str) -> Option<u64> {
        let before = self.tags_before.iter().map(|tags| cap_in(tags, name));
        before.fold(self.cap(name), |most, cap| Some(most?.max(cap?)))
    }

    /// Other tags from now on.
    pub fn tag(&mut self, tags: Tags) {
        self.tags_before.push(std::mem::replace(&mut self.tags, tags));
    }

    /// The next version with another status.
    pub fn moved(&self, status: &'static str, reason: Option<String>) -> GrantVersion {
        let operations = self.operations().to_vec();
        let name = self.versions.last().map_or_else(String::new, |version| version.name.clone());
        GrantVersion { name, operations, status, reason }
    }
}

fn cap_in(tags: &Tags, name: &str) -> Option<u64> {
    tags.get(&format!("{CAP}{name}")).and_then(|cap| cap.parse().ok())
}

impl Model {
    /// A grant and all above it, the lowest first.
    pub fn chain(&self, grant: Option<usize>) -> Vec<usize> {
        let above = |index: &usize| self.grants.get(*index).and_then(|it| it.parent);
        std::iter::successors(grant, above).collect()
    }

    /// What a grant allows at last: what every grant on the way to the license allows (G39).
    pub fn allowed_at_last(&self, grant: usize) -> Vec<&'static str> {
        let chain = self.chain(Some(grant));
        let mut links = chain.iter().filter_map(|index| self.grants.get(*index));
        let own = links.next().map_or(Vec::new(), |it| it.operations().to_vec());
        links.fold(own, |mut left, link| {
            left.retain(|operation| link.operations().contains(operation));
            left
        })
    }

    /// Whether a grant can be used for check-outs and extensions: active, and nothing above it
    /// rejected or deleted (C2, G43).
    pub fn is_open(&self, grant: usize) -> bool {
        let is_over = |index: &usize| self.grants.get(*index).is_none_or(Grant::is_over);
        self.grants.get(grant).is_some_and(|it| it.status() == "ACTIVE")
            && !self.chain(Some(grant)).iter().any(is_over)
    }

    /// What is out through a grant and everything below it, `but` for one check-out.
    pub fn out_through(
        &self,
        grant: usize,
        (name, unit): (&str, &str),
        at_ms: i64,
        but: Option<usize>,
    ) -> u64 {
        let license = self.grants.get(grant).and_then(|it| self.licenses.get(it.license));
        let is_through = |index: usize, it: &CheckOut| {
            Some(index) != but && self.chain(it.grant).contains(&grant)
        };
        license.map_or(0, |license| license.count_some(name, unit, at_ms, is_through).consumed())
    }

    /// What is out through each grant of a license and everything below it.
    pub fn out_through_all(
        &self,
        license: usize,
        (name, unit): (&str, &str),
        at_ms: i64,
    ) -> BTreeMap<usize, u64> {
        let mut sums = BTreeMap::new();
        let Some(license) = self.licenses.get(license) else { return sums };
        for it in &license.check_outs {
            let units = license.units_out(it, name, unit, at_ms);
            for grant in self.chain(it.grant.filter(|_| units > 0)) {
                *sums.entry(grant).or_default() += units;
            }
        }
        sums
    }

    /// The grant with this ARN, unless its license is gone (L7).
    pub fn find_grant(&self, arn: &str, now_ms: i64) -> Option<(usize, &Grant, &License)> {
        let (index, grant) = self.grants.iter().enumerate().find(|(_, it)| it.arn == arn)?;
        let license = self.licenses.get(grant.license).filter(|it| !it.is_gone(now_ms))?;
        Some((index, grant, license))
    }

    /// An account's grant of a license that is not over; there is never a second (G22).
    pub fn held_grant(&self, account: &str, license: usize) -> Option<(usize, &Grant)> {
        self.grants
            .iter()
            .enumerate()
            .find(|(_, it)| it.license == license && it.grantee == account && !it.is_over())
    }

    /// Makes a version current. Where that ends the grant, all below it end too (G42).
    pub fn put_version(&mut self, grant: usize, version: GrantVersion, now_ms: i64) {
        if let Some(it) = self.grants.get_mut(grant) {
            it.versions.push(version);
            it.ended_at_ms = it.ended_at_ms.or_else(|| it.is_over().then_some(now_ms));
        }
        if !self.grants.get(grant).is_some_and(Grant::is_over) {
            return;
        }
        let is_below = |index: &usize| {
            let is_open = self.grants.get(*index).is_some_and(|it| !it.is_over());
            is_open && self.chain(Some(*index)).contains(&grant)
        };
        let below: Vec<_> = (0..self.grants.len()).filter(is_below).collect();
        self.withdraw(&below, now_ms);
    }

    /// All grants of a deleted license end with it (L32).
    pub fn end_grants_of(&mut self, license: usize, now_ms: i64) {
        let is_its = |index: &usize| {
            self.grants.get(*index).is_some_and(|it| it.license == license && !it.is_over())
        };
        let all: Vec<_> = (0..self.grants.len()).filter(is_its).collect();
        self.withdraw(&all, now_ms);
    }

    fn withdraw(&mut self, grants: &[usize], now_ms: i64) {
        for index in grants {
            let Some(it) = self.grants.get_mut(*index) else { continue };
            // Why is told in words of the server's own.
            let version = it.moved("DELETED", Some(super::ANY.to_owned()));
            it.versions.push(version);
            it.ended_at_ms = Some(now_ms);
        }
    }

    /// A version as answers show it (2.4).
    pub fn view_grant(&self, grant: &Grant, license: &License, version: usize) -> Value {
        let Some(it) = grant.versions.get(version) else { return Value::Null };
        let parent = grant.parent.and_then(|parent| self.grants.get(parent));
        let mut view = json!({
            "GrantArn": grant.arn,
            "GrantName": it.name,
            "ParentArn": parent.map_or(&license.arn, |parent| &parent.arn),
            "LicenseArn": license.arn,
            "GranteePrincipalArn": root_of(grant.grantee),
            "HomeRegion": license.home_region,
            "GrantStatus": it.status,
            "Version": (version + 1).to_string(),
            "GrantedOperations": it.operations,
        });
        if let (Some(view), Some(reason)) = (view.as_object_mut(), &it.reason) {
            view.insert("StatusReason".to_owned(), reason.as_str().into());
        }
        view
    }
}
