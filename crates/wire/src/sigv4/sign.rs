//! A small signer, for tests, the simulator and the load generator. Clients use AWS's SDKs.

use http::{HeaderMap, HeaderName, HeaderValue, header, header::InvalidHeaderValue};

use super::{ALGORITHM, RequestParts, SigningKey, TERMINATOR, canonical, time};

/// The credentials of a signer.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The access key's id.
    pub access_key: &'a str,
    /// The secret access key.
    pub secret: &'a str,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a str>,
}

/// What a signature is for.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The Region called.
    pub region: &'a str,
    /// The signing name of the service.
    pub service: &'a str,
}

/// Headers that change on the way, which nobody signs.
const UNSIGNED: [HeaderName; 5] = [
    header::AUTHORIZATION,
    header::CONNECTION,
    header::EXPECT,
    header::TRANSFER_ENCODING,
    header::USER_AGENT,
];

/// Signs a request and returns the headers to add to it: `x-amz-date`, `authorization`, and
/// `x-amz-security-token` for temporary credentials. Signs every header there is but those that
/// change on the way; `host` must be among them. Fails if a part has characters that no header
/// may have.
pub fn sign(
    request: &RequestParts<'_>,
    credentials: &Credentials<'_>,
    scope: &Scope<'_>,
    at_ms: i64,
) -> Result<HeaderMap, InvalidHeaderValue> {
    let timestamp = time::format_basic(at_ms);
    let mut added = HeaderMap::new();
    added.insert("x-amz-date", HeaderValue::from_str(&timestamp)?);
    if let Some(token) = credentials.session_token {
        added.insert("x-amz-security-token", HeaderValue::from_str(token)?);
    }
    let mut headers = request.headers.clone();
    headers.extend(added.clone());
    let signed_headers = signed_headers(&headers);
    let request = RequestParts { headers: &headers, ..*request };
    let signature = signature(&request, credentials.secret, scope, &timestamp, &signed_headers);
    let authorization = format!(
        "{ALGORITHM} Credential={}, SignedHeaders={signed_headers}, Signature={signature}",
        credential(credentials.access_key, scope, &timestamp),
    );
    added.insert(header::AUTHORIZATION, HeaderValue::from_str(&authorization)?);
    Ok(added)
}

/// Pre-signs a request and returns its whole new query string. Signs the same headers as
/// [`sign`], and adds none.
pub fn presign(
    request: &RequestParts<'_>,
    credentials: &Credentials<'_>,
    scope: &Scope<'_>,
    at_ms: i64,
    expires_s: i64,
) -> String {
    let timestamp = time::format_basic(at_ms);
    let signed_headers = signed_headers(request.headers);
    let expires = expires_s.to_string();
    let credential = credential(credentials.access_key, scope, &timestamp);
    let mut query = request.query.to_owned();
    for (name, value) in [
        ("X-Amz-Algorithm", Some(ALGORITHM)),
        ("X-Amz-Credential", Some(&credential)),
        ("X-Amz-Date", Some(&timestamp)),
        ("X-Amz-Expires", Some(&expires)),
        ("X-Amz-Security-Token", credentials.session_token),
        ("X-Amz-SignedHeaders", Some(&signed_headers)),
    ] {
        append(&mut query, name, value);
    }
    let unsigned = RequestParts { query: &query, ..*request };
    let signature = signature(&unsigned, credentials.secret, scope, &timestamp, &signed_headers);
    append(&mut query, canonical::SIGNATURE_PARAMETER, Some(&signature));
    query
}

fn signed_headers(headers: &HeaderMap) -> String {
    let names = headers.keys().filter(|name| !UNSIGNED.contains(name));
    let mut names: Vec<&str> = names.map(HeaderName::as_str).collect();
    names.sort_unstable();
    names.join(";")
}

fn append(query: &mut String, name: &str, value: Option<&str>) {
    let Some(value) = value else { return };
    let mut encoded = Vec::with_capacity(value.len());
    canonical::write_encoded(&mut encoded, value.bytes());
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    query.push_str(&String::from_utf8_lossy(&encoded));
}

fn day(timestamp: &str) -> &str {
    timestamp.split_once('T').map_or(timestamp, |(day, _)| day)
}

fn credential(access_key: &str, scope: &Scope<'_>, timestamp: &str) -> String {
    format!("{access_key}/{}/{}/{}/{TERMINATOR}", day(timestamp), scope.region, scope.service)
}

fn signature(
    request: &RequestParts<'_>,
    secret: &str,
    scope: &Scope<'_>,
    timestamp: &str,
    signed_headers: &str,
) -> String {
    let day = day(timestamp);
    let mut buffer = Vec::with_capacity(canonical::CAPACITY);
    let payload_hash = canonical::sha256_hex(request.body);
    // A header that is missing or a query that is too long is left out here and refused by the
    // one who verifies: that is what a test of it wants.
    let _ = canonical::write_request(&mut buffer, request, signed_headers, &payload_hash);
    let request_hash = canonical::sha256_hex(&buffer);
    buffer.clear();
    let parts = [day, scope.region, scope.service];
    canonical::write_string_to_sign(&mut buffer, timestamp, parts, &request_hash);
    let key = SigningKey::derive(secret, day, scope.region, scope.service);
    String::from_utf8_lossy(&canonical::hex(&key.sign(&buffer))).into_owned()
}
