//! One command after the other through the ledger: `load`, decide, `commit`.

use leasehold_core::consume::{CheckoutType, Command, Outcome, REPLAY_WINDOW_MS};
use leasehold_core::entitlement::{Asked, Unit};
use leasehold_core::license::{RenewType, Status, Validity};
use leasehold_core::state::Consumption;
use leasehold_store::consumption;

use crate::database::Database;
use crate::shop::{BEGIN_MS, DAY_MS, Shop, add, check_in, consumption_of, example, extend, rule};

/// What a row gives back is all that the decision wrote.
async fn a_check_out_is_stored_whole(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let mut request = shop.provisional(3);
    request.node_id = Some("node 漢字".to_owned());
    request.asked =
        [("Tier", Unit::None, 1), ("Data", Unit::Gigabytes, 7), ("Users", Unit::Count, 3)]
            .map(|(name, unit, units)| Asked { name: name.to_owned(), unit, units })
            .to_vec();
    let held = consumption_of(shop.one(Command::CheckOut(request)).await);
    let drawn = shop.draw(2).await;
    let rows = shop.rows(1).await;
    assert_eq!(rows, [held.as_ref().clone(), drawn.as_ref().clone()]);
    assert_eq!(held.token.secret, u64::MAX - 9);
    assert_eq!(held.fingerprint, u64::MAX - 7);
    shop.recount(1).await;
}

/// C32: at its expiration a hold is over, whether or not anything ran meanwhile.
async fn held_units_return_at_their_expiration(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let held = shop.hold(10).await;
    shop.now_ms = held.expires_at_ms - 1;
    let request = shop.provisional(1);
    let refusal = shop.one(Command::CheckOut(request)).await.unwrap_err();
    assert_eq!(refusal.rule, "C11");
    assert_eq!(refusal.shortfalls[0].next_return_at_ms, Some(held.expires_at_ms));
    shop.recount(1).await;
    shop.now_ms = held.expires_at_ms;
    assert_eq!(shop.users(1).await, (0, 0));
    assert_eq!(rule(shop.extend(&held).await), "C52");
    assert_eq!(rule(shop.check_in(&held).await), "C65");
    shop.hold(10).await;
    shop.recount(1).await;
}

/// C50: an extension moves the return; C60: a check-in gives back at once, and only once.
async fn extensions_and_check_ins_move_returns(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let (first, second) = (shop.hold(4).await, shop.hold(3).await);
    let Ok(Outcome::Extended(extended_to_ms)) = shop.later(30).extend(&first).await else {
        panic!("it can be extended")
    };
    assert_eq!(extended_to_ms, shop.now_ms + 60 * 60_000);
    shop.recount(1).await;
    shop.now_ms = second.expires_at_ms;
    assert_eq!(shop.users(1).await, (0, 4));
    assert_eq!(rule(shop.check_in(&second).await), "C65");
    shop.recount(1).await;
    shop.check_in(&first).await.unwrap();
    assert_eq!(shop.users(1).await, (0, 0));
    assert_eq!(rule(shop.check_in(&first).await), "C65");
    let held = shop.hold(10).await;
    shop.now_ms = extended_to_ms;
    assert_eq!(shop.users(1).await, (0, 10), "what was returned early does not return again");
    let rows = shop.rows(1).await;
    assert_eq!(
        (rows[0].extended_to_ms, rows[0].ended_at_ms),
        (Some(extended_to_ms), Some(second.expires_at_ms))
    );
    shop.now_ms = held.expires_at_ms;
    shop.recount(1).await;
}

async fn an_extension_to_the_same_time_changes_no_count(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let held = shop.hold(4).await;
    shop.extend(&held).await.unwrap();
    shop.recount(1).await;
    let decided = shop.batch(&[extend(&held), check_in(&held), extend(&held)]).await;
    assert!(matches!(decided[..], [Ok(_), Ok(_), Err(_)]), "{decided:?}");
    shop.recount(1).await;
    shop.now_ms = held.expires_at_ms;
    assert_eq!(shop.users(1).await, (0, 0));
}

/// W62: answered again for ten minutes, and done again from then on.
async fn a_request_is_answered_again_for_ten_minutes(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let request = shop.provisional(4);
    let check_out = Command::CheckOut(request.clone());
    let first = consumption_of(shop.one(check_out.clone()).await);
    shop.now_ms = BEGIN_MS + REPLAY_WINDOW_MS - 1;
    assert_eq!(consumption_of(shop.one(check_out.clone()).await), first);
    let mut other = request.clone();
    other.fingerprint += 1;
    assert_eq!(rule(shop.one(Command::CheckOut(other)).await), "W63");
    shop.now_ms += 1;
    let second = consumption_of(shop.one(check_out.clone()).await);
    assert_ne!(second.token.seq, first.token.seq);
    assert_eq!(shop.users(1).await, (0, 8));
    shop.now_ms += REPLAY_WINDOW_MS - 1;
    assert_eq!(consumption_of(shop.one(check_out.clone()).await), second);
    shop.recount(1).await;
}

/// A replay gives what was answered then, though the check-out has been returned and the license
/// has changed since; and what was refused is not remembered (W64).
async fn a_replay_is_the_first_answer(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let held = shop.hold(10).await;
    let check_out = Command::CheckOut(shop.provisional(6));
    assert_eq!(rule(shop.one(check_out.clone()).await), "C11");
    shop.check_in(&held).await.unwrap();
    let first = consumption_of(shop.one(check_out.clone()).await);
    shop.extend(&first).await.unwrap();
    shop.check_in(&first).await.unwrap();
    shop.later(5).amend(1, |terms| terms.status = Status::Suspended).await;
    match shop.one(check_out).await {
        Ok(Outcome::CheckedOut(again, license)) => {
            assert_eq!((again.token, again.expires_at_ms), (first.token, first.expires_at_ms));
            assert_eq!((&again.taken, &license.arn), (&first.taken, &example(1).arn));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(shop.users(1).await, (0, 0));
}

/// A batch that answers a replay, whose license is not among the candidates any more, beside
/// other work on the same license.
async fn a_replay_shares_its_batch(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let first = shop.provisional(6);
    let held = consumption_of(shop.one(Command::CheckOut(first.clone())).await);
    let second = shop.provisional(1);
    let decided = shop
        .batch(&[
            Command::CheckOut(second.clone()),
            Command::CheckOut(first.clone()),
            check_in(&held),
            Command::CheckOut(first),
            Command::CheckOut(second),
            Command::Usage { license: 1 },
        ])
        .await;
    assert_eq!(consumption_of(decided[1].clone()).token, held.token);
    assert_eq!(consumption_of(decided[3].clone()).token, held.token);
    assert_eq!(consumption_of(decided[0].clone()).token, consumption_of(decided[4].clone()).token);
    assert_eq!(shop.users(1).await, (0, 1));
    shop.recount(1).await;
}

/// C4: the newest that can; C16, C15: each pool is its own license's.
async fn candidates_are_tried_newest_first(database: &Database) {
    let mut shop = Shop::open(database).await;
    let created = [(5, 100), (3, 300), (4, 200), (6, 200)];
    for (key, created_at_ms) in created {
        let mut license = example(key);
        license.created_at_ms = created_at_ms;
        add(&shop.store, &license, shop.now_ms).await;
    }
    let mut other = example(9);
    other.created_at_ms = 900;
    other.product_sku = "other".to_owned();
    add(&shop.store, &other, shop.now_ms).await;
    let mut order = Vec::new();
    for _ in 0..4 {
        order.push(shop.hold(10).await.license);
    }
    assert_eq!(order, [3, 6, 4, 5]);
    let request = shop.provisional(1);
    let refusal = shop.one(Command::CheckOut(request)).await.unwrap_err();
    assert_eq!(refusal.shortfalls.len(), 4);
    for key in [3, 4, 5, 6, 9] {
        shop.recount(key).await;
    }
    let mut foreign = shop.provisional(1);
    foreign.selection.account = "444455556666".to_owned();
    assert_eq!(rule(shop.one(Command::CheckOut(foreign)).await), "C1");
    let mut nobody = shop.provisional(1);
    nobody.selection.beneficiary = None;
    assert_eq!(rule(shop.one(Command::CheckOut(nobody)).await), "C2");
}

async fn a_deleted_license_is_no_candidate(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    add(&shop.store, &example(2), shop.now_ms).await;
    let newer = shop.hold(1).await;
    assert_eq!(newer.license, 2);
    assert!(!shop.delete(2).await, "L31: it is in use");
    shop.check_in(&newer).await.unwrap();
    shop.draw(1).await;
    assert!(shop.delete(2).await);
    assert_eq!(shop.hold(1).await.license, 1);
    // L7: its usage is still read.
    assert_eq!(shop.users(2).await, (1, 0));
    shop.recount(2).await;
    // A new one is a candidate from its first batch on.
    add(&shop.store, &example(3), shop.now_ms).await;
    assert_eq!(shop.hold(1).await.license, 3);
}

/// C67: what is held can be returned whatever became of the license.
async fn a_license_that_ends_lets_its_holds_go(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let (one, two) = (shop.hold(1).await, shop.hold(2).await);
    shop.amend(1, |terms| terms.entitlements.retain(|it| it.name != "Users")).await;
    shop.check_in(&one).await.unwrap();
    assert_eq!(shop.users(1).await, (0, 2));
    assert!(!shop.delete(1).await);
    shop.now_ms = two.expires_at_ms;
    assert!(shop.delete(1).await);
    shop.recount(1).await;
}

/// R2, R3: a new week clears what was drawn and nothing that is held.
async fn a_new_period_restarts_draws(database: &Database) {
    let mut shop = Shop::open(database).await;
    let mut license = example(1);
    license.terms.consumption.renew_type = RenewType::Weekly;
    license.terms.consumption.provisional_minutes_max = Some(14 * 24 * 60);
    add(&shop.store, &license, shop.now_ms).await;
    shop.draw(6).await;
    shop.hold(4).await;
    shop.now_ms = BEGIN_MS + 7 * DAY_MS - 1;
    assert_eq!(shop.users(1).await, (6, 4));
    shop.now_ms += 1;
    assert_eq!(shop.users(1).await, (0, 4));
    shop.recount(1).await;
    shop.draw(5).await;
    // A transaction, and the ledger after it, see the same period.
    shop.amend(1, |terms| terms.license_name.push('x')).await;
    assert_eq!(shop.users(1).await, (5, 4));
    shop.recount(1).await;
    shop.now_ms += 7 * DAY_MS;
    shop.amend(1, |terms| terms.license_name.push('x')).await;
    assert_eq!(shop.users(1).await, (0, 0));
    shop.recount(1).await;
}

/// R4: so does a new term.
async fn a_new_term_restarts_draws(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    shop.draw(6).await;
    shop.amend(1, |terms| terms.entitlements[0].max_count = Some(7)).await;
    assert_eq!(shop.users(1).await, (6, 0));
    let begin = "2022-01-31T10:00:00Z".to_owned();
    shop.amend(1, |terms| terms.validity = Validity::parse(begin, None).unwrap()).await;
    assert_eq!(shop.users(1).await, (0, 0));
    shop.now_ms = example(1).terms.validity.end_ms.unwrap();
    shop.draw(7).await;
    shop.recount(1).await;
}

/// The sweeper's step over all rows; returns how many went to the history.
pub async fn sweep(shop: &Shop<'_>) -> u64 {
    let before_ms = shop.now_ms - REPLAY_WINDOW_MS;
    let mut moved = 0;
    let mut after = 0;
    let mut tx = shop.store.write().await.unwrap();
    while let Some(until) = consumption::sweep_end(&mut tx, after).await.unwrap() {
        moved += consumption::sweep(&mut tx, after, until, shop.now_ms, before_ms).await.unwrap();
        after = until;
    }
    tx.commit().await.unwrap();
    moved
}

/// What is over moves to the history and is answered from there as before.
async fn finished_check_outs_move_to_the_history(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let (returned, drawn) = (shop.hold(1).await, shop.draw(2).await);
    let (expired, live) = (shop.hold(3).await, shop.hold(4).await);
    shop.check_in(&returned).await.unwrap();
    assert_eq!(sweep(&shop).await, 0, "requests are answered again for ten minutes");
    shop.later(10).extend(&live).await.unwrap();
    assert_eq!(sweep(&shop).await, 2);
    shop.recount(1).await;
    shop.now_ms = expired.expires_at_ms;
    shop.extend(&live).await.unwrap();
    assert_eq!(sweep(&shop).await, 0);
    shop.later(10);
    assert_eq!(sweep(&shop).await, 1);
    assert_eq!(sweep(&shop).await, 0);
    let order: Vec<i64> = shop.rows(1).await.iter().map(|it| it.token.seq).collect();
    assert_eq!(order, [&returned, &drawn, &expired, &live].map(|it| it.token.seq));
    shop.recount(1).await;
    for _ in 0..2 {
        // C53, C64, C52, C65: as if the row had not moved.
        let rules = async |shop: &mut Shop<'_>, it: &Consumption| {
            (rule(shop.extend(it).await), rule(shop.check_in(it).await))
        };
        assert_eq!(rules(&mut shop, &drawn).await, ("C53".to_owned(), "C64".to_owned()));
        assert_eq!(rules(&mut shop, &returned).await, ("C52".to_owned(), "C65".to_owned()));
        assert_eq!(rules(&mut shop, &expired).await, ("C52".to_owned(), "C65".to_owned()));
        assert_eq!(shop.users(1).await, (2, 4));
        shop = shop.restart().await;
    }
    shop.check_in(&live).await.unwrap();
    assert_eq!(shop.users(1).await, (2, 0));
    assert_eq!(drawn.checkout_type, CheckoutType::Perpetual);
    shop.recount(1).await;
}

/// A request that was on its way when its check-out expired and the sweeper came.
async fn the_sweeper_leaves_time_for_late_batches(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let (extended, returned) = (shop.hold(4).await, shop.hold(3).await);
    shop.now_ms = extended.expires_at_ms + 1;
    assert_eq!(sweep(&shop).await, 0);
    shop.now_ms = extended.expires_at_ms - 1;
    shop.extend(&extended).await.unwrap();
    shop.check_in(&returned).await.unwrap();
    shop.recount(1).await;
    shop.later(30);
    assert_eq!(shop.users(1).await, (0, 4));
    shop = shop.restart().await;
    shop.recount(1).await;
    shop.check_in(&extended).await.unwrap();
    assert_eq!(shop.users(1).await, (0, 0));
}

on_both!(
    a_check_out_is_stored_whole,
    held_units_return_at_their_expiration,
    extensions_and_check_ins_move_returns,
    an_extension_to_the_same_time_changes_no_count,
    a_request_is_answered_again_for_ten_minutes,
    a_replay_is_the_first_answer,
    a_replay_shares_its_batch,
    candidates_are_tried_newest_first,
    a_deleted_license_is_no_candidate,
    a_license_that_ends_lets_its_holds_go,
    a_new_period_restarts_draws,
    a_new_term_restarts_draws,
    finished_check_outs_move_to_the_history,
    the_sweeper_leaves_time_for_late_batches,
);
