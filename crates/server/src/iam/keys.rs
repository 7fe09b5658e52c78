//! Access keys: of users, and of the account's root by the root itself.

use leasehold_core::Refusal;
use leasehold_core::identity::{Cause, Entity, limits};
use leasehold_core::refusal::Kind as RefusalKind;
use leasehold_store::{Error as StoreError, ErrorKind, Tx, account, iam as store};

use super::entities::user_or_caller;
use super::error::*;
use super::paging::Paging;
use super::shapes;
use crate::access::{USER, USER_OF_KEY};
use crate::auth::{insert_key, new_key};
use crate::cx::Cx;
use crate::operation::{Operation, Outcome, read, write};
use crate::shape::Timestamp;

/// The name that answers have for the account's root.
const ROOT: &str = "root";

/// The operations on access keys.
pub fn operations() -> Vec<Operation> {
    vec![
        write(
            "CreateAccessKey",
            &[LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(create(tx, cx, it)),
        )
        .on(USER),
        read("ListAccessKeys", &[NO_SUCH_ENTITY, SERVICE_FAILURE], |tx, cx, it| {
            Box::pin(list(tx, cx, it))
        })
        .on(USER),
        write(
            "UpdateAccessKey",
            &[INVALID_INPUT, LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(update(tx, cx, it)),
        )
        .on(USER),
        write(
            "DeleteAccessKey",
            &[LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(delete(tx, cx, it)),
        )
        .on(USER),
        read("GetAccessKeyLastUsed", &[], |tx, cx, it| Box::pin(last_used(tx, cx, it)))
            .on(USER_OF_KEY),
    ]
}

/// The secret is in this answer and nowhere else.
async fn create(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::OwnUserRequest,
) -> Outcome<shapes::CreateAccessKeyResponse> {
    let user = user_or_caller(tx, cx, it.user_name.as_deref()).await?;
    let id = user.as_ref().map(|user| user.id.as_str());
    let keys = account::keys_of(tx, &cx.caller.account, id).await?;
    limits::check_room(keys.len(), limits::KEYS_MAX, "AccessKeysPerUser")?;
    let (key, secret) = new_key(&cx.keyring, &cx.seed, &cx.caller.account, id, cx.now_ms)
        .map_err(|text| StoreError::new(ErrorKind::Failed, text))?;
    let id = key.id.clone();
    insert_key(tx, &cx.keyring, key).await?;
    let access_key = shapes::AccessKey {
        user_name: user.as_ref().map_or(ROOT, |user| &user.name).into(),
        access_key_id: id.into(),
        status: shapes::KeyStatus::Active,
        secret_access_key: secret.into(),
        create_date: Some(Timestamp(cx.now_ms)),
    };
    Ok(shapes::CreateAccessKeyResponse { access_key })
}

async fn list(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListAccessKeysRequest,
) -> Outcome<shapes::ListAccessKeysResponse> {
    let user = user_or_caller(tx, cx, it.user_name.as_deref()).await?;
    let keys = keys_of(tx, cx, user.as_ref()).await?;
    let paging = Paging::read(it.marker.as_ref(), it.max_items);
    let (keys, (is_truncated, marker)) = paging.cut_counted(keys);
    let show = |key: account::AccessKey| shapes::AccessKeyMetadata {
        user_name: user.as_ref().map(|user| user.name.as_str().into()),
        access_key_id: Some(key.id.into()),
        status: Some(status(key.is_enabled)),
        create_date: Some(Timestamp(key.created_at_ms)),
    };
    let access_key_metadata = keys.into_iter().map(show).collect();
    Ok(shapes::ListAccessKeysResponse { access_key_metadata, is_truncated, marker })
}

fn status(is_enabled: bool) -> shapes::KeyStatus {
    if is_enabled { shapes::KeyStatus::Active } else { shapes::KeyStatus::Inactive }
}

async fn keys_of(tx: &mut Tx, cx: &Cx, user: Option<&Entity>) -> Outcome<Vec<account::AccessKey>> {
    let id = user.map(|user| user.id.as_str());
    Ok(account::keys_of(tx, &cx.caller.account, id).await?)
}

async fn update(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::UpdateAccessKeyRequest,
) -> Outcome<shapes::Nothing> {
    let is_enabled = match it.status {
        shapes::KeyStatus::Active => true,
        shapes::KeyStatus::Inactive => false,
        shapes::KeyStatus::Expired => {
            let text = "Status: a key is made Active or Inactive.";
            return Err(Cause::InvalidInput.because(text).into());
        }
    };
    find(tx, cx, it.user_name.as_deref(), &it.access_key_id).await?;
    account::enable_key(tx, &it.access_key_id, is_enabled).await?;
    Ok(shapes::Nothing {})
}

async fn delete(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::DeleteAccessKeyRequest,
) -> Outcome<shapes::Nothing> {
    find(tx, cx, it.user_name.as_deref(), &it.access_key_id).await?;
    account::delete_key(tx, &it.access_key_id).await?;
    Ok(shapes::Nothing {})
}

/// Checks that a key is this user's.
async fn find(tx: &mut Tx, cx: &Cx, user: Option<&str>, key: &str) -> Outcome<()> {
    let user = user_or_caller(tx, cx, user).await?;
    let keys = keys_of(tx, cx, user.as_ref()).await?;
    if keys.iter().any(|each| each.id == key) {
        return Ok(());
    }
    let text = format!("The Access Key with id {key} cannot be found.");
    Err(Cause::NoSuchEntity.because(text).into())
}

/// Of a key of the caller's account. What another server has seen is known when it is written down.
async fn last_used(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::GetAccessKeyLastUsedRequest,
) -> Outcome<shapes::GetAccessKeyLastUsedResponse> {
    let key = account::find_key(tx, &it.access_key_id).await?;
    let key = key.filter(|key| key.account == cx.caller.account).ok_or_else(|| {
        // The model lists no exception; AWS answers so, for a stranger's key as for none.
        let text = format!(
            "User: {} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access \
             key {}",
            cx.caller.principal, it.access_key_id.0
        );
        Refusal::new(RefusalKind::Denied, "8.2", text)
    })?;
    let user = match &key.user {
        Some(id) => store::by_id(tx, id).await?,
        None => None,
    };
    let written = account::last_use(tx, &key.id).await?;
    let used = cx.key_uses.find(&key.id).or(written);
    let or_none = |text: Option<&String>| text.map_or("N/A", |text| text).to_owned();
    let access_key_last_used = shapes::AccessKeyLastUsed {
        last_used_date: used.as_ref().map(|used| Timestamp(used.at_ms)),
        service_name: or_none(used.as_ref().map(|used| &used.service)),
        region: or_none(used.as_ref().map(|used| &used.region)),
    };
    Ok(shapes::GetAccessKeyLastUsedResponse {
        user_name: user.map(|user| user.name.into()),
        access_key_last_used: Some(access_key_last_used),
    })
}
