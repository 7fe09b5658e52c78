//! The issuer of tokens (T4, T5): its name, its keys, and what it vouches for.
//!
//! Keys are in the database, shared by all servers on it. The youngest signs; one that signs no
//! more still vouches for the access tokens that it signed, for as long as they live. For a refresh
//! token no signature is enough: the database must know the very token.

mod documents;
mod keys;

use std::sync::Arc;

use leasehold_core::key::SigningAlgorithm;
use leasehold_core::time::SECOND_MS;
use leasehold_core::token::{Claims, LENGTH_MAX, Use};
use leasehold_store::Store;
use leasehold_store::issuer::IssuerKey;
use sha2::{Digest, Sha256};

pub use documents::document;
pub use keys::rotate;

use crate::clock::Clock;
use crate::jwt::{self, Parts};
use crate::keyring::KeyStores;
use keys::Keys;

/// The issuer where the settings name none (T4).
pub const URL_DEFAULT: &str = "https://openid-license-manager.amazonaws.com";
/// How tokens are signed.
const ALGORITHM: SigningAlgorithm = SigningAlgorithm::RsassaPkcs1V15Sha256;

/// Why a token is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// It is none of this issuer's, or not for this use.
    Invalid,
    /// It is over.
    Expired,
}

/// What went wrong here, for the log.
pub type Fault = String;

/// Signs tokens and vouches for them.
pub struct Issuer {
    url: String,
    keys: Keys,
}

impl Issuer {
    /// The issuer of this URL.
    pub fn new(url: &str, store: Store, stores: Arc<KeyStores>, clock: Arc<Clock>) -> Self {
        Self { url: url.to_owned(), keys: Keys::new(store, stores, clock) }
    }

    /// Its URL: `iss` of its tokens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// As trust policies name it: its URL without the scheme.
    pub fn name(&self) -> &str {
        self.url.split_once("://").map_or(self.url.as_str(), |(_, name)| name)
    }

    /// Asks the database for the keys again: they have changed.
    pub fn forget(&self) {
        self.keys.forget();
    }

    /// Its keys, as far as others may believe them.
    ///
    /// # Errors
    /// What the database says.
    pub async fn published(&self, now_ms: i64) -> Result<jwt::JwkSet, Fault> {
        let known = self.keys.known(None).await?;
        let vouching = known.iter().filter(|key| key.stored.vouches_for_access(now_ms));
        Ok(jwt::JwkSet { keys: vouching.map(|key| key.public.clone()).collect() })
    }

    /// The key to sign with; makes one if there is none, or the last is old.
    ///
    /// # Errors
    /// What the database or the store of keys says.
    pub async fn signing_key(&self, now_ms: i64) -> Result<Arc<IssuerKey>, Fault> {
        self.keys.current(now_ms).await
    }

    /// Signs claims with a key. The same ones give the same token.
    ///
    /// # Errors
    /// What the store of keys says.
    pub async fn sign(&self, key: &IssuerKey, claims: &Claims) -> Result<String, Fault> {
        let draft = jwt::draft(&key.id, claims).map_err(|error| error.to_string())?;
        let signature = self.keys.sign(key, ALGORITHM, Sha256::digest(&draft).as_slice()).await?;
        Ok(jwt::finish(&draft, &signature))
    }

    /// The key of this name, whether it still signs or not.
    ///
    /// # Errors
    /// What the database says.
    pub async fn key(&self, id: &str) -> Result<Option<Arc<IssuerKey>>, Fault> {
        let known = self.keys.known(Some(id)).await?;
        let found = known.iter().find(|key| key.stored.id == id);
        Ok(found.map(|key| Arc::clone(&key.stored)))
    }

    /// The claims of a token of ours, if it is good for this use at this time.
    ///
    /// # Errors
    /// What the database says.
    pub async fn verify(
        &self,
        token: &str,
        token_type: Use,
        now_ms: i64,
    ) -> Result<Result<Claims, Bad>, Fault> {
        let Some(parts) = Parts::read(token).filter(|_| token.len() <= LENGTH_MAX) else {
            return Ok(Err(Bad::Invalid));
        };
        let Some(id) = parts.header.kid.as_deref() else { return Ok(Err(Bad::Invalid)) };
        let known = self.keys.known(Some(id)).await?;
        let key = known.iter().find(|key| key.stored.id == id);
        let Some(key) = key.filter(|key| parts.is_signed_by(&key.public)) else {
            return Ok(Err(Bad::Invalid));
        };
        Ok(self.check(&parts.payload, &key.stored, token_type, now_ms))
    }

    fn check(
        &self,
        payload: &[u8],
        key: &IssuerKey,
        token_type: Use,
        now_ms: i64,
    ) -> Result<Claims, Bad> {
        let claims: Claims = serde_json::from_slice(payload).map_err(|_| Bad::Invalid)?;
        if claims.iss != self.url || claims.token_type != token_type {
            return Err(Bad::Invalid);
        }
        if claims.exp <= now_ms.div_euclid(SECOND_MS) {
            return Err(Bad::Expired);
        }
        // A key that got into the wrong hands is of no use once it is retired for an hour.
        if token_type == Use::AccessToken && !key.vouches_for_access(now_ms) {
            return Err(Bad::Invalid);
        }
        Ok(claims)
    }
}
