//! `leasehold verify`: what a vendor's software does with a signed license, by hand.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use leasehold_core::time;
use leasehold_verify::{Check, License, PublicKey, TOKEN_BYTES_MAX, Wanted};

use crate::cli::out::say;
use crate::clock::Clock;

/// The exit status for a token that was read and refused; 1 is for everything that kept us from
/// verifying it, 2 for a command line that makes no sense.
const REFUSED: u8 = 3;

/// More of a key file is not read.
const KEY_BYTES_MAX: u64 = 64 * 1024;

/// What to verify and for whom.
#[derive(Args)]
pub struct VerifyFlags {
    /// The signed license, or '-' to read it from standard input
    token: String,
    /// File with the issuer's public key: PEM, DER or JWK
    #[arg(long)]
    key: PathBuf,
    /// Node that the license must be for; without it, it must be for none
    #[arg(long)]
    node: Option<String>,
    /// Time to verify for instead of now, such as 2021-04-13T05:35:47Z
    #[arg(long, value_parser = parse_time)]
    at: Option<i64>,
    /// Entitlement that must be allowed, such as Users=1 or Export; may be repeated
    #[arg(long = "entitlement")]
    entitlements: Vec<String>,
}

/// Verifies a token and prints what it allows.
pub fn run(flags: &VerifyFlags) -> Result<ExitCode, String> {
    let key = read_key(&flags.key)?;
    let token = read_token(&flags.token)?;
    let wanted: Vec<_> = flags.entitlements.iter().map(|text| parse_wanted(text)).collect();
    let check = Check {
        now_ms: flags.at.unwrap_or_else(|| Clock::system().now_ms()),
        node_id: flags.node.as_deref(),
        wanted: &wanted,
    };
    match leasehold_verify::verify(token.trim_ascii(), &key, &check) {
        Ok(license) => {
            print(&license);
            Ok(ExitCode::SUCCESS)
        }
        Err(refusal) => {
            eprintln!("refused: {refusal}");
            Ok(ExitCode::from(REFUSED))
        }
    }
}

/// Reads a public key.
///
/// # Errors
/// When the file cannot be read, or holds something else.
pub fn read_key(path: &Path) -> Result<PublicKey, String> {
    let mut bytes = vec![];
    let file = std::fs::File::open(path);
    let read = file.and_then(|file| file.take(KEY_BYTES_MAX).read_to_end(&mut bytes));
    read.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    PublicKey::from_bytes(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}

fn read_token(token: &str) -> Result<String, String> {
    if token != "-" {
        return Ok(token.to_owned());
    }
    let mut text = String::new();
    // One byte and a line's end more than a token has, so that a longer one is seen to be longer.
    let limit = u64::try_from(TOKEN_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(3);
    let read = std::io::stdin().lock().take(limit).read_to_string(&mut text);
    read.map_err(|error| format!("the token cannot be read: {error}"))?;
    Ok(text)
}

fn parse_time(text: &str) -> Result<i64, String> {
    time::parse(text).ok_or_else(|| "write it as 2021-04-13T05:35:47Z".to_owned())
}

fn parse_wanted(text: &str) -> Wanted<'_> {
    match text.split_once('=') {
        Some((name, value)) => Wanted { name, value: Some(value) },
        None => Wanted { name: text, value: None },
    }
}

/// What was signed may hold anything; in quotes it cannot pass for a line of ours.
fn print(license: &License) {
    say!("license      {:?}", license.license_arn);
    say!("check-out    {:?}", license.consumption_token);
    for entitlement in &license.entitlements {
        let value = entitlement.value.as_deref().unwrap_or_default();
        say!("entitlement  {:?} {value:?} {:?}", entitlement.name, entitlement.unit);
    }
    if let Some(node_id) = &license.node_id {
        say!("node         {node_id:?}");
    }
    say!("issued at    {}", time::format_zulu(license.issued_at_ms));
    say!("expires at   {}", time::format_zulu(license.expires_at_ms));
    for (name, value) in &license.checkout_metadata {
        say!("metadata     {name:?} {value:?}");
    }
}
