//! Public keys: from what KMS and other key stores hand out to something that verifies.

mod jwk;
mod spki;

use std::error::Error;
use std::fmt;

use base64ct::{Base64, Encoding as _};

use crate::algorithm::Algorithm;
use crate::signature::Material;

const PEM_BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const PEM_END: &str = "-----END PUBLIC KEY-----";

/// A public key, and the algorithms that it is used with. They follow from the kind of the key and
/// from the caller, never from a token.
#[derive(Debug, Clone)]
pub struct PublicKey {
    material: Material,
    algorithms: Vec<Algorithm>,
}

/// Why something is no key for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyError {
    /// It is a private key, which must never be where licenses are verified.
    Private,
    /// It is not what it should be: where and how.
    Format(&'static str),
    /// It is a key of a kind that no accepted algorithm has.
    Kind,
    /// It is an RSA key with a modulus that is even, under 2048 bits, or over 8192.
    Modulus,
    /// It is an RSA key with an exponent that is even, under 65537, or over 32 bits.
    Exponent,
    /// Its point is not on its curve.
    Point,
    /// It cannot be used with that algorithm.
    Algorithm(Algorithm),
}

impl PublicKey {
    /// Reads PEM with `BEGIN PUBLIC KEY`: base64 of [`PublicKey::from_der`], with line breaks
    /// anywhere or nowhere.
    ///
    /// # Errors
    ///
    /// What is wrong with the key.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        if text.contains("PRIVATE KEY-----") {
            return Err(KeyError::Private);
        }
        let (_, after) = text
            .split_once(PEM_BEGIN)
            .ok_or(KeyError::Format("a PEM file begins with -----BEGIN PUBLIC KEY-----"))?;
        let (body, _) = after
            .split_once(PEM_END)
            .ok_or(KeyError::Format("a PEM file ends with -----END PUBLIC KEY-----"))?;
        let body: String = body.split_ascii_whitespace().collect();
        let der = Base64::decode_vec(&body);
        Self::from_der(&der.map_err(|_| KeyError::Format("the PEM file is not base64"))?)
    }

    /// Reads DER of a `SubjectPublicKeyInfo`, which is what `GetPublicKey` of KMS answers (J6).
    ///
    /// # Errors
    ///
    /// What is wrong with the key.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        spki::read(der).map(Self::new)
    }

    /// Reads a JSON Web Key (RFC 7517). A member `alg` limits the key to that algorithm.
    ///
    /// # Errors
    ///
    /// What is wrong with the key.
    pub fn from_jwk(json: &str) -> Result<Self, KeyError> {
        let (material, algorithm) = jwk::read(json)?;
        let key = Self::new(material);
        match algorithm {
            Some(algorithm) => key.with_algorithms(&[algorithm]),
            None => Ok(key),
        }
    }

    /// Reads whichever of the three it is.
    ///
    /// # Errors
    ///
    /// What is wrong with the key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(bytes).map(str::trim_ascii_start);
        match text {
            Ok(text) if text.starts_with('{') => Self::from_jwk(text),
            Ok(text) if text.starts_with('-') => Self::from_pem(text),
            Ok(_) | Err(_) => Self::from_der(bytes),
        }
    }

    /// The same key for these algorithms instead: an RSA key is used with PS384 unless this says
    /// otherwise, a key on P-256 with ES256, one on P-384 with ES384.
    ///
    /// # Errors
    ///
    /// [`KeyError::Algorithm`] for one that a key of this kind cannot have.
    pub fn with_algorithms(self, algorithms: &[Algorithm]) -> Result<Self, KeyError> {
        let possible = self.material.algorithms();
        match algorithms.iter().find(|algorithm| !possible.contains(algorithm)) {
            Some(foreign) => Err(KeyError::Algorithm(*foreign)),
            None => Ok(Self { algorithms: algorithms.to_vec(), ..self }),
        }
    }

    /// The algorithms that it is used with.
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }

    /// Whether `signature` is this key's over `message`, by an algorithm that it is used with.
    pub fn has_signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.algorithms.contains(&algorithm)
            && self.material.has_signed(algorithm, message, signature)
    }

    fn new(material: Material) -> Self {
        let algorithms = material.algorithms().iter().take(1).copied().collect();
        Self { material, algorithms }
    }
}

impl Error for KeyError {}

impl fmt::Display for KeyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private => formatter.write_str(
                "this is a private key: whoever has it can sign licenses; use the public key",
            ),
            Self::Format(what) => formatter.write_str(what),
            Self::Kind => formatter.write_str("the key is neither RSA nor on P-256 or P-384"),
            Self::Modulus => {
                formatter.write_str("the RSA modulus is even, under 2048 bits, or over 8192")
            }
            Self::Exponent => {
                formatter.write_str("the RSA exponent is even, under 65537, or over 32 bits")
            }
            Self::Point => formatter.write_str("the key's point is not on its curve"),
            Self::Algorithm(algorithm) => {
                write!(formatter, "a key of this kind cannot be used with {algorithm}")
            }
        }
    }
}
