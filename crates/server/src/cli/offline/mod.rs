//! `leasehold request`, `answer` and `return`: borrows for a machine that has no network, carried
//! there and back as files.
//!
//! The machine makes a request and, beside it, a key of its own. A connected machine borrows with
//! its user's credentials; the public half of the key goes into the token as a note, under the
//! issuer's signature. To return the units early, the machine signs that it will not use the token
//! any more, and destroys what it needs to. So nobody else can return what it borrowed, not even
//! with the token in hand.

mod answer;
mod client;
mod node;
mod picture;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use answer::answer;
pub use node::{give_back, request};

/// The note in a token that holds the machine's public key (B11).
const KEY_NOTE: &str = "leasehold:return-key";
/// The longest file that is read.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// What a machine without a network asks for.
#[derive(Args)]
pub struct RequestFlags {
    /// Name of the machine: whatever the vendor's software takes for its node
    #[arg(long, value_name = "ID")]
    node: String,
    /// What to borrow: a count (Users=2), a quantity with its unit (Storage=5:Gigabytes), or a
    /// feature that is not counted (Enterprise); may be repeated
    #[arg(long = "entitlement", value_name = "NAME[=VALUE[:UNIT]]", required = true)]
    entitlements: Vec<String>,
    /// The license to borrow from; whoever answers may say it, too
    #[arg(long, value_name = "ARN")]
    license: Option<String>,
    /// Where to write the request; the machine's key goes beside it, into FILE.key, and stays
    #[arg(short, long, value_name = "FILE", default_value = "request.json")]
    output: PathBuf,
}

/// How a connected machine answers.
#[derive(Args)]
pub struct AnswerFlags {
    /// The file that `leasehold request` or `leasehold return` wrote
    file: PathBuf,
    /// The license to borrow from, if the request names none
    #[arg(long, value_name = "ARN")]
    license: Option<String>,
    /// Where to call [default: AWS License Manager in the Region]
    #[arg(long, env = "AWS_ENDPOINT_URL", value_name = "URL")]
    endpoint: Option<String>,
    /// Region to call [default: that of the AWS environment, or us-east-1]
    #[arg(long)]
    region: Option<String>,
    /// Profile of the shared credentials file [default: AWS_PROFILE, the credentials in the
    /// environment, or the profile default]
    #[arg(long)]
    profile: Option<String>,
    /// Certificates to trust beside the system's, PEM
    #[arg(long, env = "AWS_CA_BUNDLE", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// File with the public key of who signed the license: PEM, DER or JWK; needed for a return
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Where to write the answer; a QR picture of its token goes beside it, as FILE.svg
    #[arg(short, long, value_name = "FILE", default_value = "answer.json")]
    output: PathBuf,
}

/// How a machine returns what it borrowed.
#[derive(Args)]
pub struct ReturnFlags {
    /// The answer that it runs on; it is deleted
    answer: PathBuf,
    /// The key that `leasehold request` wrote; it is deleted
    #[arg(long, value_name = "FILE", default_value = "request.json.key")]
    key: PathBuf,
    /// Where to write the return
    #[arg(short, long, value_name = "FILE", default_value = "return.json")]
    output: PathBuf,
}

/// One entitlement of a request, as CheckoutBorrowLicense takes it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    unit: String,
}

/// The file of a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RequestFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    license_arn: Option<String>,
    node_id: String,
    entitlements: Vec<Wanted>,
    /// Answered twice within ten minutes, it is one borrow (W62).
    client_token: String,
    /// DER, in base64.
    return_key: String,
}

/// The file of an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AnswerFile {
    license_arn: String,
    node_id: String,
    expiration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_early_check_in: Option<bool>,
    signed_token: String,
}

/// The file of a return.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReturnFile {
    signed_token: String,
    returned_at: String,
    /// Over both, by the key that the token names; in base64.
    signature: String,
}

impl ReturnFile {
    /// What is signed.
    fn message(signed_token: &str, returned_at: &str) -> Vec<u8> {
        format!("leasehold return {returned_at} {signed_token}").into_bytes()
    }
}

/// The path of a file that goes with another one.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut other = path.as_os_str().to_owned();
    other.push(ending);
    PathBuf::from(other)
}

fn fault(path: &Path, error: impl std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

fn read_text(path: &Path) -> Result<String, String> {
    let length = std::fs::metadata(path).map_err(|error| fault(path, error))?.len();
    if length > FILE_BYTES_MAX {
        return Err(fault(path, "the file is too long"));
    }
    std::fs::read_to_string(path).map_err(|error| fault(path, error))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    serde_json::from_str(&read_text(path)?).map_err(|error| fault(path, error))
}

/// Writes a file for good: what it is in the place of may be deleted next.
fn write(path: &Path, value: &impl Serialize) -> Result<(), String> {
    let text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    let written = std::fs::File::create(path)
        .and_then(|mut file| writeln!(file, "{text}").and_then(|()| file.sync_all()));
    written.map_err(|error| fault(path, error))
}
