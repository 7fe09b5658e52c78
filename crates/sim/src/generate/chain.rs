//! The scenario of a chain: one license that goes from a seller over a distributor and resellers to
//! customers, each with as much of it as the one above lets it have.

use super::Generator;
use crate::calendar::DAY;
use crate::model::{CAP, Grant};
use crate::request::{Call, Entitlement, GrantCall, Moment, OPERATIONS, Request, Terms, root_of};
use crate::world::{ACCOUNTS, HOME};

/// Who grants to whom, and the caps on Users and Storage.
const EDGES: [(usize, usize, [Option<u64>; 2]); 6] = [
    (0, 2, [Some(40), Some(60)]),
    (2, 3, [Some(22), None]),
    (2, 4, [Some(25), Some(30)]),
    (3, 5, [Some(12), Some(20)]),
    (3, 6, [Some(14), None]),
    (4, 7, [None, Some(25)]),
];

impl Generator<'_> {
    /// The license that is passed on: more of it than any edge allows.
    pub fn chain_license(&mut self) -> Request {
        let begin_ms = self.now_ms - DAY;
        let begin = Moment { at_ms: begin_ms, text: crate::calendar::text_zulu(begin_ms) };
        let entitlement = |name, unit, max_count| Entitlement {
            name,
            unit,
            max_count: Some(max_count),
            value: None,
            overage: None,
            allow_check_in: Some(true),
        };
        let terms = Terms {
            license_name: "Chain".to_owned(),
            issuer: "My Company".to_owned(),
            begin,
            end: None,
            entitlements: vec![
                entitlement("Users", "Count", 60),
                entitlement("Storage", "Gigabytes", 100),
            ],
            renew: Some("Weekly"),
            provisional_minutes: Some(60),
            lending: None,
            is_signed: false,
            note: None,
            depth: Some("3"),
            reuses_seats: true,
        };
        let call = Call::CreateLicense {
            sku: "alpha: one",
            beneficiary: "buyer",
            home_region: HOME,
            terms,
            tags: Vec::new(),
            client_token: self.client_token(),
        };
        Request { account: ACCOUNTS[0], region: HOME, call }
    }

    /// The next step until everybody in the chain can check out; none if all can.
    pub fn complete_chain(&mut self) -> Option<Request> {
        let license = self.model.licenses.first()?;
        for (from, to, caps) in EDGES {
            let held = self.model.held_grant(ACCOUNTS.get(to)?, 0);
            let above = self.model.held_grant(ACCOUNTS.get(from)?, 0);
            match held.map(|(_, grant)| (grant, grant.status())) {
                Some((grant, "PENDING_ACCEPT")) => {
                    let call = Call::Grant(GrantCall::Accept { arn: grant.arn.clone() });
                    return Some(Request { account: grant.grantee, region: HOME, call });
                }
                Some((grant, "DISABLED")) => return Some(self.switch(grant, "ACTIVE")),
                None if from == 0 || above.is_some_and(|(_, it)| it.is_accepted()) => {
                    let license = license.arn.clone();
                    return Some(self.chain_grant(license, (from, to), caps));
                }
                _ => {}
            }
        }
        None
    }

    fn chain_grant(
        &mut self,
        license: String,
        (from, to): (usize, usize),
        caps: [Option<u64>; 2],
    ) -> Request {
        let name_of = |index: usize| ACCOUNTS.get(index).copied().unwrap_or_default();
        let caps = ["Users", "Storage"].into_iter().zip(caps);
        let tag =
            |(name, cap): (&str, Option<u64>)| Some((format!("{CAP}{name}"), cap?.to_string()));
        let mut operations = OPERATIONS.to_vec();
        operations.retain(|it| *it != "CreateGrant" || to < 5);
        let call = GrantCall::Create {
            license,
            name: format!("to {}", name_of(to)),
            principal: root_of(name_of(to)),
            home_region: HOME,
            operations,
            tags: caps.filter_map(tag).collect(),
            client_token: self.client_token(),
        };
        Request { account: name_of(from), region: HOME, call: Call::Grant(call) }
    }

    /// Something that takes from somebody in the chain what it had.
    pub fn break_chain(&mut self) -> Option<Request> {
        let grant: &Grant = self.grant()?;
        match self.random.below(10) {
            0..=2 => self.delete_grant(grant, grant.arn.clone()),
            3..=5 => Some(self.switch(grant, "DISABLED")),
            6..=7 => self.reshape(grant, grant.arn.clone()),
            8 => {
                let call = Call::Grant(GrantCall::Reject { arn: grant.arn.clone() });
                Some(Request { account: grant.grantee, region: HOME, call })
            }
            _ => Some(self.switch(grant, "ACTIVE")),
        }
    }
}
