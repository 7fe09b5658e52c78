//! How long a license takes to verify, beside the same check of its signature by aws-lc-rs, which
//! is C and assembly: `cargo bench --package leasehold-verify`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark is no request, and measuring is what it is for"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, KeyPair as _, ParsedPublicKey, VerificationAlgorithm,
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use criterion::{Criterion, criterion_group, criterion_main};
use leasehold_verify::{Check, PublicKey, verify};

const CLAIMS: &str = r#"{"licenseArn":
    "arn:aws:license-manager::111122223333:license:l-bc39444470c642ae9ead0eabe8465bb1",
    "licenseConsumptionToken": "0cd7b2bc7c674573a669bea8f5b75f2d",
    "entitlementsAllowed": [{"name": "Users", "value": "10", "unit": "Count"}],
    "issuedAt": "2021-04-13T05:35:47", "expiration": "2021-04-14T05:35:47"}"#;
const NOW: Check<'_> = Check { now_ms: 1_618_292_147_000, node_id: None, wanted: &[] };

/// We may take so many times as long as aws-lc-rs.
const RATIO_MAX: f64 = 4.0;
const ROUNDS: usize = 40;
const CHECKS_A_ROUND: u32 = 50;

/// One kind of key, with a token that it signed.
struct Case {
    name: &'static str,
    der: Vec<u8>,
    token: String,
    theirs: &'static dyn VerificationAlgorithm,
}

fn cases() -> [Case; 3] {
    let chance = SystemRandom::new();
    let rsa = |name, size| {
        let pair = RsaKeyPair::generate(size).unwrap();
        let der = pair.public_key().as_der().unwrap().as_ref().to_vec();
        let token = token("PS384", |message| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(&signature::RSA_PSS_SHA384, &chance, message, &mut signature).unwrap();
            signature
        });
        Case { name, der, token, theirs: &signature::RSA_PSS_2048_8192_SHA384 }
    };
    let pair = EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let p256 = Case {
        name: "P-256 ES256",
        der: pair.public_key().as_der().unwrap().as_ref().to_vec(),
        token: token("ES256", |message| pair.sign(&chance, message).unwrap().as_ref().to_vec()),
        theirs: &signature::ECDSA_P256_SHA256_FIXED,
    };
    [rsa("RSA-2048 PS384", KeySize::Rsa2048), rsa("RSA-4096 PS384", KeySize::Rsa4096), p256]
}

fn token(algorithm: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let encode = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
    let header = format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#);
    let message = format!("{}.{}", encode(header.as_bytes()), encode(CLAIMS.as_bytes()));
    let signature = sign(message.as_bytes());
    format!("{message}.{}", encode(&signature))
}

fn benchmark(criterion: &mut Criterion) {
    for case in cases() {
        let key = PublicKey::from_der(&case.der).unwrap();
        let (message, signature) = case.token.rsplit_once('.').unwrap();
        let signature = Base64UrlUnpadded::decode_vec(signature).unwrap();
        let their_key = ParsedPublicKey::new(case.theirs, &case.der).unwrap();
        let whole = || assert!(verify(black_box(&case.token), &key, &NOW).is_ok());
        let theirs = || their_key.verify_sig(black_box(message).as_bytes(), &signature).unwrap();
        let loaded = || assert!(PublicKey::from_der(black_box(&case.der)).is_ok());
        let mut group = criterion.benchmark_group(case.name);
        group.bench_function("ours, the whole license", |bencher| bencher.iter(whole));
        group.bench_function("aws-lc-rs, the signature", |bencher| bencher.iter(theirs));
        group.bench_function("ours, reading the key", |bencher| bencher.iter(loaded));
        group.finish();
        // A build without optimization says nothing.
        if cfg!(debug_assertions) {
            continue;
        }
        let ratio = ratio(whole, theirs);
        println!("{}: {ratio:.2} times as long as aws-lc-rs\n", case.name);
        assert!(ratio <= RATIO_MAX, "{}: at most {RATIO_MAX} times as long", case.name);
    }
}

/// The fastest rounds of both, taken in turn: whatever else the machine does slows down both.
fn ratio(ours: impl Fn(), theirs: impl Fn()) -> f64 {
    let (mut our_best, mut their_best) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        our_best = our_best.min(round(&ours));
        their_best = their_best.min(round(&theirs));
    }
    our_best.as_secs_f64() / their_best.as_secs_f64()
}

fn round(check: &impl Fn()) -> Duration {
    let begin = Instant::now();
    for _ in 0..CHECKS_A_ROUND {
        check();
    }
    begin.elapsed()
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = benchmark
}
criterion_main!(benches);
