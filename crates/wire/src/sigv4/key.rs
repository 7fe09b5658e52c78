//! Signing keys: an HMAC that has already swallowed its key.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac, digest::array::Array};
use sha2::{Digest, Sha256};

use super::TERMINATOR;

/// The block of SHA-256, which is the longest key an HMAC takes as it is.
const BLOCK_LEN: usize = 64;

/// A key for one secret, day, Region and service. Deriving one costs four HMACs, so keep it: two
/// hash states, cheap to clone, and neither the secret nor the key can be read back out of it.
#[derive(Clone)]
pub struct SigningKey {
    state: Hmac<Sha256>,
}

impl SigningKey {
    /// Derives the key; `date` is `yyyymmdd`, as in the credential scope.
    pub fn derive(secret: &str, date: &str, region: &str, service: &str) -> Self {
        let mut first = Vec::with_capacity(4 + secret.len());
        first.extend_from_slice(b"AWS4");
        first.extend_from_slice(secret.as_bytes());
        let mut key = keyed(&first);
        for part in [date, region, service, TERMINATOR] {
            key = keyed(&finish(key, part.as_bytes()));
        }
        Self { state: key }
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        finish(self.state.clone(), message)
    }

    /// Whether `signature` is that of `message`. Takes as long for a near miss as for a far one.
    pub fn verify(&self, message: &[u8], signature: &[u8; 32]) -> bool {
        let mut state = self.state.clone();
        state.update(message);
        state.verify_slice(signature).is_ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// An HMAC with this key. Pads the key to a block by hand, because the constructor for keys of
/// any length is written as if it could fail.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let hashed;
    let key = if key.len() > BLOCK_LEN {
        hashed = Sha256::digest(key);
        hashed.as_slice()
    } else {
        key
    };
    let mut block = [0; BLOCK_LEN];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    Hmac::new(&Array(block))
}

fn finish(mut state: Hmac<Sha256>, message: &[u8]) -> [u8; 32] {
    state.update(message);
    state.finalize().into_bytes().0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigv4::canonical::hex;

    #[test]
    fn derives_the_key_of_the_published_example() {
        // "Deriving the signing key", AWS General Reference: the example's key signs its
        // published string to sign.
        let key = SigningKey::derive(
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "20150830",
            "us-east-1",
            "iam",
        );
        let message = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n\
                       f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59";
        let signature = key.sign(message.as_bytes());
        assert_eq!(
            hex(&signature).as_slice(),
            b"5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
        assert!(key.verify(message.as_bytes(), &signature));
        assert!(!key.verify(b"another", &signature));
    }

    #[test]
    fn a_key_longer_than_a_block_is_hashed_first() {
        // RFC 4231, test case 6.
        let signature =
            finish(keyed(&[0xaa; 131]), b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(
            hex(&signature).as_slice(),
            b"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let key = SigningKey::derive("topsecret", "20150830", "us-east-1", "iam");
        assert_eq!(format!("{key:?}"), "SigningKey(…)");
    }
}
