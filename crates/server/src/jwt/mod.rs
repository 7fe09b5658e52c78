//! JSON Web Tokens: taken apart, written, and verified against keys that somebody vouches for.
//!
//! Of a header only `alg` and `kid` count: a key that a token brings along (`jwk`, `jku`, `x5c`) is
//! never looked at.

mod jwk;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

pub use jwk::{Jwk, JwkSet, KEYS_MAX};

/// How a token of ours is signed.
pub const RS256: &str = "RS256";

/// The header of a token, as far as it counts.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Header {
    /// How it is signed.
    pub alg: String,
    /// By which key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kid: Option<String>,
    /// What must be understood; nothing is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    crit: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    typ: Option<serde_json::Value>,
}

/// A token taken apart. Nothing in it is to be believed before [`Parts::is_signed_by`].
#[derive(Debug)]
pub struct Parts<'a> {
    /// Its header.
    pub header: Header,
    /// Its claims: JSON.
    pub payload: Vec<u8>,
    signed: &'a [u8],
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    /// Takes a token apart; `None` for what is none.
    pub fn read(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
        if header.crit.is_some() {
            return None;
        }
        let (payload, signature) = (decode(payload)?, decode(signature)?);
        Some(Self { header, payload, signed: signed.as_bytes(), signature })
    }

    /// Whether the holder of a key has signed it, in a way that fits the key.
    pub fn is_signed_by(&self, key: &Jwk) -> bool {
        key.verify(&self.header.alg, self.signed, &self.signature)
    }
}

/// Header and claims of a token, ready to be signed with RS256.
pub fn draft(key: &str, claims: &impl Serialize) -> Result<String, serde_json::Error> {
    let header = Header {
        alg: RS256.to_owned(),
        kid: Some(key.to_owned()),
        crit: None,
        typ: Some("JWT".into()),
    };
    let (header, claims) = (serde_json::to_vec(&header)?, serde_json::to_vec(claims)?);
    Ok(format!("{}.{}", encode(&header), encode(&claims)))
}

/// A draft with its signature.
pub fn finish(draft: &str, signature: &[u8]) -> String {
    format!("{draft}.{}", encode(signature))
}

/// Bytes as tokens have them.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes out of a part of a token.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tokens_come_apart_as_they_were_made() {
        let draft = draft("k-1", &json!({"a": 1})).unwrap();
        let token = finish(&draft, &[1, 2, 3]);
        let parts = Parts::read(&token).unwrap();
        assert_eq!(
            (parts.header.alg.as_str(), parts.header.kid.as_deref()),
            ("RS256", Some("k-1"))
        );
        assert_eq!((parts.payload.as_slice(), parts.signed), (&b"{\"a\":1}"[..], draft.as_bytes()));
        assert_eq!(parts.signature, [1, 2, 3]);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let critical = format!("{}.e30.AA", encode(br#"{"alg":"RS256","crit":["x"]}"#));
        let headless = format!("{}.e30.AA", encode(b"[]"));
        let padded = format!("{}.e30.AA==", encode(br#"{"alg":"RS256"}"#));
        for text in ["", ".", "..", "a.b.c", "e30.e30.AA", &critical, &headless, &padded] {
            assert!(Parts::read(text).is_none(), "{text}");
        }
    }
}
