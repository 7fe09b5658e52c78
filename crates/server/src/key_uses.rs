//! When, where and for what each key was used last: noted in memory, written down once in a while.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hashbrown::HashMap;
use leasehold_store::account::{self, KeyUse};
use leasehold_store::{Result, Store};

/// Between two times that uses are written down. What a crash loses is no older.
const FLUSH_INTERVAL: Duration = Duration::from_secs(60);
/// Keys whose use is noted until then; of further ones it is not.
const KEYS_MAX: usize = 10_000;

/// The uses that are not written down yet.
#[derive(Debug, Default)]
pub struct KeyUses(Mutex<HashMap<String, KeyUse>>);

impl KeyUses {
    /// Notes a use.
    pub fn note(&self, used: KeyUse) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() < KEYS_MAX || noted.contains_key(&used.key) {
            noted.insert(used.key.clone(), used);
        }
    }

    /// The use of a key that is noted.
    pub fn find(&self, key: &str) -> Option<KeyUse> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Writes down what is noted.
    ///
    /// # Errors
    /// What the database says; what was noted is lost then.
    pub async fn flush(&self, store: &Store) -> Result<()> {
        let noted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if noted.is_empty() {
            return Ok(());
        }
        let mut tx = store.write().await?;
        for used in noted.values() {
            account::save_use(&mut tx, used).await?;
        }
        tx.commit().await
    }

    /// Writes down what is noted, for ever.
    pub async fn run(&self, store: &Store) {
        loop {
            tokio::time::sleep(FLUSH_INTERVAL).await;
            if let Err(error) = self.flush(store).await {
                tracing::warn!(%error, "the last uses of keys could not be written down");
            }
        }
    }
}
