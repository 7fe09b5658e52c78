//! Opening: instance numbers, and schemas of other programs.

use std::collections::BTreeSet;

use leasehold_store::{ErrorKind, Store};

use crate::database::Database;

async fn instance_numbers_never_repeat(database: &Database) {
    let mut last = 0;
    for _ in 0..5 {
        let store = database.open().await;
        assert!(store.instance() > last, "{} after {last}", store.instance());
        last = store.instance();
        assert_eq!(store.clone().instance(), last);
    }
}

async fn a_newer_schema_is_refused(database: &Database) {
    let store = database.open().await;
    let mut tx = store.write().await.unwrap();
    let sql = "UPDATE meta SET value = value + 1 WHERE name = 'schema'";
    assert_eq!(tx.execute(sql, &[]).await.unwrap(), 1);
    tx.commit().await.unwrap();
    drop(store);
    let error = Store::open(&database.location).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(error.to_string().contains("newer Leasehold"), "{error}");
}

on_both!(instance_numbers_never_repeat, a_newer_schema_is_refused);

/// Many servers that start at the same time on a database that has no tables yet.
async fn servers_that_start_together(database: &Database) {
    let openings = (0..12).map(|_| {
        let location = database.location.clone();
        tokio::spawn(async move { Store::open(&location).await.map(|store| store.instance()) })
    });
    let mut numbers = BTreeSet::new();
    for opening in openings.collect::<Vec<_>>() {
        assert!(numbers.insert(opening.await.unwrap().unwrap()), "a number was given twice");
    }
    assert_eq!(numbers.len(), 12);
}

#[test]
fn servers_that_start_together_get_different_numbers() {
    crate::database::on_postgres(servers_that_start_together);
}

#[test]
fn a_server_that_is_not_there_is_refused() {
    // Nothing listens on the port for discarding.
    let location = leasehold_store::Location::parse("postgres://nobody@127.0.0.1:9/none");
    let opened = crate::database::run(Store::open(&location));
    let error = opened.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(error.to_string().contains("cannot connect"), "{error}");
}
