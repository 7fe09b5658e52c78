//! What every transaction promises, whatever the database.

use leasehold_store::account::{self, Account};
use leasehold_store::{ErrorKind, Store, Tx, Value};

use crate::database::Database;
use crate::shop::{Shop, add, example};

pub fn person(id: &str, name: &str) -> Account {
    Account { id: id.to_owned(), name: name.to_owned(), created_at_ms: 7 }
}

async fn names(tx: &mut Tx) -> Vec<String> {
    account::list(tx).await.unwrap().into_iter().map(|account| account.name).collect()
}

async fn add_person(store: &Store, id: &str, name: &str) {
    let mut tx = store.write().await.unwrap();
    account::insert(&mut tx, &person(id, name)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn placeholders_bind_by_number(database: &Database) {
    let store = database.open().await;
    let mut tx = store.read().await.unwrap();
    let mut check = async |sql: &str, values: &[&str], expect: &[&str]| {
        let values: Vec<Value> = values.iter().map(|value| (*value).into()).collect();
        let rows = tx.query(sql, &values).await.unwrap();
        let found: Vec<&str> = (0..expect.len()).map(|it| rows[0].text(it).unwrap()).collect();
        assert_eq!(found, expect, "{sql}");
    };
    check("SELECT $2, $1", &["one", "two"], &["two", "one"]).await;
    check("SELECT $1, $2, $1", &["one", "two"], &["one", "two", "one"]).await;
    check("SELECT $3, $3, $2, $1", &["one", "two", "three"], &["three", "three", "two", "one"])
        .await;
    let numbers: Vec<String> = (1..=12).map(|number| number.to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let sql = "SELECT $12, $11, $10, $9, $8, $7, $6, $5, $4, $3, $2, $1";
    let reversed: Vec<&str> = numbers.iter().copied().rev().collect();
    check(sql, &numbers, &reversed).await;
}

async fn values_come_back_as_they_went(database: &Database) {
    let store = database.open().await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let rows: [[Value; 4]; 4] = [
        [every_byte.into(), i64::MAX.into(), i64::MIN.into(), "it's $1 ?2 — 漢字 🙂".into()],
        [vec![0].into(), 0.into(), Value::Null, Value::Null],
        [vec![].into(), (-1).into(), 1.into(), "".into()],
        [vec![255; 3000].into(), i64::MIN.into(), i64::MAX.into(), "x".repeat(100_000).into()],
    ];
    let mut tx = store.write().await.unwrap();
    for row in &rows {
        let sql = "INSERT INTO request (answer, fingerprint, at_ms, client_key)
                   VALUES ($4, $3, $2, $1)";
        assert_eq!(tx.execute(sql, row).await.unwrap(), 1);
    }
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    for [key, at_ms, fingerprint, answer] in &rows {
        let sql = "SELECT client_key, at_ms, fingerprint, answer FROM request
                   WHERE client_key = $1 AND at_ms = $2";
        let found = tx.query(sql, &[key.clone(), at_ms.clone()]).await.unwrap();
        let Value::Bytes(bytes) = key else { panic!("{key:?}") };
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].bytes(0).unwrap(), bytes);
        assert_eq!(Value::from(found[0].int(1).unwrap()), *at_ms);
        assert_eq!(Value::from(found[0].int_or_null(2).unwrap()), *fingerprint);
        match answer {
            Value::Text(text) => assert_eq!(found[0].text(3).unwrap(), text),
            _ => assert!(found[0].text(3).is_err()),
        }
        assert!(found[0].int(0).is_err() && found[0].bytes(1).is_err() && found[0].int(9).is_err());
    }
}

async fn what_is_dropped_is_rolled_back(database: &Database) {
    let store = database.open().await;
    let mut tx = store.write().await.unwrap();
    account::insert(&mut tx, &person("1", "first")).await.unwrap();
    assert_eq!(names(&mut tx).await, ["first"]);
    drop(tx);
    let mut tx = store.write().await.unwrap();
    assert!(names(&mut tx).await.is_empty());
    account::insert(&mut tx, &person("1", "second")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(names(&mut store.read().await.unwrap()).await, ["second"]);
}

async fn a_commit_is_seen_by_those_that_begin_later(database: &Database) {
    let store = database.open().await;
    add_person(&store, "1", "first").await;
    let mut before = store.read().await.unwrap();
    assert_eq!(names(&mut before).await, ["first"]);
    let mut tx = store.write().await.unwrap();
    account::insert(&mut tx, &person("2", "second")).await.unwrap();
    assert_eq!(names(&mut store.read().await.unwrap()).await, ["first"]);
    tx.commit().await.unwrap();
    let mut after = store.read().await.unwrap();
    assert_eq!(names(&mut after).await, ["first", "second"]);
    // The older reader has a snapshot and keeps it.
    assert_eq!(names(&mut before).await, ["first"]);
}

async fn a_reader_cannot_write(database: &Database) {
    let store = database.open().await;
    let mut tx = store.read().await.unwrap();
    let error = account::insert(&mut tx, &person("1", "first")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
    drop(tx);
    assert!(names(&mut store.read().await.unwrap()).await.is_empty());
}

async fn more_readers_than_connections_take_turns(database: &Database) {
    let store = database.open().await;
    add_person(&store, "1", "first").await;
    let readers = (0..24).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { names(&mut store.read().await.unwrap()).await })
    });
    for reader in readers.collect::<Vec<_>>() {
        assert_eq!(reader.await.unwrap(), ["first"]);
    }
}

async fn a_key_that_is_taken_is_a_conflict(database: &Database) {
    let store = database.open().await;
    add_person(&store, "1", "first").await;
    let mut tx = store.write().await.unwrap();
    let error = account::insert(&mut tx, &person("1", "other")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    drop(tx);
    // Anything else that a column does not allow is a fault, and running again does not cure it.
    let mut tx = store.write().await.unwrap();
    let sql = "INSERT INTO account (id, name, created_at_ms) VALUES ($1, $2, $3)";
    let error = tx.execute(sql, &["2".into(), Value::Null, 7.into()]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
}

async fn a_statement_that_failed_spoils_its_transaction(database: &Database) {
    let store = database.open().await;
    add_person(&store, "1", "first").await;
    let mut tx = store.write().await.unwrap();
    account::insert(&mut tx, &person("2", "second")).await.unwrap();
    account::insert(&mut tx, &person("1", "other")).await.unwrap_err();
    assert!(tx.commit().await.is_err());
    assert_eq!(names(&mut store.read().await.unwrap()).await, ["first"]);
}

/// Adds one to a number that is read first.
async fn increment(store: &Store) -> leasehold_store::Result<()> {
    let mut tx = store.write().await?;
    let rows = tx.query("SELECT created_at_ms FROM account WHERE id = '1'", &[]).await?;
    let next = rows[0].int(0)? + 1;
    tx.execute("UPDATE account SET created_at_ms = $1 WHERE id = '1'", &[next.into()]).await?;
    tx.commit().await
}

async fn writers_take_turns_or_conflict_and_try_again(database: &Database) {
    let store = database.open().await;
    add_person(&store, "1", "first").await;
    let writers = (0..4).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                while let Err(error) = increment(&store).await {
                    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let found = account::find(&mut store.read().await.unwrap(), "1").await.unwrap();
    assert_eq!(found.unwrap().created_at_ms, 7 + 40);
}

async fn pools_are_those_of_the_transaction(database: &Database) {
    let shop = Shop::open(database).await;
    let mut tx = shop.store.write().await.unwrap();
    let error = tx.pools(1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
    drop(tx);
    add(&shop.store, &example(1), shop.now_ms).await;
    let mut tx = shop.store.write().await.unwrap();
    assert_eq!(tx.pools(1).await.unwrap().period_begin_ms, shop.now_ms);
    drop(tx);
    let mut tx = shop.store.read().await.unwrap();
    assert!(tx.pools(1).await.is_err(), "a reader cannot lock pools");
}

on_both!(
    placeholders_bind_by_number,
    values_come_back_as_they_went,
    what_is_dropped_is_rolled_back,
    a_commit_is_seen_by_those_that_begin_later,
    a_reader_cannot_write,
    more_readers_than_connections_take_turns,
    a_key_that_is_taken_is_a_conflict,
    a_statement_that_failed_spoils_its_transaction,
    writers_take_turns_or_conflict_and_try_again,
    pools_are_those_of_the_transaction,
);

/// Each of two transactions reads what the other writes; no order of them allows both.
async fn write_skew_is_a_conflict(database: &Database) {
    let store = database.open().await;
    let (mut one, mut two) = (store.write().await.unwrap(), store.write().await.unwrap());
    for (tx, id) in [(&mut one, "1"), (&mut two, "2")] {
        assert!(names(tx).await.is_empty());
        account::insert(tx, &person(id, id)).await.unwrap();
    }
    one.commit().await.unwrap();
    let error = two.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    let mut again = store.write().await.unwrap();
    assert_eq!(names(&mut again).await, ["1"]);
    again.commit().await.unwrap();
}

#[test]
fn on_postgres_write_skew_is_a_conflict() {
    crate::database::on_postgres(write_skew_is_a_conflict);
}

/// SQLite would store a number as text; PostgreSQL must not store its bytes.
async fn a_value_of_the_wrong_type_is_refused(database: &Database) {
    let store = database.open().await;
    let sql = "INSERT INTO account (id, name, created_at_ms) VALUES ($1, $2, $3)";
    let as_text = 0x4142_4344_4142_4344_i64.into();
    let mut tx = store.write().await.unwrap();
    assert!(tx.execute(sql, &[as_text, "name".into(), 7.into()]).await.is_err());
    drop(tx);
    let mut tx = store.write().await.unwrap();
    assert!(tx.execute(sql, &["1".into(), vec![65].into(), 7.into()]).await.is_err());
}

#[test]
fn on_postgres_a_value_of_the_wrong_type_is_refused() {
    crate::database::on_postgres(a_value_of_the_wrong_type_is_refused);
}
