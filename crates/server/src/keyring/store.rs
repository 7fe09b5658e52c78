//! Where private keys are kept: a small trait, and the one that a server uses for new keys.

use std::sync::Arc;

use leasehold_core::key::{KeySpec, SigningAlgorithm};
use leasehold_store::key::StoredKey;

use super::software::Software;
use crate::operation::BoxFuture;

/// Why a store did not do what it was asked; for the log only.
pub type Fault = String;

/// A new key.
pub struct Made {
    /// What the store finds the private half by.
    pub handle: Vec<u8>,
    /// The public half, a DER SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
}

/// Keeps private keys and signs with them. What works long does so off the async threads.
pub trait KeyStore: Send + Sync {
    /// Makes a key; `id` is the name that it has in KMS, for whoever looks into the store.
    fn create<'a>(&'a self, id: &'a str, spec: KeySpec) -> BoxFuture<'a, Result<Made, Fault>>;

    /// Signs a digest of the algorithm's length. Signatures of elliptic curves are in DER.
    fn sign<'a>(
        &'a self,
        handle: &'a [u8],
        algorithm: SigningAlgorithm,
        digest: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, Fault>>;

    /// Destroys a private key for good; one that is not there is no fault.
    fn delete<'a>(&'a self, handle: &'a [u8]) -> BoxFuture<'a, Result<(), Fault>>;
}

/// The stores of a server, each with its name in the database.
pub struct KeyStores {
    stores: Vec<(&'static str, Arc<dyn KeyStore>)>,
}

impl KeyStores {
    /// Only the one for software keys.
    pub fn software(software: Software) -> Self {
        Self { stores: vec![(super::software::NAME, Arc::new(software))] }
    }

    /// Makes a key in the store for new ones; also names that store.
    ///
    /// # Errors
    /// What the store says.
    pub async fn create(&self, id: &str, spec: KeySpec) -> Result<(&'static str, Made), Fault> {
        let (name, store) = self.stores.first().ok_or("there is no store for keys")?;
        Ok((name, store.create(id, spec).await?))
    }

    /// Signs a digest.
    ///
    /// # Errors
    /// What the key's store says, or that this server does not have it.
    pub async fn sign(
        &self,
        key: &StoredKey,
        algorithm: SigningAlgorithm,
        digest: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        self.sign_with(&key.store, &key.handle, algorithm, digest).await
    }

    /// Signs a digest with the key that a store finds by this handle.
    ///
    /// # Errors
    /// What the store says, or that this server does not have it.
    pub async fn sign_with(
        &self,
        store: &str,
        handle: &[u8],
        algorithm: SigningAlgorithm,
        digest: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        self.of(store)?.sign(handle, algorithm, digest).await
    }

    /// Destroys a private key.
    ///
    /// # Errors
    /// What the store says, or that this server does not have it.
    pub async fn delete(&self, store: &str, handle: &[u8]) -> Result<(), Fault> {
        self.of(store)?.delete(handle).await
    }

    fn of(&self, name: &str) -> Result<&dyn KeyStore, Fault> {
        let found = self.stores.iter().find(|(each, _)| *each == name);
        found
            .map(|(_, store)| store.as_ref())
            .ok_or_else(|| format!("the key is in the store '{name}', which is not configured"))
    }
}
