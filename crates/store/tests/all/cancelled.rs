//! A client that goes away takes its future with it, at any await. Nothing may stay half done or
//! locked, and the ledger must know what was committed.

use leasehold_core::consume::Command;
use leasehold_store::account;
use leasehold_store::ledger::Engine as _;
use leasehold_store::license;

use crate::database::Database;
use crate::shop::{Shop, current, rule};
use crate::transactions::person;

/// Runs a future until it has been polled once and `turns` other turns of the task have passed,
/// then drops it. Returns whether it was done by then.
async fn abandon(future: impl Future, turns: usize) -> bool {
    let patience = async {
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        _ = future => true,
        () = patience => false,
    }
}

async fn a_write_that_is_dropped_anywhere_is_whole_or_nothing(database: &Database) {
    let store = database.open().await;
    for turns in 0..60 {
        let (one, two) = (format!("{turns}a"), format!("{turns}b"));
        let write = async {
            let mut tx = store.write().await.unwrap();
            account::insert(&mut tx, &person(&one, "")).await.unwrap();
            account::insert(&mut tx, &person(&two, "")).await.unwrap();
            tx.commit().await.unwrap();
        };
        let is_done = abandon(write, turns).await;
        let mut tx = store.write().await.unwrap();
        let one = account::find(&mut tx, &one).await.unwrap().is_some();
        let two = account::find(&mut tx, &two).await.unwrap().is_some();
        assert_eq!(one, two, "after {turns} turns");
        assert!(one || !is_done, "after {turns} turns");
        tx.commit().await.unwrap();
    }
}

async fn a_read_that_is_dropped_anywhere_gives_its_connection_back(database: &Database) {
    let store = database.open().await;
    for turns in 0..60 {
        let read = async {
            let mut tx = store.read().await.unwrap();
            account::list(&mut tx).await.unwrap();
        };
        abandon(read, turns % 12).await;
    }
    account::list(&mut store.read().await.unwrap()).await.unwrap();
}

async fn the_ledger_knows_a_commit_that_nobody_waited_for(database: &Database) {
    for turns in 0..4 {
        let mut shop = Shop::open(database).await;
        let key = turns + 1;
        crate::shop::add(&shop.store, &crate::shop::example(key), shop.now_ms).await;
        let held = shop.hold(1).await;
        shop.check_in(&held).await.unwrap();
        let mut tx = shop.store.write().await.unwrap();
        tx.pools(key).await.unwrap();
        let mut gone = current(&mut tx, key).await;
        gone.deleted_at_ms = Some(shop.now_ms);
        license::delete(&mut tx, &gone).await.unwrap();
        abandon(tx.commit(), usize::try_from(turns).unwrap()).await;
        // The pools are locked until the transaction is over, one way or the other.
        shop.pools(key).await;
        let mut tx = shop.store.read().await.unwrap();
        let is_deleted = current(&mut tx, key).await.deleted_at_ms.is_some();
        drop(tx);
        let request = shop.provisional(1);
        let decided = shop.one(Command::CheckOut(request)).await;
        assert_eq!(decided.is_err(), is_deleted, "after {turns} turns");
        if !is_deleted {
            let held = crate::shop::consumption_of(decided);
            shop.check_in(&held).await.unwrap();
            assert!(shop.delete(key).await);
        }
    }
}

async fn a_load_that_is_dropped_anywhere_leaves_the_ledger_usable(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    for turns in 0..40 {
        let request = Command::CheckOut(shop.provisional(1));
        let now_ms = shop.now_ms;
        if abandon(shop.engine.load(now_ms, &[request]), turns).await {
            // The whole of it came: the ledger holds the pools until its next batch is over.
            shop.usage(1).await;
        }
        shop.amend(1, |terms| terms.license_name.push('x')).await;
    }
    assert_eq!(shop.users(1).await, (0, 0));
    shop.hold(10).await;
    let request = shop.provisional(1);
    assert_eq!(rule(shop.one(Command::CheckOut(request)).await), "C11");
    shop.recount(1).await;
}

on_both!(
    a_write_that_is_dropped_anywhere_is_whole_or_nothing,
    a_read_that_is_dropped_anywhere_gives_its_connection_back,
    the_ledger_knows_a_commit_that_nobody_waited_for,
    a_load_that_is_dropped_anywhere_leaves_the_ledger_usable,
);
