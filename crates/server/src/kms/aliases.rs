//! Aliases: names of keys, each one's account's own.

use leasehold_core::Refusal;
use leasehold_core::key::{ALIASES_MAX, Cause, Key, alias_arn, arn, check_alias, check_new_alias};
use leasehold_store::Tx;
use leasehold_store::key::{self as store, Alias};

use super::find::{here, own};
use super::paging::Paging;
use super::shapes;
use crate::cx::Cx;
use crate::operation::Outcome;
use crate::shape::Timestamp;

/// Aliases of a page where the request does not say.
const PAGE_DEFAULT: usize = 50;

/// For a key of the caller's.
pub async fn create_alias(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::AliasRequest,
) -> Outcome<shapes::Nothing> {
    check_new_alias(&it.alias_name)?;
    let key = target(tx, cx, &it.target_key_id).await?;
    if store::find_alias(tx, here(cx), &it.alias_name).await?.is_some() {
        return Err(Cause::AliasTaken.into());
    }
    let alias = Alias {
        account: key.account,
        region: key.region,
        name: it.alias_name.0.clone(),
        key_id: key.id,
        created_at_ms: cx.now_ms,
        updated_at_ms: cx.now_ms,
    };
    store::save_alias(tx, &alias).await?;
    Ok(shapes::Nothing {})
}

/// To another key of the caller's.
pub async fn update_alias(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::AliasRequest,
) -> Outcome<shapes::Nothing> {
    check_alias(&it.alias_name)?;
    let found = store::find_alias(tx, here(cx), &it.alias_name).await?;
    let alias = found.ok_or(Cause::AliasNotFound)?;
    check_same(cx, &alias)?;
    let key = target(tx, cx, &it.target_key_id).await?;
    let alias = Alias { key_id: key.id, updated_at_ms: cx.now_ms, ..alias };
    store::save_alias(tx, &alias).await?;
    Ok(shapes::Nothing {})
}

/// The key that an alias is to be one of.
async fn target(tx: &mut Tx, cx: &Cx, name: &str) -> Outcome<Key> {
    let key = own(tx, cx, name, false).await?.key;
    key.check_kept()?;
    if store::count_aliases(tx, &key.id).await? >= ALIASES_MAX {
        return Err(Cause::TooManyAliases.into());
    }
    Ok(key)
}

/// The key stays.
pub async fn delete_alias(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::DeleteAliasRequest,
) -> Outcome<shapes::Nothing> {
    check_alias(&it.alias_name)?;
    let found = store::find_alias(tx, here(cx), &it.alias_name).await?;
    check_same(cx, &found.ok_or(Cause::AliasNotFound)?)?;
    store::delete_alias(tx, here(cx), &it.alias_name).await?;
    Ok(shapes::Nothing {})
}

/// Refuses an alias that has come to be of another key than the caller was asked about.
fn check_same(cx: &Cx, alias: &Alias) -> Result<(), Refusal> {
    cx.check_same(None, &arn(&alias.region, &alias.account, &alias.key_id))
}

/// Of the caller's account in the Region called, or of one of its keys, by name.
pub async fn list_aliases(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListAliasesRequest,
) -> Outcome<shapes::ListAliasesResponse> {
    let paging = Paging::read(it.marker.as_ref(), it.limit, PAGE_DEFAULT)?;
    let key = match &it.key_id {
        Some(name) => Some(own(tx, cx, name, false).await?.key.id),
        None => None,
    };
    let (after, limit) = (&paging.after, paging.limit());
    let mut found = store::aliases(tx, here(cx), key.as_deref(), after, limit).await?;
    let next_marker = paging.cut(&mut found, |alias| &alias.name);
    let entry = |alias: Alias| shapes::AliasListEntry {
        alias_arn: Some(alias_arn(&alias.region, &alias.account, &alias.name).into()),
        alias_name: Some(alias.name.into()),
        target_key_id: Some(alias.key_id.into()),
        creation_date: Some(Timestamp(alias.created_at_ms)),
        last_updated_date: Some(Timestamp(alias.updated_at_ms)),
    };
    Ok(shapes::ListAliasesResponse {
        truncated: Some(next_marker.is_some()),
        aliases: Some(found.into_iter().map(entry).collect()),
        next_marker,
    })
}
