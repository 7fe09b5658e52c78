//! A database that says no in the middle of a batch or at its commit.

use std::sync::Arc;

use leasehold_core::consume::Command;
use leasehold_core::pool::Pools;
use leasehold_core::state::Consumption;
use leasehold_store::{ErrorKind, Store, account};

use crate::database::{Database, on_postgres};
use crate::shop::{Shop, add, check_in, consumption_of, example, extend};
use crate::transactions::person;

async fn execute(store: &Store, statements: &[String]) {
    let mut tx = store.write().await.unwrap();
    for sql in statements {
        tx.execute(sql, &[]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// A database that refuses some statement from now on.
struct Fault<'a> {
    database: &'a Database,
    table: &'a str,
}

impl<'a> Fault<'a> {
    /// Every `event` on the table fails at once.
    async fn on(shop: &Shop<'a>, event: &str, table: &'a str) -> Self {
        let sqlite = "SELECT RAISE(ABORT, 'as if the disk were full')";
        let postgres = "RAISE EXCEPTION 'as if the disk were full'";
        let fault = Self { database: shop.database, table };
        fault.arm(&shop.store, &format!("BEFORE {event}"), sqlite, postgres).await;
        fault
    }

    /// Every `event` on the table succeeds, and the COMMIT behind it fails.
    async fn at_commit(shop: &Shop<'a>, event: &str, table: &'a str) -> Self {
        let debtor = "CREATE TABLE IF NOT EXISTS debtor
            (account TEXT REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED)";
        execute(&shop.store, &[debtor.to_owned()]).await;
        let insert = "INSERT INTO debtor (account) VALUES ('nobody')";
        let fault = Self { database: shop.database, table };
        fault.arm(&shop.store, &format!("AFTER {event}"), insert, insert).await;
        fault
    }

    async fn arm(&self, store: &Store, when: &str, sqlite: &str, postgres: &str) {
        let table = self.table;
        let statements = if self.database.is_sqlite() {
            vec![format!("CREATE TRIGGER fault {when} ON {table} BEGIN {sqlite}; END")]
        } else {
            vec![
                format!(
                    "CREATE OR REPLACE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS
                     $body$ BEGIN {postgres}; RETURN NEW; END $body$"
                ),
                format!(
                    "CREATE TRIGGER fault {when} ON {table} FOR EACH ROW EXECUTE FUNCTION fault()"
                ),
            ]
        };
        execute(store, &statements).await;
    }

    async fn cure(self, store: &Store) {
        let on_table = if self.database.is_sqlite() { "" } else { &format!(" ON {}", self.table) };
        execute(store, &[format!("DROP TRIGGER fault{on_table}")]).await;
    }
}

/// What the store knows of two licenses, in memory and in rows.
async fn all(shop: &Shop<'_>) -> Vec<(Pools, Vec<Consumption>)> {
    let mut all = Vec::new();
    for key in [1, 2] {
        all.push((shop.pools(key).await, shop.rows(key).await));
    }
    all
}

/// A batch of everything, over two licenses, on a shop where some units are out.
struct Mixed {
    before: Vec<(Pools, Vec<Consumption>)>,
    commands: Vec<Command>,
}

impl Mixed {
    async fn prepare(shop: &mut Shop<'_>) -> Self {
        let mut other = example(2);
        other.product_sku = "other".to_owned();
        add(&shop.store, &other, shop.now_ms).await;
        let mut on_other = [shop.provisional(1), shop.perpetual(2), shop.provisional(3)];
        for request in &mut on_other {
            request.selection.product_sku = "other".to_owned();
        }
        let [first, second, third] = on_other.map(Command::CheckOut);
        let held: Vec<Arc<Consumption>> =
            vec![shop.hold(1).await, shop.hold(2).await, consumption_of(shop.one(first).await)];
        shop.draw(1).await;
        shop.later(5);
        let commands = vec![
            check_in(&held[0]),
            extend(&held[1]),
            extend(&held[2]),
            Command::CheckOut(shop.provisional(2)),
            Command::CheckOut(shop.perpetual(1)),
            second,
            third,
        ];
        Self { before: all(shop).await, commands }
    }

    /// The batch fails, twice, and nothing of it is anywhere.
    async fn fails(&self, shop: &mut Shop<'_>) {
        for _ in 0..2 {
            let error = shop.try_batch(&self.commands).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
            // What only reads goes on.
            assert_eq!((shop.users(1).await, shop.users(2).await), ((1, 3), (0, 1)));
            assert_eq!(all(shop).await, self.before);
        }
    }

    /// The same batch is done, and known after a restart.
    async fn succeeds(&self, mut shop: Shop<'_>) {
        let decided = shop.batch(&self.commands).await;
        assert!(decided.iter().all(Result::is_ok), "{decided:?}");
        let after = all(&shop).await;
        assert_ne!(after, self.before);
        for _ in 0..2 {
            assert_eq!((shop.users(1).await, shop.users(2).await), ((2, 4), (2, 4)));
            shop.recount(1).await;
            shop.recount(2).await;
            assert_eq!(all(&shop).await, after);
            shop = shop.restart().await;
        }
    }
}

async fn a_batch_that_fails_midway_has_not_happened(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let mixed = Mixed::prepare(&mut shop).await;
    let common = [("INSERT", "consumption"), ("UPDATE", "consumption")];
    let own = if database.is_sqlite() {
        [("INSERT", "pool")].as_slice()
    } else {
        &[("UPDATE", "pool"), ("INSERT", "request"), ("INSERT", "hold")]
    };
    for (event, table) in common.iter().chain(own) {
        let fault = Fault::on(&shop, event, table).await;
        mixed.fails(&mut shop).await;
        fault.cure(&shop.store).await;
    }
    mixed.succeeds(shop).await;
}

async fn a_commit_that_fails_has_not_happened(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let mixed = Mixed::prepare(&mut shop).await;
    let fault = Fault::at_commit(&shop, "INSERT", "consumption").await;
    mixed.fails(&mut shop).await;
    fault.cure(&shop.store).await;
    mixed.succeeds(shop).await;
}

async fn a_restart_after_a_failure_finds_the_same(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let mixed = Mixed::prepare(&mut shop).await;
    let fault = Fault::at_commit(&shop, "UPDATE", "consumption").await;
    mixed.fails(&mut shop).await;
    shop = shop.restart().await;
    assert_eq!(all(&shop).await, mixed.before);
    mixed.fails(&mut shop).await;
    fault.cure(&shop.store).await;
    shop = shop.restart().await;
    mixed.succeeds(shop).await;
}

/// The ledger goes on with what it knew.
async fn a_transaction_whose_commit_fails_has_not_happened(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    shop.hold(3).await;
    let before = (shop.pools(1).await, shop.rows(1).await);
    let fault = Fault::at_commit(&shop, "INSERT", "account").await;
    for _ in 0..2 {
        let mut tx = shop.store.write().await.unwrap();
        let mut pools = tx.pools(1).await.unwrap();
        pools.pools[0].drawn = 7;
        tx.save_pools(1, &pools).await.unwrap();
        account::insert(&mut tx, &person("1", "first")).await.unwrap();
        let error = tx.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
        assert_eq!((shop.pools(1).await, shop.rows(1).await), before);
        assert_eq!(shop.users(1).await, (0, 3));
    }
    fault.cure(&shop.store).await;
    let mut tx = shop.store.write().await.unwrap();
    account::insert(&mut tx, &person("1", "first")).await.unwrap();
    tx.commit().await.unwrap();
    shop.hold(7).await;
    shop.recount(1).await;
}

on_both!(
    a_batch_that_fails_midway_has_not_happened,
    a_commit_that_fails_has_not_happened,
    a_restart_after_a_failure_finds_the_same,
    a_transaction_whose_commit_fails_has_not_happened,
);

/// A PostgreSQL that restarts takes every connection with it.
async fn lost_connections_are_made_anew(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    let held = shop.hold(3).await;
    let client = database.client().await;
    for round in 1..=3 {
        let lost = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";
        client.execute(lost, &[]).await.unwrap();
        // One batch may notice; the next one has a new connection.
        let request = [Command::CheckOut(shop.perpetual(1))];
        if let Err(error) = shop.try_batch(&request).await {
            assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
            shop.batch(&request).await.remove(0).unwrap();
        }
        assert_eq!(shop.users(1).await, (round, 3));
        // Each connection of the pool may notice once.
        let mut tries = 0;
        while shop.store.write().await.is_err() {
            tries += 1;
            assert!(tries < 20, "the pool does not recover");
        }
        shop.recount(1).await;
    }
    shop.check_in(&held).await.unwrap();
    shop.recount(1).await;
}

#[test]
fn on_postgres_lost_connections_are_made_anew() {
    on_postgres(lost_connections_are_made_anew);
}
