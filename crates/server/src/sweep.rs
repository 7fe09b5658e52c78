//! What tidies up. Nothing depends on it: every rule is exact whether it ever runs or not.

use std::sync::Arc;
use std::time::Duration;

use leasehold_core::consume::REPLAY_WINDOW_MS;
use leasehold_core::license::RETENTION_MONTHS;
use leasehold_core::time;
use leasehold_store::{Result, Store, consumption, key, license, request, token};

use crate::keyring::KeyStores;
use crate::server::Server;

/// Between two steps.
const STEP: Duration = Duration::from_secs(1);
/// Licenses purged in one step.
const PURGED_MAX: i64 = 100;
/// Keys destroyed in one step.
const KEYS_MAX: i64 = 10;

/// Moves finished check-outs to the history, forgets old answers, purges licenses deleted six
/// months ago (L7), destroys keys whose deletion is due, and keeps the write-ahead log short; for
/// ever, a small step at a time.
pub async fn run(server: Arc<Server>) {
    let Server { store, clock, keys, .. } = &*server;
    let mut after = 0;
    loop {
        tokio::time::sleep(STEP).await;
        if let Err(error) = store.checkpoint().await {
            tracing::warn!(%error, "the write-ahead log could not be copied");
        }
        if let Err(error) = destroy_keys(store, keys, clock.now_ms()).await {
            tracing::warn!(%error, "keys could not be destroyed");
        }
        match step(store, clock.now_ms(), after).await {
            Ok(next) => after = next,
            Err(error) => tracing::warn!(%error, "a step of the sweeper failed"),
        }
    }
}

/// One step from the row `after` on; returns where the next one begins.
///
/// # Errors
/// What the database says.
pub async fn step(store: &Store, now_ms: i64, after: i64) -> Result<i64> {
    let before_ms = now_ms - REPLAY_WINDOW_MS;
    let (until, has_old, purge_before_ms) = {
        let mut tx = store.read().await?;
        let purge_before_ms = time::add_months(now_ms, -RETENTION_MONTHS).unwrap_or(i64::MIN);
        let deleted = license::deleted_before(&mut tx, purge_before_ms, 1).await?;
        let has_old = request::is_any_before(&mut tx, before_ms).await?
            || !deleted.is_empty()
            || token::is_any_deleted_before(&mut tx, purge_before_ms).await?;
        (consumption::sweep_end(&mut tx, after).await?, has_old, purge_before_ms)
    };
    if until.is_none() && !has_old {
        return Ok(0);
    }
    let mut tx = store.write().await?;
    if let Some(until) = until {
        consumption::sweep(&mut tx, after, until, now_ms, before_ms).await?;
    }
    request::forget(&mut tx, before_ms).await?;
    token::purge(&mut tx, purge_before_ms).await?;
    for gone in license::deleted_before(&mut tx, purge_before_ms, PURGED_MAX).await? {
        if gone.is_purged(now_ms) {
            license::purge(&mut tx, &gone).await?;
        }
    }
    tx.commit().await?;
    Ok(until.unwrap_or(0))
}

/// Destroys the private halves of keys whose deletion is due, then the rest of them. A store that
/// does not answer is asked again in the next step.
async fn destroy_keys(store: &Store, keys: &KeyStores, now_ms: i64) -> Result<()> {
    let due = key::due(&mut store.read().await?, now_ms, KEYS_MAX).await?;
    for gone in due {
        if let Err(fault) = keys.delete(&gone.store, &gone.handle).await {
            tracing::warn!(fault, key = gone.key.id, "a private key could not be destroyed");
            continue;
        }
        let mut tx = store.write().await?;
        key::delete(&mut tx, &gone.key).await?;
        tx.commit().await?;
    }
    Ok(())
}
