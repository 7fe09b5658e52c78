//! What is still to be done until a received license can be used: the one next step.

use crate::consume::free;
use crate::grant::{AllowedOperation, Grant, GrantStatus, Link};
use crate::license::{License, Status};
use crate::pool::Pools;
use crate::time;

/// The one step that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The recipient accepts the grant.
    Accept,
    /// The recipient activates the grant.
    Activate,
    /// The grant was rejected or withdrawn: a new one is needed.
    GrantAnew(GrantStatus),
    /// The grant, or one above it, does not allow check-outs.
    AllowCheckOut,
    /// The license is switched off, expired or deleted: its seller changes that.
    Restore(Status),
    /// Its term has not begun.
    Wait {
        /// Begin, milliseconds.
        until_ms: i64,
    },
    /// Everything is out.
    Exhausted {
        /// When units next come back by themselves, milliseconds.
        next_return_at_ms: Option<i64>,
        /// ARN of the grant whose cap is reached, if it is not the license that is.
        capped_by: Option<String>,
    },
    /// Nothing: it can be used.
    None,
}

impl Step {
    /// The step for a license received by a grant, whose chain reaches from it up to the license.
    /// The pools are those of now.
    pub fn next(
        license: &License,
        grant: &Grant,
        chain: &[&Link],
        pools: &Pools,
        now_ms: i64,
    ) -> Self {
        match grant.terms.status {
            GrantStatus::PendingAccept => return Self::Accept,
            GrantStatus::Active => {}
            status if status.is_over() => return Self::GrantAnew(status),
            _ => return Self::Activate,
        }
        let checks_out =
            |link: &&Link| link.operations.contains(&AllowedOperation::CheckoutLicense);
        if !chain.iter().all(checks_out) {
            return Self::AllowCheckOut;
        }
        match license.status_at(now_ms) {
            Status::Available => {}
            status => return Self::Restore(status),
        }
        if !license.terms.validity.contains(now_ms) {
            return Self::Wait { until_ms: license.terms.validity.begin_ms };
        }
        Self::exhausted(license, chain, pools).unwrap_or(Self::None)
    }

    /// Whether nothing at all can be checked out.
    fn exhausted(license: &License, chain: &[&Link], pools: &Pools) -> Option<Self> {
        let (mut capped_by, mut next_return_at_ms) = (None, None::<i64>);
        for entitlement in &license.terms.entitlements {
            let (free, by) = free(entitlement, pools, chain);
            if free > 0 {
                return None;
            }
            let pool = pools.find(&entitlement.name, entitlement.unit);
            let through = by.map(|link| link.key);
            let next_ms = pool.and_then(|(index, _)| pools.next_return(index, through));
            next_return_at_ms = next_return_at_ms.into_iter().chain(next_ms).min();
            capped_by = capped_by.or(by.map(|link| link.arn.clone()));
        }
        Some(Self::Exhausted { next_return_at_ms, capped_by })
    }

    /// What to do, in a sentence for people.
    pub fn text(&self) -> String {
        match self {
            Self::Accept => "accept the grant".to_owned(),
            Self::Activate => "activate the grant".to_owned(),
            Self::GrantAnew(status) => {
                format!("the grant is {}; ask the granter for a new one", status.as_str())
            }
            Self::AllowCheckOut => {
                "the grant, or one above it, does not allow CheckoutLicense; ask \
                                    the granter to add it"
                    .to_owned()
            }
            Self::Restore(status) => {
                format!("the license is {}; ask its seller", status.as_str())
            }
            Self::Wait { until_ms } => {
                format!("the license begins at {}", time::format_zulu(*until_ms))
            }
            Self::Exhausted { next_return_at_ms, capped_by } => {
                let what = capped_by.as_ref().map_or_else(
                    || "everything is checked out".to_owned(),
                    |arn| format!("the cap of {arn} is reached"),
                );
                let next = next_return_at_ms.map_or_else(
                    || "check something in, or ask for more".to_owned(),
                    |at_ms| format!("units come back at {}", time::format_zulu(at_ms)),
                );
                format!("{what}; {next}")
            }
            Self::None => "ready".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::{self, Grantor, NewGrant, Principal};
    use crate::license::tests::example;

    fn received() -> Grant {
        let new = NewGrant {
            key: 7,
            arn: grant::arn("111122223333", "7"),
            name: "grant".into(),
            granter: "111122223333".into(),
            region: "us-east-1".into(),
            home_region: "us-east-1".into(),
            principal: Principal::Account("444455556666".into()),
            operations: AllowedOperation::ALL.to_vec(),
            is_accepted: false,
            now_ms: 0,
        };
        grant::create(&example(), &Grantor::Owner, new).unwrap()
    }

    fn link(operations: &[AllowedOperation], cap: Option<u64>) -> Link {
        let caps = cap.into_iter().flat_map(|cap| [("Users", cap), ("Tier", cap)]);
        Link {
            key: 7,
            arn: "grant".into(),
            parent: None,
            status: GrantStatus::Active,
            operations: operations.to_vec(),
            caps: caps.map(|(name, cap)| (name.to_owned(), cap)).collect(),
        }
    }

    #[test]
    fn the_one_next_step_is_told() {
        let begin_ms = example().terms.validity.begin_ms;
        let check = |status, operations: &[_], cap, now_ms, expect: &Step| {
            let license = example();
            let mut grant = received();
            grant.terms.status = status;
            let pools = Pools::new(&license.terms, now_ms);
            let link = link(operations, cap);
            assert_eq!(Step::next(&license, &grant, &[&link], &pools, now_ms), *expect);
        };
        let all = AllowedOperation::ALL;
        check(GrantStatus::PendingAccept, all, None, begin_ms, &Step::Accept);
        check(GrantStatus::Disabled, all, None, begin_ms, &Step::Activate);
        let rejected = GrantStatus::Rejected;
        check(rejected, all, None, begin_ms, &Step::GrantAnew(rejected));
        let none = [AllowedOperation::CreateGrant];
        check(GrantStatus::Active, &none, None, begin_ms, &Step::AllowCheckOut);
        let wait = Step::Wait { until_ms: begin_ms };
        check(GrantStatus::Active, all, None, begin_ms - 1, &wait);
        check(GrantStatus::Active, all, None, begin_ms, &Step::None);
        let after_end_ms = begin_ms + 366 * time::DAY_MS;
        check(GrantStatus::Active, all, None, after_end_ms, &Step::Restore(Status::Expired));
        let capped =
            Step::Exhausted { next_return_at_ms: None, capped_by: Some("grant".to_owned()) };
        check(GrantStatus::Active, all, Some(0), begin_ms, &capped);
    }
}
