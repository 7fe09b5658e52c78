//! What IAM has: names that are taken once, and which policies somebody holds.

use leasehold_core::identity::{Details, Entity, Kind, ManagedPolicy};
use leasehold_store::account::{self, AccessKey, KeyUse};
use leasehold_store::iam::policy::{self, Held, Inline, Version};
use leasehold_store::iam::{self, membership};
use leasehold_store::organization::Page;
use leasehold_store::{ErrorKind, Tx, tag};

use crate::database::Database;

const ACCOUNT: &str = "111122223333";
const AWS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn entity(id: &str, name: &str, path: &str, details: Details) -> Entity {
    Entity {
        id: id.to_owned(),
        account: ACCOUNT.to_owned(),
        name: name.to_owned(),
        path: path.to_owned(),
        created_at_ms: 7,
        boundary: None,
        details,
    }
}

fn managed(default_version: i64) -> Details {
    let policy = ManagedPolicy::new(None, 7);
    Details::Policy(ManagedPolicy { default_version, ..policy })
}

async fn insert(tx: &mut Tx, entity: &Entity) {
    iam::insert(tx, entity).await.unwrap();
}

async fn names_are_taken_once_whatever_their_case(database: &Database) {
    let store = database.open().await;
    let mut tx = store.write().await.unwrap();
    let mut bob = entity("AIDA1", "Bob", "/a/", Details::User);
    insert(&mut tx, &bob).await;
    insert(&mut tx, &entity("AGPA1", "bob", "/", Details::Group)).await;
    assert_eq!(iam::find(&mut tx, ACCOUNT, Kind::User, "BOB").await.unwrap(), Some(bob.clone()));
    assert_eq!(iam::find(&mut tx, "444455556666", Kind::User, "Bob").await.unwrap(), None);
    bob.name = "Robert".to_owned();
    bob.boundary = Some(AWS.to_owned());
    iam::save(&mut tx, &bob).await.unwrap();
    assert_eq!(iam::by_id(&mut tx, "AIDA1").await.unwrap(), Some(bob));
    tag::set(&mut tx, "AIDA1", &[("k".to_owned(), "v".to_owned())]).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.write().await.unwrap();
    let error = iam::insert(&mut tx, &entity("AIDA2", "ROBERT", "/", Details::User)).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Conflict);
    drop(tx);
    let mut tx = store.write().await.unwrap();
    iam::delete(&mut tx, "AIDA1").await.unwrap();
    assert_eq!(iam::by_id(&mut tx, "AIDA1").await.unwrap(), None);
    assert_eq!(tag::list(&mut tx, "AIDA1").await.unwrap(), []);
}

async fn lists_go_by_name_and_path(database: &Database) {
    let store = database.open().await;
    let mut tx = store.write().await.unwrap();
    for (id, name, path) in [("1", "c", "/x/"), ("2", "A", "/x/y/"), ("3", "b", "/z/")] {
        insert(&mut tx, &entity(id, name, path, Details::User)).await;
    }
    let ids = |found: Vec<Entity>| found.into_iter().map(|each| each.id).collect::<Vec<_>>();
    for (prefix, after, limit, expect) in [
        ("/", "", 9, vec!["2", "3", "1"]),
        ("/", "", 2, vec!["2", "3"]),
        ("/", "b", 9, vec!["1"]),
        ("/x/", "", 9, vec!["2", "1"]),
        ("/x/y", "", 9, vec!["2"]),
        ("/w/", "", 9, vec![]),
    ] {
        let page = Page { after, limit };
        let found = iam::list(&mut tx, ACCOUNT, Kind::User, prefix, page).await.unwrap();
        assert_eq!(ids(found), expect, "{prefix} {after}");
    }
    assert_eq!(iam::count(&mut tx, ACCOUNT, Kind::User).await.unwrap(), 3);
    assert_eq!(iam::count(&mut tx, ACCOUNT, Kind::Role).await.unwrap(), 0);
}

async fn a_user_holds_its_own_policies_and_its_groups(database: &Database) {
    let store = database.open().await;
    let mut tx = store.write().await.unwrap();
    let user = entity("AIDA1", "user", "/", Details::User);
    let group = entity("AGPA1", "group", "/", Details::Group);
    let own = entity("ANPA1", "own", "/", managed(2));
    for each in [&user, &group, &own] {
        insert(&mut tx, each).await;
    }
    for (version, document) in [(1, "one"), (2, "two")] {
        let version = Version { version, document: document.to_owned(), created_at_ms: 7 };
        policy::insert_version(&mut tx, "ANPA1", &version).await.unwrap();
    }
    for _ in 0..2 {
        membership::add(&mut tx, "AGPA1", "AIDA1").await.unwrap();
        policy::attach(&mut tx, &group, &own.arn(), Some("ANPA1")).await.unwrap();
        policy::attach(&mut tx, &user, AWS, None).await.unwrap();
    }
    let inline = Inline { name: "in".to_owned(), document: "line".to_owned() };
    policy::put_inline(&mut tx, "AIDA1", &inline).await.unwrap();
    let held = |holder: &str, name: &str, is_managed, document: Option<&str>| Held {
        holder: holder.to_owned(),
        name: name.to_owned(),
        is_managed,
        document: document.map(str::to_owned),
    };
    let expect = [
        held("AIDA1", "in", false, Some("line")),
        held("AGPA1", &own.arn(), true, Some("two")),
        held("AIDA1", AWS, true, None),
    ];
    assert_eq!(policy::held(&mut tx, "AIDA1").await.unwrap(), expect);
    assert_eq!(policy::held(&mut tx, "AGPA1").await.unwrap(), expect[1..2]);
    let said = policy::default_document(&mut tx, ACCOUNT, "OWN").await.unwrap();
    assert_eq!(said.as_deref(), Some("two"));
    let back = Entity { details: managed(1), ..own.clone() };
    iam::save(&mut tx, &back).await.unwrap();
    let said = policy::default_document(&mut tx, ACCOUNT, "own").await.unwrap();
    assert_eq!(said.as_deref(), Some("one"), "the version in force is stored for joins, too");
    let uses = policy::uses(&mut tx, ACCOUNT, &own.arn()).await.unwrap();
    assert_eq!((uses.attached, uses.bounds), (1, 0));
    assert_eq!(policy::all_uses(&mut tx, ACCOUNT).await.unwrap().len(), 2);
    assert!(membership::remove(&mut tx, "AGPA1", "AIDA1").await.unwrap());
    assert_eq!(policy::held(&mut tx, "AIDA1").await.unwrap().len(), 2);
}

async fn the_latest_use_of_a_key_stays(database: &Database) {
    let store = database.open().await;
    let mut tx = store.write().await.unwrap();
    let key = AccessKey {
        id: "AKIA1".to_owned(),
        account: ACCOUNT.to_owned(),
        user: Some("AIDA1".to_owned()),
        sealed_secret: vec![1],
        is_enabled: true,
        created_at_ms: 7,
    };
    account::insert_key(&mut tx, &key).await.unwrap();
    let of_user = account::keys_of(&mut tx, ACCOUNT, Some("AIDA1")).await.unwrap();
    assert_eq!(of_user, [key]);
    assert_eq!(account::keys_of(&mut tx, ACCOUNT, None).await.unwrap(), []);
    let used = |key: &str, at_ms| KeyUse {
        key: key.to_owned(),
        at_ms,
        region: "us-east-1".to_owned(),
        service: "sts".to_owned(),
    };
    for at_ms in [5, 9, 8] {
        account::save_use(&mut tx, &used("AKIA1", at_ms)).await.unwrap();
    }
    assert_eq!(account::last_use(&mut tx, "AKIA1").await.unwrap(), Some(used("AKIA1", 9)));
    account::delete_key(&mut tx, "AKIA1").await.unwrap();
    account::save_use(&mut tx, &used("AKIA1", 10)).await.unwrap();
    assert_eq!(account::last_use(&mut tx, "AKIA1").await.unwrap(), None, "it went with its key");
}

on_both! {
    names_are_taken_once_whatever_their_case,
    lists_go_by_name_and_path,
    a_user_holds_its_own_policies_and_its_groups,
    the_latest_use_of_a_key_stays,
}
