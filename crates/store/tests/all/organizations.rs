//! Organizations: their tree, and who is where in it.

use leasehold_core::ids::Seed;
use leasehold_core::organization::{
    FeatureSet, Handshake, HandshakeState, LICENSE_MANAGER, Organization, TrustedService,
};
use leasehold_core::settings::Settings;
use leasehold_store::handshake::{self, Party};
use leasehold_store::organization::{self, Member, Membership, Page, Unit};
use leasehold_store::{ErrorKind, Tx, account, settings};

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

async fn handshakes_are_listed_for_both_sides(database: &Database) {
    let mut tx = database.open().await.write().await.unwrap();
    let made = found(&mut tx).await;
    let shake = |number: u8, account: &str| {
        Handshake::new(&made, account, &Seed::new([number; 32]), i64::from(number))
    };
    let (first, second) = (shake(1, ACCOUNTS[3]), shake(2, ACCOUNTS[2]));
    for each in [&first, &second] {
        handshake::save(&mut tx, each).await.unwrap();
    }
    let declined = first.end(HandshakeState::Declined, 5).unwrap();
    handshake::save(&mut tx, &declined).await.unwrap();
    assert_eq!(handshake::find(&mut tx, &first.id).await.unwrap().as_ref(), Some(&declined));
    assert_eq!(handshake::find(&mut tx, "h-else").await.unwrap(), None);
    let mut both = vec![declined.clone(), second.clone()];
    both.sort_by(|one, other| one.id.cmp(&other.id));
    let of = Party::Organization(&made.id);
    assert_eq!(handshake::list(&mut tx, of, WHOLE).await.unwrap(), both);
    let after = Page { after: &both[0].id, limit: 1 };
    assert_eq!(handshake::list(&mut tx, of, after).await.unwrap(), both[1..]);
    let of = Party::Account(ACCOUNTS[3]);
    assert_eq!(handshake::list(&mut tx, of, WHOLE).await.unwrap(), [declined]);
    let between = handshake::between(&mut tx, &made.id, ACCOUNTS[2]).await.unwrap();
    assert_eq!(between, [second]);
    assert_eq!(handshake::tidy(&mut tx, &made.id, 1).await.unwrap(), 2);
    assert_eq!(handshake::tidy(&mut tx, &made.id, 2).await.unwrap(), 1);
}

async fn an_account_is_found_by_the_request_that_made_it(database: &Database) {
    let mut tx = database.open().await.write().await.unwrap();
    let made = found(&mut tx).await;
    let creation = Some("car-1".to_owned());
    let email = Some("someone@example.com".to_owned());
    let it = Member { creation, email, ..member(ACCOUNTS[3], &made.root, &made) };
    organization::join(&mut tx, &it).await.unwrap();
    assert_eq!(organization::created_member(&mut tx, "car-1").await.unwrap(), Some(it));
    assert_eq!(organization::created_member(&mut tx, "car-2").await.unwrap(), None);
}

/// Section 12.
async fn settings_are_kept_for_each_account_and_region(database: &Database) {
    let mut tx = database.open().await.write().await.unwrap();
    let first = Settings { enable_cross_accounts_discovery: Some(true), ..Settings::default() };
    let second = Settings { s3_bucket_arn: Some("arn:aws:s3:::b".to_owned()), ..first.clone() };
    for each in [&first, &second] {
        settings::save(&mut tx, ACCOUNTS[0], "eu-west-1", each).await.unwrap();
    }
    assert_eq!(settings::find(&mut tx, ACCOUNTS[0], "eu-west-1").await.unwrap(), second);
    for (account, region) in [(ACCOUNTS[1], "eu-west-1"), (ACCOUNTS[0], "eu-west-2")] {
        let found = settings::find(&mut tx, account, region).await.unwrap();
        assert_eq!(found, Settings::default());
    }
}

on_both!(
    handshakes_are_listed_for_both_sides,
    an_account_is_found_by_the_request_that_made_it,
    settings_are_kept_for_each_account_and_region,
    an_organization_is_found_by_its_accounts,
    accounts_are_listed_by_where_they_are,
    lists_come_in_pages,
    units_are_named_once_under_a_parent,
    a_deleted_organization_leaves_nothing,
);
