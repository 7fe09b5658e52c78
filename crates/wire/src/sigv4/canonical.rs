//! The canonical request: the one spelling of a request that both sides hash.
//!
//! Everything is appended to one buffer that the caller allocated, since this runs for every
//! request. AWS's words: "Create a signed AWS API request", step 1.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

use super::{ALGORITHM, AuthFault, RequestParts, TERMINATOR, headers};

/// Room for the canonical request of an ordinary call, so that its buffer is allocated once.
pub(super) const CAPACITY: usize = 1024;

/// Parameters in the query string of a signed request; pre-signed ones have about ten.
const QUERY_PARAMETERS_MAX: usize = 256;

/// The parameter that carries the signature and is left out of what is signed.
pub(super) const SIGNATURE_PARAMETER: &str = "X-Amz-Signature";

/// Appends the canonical request. `signed_headers` is the list as the signer wrote it: lower case,
/// ascending, separated by `;`.
pub(super) fn write_request(
    out: &mut Vec<u8>,
    request: &RequestParts<'_>,
    signed_headers: &str,
    payload_hash: &[u8; 64],
) -> Result<(), AuthFault> {
    out.extend_from_slice(request.method.as_str().as_bytes());
    out.push(b'\n');
    write_path(out, request.path);
    out.push(b'\n');
    write_query(out, request.query)?;
    out.push(b'\n');
    headers::write_signed(out, signed_headers, request.headers)?;
    out.push(b'\n');
    out.extend_from_slice(signed_headers.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(payload_hash);
    Ok(())
}

/// Appends the string to sign for a canonical request with this hash.
pub(super) fn write_string_to_sign(
    out: &mut Vec<u8>,
    timestamp: &str,
    [date, region, service]: [&str; 3],
    request_hash: &[u8; 64],
) {
    for (part, end) in [
        (ALGORITHM, b'\n'),
        (timestamp, b'\n'),
        (date, b'/'),
        (region, b'/'),
        (service, b'/'),
        (TERMINATOR, b'\n'),
    ] {
        out.extend_from_slice(part.as_bytes());
        out.push(end);
    }
    out.extend_from_slice(request_hash);
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn sha256_hex(bytes: &[u8]) -> [u8; 64] {
    hex(&Sha256::digest(bytes).0)
}

/// Lower-case hexadecimal of a hash.
pub(super) fn hex(hash: &[u8; 32]) -> [u8; 64] {
    let mut text = [0; 64];
    for ([high, low], byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(hash) {
        *high = hex_digit(byte >> 4, b'a');
        *low = hex_digit(byte & 15, b'a');
    }
    text
}

fn hex_digit(nibble: u8, letter_a: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { letter_a + (nibble - 10) }
}

/// Appends the path, normalised (no empty, `.` or `..` segments) and encoded once more than it is
/// on the wire, as every service but S3 does it.
fn write_path(out: &mut Vec<u8>, path: &str) {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    for segment in &segments {
        out.push(b'/');
        write_encoded(out, segment.bytes());
    }
    // Empty and dot segments are directories (RFC 3986, 5.2.4).
    let ends_in_directory = matches!(path.rsplit('/').next(), Some("" | "." | "..") | None);
    if segments.is_empty() || ends_in_directory {
        out.push(b'/');
    }
}

/// Appends the parameters, decoded, encoded anew and sorted. A `+` is a plus sign here (as in
/// AWS's case get-query-plus); [`crate::query`] reads query strings the same way, else a `%2B`
/// could be exchanged for a space under the same signature.
fn write_query(out: &mut Vec<u8>, query: &str) -> Result<(), AuthFault> {
    if query.is_empty() {
        return Ok(());
    }
    let mut pairs = Vec::new();
    for (name, value) in query_pairs(query) {
        if name != SIGNATURE_PARAMETER {
            pairs.push((encoded(name), encoded(value)));
        }
        if pairs.len() > QUERY_PARAMETERS_MAX {
            let text = format!("The query string has more than {QUERY_PARAMETERS_MAX} parameters.");
            return Err(AuthFault::Incomplete(text));
        }
    }
    pairs.sort_unstable();
    for (position, (name, value)) in pairs.iter().enumerate() {
        if position > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(name);
        out.push(b'=');
        out.extend_from_slice(value);
    }
    Ok(())
}

/// The raw names and values of a query string.
pub(crate) fn query_pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, "")))
}

fn encoded(raw: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let decoded: Cow<'_, [u8]> = percent_decode_str(raw).into();
    write_encoded(&mut out, decoded.iter().copied());
    out
}

/// Appends bytes with all but RFC 3986's unreserved characters as `%XX`.
pub(super) fn write_encoded(out: &mut Vec<u8>, bytes: impl Iterator<Item = u8>) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(byte);
        } else {
            out.push(b'%');
            out.push(hex_digit(byte >> 4, b'A'));
            out.push(hex_digit(byte & 15, b'A'));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn paths_are_normalised_and_encoded_again() {
        let check = |path: &str, expect: &str| {
            assert_eq!(written(|out| write_path(out, path)), expect, "{path}");
        };
        check("/", "/");
        check("", "/");
        check("//", "/");
        check("/./", "/");
        check("/a/..", "/");
        check("/../..", "/");
        check("/a/b/../..", "/");
        check("/a/b/..", "/a/");
        check("/a/.", "/a/");
        check("/a/b..", "/a/b..");
        check("/./example", "/example");
        check("//example//", "/example/");
        check("/a%3Ab/c d/%", "/a%253Ab/c%20d/%25");
        check("/-._~09azAZ", "/-._~09azAZ");
        check("/ሴ", "/%E1%88%B4");
    }

    #[test]
    fn queries_are_sorted_and_encoded_once() {
        let check = |query: &str, expect: &str| {
            assert_eq!(written(|out| write_query(out, query).unwrap()), expect, "{query}");
        };
        check("", "");
        check("b=2&a=1", "a=1&b=2");
        check("a=2&a=1&A=0", "A=0&a=1&a=2");
        check("c+d", "c%2Bd=");
        check("a=%7e%2f%zz", "a=~%2F%25zz");
        check("&&a==&", "a=%3D");
        check("b=1&X-Amz-Signature=00", "b=1");
        // Sorted after encoding: "%" comes before letters.
        check("a=1&ሴ=2", "%E1%88%B4=2&a=1");
        check("a=1&a%20=2&ab=3", "a=1&a%20=2&ab=3");
    }

    #[test]
    fn a_query_has_a_limit() {
        let query = "a&".repeat(QUERY_PARAMETERS_MAX + 1);
        assert!(matches!(write_query(&mut Vec::new(), &query), Err(AuthFault::Incomplete(_))));
    }
}
