//! Verifies a signed license: `verify LICENSE PUBLIC_KEY NODE ENTITLEMENT=VALUE...`
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program of its own, with an answer to print and a clock to ask"
)]

use std::error::Error;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

use leasehold_verify::{Check, License, PublicKey, Wanted, verify};

fn main() -> ExitCode {
    match run() {
        Ok(license) => {
            println!("licensed: {} until {}", license.license_arn, license.expires_at_ms);
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("refused: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<License, Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [license, key, node, wanted @ ..] = &arguments[..] else {
        return Err("usage: verify LICENSE PUBLIC_KEY NODE ENTITLEMENT=VALUE...".into());
    };
    // Your software has the key built in: `PublicKey::from_pem(include_str!("public.pem"))`.
    let key = PublicKey::from_bytes(&fs::read(key)?)?;
    let wanted: Vec<_> = wanted
        .iter()
        .map(|text| match text.split_once('=') {
            Some((name, value)) => Wanted { name, value: Some(value) },
            None => Wanted { name: text, value: None },
        })
        .collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let check = Check { now_ms: now.as_millis().try_into()?, node_id: Some(node), wanted: &wanted };
    Ok(verify(fs::read_to_string(license)?.trim(), &key, &check)?)
}
