//! Borrows of one license, in small histories.

use super::tests::Shop;
use super::*;
use crate::entitlement::Unit;
use crate::grant::{AllowedOperation, GrantStatus, Link};
use crate::license::tests::example;
use crate::license::{
    BORROW_DAYS_METADATA, BORROW_MAX_METADATA, Borrow as Lending, Metadata, Status,
};
use crate::refusal::Kind;
use crate::time::DAY_MS;

const KEY: &str = "key";

/// Ten Users and a Tier, lent for a day; units come back early if `early`.
fn shop(early: bool, offers: &[(&str, &str)]) -> Shop {
    let mut license = example();
    license.terms.consumption.borrow =
        Some(Lending { minutes_max: 1440, allow_early_check_in: early });
    license.terms.issuer.sign_key = Some(KEY.to_owned());
    license.terms.metadata = offers
        .iter()
        .map(|(name, value)| Metadata {
            name: Some((*name).to_owned()),
            value: Some((*value).to_owned()),
        })
        .collect();
    Shop::new(license)
}

fn request(shop: &mut Shop, asked: &[(&str, u64)]) -> Borrow {
    let mut check_out = shop.request(CheckoutType::Borrow, "", Unit::Count, 0);
    let unit = |name: &str| if name == "Tier" { Unit::None } else { Unit::Count };
    check_out.asked = asked
        .iter()
        .map(|(name, units)| Asked { name: (*name).into(), unit: unit(name), units: *units })
        .collect();
    Borrow { check_out, license: 1, grants: None, sign_key: KEY.to_owned(), metadata: Vec::new() }
}

fn reserve(shop: &mut Shop, units: u64) -> Result<Arc<Consumption>, Refusal> {
    let borrow = request(shop, &[("Users", units)]);
    taken(shop.run(Command::Borrow(borrow))?)
}

fn taken(outcome: Outcome) -> Result<Arc<Consumption>, Refusal> {
    match outcome {
        Outcome::CheckedOut(consumption, _) => Ok(consumption),
        other => panic!("{other:?}"),
    }
}

fn confirm(shop: &mut Shop, made: &Consumption) -> Result<Outcome, Refusal> {
    let (account, token) = (made.account.clone(), made.token);
    shop.run(Command::ConfirmBorrow(BorrowMade { account, token }))
}

fn borrow(shop: &mut Shop, units: u64) -> Result<Arc<Consumption>, Refusal> {
    let made = reserve(shop, units)?;
    confirm(shop, &made)?;
    Ok(made)
}

fn rule<T: std::fmt::Debug>(decided: Result<T, Refusal>) -> String {
    decided.unwrap_err().rule
}

/// B9, B10.
#[test]
fn a_borrow_holds_until_its_end() {
    let mut shop = shop(true, &[]);
    let made = borrow(&mut shop, 3).unwrap();
    assert_eq!(made.expires_at_ms - made.issued_at_ms, DAY_MS);
    assert_eq!(shop.consumed("Users"), 3);
    assert_eq!(shop.later(1439).consumed("Users"), 3);
    assert_eq!(shop.later(1).consumed("Users"), 0);
}

/// What was never signed comes back by itself, and nobody can keep it any more.
#[test]
fn a_reservation_lapses() {
    let mut shop = shop(true, &[]);
    let made = reserve(&mut shop, 10).unwrap();
    assert_eq!(shop.later(9).consumed("Users"), 10);
    shop.later(1).hold(10).unwrap();
    assert_eq!(rule(confirm(&mut shop, &made)), "B10");
    assert_eq!(shop.consumed("Users"), 10);
}

#[test]
fn a_borrow_is_confirmed_once_and_again() {
    let mut shop = shop(true, &[]);
    let made = reserve(&mut shop, 10).unwrap();
    confirm(&mut shop, &made).unwrap();
    confirm(&mut shop, &made).unwrap();
    assert_eq!(shop.later(11).consumed("Users"), 10);
    let other = Consumption { account: "other".into(), ..(*made).clone() };
    assert_eq!(rule(confirm(&mut shop, &other)), "B10");
}

/// B3, B4.
#[test]
fn all_or_nothing() {
    let mut shop = shop(true, &[]);
    let check = |shop: &mut Shop, asked: &[(&str, u64)], expect: Kind| {
        let borrow = request(shop, asked);
        let refusal = shop.run(Command::Borrow(borrow)).unwrap_err();
        assert_eq!(refusal.kind, expect, "{asked:?}");
        assert_eq!((shop.consumed("Users"), shop.consumed("Tier")), (0, 0));
    };
    check(&mut shop, &[("Users", 11), ("Tier", 1)], Kind::PartlyAllowed);
    check(&mut shop, &[("Users", 1), ("Nothing", 1)], Kind::PartlyAllowed);
    check(&mut shop, &[("Users", 11)], Kind::NothingAllowed);
    check(&mut shop, &[], Kind::NothingAllowed);
}

/// B5, B6.
#[test]
fn a_license_must_lend() {
    let check = |change: fn(&mut Terms), expect: (Kind, &str)| {
        let mut shop = shop(true, &[]);
        shop.amend(change);
        let refusal = reserve(&mut shop, 1).unwrap_err();
        assert_eq!((refusal.kind, refusal.rule.as_str()), expect);
    };
    check(|terms| terms.status = Status::Suspended, (Kind::NothingAllowed, "B5"));
    check(|terms| terms.consumption.borrow = None, (Kind::NothingAllowed, "B6"));
    check(|terms| terms.issuer.sign_key = None, (Kind::Rule, "B6"));
    // Another key than the one that was looked at: nothing is taken.
    let mut shop = shop(true, &[]);
    shop.amend(|terms| terms.issuer.sign_key = Some("other".to_owned()));
    let borrow = request(&mut shop, &[("Users", 1)]);
    assert!(matches!(shop.run(Command::Borrow(borrow)), Ok(Outcome::Changed)));
    assert_eq!(shop.consumed("Users"), 0);
}

/// B2.
#[test]
fn a_grant_must_let_borrow() {
    let check = |status, operations: &[AllowedOperation], expect: Result<(), Kind>| {
        let mut shop = shop(true, &[]);
        let link =
            Link { status, operations: operations.to_vec(), ..Link::of_borrows(5, [].into()) };
        shop.state.links.insert(Arc::new(link));
        let mut borrow = request(&mut shop, &[("Users", 1)]);
        borrow.grants = Some(vec![5]);
        let decided = shop.run(Command::Borrow(borrow)).map(drop);
        assert_eq!(decided.map_err(|refusal| refusal.kind), expect);
    };
    let both = [AllowedOperation::CheckoutLicense, AllowedOperation::CheckoutBorrowLicense];
    check(GrantStatus::Active, &both, Ok(()));
    check(GrantStatus::Active, &both[..1], Err(Kind::Denied));
    check(GrantStatus::Disabled, &both, Err(Kind::NothingAllowed));
}

/// C53, C63.
#[test]
fn a_borrow_comes_back_early_if_the_license_says_so_and_is_never_extended() {
    let mut shop = shop(true, &[]);
    let made = borrow(&mut shop, 3).unwrap();
    assert_eq!(rule(shop.extend(&made)), "C53");
    shop.amend(|terms| {
        terms.entitlements.iter_mut().for_each(|it| it.allow_check_in = false);
        terms.consumption.borrow = None;
    });
    shop.check_in(&made).unwrap();
    assert_eq!(shop.consumed("Users"), 0);
    assert_eq!(rule(shop.check_in(&made)), "C65");

    let mut shop = self::shop(false, &[]);
    let made = borrow(&mut shop, 3).unwrap();
    assert_eq!(rule(shop.check_in(&made)), "C63");
}

#[test]
fn borrows_are_limited_in_number_and_time() {
    let offers = [(BORROW_MAX_METADATA, "4"), (BORROW_DAYS_METADATA, "2")];
    let mut shop = shop(true, &offers);
    shop.amend(|terms| {
        terms.consumption.borrow =
            Some(Lending { minutes_max: 10_000, allow_early_check_in: true });
    });
    let first = borrow(&mut shop, 3).unwrap();
    assert_eq!(first.expires_at_ms - first.issued_at_ms, 2 * DAY_MS);
    assert_eq!(rule(borrow(&mut shop, 2)), BORROW_MAX_METADATA);
    shop.hold(5).unwrap();
    borrow(&mut shop, 1).unwrap();
    assert_eq!(rule(borrow(&mut shop, 1)), BORROW_MAX_METADATA);
    shop.check_in(&first).unwrap();
    assert_eq!(rule(borrow(&mut shop, 5)), BORROW_MAX_METADATA);
    borrow(&mut shop, 3).unwrap();
}

/// W62: a repeated request finds its reservation, or the borrow that it became.
#[test]
fn a_repeated_borrow_is_the_same() {
    let mut shop = shop(true, &[]);
    let borrow = request(&mut shop, &[("Users", 10)]);
    let first = taken(shop.run(Command::Borrow(borrow.clone())).unwrap()).unwrap();
    let again = taken(shop.later(5).run(Command::Borrow(borrow.clone())).unwrap()).unwrap();
    assert_eq!(first, again);
    confirm(&mut shop, &again).unwrap();
    let last = taken(shop.later(4).run(Command::Borrow(borrow)).unwrap()).unwrap();
    assert_eq!((last.token, last.expires_at_ms), (first.token, first.expires_at_ms));
    assert_eq!(last.extended_to_ms, None);
}
