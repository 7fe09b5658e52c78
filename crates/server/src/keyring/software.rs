//! Software keys: made and used in this process, at rest sealed under the master key.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use hashbrown::HashMap;
use leasehold_core::key::{KeySpec, SigningAlgorithm};
use leasehold_store::sealed::Kind;

use super::crypto::import;
use super::store::{Fault, KeyStore, Made};
use super::workers::Workers;
use super::{Keyring, purpose};
use crate::operation::BoxFuture;

/// The store's name in the database.
pub const NAME: &str = "software";
/// Opened keys that are remembered; past it all are forgotten.
const OPENED_MAX: usize = 1_000;

/// A key that was opened; the library wipes it when it goes.
enum Private {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
}

/// Keeps keys sealed in their handles.
pub struct Software {
    safe: Arc<Safe>,
    workers: Workers,
}

/// Opens handles.
struct Safe {
    keyring: Arc<Keyring>,
    /// By handle: opening one costs more than signing with it.
    opened: RwLock<HashMap<Vec<u8>, Arc<Private>>>,
}

impl Software {
    /// A store that seals under this master key.
    pub fn new(keyring: Arc<Keyring>) -> Self {
        let safe = Safe { keyring, opened: RwLock::default() };
        Self { safe: Arc::new(safe), workers: Workers::new() }
    }
}

impl Safe {
    fn open(&self, handle: &[u8]) -> Result<Arc<Private>, Fault> {
        let known = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(handle) {
            return Ok(Arc::clone(known));
        }
        drop(known);
        let private =
            Arc::new(Private::read(&self.keyring.open_sealed(purpose(Kind::SigningKey), handle)?)?);
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        if opened.len() >= OPENED_MAX {
            opened.clear();
        }
        opened.insert(handle.to_vec(), Arc::clone(&private));
        Ok(private)
    }
}

impl KeyStore for Software {
    fn create<'a>(&'a self, _: &'a str, spec: KeySpec) -> BoxFuture<'a, Result<Made, Fault>> {
        let safe = Arc::clone(&self.safe);
        Box::pin(self.workers.run(move || {
            let (private, public_key) = make(spec)?;
            Ok(Made { handle: safe.keyring.seal(purpose(Kind::SigningKey), &private)?, public_key })
        }))
    }

    fn sign<'a>(
        &'a self,
        handle: &'a [u8],
        algorithm: SigningAlgorithm,
        digest: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, Fault>> {
        let safe = Arc::clone(&self.safe);
        let (handle, digest) = (handle.to_vec(), digest.to_vec());
        Box::pin(self.workers.run(move || safe.open(&handle)?.sign(algorithm, &digest)))
    }

    fn delete<'a>(&'a self, handle: &'a [u8]) -> BoxFuture<'a, Result<(), Fault>> {
        self.safe.opened.write().unwrap_or_else(PoisonError::into_inner).remove(handle);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A new key: PKCS #8, and the public half.
fn make(spec: KeySpec) -> Result<(Vec<u8>, Vec<u8>), Fault> {
    match spec {
        KeySpec::Rsa2048 => make_rsa(KeySize::Rsa2048),
        KeySpec::Rsa3072 => make_rsa(KeySize::Rsa3072),
        KeySpec::Rsa4096 => make_rsa(KeySize::Rsa4096),
        KeySpec::EccNistP256 => make_ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING),
        KeySpec::EccNistP384 => make_ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING),
    }
}

fn failed<E>(_: E) -> Fault {
    "the cryptographic library failed".to_owned()
}

fn make_rsa(size: KeySize) -> Result<(Vec<u8>, Vec<u8>), Fault> {
    let pair = aws_lc_rs::rsa::KeyPair::generate(size).map_err(failed)?;
    let private: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(failed)?;
    Ok((private.as_ref().to_vec(), public.as_ref().to_vec()))
}

fn make_ecdsa(algorithm: &'static EcdsaSigningAlgorithm) -> Result<(Vec<u8>, Vec<u8>), Fault> {
    let pair = EcdsaKeyPair::generate(algorithm).map_err(failed)?;
    let private = pair.to_pkcs8v1().map_err(failed)?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(failed)?;
    Ok((private.as_ref().to_vec(), public.as_ref().to_vec()))
}

impl Private {
    /// Reads PKCS #8.
    fn read(pkcs8: &[u8]) -> Result<Self, Fault> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(pkcs8) {
            return Ok(Self::Rsa(pair));
        }
        [&ECDSA_P256_SHA256_ASN1_SIGNING, &ECDSA_P384_SHA384_ASN1_SIGNING]
            .into_iter()
            .find_map(|algorithm| EcdsaKeyPair::from_pkcs8(algorithm, pkcs8).ok())
            .map(Self::Ecdsa)
            .ok_or_else(|| "a private key cannot be read".to_owned())
    }

    fn sign(&self, algorithm: SigningAlgorithm, digest: &[u8]) -> Result<Vec<u8>, Fault> {
        let digest = import(algorithm, digest).ok_or("the digest has a wrong length")?;
        match (self, encoding(algorithm)) {
            (Self::Rsa(pair), Some(encoding)) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(encoding, &digest, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            (Self::Ecdsa(pair), None) => {
                let signature = pair.sign_digest(&digest).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
            _ => Err("the key cannot sign so".to_owned()),
        }
    }
}

/// How RSA pads; nothing for elliptic curves.
fn encoding(algorithm: SigningAlgorithm) -> Option<&'static dyn RsaEncoding> {
    match algorithm {
        SigningAlgorithm::RsassaPssSha256 => Some(&RSA_PSS_SHA256),
        SigningAlgorithm::RsassaPssSha384 => Some(&RSA_PSS_SHA384),
        SigningAlgorithm::RsassaPssSha512 => Some(&RSA_PSS_SHA512),
        SigningAlgorithm::RsassaPkcs1V15Sha256 => Some(&RSA_PKCS1_SHA256),
        SigningAlgorithm::RsassaPkcs1V15Sha384 => Some(&RSA_PKCS1_SHA384),
        SigningAlgorithm::RsassaPkcs1V15Sha512 => Some(&RSA_PKCS1_SHA512),
        SigningAlgorithm::EcdsaSha256 | SigningAlgorithm::EcdsaSha384 => None,
    }
}

#[cfg(test)]
mod tests {
    use leasehold_core::key::{Key, State};
    use leasehold_store::key::StoredKey;

    use super::*;
    use crate::keyring::KeyStores;
    use crate::keyring::crypto::{check_store, digest_of};

    fn store(master: u8) -> Software {
        Software::new(Arc::new(Keyring::new(&[master; 32]).unwrap()))
    }

    #[tokio::test]
    async fn keys_of_every_kind_sign() {
        let specs = [KeySpec::Rsa2048, KeySpec::EccNistP256, KeySpec::EccNistP384];
        check_store(&store(7), &specs).await;
    }

    #[tokio::test]
    async fn a_handle_opens_under_its_master_key_only() {
        let made = store(7).create("x", KeySpec::EccNistP256).await.unwrap();
        let algorithm = SigningAlgorithm::EcdsaSha256;
        let digest = digest_of(algorithm, b"m");
        assert!(store(7).sign(&made.handle, algorithm, &digest).await.is_ok());
        assert!(store(8).sign(&made.handle, algorithm, &digest).await.is_err());
    }

    fn key(spec: KeySpec) -> Key {
        Key {
            id: "x".to_owned(),
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            description: String::new(),
            spec,
            state: State::Enabled,
            created_at_ms: 0,
            policy: String::new(),
            principals: Default::default(),
        }
    }

    /// Not by `Debug`, and not by an error, sealed or not.
    #[tokio::test]
    async fn nothing_of_a_private_key_is_printed() {
        let keyring = Arc::new(Keyring::new(&[7; 32]).unwrap());
        let stores = KeyStores::software(Arc::clone(&keyring));
        for spec in [KeySpec::Rsa2048, KeySpec::EccNistP256] {
            let (store, made) = stores.create("x", spec).await.unwrap();
            let private = keyring.open_sealed(purpose(Kind::SigningKey), &made.handle).unwrap();
            let key = StoredKey {
                key: key(spec),
                public_key: made.public_key.clone(),
                store: store.to_owned(),
                handle: made.handle.clone(),
            };
            let algorithm = SigningAlgorithm::RsassaPssSha384;
            let mut bent = private.clone();
            bent[0] ^= 1;
            let bent = keyring.seal(purpose(Kind::SigningKey), &bent).unwrap();
            let printed = [
                format!("{keyring:?} {key:?}"),
                format!("{:?}", stores.sign(&key, algorithm, b"short").await),
                format!(
                    "{:?}",
                    Software::new(Arc::clone(&keyring)).sign(&bent, algorithm, &[0; 48]).await
                ),
                format!("{:?}", self::store(8).sign(&made.handle, algorithm, &[0; 48]).await),
            ];
            assert!(printed.iter().skip(1).all(|text| text.starts_with("Err(")), "{printed:?}");
            for secret in [private, made.handle, vec![7; 32]] {
                for part in secret.chunks_exact(16) {
                    let list = format!("{part:?}");
                    let forms = [hex::encode(part), list.trim_matches(['[', ']']).to_owned()];
                    let is_in = |text: &String| forms.iter().any(|form| text.contains(form));
                    assert!(!printed.iter().any(is_in), "{printed:?}");
                }
            }
        }
    }
}
