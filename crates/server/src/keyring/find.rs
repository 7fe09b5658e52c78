//! A key by whatever a request or a license calls it.

use leasehold_core::key::KeyName;
use leasehold_store::key::{self as store, Place, StoredKey};
use leasehold_store::{Result, Tx};

/// The key of that name in a Region, whosever it is, unless it is gone. A name that is no ARN is
/// one of the account.
///
/// # Errors
/// What the database says.
pub async fn find(
    tx: &mut Tx,
    place: Place<'_>,
    name: &KeyName,
    now_ms: i64,
) -> Result<Option<StoredKey>> {
    let (KeyName::Id { place: named, .. } | KeyName::Alias { place: named, .. }) = name;
    let (account, region) = match named {
        Some(named) => (named.account.as_str(), named.region.as_str()),
        None => (place.account, place.region),
    };
    if region != place.region {
        return Ok(None);
    }
    let id = match name {
        KeyName::Id { id, .. } => id.clone(),
        KeyName::Alias { alias, .. } => {
            let found = store::find_alias(tx, Place { account, region }, alias).await?;
            let Some(found) = found else { return Ok(None) };
            found.key_id
        }
    };
    let found = store::find(tx, &id).await?;
    Ok(found.filter(|StoredKey { key, .. }| {
        key.account == account && key.region == region && !key.is_gone(now_ms)
    }))
}
