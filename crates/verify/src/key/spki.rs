//! Keys as `SubjectPublicKeyInfo` (RFC 5280, section 4.1.2.7).

use spki::der::asn1::UintRef;
use spki::der::{Decode as _, Reader as _, SliceReader};
use spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

use super::KeyError;
use crate::signature::Material;
use crate::signature::ecdsa::{P256Key, P384Key};
use crate::signature::rsa::{self, Unusable};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

const NOT_SPKI: KeyError = KeyError::Format("the key is not DER of a SubjectPublicKeyInfo");

/// Reads a key.
pub fn read(der: &[u8]) -> Result<Material, KeyError> {
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| NOT_SPKI)?;
    let bits = info.subject_public_key.as_bytes().ok_or(NOT_SPKI)?;
    let algorithm = info.algorithm;
    if algorithm.oid == RSA {
        let (modulus, exponent) = rsa_numbers(bits).map_err(|_| NOT_SPKI)?;
        return rsa(&modulus, &exponent);
    }
    if algorithm.oid != EC {
        return Err(KeyError::Kind);
    }
    match algorithm.parameters_oid().map_err(|_| NOT_SPKI)? {
        P256 => p256(bits),
        P384 => p384(bits),
        _ => Err(KeyError::Kind),
    }
}

/// An RSA key of these numbers.
pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Material, KeyError> {
    rsa::Key::new(modulus, exponent).map(Material::Rsa).map_err(|unusable| match unusable {
        Unusable::Modulus => KeyError::Modulus,
        Unusable::Exponent => KeyError::Exponent,
    })
}

/// A key on P-256, of an uncompressed point.
pub fn p256(point: &[u8]) -> Result<Material, KeyError> {
    P256Key::new(point).map(Material::P256).ok_or(KeyError::Point)
}

/// A key on P-384, of an uncompressed point.
pub fn p384(point: &[u8]) -> Result<Material, KeyError> {
    P384Key::new(point).map(Material::P384).ok_or(KeyError::Point)
}

/// `RSAPublicKey` (RFC 8017, section A.1.1): modulus and exponent, big-endian.
fn rsa_numbers(der: &[u8]) -> spki::der::Result<(Vec<u8>, Vec<u8>)> {
    let mut reader = SliceReader::new(der)?;
    let numbers = reader.sequence(|inner| {
        let modulus: UintRef<'_> = inner.decode()?;
        let exponent: UintRef<'_> = inner.decode()?;
        Ok::<_, spki::der::Error>((modulus.as_bytes().to_vec(), exponent.as_bytes().to_vec()))
    })?;
    reader.finish()?;
    Ok(numbers)
}
