//! Digests and verification: what needs no private key.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{
    self, ParsedPublicKey, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use leasehold_core::key::{KeySpec, SigningAlgorithm};

/// The digest that an algorithm signs.
pub fn digest_algorithm(algorithm: SigningAlgorithm) -> &'static digest::Algorithm {
    match algorithm {
        SigningAlgorithm::RsassaPssSha256
        | SigningAlgorithm::RsassaPkcs1V15Sha256
        | SigningAlgorithm::EcdsaSha256 => &digest::SHA256,
        SigningAlgorithm::RsassaPssSha384
        | SigningAlgorithm::RsassaPkcs1V15Sha384
        | SigningAlgorithm::EcdsaSha384 => &digest::SHA384,
        SigningAlgorithm::RsassaPssSha512 | SigningAlgorithm::RsassaPkcs1V15Sha512 => {
            &digest::SHA512
        }
    }
}

/// The digest of a message.
pub fn digest_of(algorithm: SigningAlgorithm, message: &[u8]) -> Vec<u8> {
    digest::digest(digest_algorithm(algorithm), message).as_ref().to_vec()
}

/// A digest that was made elsewhere; `None` if it has another length.
pub fn import(algorithm: SigningAlgorithm, bytes: &[u8]) -> Option<Digest> {
    Digest::import_less_safe(bytes, digest_algorithm(algorithm)).ok()
}

/// Whether a signature is one of this digest by the private half of a DER public key.
pub fn verify(
    public_key: &[u8],
    algorithm: SigningAlgorithm,
    digest: &[u8],
    signature: &[u8],
) -> bool {
    let key = UnparsedPublicKey::new(verification(algorithm), public_key);
    let digest = import(algorithm, digest);
    digest.is_some_and(|digest| key.verify_digest(&digest, signature).is_ok())
}

fn verification(algorithm: SigningAlgorithm) -> &'static dyn VerificationAlgorithm {
    match algorithm {
        SigningAlgorithm::RsassaPssSha256 => &signature::RSA_PSS_2048_8192_SHA256,
        SigningAlgorithm::RsassaPssSha384 => &signature::RSA_PSS_2048_8192_SHA384,
        SigningAlgorithm::RsassaPssSha512 => &signature::RSA_PSS_2048_8192_SHA512,
        SigningAlgorithm::RsassaPkcs1V15Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        SigningAlgorithm::RsassaPkcs1V15Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        SigningAlgorithm::RsassaPkcs1V15Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        SigningAlgorithm::EcdsaSha256 => &signature::ECDSA_P256_SHA256_ASN1,
        SigningAlgorithm::EcdsaSha384 => &signature::ECDSA_P384_SHA384_ASN1,
    }
}

/// The public key of a modulus and an exponent, as a DER SubjectPublicKeyInfo.
pub fn rsa_public_key(n: &[u8], e: &[u8]) -> Option<Vec<u8>> {
    let parts = RsaPublicKeyComponents { n: without_zeros(n), e: without_zeros(e) };
    to_der(&parts.to_parsed_public_key(&signature::RSA_PSS_2048_8192_SHA384).ok()?)
}

/// The public key of an uncompressed point of the kind's curve, as a DER SubjectPublicKeyInfo.
pub fn ec_public_key(spec: KeySpec, point: &[u8]) -> Option<Vec<u8>> {
    let algorithm: &'static dyn VerificationAlgorithm = match spec {
        KeySpec::EccNistP256 => &signature::ECDSA_P256_SHA256_ASN1,
        KeySpec::EccNistP384 => &signature::ECDSA_P384_SHA384_ASN1,
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => return None,
    };
    to_der(&ParsedPublicKey::new(algorithm, point).ok()?)
}

fn to_der(key: &ParsedPublicKey) -> Option<Vec<u8>> {
    let der: PublicKeyX509Der<'_> = key.as_der().ok()?;
    Some(der.as_ref().to_vec())
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// Checks that a key from a store works: a signature of the store's is one by the public half.
/// For tests.
#[cfg(test)]
pub async fn check_store(store: &dyn super::store::KeyStore, specs: &[KeySpec]) {
    for spec in specs {
        let made = store.create("3c9b6c52-0000-4000-8000-000000000000", *spec).await.unwrap();
        for algorithm in spec.algorithms() {
            let digest = digest_of(*algorithm, b"message");
            let signature = store.sign(&made.handle, *algorithm, &digest).await.unwrap();
            assert!(verify(&made.public_key, *algorithm, &digest, &signature), "{algorithm:?}");
            let other = digest_of(*algorithm, b"other");
            assert!(!verify(&made.public_key, *algorithm, &other, &signature), "{algorithm:?}");
            assert!(store.sign(&made.handle, *algorithm, b"short").await.is_err());
        }
        let wrong = if spec.is_rsa() {
            SigningAlgorithm::EcdsaSha256
        } else {
            SigningAlgorithm::RsassaPssSha384
        };
        let digest = digest_of(wrong, b"message");
        assert!(store.sign(&made.handle, wrong, &digest).await.is_err(), "{spec:?}");
        store.delete(&made.handle).await.unwrap();
    }
}
