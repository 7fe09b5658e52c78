//! Where private keys are kept: a small trait, and the one that a server uses for new keys.

use std::sync::Arc;

use leasehold_core::key::{KeySpec, SigningAlgorithm};
use leasehold_store::Tx;
use leasehold_store::issuer::IssuerKey;
use leasehold_store::key::StoredKey;
use leasehold_store::sealed::Kind;

use super::crypto::verify;
use super::pkcs11::{self, Pkcs11};
use super::software::{self, Software};
use super::{Keyring, settle};
use crate::config::{AwsSettings, KeySettings, KeyStoreName};
use crate::operation::BoxFuture;

/// The name of the store in AWS KMS.
const AWS: &str = "aws";

/// Why a store did not do what it was asked; for the log only.
pub type Fault = String;

/// A new key.
pub struct Made {
    /// What the store finds the private half by.
    pub handle: Vec<u8>,
    /// The public half, a DER SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
}

/// A key, as far as signing asks.
pub struct Kept<'a> {
    store: &'a str,
    handle: &'a [u8],
    public_key: &'a [u8],
}

impl<'a> From<&'a StoredKey> for Kept<'a> {
    fn from(key: &'a StoredKey) -> Self {
        Self { store: &key.store, handle: &key.handle, public_key: &key.public_key }
    }
}

impl<'a> From<&'a IssuerKey> for Kept<'a> {
    fn from(key: &'a IssuerKey) -> Self {
        Self { store: &key.store, handle: &key.handle, public_key: &key.public_key }
    }
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

/// A store and its name in the database.
type Named = (&'static str, Arc<dyn KeyStore>);

/// The stores of a server; the first is for new keys.
pub struct KeyStores {
    stores: Vec<Named>,
    keyring: Arc<Keyring>,
}

impl KeyStores {
    /// Only the one for software keys, which are sealed under this master key.
    pub fn software(keyring: Arc<Keyring>) -> Self {
        let software: Named = (software::NAME, Arc::new(Software::new(Arc::clone(&keyring))));
        Self { stores: vec![software], keyring }
    }

    /// Those that the settings name.
    ///
    /// # Errors
    /// A text for whoever starts the server.
    pub fn open(settings: &KeySettings, keyring: Arc<Keyring>) -> Result<Self, Fault> {
        let Self { mut stores, keyring } = Self::software(keyring);
        if let Some(token) = &settings.pkcs11 {
            stores.push((pkcs11::NAME, Arc::new(Pkcs11::open(token)?)));
        }
        if let Some(kms) = &settings.aws {
            stores.push(open_aws(kms)?);
        }
        let first = match settings.store {
            KeyStoreName::Software => software::NAME,
            KeyStoreName::Pkcs11 => pkcs11::NAME,
            KeyStoreName::Aws => AWS,
        };
        stores.sort_by_key(|(name, _)| *name != first);
        Ok(Self { stores, keyring })
    }

    /// Makes a key in the store for new ones; also names that store.
    ///
    /// # Errors
    /// What the store says.
    pub async fn create(&self, id: &str, spec: KeySpec) -> Result<(&'static str, Made), Fault> {
        let (name, store) = self.stores.first().ok_or("there is no store for keys")?;
        Ok((name, store.create(id, spec).await?))
    }

    /// The handle of a key that is being stored, sealed under the master key that is in force in
    /// this transaction. Only software keys are in their handles.
    ///
    /// # Errors
    /// When another server has changed the master key; what the database says.
    pub async fn settle(
        &self,
        tx: &mut Tx,
        kind: Kind,
        store: &str,
        handle: &[u8],
    ) -> leasehold_store::Result<Vec<u8>> {
        if store != software::NAME {
            return Ok(handle.to_vec());
        }
        settle(tx, &self.keyring, kind, handle.to_vec()).await
    }

    /// Signs a digest. What comes from outside of this process is verified before it is believed:
    /// a token that nobody can verify is worse than none.
    ///
    /// # Errors
    /// What the key's store says, or that this server does not have it.
    pub async fn sign<'a>(
        &self,
        key: impl Into<Kept<'a>>,
        algorithm: SigningAlgorithm,
        digest: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let Kept { store, handle, public_key } = key.into();
        let signature = self.of(store)?.sign(handle, algorithm, digest).await?;
        if store != software::NAME && !verify(public_key, algorithm, digest, &signature) {
            return Err("the store did not sign as it was asked to".to_owned());
        }
        Ok(signature)
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

#[cfg(feature = "aws-kms")]
fn open_aws(settings: &AwsSettings) -> Result<Named, Fault> {
    Ok((AWS, Arc::new(super::aws::Aws::open(settings)?)))
}

#[cfg(not(feature = "aws-kms"))]
fn open_aws(_: &AwsSettings) -> Result<Named, Fault> {
    Err("this program was built without AWS KMS (feature aws-kms)".to_owned())
}
