//! Several servers over one PostgreSQL: any of them may take any request.

use leasehold_core::consume::{Command, decide};
use leasehold_core::license::{Metadata, SAME_NODE_METADATA, Status};
use leasehold_core::state::Effects;
use leasehold_store::ErrorKind;
use leasehold_store::ledger::Engine as _;

use crate::database::{Database, on_postgres};
use crate::shop::{Decided, Shop, add, check_in, consumption_of, example, extend, rule};

/// Runs a batch as the server does: again after a conflict. Returns how many there were, too.
async fn insist(shop: &mut Shop<'_>, commands: &[Command]) -> (Vec<Decided>, usize) {
    for conflicts in 0..20 {
        match shop.try_batch(commands).await {
            Ok(decided) => return (decided, conflicts),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
        }
    }
    panic!("a batch met twenty conflicts");
}

/// C15 over two servers: what is out never passes MaxCount, and all of it is given.
async fn a_limit_is_shared(database: &Database) {
    let mut one = Shop::open(database).await;
    let mut license = example(1);
    license.terms.entitlements[0].max_count = Some(50);
    add(&one.store, &license, one.now_ms).await;
    let mut two = Shop::open(database).await;
    let busy = async |shop: &mut Shop<'_>| {
        let mut held = Vec::new();
        for round in 0..40 {
            let mut commands: Vec<_> =
                (0..3).map(|_| Command::CheckOut(shop.provisional(1))).collect();
            if round % 4 == 3 {
                commands.extend(held.drain(..2).map(|it: std::sync::Arc<_>| check_in(&it)));
            }
            let (decided, _) = insist(shop, &commands).await;
            held.extend(decided.into_iter().take(3).filter(Result::is_ok).map(consumption_of));
            let (_, out) = shop.users(1).await;
            assert!(out <= 50, "{out} are out");
        }
    };
    tokio::join!(busy(&mut one), busy(&mut two));
    one.recount(1).await;
    two.recount(1).await;
}

/// Sixty-four requests at two servers at once: exactly fifty are allowed.
async fn exactly_the_limit_is_given(database: &Database) {
    let mut one = Shop::open(database).await;
    let mut license = example(1);
    license.terms.entitlements[0].max_count = Some(50);
    add(&one.store, &license, one.now_ms).await;
    let mut two = Shop::open(database).await;
    let ask = async |shop: &mut Shop<'_>| {
        let mut allowed = 0;
        for _ in 0..32 {
            let request = Command::CheckOut(shop.provisional(1));
            let (decided, _) = insist(shop, &[request]).await;
            allowed += usize::from(decided[0].is_ok());
        }
        allowed
    };
    let (first, second) = tokio::join!(ask(&mut one), ask(&mut two));
    assert_eq!(first + second, 50);
    one.recount(1).await;
    two.recount(1).await;
}

/// W62 over two servers: a request that is sent to both is done once.
async fn a_request_sent_to_both_is_done_once(database: &Database) {
    let mut one = Shop::stocked(database).await;
    let mut two = Shop::open(database).await;
    for round in 1..=10 {
        let request = [Command::CheckOut(one.provisional(1))];
        let (first, second) = tokio::join!(insist(&mut one, &request), insist(&mut two, &request));
        let [first, second] = [first, second].map(|(mut it, _)| consumption_of(it.remove(0)));
        assert_eq!(first, second);
        assert_eq!(two.users(1).await, (0, round));
    }
    one.recount(1).await;
}

/// The same where no lock keeps the two apart, for they take from different licenses: the loser
/// conflicts, and run again it answers what the winner did.
async fn the_loser_of_a_race_conflicts(database: &Database) {
    let mut one = Shop::open(database).await;
    for key in [1, 2] {
        let mut license = example(key);
        license.product_sku = format!("sku {key}");
        add(&one.store, &license, one.now_ms).await;
    }
    let mut two = Shop::open(database).await;
    let mut request = one.provisional(1);
    request.selection.product_sku = "sku 1".to_owned();
    let first = [Command::CheckOut(request.clone())];
    request.selection.product_sku = "sku 2".to_owned();
    let second = [Command::CheckOut(request)];
    let mut state = two.engine.load(two.now_ms, &second).await.unwrap();
    let winner = consumption_of(one.batch(&first).await.remove(0));
    let mut effects = Effects::default();
    decide(&mut state, &mut effects, &second[0], two.base + 99).unwrap();
    let error = two.engine.commit(state, &effects).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    let again = consumption_of(two.batch(&second).await.remove(0));
    assert_eq!(again, winner);
    assert_eq!((one.users(1).await, one.users(2).await), ((0, 1), (0, 0)));
    for key in [1, 2] {
        two.recount(key).await;
    }
}

/// Batches lock licenses in the order of their rows, whatever the order of their commands.
async fn batches_over_the_same_licenses_do_not_deadlock(database: &Database) {
    let mut one = Shop::open(database).await;
    for key in 1..=8 {
        let mut license = example(key);
        license.product_sku = format!("sku {key}");
        license.terms.entitlements[0].max_count = Some(1000);
        add(&one.store, &license, one.now_ms).await;
    }
    let mut two = Shop::open(database).await;
    let commands = |shop: &mut Shop<'_>| {
        let request = |key: i64| {
            let mut request = shop.provisional(1);
            request.selection.product_sku = format!("sku {key}");
            Command::CheckOut(request)
        };
        (1..=8).map(request).collect::<Vec<_>>()
    };
    let (client, watcher) = (database.client().await, database.client().await);
    for _ in 0..6 {
        let forwards = commands(&mut one);
        let mut backwards = commands(&mut two);
        backwards.reverse();
        // Both come to a halt halfway, for somebody has the pools in the middle.
        let middle = "BEGIN; SELECT 1 FROM pool WHERE license = 4 FOR UPDATE";
        client.batch_execute(middle).await.unwrap();
        let release = async {
            let waiting = "SELECT 1 FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'";
            while watcher.query(waiting, &[]).await.unwrap().len() < 2 {}
            client.batch_execute("ROLLBACK").await.unwrap();
        };
        let batches = async { tokio::join!(one.try_batch(&forwards), two.try_batch(&backwards)) };
        let ((first, second), ()) = tokio::join!(batches, release);
        assert!(first.unwrap().iter().chain(&second.unwrap()).all(Result::is_ok));
    }
    for key in 1..=8 {
        assert_eq!(one.users(key).await, (0, 12));
        two.recount(key).await;
    }
}

/// What a transaction of one server commits, the next batch of another sees.
async fn a_transaction_is_seen_by_the_other_server(database: &Database) {
    let mut one = Shop::stocked(database).await;
    let mut two = Shop::open(database).await;
    let held = two.hold(3).await;
    assert_eq!(one.users(1).await, (0, 3));
    one.amend(1, |terms| terms.entitlements[0].max_count = Some(4)).await;
    let over = Command::CheckOut(two.provisional(2));
    assert_eq!(rule(two.one(over).await), "C11");
    one.amend(1, |terms| terms.status = Status::Suspended).await;
    assert_eq!(rule(two.extend(&held).await), "C51");
    one.check_in(&held).await.unwrap();
    assert_eq!(rule(two.check_in(&held).await), "C65");
    assert!(one.delete(1).await);
    let request = Command::CheckOut(two.provisional(1));
    assert_eq!(rule(two.one(request).await), "C1");
    add(&one.store, &example(2), one.now_ms).await;
    assert_eq!(two.hold(1).await.license, 2);
    one.recount(1).await;
    one.recount(2).await;
}

/// A transaction that read a license before another server's batch changed its pools conflicts.
async fn a_transaction_and_a_batch_do_not_overlap(database: &Database) {
    let mut one = Shop::stocked(database).await;
    let mut two = Shop::open(database).await;
    let mut tx = one.store.write().await.unwrap();
    tx.query("SELECT key FROM license", &[]).await.unwrap();
    let held = two.hold(3).await;
    let error = tx.pools(1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    drop(tx);
    // And a batch waits for a transaction that has the pools.
    let mut tx = one.store.write().await.unwrap();
    let mut pools = tx.pools(1).await.unwrap();
    let commands = [extend(&held), Command::CheckOut(two.provisional(1))];
    let batch = two.try_batch(&commands);
    let transaction = async {
        pools.pools[0].drawn += 7;
        tx.save_pools(1, &pools).await.unwrap();
        tx.commit().await.unwrap();
    };
    let (decided, ()) = tokio::join!(batch, transaction);
    let [extended, refused] = decided.unwrap().try_into().unwrap();
    assert!(extended.is_ok());
    assert_eq!(rule(refused), "C11");
    assert_eq!(one.users(1).await, (7, 3));
}

/// A server whose clock is behind decides at the time of the last decision.
async fn a_slow_clock_changes_nothing(database: &Database) {
    let mut one = Shop::stocked(database).await;
    let mut two = Shop::open(database).await;
    let old = one.hold(10).await;
    one.now_ms = old.expires_at_ms;
    let new = one.hold(10).await;
    two.now_ms = old.expires_at_ms - 1;
    assert_eq!(rule(two.extend(&old).await), "C52");
    let over = Command::CheckOut(two.provisional(1));
    assert_eq!(rule(two.one(over).await), "C11");
    two.check_in(&new).await.unwrap();
    let late = two.hold(1).await;
    assert_eq!(late.issued_at_ms, one.now_ms);
    two.now_ms = one.now_ms;
    two.recount(1).await;
    one.recount(1).await;
}

/// A node finds its live seat, whichever server numbered the row of one that has run out.
async fn a_seat_is_found_whoever_numbered_it(database: &Database) {
    let mut one = Shop::open(database).await;
    let mut license = example(1);
    let (name, value) = (SAME_NODE_METADATA.to_owned(), "reuse".to_owned());
    license.terms.metadata = vec![Metadata { name: Some(name), value: Some(value) }];
    add(&one.store, &license, one.now_ms).await;
    let mut two = Shop::open(database).await;
    let on_node = async |shop: &mut Shop<'_>| {
        let mut request = shop.provisional(1);
        request.seat = Some([7; 16]);
        consumption_of(shop.one(Command::CheckOut(request)).await)
    };
    let old = on_node(&mut two).await;
    (one.now_ms, two.now_ms) = (old.expires_at_ms, old.expires_at_ms);
    let new = on_node(&mut one).await;
    assert!(new.token.seq < old.token.seq);
    assert_eq!(on_node(&mut two).await.token, new.token);
    assert_eq!(one.users(1).await, (0, 1));
}

/// A transaction reads before it locks, so a ledger that is never idle may come in its way each
/// time; run alone it is through at the first try.
async fn a_busy_ledger_rests_for_a_transaction_that_asks(database: &Database) {
    let mut busy = Shop::stocked(database).await;
    let patient = busy.store.clone();
    let batches = async {
        for _ in 0..200 {
            busy.hold(1).await;
            let now_ms = busy.now_ms + 61 * crate::shop::MINUTE_MS;
            busy.now_ms = now_ms;
        }
    };
    let transactions = async {
        for _ in 0..20 {
            let mut tx = patient.write_alone().await.unwrap();
            tx.query("SELECT count(*) FROM license", &[]).await.unwrap();
            let pools = tx.pools(1).await.unwrap();
            tx.save_pools(1, &pools).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    tokio::join!(batches, transactions);
    busy.recount(1).await;
}

/// A server that dies within a batch holds nobody up.
async fn a_server_that_dies_lets_its_locks_go(database: &Database) {
    let mut one = Shop::stocked(database).await;
    let mut two = Shop::open(database).await;
    let request = Command::CheckOut(one.provisional(4));
    let mut state = one.engine.load(one.now_ms, std::slice::from_ref(&request)).await.unwrap();
    decide(&mut state, &mut Effects::default(), &request, 1).unwrap();
    let Shop { store, engine, .. } = one;
    drop((store, engine));
    two.hold(10).await;
    two.recount(1).await;
}

macro_rules! on_postgres_alone {
    ($($test:ident),+ $(,)?) => {
        mod postgres {
            $(#[test]
            fn $test() {
                super::on_postgres(super::$test);
            })+
        }
    };
}

on_postgres_alone!(
    a_limit_is_shared,
    exactly_the_limit_is_given,
    a_request_sent_to_both_is_done_once,
    the_loser_of_a_race_conflicts,
    batches_over_the_same_licenses_do_not_deadlock,
    a_transaction_is_seen_by_the_other_server,
    a_transaction_and_a_batch_do_not_overlap,
    a_slow_clock_changes_nothing,
    a_seat_is_found_whoever_numbered_it,
    a_busy_ledger_rests_for_a_transaction_that_asks,
    a_server_that_dies_lets_its_locks_go,
);
