//! The verifier of signed licenses: nothing that it is given makes it panic, and nothing that the
//! key did not sign passes.
#![no_main]

use std::sync::LazyLock;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use crrl::p256::PrivateKey;
use leasehold_verify::{Algorithm, Check, PublicKey, Refusal, Wanted, verify};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};

const CHECK: Check<'_> = Check {
    now_ms: 1_618_292_147_000,
    node_id: Some("MyNodeId"),
    wanted: &[Wanted { name: "Users", value: Some("1") }],
};
/// RFC 7520, section 3.3.
const RSA: &str = concat!(
    r#"{"kty":"RSA","e":"AQAB","n":""#,
    "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJm",
    "SCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-",
    "OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUF",
    "AKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw",
    r#""}"#,
);

struct Keys {
    private: PrivateKey,
    public: PublicKey,
    foreign: [PublicKey; 2],
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let private = PrivateKey::from_seed(b"fuzz");
    let all = [
        Algorithm::Ps256,
        Algorithm::Ps384,
        Algorithm::Ps512,
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
    ];
    let rsa = PublicKey::from_jwk(RSA).and_then(|key| key.with_algorithms(&all)).unwrap();
    let foreign = [rsa, public(&PrivateKey::from_seed(b"another"))];
    Keys { private, public: public(&private), foreign }
});

fn public(private: &PrivateKey) -> PublicKey {
    let point = private.to_public_key().encode_uncompressed();
    let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
    let jwk = format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#);
    PublicKey::from_jwk(&jwk).unwrap()
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

// The first byte chooses what the others are; '0' to '3' are the four.
fuzz_target!(|input: &[u8]| {
    let Some((kind, bytes)) = input.split_first() else { return };
    match kind % 4 {
        0 => any_text(bytes),
        1 => signed(br#"{"alg":"ES256"}"#, bytes),
        2 => {
            let middle = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            let (header, payload) = bytes.split_at(middle);
            signed(header, payload);
        }
        _ => drop(PublicKey::from_bytes(bytes)),
    }
});

/// Text that nobody signed.
fn any_text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for key in [&KEYS.public].into_iter().chain(&KEYS.foreign) {
        assert!(verify(text, key, &CHECK).is_err());
    }
}

/// Any header and payload, signed: whoever takes them has to read them.
fn signed(header: &[u8], payload: &[u8]) {
    let message = format!("{}.{}", encode(header), encode(payload));
    let signature = KEYS.private.sign_hash(&Sha256::digest(&message), b"");
    let token = format!("{message}.{}", encode(&signature));
    match verify(&token, &KEYS.public, &CHECK) {
        Ok(license) => {
            assert_eq!(license.node_id.as_deref(), CHECK.node_id);
            assert!(license.expires_at_ms > CHECK.now_ms);
            assert!(license.entitlement("Users").is_some());
        }
        Err(refusal) => {
            assert_ne!(refusal, Refusal::Signature);
            assert!(!refusal.to_string().is_empty());
        }
    }
    for key in &KEYS.foreign {
        assert!(verify(&token, key, &CHECK).is_err());
    }
}
