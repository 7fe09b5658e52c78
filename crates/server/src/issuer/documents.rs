//! What the issuer publishes under its URL: the discovery document of OpenID Connect, and its keys.

use http::Method;
use serde::Serialize;

use super::{Fault, Issuer};
use crate::jwt::RS256;

const DISCOVERY: &str = "/.well-known/openid-configuration";
const KEYS: &str = "/.well-known/jwks";

/// OpenID Connect Discovery 1.0, section 3.
#[derive(Serialize)]
struct Configuration<'a> {
    issuer: &'a str,
    jwks_uri: String,
    response_types_supported: [&'static str; 1],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
    claims_supported: [&'static str; 7],
}

/// The document at a path, if it is one of the issuer's: JSON.
///
/// # Errors
/// What the database says.
pub async fn document(
    issuer: &Issuer,
    method: &Method,
    path: &str,
    now_ms: i64,
) -> Result<Option<Vec<u8>>, Fault> {
    if method != Method::GET {
        return Ok(None);
    }
    // The issuer's URL may have a path.
    let base = issuer.name().find('/').and_then(|at| issuer.name().get(at..)).unwrap_or_default();
    let json = match path.strip_prefix(base) {
        Some(DISCOVERY) => serde_json::to_vec(&configuration(issuer)),
        Some(KEYS) => serde_json::to_vec(&issuer.published(now_ms).await?),
        _ => return Ok(None),
    };
    json.map(Some).map_err(|error| error.to_string())
}

fn configuration(issuer: &Issuer) -> Configuration<'_> {
    Configuration {
        issuer: issuer.url(),
        jwks_uri: format!("{}{KEYS}", issuer.url()),
        response_types_supported: ["id_token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: [RS256],
        claims_supported: ["iss", "sub", "aud", "amr", "iat", "exp", "jti"],
    }
}
