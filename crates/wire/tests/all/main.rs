//! Signatures as the world makes them: AWS's published cases, its own signer on random requests,
//! tampered requests, and bytes from strangers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "all of this crate is tests, and the lints only see the functions marked so"
)]

mod cases;
mod differential;
mod hostile;
mod published;
mod tamper;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use leasehold_wire::{AuthFault, RequestParts, SigningKey, sigv4};
use proptest::prelude::ProptestConfig;

/// How many cases a property is tried with. Failures are printed, not kept in files.
fn cases_at_random(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A request that owns its parts, to change and to borrow from.
#[derive(Debug, Clone)]
struct Request {
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Request {
    /// Reads `METHOD /path?query`.
    fn new(line: &str, headers: &[(&str, &str)], body: &str) -> Self {
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        };
        for (name, value) in headers {
            request.append(name, value);
        }
        request
    }

    fn append(&mut self, name: &str, value: &str) {
        let name: HeaderName = name.parse().unwrap();
        self.headers.append(name, HeaderValue::from_str(value).unwrap());
    }

    fn parts(&self) -> RequestParts<'_> {
        RequestParts {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        }
    }

    /// Everything a server does about a signature but the clock.
    fn judge(&self, secret: &str) -> Result<(), AuthFault> {
        let parts = self.parts();
        let claims = sigv4::parse(&parts)?;
        let key = SigningKey::derive(secret, &claims.date, &claims.region, &claims.service);
        claims.verify(&parts, &key)
    }
}
