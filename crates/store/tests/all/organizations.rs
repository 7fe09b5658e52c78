//! Organizations: their tree, and who is where in it.

use leasehold_core::ids::Seed;
use leasehold_core::organization::{FeatureSet, LICENSE_MANAGER, Organization, TrustedService};
use leasehold_store::organization::{self, Member, Membership, Page, Unit};
use leasehold_store::{ErrorKind, Tx, account};

use crate::database::Database;
use crate::transactions::person;

const WHOLE: Page<'_> = Page { after: "", limit: 100 };
const ACCOUNTS: [&str; 4] = ["111122223333", "222233334444", "333344445555", "444455556666"];

fn member(account: &str, parent: &str, organization: &Organization) -> Member {
    Member {
        account: account.to_owned(),
        name: "name".to_owned(),
        organization: organization.id.clone(),
        parent: parent.to_owned(),
        joined_at_ms: 9,
        email: None,
        creation: None,
    }
}

fn unit(id: &str, parent: &str, name: &str, organization: &Organization) -> Unit {
    let [id, parent, name] = [id, parent, name].map(str::to_owned);
    Unit { id, organization: organization.id.clone(), parent, name }
}

/// An organization of the first account; the second is in unit `ou-a`, the third in `ou-b` below
/// it, the fourth nowhere.
async fn found(tx: &mut Tx) -> Organization {
    let made = Organization::new(ACCOUNTS[0], FeatureSet::All, &Seed::new([3; 32]));
    organization::save(tx, &made).await.unwrap();
    for unit in [unit("ou-a", &made.root, "A", &made), unit("ou-b", "ou-a", "B", &made)] {
        organization::save_unit(tx, &unit).await.unwrap();
    }
    for account in ACCOUNTS {
        account::insert(tx, &person(account, "name")).await.unwrap();
    }
    for (account, parent) in ACCOUNTS.into_iter().zip([made.root.as_str(), "ou-a", "ou-b"]) {
        organization::join(tx, &member(account, parent, &made)).await.unwrap();
    }
    made
}

async fn an_organization_is_found_by_its_accounts(database: &Database) {
    let mut tx = database.open().await.write().await.unwrap();
    let mut made = found(&mut tx).await;
    made.trusted_services =
        vec![TrustedService { principal: LICENSE_MANAGER.to_owned(), enabled_at_ms: 8 }];
    organization::save(&mut tx, &made).await.unwrap();
    assert_eq!(organization::find(&mut tx, &made.id).await.unwrap().as_ref(), Some(&made));
    assert_eq!(organization::find(&mut tx, "o-else").await.unwrap(), None);
    assert_eq!(organization::list(&mut tx).await.unwrap(), [made.clone()]);
    let of_third = organization::of_account(&mut tx, ACCOUNTS[2]).await.unwrap();
    let parents = ["ou-b", "ou-a", &made.root].map(str::to_owned).to_vec();
    assert_eq!(of_third, Some(Membership { organization: made, parents }));
    assert_eq!(organization::of_account(&mut tx, ACCOUNTS[3]).await.unwrap(), None);
}

async fn accounts_are_listed_by_where_they_are(database: &Database) {
    let mut tx = database.open().await.write().await.unwrap();
    let made = found(&mut tx).await;
    let under =
        async |tx: &mut Tx, unit| organization::accounts_under(tx, &made.id, unit).await.unwrap();
    assert_eq!(under(&mut tx, None).await, ACCOUNTS[..3]);
    assert_eq!(under(&mut tx, Some(&made.root)).await, ACCOUNTS[..3]);
    assert_eq!(under(&mut tx, Some("ou-a")).await, ACCOUNTS[1..3]);
    assert_eq!(under(&mut tx, Some("ou-b")).await, ACCOUNTS[2..3]);
    assert!(under(&mut tx, Some("ou-else")).await.is_empty());
    organization::move_account(&mut tx, ACCOUNTS[2], &made.root).await.unwrap();
    organization::leave(&mut tx, ACCOUNTS[1]).await.unwrap();
    assert!(under(&mut tx, Some("ou-a")).await.is_empty());
    assert_eq!(under(&mut tx, None).await, [ACCOUNTS[0], ACCOUNTS[2]]);
    assert_eq!(organization::member(&mut tx, ACCOUNTS[1]).await.unwrap(), None);
    let moved = organization::member(&mut tx, ACCOUNTS[2]).await.unwrap();
    assert_eq!(moved, Some(member(ACCOUNTS[2], &made.root, &made)));
}

async fn lists_come_in_pages(database: &Database) {
    let mut tx = database.open().await.write().await.unwrap();
    let made = found(&mut tx).await;
    let accounts = async |tx: &mut Tx, parent, after, limit| {
        let page = Page { after, limit };
        let found = organization::members(tx, &made.id, parent, page).await.unwrap();
        found.into_iter().map(|member| member.account).collect::<Vec<_>>()
    };
    assert_eq!(accounts(&mut tx, None, "", 2).await, ACCOUNTS[..2]);
    assert_eq!(accounts(&mut tx, None, ACCOUNTS[1], 2).await, ACCOUNTS[2..3]);
    assert_eq!(accounts(&mut tx, Some("ou-a"), "", 2).await, ACCOUNTS[1..2]);
    let units = organization::units(&mut tx, &made.id, &made.root, WHOLE).await.unwrap();
    assert_eq!(units, [unit("ou-a", &made.root, "A", &made)]);
    let after = Page { after: "ou-a", ..WHOLE };
    let units = organization::units(&mut tx, &made.id, &made.root, after).await.unwrap();
    assert_eq!(units, []);
}

async fn units_are_named_once_under_a_parent(database: &Database) {
    let mut tx = database.open().await.write().await.unwrap();
    let made = found(&mut tx).await;
    let renamed = unit("ou-a", &made.root, "C", &made);
    organization::save_unit(&mut tx, &renamed).await.unwrap();
    assert_eq!(organization::unit(&mut tx, "ou-a").await.unwrap(), Some(renamed));
    assert!(organization::has_unit(&mut tx, &made.id, &made.root, "C").await.unwrap());
    assert!(!organization::has_unit(&mut tx, &made.id, &made.root, "A").await.unwrap());
    organization::delete_unit(&mut tx, "ou-b").await.unwrap();
    assert_eq!(organization::unit(&mut tx, "ou-b").await.unwrap(), None);
    assert_eq!(organization::count(&mut tx, &made.id).await.unwrap(), (3, 1));
    let twice = unit("ou-c", &made.root, "C", &made);
    let error = organization::save_unit(&mut tx, &twice).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
}

async fn a_deleted_organization_leaves_nothing(database: &Database) {
    let mut tx = database.open().await.write().await.unwrap();
    let made = found(&mut tx).await;
    organization::delete(&mut tx, &made.id).await.unwrap();
    assert_eq!(organization::list(&mut tx).await.unwrap(), []);
    assert_eq!(organization::count(&mut tx, &made.id).await.unwrap(), (0, 0));
    assert_eq!(organization::of_account(&mut tx, ACCOUNTS[0]).await.unwrap(), None);
    organization::join(&mut tx, &member(ACCOUNTS[0], "r-else", &made)).await.unwrap();
    let again = member(ACCOUNTS[0], "r-else", &made);
    let error = organization::join(&mut tx, &again).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
}

on_both!(
    an_organization_is_found_by_its_accounts,
    accounts_are_listed_by_where_they_are,
    lists_come_in_pages,
    units_are_named_once_under_a_parent,
    a_deleted_organization_leaves_nothing,
);
