//! What a check finds.

use leasehold_store::check::{Difference, check};

use crate::copies::filled;
use crate::database::Database;
use crate::shop::Shop;

/// Everything that differs, but for the accounts of the shop, which are not stored.
async fn differences(shop: &Shop<'_>) -> Vec<String> {
    let mut tx = shop.store.read().await.unwrap();
    let report = check(&mut tx, &mut ()).await.unwrap();
    assert_eq!(report.total, u64::try_from(report.differences.len()).unwrap());
    let told = |it: &Difference| !it.what.contains("no id of account");
    report.differences.iter().filter(|it| told(it)).map(ToString::to_string).collect()
}

/// Does one damage to a database that is whole, and compares what is found.
async fn finds(database: &Database, damage: &str, expected: &[&str]) {
    let shop = filled(database).await;
    assert_eq!(differences(&shop).await, [""; 0]);
    let mut tx = shop.store.write().await.unwrap();
    assert_eq!(tx.execute(damage, &[]).await.unwrap(), 1, "{damage}");
    tx.commit().await.unwrap();
    let found = differences(&shop).await;
    for expected in expected {
        let is_told = found.iter().any(|found| found.contains(expected));
        assert!(is_told, "nothing of {expected} in {found:#?}");
    }
}

async fn another_count_of_what_is_drawn(database: &Database) {
    let damage = "UPDATE pool SET pools = replace(pools, '\"drawn\":3', '\"drawn\":1')
                  WHERE license = 2";
    finds(database, damage, &["pool Users: drawn: expected 3, found 1"]).await;
}

async fn another_count_of_a_grant(database: &Database) {
    let damage = "UPDATE grant_edge SET drawn = 2 WHERE grant_key = 41";
    finds(database, damage, &["pool Users, through grant 41: drawn: expected 1, found 2"]).await;
}

async fn a_check_out_that_is_gone(database: &Database) {
    let damage = "DELETE FROM consumption WHERE kind = 1 AND license = 2 AND units = '0:2'";
    finds(database, damage, &["pool Users: drawn: expected 1, found 3"]).await;
}

async fn a_version_that_is_missing(database: &Database) {
    let damage = "DELETE FROM license_version WHERE license = 1";
    let gap = "license_version: versions that are not 1, 2, … up to the license's";
    finds(database, damage, &[gap, "its versions: expected one at least, found none"]).await;
}

async fn a_grant_that_is_missing(database: &Database) {
    let damage = "DELETE FROM license_grant WHERE key = 30";
    let expected = [
        "grant_version: rows whose grant_key is no key of license_grant: expected none, found 1",
        "license_grant: rows whose parent is no key of license_grant: expected none, found 2",
        "pool Users, through grant 20: drawn: expected 0, found 1",
    ];
    finds(database, damage, &expected).await;
}

async fn more_out_than_was_ever_granted(database: &Database) {
    let damage = "UPDATE consumption SET units = '0:20'
                  WHERE kind = 1 AND license = 2 AND units = '0:2'";
    let expected =
        ["pool Users: drawn: expected 21, found 3", "Users: out: expected at most 10 (C11), found"];
    finds(database, damage, &expected).await;
}

async fn a_request_that_was_answered_twice(database: &Database) {
    let damage = "UPDATE consumption SET client_key = (
                      SELECT client_key FROM consumption
                      WHERE license = 2 AND units = '0:2' AND kind = 1)
                  WHERE license = 2 AND units = '0:1' AND kind = 1";
    finds(database, damage, &["its request (W62): expected answered once, found also by"]).await;
}

on_both!(
    another_count_of_what_is_drawn,
    another_count_of_a_grant,
    a_check_out_that_is_gone,
    a_version_that_is_missing,
    a_grant_that_is_missing,
    more_out_than_was_ever_granted,
    a_request_that_was_answered_twice,
);
