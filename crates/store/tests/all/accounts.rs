//! Accounts and their keys.

use leasehold_store::ErrorKind;
use leasehold_store::account::{self, AccessKey};

use crate::database::Database;
use crate::transactions::person;

fn key(id: &str, account: &str, created_at_ms: i64) -> AccessKey {
    AccessKey {
        id: id.to_owned(),
        account: account.to_owned(),
        user: None,
        sealed_secret: vec![0, 1, 255, created_at_ms.to_le_bytes()[0]],
        is_enabled: true,
        created_at_ms,
    }
}

async fn accounts_are_listed_by_id(database: &Database) {
    let store = database.open().await;
    let mut tx = store.write().await.unwrap();
    let [first, second] = [person("111122223333", "Müller & Söhne"), person("444455556666", "")];
    account::insert(&mut tx, &second).await.unwrap();
    account::insert(&mut tx, &first).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.write().await.unwrap();
    assert_eq!(account::list(&mut tx).await.unwrap(), [first.clone(), second]);
    assert_eq!(account::find(&mut tx, "111122223333").await.unwrap(), Some(first.clone()));
    assert_eq!(account::find(&mut tx, "1").await.unwrap(), None);
    let error = account::insert(&mut tx, &first).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
}

async fn keys_are_found_switched_and_deleted(database: &Database) {
    let store = database.open().await;
    let mut tx = store.write().await.unwrap();
    let [old, new, other] = [key("AKIAZ", "1", 5), key("AKIAB", "1", 6), key("AKIAC", "0", 9)];
    for each in [&new, &other, &old] {
        account::insert_key(&mut tx, each).await.unwrap();
    }
    let ids = |keys: Vec<AccessKey>| keys.into_iter().map(|key| key.id).collect::<Vec<_>>();
    let of_one = account::keys(&mut tx, Some("1")).await.unwrap();
    assert_eq!(of_one, [old.clone(), new.clone()]);
    assert_eq!(ids(account::keys(&mut tx, None).await.unwrap()), ["AKIAC", "AKIAZ", "AKIAB"]);
    assert_eq!(account::keys(&mut tx, Some("")).await.unwrap(), []);
    assert!(account::enable_key(&mut tx, "AKIAZ", false).await.unwrap());
    let found = account::find_key(&mut tx, "AKIAZ").await.unwrap().unwrap();
    assert_eq!(found, AccessKey { is_enabled: false, ..old });
    assert!(account::enable_key(&mut tx, "AKIAZ", true).await.unwrap());
    assert!(account::find_key(&mut tx, "AKIAZ").await.unwrap().unwrap().is_enabled);
    assert!(account::delete_key(&mut tx, "AKIAZ").await.unwrap());
    assert_eq!(account::find_key(&mut tx, "AKIAZ").await.unwrap(), None);
    assert!(!account::delete_key(&mut tx, "AKIAZ").await.unwrap());
    assert!(!account::enable_key(&mut tx, "AKIAZ", true).await.unwrap());
    assert_eq!(account::keys(&mut tx, Some("1")).await.unwrap(), [new]);
    tx.commit().await.unwrap();
}

on_both!(accounts_are_listed_by_id, keys_are_found_switched_and_deleted);
