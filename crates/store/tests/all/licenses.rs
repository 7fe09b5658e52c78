//! Licenses and their versions.

use leasehold_core::license::License;
use leasehold_store::{ErrorKind, Tx, license, tag};

use crate::database::Database;
use crate::shop::{ACCOUNT, BEGIN_MS, Shop, add, example};

async fn find(tx: &mut Tx, it: &License) -> Option<License> {
    license::find(tx, &it.arn).await.unwrap()
}

async fn a_license_is_found_as_it_was_stored(database: &Database) {
    let store = database.open().await;
    let mut odd = example(i64::MAX);
    odd.product_sku = "a b:c/漢字 'quoted' $1".to_owned();
    odd.terms.entitlements[0].max_count = Some(i64::MAX.unsigned_abs());
    odd.terms.validity.begin = "2021-01-31T10:00:00.00Z".to_owned();
    for new in [&example(1), &odd] {
        add(&store, new, BEGIN_MS).await;
        let mut tx = store.read().await.unwrap();
        assert_eq!(find(&mut tx, new).await.as_ref(), Some(new));
        assert_eq!(license::find_key(&mut tx, &new.arn).await.unwrap(), Some(new.key));
    }
    let mut tx = store.write().await.unwrap();
    assert_eq!(license::find(&mut tx, "arn:absent").await.unwrap(), None);
    assert_eq!(license::find_key(&mut tx, "arn:absent").await.unwrap(), None);
    let same_arn = License { key: 2, ..example(1) };
    let error = license::insert(&mut tx, &same_arn).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
}

/// L20, L21, L40: versions only grow, and stay as they were written.
async fn versions_are_kept(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    add(&shop.store, &example(2), BEGIN_MS).await;
    for number in 2..=5 {
        shop.later(1).amend(1, |terms| terms.license_name = format!("name {number}")).await;
    }
    let mut tx = shop.store.write().await.unwrap();
    let current = find(&mut tx, &example(1)).await.unwrap();
    assert_eq!((current.version, current.terms.license_name.as_str()), (5, "name 5"));
    let first = license::find_version(&mut tx, 1, 1).await.unwrap();
    assert_eq!(first, Some(example(1)));
    for absent in [0, 6, -1, i64::MAX] {
        assert_eq!(license::find_version(&mut tx, 1, absent).await.unwrap(), None);
    }
    let numbers = async |tx: &mut Tx, from, limit| {
        let found = license::versions(tx, 1, from, limit).await.unwrap();
        found.into_iter().map(|it| it.version).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&mut tx, 1, 100).await, [1, 2, 3, 4, 5]);
    assert_eq!(numbers(&mut tx, 3, 2).await, [3, 4]);
    assert!(numbers(&mut tx, 6, 2).await.is_empty());
    assert_eq!(find(&mut tx, &example(2)).await, Some(example(2)));
    // L23: the same version a second time.
    let error = license::amend(&mut tx, &current, BEGIN_MS).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
}

/// W51: in the order of creation, and of rows where two were created at once.
async fn lists_are_paged_in_the_order_of_creation(database: &Database) {
    let store = database.open().await;
    let created = [(5, 30), (2, 10), (4, 20), (3, 20), (1, 30), (9, 5)];
    for (key, created_at_ms) in created {
        add(&store, &License { created_at_ms, ..example(key) }, BEGIN_MS).await;
    }
    let foreign = License { account: "444455556666".to_owned(), ..example(7) };
    add(&store, &foreign, BEGIN_MS).await;
    let mut tx = store.write().await.unwrap();
    let gone = License { deleted_at_ms: Some(40), ..example(4) };
    license::delete(&mut tx, &gone).await.unwrap();
    for limit in [1, 2, 5, 100] {
        let mut keys = Vec::new();
        let mut after = (i64::MIN, i64::MIN);
        loop {
            let page = license::list(&mut tx, ACCOUNT, after, limit).await.unwrap();
            assert!(i64::try_from(page.len()).unwrap() <= limit);
            let Some(last) = page.last() else { break };
            after = (last.created_at_ms, last.key);
            keys.extend(page.iter().map(|it| it.key));
        }
        // O24: a deleted one is still listed.
        assert_eq!(keys, [9, 2, 3, 4, 1, 5], "pages of {limit}");
    }
    // L13 counts what is not deleted.
    assert_eq!(license::count(&mut tx, ACCOUNT).await.unwrap(), 5);
    assert_eq!(license::count(&mut tx, "444455556666").await.unwrap(), 1);
    assert_eq!(license::count(&mut tx, "1").await.unwrap(), 0);
}

/// L7: a deleted license is read until it is purged with all that is its own.
async fn a_deleted_license_stays_until_it_is_purged(database: &Database) {
    let mut shop = Shop::stocked(database).await;
    add(&shop.store, &example(2), BEGIN_MS).await;
    shop.draw(1).await;
    shop.amend(1, |terms| terms.license_name = "second".to_owned()).await;
    let mut tx = shop.store.write().await.unwrap();
    let tags = [("key".to_owned(), "value".to_owned())];
    tag::set(&mut tx, &example(1).arn, &tags).await.unwrap();
    tag::set(&mut tx, &example(2).arn, &tags).await.unwrap();
    tx.commit().await.unwrap();
    shop.later(5);
    assert!(shop.delete(1).await);
    let mut tx = shop.store.write().await.unwrap();
    let gone = find(&mut tx, &example(1)).await.unwrap();
    assert_eq!((gone.deleted_at_ms, gone.version), (Some(shop.now_ms), 2));
    assert_eq!(license::deleted_before(&mut tx, shop.now_ms - 1, 10).await.unwrap(), []);
    assert_eq!(license::deleted_before(&mut tx, shop.now_ms, 0).await.unwrap(), []);
    let due = license::deleted_before(&mut tx, shop.now_ms, 10).await.unwrap();
    assert_eq!(due, std::slice::from_ref(&gone));
    license::purge(&mut tx, &gone).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = shop.store.write().await.unwrap();
    assert_eq!(find(&mut tx, &gone).await, None);
    assert_eq!(license::versions(&mut tx, 1, 1, 10).await.unwrap(), []);
    assert_eq!(tag::list(&mut tx, &gone.arn).await.unwrap(), []);
    assert!(tx.pools(1).await.is_err());
    drop(tx);
    let mut tx = shop.store.write().await.unwrap();
    assert_eq!(find(&mut tx, &example(2)).await, Some(example(2)));
    assert_eq!(tag::list(&mut tx, &example(2).arn).await.unwrap(), tags);
    tx.pools(2).await.unwrap();
}

on_both!(
    a_license_is_found_as_it_was_stored,
    versions_are_kept,
    lists_are_paged_in_the_order_of_creation,
    a_deleted_license_stays_until_it_is_purged,
);
