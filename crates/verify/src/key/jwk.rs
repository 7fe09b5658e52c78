//! Keys as JSON (RFC 7517, RFC 7518 section 6).

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{KeyError, spki};
use crate::algorithm::Algorithm;
use crate::signature::Material;

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<IgnoredAny>,
    k: Option<IgnoredAny>,
}

/// Reads a key, and the algorithm that it names as its only one.
pub fn read(json: &str) -> Result<(Material, Option<Algorithm>), KeyError> {
    let jwk: Jwk = serde_json::from_str(json)
        .map_err(|_| KeyError::Format("the key is not JSON of a JSON Web Key"))?;
    if jwk.d.is_some() || jwk.k.is_some() {
        return Err(KeyError::Private);
    }
    if jwk.usage.is_some_and(|usage| usage != "sig") {
        return Err(KeyError::Format("the key's \"use\" is not \"sig\""));
    }
    let algorithm = match jwk.alg {
        Some(name) => Some(Algorithm::from_name(&name).ok_or(KeyError::Kind)?),
        None => None,
    };
    let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => spki::rsa(&number(jwk.n)?, &number(jwk.e)?)?,
        ("EC", Some("P-256")) => spki::p256(&point(jwk.x, jwk.y)?)?,
        ("EC", Some("P-384")) => spki::p384(&point(jwk.x, jwk.y)?)?,
        _ => return Err(KeyError::Kind),
    };
    Ok((material, algorithm))
}

fn number(text: Option<String>) -> Result<Vec<u8>, KeyError> {
    let text = text.ok_or(KeyError::Format("the key lacks one of its numbers"))?;
    Base64UrlUnpadded::decode_vec(&text)
        .map_err(|_| KeyError::Format("a number of the key is not base64url"))
}

/// The uncompressed form. Both numbers have the curve's full length (RFC 7518, section 6.2.1.2);
/// that the whole has the right one is left to the curve.
fn point(x: Option<String>, y: Option<String>) -> Result<Vec<u8>, KeyError> {
    let (x, y) = (number(x)?, number(y)?);
    if x.len() != y.len() {
        return Err(KeyError::Point);
    }
    Ok([&[4], &*x, &*y].concat())
}
