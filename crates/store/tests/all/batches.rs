//! Several commands in one batch, batches that come to nothing, and transactions between batches.

use leasehold_core::consume::{Command, Outcome};
use leasehold_core::entitlement::{Asked, Unit};
use leasehold_core::license::Status;
use leasehold_core::state::Effects;
use leasehold_store::ledger::Engine as _;

use crate::database::Database;
use crate::shop::{Shop, add, check_in, consumption_of, example, extend, rule};

/// C15: a batch is decided in its order, and never past the limit.
async fn a_batch_shares_a_limit(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let requests: Vec<_> = (0..15).map(|_| Command::CheckOut(shop.provisional(1))).collect();
    let decided = shop.batch(&requests).await;
    let allowed: Vec<bool> = decided.iter().map(Result::is_ok).collect();
    assert_eq!(allowed, (0..15).map(|it| it < 10).collect::<Vec<_>>());
    shop.recount(1).await;
    let held: Vec<_> = decided.into_iter().take(10).map(consumption_of).collect();
    let mut commands: Vec<_> = held.iter().take(4).map(|it| check_in(it)).collect();
    commands.push(extend(&held[4]));
    commands.push(Command::CheckOut(shop.perpetual(5)));
    commands.push(Command::CheckOut(shop.provisional(4)));
    commands.push(Command::Usage { license: 1 });
    let decided = shop.batch(&commands).await;
    let allowed: Vec<bool> = decided.iter().map(Result::is_ok).collect();
    assert_eq!(allowed, [true, true, true, true, true, false, true, true]);
    assert_eq!(shop.users(1).await, (0, 10));
    shop.recount(1).await;
}

/// The same request several times in one batch.
async fn a_batch_answers_its_duplicates(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let request = shop.provisional(4);
    let mut other = request.clone();
    other.fingerprint += 1;
    let commands = [request.clone(), other, request.clone(), request].map(Command::CheckOut);
    let decided = shop.batch(&commands).await;
    let [first, second, third, fourth] = decided.try_into().unwrap();
    let first = consumption_of(first);
    assert_eq!(rule(second), "W63");
    assert_eq!(consumption_of(third), first);
    assert_eq!(consumption_of(fourth), first);
    assert_eq!(shop.users(1).await, (0, 4));
    shop.recount(1).await;
}

/// What is checked out in a batch can be extended and returned in it, by a client that guesses.
async fn a_batch_sees_its_own_check_outs(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let mut guess = shop.hold(1).await.as_ref().clone();
    let request = shop.provisional(4);
    guess.token.seq = shop.base + shop.requests + 1;
    let commands = [Command::CheckOut(request), extend(&guess), check_in(&guess)];
    let decided = shop.batch(&commands).await;
    assert!(decided.iter().all(Result::is_ok), "{decided:?}");
    assert_eq!(shop.users(1).await, (0, 1));
    shop.recount(1).await;
}

async fn a_batch_spans_licenses(database: &Database) {
    let mut shop = Shop::open(database).await;
    for key in 1..=20 {
        let mut license = example(key);
        license.product_sku = format!("sku {key}");
        add(&shop.store, &license, shop.now_ms).await;
    }
    let request = |shop: &mut Shop<'_>, key: i64, units| {
        let mut request = shop.provisional(units);
        request.selection.product_sku = format!("sku {key}");
        if key % 2 == 0 {
            let also = Asked { name: "Data".to_owned(), unit: Unit::Gigabytes, units: 300 };
            request.asked.insert(0, also);
        }
        Command::CheckOut(request)
    };
    let mut commands = Vec::new();
    for round in 0..4 {
        commands.extend((1..=20).rev().map(|key| request(&mut shop, key, 3 + round)));
    }
    let decided = shop.batch(&commands).await;
    // Of 3, 4, 5 and 6 Users only the first two fit; of 300 Gigabytes the first three.
    for (index, decided) in decided.iter().enumerate() {
        let key = 20 - index % 20;
        let names = match decided {
            Ok(Outcome::CheckedOut(it, _)) => it.taken.iter().map(|it| it.name.as_str()).collect(),
            _ => Vec::new(),
        };
        let expect: &[&str] = match (index / 20, key % 2) {
            (0 | 1, 0) => &["Data", "Users"],
            (0 | 1, _) => &["Users"],
            (2, 0) => &["Data"],
            _ => &[],
        };
        assert_eq!(names, expect, "round {} of license {key}", index / 20);
    }
    for key in 1..=20 {
        shop.recount(key).await;
        assert_eq!(shop.users(key).await, (0, 7));
    }
}

/// A transaction between two batches is seen by the second.
async fn the_next_batch_sees_a_transaction(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let (held, drawn) = (shop.hold(3).await, shop.draw(2).await);
    shop.amend(1, |terms| terms.entitlements[0].max_count = Some(6)).await;
    assert_eq!(shop.users(1).await, (2, 3));
    let over = Command::CheckOut(shop.provisional(2));
    assert_eq!(rule(shop.one(over).await), "C11");
    assert_eq!(shop.hold(1).await.version, 2);
    shop.amend(1, |terms| terms.status = Status::Deactivated).await;
    assert_eq!(rule(shop.extend(&held).await), "C51");
    let request = Command::CheckOut(shop.provisional(1));
    assert_eq!(rule(shop.one(request).await), "C3");
    shop.check_in(&held).await.unwrap();
    // What expired before the transaction began has come back once, not twice.
    shop.later(61).amend(1, |terms| terms.status = Status::Available).await;
    assert_eq!(shop.users(1).await, (2, 0));
    shop.recount(1).await;
    shop.hold(4).await;
    let request = Command::CheckOut(shop.provisional(1));
    assert_eq!(rule(shop.one(request).await), "C11");
    assert_eq!(drawn.version, 1);
    shop.recount(1).await;
}

async fn a_transaction_that_is_rolled_back_leaves_the_ledger_alone(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let held = shop.hold(3).await;
    {
        let mut tx = shop.store.write().await.unwrap();
        let mut pools = tx.pools(1).await.unwrap();
        pools.pools[0].drawn = 7;
        pools.hold(0, None, held.expires_at_ms, -3);
        tx.save_pools(1, &pools).await.unwrap();
        let mut gone = example(1);
        gone.deleted_at_ms = Some(1);
        leasehold_store::license::delete(&mut tx, &gone).await.unwrap();
    }
    assert_eq!(shop.users(1).await, (0, 3));
    shop.extend(&held).await.unwrap();
    shop.recount(1).await;
}

/// A batch that is loaded and never committed has not happened.
async fn an_abandoned_batch_leaves_nothing_behind(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let held = shop.hold(3).await;
    let before = (shop.pools(1).await, shop.rows(1).await);
    for _ in 0..3 {
        let commands = [
            check_in(&held),
            Command::CheckOut(shop.provisional(2)),
            Command::CheckOut(shop.perpetual(2)),
        ];
        let mut state = shop.engine.load(shop.now_ms, &commands).await.unwrap();
        let mut effects = Effects::default();
        for (seq, command) in (shop.base + 1000..).zip(&commands) {
            leasehold_core::consume::decide(&mut state, &mut effects, command, seq).unwrap();
        }
        assert!(!effects.is_empty());
    }
    assert_eq!(shop.users(1).await, (0, 3));
    assert_eq!((shop.pools(1).await, shop.rows(1).await), before);
    shop.check_in(&held).await.unwrap();
    shop.recount(1).await;
}

/// Its locks go with the next batch, also with one that wants other licenses.
async fn an_abandoned_batch_lets_its_pools_go(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let mut other = example(2);
    other.product_sku = "other".to_owned();
    add(&shop.store, &other, shop.now_ms).await;
    let request = Command::CheckOut(shop.provisional(1));
    shop.engine.load(shop.now_ms, &[request]).await.unwrap();
    let mut request = shop.provisional(1);
    request.selection.product_sku = "other".to_owned();
    let commands = [Command::CheckOut(request)];
    let state = shop.engine.load(shop.now_ms, &commands).await.unwrap();
    if !database.is_sqlite() {
        // The pools of the first batch are free while the second one holds others.
        shop.amend(1, |terms| terms.license_name.push('x')).await;
    }
    shop.engine.commit(state, &Effects::default()).await.unwrap();
    shop.amend(1, |terms| terms.license_name.push('x')).await;
    shop.amend(2, |terms| terms.license_name.push('x')).await;
}

async fn a_commit_without_a_load_is_refused(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let commit = async |shop: &mut Shop<'_>| {
        shop.engine.commit(Default::default(), &Effects::default()).await
    };
    assert!(commit(&mut shop).await.is_err());
    shop.hold(1).await;
    assert!(commit(&mut shop).await.is_err());
    shop.hold(1).await;
    assert_eq!(shop.users(1).await, (0, 2));
    shop.recount(1).await;
}

/// A command that names nothing is refused, and its batch goes on.
async fn unknown_names_spoil_nothing(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let held = shop.hold(1).await;
    let mut unknown = held.as_ref().clone();
    unknown.token.seq += 1_000_000;
    let mut wrong_secret = held.as_ref().clone();
    wrong_secret.token.secret ^= 1;
    let commands = [
        extend(&unknown),
        check_in(&wrong_secret),
        Command::Usage { license: 77 },
        Command::CheckOut(shop.provisional(1)),
    ];
    let [extended, returned, usage, held] = shop.batch(&commands).await.try_into().unwrap();
    let rules = [extended, returned, usage].map(rule);
    assert_eq!(rules, ["C52", "C65", "L42"]);
    consumption_of(held);
    assert!(shop.batch(&[]).await.is_empty());
    assert_eq!(shop.users(1).await, (0, 2));
    shop.recount(1).await;
}

on_both!(
    a_batch_shares_a_limit,
    a_batch_answers_its_duplicates,
    a_batch_sees_its_own_check_outs,
    a_batch_spans_licenses,
    the_next_batch_sees_a_transaction,
    a_transaction_that_is_rolled_back_leaves_the_ledger_alone,
    an_abandoned_batch_leaves_nothing_behind,
    an_abandoned_batch_lets_its_pools_go,
    a_commit_without_a_load_is_refused,
    unknown_names_spoil_nothing,
);
