//! ECDSA on the curves P-256 and P-384, with signatures as two numbers of fixed length side by
//! side (RFC 7518, section 3.4). The curves themselves are other people's work.

use p384::ecdsa::signature::hazmat::PrehashVerifier as _;

/// What an uncompressed point begins with (SEC 1, section 2.3.3).
const UNCOMPRESSED: u8 = 4;
const P256_NUMBER_BYTES: usize = 32;
const P384_NUMBER_BYTES: usize = 48;

/// A point of P-256.
#[derive(Clone)]
pub struct P256Key(crrl::p256::PublicKey);

/// A point of P-384.
#[derive(Debug, Clone)]
pub struct P384Key(p384::ecdsa::VerifyingKey);

impl P256Key {
    /// A key from an uncompressed point; `None` unless that is a point of the curve.
    pub fn new(point: &[u8]) -> Option<Self> {
        if !is_uncompressed(point, P256_NUMBER_BYTES) {
            return None;
        }
        crrl::p256::PublicKey::decode(point).map(Self)
    }

    /// Whether `signature` is this key's over a message with that digest.
    pub fn verify(&self, digest: &[u8], signature: &[u8]) -> bool {
        signature.len() == 2 * P256_NUMBER_BYTES && self.0.verify_hash(signature, digest)
    }
}

impl std::fmt::Debug for P256Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("P256Key")
    }
}

impl P384Key {
    /// A key from an uncompressed point; `None` unless that is a point of the curve.
    pub fn new(point: &[u8]) -> Option<Self> {
        if !is_uncompressed(point, P384_NUMBER_BYTES) {
            return None;
        }
        p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok().map(Self)
    }

    /// Whether `signature` is this key's over a message with that digest.
    pub fn verify(&self, digest: &[u8], signature: &[u8]) -> bool {
        // Any other length than that of two numbers is refused there.
        let signature = p384::ecdsa::Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.0.verify_prehash(digest, &signature).is_ok())
    }
}

fn is_uncompressed(point: &[u8], number_bytes: usize) -> bool {
    point.len() == 1 + 2 * number_bytes && point.first() == Some(&UNCOMPRESSED)
}
