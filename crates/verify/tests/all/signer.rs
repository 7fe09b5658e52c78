//! What an issuer does, with aws-lc-rs: other code than the one under test.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{self, EcdsaKeyPair, KeyPair as _};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use leasehold_verify::{Algorithm, Check, License, PublicKey, Refusal, verify};

/// The claims of the sample in reference 6.1.
pub const CLAIMS: &str = r#"{
    "licenseArn":
        "arn:aws:license-manager::111122223333:license:l-bc39444470c642ae9ead0eabe8465bb1",
    "licenseConsumptionToken": "0cd7b2bc7c674573a669bea8f5b75f2d",
    "entitlementsAllowed": [
        {"name": "Users", "value": "10", "unit": "Count"},
        {"name": "Edition", "value": "Gold", "unit": "None"},
        {"name": "Export", "unit": "None"}
    ],
    "nodeId": "MyNodeId", "issuedAt": "2021-04-13T05:35:47", "expiration": "2021-04-14T05:35:47",
    "checkoutMetadata": {"machine": "press 4"}
}"#;
/// When the sample is issued.
pub const ISSUED_MS: i64 = 1_618_292_147_000;
/// When the sample ends.
pub const EXPIRES_MS: i64 = ISSUED_MS + 24 * 60 * 60 * 1_000;

/// Somebody with a private key.
pub enum Signer {
    /// Of RSA.
    Rsa(RsaKeyPair),
    /// Of P-256 or P-384.
    Ecdsa(EcdsaKeyPair),
}

impl Signer {
    /// A new RSA key.
    pub fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    /// A new key on P-256.
    pub fn p256() -> Self {
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        Self::Ecdsa(EcdsaKeyPair::generate(algorithm).unwrap())
    }

    /// A new key on P-384.
    pub fn p384() -> Self {
        let algorithm = &signature::ECDSA_P384_SHA384_FIXED_SIGNING;
        Self::Ecdsa(EcdsaKeyPair::generate(algorithm).unwrap())
    }

    /// One of each kind.
    pub fn each() -> [Self; 3] {
        [Self::rsa(), Self::p256(), Self::p384()]
    }

    /// The public half as `SubjectPublicKeyInfo`.
    pub fn der(&self) -> Vec<u8> {
        match self {
            Self::Rsa(pair) => pair.public_key().as_der().unwrap().as_ref().to_vec(),
            Self::Ecdsa(pair) => pair.public_key().as_der().unwrap().as_ref().to_vec(),
        }
    }

    /// The public half as the verifier reads it.
    pub fn key(&self) -> PublicKey {
        PublicKey::from_der(&self.der()).unwrap()
    }

    /// The algorithm that its key is used with unless the caller says otherwise.
    pub fn algorithm(&self) -> Algorithm {
        self.key().algorithms()[0]
    }

    /// Signs any bytes.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let padding = match algorithm {
            Algorithm::Ps256 => &signature::RSA_PSS_SHA256,
            Algorithm::Ps384 => &signature::RSA_PSS_SHA384,
            Algorithm::Ps512 => &signature::RSA_PSS_SHA512,
            Algorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
            Algorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
            Algorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
            Algorithm::Es256 | Algorithm::Es384 => {
                let Self::Ecdsa(pair) = self else { panic!("{algorithm} with an RSA key") };
                return pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec();
            }
        };
        let Self::Rsa(pair) = self else { panic!("{algorithm} without an RSA key") };
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(padding, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }

    /// A token of this header and payload.
    pub fn token_with(&self, header: &str, payload: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(payload));
        let signature = self.sign(self.algorithm(), message.as_bytes());
        format!("{message}.{}", encode(signature))
    }

    /// A token with the header that an issuer writes (J1).
    pub fn token(&self, payload: &str) -> String {
        self.token_with(&format!(r#"{{"alg":"{}","typ":"JWT"}}"#, self.algorithm()), payload)
    }
}

/// Base64url without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

/// What a machine asks that the sample is for.
pub fn check() -> Check<'static> {
    Check { now_ms: ISSUED_MS, node_id: Some("MyNodeId"), wanted: &[] }
}

/// Asks it.
pub fn open(token: &str, signer: &Signer) -> Result<License, Refusal> {
    verify(token, &signer.key(), &check())
}
