//! Which headers are signed, and how they are spelled in the canonical request.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{AuthFault, parse::pieces};

/// Names in SignedHeaders; SDKs sign about ten.
pub const SIGNED_HEADERS_MAX: usize = 100;

/// Headers that must be signed if they are there.
const MUST_PREFIX: &str = "x-amz-";

/// The one of them that may go unsigned: AWS's own signers leave it out when they pre-sign, and
/// nothing depends on it.
const UNSIGNED_ALLOWED: HeaderName = HeaderName::from_static("x-amz-user-agent");

/// Appends a line `name:value,value` for each name in `signed`, and refuses a list that is not in
/// canonical order or leaves out what must be signed: `host`, and every `x-amz-…` header that is
/// there. AWS's documentation asks for both, SDKs and curl do both, and an unsigned `x-amz-target`
/// would let a stranger turn a captured signature to another operation.
pub(super) fn write_signed(
    out: &mut Vec<u8>,
    signed: &str,
    headers: &HeaderMap,
) -> Result<(), AuthFault> {
    let mut before = "";
    let mut count = 0;
    let mut host_signed = false;
    let mut must_signed = 0;
    let has_capitals = signed.bytes().any(|byte| byte.is_ascii_uppercase());
    for name in pieces(signed, b';') {
        count += 1;
        if has_capitals || name <= before || count > SIGNED_HEADERS_MAX {
            return mismatch(format!(
                "SignedHeaders must be 1 to {SIGNED_HEADERS_MAX} lower-case names in ascending \
                 order, separated by ';'."
            ));
        }
        before = name;
        host_signed |= name == "host";
        must_signed += usize::from(must_be_signed(name));
        write_header(out, name, headers)?;
    }
    if !host_signed {
        return mismatch(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        );
    }
    // INVARIANT: the names in `signed` are in the request, lower-case and different, so equal
    // numbers mean equal sets.
    let must = || headers.keys().map(HeaderName::as_str).filter(|name| must_be_signed(name));
    if must().count() == must_signed {
        return Ok(());
    }
    let missing = must().find(|name| !signed.split(';').any(|signed| signed == *name));
    let missing = missing.unwrap_or(MUST_PREFIX);
    mismatch(format!("'{missing}' must be a 'SignedHeader' in the AWS Authorization."))
}

fn must_be_signed(name: &str) -> bool {
    name.starts_with(MUST_PREFIX) && name != UNSIGNED_ALLOWED
}

/// Appends `name:value,value` and the end of the line.
fn write_header(out: &mut Vec<u8>, name: &str, headers: &HeaderMap) -> Result<(), AuthFault> {
    out.extend_from_slice(name.as_bytes());
    let mut separator = b':';
    for value in headers.get_all(name) {
        out.push(separator);
        write_value(out, value);
        separator = b',';
    }
    if separator == b':' {
        // AWS would sign an empty value. A header that was signed and is not here was lost on
        // the way, and that is worth saying.
        return mismatch(format!(
            "The header '{name}' is in SignedHeaders but not in the request."
        ));
    }
    out.push(b'\n');
    Ok(())
}

/// Appends a value without outer spaces and with runs of inner ones made one.
fn write_value(out: &mut Vec<u8>, value: &HeaderValue) {
    let value = value.as_bytes().trim_ascii();
    if !value.windows(2).any(|pair| pair == b"  ") {
        out.extend_from_slice(value);
        return;
    }
    let mut before = 0;
    for &byte in value {
        if byte != b' ' || before != b' ' {
            out.push(byte);
        }
        before = byte;
    }
}

fn mismatch(text: impl Into<String>) -> Result<(), AuthFault> {
    Err(AuthFault::Mismatch(text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_values_are_trimmed_and_folded() {
        let check = |value: &'static str, expect: &str| {
            let value = HeaderValue::from_static(value);
            let mut out = Vec::new();
            write_value(&mut out, &value);
            assert_eq!(std::str::from_utf8(&out).unwrap(), expect);
        };
        check("a", "a");
        check("  a  b   c ", "a b c");
        check("\"a   b\"", "\"a b\"");
        check("", "");
    }

    /// These would be refused even if they were signed so.
    #[test]
    fn the_list_must_be_canonical_and_complete() {
        let headers: HeaderMap =
            ["host", "x-amz-date", "x-amz-target", "x-amz-user-agent", "accept"]
                .map(|name| (HeaderName::from_static(name), HeaderValue::from_static("v")))
                .into_iter()
                .collect();
        let check =
            |signed: &str, expect: &str| match write_signed(&mut Vec::new(), signed, &headers) {
                Ok(()) => assert_eq!(expect, "", "{signed}"),
                Err(AuthFault::Mismatch(text)) => assert!(text.contains(expect), "{text}"),
                Err(other) => panic!("{other:?}"),
            };
        check("host;x-amz-date;x-amz-target", "");
        check("accept;host;x-amz-date;x-amz-target;x-amz-user-agent", "");
        check("x-amz-date;x-amz-target", "'Host' or ':authority'");
        check("host;x-amz-target", "'x-amz-date' must be");
        check("host", "'x-amz-date' must be");
        check("host;x-amz-date", "'x-amz-target' must be");
        check("host;x-amz-date;x-amz-other;x-amz-target", "'x-amz-other' is in SignedHeaders but");
        check("host;x-amz-date;x-amz-target;x-lost", "'x-lost' is in SignedHeaders but");
        check("x-amz-date;host;x-amz-target", "ascending");
        check("host;host;x-amz-date;x-amz-target", "ascending");
        check("Accept;host;x-amz-date;x-amz-target", "lower-case");
        check("host;x-amz-date;x-amz-target;", "ascending");
        check("host;;x-amz-date;x-amz-target", "ascending");
        check("", "ascending");
    }
}
