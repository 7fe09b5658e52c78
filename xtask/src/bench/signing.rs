//! Bare signatures: as many as the machine makes, by the library that the server uses.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use aws_lc_rs::digest::{Digest, SHA384, digest};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{RSA_PSS_SHA384, RsaKeyPair};
use hdrhistogram::Histogram;

use super::clock;
use super::sample::Sample;

/// The slowest signature that is still told from others, nanoseconds.
const LATENCY_NS_MAX: u64 = 60_000_000_000;

/// Signs for so long on so many threads, with a new RSA-2048 key: PSS with SHA-384, as PS384 does.
pub fn phase(threads: usize, seconds: f64) -> Result<Sample> {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| anyhow!("no key was made"))?;
    let key = Arc::new(key);
    let digest = digest(&SHA384, b"a token");
    let duration = Duration::from_secs_f64(seconds);
    let sign = || {
        let key = Arc::clone(&key);
        std::thread::spawn(move || sign_for(duration, &key, &digest))
    };
    let running: Vec<_> = (0..threads).map(|_| sign()).collect();
    let mut all = Histogram::new_with_bounds(1, LATENCY_NS_MAX, 3)?;
    for thread in running {
        all.add(thread.join().map_err(|_| anyhow!("a thread has panicked"))??)?;
    }
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let rate = all.len() as f64 / seconds;
    Ok(Sample::of_latencies(&all, rate))
}

fn sign_for(duration: Duration, key: &RsaKeyPair, digest: &Digest) -> Result<Histogram<u64>> {
    let mut latencies = Histogram::new_with_bounds(1, LATENCY_NS_MAX, 3)?;
    let mut signature = vec![0; key.public_modulus_len()];
    let begin = clock::now();
    let mut before = begin;
    while before.saturating_duration_since(begin) < duration {
        key.sign_digest(&RSA_PSS_SHA384, digest, &mut signature).ok().context("not signed")?;
        let now = clock::now();
        let latency = now.saturating_duration_since(before).as_nanos();
        latencies.saturating_record(u64::try_from(latency).unwrap_or(LATENCY_NS_MAX));
        before = now;
    }
    Ok(latencies)
}
