//! Signature Version 4, from the side of the service: is this request signed by the holder of
//! that secret?
//!
//! The order of work is the order of cost. [`parse()`] reads the authorization and refuses what is
//! malformed; the caller compares [`Authorization::check_scope`] and
//! [`Authorization::check_skew`], finds the key, and only then does [`Authorization::verify`]
//! hash the request. Rules: "Signature Version 4 for API requests" in the IAM user guide, W20-W26
//! of our reference. Two choices are ours: a header `x-amz-…` that is not signed is refused
//! (it could redirect a captured signature to another operation), and so is an unsigned payload.

mod authorization;
mod canonical;
mod headers;
mod key;
mod parse;
mod sign;
mod time;

pub use authorization::{Authorization, SKEW_MAX_MS};
pub(crate) use canonical::query_pairs;
pub use headers::SIGNED_HEADERS_MAX;
pub use key::SigningKey;
pub use parse::{EXPIRES_DEFAULT_S, EXPIRES_MAX_S, parse};
pub use sign::{Credentials, Scope, presign, sign};

use http::{HeaderMap, Method};

/// The only algorithm there is for us; `AWS4-ECDSA-P256-SHA256` (SigV4a) is refused.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The last element of each credential scope.
pub(crate) const TERMINATOR: &str = "aws4_request";

/// A request as it came off the socket, before anything was decoded.
#[derive(Debug, Clone, Copy)]
pub struct RequestParts<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path, raw, as it was on the wire.
    pub path: &'a str,
    /// The query string, raw, without its `?`; empty when there is none.
    pub query: &'a str,
    /// All headers, among them `host`.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: &'a [u8],
}

/// Why a request is not authentic. The text is meant for the client; [`crate::Fault::auth`] gives
/// each its exception name and status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthFault {
    /// Neither an `Authorization` header nor a signature in the query.
    Missing,
    /// The authorization cannot be read: something is missing, doubled or malformed.
    Incomplete(String),
    /// The authorization was read, and is not that of this request.
    Mismatch(String),
    /// Signed too early or too late, or the pre-signed request has expired.
    Skewed(String),
    /// Nobody has this access key. Decided by the caller of this crate.
    UnknownKey,
    /// The session token has expired. Decided by the caller of this crate.
    ExpiredToken,
}
