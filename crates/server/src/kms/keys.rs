//! CreateKey and what becomes of keys.

use leasehold_core::key::{
    Cause, KEYS_MAX, Key, KeySpec, Policy, State, WINDOW_DAYS_DEFAULT, arn, default_policy,
};
use leasehold_core::tag;
use leasehold_store::key::{self as store, StoredKey};
use leasehold_store::sealed::Kind;
use leasehold_store::{ErrorKind, Tx, tag as tag_store};

use super::find::{here, own, shared};
use super::paging::Paging;
use super::policies::principals_of;
use super::shapes;
use super::tags::pairs;
use crate::cx::Cx;
use crate::operation::{Failure, Outcome};
use crate::server::Server;
use crate::shape::{PendingWindow, Timestamp};

/// Keys of a page where the request does not say.
const PAGE_DEFAULT: usize = 100;
/// How often a new key is stored again after a conflict.
const ATTEMPTS_MAX: usize = 20;

/// Makes the key first, which takes its time and so is in no transaction, then stores it.
pub async fn create_key(
    server: &Server,
    cx: &Cx,
    it: &shapes::CreateKeyRequest,
) -> Outcome<shapes::KeyAnswer> {
    let spec = check_kind(it)?;
    let account = &cx.caller.account;
    let policy = it.policy.as_ref().map_or_else(|| default_policy(account), |it| it.0.clone());
    let read = Policy::read(&policy)?;
    if !it.bypass_policy_lockout_safety_check.unwrap_or(false) {
        read.check_lockout(account)?;
    }
    let tags = pairs(it.tags.as_deref().unwrap_or_default());
    tag::check_count(tags.len()).map_err(|_| Cause::TooManyTags)?;
    tag::check(&tags).map_err(|_| Cause::WrongTags)?;
    let mut tx = server.store.read().await?;
    let principals = principals_of(&mut tx, &read).await?;
    check_count(&mut tx, cx).await?;
    drop(tx);

    let key = Key {
        id: uuid::Builder::from_random_bytes(cx.seed.bytes("key")).into_uuid().to_string(),
        account: account.clone(),
        region: cx.region.clone(),
        description: it.description.as_ref().map_or_else(String::new, |text| text.0.clone()),
        spec,
        state: State::Enabled,
        created_at_ms: cx.now_ms,
        policy,
        principals,
    };
    let (store, made) =
        server.keys.create(&key.id, spec).await.map_err(|fault| unavailable(cx, &fault))?;
    let stored = StoredKey {
        key,
        public_key: made.public_key,
        store: store.to_owned(),
        handle: made.handle,
    };
    if let Err(failure) = insert(server, cx, &stored, &tags).await {
        // What is left behind bears the key's id. It is, too, where nobody knows whether the commit
        // came to pass: the key may be there, and need it.
        if matches!(&failure, Failure::Store(error) if error.kind() == ErrorKind::Failed) {
            tracing::warn!(key = stored.key.id, "a private key may be there for no key");
        } else if let Err(fault) = server.keys.delete(&stored.store, &stored.handle).await {
            tracing::warn!(fault, key = stored.key.id, "a private key could not be taken back");
        }
        return Err(failure);
    }
    Ok(shapes::KeyAnswer { key_metadata: Some(metadata(&stored.key)) })
}

/// Notes why a store does not answer; the client learns only that it does not.
pub fn unavailable(cx: &Cx, fault: &str) -> Failure {
    tracing::error!(request_id = cx.request_id, fault, "a store of keys failed");
    Cause::Unavailable.into()
}

async fn insert(
    server: &Server,
    cx: &Cx,
    stored: &StoredKey,
    tags: &[(String, String)],
) -> Outcome<()> {
    let mut attempt = 1;
    loop {
        match try_insert(server, cx, stored, tags).await {
            Err(Failure::Store(error))
                if error.kind() == ErrorKind::Conflict && attempt < ATTEMPTS_MAX =>
            {
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn try_insert(
    server: &Server,
    cx: &Cx,
    stored: &StoredKey,
    tags: &[(String, String)],
) -> Outcome<()> {
    let mut tx = server.store.write().await?;
    check_count(&mut tx, cx).await?;
    let handle =
        server.keys.settle(&mut tx, Kind::SigningKey, &stored.store, &stored.handle).await?;
    store::insert(&mut tx, &StoredKey { handle, ..stored.clone() }).await?;
    tag_store::set(&mut tx, &stored.key.arn(), tags).await?;
    Ok(tx.commit().await?)
}

async fn check_count(tx: &mut Tx, cx: &Cx) -> Outcome<()> {
    if store::count(tx, here(cx)).await? >= KEYS_MAX {
        return Err(Cause::TooManyKeys.into());
    }
    Ok(())
}

/// What kind of key is asked for; anything but one that this server makes is refused.
fn check_kind(it: &shapes::CreateKeyRequest) -> Result<KeySpec, Cause> {
    let new = it.key_spec.map(shapes::KeySpec::as_str);
    let old = it.customer_master_key_spec.map(shapes::CustomerMasterKeySpec::as_str);
    if new.is_some() && old.is_some() && new != old {
        return Err(Cause::TwoSpecs);
    }
    let is_ours = it.origin.is_none_or(|origin| origin == shapes::Origin::AwsKms)
        && !it.multi_region.unwrap_or(false)
        && it.custom_key_store_id.is_none()
        && it.xks_key_id.is_none();
    if !is_ours {
        return Err(Cause::OriginNotKept);
    }
    // The defaults of the model are for encryption.
    if it.key_usage != Some(shapes::KeyUsage::SignVerify) {
        return Err(Cause::UsageNotKept);
    }
    new.or(old).and_then(KeySpec::named).ok_or(Cause::SpecNotKept)
}

/// As it is; also for those whom its policy lets.
pub async fn describe_key(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::SharedKeyRequest,
) -> Outcome<shapes::KeyAnswer> {
    let found = shared(tx, cx, &it.key_id).await?;
    Ok(shapes::KeyAnswer { key_metadata: Some(metadata(&found.key)) })
}

/// Of the caller's account in the Region called, by id.
pub async fn list_keys(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListKeysRequest,
) -> Outcome<shapes::ListKeysResponse> {
    let paging = Paging::read(it.marker.as_ref(), it.limit, PAGE_DEFAULT)?;
    let mut ids = store::list(tx, here(cx), &paging.after, cx.now_ms, paging.limit()).await?;
    let next_marker = paging.cut(&mut ids, |id| id);
    let entry = |id: String| shapes::KeyListEntry {
        key_arn: Some(arn(&cx.region, &cx.caller.account, &id).into()),
        key_id: Some(id.into()),
    };
    Ok(shapes::ListKeysResponse {
        truncated: Some(next_marker.is_some()),
        keys: Some(ids.into_iter().map(entry).collect()),
        next_marker,
    })
}

/// For everything again.
pub async fn enable_key(tx: &mut Tx, cx: &Cx, it: &shapes::KeyRequest) -> Outcome<shapes::Nothing> {
    change(tx, cx, &it.key_id, |key| key.enable(true)).await?;
    Ok(shapes::Nothing {})
}

/// For nothing, until it is enabled.
pub async fn disable_key(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::KeyRequest,
) -> Outcome<shapes::Nothing> {
    change(tx, cx, &it.key_id, |key| key.enable(false)).await?;
    Ok(shapes::Nothing {})
}

/// After a time in which it can be called off.
pub async fn schedule_key_deletion(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ScheduleKeyDeletionRequest,
) -> Outcome<shapes::ScheduleKeyDeletionResponse> {
    let days = it.pending_window_in_days.map_or(WINDOW_DAYS_DEFAULT, |days| days.0);
    let (key, at_ms) =
        change(tx, cx, &it.key_id, |key| key.schedule_deletion(days, cx.now_ms)).await?;
    Ok(shapes::ScheduleKeyDeletionResponse {
        key_id: Some(key.arn().into()),
        deletion_date: Some(Timestamp(at_ms)),
        key_state: Some(state(&key)),
        pending_window_in_days: Some(PendingWindow(days)),
    })
}

/// The key is disabled then.
pub async fn cancel_key_deletion(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::KeyRequest,
) -> Outcome<shapes::CancelKeyDeletionResponse> {
    let (key, ()) = change(tx, cx, &it.key_id, Key::cancel_deletion).await?;
    Ok(shapes::CancelKeyDeletionResponse { key_id: Some(key.arn().into()) })
}

async fn change<T>(
    tx: &mut Tx,
    cx: &Cx,
    name: &str,
    change: impl FnOnce(&mut Key) -> Result<T, Cause>,
) -> Outcome<(Key, T)> {
    let mut key = own(tx, cx, name, false).await?.key;
    let done = change(&mut key)?;
    store::save(tx, &key).await?;
    Ok((key, done))
}

fn state(key: &Key) -> shapes::KeyState {
    match key.state {
        State::Enabled => shapes::KeyState::Enabled,
        State::Disabled => shapes::KeyState::Disabled,
        State::PendingDeletion(_) => shapes::KeyState::PendingDeletion,
    }
}

/// How a key can sign, in the words of the wire.
pub fn algorithms(spec: KeySpec) -> Vec<shapes::SigningAlgorithm> {
    let named = |name: &str| {
        shapes::SigningAlgorithm::ALL.iter().copied().find(|each| each.as_str() == name)
    };
    spec.algorithms().iter().filter_map(|algorithm| named(algorithm.as_str())).collect()
}

/// A key's kind by both of its names on the wire.
pub fn specs(spec: KeySpec) -> (Option<shapes::KeySpec>, Option<shapes::CustomerMasterKeySpec>) {
    let name = spec.as_str();
    (
        shapes::KeySpec::ALL.iter().copied().find(|each| each.as_str() == name),
        shapes::CustomerMasterKeySpec::ALL.iter().copied().find(|each| each.as_str() == name),
    )
}

fn metadata(key: &Key) -> shapes::KeyMetadata {
    let (key_spec, customer_master_key_spec) = specs(key.spec);
    shapes::KeyMetadata {
        aws_account_id: Some(key.account.clone()),
        key_id: key.id.as_str().into(),
        arn: Some(key.arn().into()),
        creation_date: Some(Timestamp(key.created_at_ms)),
        enabled: Some(key.state == State::Enabled),
        description: Some(key.description.as_str().into()),
        key_usage: Some(shapes::KeyUsage::SignVerify),
        key_state: Some(state(key)),
        deletion_date: match key.state {
            State::PendingDeletion(at_ms) => Some(Timestamp(at_ms)),
            State::Enabled | State::Disabled => None,
        },
        valid_to: None,
        origin: Some(shapes::Origin::AwsKms),
        custom_key_store_id: None,
        cloud_hsm_cluster_id: None,
        expiration_model: None,
        key_manager: Some(shapes::KeyManager::Customer),
        customer_master_key_spec,
        key_spec,
        encryption_algorithms: None,
        signing_algorithms: Some(algorithms(key.spec)),
        key_agreement_algorithms: None,
        multi_region: Some(false),
        multi_region_configuration: None,
        pending_deletion_window_in_days: None,
        mac_algorithms: None,
        xks_key_configuration: None,
        current_key_material_id: None,
    }
}
