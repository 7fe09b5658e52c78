//! On the machine without a network: making requests and returns.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_core::entitlement::Unit;
use leasehold_core::time;

use super::{
    AnswerFile, RequestFile, RequestFlags, ReturnFile, ReturnFlags, Wanted, beside, fault, read,
    read_text, write,
};
use crate::admin::random;
use crate::cli::out::say;
use crate::clock::Clock;
use crate::keyring::write_private;

/// `leasehold request`.
pub fn request(flags: &RequestFlags) -> Result<(), String> {
    let entitlements =
        flags.entitlements.iter().map(|text| wanted(text)).collect::<Result<_, _>>()?;
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(|_| no_key())?;
    let private = key.to_pkcs8v1().map_err(|_| no_key())?;
    let request = RequestFile {
        license_arn: flags.license.clone(),
        node_id: flags.node.clone(),
        entitlements,
        client_token: hex::encode(random()?),
        return_key: STANDARD.encode(key.public_key().as_ref()),
    };
    let key_path = beside(&flags.output, ".key");
    // One that is there may belong to a borrow that is out.
    if key_path.exists() {
        return Err(fault(&key_path, "there is a key already; move it away, or write elsewhere"));
    }
    write_private(&key_path, &STANDARD.encode(private.as_ref()))?;
    write(&flags.output, &request)?;
    say!("wrote {}; keep {} here", flags.output.display(), key_path.display());
    Ok(())
}

fn no_key() -> String {
    "the cryptographic library made no key".to_owned()
}

/// `NAME`, `NAME=VALUE` or `NAME=VALUE:UNIT`.
fn wanted(text: &str) -> Result<Wanted, String> {
    let (name, rest) = text.split_once('=').map_or((text, None), |(name, it)| (name, Some(it)));
    let (value, unit) = match rest.map(|rest| rest.split_once(':').unwrap_or((rest, "Count"))) {
        None => (None, Unit::None.as_str()),
        Some((value, unit)) => (Some(value.to_owned()), unit),
    };
    if name.is_empty() || !Unit::ALL.iter().any(|known| known.as_str() == unit) {
        return Err(format!("'{text}' is no entitlement; write Users=2 or Storage=5:Gigabytes"));
    }
    Ok(Wanted { name: name.to_owned(), value, unit: unit.to_owned() })
}

/// `leasehold return`.
pub fn give_back(flags: &ReturnFlags) -> Result<(), String> {
    let AnswerFile { signed_token, allow_early_check_in, expiration, .. } = read(&flags.answer)?;
    if allow_early_check_in == Some(false) {
        let text = format!("the license takes nothing back early; it ends at {expiration} UTC");
        return Err(fault(&flags.answer, text));
    }
    let bad_key = || fault(&flags.key, "this is no key of leasehold request");
    let key = STANDARD.decode(read_text(&flags.key)?.trim()).map_err(|_| bad_key())?;
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &key);
    let key = key.map_err(|_| bad_key())?;
    let returned_at = time::format_zulu(time::floor_to_second(Clock::system().system_ms()));
    let message = ReturnFile::message(&signed_token, &returned_at);
    let signature = key.sign(&SystemRandom::new(), &message).map_err(|_| no_key())?;
    let signature = STANDARD.encode(signature.as_ref());
    write(&flags.output, &ReturnFile { signed_token, returned_at, signature })?;
    // Only after the return is written: without it the units could not be given back any more.
    for gone in [&flags.answer, &flags.key] {
        std::fs::remove_file(gone).map_err(|error| fault(gone, error))?;
    }
    say!("wrote {}; this machine has no license any more", flags.output.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entitlements_are_counts_quantities_or_features() {
        let check = |text: &str, expect: Option<(&str, Option<&str>, &str)>| {
            let expect = expect.map(|(name, value, unit)| Wanted {
                name: name.to_owned(),
                value: value.map(str::to_owned),
                unit: unit.to_owned(),
            });
            assert_eq!(wanted(text).ok(), expect, "{text}");
        };
        check("Users=2", Some(("Users", Some("2"), "Count")));
        check("Storage=5:Gigabytes", Some(("Storage", Some("5"), "Gigabytes")));
        check("Rate=5:Bits/Second", Some(("Rate", Some("5"), "Bits/Second")));
        check("Enterprise", Some(("Enterprise", None, "None")));
        check("=2", None);
        check("Users=2:Heads", None);
    }
}
