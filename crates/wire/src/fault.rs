//! Faults: what a client reads when its request is refused.
//!
//! A fault is an exception name, a status and a text for the client; what only the log may know
//! has no place in it. The constructors here are the faults of the protocols themselves, the
//! same for every service (reference, section 13); services make theirs with [`Fault::new`].

use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

use crate::{AuthFault, Protocol, Xml, json, query};

/// A refusal, ready to be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The exception name.
    pub code: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
    /// What was wrong with what, for the client to read.
    pub message: String,
    /// One more member that the exception has: the `Location` of a `RedirectException` (W73), or
    /// the `Reason` of one that covers many.
    pub detail: Option<(&'static str, String)>,
    /// After how many seconds another try is worth it: `Retry-After`.
    pub retry_after_s: Option<u64>,
}

/// An answer but for its place on the wire.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The HTTP status.
    pub status: StatusCode,
    /// Content type, request id and, for errors of JSON, the error type.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Fault {
    /// A fault of a service's own.
    pub fn new(code: &'static str, status: StatusCode, message: impl Into<String>) -> Self {
        Self { code, status, message: message.into(), detail: None, retry_after_s: None }
    }

    /// The request is for another Region, which answers at `location` (W72, W73).
    pub fn redirect(message: impl Into<String>, location: impl Into<String>) -> Self {
        let fault = Self::new("RedirectException", StatusCode::BAD_REQUEST, message);
        Self { detail: Some(("Location", location.into())), ..fault }
    }

    /// The body is not what the protocol asks for (W7).
    pub fn serialization(message: impl Into<String>) -> Self {
        Self::new("SerializationException", StatusCode::BAD_REQUEST, message)
    }

    /// The body is longer than the server reads.
    pub fn too_large(bytes_max: usize) -> Self {
        Self::new(
            "RequestEntityTooLargeException",
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The request body is longer than {bytes_max} bytes."),
        )
    }

    /// There is no such operation here (W8); the query protocol has a code of its own.
    pub fn unknown_operation(protocol: Protocol, message: impl Into<String>) -> Self {
        match protocol {
            Protocol::Json11 => {
                Self::new("UnknownOperationException", StatusCode::NOT_FOUND, message)
            }
            Protocol::Query => Self::new("InvalidAction", StatusCode::BAD_REQUEST, message),
        }
    }

    /// A member is missing, malformed or out of its limits.
    pub fn validation(protocol: Protocol, message: impl Into<String>) -> Self {
        let code = match protocol {
            Protocol::Json11 => "ValidationException",
            Protocol::Query => "ValidationError",
        };
        Self::new(code, StatusCode::BAD_REQUEST, message)
    }

    /// The caller is known and may not do this (W24).
    pub fn denied(protocol: Protocol, message: impl Into<String>) -> Self {
        match protocol {
            Protocol::Json11 => {
                Self::new("AuthorizationException", StatusCode::BAD_REQUEST, message)
            }
            Protocol::Query => Self::new("AccessDenied", StatusCode::FORBIDDEN, message),
        }
    }

    /// Too many requests.
    pub fn throttled(protocol: Protocol, message: impl Into<String>) -> Self {
        let code = match protocol {
            Protocol::Json11 => "RateLimitExceededException",
            Protocol::Query => "Throttling",
        };
        Self::new(code, StatusCode::BAD_REQUEST, message)
    }

    /// Something broke on our side. The client learns no more than that.
    pub fn internal(protocol: Protocol) -> Self {
        let code = match protocol {
            Protocol::Json11 => "ServerInternalException",
            Protocol::Query => "InternalFailure",
        };
        let message = "The server failed while it processed the request.";
        Self::new(code, StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// A request that is not authentic.
    pub fn auth(protocol: Protocol, fault: &AuthFault) -> Self {
        let code = match protocol {
            Protocol::Json11 => auth_code_json(fault),
            Protocol::Query => auth_code_query(fault),
        };
        Self::new(code, StatusCode::FORBIDDEN, auth_text(fault))
    }

    /// Writes the fault as an answer in this protocol (W13-W16).
    pub fn render(&self, protocol: Protocol, request_id: &str) -> Rendered {
        let mut headers = answer_headers(protocol, request_id);
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let body = match protocol {
            Protocol::Json11 => {
                headers.insert("x-amzn-errortype", HeaderValue::from_static(self.code));
                self.json_body()
            }
            Protocol::Query => self.xml_body(request_id),
        };
        Rendered { status: self.status, headers, body }
    }

    /// `__type` is the bare code, and `Message` has a capital M, as in the model (W13, W14).
    fn json_body(&self) -> Vec<u8> {
        let mut members = Map::new();
        members.insert("__type".to_owned(), self.code.into());
        members.insert("Message".to_owned(), self.message.as_str().into());
        if let Some((name, text)) = &self.detail {
            members.insert((*name).to_owned(), text.as_str().into());
        }
        Value::Object(members).to_string().into_bytes()
    }

    fn xml_body(&self, request_id: &str) -> Vec<u8> {
        let blame = if self.status.is_server_error() { "Receiver" } else { "Sender" };
        let mut xml = Xml::new();
        xml.nest("ErrorResponse", |xml| {
            xml.nest("Error", |xml| {
                xml.text("Type", blame);
                xml.text("Code", self.code);
                xml.text("Message", &self.message);
            });
            xml.text("RequestId", request_id);
        });
        xml.into_bytes()
    }
}

/// The headers of every answer in this protocol, error or not (W10).
pub fn answer_headers(protocol: Protocol, request_id: &str) -> HeaderMap {
    let content_type = match protocol {
        Protocol::Json11 => json::CONTENT_TYPE,
        Protocol::Query => query::CONTENT_TYPE,
    };
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Request ids are UUIDs of our own making; should one ever not fit, the answer goes out
    // without it.
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", request_id);
    }
    headers
}

fn auth_code_json(fault: &AuthFault) -> &'static str {
    match fault {
        AuthFault::Missing => "MissingAuthenticationTokenException",
        AuthFault::Incomplete(_) => "IncompleteSignatureException",
        AuthFault::Mismatch(_) | AuthFault::Skewed(_) => "InvalidSignatureException",
        AuthFault::UnknownKey => "UnrecognizedClientException",
        AuthFault::ExpiredToken => "ExpiredTokenException",
    }
}

fn auth_code_query(fault: &AuthFault) -> &'static str {
    match fault {
        AuthFault::Missing => "MissingAuthenticationToken",
        AuthFault::Incomplete(_) => "IncompleteSignature",
        AuthFault::Mismatch(_) | AuthFault::Skewed(_) => "SignatureDoesNotMatch",
        AuthFault::UnknownKey => "InvalidClientTokenId",
        AuthFault::ExpiredToken => "ExpiredToken",
    }
}

fn auth_text(fault: &AuthFault) -> &str {
    match fault {
        AuthFault::Missing => "Request is missing Authentication Token",
        AuthFault::Incomplete(text) | AuthFault::Mismatch(text) | AuthFault::Skewed(text) => text,
        AuthFault::UnknownKey => "The security token included in the request is invalid.",
        AuthFault::ExpiredToken => "The security token included in the request is expired",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rendered: &Rendered) -> &str {
        std::str::from_utf8(&rendered.body).unwrap()
    }

    #[test]
    fn json_faults_have_type_message_and_header() {
        let fault = Fault::serialization("a \"b\"\n");
        let rendered = fault.render(Protocol::Json11, "id-1");
        assert_eq!(text(&rendered), r#"{"Message":"a \"b\"\n","__type":"SerializationException"}"#);
        assert_eq!(rendered.status, 400);
        assert_eq!(rendered.headers["x-amzn-errortype"], "SerializationException");
        assert_eq!(rendered.headers["x-amzn-requestid"], "id-1");
        assert_eq!(rendered.headers["content-type"], "application/x-amz-json-1.1");
    }

    #[test]
    fn a_redirect_says_where_to() {
        let rendered = Fault::redirect("not here", "https://there").render(Protocol::Json11, "");
        let body: Value = serde_json::from_slice(&rendered.body).unwrap();
        assert_eq!(body["Location"], "https://there");
        assert_eq!(body["__type"], "RedirectException");
        assert_eq!(rendered.status, 400);
    }

    #[test]
    fn query_faults_are_xml_and_escaped() {
        let fault = Fault::validation(Protocol::Query, "1 < 2 & \"x\"\u{1}");
        let rendered = fault.render(Protocol::Query, "id-1");
        assert_eq!(
            text(&rendered),
            "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>\
             <Message>1 &lt; 2 &amp; &quot;x&quot;\u{fffd}</Message></Error>\
             <RequestId>id-1</RequestId></ErrorResponse>"
        );
        assert_eq!(rendered.headers["content-type"], "text/xml");
        let rendered = Fault::internal(Protocol::Query).render(Protocol::Query, "id-1");
        assert!(text(&rendered).contains("<Type>Receiver</Type>"));
    }

    #[test]
    fn a_hostile_request_id_costs_only_its_header() {
        let rendered = Fault::internal(Protocol::Json11).render(Protocol::Json11, "a\r\nb");
        assert!(!rendered.headers.contains_key("x-amzn-requestid"));
    }

    /// Section 13 and section 8.1 of the reference.
    #[test]
    fn each_fault_has_its_name_and_status_in_each_protocol() {
        use Protocol::{Json11, Query};
        let check = |fault: Fault, code: &str, status: u16| {
            assert_eq!((fault.code, fault.status.as_u16()), (code, status));
        };
        let auth = |protocol, fault: AuthFault| Fault::auth(protocol, &fault);
        let text = String::new;
        check(auth(Json11, AuthFault::Missing), "MissingAuthenticationTokenException", 403);
        check(auth(Json11, AuthFault::Incomplete(text())), "IncompleteSignatureException", 403);
        check(auth(Json11, AuthFault::Mismatch(text())), "InvalidSignatureException", 403);
        check(auth(Json11, AuthFault::Skewed(text())), "InvalidSignatureException", 403);
        check(auth(Json11, AuthFault::UnknownKey), "UnrecognizedClientException", 403);
        check(auth(Json11, AuthFault::ExpiredToken), "ExpiredTokenException", 403);
        check(auth(Query, AuthFault::Missing), "MissingAuthenticationToken", 403);
        check(auth(Query, AuthFault::Incomplete(text())), "IncompleteSignature", 403);
        check(auth(Query, AuthFault::Mismatch(text())), "SignatureDoesNotMatch", 403);
        check(auth(Query, AuthFault::Skewed(text())), "SignatureDoesNotMatch", 403);
        check(auth(Query, AuthFault::UnknownKey), "InvalidClientTokenId", 403);
        check(auth(Query, AuthFault::ExpiredToken), "ExpiredToken", 403);
        check(Fault::unknown_operation(Json11, ""), "UnknownOperationException", 404);
        check(Fault::unknown_operation(Query, ""), "InvalidAction", 400);
        check(Fault::validation(Json11, ""), "ValidationException", 400);
        check(Fault::validation(Query, ""), "ValidationError", 400);
        check(Fault::denied(Json11, ""), "AuthorizationException", 400);
        check(Fault::denied(Query, ""), "AccessDenied", 403);
        check(Fault::throttled(Json11, ""), "RateLimitExceededException", 400);
        check(Fault::throttled(Query, ""), "Throttling", 400);
        check(Fault::internal(Json11), "ServerInternalException", 500);
        check(Fault::internal(Query), "InternalFailure", 500);
        check(Fault::serialization(""), "SerializationException", 400);
        check(Fault::too_large(1), "RequestEntityTooLargeException", 413);
    }
}
