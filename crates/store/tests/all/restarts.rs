//! What is known after the store is opened anew.

use leasehold_core::consume::{Command, REPLAY_WINDOW_MS};
use leasehold_core::license::Status;

use crate::database::Database;
use crate::shop::{BEGIN_MS, Shop, add, consumption_of, example, rule};

async fn draws_and_holds_survive(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let (first, second) = (shop.hold(1).await, shop.later(10).hold(2).await);
    shop.draw(3).await;
    shop.later(10).extend(&first).await.unwrap();
    let returned = shop.hold(4).await;
    shop.check_in(&returned).await.unwrap();
    let before = shop.pools(1).await;
    shop = shop.restart().await;
    assert_eq!(shop.pools(1).await, before);
    assert_eq!(shop.users(1).await, (3, 3));
    shop.recount(1).await;
    let over = Command::CheckOut(shop.provisional(5));
    assert_eq!(rule(shop.one(over).await), "C11");
    shop.hold(4).await;
    shop = shop.restart().await;
    shop.now_ms = second.expires_at_ms;
    assert_eq!(shop.users(1).await, (3, 5));
    shop.check_in(&first).await.unwrap();
    assert_eq!(rule(shop.check_in(&returned).await), "C65");
    shop = shop.restart().await;
    assert_eq!(shop.users(1).await, (3, 4));
    shop.recount(1).await;
}

/// What was due while nothing ran has come back.
async fn holds_expire_while_the_store_is_closed(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let held = shop.hold(10).await;
    shop.now_ms = held.expires_at_ms;
    shop = shop.restart().await;
    assert_eq!(rule(shop.check_in(&held).await), "C65");
    shop.hold(10).await;
    shop.recount(1).await;
    shop = shop.restart().await;
    shop.recount(1).await;
    shop.later(60);
    assert_eq!(shop.users(1).await, (0, 0));
}

/// W62 and W63 hold across a crash between commit and answer.
async fn the_window_of_replays_survives(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let request = shop.provisional(4);
    let check_out = Command::CheckOut(request.clone());
    let first = consumption_of(shop.one(check_out.clone()).await);
    // A later row, so that the first is not the newest.
    shop.later(9).draw(1).await;
    shop = shop.restart().await;
    shop.now_ms = BEGIN_MS + REPLAY_WINDOW_MS - 1;
    assert_eq!(consumption_of(shop.one(check_out.clone()).await), first);
    let mut other = request.clone();
    other.fingerprint += 1;
    assert_eq!(rule(shop.one(Command::CheckOut(other)).await), "W63");
    shop = shop.restart().await;
    shop.now_ms += 1;
    let second = consumption_of(shop.one(check_out.clone()).await);
    assert_ne!(second.token, first.token);
    shop = shop.restart().await;
    assert_eq!(consumption_of(shop.one(check_out).await), second);
    assert_eq!(shop.users(1).await, (1, 8));
    shop.recount(1).await;
}

async fn transactions_survive(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    add(&shop.store, &example(2), shop.now_ms).await;
    let held = shop.hold(4).await;
    shop.draw(2).await;
    shop.amend(2, |terms| terms.entitlements[0].max_count = Some(7)).await;
    shop.amend(1, |terms| terms.status = Status::Suspended).await;
    shop = shop.restart().await;
    assert_eq!(shop.users(2).await, (2, 4));
    let over = Command::CheckOut(shop.provisional(2));
    assert_eq!(rule(shop.one(over).await), "C11");
    shop.check_in(&held).await.unwrap();
    assert!(shop.delete(2).await);
    shop = shop.restart().await;
    let request = Command::CheckOut(shop.provisional(1));
    assert_eq!(rule(shop.one(request).await), "C3");
    shop.amend(1, |terms| terms.status = Status::Available).await;
    assert_eq!(shop.hold(1).await.license, 1);
    shop.recount(1).await;
    shop.recount(2).await;
}

/// Rows that one opening made are never made again by the next.
async fn rows_of_two_openings_do_not_meet(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    for _ in 0..3 {
        shop.hold(1).await;
        // As a server counts: from the beginning, in its own instance.
        shop.requests = 0;
        shop = shop.restart().await;
    }
    shop.now_ms += REPLAY_WINDOW_MS;
    assert_eq!(shop.rows(1).await.len(), 3);
    assert_eq!(shop.users(1).await, (0, 3));
    shop.recount(1).await;
}

/// SQLite: the log is copied into the file and begun anew, with a reader in the way or without.
async fn a_checkpoint_keeps_everything(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    shop.draw(2).await;
    let mut reader = shop.store.read().await.unwrap();
    reader.query("SELECT 1 FROM license", &[]).await.unwrap();
    shop.store.checkpoint().await.unwrap();
    drop(reader);
    shop.hold(3).await;
    shop.store.checkpoint().await.unwrap();
    shop = shop.restart().await;
    assert_eq!(shop.users(1).await, (2, 3));
    shop.recount(1).await;
}

on_both!(
    draws_and_holds_survive,
    holds_expire_while_the_store_is_closed,
    the_window_of_replays_survives,
    transactions_survive,
    rows_of_two_openings_do_not_meet,
    a_checkpoint_keeps_everything,
);
