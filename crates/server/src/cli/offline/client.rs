//! A client of AWS License Manager or of this server, for one call.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use leasehold_wire::RequestParts;
use leasehold_wire::sigv4::{Credentials as Signer, Scope, sign};
use serde_json::Value;

use crate::clock::Clock;
use crate::config::credentials::Credentials;
use crate::web;

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Where to call, and as whom.
pub struct Client {
    /// Address.
    pub endpoint: String,
    /// Region.
    pub region: String,
    /// Who calls.
    pub credentials: Credentials,
    /// Certificates to trust beside the system's.
    pub ca: Option<PathBuf>,
}

impl Client {
    /// Calls an operation and reads its answer.
    ///
    /// # Errors
    /// What went wrong, or what the server says is wrong.
    pub fn call(&self, operation: &str, members: &Value) -> Result<Value, String> {
        let call = async {
            let answer = tokio::time::timeout(TIMEOUT, self.send(operation, members)).await;
            answer.unwrap_or_else(|_| Err("no answer".to_owned()))
        };
        let answer = crate::cli::block_on(call);
        let (is_success, body) = answer.map_err(|fault| format!("{}: {fault}", self.endpoint))?;
        if is_success {
            return Ok(body);
        }
        let member = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let message = if member("Message").is_empty() { "message" } else { "Message" };
        Err(format!("{operation}: {}: {}", member("__type"), member(message)))
    }

    async fn send(&self, operation: &str, members: &Value) -> Result<(bool, Value), String> {
        let uri: Uri = self.endpoint.parse().map_err(|_| "it is no URL")?;
        let request = self.request(&uri, operation, members.to_string())?;
        let trusting = self.ca.as_deref().map(web::tls_with).transpose()?;
        let tls = trusting.as_ref().unwrap_or(&web::SYSTEM_TLS);
        let answer = web::send(request, tls, ANSWER_BYTES_MAX).await?;
        let body = serde_json::from_slice(answer.body());
        Ok((answer.status().is_success(), body.map_err(|error| error.to_string())?))
    }

    fn request(&self, uri: &Uri, operation: &str, body: String) -> Result<Request<Bytes>, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let value = |value: &str| HeaderValue::from_str(value).map_err(|error| text(&error));
        let mut headers = HeaderMap::new();
        let authority = uri.authority().ok_or("it names no host")?;
        headers.insert(header::HOST, value(authority.as_str())?);
        headers.insert("x-amz-target", value(&format!("AWSLicenseManager.{operation}"))?);
        headers.insert(header::CONTENT_TYPE, value("application/x-amz-json-1.1")?);
        let parts = RequestParts {
            method: &Method::POST,
            path: "/",
            query: "",
            headers: &headers,
            body: body.as_bytes(),
        };
        let Credentials { access_key_id, secret_access_key, session_token } = &self.credentials;
        let signer = Signer {
            access_key: access_key_id,
            secret: secret_access_key,
            session_token: session_token.as_deref(),
        };
        let scope = Scope { region: &self.region, service: "license-manager" };
        let signed = sign(&parts, &signer, &scope, Clock::system().system_ms());
        headers.extend(signed.map_err(|error| text(&error))?);
        let place = format!("{}://{authority}/", uri.scheme_str().unwrap_or("https"));
        let mut request = Request::post(place).body(Bytes::from(body)).map_err(|it| text(&it))?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}
