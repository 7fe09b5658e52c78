//! `leasehold bench-grant`: a license with many active grants, for benchmarks.

use leasehold_core::grant::{self as core, AllowedOperation, Change, Grantor, NewGrant, Principal};
use leasehold_core::grant::{GrantStatus, Role};
use leasehold_core::license::License;
use leasehold_store::account::{self, Account};
use leasehold_store::{Store, Tx, grant, license};

use crate::auth::new_key;
use crate::chance;
use crate::cli::out::say;
use crate::clock::Clock;
use crate::config::{DataFlags, settle_place};
use crate::cx::Serials;
use crate::keyring::{self, Keyring};
use crate::ledger::COUNTER_BITS;

/// The first account that is made.
const FIRST_ACCOUNT: i64 = 200_000_000_000;

/// Grants a license to `count` new accounts, which accept and activate it, on the database of a
/// stopped server; prints a line with the access key of each.
pub fn run(flags: &DataFlags, arn: &str, count: i64) -> Result<(), String> {
    let place = settle_place(flags)?;
    super::block_on(async {
        let store = Store::open(&place.database).await.map_err(|error| error.to_string())?;
        let keyring = keyring::open(&store, &place.master_key()).await?;
        fill(&store, &keyring, arn, count).await
    })
}

async fn fill(store: &Store, keyring: &Keyring, arn: &str, count: i64) -> Result<(), String> {
    let text = |error: leasehold_store::Error| error.to_string();
    let serials = Serials::after(store.instance() << COUNTER_BITS);
    let mut tx = store.write().await.map_err(text)?;
    let license = license::find(&mut tx, arn).await.map_err(text)?;
    let license = license.ok_or_else(|| format!("there is no license {arn}"))?;
    let mut lines = Vec::new();
    for number in 0..count {
        let account = (FIRST_ACCOUNT + number).to_string();
        let versions = versions(&license, &account, serials.next())?;
        for version in versions {
            grant::save(&mut tx, &[version], license.created_at_ms).await.map_err(text)?;
        }
        lines.push(open_account(&mut tx, keyring, account).await?);
    }
    tx.commit().await.map_err(text)?;
    for line in lines {
        say!("{line}");
    }
    Ok(())
}

/// A grant as its three versions leave it: made, accepted, activated.
fn versions(license: &License, account: &str, key: i64) -> Result<Vec<core::Grant>, String> {
    let refused = |refusal: leasehold_core::Refusal| refusal.message;
    let now_ms = license.created_at_ms;
    let new = NewGrant {
        key,
        arn: core::arn(&license.account, &chance::seed().hex("grant")),
        name: "bench".to_owned(),
        granter: license.account.clone(),
        region: license.home_region.clone(),
        home_region: license.home_region.clone(),
        principal: Principal::Account(account.to_owned()),
        operations: AllowedOperation::ALL.to_vec(),
        is_accepted: false,
        now_ms,
    };
    let made = core::create(license, &Grantor::Owner, new).map_err(refused)?;
    let accepted = core::accept(&made, account, now_ms).map_err(refused)?;
    let activate = Change { status: Some(GrantStatus::Active), ..Change::default() };
    let active = core::amend(license, &accepted, None, Role::Grantee, activate, now_ms);
    let mut versions = vec![made, accepted];
    versions.extend(active.map_err(refused)?);
    Ok(versions)
}

/// A new account with a key, as a line of text.
async fn open_account(tx: &mut Tx, keyring: &Keyring, id: String) -> Result<String, String> {
    let text = |error: leasehold_store::Error| error.to_string();
    let created_at_ms = Clock::system().now_ms();
    let (key, secret) = new_key(keyring, &chance::seed(), &id, None, created_at_ms)?;
    let account = Account { id, name: "bench".to_owned(), created_at_ms };
    account::insert(tx, &account).await.map_err(text)?;
    account::insert_key(tx, &key).await.map_err(text)?;
    Ok(format!("{} {secret}", key.id))
}
