//! No token but the one that was signed: single bytes changed at random, and random texts.

use leasehold_verify::{PublicKey, verify};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use crate::signer::{CLAIMS, Signer, check, open};

const MUTATIONS: usize = 10_000;

#[test]
fn a_token_with_one_byte_changed_is_refused() {
    let signers = [(1, Signer::rsa()), (2, Signer::p256()), (3, Signer::p384())];
    for (seed, signer) in &signers[..] {
        let (token, key) = (signer.token(CLAIMS), signer.key());
        assert!(verify(&token, &key, &check()).is_ok());
        let mut chance = ChaCha8Rng::seed_from_u64(*seed);
        // P-384 is slow, and the way to it the same.
        let mutations = if *seed == 3 { MUTATIONS / 10 } else { MUTATIONS };
        for _ in 0..mutations {
            let mutated = mutated(&token, &mut chance);
            assert!(verify(&mutated, &key, &check()).is_err(), "seed {seed}: {mutated}");
        }
    }
}

/// Another byte at a random place. Half of the time it stays within base64url, where it gets
/// furthest.
fn mutated(token: &str, chance: &mut ChaCha8Rng) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = chance.next_u32() as usize % token.len();
    loop {
        let letter = match chance.next_u32() % 2 {
            0 => char::from(LETTERS[chance.next_u32() as usize % LETTERS.len()]),
            _ => char::from((chance.next_u32() % 256) as u8),
        };
        if token[at..=at] != *letter.to_string() {
            return format!("{}{letter}{}", &token[..at], &token[at + 1..]);
        }
    }
}

#[test]
fn every_shorter_token_is_refused() {
    let signer = Signer::p256();
    let token = signer.token(CLAIMS);
    for end in 0..token.len() {
        assert!(open(&token[..end], &signer).is_err(), "{end}");
        assert!(open(&token[end + 1..], &signer).is_err(), "{end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_refused(
        text in "\\PC*",
        parts in "[A-Za-z0-9_-]{0,80}(\\.[A-Za-z0-9_-]{0,80}){2}",
    ) {
        let key = PublicKey::from_der(&Signer::p256().der()).unwrap();
        prop_assert!(verify(&text, &key, &check()).is_err());
        prop_assert!(verify(&parts, &key, &check()).is_err());
    }

    #[test]
    fn any_bytes_are_no_key_or_one_that_works(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        if let Ok(key) = PublicKey::from_bytes(&bytes) {
            prop_assert!(!key.has_signed(key.algorithms()[0], b"message", b"signature"));
        }
    }

    #[test]
    fn what_was_signed_is_read_back(
        name in "\\PC{1,20}", units in any::<u64>(), metadata in "\\PC{0,20}", node in "\\PC{0,20}",
    ) {
        let signer = Signer::p256();
        let mut claims: serde_json::Value = serde_json::from_str(CLAIMS).unwrap();
        claims["entitlementsAllowed"][0]["name"] = name.clone().into();
        claims["entitlementsAllowed"][0]["value"] = units.to_string().into();
        claims["nodeId"] = node.clone().into();
        claims["checkoutMetadata"]["machine"] = metadata.clone().into();
        let check = leasehold_verify::Check { node_id: Some(&node), ..check() };
        let license = verify(&signer.token(&claims.to_string()), &signer.key(), &check).unwrap();
        prop_assert_eq!(license.entitlement(&name).unwrap().units(), Some(units));
        prop_assert_eq!(&license.checkout_metadata["machine"], &metadata);
    }
}
