//! On a connected machine: borrowing for another one, and giving back what it returned.

use std::path::Path;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use leasehold_core::time;
use leasehold_verify::{Check, License};
use serde_json::{Value, json};

use super::client::Client;
use super::{
    AnswerFile, AnswerFlags, KEY_NOTE, RequestFile, ReturnFile, beside, fault, picture, read, write,
};
use crate::cli::out::say;
use crate::cli::verify::read_key;
use crate::clock::Clock;
use crate::config::credentials;

/// `leasehold answer`, to a request or to a return.
pub fn answer(flags: &AnswerFlags) -> Result<(), String> {
    let file: Value = read(&flags.file)?;
    let is_return = file.get("SignedToken").is_some();
    if is_return { take_back(flags) } else { borrow(flags) }
}

fn client(flags: &AnswerFlags) -> Result<Client, String> {
    let region = flags.region.clone().or_else(credentials::region);
    let region = region.unwrap_or_else(|| crate::config::REGION_DEFAULT.to_owned());
    let aws = || format!("https://license-manager.{region}.amazonaws.com");
    Ok(Client {
        endpoint: flags.endpoint.clone().unwrap_or_else(aws),
        credentials: credentials::read(flags.profile.as_deref())?,
        ca: flags.ca.clone(),
        region,
    })
}

fn borrow(flags: &AnswerFlags) -> Result<(), String> {
    let request: RequestFile = read(&flags.file)?;
    let license = flags.license.clone().or(request.license_arn);
    let license = license.ok_or("say which license: --license ARN")?;
    let client = client(flags)?;
    let answer = client.call(
        "CheckoutBorrowLicense",
        &json!({
            "LicenseArn": license,
            "Entitlements": request.entitlements,
            "DigitalSignatureMethod": "JWT_PS384",
            "NodeId": request.node_id,
            "CheckoutMetadata": [{"Name": KEY_NOTE, "Value": request.return_key}],
            "ClientToken": request.client_token,
        }),
    )?;
    let member = |name: &str| {
        let text = answer.get(name).and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| format!("the server's answer has no {name}"))
    };
    let answer = AnswerFile {
        license_arn: member("LicenseArn")?,
        node_id: request.node_id,
        expiration: member("Expiration")?,
        allow_early_check_in: allows_return(&client, &license),
        signed_token: member("SignedToken")?,
    };
    write(&flags.output, &answer)?;
    let picture_path = beside(&flags.output, ".svg");
    let svg = picture::svg(&answer.signed_token)?;
    std::fs::write(&picture_path, svg).map_err(|error| fault(&picture_path, error))?;
    say!(
        "wrote {} and {}; the borrow ends at {} UTC",
        flags.output.display(),
        picture_path.display(),
        answer.expiration
    );
    Ok(())
}

/// Whether the license takes units back early, if the caller may read it: the machine should know
/// before it destroys its license.
fn allows_return(client: &Client, license: &str) -> Option<bool> {
    let found = client.call("GetLicense", &json!({"LicenseArn": license})).ok()?;
    let borrow = "/License/ConsumptionConfiguration/BorrowConfiguration/AllowEarlyCheckIn";
    found.pointer(borrow).and_then(Value::as_bool)
}

fn take_back(flags: &AnswerFlags) -> Result<(), String> {
    let file: ReturnFile = read(&flags.file)?;
    let key = flags.key.as_deref().ok_or("say who signed the license: --key PUBLIC.pem")?;
    let license = genuine(&file.signed_token, key).map_err(|error| fault(&flags.file, error))?;
    let notes = &license.checkout_metadata;
    let key = notes.iter().find(|(name, _)| *name == KEY_NOTE).map(|(_, key)| key.as_str());
    let key = key.and_then(|key| STANDARD.decode(key).ok());
    let signature = STANDARD.decode(&file.signature).ok();
    let message = ReturnFile::message(&file.signed_token, &file.returned_at);
    let is_signed = key.zip(signature).is_some_and(|(key, signature)| {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
        key.verify(&message, &signature).is_ok()
    });
    if !is_signed {
        return Err(fault(&flags.file, "it is not signed by the machine that borrowed"));
    }
    if license.expires_at_ms <= Clock::system().system_ms() {
        let end = time::format_zulu(license.expires_at_ms);
        say!("nothing to return: the borrow ended at {end}, and its units came back then");
        return Ok(());
    }
    let members = json!({"LicenseConsumptionToken": license.consumption_token});
    match client(flags)?.call("CheckInLicense", &members) {
        Ok(_) => say!("returned"),
        Err(text) if text.starts_with("CheckInLicense: ResourceNotFoundException") => {
            let why = "it was returned before, or another account has borrowed; nothing changed";
            return Err(format!("{text} ({why})"));
        }
        Err(text) => return Err(text),
    }
    Ok(())
}

/// What a token says, if the issuer has signed it, whatever the time is. Without the signature
/// whoever has seen a token could make another one for the same check-out, with a key of their own.
fn genuine(token: &str, key: &Path) -> Result<License, String> {
    let key = read_key(key)?;
    let claims = claims(token).ok_or("no token is in it")?;
    let claim = |name: &str| claims.get(name).and_then(Value::as_str);
    let issued_at = claim("issuedAt").and_then(|text| time::parse(&format!("{text}Z")));
    let check = Check {
        now_ms: issued_at.ok_or("its token has no issuedAt")?,
        node_id: claim("nodeId"),
        wanted: &[],
    };
    leasehold_verify::verify(token, &key, &check)
        .map_err(|refusal| format!("its token is not one of the issuer's: {refusal}"))
}

fn claims(token: &str) -> Option<Value> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
