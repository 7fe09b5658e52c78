//! Decisions on one license, in small histories.

use std::sync::Arc;

use super::*;
use crate::entitlement::Unit;
use crate::license::tests::example;
use crate::license::{License, RenewType, Status, Validity};
use crate::pool::Pools;
use crate::refusal::Kind;
use crate::state::{Candidate, Stock};

const BEGIN: &str = "2021-01-31T10:00:00Z";

/// One license in memory, with the time and the next row.
pub(super) struct Shop {
    pub state: State,
    seq: i64,
}

impl Shop {
    pub fn new(license: License) -> Self {
        let now_ms = time::parse(BEGIN).unwrap();
        let pools = Pools::new(&license.terms, now_ms);
        let mut state = State { now_ms, ..State::default() };
        for beneficiary in [Some("buyer".to_owned()), None] {
            let selection = Selection {
                account: license.account.clone(),
                beneficiary,
                product_sku: license.product_sku.clone(),
            };
            let own = Candidate { license: license.key, grant: None };
            let candidates = if selection.beneficiary.is_some() { vec![own] } else { vec![] };
            state.candidates.insert(selection, candidates);
        }
        state.stocks.insert(license.key, Stock { license: Arc::new(license), pools });
        Self { state, seq: 0 }
    }

    pub fn later(&mut self, minutes: i64) -> &mut Self {
        self.state.now_ms += minutes * MINUTE_MS;
        self
    }

    pub fn request(&mut self, kind: CheckoutType, name: &str, unit: Unit, units: u64) -> CheckOut {
        self.seq += 1;
        let license = &self.state.stocks[&1].license;
        CheckOut {
            consumer: Consumer { account: license.account.clone(), principal: "root".into() },
            selection: Selection {
                account: license.account.clone(),
                beneficiary: Some("buyer".into()),
                product_sku: license.product_sku.clone(),
            },
            only_license: None,
            key_fingerprint: "aws:111122223333:My Company:issuer-fingerprint".into(),
            checkout_type: kind,
            asked: vec![Asked { name: name.into(), unit, units }],
            node_id: None,
            seat: None,
            client_key: u128::try_from(self.seq).unwrap().to_be_bytes(),
            fingerprint: 7,
            secret: 9,
        }
    }

    #[allow(clippy::needless_pass_by_value, reason = "tests read better so")]
    pub fn run(&mut self, command: Command) -> Result<Outcome, Refusal> {
        let mut effects = Effects::default();
        decide(&mut self.state, &mut effects, &command, self.seq)
    }

    fn check_out(&mut self, kind: CheckoutType, units: u64) -> Result<Arc<Consumption>, Refusal> {
        let request = self.request(kind, "Users", Unit::Count, units);
        match self.run(Command::CheckOut(request))? {
            Outcome::CheckedOut(consumption, _) => Ok(consumption),
            other => panic!("{other:?}"),
        }
    }

    pub fn hold(&mut self, units: u64) -> Result<Arc<Consumption>, Refusal> {
        self.check_out(CheckoutType::Provisional, units)
    }

    pub fn draw(&mut self, units: u64) -> Result<Arc<Consumption>, Refusal> {
        self.check_out(CheckoutType::Perpetual, units)
    }

    pub fn check_in(&mut self, consumption: &Consumption) -> Result<Outcome, Refusal> {
        let account = consumption.account.clone();
        let token = consumption.token;
        self.run(Command::CheckIn(CheckIn { account, token, beneficiary: None }))
    }

    pub fn extend(&mut self, consumption: &Consumption) -> Result<i64, Refusal> {
        let (account, token) = (consumption.account.clone(), consumption.token);
        match self.run(Command::Extend(Extend {
            account,
            token,
            dry_run: false,
            interval_min_ms: None,
        }))? {
            Outcome::Extended(at_ms) => Ok(at_ms),
            other => panic!("{other:?}"),
        }
    }

    pub fn consumed(&mut self, name: &str) -> u64 {
        match self.run(Command::Usage { license: 1 }).unwrap() {
            Outcome::Usage(pools) => {
                pools.iter().find(|pool| pool.name == name).map_or(0, |pool| pool.consumed())
            }
            other => panic!("{other:?}"),
        }
    }

    /// A new version of the license, as CreateLicenseVersion stores it.
    pub fn amend(&mut self, change: impl FnOnce(&mut Terms)) {
        let now_ms = self.state.now_ms;
        let stock = self.state.stocks.get_mut(&1).unwrap();
        let old = Arc::clone(&stock.license);
        let license = Arc::make_mut(&mut stock.license);
        change(&mut license.terms);
        license.version += 1;
        stock.pools.amend(&old.terms, &license.terms, now_ms);
    }
}

fn rule<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    result.unwrap_err().rule
}

#[test]
fn the_limit_holds_and_says_when_units_return() {
    let mut shop = Shop::new(example());
    shop.hold(6).unwrap();
    shop.later(1).draw(4).unwrap();
    let refusal = shop.hold(1).unwrap_err();
    assert_eq!((refusal.kind, refusal.rule.as_str()), (Kind::NothingAllowed, "C11"));
    let short = &refusal.shortfalls[0];
    assert_eq!((short.asked, short.free), (1, 0));
    assert_eq!(short.next_return_at_ms, Some(time::parse("2021-01-31T11:00:00Z").unwrap()));
    assert_eq!(shop.consumed("Users"), 10);
}

#[test]
fn held_units_return_at_their_expiration_and_not_before() {
    let mut shop = Shop::new(example());
    shop.state.now_ms += 900;
    let held = shop.hold(10).unwrap();
    // What the client is told, in whole seconds, is what is kept (C30, C32).
    assert_eq!(time::format_zulu(held.expires_at_ms), "2021-01-31T11:00:00Z");
    shop.state.now_ms = held.expires_at_ms - 1;
    assert_eq!(rule(shop.hold(1)), "C11");
    shop.state.now_ms = held.expires_at_ms;
    assert_eq!(rule(shop.extend(&held)), "C52");
    assert_eq!(rule(shop.check_in(&held)), "C65");
    shop.hold(10).unwrap();
}

#[test]
fn a_check_in_returns_units_once() {
    let mut shop = Shop::new(example());
    let held = shop.hold(10).unwrap();
    shop.check_in(&held).unwrap();
    assert_eq!(rule(shop.check_in(&held)), "C65");
    assert_eq!(shop.consumed("Users"), 0);
    shop.later(120).hold(10).unwrap();
    assert_eq!(shop.consumed("Users"), 10);
}

#[test]
fn drawn_units_never_return() {
    let mut shop = Shop::new(example());
    let drawn = shop.draw(4).unwrap();
    assert_eq!(rule(shop.check_in(&drawn)), "C64");
    shop.later(600);
    assert_eq!(rule(shop.extend(&drawn)), "C53");
    assert_eq!(shop.consumed("Users"), 4);
}

#[test]
fn an_extension_counts_from_now_and_stops_at_the_end_of_the_term() {
    let mut shop = Shop::new(example());
    let held = shop.hold(1).unwrap();
    let to = shop.later(15).extend(&held).unwrap();
    assert_eq!(time::format_zulu(to), "2021-01-31T11:15:00Z");
    shop.later(50);
    assert_eq!(shop.consumed("Users"), 1);
    let end = time::parse("2021-01-31T11:30:00Z").unwrap();
    shop.amend(|terms| {
        terms.validity.end = Some("2021-01-31T11:30:00Z".into());
        terms.validity.end_ms = Some(end);
    });
    assert_eq!(shop.extend(&held).unwrap(), end);
    shop.state.now_ms = end;
    assert_eq!(shop.consumed("Users"), 0);
}

#[test]
fn extensions_may_be_kept_apart() {
    let mut shop = Shop::new(example());
    let held = shop.hold(1).unwrap();
    let extend = |shop: &mut Shop| {
        let (account, token) = (held.account.clone(), held.token);
        let interval_min_ms = Some(30 * MINUTE_MS);
        shop.run(Command::Extend(Extend { account, token, dry_run: false, interval_min_ms }))
    };
    extend(&mut shop).unwrap();
    assert_eq!(rule(extend(shop.later(29))), "C55");
    extend(shop.later(1)).unwrap();
}

#[test]
fn an_extension_needs_a_license_that_still_allows_it() {
    let check = |change: fn(&mut Terms)| {
        let mut shop = Shop::new(example());
        let held = shop.hold(1).unwrap();
        shop.amend(change);
        assert_eq!(rule(shop.extend(&held)), "C51");
        // C67: it can be returned all the same.
        shop.check_in(&held).unwrap();
    };
    check(|terms| terms.status = Status::Suspended);
    check(|terms| terms.consumption.provisional_minutes_max = None);
    check(|terms| terms.entitlements.retain(|each| each.name != "Users"));
}

#[test]
fn check_in_asks_the_license_and_the_beneficiary() {
    let mut shop = Shop::new(example());
    let held = shop.hold(1).unwrap();
    let (account, token) = (held.account.clone(), held.token);
    let other = Some("other".to_owned());
    let wrong = CheckIn { account: account.clone(), token, beneficiary: other };
    assert_eq!(rule(shop.run(Command::CheckIn(wrong))), "C61");
    let foreign = CheckIn { account: "444455556666".into(), token, beneficiary: None };
    assert_eq!(rule(shop.run(Command::CheckIn(foreign))), "C65");
    shop.amend(|terms| terms.entitlements[0].allow_check_in = false);
    assert_eq!(rule(shop.check_in(&held)), "C62");
    assert_eq!(shop.consumed("Users"), 1);
    // With another unit it is another entitlement (L27): the version checked out decides.
    shop.amend(|terms| terms.entitlements[0].unit = Unit::Bytes);
    shop.check_in(&held).unwrap();
}

#[test]
fn overage_passes_the_limit_but_not_the_counter() {
    let mut license = example();
    license.terms.entitlements[0].overage = true;
    let mut shop = Shop::new(license);
    shop.draw(25).unwrap();
    assert_eq!(shop.consumed("Users"), 25);
    assert_eq!(rule(shop.draw(i64::MAX.unsigned_abs())), "C11");
}

#[test]
fn each_entitlement_is_allowed_whole_or_dropped() {
    let mut shop = Shop::new(example());
    let mut request = shop.request(CheckoutType::Provisional, "Users", Unit::Count, 11);
    request.asked.push(Asked { name: "Tier".into(), unit: Unit::None, units: 1 });
    request.asked.push(Asked { name: "Absent".into(), unit: Unit::None, units: 1 });
    let Ok(Outcome::CheckedOut(consumption, _)) = shop.run(Command::CheckOut(request)) else {
        panic!("the tier is allowed")
    };
    let names: Vec<_> = consumption.taken.iter().map(|taken| taken.name.as_str()).collect();
    assert_eq!(names, ["Tier"]);
    assert_eq!((shop.consumed("Users"), shop.consumed("Tier")), (0, 1));
    let request = shop.request(CheckoutType::Provisional, "Users", Unit::None, 1);
    assert_eq!(rule(shop.run(Command::CheckOut(request))), "C10");
}

#[test]
fn a_license_that_does_not_fit_is_no_candidate() {
    let check = |expect: &str, change: fn(&mut CheckOut, &mut Shop)| {
        let mut shop = Shop::new(example());
        let mut request = shop.request(CheckoutType::Provisional, "Users", Unit::Count, 1);
        change(&mut request, &mut shop);
        let refusal = shop.run(Command::CheckOut(request)).unwrap_err();
        assert_eq!(refusal.message, "No Entitlements Allowed");
        assert_eq!(refusal.rule, expect);
    };
    check("W42", |request, _| request.key_fingerprint.push(' '));
    check("C1", |request, _| request.selection.product_sku.push('x'));
    check("C2", |request, _| request.selection.beneficiary = None);
    check("L4", |_, shop| shop.amend(|terms| terms.validity.begin_ms += 1));
    check("C3", |_, shop| shop.state.now_ms = time::parse("2022-01-31T10:00:00Z").unwrap());
    check("C3", |_, shop| shop.amend(|terms| terms.status = Status::Deactivated));
    check("D13", |_, shop| shop.amend(|terms| terms.consumption.provisional_minutes_max = None));
    // C17: asked for nothing, allowed nothing.
    check("C1", |request, shop| {
        request.asked.clear();
        shop.later(0);
    });
}

#[test]
fn the_same_request_is_answered_once_within_ten_minutes() {
    let mut shop = Shop::new(example());
    let request = shop.request(CheckoutType::Provisional, "Users", Unit::Count, 4);
    let run = |shop: &mut Shop, request: &CheckOut| {
        shop.seq += 1;
        match shop.run(Command::CheckOut(request.clone()))? {
            Outcome::CheckedOut(consumption, _) => Ok(consumption.token.seq),
            other => panic!("{other:?}"),
        }
    };
    let first = run(&mut shop, &request).unwrap();
    shop.state.now_ms += REPLAY_WINDOW_MS - 1;
    assert_eq!(run(&mut shop, &request), Ok(first));
    let other = CheckOut { fingerprint: 8, ..request.clone() };
    assert_eq!(rule(run(&mut shop, &other)), "W63");
    assert_eq!(shop.consumed("Users"), 4);
    shop.state.now_ms += 1;
    assert_ne!(run(&mut shop, &request), Ok(first));
    assert_eq!(shop.consumed("Users"), 8);
}

#[test]
fn a_period_renews_draws_and_keeps_holds() {
    let mut license = example();
    license.terms.consumption.renew_type = RenewType::Weekly;
    license.terms.consumption.provisional_minutes_max = Some(14 * 24 * 60);
    let mut shop = Shop::new(license);
    shop.draw(6).unwrap();
    shop.hold(4).unwrap();
    shop.later(7 * 24 * 60 - 1);
    assert_eq!(shop.consumed("Users"), 10);
    shop.later(1);
    assert_eq!(shop.consumed("Users"), 4);
    shop.draw(6).unwrap();
    assert_eq!(rule(shop.draw(1)), "C11");
}

#[test]
fn a_new_term_restarts_draws_and_an_upgrade_does_not() {
    let mut shop = Shop::new(example());
    shop.draw(6).unwrap();
    shop.later(60 * 24 * 3).amend(|terms| {
        terms.validity.begin_ms += 2 * time::DAY_MS;
        terms.consumption.renew_type = RenewType::Monthly;
        terms.entitlements[0].max_count = Some(5);
    });
    assert_eq!(shop.consumed("Users"), 6);
    // L27: lowered below what is out, it blocks new check-outs only.
    assert_eq!(rule(shop.hold(1)), "C11");
    shop.amend(|terms| {
        let begin = terms.validity.end.clone().unwrap();
        terms.validity = Validity::parse(begin, None).unwrap();
    });
    assert_eq!(shop.consumed("Users"), 0);
}

#[test]
fn a_clock_that_steps_back_changes_nothing() {
    let mut shop = Shop::new(example());
    let held = shop.hold(10).unwrap();
    shop.later(60).hold(10).unwrap();
    shop.later(-30);
    assert_eq!(rule(shop.extend(&held)), "C52");
    assert_eq!(rule(shop.hold(1)), "C11");
    assert_eq!(shop.consumed("Users"), 10);
}

#[test]
fn a_version_made_by_a_clock_that_is_behind_renews_nothing_twice() {
    let mut license = example();
    license.terms.consumption.renew_type = RenewType::Weekly;
    let mut shop = Shop::new(license);
    shop.later(7 * 24 * 60).draw(6).unwrap();
    shop.later(-1).amend(|_| ());
    shop.later(1);
    assert_eq!(shop.consumed("Users"), 6);
}
