//! Which key is meant.

use leasehold_core::key::{ALIAS_PREFIX, Cause, Key, KeyName, read_name};
use leasehold_store::Tx;
use leasehold_store::key::{Place, StoredKey};

use crate::cx::Cx;
use crate::keyring;
use crate::operation::{Failure, Outcome};

/// Where the caller's own keys are.
pub fn here(cx: &Cx) -> Place<'_> {
    Place { account: &cx.caller.account, region: &cx.region }
}

/// A key of the caller's account, by id or ARN, or by an alias too.
///
/// # Errors
/// If there is none, or if it is another account's.
pub async fn own(tx: &mut Tx, cx: &Cx, name: &str, takes_alias: bool) -> Outcome<StoredKey> {
    let found = same(tx, cx, name, takes_alias).await?;
    found.filter(|found| found.key.account == cx.caller.account).ok_or_else(|| foreign(cx, name))
}

/// A key of any account: what the caller may do with it has been asked of its policy.
///
/// # Errors
/// If there is none.
pub async fn shared(tx: &mut Tx, cx: &Cx, name: &str) -> Outcome<StoredKey> {
    same(tx, cx, name, true).await?.ok_or_else(|| foreign(cx, name))
}

/// The key that a name means, whosever it is; `None` also for what is no name of a key.
///
/// # Errors
/// What the database says.
pub async fn locate(tx: &mut Tx, cx: &Cx, name: &str) -> leasehold_store::Result<Option<Key>> {
    match any(tx, cx, name, true).await {
        Ok(found) => Ok(found.map(|found| found.key)),
        Err(Failure::Store(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// The key of that name, if it is still the one that the caller was asked about.
async fn same(tx: &mut Tx, cx: &Cx, name: &str, takes_alias: bool) -> Outcome<Option<StoredKey>> {
    let found = any(tx, cx, name, takes_alias).await?;
    if let Some(found) = &found {
        cx.check_same(None, &found.key.arn())?;
    }
    Ok(found)
}

/// What a caller learns of a key that is not there or not for it: of another account's the same.
fn foreign(cx: &Cx, name: &str) -> Failure {
    let place = match read_name(name) {
        Ok(KeyName::Id { place, .. } | KeyName::Alias { place, .. }) => place,
        Err(cause) => return cause.into(),
    };
    match place {
        Some(place) if place.account != cx.caller.account => Cause::AccessDenied.into(),
        _ if name.contains(ALIAS_PREFIX) => Cause::AliasNotFound.into(),
        _ => Cause::KeyNotFound.into(),
    }
}

/// The key of that name in the Region called, whosever it is.
async fn any(tx: &mut Tx, cx: &Cx, name: &str, takes_alias: bool) -> Outcome<Option<StoredKey>> {
    let name = read_name(name)?;
    if matches!(name, KeyName::Alias { .. }) && !takes_alias {
        return Err(Cause::AliasNotTaken.into());
    }
    Ok(keyring::find(tx, here(cx), &name, cx.now_ms).await?)
}
