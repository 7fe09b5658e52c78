//! The compact form of a signed token (RFC 7515, section 3.1): header, payload, signature.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use crate::algorithm::Algorithm;
use crate::key::PublicKey;
use crate::refusal::{Malformed, Refusal};

/// No license is longer: one of 50 entitlements with long names has a fraction of it.
pub const TOKEN_BYTES_MAX: usize = 64 * 1024;

/// How much of an unknown algorithm's name is repeated in a refusal.
const NAME_CHARACTERS_MAX: usize = 16;

/// The members of the header that matter. Everything else, keys and their addresses among it, is
/// left unread: a token does not say by which key it is to be verified.
#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    #[serde(default, deserialize_with = "presence")]
    crit: bool,
}

/// The payload of a token, once the signature over it is known to be the key's.
pub fn open(token: &str, key: &PublicKey) -> Result<Vec<u8>, Refusal> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Refusal::TooLong { bytes: token.len() });
    }
    let parts = || Refusal::Malformed(Malformed::Parts);
    let (message, signature) = token.rsplit_once('.').ok_or_else(parts)?;
    let (header, payload) = message.split_once('.').ok_or_else(parts)?;
    if payload.contains('.') {
        return Err(parts());
    }
    let algorithm = algorithm(&decode(header)?, key)?;
    let (payload, signature) = (decode(payload)?, decode(signature)?);
    if !key.has_signed(algorithm, message.as_bytes(), &signature) {
        return Err(Refusal::Signature);
    }
    Ok(payload)
}

/// The algorithm that the header names, if it is one that the caller uses this key with.
fn algorithm(header: &[u8], key: &PublicKey) -> Result<Algorithm, Refusal> {
    let header: Header =
        serde_json::from_slice(header).map_err(|_| Refusal::Malformed(Malformed::Header))?;
    if header.crit {
        return Err(Refusal::Malformed(Malformed::Critical));
    }
    if header.typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
        return Err(Refusal::Malformed(Malformed::Type));
    }
    let named = Algorithm::from_name(&header.alg);
    named.filter(|algorithm| key.algorithms().contains(algorithm)).ok_or_else(|| {
        Refusal::Algorithm {
            found: header.alg.chars().take(NAME_CHARACTERS_MAX).collect(),
            allowed: key.algorithms().to_vec(),
        }
    })
}

/// Strict: no padding, no white space, and no bits set beyond the last byte, so that no two texts
/// are the same signature.
fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    Base64UrlUnpadded::decode_vec(part).map_err(|_| Refusal::Malformed(Malformed::Base64))
}

/// Whether a member is there, whatever its value, `null` included.
fn presence<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}
