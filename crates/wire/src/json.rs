//! Bodies of AWS JSON 1.1.

use http::{HeaderMap, header};
use serde_json::{Map, Value};

use crate::Fault;

/// The content type of requests and answers.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// The members of a request. An empty body has none (W7). Nesting is limited by `serde_json` to
/// 128 levels, length by whoever read the body.
pub fn object(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Fault> {
    match serde_json::from_slice(payload(headers, body)?) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Fault::serialization("The request body must be a JSON object.")),
        Err(error) => Err(Fault::serialization(format!(
            "The request body is not JSON: line {}, column {}.",
            error.line(),
            error.column()
        ))),
    }
}

/// The JSON text of a request, for a caller that reads it with types of its own: checks the
/// content type and gives an empty body the text `{}` (W7).
pub fn payload<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<&'a [u8], Fault> {
    if !has_content_type(headers, CONTENT_TYPE) {
        return Err(Fault::serialization(format!("The Content-Type must be {CONTENT_TYPE}.")));
    }
    Ok(if body.is_empty() { b"{}" } else { body })
}

/// Whether the content type, without its parameters, is this one.
pub(crate) fn has_content_type(headers: &HeaderMap, expected: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next());
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(expected))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(content_type: &'static str) -> HeaderMap {
        let value = HeaderValue::from_static(content_type);
        HeaderMap::from_iter([(header::CONTENT_TYPE, value)])
    }

    #[test]
    fn an_object_is_read_and_an_empty_body_is_an_empty_object() {
        let headers = headers(CONTENT_TYPE);
        assert_eq!(object(&headers, b"").unwrap().len(), 0);
        assert_eq!(object(&headers, b"{}").unwrap().len(), 0);
        let members = object(&headers, br#" {"A": 1, "B": null} "#).unwrap();
        assert_eq!(members["A"], 1);
        assert_eq!(members["B"], Value::Null);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let headers = headers(CONTENT_TYPE);
        let deep = "[".repeat(100_000);
        for body in
            ["[]", "1", "null", "\"{}\"", "{", "{}x", "{'a':1}", "{\"a\":1e999}", " ", &deep]
        {
            let fault = object(&headers, body.as_bytes()).unwrap_err();
            assert_eq!((fault.code, fault.status.as_u16()), ("SerializationException", 400));
        }
        assert_eq!(
            object(&headers, b"{\"a\":\"\xff\"}").unwrap_err().code,
            "SerializationException"
        );
    }

    #[test]
    fn the_content_type_is_checked() {
        let check = |content_type, expect: bool| {
            assert_eq!(object(&headers(content_type), b"{}").is_ok(), expect, "{content_type}");
        };
        check("application/x-amz-json-1.1", true);
        check("application/x-amz-json-1.1; charset=utf-8", true);
        check("Application/X-Amz-JSON-1.1;charset=utf-8", true);
        check("application/x-amz-json-1.0", false);
        check("application/json", false);
        check("", false);
        assert_eq!(object(&HeaderMap::new(), b"").unwrap_err().code, "SerializationException");
    }
}
