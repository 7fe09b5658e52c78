//! Reading the authorization, from the header or, for pre-signed requests, from the query string.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, header};
use percent_encoding::percent_decode_str;

use super::{
    ALGORITHM, AuthFault, Authorization, RequestParts, TERMINATOR,
    canonical::{SIGNATURE_PARAMETER, query_pairs},
    time,
};

/// Names in SignedHeaders; SDKs sign about ten.
pub const SIGNED_HEADERS_MAX: usize = 100;

/// The longest life of a pre-signed request: a week.
pub const EXPIRES_MAX_S: i64 = 7 * 24 * 3600;

/// The life of a pre-signed request that does not say: STS accepts those of the Go SDK, and
/// honours them for 15 minutes.
pub const EXPIRES_DEFAULT_S: i64 = 15 * 60;

/// Bytes of each element of a credential. The model's longest access key has 128.
const CREDENTIAL_ELEMENT_MAX: usize = 128;

const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Reads who claims to have signed the request, and how. Nothing is verified yet but the form:
/// that all parts are there, that the scope's day is the time stamp's, that `host` and every
/// `x-amz-…` header are signed.
pub fn parse<'a>(request: &RequestParts<'a>) -> Result<Authorization<'a>, AuthFault> {
    let in_query = QueryClaims::read(request.query)?;
    let authorization = match (single(request.headers, &header::AUTHORIZATION)?, in_query) {
        (None, None) => return Err(AuthFault::Missing),
        (Some(text), None) => from_header(text, request.headers)?,
        (None, Some(claims)) => from_query(claims)?,
        (Some(_), Some(_)) => {
            return incomplete("Sign the request in the Authorization header or in the query \
                 string, not in both.");
        }
    };
    check_signed_headers(&authorization.signed_headers, request.headers)?;
    Ok(authorization)
}

/// The value of a header that may be sent once at most. Two would be signed as one joined value,
/// and then read as something the signer did not mean.
pub(super) fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a str>, AuthFault> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return incomplete(&format!("The header '{name}' is there more than once."));
    }
    match value.to_str() {
        Ok(text) => Ok(Some(text)),
        Err(_) => incomplete(&format!("The header '{name}' has characters outside ASCII.")),
    }
}

fn from_header<'a>(text: &'a str, headers: &'a HeaderMap) -> Result<Authorization<'a>, AuthFault> {
    let (algorithm, fields) = text.trim().split_once(' ').unwrap_or((text, ""));
    check_algorithm(algorithm)?;
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for field in fields.split(',').map(str::trim).filter(|field| !field.is_empty()) {
        let Some((name, value)) = field.split_once('=') else {
            return incomplete("The Authorization header has a part that is not a valid \
                 key=value pair (missing equal-sign).");
        };
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => return incomplete("The Authorization header has a parameter that is none of \
                 'Credential', 'SignedHeaders' and 'Signature'."),
        };
        if place.replace(value).is_some() {
            return incomplete(&format!("Authorization header has '{name}' more than once."));
        }
    }
    let date = date_of(headers)?;
    let (Some(credential), Some(signed_headers), Some(signature), Some((timestamp, signed_at_ms))) =
        (credential, signed_headers, signature, date.clone())
    else {
        return incomplete(&missing_from_header(&[
            (credential.is_none(), "'Credential' parameter"),
            (signature.is_none(), "'Signature' parameter"),
            (signed_headers.is_none(), "'SignedHeaders' parameter"),
            (date.is_none(), "existence of either a 'X-Amz-Date' or a 'Date' header"),
        ]));
    };
    let session_token = single(headers, &X_AMZ_SECURITY_TOKEN)?.map(Cow::Borrowed);
    let credential = Credential::read(Cow::Borrowed(credential))?;
    check_date(&credential.date, &timestamp)?;
    Ok(Authorization {
        access_key: credential.access_key,
        date: credential.date,
        region: credential.region,
        service: credential.service,
        session_token,
        signed_at_ms,
        timestamp,
        signed_headers: Cow::Borrowed(signed_headers),
        signature: read_signature(signature)?,
        expires_ms: None,
    })
}

fn missing_from_header(parts: &[(bool, &str)]) -> String {
    let sentences = parts.iter().filter(|(missing, _)| *missing);
    let sentences = sentences.map(|(_, part)| format!("Authorization header requires {part}."));
    sentences.collect::<Vec<_>>().join(" ")
}

/// The time stamp, in the form that is signed, and its instant.
fn date_of(headers: &HeaderMap) -> Result<Option<(Cow<'_, str>, i64)>, AuthFault> {
    if let Some(text) = single(headers, &X_AMZ_DATE)? {
        let text = text.trim();
        return Ok(Some((Cow::Borrowed(text), basic_date(text)?)));
    }
    let Some(text) = single(headers, &header::DATE)? else { return Ok(None) };
    match time::parse_date_header(text.trim()) {
        Some(at_ms) => Ok(Some((Cow::Owned(time::format_basic(at_ms)), at_ms))),
        None => incomplete("Date must be in RFC 1123 or in ISO-8601 'basic format'."),
    }
}

fn basic_date(text: &str) -> Result<i64, AuthFault> {
    match time::parse_basic(text) {
        Some(at_ms) => Ok(at_ms),
        None => incomplete("Date must be in ISO-8601 'basic format': yyyymmddThhmmssZ."),
    }
}

/// The parameters of a signature in a query string, decoded.
#[derive(Default)]
struct QueryClaims<'a> {
    algorithm: Option<Cow<'a, str>>,
    credential: Option<Cow<'a, str>>,
    date: Option<Cow<'a, str>>,
    expires: Option<Cow<'a, str>>,
    signed_headers: Option<Cow<'a, str>>,
    signature: Option<Cow<'a, str>>,
    security_token: Option<Cow<'a, str>>,
}

impl<'a> QueryClaims<'a> {
    /// Finds them; `None` if the query carries no signature.
    fn read(query: &'a str) -> Result<Option<Self>, AuthFault> {
        let mut claims = Self::default();
        for (name, value) in query_pairs(query) {
            let place = match name {
                "X-Amz-Algorithm" => &mut claims.algorithm,
                "X-Amz-Credential" => &mut claims.credential,
                "X-Amz-Date" => &mut claims.date,
                "X-Amz-Expires" => &mut claims.expires,
                "X-Amz-SignedHeaders" => &mut claims.signed_headers,
                SIGNATURE_PARAMETER => &mut claims.signature,
                "X-Amz-Security-Token" => &mut claims.security_token,
                _ => continue,
            };
            let Ok(value) = percent_decode_str(value).decode_utf8() else {
                return incomplete(&format!("AWS query-string parameter '{name}' is not UTF-8."));
            };
            if place.replace(value).is_some() {
                return incomplete(&format!(
                    "AWS query-string parameter '{name}' is there more than once."
                ));
            }
        }
        let signed = [&claims.algorithm, &claims.credential, &claims.signature];
        Ok(signed.iter().any(|claim| claim.is_some()).then_some(claims))
    }
}

fn from_query(claims: QueryClaims<'_>) -> Result<Authorization<'_>, AuthFault> {
    if let Some(algorithm) = &claims.algorithm {
        check_algorithm(algorithm)?;
    }
    let missing = [
        (claims.algorithm.is_none(), "X-Amz-Algorithm"),
        (claims.credential.is_none(), "X-Amz-Credential"),
        (claims.signature.is_none(), SIGNATURE_PARAMETER),
        (claims.signed_headers.is_none(), "X-Amz-SignedHeaders"),
        (claims.date.is_none(), "X-Amz-Date"),
    ];
    let (Some(_), Some(credential), Some(signature), Some(signed_headers), Some(timestamp)) =
        (claims.algorithm, claims.credential, claims.signature, claims.signed_headers, claims.date)
    else {
        let names = missing.iter().filter(|(missing, _)| *missing);
        let text = names.map(|(_, name)| {
            format!("AWS query-string parameters must include '{name}'. ")
        });
        return incomplete(&(text.collect::<String>() + "Re-examine the query-string parameters."));
    };
    let credential = Credential::read(credential)?;
    let signed_at_ms = basic_date(&timestamp)?;
    check_date(&credential.date, &timestamp)?;
    Ok(Authorization {
        access_key: credential.access_key,
        date: credential.date,
        region: credential.region,
        service: credential.service,
        session_token: claims.security_token,
        signed_at_ms,
        timestamp,
        signed_headers,
        signature: read_signature(&signature)?,
        expires_ms: Some(expires_ms(claims.expires.as_deref())?),
    })
}

fn expires_ms(text: Option<&str>) -> Result<i64, AuthFault> {
    let seconds = match text {
        None => Some(EXPIRES_DEFAULT_S),
        Some(text) => text.parse().ok().filter(|seconds| (1..=EXPIRES_MAX_S).contains(seconds)),
    };
    match seconds {
        Some(seconds) => Ok(seconds * 1000),
        None => incomplete(&format!(
            "X-Amz-Expires must be a number of seconds from 1 to {EXPIRES_MAX_S}."
        )),
    }
}

fn check_algorithm(algorithm: &str) -> Result<(), AuthFault> {
    if algorithm == ALGORITHM {
        return Ok(());
    }
    incomplete(&format!("Unsupported AWS 'algorithm': the request must be signed with {ALGORITHM}."))
}

/// The elements of `keyid/date/region/service/aws4_request`.
struct Credential<'a> {
    access_key: Cow<'a, str>,
    date: Cow<'a, str>,
    region: Cow<'a, str>,
    service: Cow<'a, str>,
}

impl<'a> Credential<'a> {
    fn read(text: Cow<'a, str>) -> Result<Self, AuthFault> {
        match text {
            Cow::Borrowed(text) => {
                let [access_key, date, region, service] = elements(text)?.map(Cow::Borrowed);
                Ok(Self { access_key, date, region, service })
            }
            Cow::Owned(text) => {
                let owned = elements(&text)?.map(|element| Cow::Owned(element.to_owned()));
                let [access_key, date, region, service] = owned;
                Ok(Self { access_key, date, region, service })
            }
        }
    }
}

fn elements(credential: &str) -> Result<[&str; 4], AuthFault> {
    let mut parts = credential.trim().split('/');
    let five = [(); 5].map(|()| parts.next().filter(|part| !part.is_empty()));
    let ([Some(key), Some(date), Some(region), Some(service), Some(end)], None) =
        (five, parts.next())
    else {
        return incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. \
             keyid/date/region/service/term.",
        );
    };
    let elements = [key, date, region, service];
    if elements.iter().any(|element| element.len() > CREDENTIAL_ELEMENT_MAX) {
        return incomplete(&format!(
            "An element of Credential is longer than {CREDENTIAL_ELEMENT_MAX} characters."
        ));
    }
    if end != TERMINATOR {
        return Err(AuthFault::Mismatch(format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}'."
        )));
    }
    Ok(elements)
}

/// The scope's day must be that of the time stamp, else one day's key would sign for another.
fn check_date(date: &str, timestamp: &str) -> Result<(), AuthFault> {
    if timestamp.split_once('T').is_some_and(|(day, _)| day == date) {
        return Ok(());
    }
    Err(AuthFault::Mismatch(format!(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
         HTTP, which is '{timestamp}'."
    )))
}

/// Reads 64 lower-case hexadecimal digits; anything else is nobody's signature.
fn read_signature(text: &str) -> Result<[u8; 32], AuthFault> {
    let mut signature = [0; 32];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut complete = pairs.len() == signature.len() && rest.is_empty();
    for (byte, [high, low]) in signature.iter_mut().zip(pairs) {
        match (nibble(*high), nibble(*low)) {
            (Some(high), Some(low)) => *byte = high << 4 | low,
            _ => complete = false,
        }
    }
    if complete {
        return Ok(signature);
    }
    Err(AuthFault::Mismatch("Signature must be 64 lower-case hexadecimal digits.".to_owned()))
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// `host` must be signed, and every `x-amz-…` header that is there. AWS's documentation asks for
/// both, SDKs and curl do both, and an unsigned `x-amz-target` would let a stranger turn a
/// captured signature to another operation.
fn check_signed_headers(signed: &str, headers: &HeaderMap) -> Result<(), AuthFault> {
    let mut before = "";
    let mut count = 0;
    let mut host_signed = false;
    for name in signed.split(';') {
        let ascends = name > before && !name.bytes().any(|byte| byte.is_ascii_uppercase());
        count += 1;
        if !ascends || count > SIGNED_HEADERS_MAX {
            return Err(AuthFault::Mismatch(format!(
                "SignedHeaders must be 1 to {SIGNED_HEADERS_MAX} lower-case names in ascending \
                 order, separated by ';'."
            )));
        }
        host_signed |= name == "host";
        before = name;
    }
    if !host_signed {
        return Err(AuthFault::Mismatch(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
        ));
    }
    for name in headers.keys().map(HeaderName::as_str) {
        if name.starts_with("x-amz-") && !signed.split(';').any(|signed| signed == name) {
            return Err(AuthFault::Mismatch(format!(
                "'{name}' must be a 'SignedHeader' in the AWS Authorization."
            )));
        }
    }
    Ok(())
}

fn incomplete<T>(text: &str) -> Result<T, AuthFault> {
    Err(AuthFault::Incomplete(text.to_owned()))
}
