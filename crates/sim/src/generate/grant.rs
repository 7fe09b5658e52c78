//! Requests about grants: mostly the next sensible thing, sometimes wrong in one way.

use super::terms::NAMES;
use super::{AWAY, Generator, NOBODYS};
use crate::model::{CAP, Grant, License};
use crate::request::{Call, GrantCall, OPERATIONS, Request, root_of};
use crate::world::{ACCOUNTS, HOME, SELLERS};

/// What a reason says.
const REASONS: [Option<&str>; 3] = [None, None, Some("because")];

impl<'a> Generator<'a> {
    /// Something about grants.
    pub fn change_grants(&mut self) -> Option<Request> {
        match self.random.below(10) {
            0..=3 => self.create_grant(),
            _ => self.change_grant(),
        }
    }

    /// A grant of one of the licenses, most likely one that is not over.
    pub fn grant(&mut self) -> Option<&'a Grant> {
        let model = self.model;
        let open: Vec<_> = model.grants.iter().filter(|grant| !grant.is_over()).collect();
        if open.is_empty() || self.random.percent(8) {
            return self.random.pick(&model.grants);
        }
        self.random.pick(&open).copied()
    }

    /// CreateGrant, by the license's owner or by one who received it.
    fn create_grant(&mut self) -> Option<Request> {
        let license = self.license()?;
        let model = self.model;
        let is_any = self.random.percent(5);
        let received = model.grants.iter().filter(|grant| {
            let is_its = model.licenses.get(grant.license).is_some_and(|it| it.arn == license.arn);
            is_its && (is_any || !grant.is_over())
        });
        let holders: Vec<_> = received.map(|grant| grant.grantee).collect();
        let deep = self.random.percent(55);
        let account = self.random.pick(&holders).copied().filter(|_| deep);
        let account = account.unwrap_or_else(|| self.caller(license.account));
        let mut grantee = root_of(self.random.one_of(ACCOUNTS));
        let mut operations = self.operations();
        let mut home_region = license.home_region;
        let mut region = license.home_region;
        match self.random.below(60) {
            0 => region = self.random.one_of([HOME, AWAY]),
            1 => home_region = self.random.one_of([HOME, AWAY]),
            2 => grantee = "arn:aws:iam::111122223333:user/somebody".to_owned(),
            3 => grantee = "arn:aws:iam::1111:root".to_owned(),
            4 => operations = vec!["CreateToken"],
            _ => {}
        }
        let call = GrantCall::Create {
            license: self.arn_of(license),
            name: format!("Grant {}", self.random.below(100)),
            principal: grantee,
            home_region,
            operations,
            tags: self.caps(license),
            client_token: self.client_token(),
        };
        Some(Request { account, region, call: Call::Grant(call) })
    }

    /// Most operations, with the right to pass the license on or without.
    fn operations(&mut self) -> Vec<&'static str> {
        let passes_on = self.random.percent(60);
        let mut all = OPERATIONS.to_vec();
        all.retain(|it| (*it != "CreateGrant" || passes_on) && !self.random.percent(6));
        if all.is_empty() { vec!["CheckoutLicense"] } else { all }
    }

    /// Tags that cap entitlements of the license, now and then a wrong one.
    pub fn caps(&mut self, license: &License) -> Vec<(String, String)> {
        let mut tags = Vec::new();
        let names = license.terms().map_or(&[][..], |terms| &terms.entitlements);
        for it in names {
            if self.random.percent(40) {
                tags.push((format!("{CAP}{}", it.name), self.random.between(0, 9).to_string()));
            }
        }
        if self.random.percent(3) {
            let wrong = self.random.one_of(["-1", "1.5", "", "many", "18446744073709551616"]);
            let name = self.random.one_of(NAMES).0;
            tags.retain(|(key, _)| *key != format!("{CAP}{name}"));
            tags.push((format!("{CAP}{name}"), wrong.to_owned()));
        }
        if self.random.percent(10) {
            tags.push(("cost".to_owned(), "7".to_owned()));
        }
        tags
    }

    /// Other tags for a grant, or a look at them.
    pub fn change_caps(&mut self) -> Option<Request> {
        let grant = self.grant()?;
        let license = self.model.licenses.get(grant.license)?;
        let account = if self.random.percent(5) { grant.grantee } else { grant.granter };
        let (arn, tags) = (grant.arn.clone(), self.caps(license));
        let call = match self.random.below(4) {
            0 => Call::ListTagsForResource { arn },
            1 => Call::UntagResource { arn, keys: tags.into_iter().map(|(key, _)| key).collect() },
            _ => Call::TagResource { arn, tags },
        };
        Some(Request { account, region: HOME, call })
    }

    /// What is asked of a grant that there is.
    fn change_grant(&mut self) -> Option<Request> {
        let grant = self.grant()?;
        let arn = if self.random.percent(2) { nobodys() } else { grant.arn.clone() };
        let (granter, grantee) = (grant.granter, grant.grantee);
        let next = match (grant.status(), self.random.below(20)) {
            (_, 0..=1) => return self.get_grant(grant),
            (_, 2) => return self.delete_grant(grant, arn),
            (_, 3..=5) => return self.reshape(grant, arn),
            (_, 6) => (grantee, GrantCall::Reject { arn }),
            ("PENDING_ACCEPT", 7..=18) | (_, 7) => (grantee, GrantCall::Accept { arn }),
            (status, low) => {
                let stays = low == 8;
                let is_active = (status == "ACTIVE") == stays;
                let status = match (is_active, self.random.percent(4)) {
                    (_, true) => self.random.one_of(["REJECTED", "PENDING_ACCEPT", "DELETED"]),
                    (true, _) => "ACTIVE",
                    _ => "DISABLED",
                };
                (grantee, self.amend(grant, arn, (None, None), Some(status)))
            }
        };
        let (account, call) = next;
        let stranger = self.random.one_of([granter, SELLERS[0], SELLERS[1]]);
        let account = if self.random.percent(6) { stranger } else { account };
        let region = self.random.one_of([HOME, AWAY]);
        Some(Request { account, region, call: Call::Grant(call) })
    }

    /// The grant with another status, by its grantee.
    pub fn switch(&mut self, grant: &Grant, status: &'static str) -> Request {
        let call = self.amend(grant, grant.arn.clone(), (None, None), Some(status));
        Request { account: grant.grantee, region: HOME, call: Call::Grant(call) }
    }

    fn amend(
        &mut self,
        grant: &Grant,
        arn: String,
        (name, operations): (Option<String>, Option<Vec<&'static str>>),
        status: Option<&'static str>,
    ) -> GrantCall {
        let source = match self.random.below(20) {
            0 => Some("99".to_owned()),
            1..=7 => Some(grant.version()),
            _ => None,
        };
        let reason = self.random.one_of(REASONS);
        let client_token = self.client_token();
        GrantCall::Amend { arn, name, operations, status, reason, source, client_token }
    }

    /// CreateGrantVersion by the granter: another name, or other operations.
    pub fn reshape(&mut self, grant: &Grant, arn: String) -> Option<Request> {
        let name = Some(format!("Grant {}", self.random.below(100)));
        let name = name.filter(|_| self.random.percent(40));
        let operations = match self.random.below(4) {
            0 => None,
            1 => Some(self.operations()),
            2 => Some(OPERATIONS.to_vec()),
            _ => {
                let mut fewer = grant.operations().to_vec();
                let place = self.random.below(u64::try_from(fewer.len()).unwrap_or(0));
                fewer.remove(usize::try_from(place).unwrap_or(0));
                Some(fewer).filter(|fewer| !fewer.is_empty())
            }
        };
        let account = if self.random.percent(5) { grant.grantee } else { grant.granter };
        let call = self.amend(grant, arn, (name, operations), None);
        Some(Request { account, region: HOME, call: Call::Grant(call) })
    }

    /// DeleteGrant, mostly of the right version.
    pub fn delete_grant(&mut self, grant: &Grant, arn: String) -> Option<Request> {
        let version = if self.random.percent(85) { grant.version() } else { "77".to_owned() };
        let account = if self.random.percent(6) { grant.grantee } else { grant.granter };
        let reason = self.random.one_of(REASONS);
        let call = Call::Grant(GrantCall::Delete { arn, version, reason });
        Some(Request { account, region: HOME, call })
    }

    /// GetGrant, by one of those who may or by anybody.
    fn get_grant(&mut self, grant: &Grant) -> Option<Request> {
        let account = self.random.one_of([grant.granter, grant.grantee, SELLERS[0], SELLERS[1]]);
        let high = i64::try_from(grant.versions.len()).unwrap_or(i64::MAX);
        let version = self.random.between(0, high + 1).to_string();
        let version = Some(version).filter(|_| self.random.percent(50));
        let call = Call::Grant(GrantCall::Get { arn: grant.arn.clone(), version });
        Some(Request { account, region: HOME, call })
    }
}

/// An ARN that no grant has.
fn nobodys() -> String {
    NOBODYS.replace("license:l-", "grant:g-")
}
