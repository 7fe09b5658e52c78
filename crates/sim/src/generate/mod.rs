//! Requests that clients might send: mostly sensible, sometimes wrong in one way.

mod chain;
mod consume;
mod grant;
mod terms;

use crate::calendar::{DAY, MINUTE, plus_months};
use crate::history::Scenario;
use crate::model::{License, Model};
use crate::random::Random;
use crate::request::{Call, Request};
use crate::world::{ACCOUNTS, HOME, SELLERS};

/// Products.
const SKUS: [&str; 2] = ["alpha: one", "beta"];
/// For whom licenses are.
const BENEFICIARIES: [&str; 2] = ["buyer", "somebody else"];
/// The Region of a license that is not at home in [`HOME`], and of a lost client.
const AWAY: &str = "eu-west-1";
/// An ARN that no license has.
const NOBODYS: &str =
    "arn:aws:license-manager::111122223333:license:l-00000000000000000000000000000000";

/// Draws requests that fit what has happened.
pub struct Generator<'a> {
    /// Chance.
    pub random: &'a mut Random,
    /// What has happened.
    pub model: &'a Model,
    /// Now.
    pub now_ms: i64,
    /// Numbers client tokens.
    pub tokens: &'a mut u64,
    /// What the history is about.
    pub scenario: Scenario,
}

impl<'a> Generator<'a> {
    fn client_token(&mut self) -> String {
        *self.tokens += 1;
        format!("client-token-{}", self.tokens)
    }

    /// One of the licenses, most likely one that is not deleted.
    fn license(&mut self) -> Option<&'a License> {
        let model = self.model;
        let live: Vec<_> =
            model.licenses.iter().filter(|license| license.deleted_at_ms.is_none()).collect();
        if live.is_empty() || self.random.percent(6) {
            return self.random.pick(&model.licenses);
        }
        self.random.pick(&live).copied()
    }

    /// Who calls about a license: its owner, or rarely somebody else.
    fn caller(&mut self, owner: &'static str) -> &'static str {
        if self.random.percent(4) { self.random.one_of(ACCOUNTS) } else { owner }
    }

    /// Who reads a license: mostly its owner, often somebody who may have received it.
    fn reader(&mut self, owner: &'static str) -> &'static str {
        if self.random.percent(25) { self.random.one_of(ACCOUNTS) } else { owner }
    }

    /// The Region of a call about a license: its home, or rarely another.
    fn region(&mut self, home: &'static str) -> &'static str {
        let other = if home == HOME { AWAY } else { HOME };
        if self.random.percent(3) { other } else { home }
    }

    /// CreateLicense.
    pub fn create_license(&mut self) -> Request {
        let home_region = if self.random.percent(10) { AWAY } else { HOME };
        let mut terms = self.new_terms();
        let mut region = home_region;
        let mut tags = self.tags();
        match self.random.below(100) {
            0..=2 => region = self.region(home_region),
            3..=9 => self.spoil_terms(&mut terms),
            10..=11 => tags.push(("aws:reserved".to_owned(), String::new())),
            12 => tags = vec![("twice".to_owned(), String::new()); 2],
            _ => {}
        }
        let call = Call::CreateLicense {
            sku: self.random.one_of(SKUS),
            beneficiary: self.random.one_of(BENEFICIARIES),
            home_region,
            terms,
            tags,
            client_token: self.client_token(),
        };
        let account = if self.random.percent(65) { SELLERS[0] } else { SELLERS[1] };
        Request { account, region, call }
    }

    /// CreateLicenseVersion.
    pub fn create_license_version(&mut self) -> Option<Request> {
        let license = self.license()?;
        let account = self.caller(license.account);
        let mut region = license.home_region;
        let mut home_region = license.home_region;
        let mut terms = self.next_terms(license)?;
        let mut status = match self.random.below(20) {
            0 => "DEACTIVATED",
            1 => "SUSPENDED",
            _ => "AVAILABLE",
        };
        let mut source = Some(license.version()).filter(|_| self.random.percent(80));
        match self.random.below(100) {
            0..=2 => region = self.region(home_region),
            3 => home_region = if home_region == HOME { AWAY } else { HOME },
            4..=8 => source = Some(self.random.one_of(["0", "1", "x", "99"]).to_owned()),
            9..=12 => self.spoil_terms(&mut terms),
            13..=14 => status = self.random.one_of(["EXPIRED", "DELETED", "PENDING_DELETE"]),
            _ => {}
        }
        let client_token = self.client_token();
        let arn = self.arn_of(license);
        let call =
            Call::CreateLicenseVersion { arn, home_region, source, status, terms, client_token };
        Some(Request { account, region, call })
    }

    /// The license's ARN, or rarely one that nobody has.
    fn arn_of(&mut self, license: &License) -> String {
        if self.random.percent(2) { NOBODYS.to_owned() } else { license.arn.clone() }
    }

    /// DeleteLicense.
    pub fn delete_license(&mut self) -> Option<Request> {
        let license = self.license()?;
        let account = self.caller(license.account);
        let region = self.region(license.home_region);
        let source = if self.random.percent(90) { license.version() } else { "77".to_owned() };
        let arn = self.arn_of(license);
        Some(Request { account, region, call: Call::DeleteLicense { arn, source } })
    }

    /// Something that reads one license.
    pub fn read_license(&mut self) -> Option<Request> {
        let license = self.license()?;
        let account = self.reader(license.account);
        let region = self.random.one_of([HOME, AWAY]);
        let arn = self.arn_of(license);
        let call = match self.random.below(8) {
            0..=2 => Call::GetLicenseUsage { arn },
            3 => Call::ListLicenseVersions { arn },
            4 => Call::ListTagsForResource { arn },
            5 => Call::GetLicense { arn, version: None },
            _ => {
                let high = i64::try_from(license.versions.len()).unwrap_or(i64::MAX);
                let version = self.random.between(0, high + 1).to_string();
                Call::GetLicense { arn, version: Some(version) }
            }
        };
        Some(Request { account, region, call })
    }

    /// The first page of ListLicenses.
    pub fn list_licenses(&mut self) -> Request {
        let sku = Some(self.random.one_of(SKUS)).filter(|_| self.random.percent(30));
        let statuses = ["AVAILABLE", "DEACTIVATED", "SUSPENDED", "EXPIRED", "DELETED"];
        let status = Some(self.random.one_of(statuses)).filter(|_| self.random.percent(40));
        let size = self.random.one_of([1, 2, 3, 5, 10, 100]);
        let call = Call::ListLicenses { sku, status, size, seen: 0, next: None };
        let account = self.random.one_of([SELLERS[0], SELLERS[0], SELLERS[1], ACCOUNTS[2]]);
        Request { account, region: HOME, call }
    }

    /// TagResource or UntagResource, of a license or a grant.
    pub fn change_tags(&mut self) -> Option<Request> {
        if self.random.percent(50)
            && let Some(request) = self.change_caps()
        {
            return Some(request);
        }
        let license = self.license()?;
        let account = self.caller(license.account);
        let arn = self.arn_of(license);
        let call = if self.random.percent(40) {
            let keys = self.tags().into_iter().map(|(key, _)| key).collect();
            Call::UntagResource { arn, keys }
        } else {
            Call::TagResource { arn, tags: self.tags() }
        };
        Some(Request { account, region: HOME, call })
    }

    /// Some tags, each key once.
    fn tags(&mut self) -> Vec<(String, String)> {
        let mut tags = Vec::new();
        for key in ["cost", "owner", "team"] {
            if self.random.percent(30) {
                tags.push((key.to_owned(), self.random.below(10).to_string()));
            }
        }
        tags
    }

    /// An instant at which something changes by itself, or a moment before or after it.
    pub fn turning_point(&mut self) -> Option<i64> {
        let license = self.license()?;
        let terms = license.terms()?;
        let mut instants: Vec<i64> = [Some(&terms.begin), terms.end.as_ref()]
            .into_iter()
            .flatten()
            .map(|it| it.at_ms)
            .collect();
        for it in license.check_outs.iter().rev().take(40) {
            instants.push(it.issued_at_ms + 10 * MINUTE);
            instants.extend(Some(it.expiration_ms()).filter(|_| !it.is_perpetual()));
        }
        instants.extend(license.deleted_at_ms.map(|at_ms| plus_months(at_ms, 6)));
        for number in 1..30 {
            match terms.renew {
                Some("Weekly") => instants.push(terms.begin.at_ms + number * 7 * DAY),
                Some("Monthly") => {
                    instants.push(plus_months(terms.begin.at_ms, number));
                }
                _ => break,
            }
        }
        instants.retain(|at_ms| *at_ms > self.now_ms);
        instants.sort_unstable();
        instants.truncate(4);
        let at_ms = *self.random.pick(&instants)?;
        Some(at_ms + self.random.one_of([-1, 0, 0, 1]))
    }
}
