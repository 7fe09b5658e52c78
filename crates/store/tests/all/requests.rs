//! Answers that are given again, and tags.

use leasehold_store::request::{self, Earlier};
use leasehold_store::tag;

use crate::database::Database;

/// W62: an answer is found within its window, by its own key, until it is forgotten.
async fn answers_are_remembered_for_their_window(database: &Database) {
    let store = database.open().await;
    let mut tx = store.write().await.unwrap();
    let earlier = |fingerprint, answer: &str| Earlier { fingerprint, answer: answer.to_owned() };
    request::remember(&mut tx, &[1; 16], 100, &earlier(u64::MAX, "{\"a\":1}")).await.unwrap();
    request::remember(&mut tx, &[2; 16], 200, &earlier(0, "{}")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.write().await.unwrap();
    let found = request::find(&mut tx, &[1; 16], 99).await.unwrap().unwrap();
    assert_eq!((found.fingerprint, found.answer.as_str()), (u64::MAX, "{\"a\":1}"));
    assert!(request::find(&mut tx, &[1; 16], 100).await.unwrap().is_none(), "the window is over");
    assert!(request::find(&mut tx, &[3; 16], 0).await.unwrap().is_none());
    // The same token, used again after its window.
    request::remember(&mut tx, &[1; 16], 300, &earlier(7, "[]")).await.unwrap();
    let found = request::find(&mut tx, &[1; 16], 200).await.unwrap().unwrap();
    assert_eq!((found.fingerprint, found.answer.as_str()), (7, "[]"));
    tx.commit().await.unwrap();
}

async fn old_answers_are_forgotten(database: &Database) {
    let store = database.open().await;
    let mut tx = store.write().await.unwrap();
    for at_ms in [100, 200, 300] {
        let key = [u8::try_from(at_ms / 100).unwrap(); 16];
        let earlier = Earlier { fingerprint: 1, answer: "{}".to_owned() };
        request::remember(&mut tx, &key, at_ms, &earlier).await.unwrap();
    }
    assert!(!request::is_any_before(&mut tx, 99).await.unwrap());
    assert!(request::is_any_before(&mut tx, 100).await.unwrap());
    assert_eq!(request::forget(&mut tx, 200).await.unwrap(), 2);
    assert_eq!(request::forget(&mut tx, 200).await.unwrap(), 0);
    assert!(!request::is_any_before(&mut tx, 299).await.unwrap());
    assert!(request::find(&mut tx, &[3; 16], 0).await.unwrap().is_some());
    tx.commit().await.unwrap();
}

/// TG2: a key that exists gets the new value; one that does not is passed over.
async fn tags_are_set_replaced_and_removed(database: &Database) {
    let store = database.open().await;
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let mut tx = store.write().await.unwrap();
    tag::set(&mut tx, "arn:1", &[pair("b", "1"), pair("a", ""), pair("B", "2")]).await.unwrap();
    tag::set(&mut tx, "arn:2", &[pair("a", "other")]).await.unwrap();
    tag::set(&mut tx, "arn:1", &[pair("a", "new")]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.write().await.unwrap();
    let found = tag::list(&mut tx, "arn:1").await.unwrap();
    assert_eq!(found, [pair("B", "2"), pair("a", "new"), pair("b", "1")]);
    tag::remove(&mut tx, "arn:1", &["a".to_owned(), "absent".to_owned()]).await.unwrap();
    assert_eq!(tag::list(&mut tx, "arn:1").await.unwrap(), [pair("B", "2"), pair("b", "1")]);
    assert_eq!(tag::list(&mut tx, "arn:2").await.unwrap(), [pair("a", "other")]);
    assert_eq!(tag::list(&mut tx, "arn:3").await.unwrap(), []);
    tx.commit().await.unwrap();
}

on_both!(
    answers_are_remembered_for_their_window,
    old_answers_are_forgotten,
    tags_are_set_replaced_and_removed,
);
