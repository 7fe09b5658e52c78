//! Everything goes from one database into another one and back, on both engines.

use std::collections::BTreeMap;

use leasehold_core::consume::{Command, REPLAY_WINDOW_MS};
use leasehold_core::license::RenewType;
use leasehold_store::backup::transfer;
use leasehold_store::copy::copy;
use leasehold_store::schema::{Pages, Table, tables};
use leasehold_store::{Access, ErrorKind, Row, Store, Tx, Value, consumption};

use crate::database::Database;
use crate::grants::{self, CUSTOMER, NEIGHBOR, chained, seated};
use crate::shop::{DAY_MS, Shop, add, consumption_of, example};

/// A shop with something of everything: check-outs that are held, extended, over, in the history,
/// and drawn in two periods and under two versions, through grants and on a seat.
pub async fn filled(database: &Database) -> Shop<'_> {
    let mut shop = chained(seated(database).await).await;
    let mut monthly = example(2);
    monthly.terms.consumption.renew_type = RenewType::Monthly;
    add(&shop.store, &monthly, shop.now_ms).await;
    shop.draw(4).await;
    let swept = shop.hold(1).await;
    shop.check_in(&swept).await.unwrap();
    shop.now_ms += 40 * DAY_MS;
    let mut tx = shop.store.write().await.unwrap();
    let moved = consumption::sweep(&mut tx, 0, i64::MAX, shop.now_ms, shop.now_ms).await.unwrap();
    assert_eq!(moved, 2);
    tx.commit().await.unwrap();
    shop.draw(2).await;
    shop.amend(2, |terms| terms.entitlements[0].max_count = Some(9)).await;
    shop.draw(1).await;
    let held = shop.hold(2).await;
    shop.later(5).extend(&held).await.unwrap();
    for _ in 0..2 {
        let seat = Command::CheckOut(grants::on_node(&mut shop, CUSTOMER, 1));
        shop.one(seat).await.unwrap();
    }
    let batch = [grants::draw(&mut shop, NEIGHBOR, 1), grants::hold(&mut shop, NEIGHBOR, 1)];
    assert!(shop.batch(&batch).await.iter().all(Result::is_ok));
    shop
}

/// Every table with its rows; of the notes those that are not about the one database.
pub async fn dump(store: &Store) -> BTreeMap<String, Vec<Row>> {
    let mut tx = store.read().await.unwrap();
    let mut all = BTreeMap::new();
    for table in tables(&mut tx).await.unwrap() {
        let columns: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        let mut pages = Pages::new(&table, &columns, "1 = 1").unwrap();
        let mut rows = pages.next(&mut tx).await.unwrap();
        while let more @ [_, ..] = &pages.next(&mut tx).await.unwrap()[..] {
            rows.extend_from_slice(more);
        }
        all.insert(table.name, rows);
    }
    all
}

/// A row of the simplest values that a table takes.
async fn fill_one(tx: &mut Tx, table: &Table) {
    let values: Vec<Value> = table
        .columns
        .iter()
        .map(|(_, kind)| match kind.as_str() {
            "BIGINT" => Value::Int(7),
            "TEXT" => Value::Text("é".to_owned()),
            "BYTEA" => Value::Bytes(vec![0, 7]),
            other => panic!("{other}"),
        })
        .collect();
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
    let marks: Vec<String> = (1..=names.len()).map(|number| format!("${number}")).collect();
    let (name, names, marks) = (&table.name, names.join(", "), marks.join(", "));
    let sql = format!("INSERT INTO {name} ({names}) VALUES ({marks})");
    tx.execute(&sql, &values).await.unwrap();
}

/// Puts a row into each table that has none, but for those that are made anew: whatever tables
/// there will be.
async fn fill_all(store: &Store) {
    let before = dump(store).await;
    let mut tx = store.write().await.unwrap();
    for table in tables(&mut tx).await.unwrap() {
        if before[&table.name].is_empty() && table.name != "hold" {
            fill_one(&mut tx, &table).await;
        }
    }
    tx.commit().await.unwrap();
}

async fn copy_all(from: &Store, to: &Store) {
    let mut tx = to.write_alone().await.unwrap();
    copy(&mut from.read().await.unwrap(), &mut tx, &mut ()).await.unwrap();
    tx.commit().await.unwrap();
}

/// From SQLite to here and back: no table is forgotten, and nothing is added.
async fn every_table_comes_through(database: &Database) {
    let (source, last) = (Database::sqlite(), Database::sqlite());
    let shop = filled(&source).await;
    fill_all(&shop.store).await;
    // Noted beside a row that remembers it itself: needless, and not copied.
    let mut tx = shop.store.write().await.unwrap();
    let needless = "DELETE FROM request WHERE client_key IN (SELECT client_key FROM consumption)";
    assert_eq!(tx.execute(needless, &[]).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let before = dump(&shop.store).await;
    let empty: Vec<_> = before.iter().filter(|it| it.1.is_empty()).map(|it| it.0).collect();
    assert_eq!(empty, ["hold"]);
    let (here, last) = (database.open().await, last.open().await);
    copy_all(&shop.store, &here).await;
    copy_all(&here, &last).await;
    for (table, rows) in dump(&last).await {
        assert_eq!(rows, before[&table], "{table}");
    }
}

/// A ledger goes on as if it had been here all the time: counts, tokens, and the window of replays.
async fn a_ledger_goes_on_where_it_was(database: &Database) {
    let source = Database::sqlite();
    let mut shop = filled(&source).await;
    let request = Command::CheckOut(shop.provisional(1));
    let made = consumption_of(shop.one(request.clone()).await);
    let seat = Command::CheckOut(grants::on_node(&mut shop, CUSTOMER, 2));
    let seated = consumption_of(shop.one(seat.clone()).await);
    let usage = [shop.usage(1).await, shop.usage(2).await];
    let (now_ms, requests) = (shop.now_ms, shop.requests);
    drop((shop.engine, shop.store));
    {
        let from = Store::open_to_read(&source.location, Access::Alone).await.unwrap();
        let to = Store::open_empty(&database.location).await.unwrap();
        let outcome = transfer(&from, &to, false, &mut ()).await.unwrap();
        let mut differences = outcome.report.differences;
        differences.retain(|it| it.subject.starts_with("arn:"));
        assert_eq!(differences, []);
        // The shop's accounts are not stored, and that differs: nothing has been written.
        assert!(!dump(&to).await.values().any(|rows| !rows.is_empty()));
        transfer(&from, &to, true, &mut ()).await.unwrap();
        let again = transfer(&from, &to, true, &mut ()).await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Refused);
    }
    let mut shop = Shop { now_ms, requests, ..Shop::open(database).await };
    assert_eq!([shop.usage(1).await, shop.usage(2).await], usage);
    shop.recount(1).await;
    shop.recount(2).await;
    assert_eq!(consumption_of(shop.one(request).await), made);
    assert_eq!(consumption_of(shop.one(seat).await), seated);
    shop.extend(&made).await.unwrap();
    shop.check_in(&seated).await.unwrap();
    shop.hold(1).await;
    shop.now_ms += REPLAY_WINDOW_MS;
    shop.hold(1).await;
    shop.recount(1).await;
    shop.recount(2).await;
}

/// Also not brought up to date, for its own program would refuse it then.
async fn a_target_that_holds_anything_stays_as_it_is(database: &Database) {
    let shop = filled(database).await;
    let schema = "SELECT value FROM meta WHERE name = 'schema'";
    let mut tx = shop.store.write().await.unwrap();
    tx.execute("UPDATE meta SET value = value - 1 WHERE name = 'schema'", &[]).await.unwrap();
    let older = tx.query(schema, &[]).await.unwrap();
    tx.commit().await.unwrap();
    drop((shop.engine, shop.store));
    let refused = Store::open_empty(&database.location).await.err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert!(refused.to_string().contains("not empty"), "{refused}");
    let found = if database.is_sqlite() {
        let file = rusqlite::Connection::open(database.path()).unwrap();
        file.query_row(schema, [], |row| row.get::<_, i64>(0)).unwrap()
    } else {
        database.client().await.query_one(schema, &[]).await.unwrap().get(0)
    };
    assert_eq!(older[0].int(0).unwrap(), found);
}

/// Whoever reads is not in the way of whoever writes, and sees one moment.
async fn a_copy_is_of_one_moment(database: &Database) {
    let mut shop = filled(database).await;
    let beside = Store::open_to_read(&database.location, Access::Beside).await.unwrap();
    let mut tx: Tx = beside.read().await.unwrap();
    let count = "SELECT count(*) FROM consumption";
    let before = tx.query(count, &[]).await.unwrap();
    shop.hold(1).await;
    shop.store.checkpoint().await.unwrap();
    assert_eq!(tx.query(count, &[]).await.unwrap(), before);
    let write = "UPDATE license SET version = $1";
    assert!(tx.execute(write, &[Value::Int(9)]).await.is_err());
    drop(tx);
    shop.recount(2).await;
}

on_both!(
    every_table_comes_through,
    a_ledger_goes_on_where_it_was,
    a_target_that_holds_anything_stays_as_it_is,
    a_copy_is_of_one_moment,
);
