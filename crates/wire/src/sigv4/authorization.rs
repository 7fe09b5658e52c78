//! What a request claims about its signature, and whether the claims hold.

use std::{borrow::Cow, fmt};

use http::HeaderName;

use super::{AuthFault, RequestParts, SigningKey, canonical, parse::single, time};

/// How far the clock of the signer may be from ours.
pub const SKEW_MAX_MS: i64 = 5 * 60 * 1000;

const CONTENT_HASH: HeaderName = HeaderName::from_static("x-amz-content-sha256");

const MISMATCH: &str = "The request signature we calculated does not match the signature you \
    provided. Check your AWS Secret Access Key and signing method. Consult the service \
    documentation for details.";

/// The authorization of a request as its signer wrote it: claims, until
/// [`Authorization::verify`] has agreed.
#[derive(Clone)]
pub struct Authorization<'a> {
    /// The access key's id.
    pub access_key: Cow<'a, str>,
    /// The day of the credential scope, `yyyymmdd`; the same day as the time stamp's.
    pub date: Cow<'a, str>,
    /// The Region of the credential scope: the Region that was called (W26).
    pub region: Cow<'a, str>,
    /// The signing name of the service in the credential scope.
    pub service: Cow<'a, str>,
    /// The session token, if the credentials are temporary.
    pub session_token: Option<Cow<'a, str>>,
    /// The time stamp.
    pub signed_at_ms: i64,
    pub(super) timestamp: Cow<'a, str>,
    pub(super) signed_headers: Cow<'a, str>,
    pub(super) signature: [u8; 32],
    /// How long a pre-signed request is valid; `None` for header authorization.
    pub(super) expires_ms: Option<i64>,
}

impl Authorization<'_> {
    /// Whether the signature came in the query string.
    pub fn is_presigned(&self) -> bool {
        self.expires_ms.is_some()
    }

    /// The credential scope must name the service that is asked.
    pub fn check_scope(&self, signing_name: &str) -> Result<(), AuthFault> {
        if self.service == signing_name {
            return Ok(());
        }
        Err(AuthFault::Mismatch(format!(
            "Credential should be scoped to correct service: '{signing_name}'."
        )))
    }

    /// The time stamp must be near `now_ms`; a pre-signed request also may be as old as it says.
    pub fn check_skew(&self, now_ms: i64) -> Result<(), AuthFault> {
        let age_max_ms = self.expires_ms.unwrap_or(SKEW_MAX_MS);
        let earliest_ms = now_ms.saturating_sub(age_max_ms);
        let latest_ms = now_ms.saturating_add(SKEW_MAX_MS);
        let (verdict, bound_ms, sign, span_ms) = if self.signed_at_ms < earliest_ms {
            ("expired: ", earliest_ms, '-', age_max_ms)
        } else if self.signed_at_ms > latest_ms {
            ("not yet current: ", latest_ms, '+', SKEW_MAX_MS)
        } else {
            return Ok(());
        };
        let relation = if sign == '-' { "is now earlier than" } else { "is still later than" };
        Err(AuthFault::Skewed(format!(
            "Signature {verdict}{} {relation} {} ({} {sign} {} s.)",
            self.timestamp,
            time::format_basic(bound_ms),
            time::format_basic(now_ms),
            span_ms / 1000,
        )))
    }

    /// Whether the holder of `key` signed this very request. The key must have been derived for
    /// this authorization's date, Region and service. Takes the same time for every wrong
    /// signature.
    pub fn verify(&self, request: &RequestParts<'_>, key: &SigningKey) -> Result<(), AuthFault> {
        let payload_hash = payload_hash(request)?;
        let mut buffer = Vec::with_capacity(canonical::CAPACITY);
        canonical::write_request(&mut buffer, request, &self.signed_headers, &payload_hash)?;
        let request_hash = canonical::sha256_hex(&buffer);
        buffer.clear();
        self.write_string_to_sign(&mut buffer, &request_hash);
        if key.verify(&buffer, &self.signature) {
            Ok(())
        } else {
            Err(AuthFault::Mismatch(MISMATCH.to_owned()))
        }
    }

    /// The canonical request and the string to sign as we see them, for a log line that helps the
    /// author of a signer. It repeats signed headers, the session token among them.
    pub fn explain(&self, request: &RequestParts<'_>) -> Result<String, AuthFault> {
        let mut text = Vec::with_capacity(2 * canonical::CAPACITY);
        let payload_hash = payload_hash(request)?;
        canonical::write_request(&mut text, request, &self.signed_headers, &payload_hash)?;
        let request_hash = canonical::sha256_hex(&text);
        text.extend_from_slice(b"\n\n");
        self.write_string_to_sign(&mut text, &request_hash);
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn write_string_to_sign(&self, out: &mut Vec<u8>, request_hash: &[u8; 64]) {
        let scope = [&*self.date, &*self.region, &*self.service];
        canonical::write_string_to_sign(out, &self.timestamp, scope, request_hash);
    }
}

impl fmt::Debug for Authorization<'_> {
    /// Says who and where, and neither the token nor the signature.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("access_key", &self.access_key)
            .field("timestamp", &self.timestamp)
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// The hash of the body. A client may state it in a header; then it must be true, and the escape
/// hatches of S3 (`UNSIGNED-PAYLOAD`, `STREAMING-…`) are not for us.
fn payload_hash(request: &RequestParts<'_>) -> Result<[u8; 64], AuthFault> {
    let hash = canonical::sha256_hex(request.body);
    match single(request.headers, &CONTENT_HASH)? {
        Some(stated) if stated.as_bytes() != hash => Err(AuthFault::Mismatch(
            "The header 'X-Amz-Content-Sha256' is not the SHA-256 of the request body.".to_owned(),
        )),
        Some(_) | None => Ok(hash),
    }
}
