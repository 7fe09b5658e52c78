//! The keys of the issuer: made, shared through the database, retired and forgotten.

use std::sync::{Arc, PoisonError, RwLock};

use leasehold_core::ids::Seed;
use leasehold_core::key::{KeySpec, SigningAlgorithm};
use leasehold_core::time::{DAY_MS, SECOND_MS};
use leasehold_core::token::ACCESS_LIFE_S;
use leasehold_store::issuer::{self as store, IssuerKey};
use leasehold_store::meta::until_no_conflict;
use leasehold_store::sealed::Kind;
use leasehold_store::{ErrorKind, Store, Tx};

use super::Fault;
use crate::chance;
use crate::clock::Clock;
use crate::jwt::Jwk;
use crate::keyring::KeyStores;

/// A key signs for so long, then a new one is made.
const SIGNS_FOR_MS: i64 = 90 * DAY_MS;
/// How long what the database said is believed, milliseconds.
const KNOWN_AGE_MAX_MS: i64 = 1_000;

/// A key with its public half as it is published.
pub struct Known {
    pub stored: Arc<IssuerKey>,
    pub public: Jwk,
}

/// The keys of an issuer, latest first.
pub struct Keys {
    database: Store,
    stores: Arc<KeyStores>,
    clock: Arc<Clock>,
    read: RwLock<Option<Read>>,
    /// Taken by whoever makes a key, so that one is made where many wait.
    making: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Read {
    at_ms: i64,
    keys: Arc<[Known]>,
}

impl Keys {
    pub fn new(database: Store, stores: Arc<KeyStores>, clock: Arc<Clock>) -> Self {
        let making = tokio::sync::Mutex::new(());
        Self { database, stores, clock, read: RwLock::default(), making }
    }

    /// The keys; the database is asked again after a while, and where a wanted one is unknown.
    pub async fn known(&self, wanted: Option<&str>) -> Result<Arc<[Known]>, Fault> {
        let known = self.read.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known
            && self.clock.elapsed_ms() - known.at_ms < KNOWN_AGE_MAX_MS
            && wanted.is_none_or(|id| known.keys.iter().any(|key| key.stored.id == id))
        {
            return Ok(known.keys);
        }
        self.read_again().await
    }

    /// Forgets what the database said.
    pub fn forget(&self) {
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn read_again(&self) -> Result<Arc<[Known]>, Fault> {
        let text = |error: leasehold_store::Error| error.to_string();
        let at_ms = self.clock.elapsed_ms();
        let mut tx = self.database.read().await.map_err(text)?;
        let stored = store::list(&mut tx).await.map_err(text)?;
        let keys = stored.into_iter().map(|stored| {
            let public = Jwk::of_rsa(&stored.id, &stored.public_key);
            let public = public.ok_or_else(|| format!("key {} cannot be read", stored.id))?;
            Ok(Known { stored: Arc::new(stored), public })
        });
        let keys: Arc<[Known]> = keys.collect::<Result<_, Fault>>()?;
        let read = Read { at_ms, keys: Arc::clone(&keys) };
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = Some(read);
        Ok(keys)
    }

    /// The key that signs now.
    pub async fn current(&self, now_ms: i64) -> Result<Arc<IssuerKey>, Fault> {
        if let Some(current) = signing(&self.known(None).await?, now_ms) {
            return Ok(current);
        }
        let _made = self.making.lock().await;
        if let Some(current) = signing(&self.read_again().await?, now_ms) {
            return Ok(current);
        }
        self.make(now_ms).await?;
        let known = self.read_again().await?;
        signing(&known, now_ms).ok_or_else(|| "there is no key to sign tokens with".to_owned())
    }

    /// Makes a key, unless another server just did, and retires those that are old.
    async fn make(&self, now_ms: i64) -> Result<(), Fault> {
        let seed: Seed = chance::seed();
        let id = uuid::Builder::from_random_bytes(seed.bytes("issuer key")).into_uuid().to_string();
        let (name, made) = self.stores.create(&id, KeySpec::Rsa2048).await?;
        let key = IssuerKey {
            id,
            created_at_ms: now_ms,
            retired_at_ms: None,
            access_until_ms: None,
            public_key: made.public_key,
            store: name.to_owned(),
            handle: made.handle,
        };
        let inserted = until_no_conflict(|| self.insert(&key, now_ms)).await;
        let gone = match inserted {
            Ok(gone) => gone,
            // Where the commit may have come to pass unseen, the key may be there, and need it.
            Err(error) => {
                if error.kind() != ErrorKind::Failed {
                    self.delete(&key.store, &key.handle).await;
                }
                return Err(error.to_string());
            }
        };
        for (store, handle) in gone {
            self.delete(&store, &handle).await;
        }
        tracing::info!(key = key.id, "a new key signs tokens");
        Ok(())
    }

    /// Stores a new key; returns where the private halves are that nobody needs any more.
    async fn insert(
        &self,
        key: &IssuerKey,
        now_ms: i64,
    ) -> leasehold_store::Result<Vec<(String, Vec<u8>)>> {
        let mut tx = self.database.write().await?;
        let mut known = store::list(&mut tx).await?.into_iter();
        if known.any(|key| is_signing(&key, now_ms)) {
            return Ok(vec![(key.store.clone(), key.handle.clone())]);
        }
        retire_until(&mut tx, now_ms - SIGNS_FOR_MS, now_ms, false).await?;
        let handle = self.stores.settle(&mut tx, Kind::IssuerKey, &key.store, &key.handle).await?;
        store::insert(&mut tx, &IssuerKey { handle, ..key.clone() }).await?;
        let gone = store::forget(&mut tx, now_ms).await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn delete(&self, store: &str, handle: &[u8]) {
        if let Err(fault) = self.stores.delete(store, handle).await {
            tracing::warn!(fault, "a private key that nobody needs is still there");
        }
    }

    pub async fn sign(
        &self,
        key: &IssuerKey,
        algorithm: SigningAlgorithm,
        digest: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        self.stores.sign(key, algorithm, digest).await
    }
}

fn signing(known: &[Known], now_ms: i64) -> Option<Arc<IssuerKey>> {
    let mut keys = known.iter().map(|key| &key.stored);
    keys.find(|key| is_signing(key, now_ms)).map(Arc::clone)
}

fn is_signing(key: &IssuerKey, now_ms: i64) -> bool {
    key.retired_at_ms.is_none() && now_ms - key.created_at_ms < SIGNS_FOR_MS
}

/// Retires all keys: the next token is signed with a new one. Where `at_once`, access tokens that
/// live are over, too.
///
/// # Errors
/// What the database says.
pub async fn rotate(store: &Store, now_ms: i64, at_once: bool) -> leasehold_store::Result<()> {
    // Tokens that are being made are in its way, on PostgreSQL.
    until_no_conflict(async || {
        let mut tx = store.write().await?;
        retire_until(&mut tx, i64::MAX, now_ms, at_once).await?;
        tx.commit().await
    })
    .await
}

async fn retire_until(
    tx: &mut Tx,
    made_until_ms: i64,
    now_ms: i64,
    at_once: bool,
) -> leasehold_store::Result<()> {
    // A server may go on signing with it until it asks the database again.
    let overlap_ms = ACCESS_LIFE_S * SECOND_MS + KNOWN_AGE_MAX_MS;
    let access_until_ms = if at_once { now_ms } else { now_ms + overlap_ms };
    store::retire(tx, made_until_ms, now_ms, access_until_ms).await
}
