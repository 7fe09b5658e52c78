//! The signed token: what a license gave, for whoever verifies it offline (J1–J7).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use leasehold_core::key::SigningAlgorithm;
use leasehold_core::state::{Consumption, Taken};
use leasehold_core::time;
use leasehold_store::key::StoredKey;
use serde::Serialize;

use crate::keyring::KeyStores;
use crate::keyring::crypto::digest_of;
use crate::keyring::store::Fault;

/// J1.
const HEADER: &str = r#"{"alg":"PS384","typ":"JWT"}"#;
/// PS384 in the words of KMS (J1a).
pub const ALGORITHM: SigningAlgorithm = SigningAlgorithm::RsassaPssSha384;

/// The claims, and no others: a verifier that is asked for no audience refuses a token that names
/// one (J2, J3).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Claims<'a> {
    license_arn: &'a str,
    license_consumption_token: String,
    entitlements_allowed: Vec<Entitlement<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node_id: Option<&'a str>,
    issued_at: String,
    expiration: String,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    checkout_metadata: serde_json::Map<String, serde_json::Value>,
}

#[derive(Serialize)]
struct Entitlement<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    unit: &'a str,
}

/// Makes the token of a check-out or borrow.
///
/// # Errors
/// What the store of the key says.
pub async fn sign(
    keys: &KeyStores,
    key: &StoredKey,
    consumption: &Consumption,
    license_arn: &str,
) -> Result<String, Fault> {
    let payload = serde_json::to_vec(&claims(consumption, license_arn));
    let payload = payload.map_err(|error| error.to_string())?;
    let mut token = URL_SAFE_NO_PAD.encode(HEADER);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let digest = digest_of(ALGORITHM, token.as_bytes());
    let signature = keys.sign(key, ALGORITHM, &digest).await?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

fn claims<'a>(consumption: &'a Consumption, license_arn: &'a str) -> Claims<'a> {
    let entitlement = |taken: &'a Taken| Entitlement {
        name: &taken.name,
        value: taken.value.as_deref(),
        unit: taken.unit.as_str(),
    };
    let note = |(name, value): &(String, String)| (name.clone(), value.as_str().into());
    Claims {
        license_arn,
        license_consumption_token: consumption.token.to_string(),
        entitlements_allowed: consumption.taken.iter().map(entitlement).collect(),
        node_id: consumption.node_id.as_deref(),
        issued_at: time::format_zoneless(consumption.issued_at_ms),
        expiration: time::format_zoneless(consumption.expires_at_ms),
        checkout_metadata: consumption.metadata.iter().map(note).collect(),
    }
}
