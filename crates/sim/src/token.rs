//! Signed tokens, as a customer's software would look at them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use leasehold_core::key::SigningAlgorithm;
use leasehold_server::keyring::crypto::{digest_of, verify};
use serde_json::{Value, json};

use crate::request::Answer;
use crate::world::public_key;

/// Checks the signature of an answer's token, if it has one, and cuts it off: it is salted, and all
/// else of equal histories is equal.
///
/// # Errors
/// What is wrong with it.
pub fn cut_signature(answer: &mut Value) -> Result<(), String> {
    let Some(Value::String(token)) = answer.get_mut("SignedToken") else { return Ok(()) };
    let wrong = || format!("not signed by the key: {token}");
    let (signed, signature) = token.rsplit_once('.').ok_or_else(wrong)?;
    let algorithm = SigningAlgorithm::RsassaPssSha384;
    let digest = digest_of(algorithm, signed.as_bytes());
    let public_key = public_key().ok_or("there is no key")?;
    if !verify(public_key, algorithm, &digest, &decode(signature).ok_or_else(wrong)?) {
        return Err(wrong());
    }
    token.truncate(signed.len());
    Ok(())
}

/// Checks that the token of an answer, if it has one, says what the answer says (J1 to J4).
///
/// # Errors
/// What is wrong with it.
pub fn check(answer: &Answer) -> Result<(), String> {
    let Some(token) = answer.body.get("SignedToken").and_then(Value::as_str) else {
        return Ok(());
    };
    let read = |part: &str| -> Option<Value> { serde_json::from_slice(&decode(part)?).ok() };
    let parts = token.split_once('.').and_then(|(it, rest)| Some((read(it)?, read(rest)?)));
    let got = parts.ok_or_else(|| format!("no JSON: {token}"))?;
    let expected = (json!({"alg": "PS384", "typ": "JWT"}), claims(&answer.body));
    if got == expected { Ok(()) } else { Err(format!("{got:?} instead of {expected:?}")) }
}

fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

/// The members of an answer as claims, those that a token has (J2).
fn claims(answer: &Value) -> Value {
    let names = [
        ("LicenseArn", "licenseArn"),
        ("LicenseConsumptionToken", "licenseConsumptionToken"),
        ("EntitlementsAllowed", "entitlementsAllowed"),
        ("NodeId", "nodeId"),
        ("IssuedAt", "issuedAt"),
        ("Expiration", "expiration"),
    ];
    let claim = |(name, claim): (&str, &str)| {
        let value = answer.get(name)?;
        Some((claim.to_owned(), lower(value)))
    };
    Value::Object(names.into_iter().filter_map(claim).collect())
}

/// The same with names in lower case.
fn lower(value: &Value) -> Value {
    match value {
        Value::Array(elements) => elements.iter().map(lower).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.to_lowercase(), lower(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}
