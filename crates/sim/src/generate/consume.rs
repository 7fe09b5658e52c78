//! Check-outs, extensions and check-ins.

use super::terms::NAMES;
use super::{AWAY, BENEFICIARIES, Generator, SKUS};
use crate::history::Scenario;
use crate::model::{Grant, License};
use crate::request::{Asked, Call, CheckOut, Entitlement, Request, Terms};
use crate::world::{ACCOUNTS, HOME};

/// Where software runs.
const NODES: [&str; 3] = ["node-1", "node-1", "node-2"];

impl<'a> Generator<'a> {
    /// Something of the ledger's.
    pub fn consume(&mut self) -> Option<Request> {
        match self.random.below(10) {
            0..=5 => self.check_out(),
            6..=7 => self.extend(),
            _ => self.check_in(),
        }
    }

    /// A license to check out from, by its creator or by an account that received it.
    fn source(&mut self) -> Option<(&'a License, Option<&'static str>)> {
        let own = if self.scenario == Scenario::Chain { 8 } else { 50 };
        if self.random.percent(own) {
            return Some((self.license()?, None));
        }
        let (model, now_ms) = (self.model, self.now_ms);
        let is_usable = |grant: &&Grant| {
            let license = model.licenses.get(grant.license);
            grant.status() == "ACTIVE" && license.is_some_and(|license| license.is_usable(now_ms))
        };
        let usable: Vec<_> = model.grants.iter().filter(is_usable).collect();
        let usable = self.random.pick(&usable).copied().filter(|_| self.random.percent(92));
        let Some(grant) = usable.or_else(|| self.grant()) else {
            return Some((self.license()?, None));
        };
        Some((model.licenses.get(grant.license)?, Some(grant.grantee)))
    }

    /// CheckoutLicense.
    fn check_out(&mut self) -> Option<Request> {
        let (license, grantee) = self.source()?;
        let terms = license.terms()?;
        let mut asked = Vec::new();
        for it in &terms.entitlements {
            if self.random.percent(45) && asked.len() < 4 {
                asked.push(self.asked(it));
            }
        }
        if asked.is_empty() {
            asked.extend(terms.entitlements.first().map(|it| self.asked(it)));
        }
        let held = if self.scenario == Scenario::Chain { 94 } else { 70 };
        let kind = if self.random.percent(held) { "PROVISIONAL" } else { "PERPETUAL" };
        let mut it = CheckOut {
            sku: license.sku,
            kind,
            fingerprint: license.fingerprint(&terms.issuer),
            asked,
            beneficiary: Some(license.beneficiary).filter(|_| grantee.is_none()),
            node: Some(self.random.one_of(NODES)).filter(|_| self.random.percent(45)),
            client_token: self.client_token(),
        };
        if self.random.percent(18) {
            self.spoil(&mut it);
        }
        let account = self.caller(grantee.unwrap_or(license.account));
        Some(Request {
            account,
            region: self.random.one_of([HOME, AWAY]),
            call: Call::CheckoutLicense(it),
        })
    }

    /// CheckoutBorrowLicense.
    pub fn borrow(&mut self) -> Option<Request> {
        let (license, grantee) = self.lender()?;
        let mut asked = Vec::new();
        for it in &license.terms()?.entitlements {
            if self.random.percent(30) && asked.len() < 4 {
                asked.push(self.asked(it));
            }
        }
        if asked.is_empty() {
            asked.extend(license.terms()?.entitlements.first().map(|it| self.asked(it)));
        }
        let mut it = CheckOut {
            sku: license.sku,
            kind: "BORROW",
            fingerprint: String::new(),
            asked,
            beneficiary: None,
            node: Some(self.random.one_of(NODES)).filter(|_| self.random.percent(45)),
            client_token: self.client_token(),
        };
        if self.random.percent(8) {
            self.spoil(&mut it);
            (it.beneficiary, it.fingerprint, it.sku) = (None, String::new(), license.sku);
        }
        let account = self.caller(grantee.unwrap_or(license.account));
        let arn = self.arn_of(license);
        let region = self.random.one_of([HOME, AWAY]);
        Some(Request { account, region, call: Call::CheckoutBorrowLicense { arn, it } })
    }

    /// A license to borrow from, most likely one that lends.
    fn lender(&mut self) -> Option<(&'a License, Option<&'static str>)> {
        for _ in 0..4 {
            let (license, grantee) = self.source()?;
            let lends = |terms: &Terms| terms.lending.is_some() && terms.is_signed;
            if license.is_usable(self.now_ms) && license.terms().is_some_and(lends) {
                return Some((license, grantee));
            }
        }
        self.source()
    }

    fn asked(&mut self, it: &Entitlement) -> Asked {
        let units = match self.random.below(20) {
            0 => i64::MAX,
            1 => self.random.between(5, 12),
            2..=5 => self.random.between(2, 3),
            _ => 1,
        };
        let value = match it.is_counted() {
            true => Some(units.to_string()),
            false => self.random.one_of([None, Some("0"), Some("any")]).map(str::to_owned),
        };
        let as_number = it.is_counted() && self.random.percent(15);
        Asked { name: it.name, unit: it.unit, value, as_number }
    }

    /// Asks for something wrong, in one way.
    fn spoil(&mut self, it: &mut CheckOut) {
        let first = it.asked.first().cloned();
        match self.random.below(11) {
            0 => it.sku = self.random.one_of(SKUS),
            1 => it.fingerprint.push('x'),
            2 => it.beneficiary = None,
            3 => it.beneficiary = Some(self.random.one_of(BENEFICIARIES)),
            4 => it.asked.clear(),
            5 => it.asked.extend(first),
            6 => it.asked.push(Asked {
                name: "Unknown",
                unit: "Count",
                value: Some("1".to_owned()),
                as_number: false,
            }),
            7 => {
                let counted = NAMES.into_iter().filter(|(_, unit)| *unit != "None");
                let value = Some("1".to_owned());
                it.asked = counted
                    .map(|(name, unit)| Asked {
                        name,
                        unit,
                        value: value.clone(),
                        as_number: false,
                    })
                    .collect();
            }
            8 => {
                let units = ["0", "-1", "1.5", "", "9223372036854775808", "+1"];
                let value = self.random.one_of(units).to_owned();
                for asked in it.asked.iter_mut().filter(|asked| asked.unit != "None").take(1) {
                    (asked.value, asked.as_number) = (Some(value.clone()), false);
                }
            }
            9 => it.asked.iter_mut().take(1).for_each(|asked| asked.unit = "Percent"),
            _ => {
                // Every name that there is: some of them will be allowed (C14).
                let names = NAMES.into_iter().take(4);
                it.asked = names
                    .map(|(name, unit)| {
                        let value = Some("2".to_owned());
                        Asked { name, unit, value, as_number: false }
                    })
                    .collect();
            }
        }
        // A unit that was swapped may now count, and then needs a number; anything else is C19.
    }

    /// The account, token and beneficiary of a check-out, most likely a live and recent one.
    fn known(&mut self) -> Option<(&'static str, String, Option<&'static str>)> {
        let all = self.model.licenses.iter().flat_map(|license| &license.check_outs);
        let known = all.filter(|it| it.token.is_some());
        let live = known.clone().filter(|it| it.is_holding(self.now_ms)).collect::<Vec<_>>();
        let any = known.collect::<Vec<_>>();
        let from = if self.random.percent(75) && !live.is_empty() { live } else { any };
        let it = *self.random.pick(&from)?;
        let mut token = it.token.clone()?;
        match self.random.below(40) {
            0 => token.make_ascii_uppercase(),
            1 => {
                let last = token.pop();
                token.push(if last == Some('0') { '1' } else { '0' });
            }
            2 => token = "no token".to_owned(),
            3 => token = "0".repeat(32),
            _ => {}
        }
        let stranger = self.random.one_of(ACCOUNTS);
        let account = if self.random.percent(5) { stranger } else { it.account };
        Some((account, token, it.request.beneficiary))
    }

    /// ExtendLicenseConsumption.
    fn extend(&mut self) -> Option<Request> {
        let (account, token, _) = self.known()?;
        let dry_run = self.random.one_of([None, Some(false), None, Some(true)]);
        let call = Call::ExtendLicenseConsumption { token, dry_run };
        Some(Request { account, region: HOME, call })
    }

    /// CheckInLicense.
    fn check_in(&mut self) -> Option<Request> {
        let (account, token, made_for) = self.known()?;
        let beneficiary = match self.random.below(20) {
            0 => Some("nobody"),
            1..=5 => made_for,
            _ => None,
        };
        let call = Call::CheckInLicense { token, beneficiary };
        Some(Request { account, region: HOME, call })
    }
}
