//! Signatures over bytes, checked with public keys: nothing here is secret.

pub mod ecdsa;
pub mod rsa;

use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::algorithm::Algorithm;

/// A public key, ready to be used.
#[derive(Debug, Clone)]
pub enum Material {
    /// RSA.
    Rsa(rsa::Key),
    /// ECDSA on P-256.
    P256(ecdsa::P256Key),
    /// ECDSA on P-384.
    P384(ecdsa::P384Key),
}

impl Material {
    /// What a key of this kind can be used with; the first is what it is used with unless the
    /// caller says otherwise.
    pub fn algorithms(&self) -> &'static [Algorithm] {
        use Algorithm::{Es256, Es384, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
        match self {
            Self::Rsa(_) => &[Ps384, Ps256, Ps512, Rs256, Rs384, Rs512],
            Self::P256(_) => &[Es256],
            Self::P384(_) => &[Es384],
        }
    }

    /// Whether `signature` is this key's over `message`. An algorithm of another kind of key is
    /// never.
    pub fn has_signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match (self, algorithm) {
            (Self::Rsa(key), Algorithm::Ps256) => key.verify_pss::<Sha256>(message, signature),
            (Self::Rsa(key), Algorithm::Ps384) => key.verify_pss::<Sha384>(message, signature),
            (Self::Rsa(key), Algorithm::Ps512) => key.verify_pss::<Sha512>(message, signature),
            (Self::Rsa(key), Algorithm::Rs256) => key.verify_pkcs1::<Sha256>(message, signature),
            (Self::Rsa(key), Algorithm::Rs384) => key.verify_pkcs1::<Sha384>(message, signature),
            (Self::Rsa(key), Algorithm::Rs512) => key.verify_pkcs1::<Sha512>(message, signature),
            (Self::P256(key), Algorithm::Es256) => key.verify(&Sha256::digest(message), signature),
            (Self::P384(key), Algorithm::Es384) => key.verify(&Sha384::digest(message), signature),
            (Self::Rsa(_) | Self::P256(_) | Self::P384(_), _) => false,
        }
    }
}
