//! Reading the authorization, from the header or, for pre-signed requests, from the query string.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, header};
use percent_encoding::percent_decode_str;

use super::{
    ALGORITHM, AuthFault, Authorization, RequestParts, TERMINATOR,
    canonical::{SIGNATURE_PARAMETER, query_pairs},
    time,
};

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
/// that all parts are there, and that the scope's day is the time stamp's.
pub fn parse<'a>(request: &RequestParts<'a>) -> Result<Authorization<'a>, AuthFault> {
    let in_query = QueryClaims::read(request.query)?;
    match (single(request.headers, &header::AUTHORIZATION)?, in_query) {
        (None, None) => Err(AuthFault::Missing),
        (Some(text), None) => from_header(text, request.headers),
        (None, Some(claims)) => from_query(claims),
        (Some(_), Some(_)) => incomplete(
            "Sign the request in the Authorization header or in the query string, not in both.",
        ),
    }
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
    let (algorithm, fields) = cut(text.trim_ascii(), b' ');
    check_algorithm(algorithm)?;
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    let fields = pieces(fields.unwrap_or(""), b',').map(str::trim_ascii);
    for field in fields.filter(|field| !field.is_empty()) {
        let (name, Some(value)) = cut(field, b'=') else {
            return incomplete(
                "The Authorization header has a part that is not a valid key=value pair \
                 (missing equal-sign).",
            );
        };
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => {
                return incomplete(
                    "The Authorization header has a parameter that is none of 'Credential', \
                     'SignedHeaders' and 'Signature'.",
                );
            }
        };
        if place.replace(value).is_some() {
            return incomplete(&format!("Authorization header has '{name}' more than once."));
        }
    }
    let dated = date_of(headers)?;
    let missing = [
        (credential.is_none(), "'Credential' parameter"),
        (signature.is_none(), "'Signature' parameter"),
        (signed_headers.is_none(), "'SignedHeaders' parameter"),
        (dated.is_none(), "existence of either a 'X-Amz-Date' or a 'Date' header"),
    ];
    let (Some(credential), Some(signed_headers), Some(signature), Some((timestamp, signed_at_ms))) =
        (credential, signed_headers, signature, dated)
    else {
        let sentence = |part: &str| format!("Authorization header requires {part}.");
        return incomplete(&sentences(&missing, sentence));
    };
    let scope = Credential::read(Cow::Borrowed(credential), &timestamp)?;
    let Credential { access_key, date, region, service } = scope;
    Ok(Authorization {
        access_key,
        date,
        region,
        service,
        session_token: single(headers, &X_AMZ_SECURITY_TOKEN)?.map(Cow::Borrowed),
        signed_at_ms,
        timestamp,
        signed_headers: Cow::Borrowed(signed_headers),
        signature: read_signature(signature)?,
        expires_ms: None,
    })
}

/// One sentence for each part that is missing.
fn sentences(parts: &[(bool, &str)], sentence: impl Fn(&str) -> String) -> String {
    let missing = parts.iter().filter(|(missing, _)| *missing);
    missing.map(|(_, part)| sentence(part)).collect::<Vec<_>>().join(" ")
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
        let sentence = |name: &str| format!("AWS query-string parameters must include '{name}'.");
        return incomplete(&sentences(&missing, sentence));
    };
    let Credential { access_key, date, region, service } =
        Credential::read(credential, &timestamp)?;
    Ok(Authorization {
        access_key,
        date,
        region,
        service,
        session_token: claims.security_token,
        signed_at_ms: basic_date(&timestamp)?,
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
    incomplete(&format!(
        "Unsupported AWS 'algorithm': the request must be signed with {ALGORITHM}."
    ))
}

/// The elements of `keyid/date/region/service/aws4_request`.
struct Credential<'a> {
    access_key: Cow<'a, str>,
    date: Cow<'a, str>,
    region: Cow<'a, str>,
    service: Cow<'a, str>,
}

impl<'a> Credential<'a> {
    /// Reads it. Its day must be that of the time stamp, else one day's key would sign for
    /// another.
    fn read(text: Cow<'a, str>, timestamp: &str) -> Result<Self, AuthFault> {
        let [access_key, date, region, service] = match text {
            Cow::Borrowed(text) => elements(text)?.map(Cow::Borrowed),
            Cow::Owned(text) => elements(&text)?.map(|element| Cow::Owned(element.to_owned())),
        };
        if cut(timestamp, b'T').0 != date {
            return Err(AuthFault::Mismatch(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP, which is '{timestamp}'."
            )));
        }
        Ok(Self { access_key, date, region, service })
    }
}

fn elements(credential: &str) -> Result<[&str; 4], AuthFault> {
    let mut parts = pieces(credential.trim_ascii(), b'/');
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

/// Reads 64 lower-case hexadecimal digits; anything else is nobody's signature. Without branches,
/// which nobody could predict.
fn read_signature(text: &str) -> Result<[u8; 32], AuthFault> {
    let mut signature = [0; 32];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut wrong = 0;
    for (byte, [high, low]) in signature.iter_mut().zip(pairs) {
        let (high, low) = (nibble(*high), nibble(*low));
        wrong |= (high | low) & 0xf0;
        *byte = high << 4 | low;
    }
    if wrong == 0 && rest.is_empty() && pairs.len() == signature.len() {
        return Ok(signature);
    }
    Err(AuthFault::Mismatch("Signature must be 64 lower-case hexadecimal digits.".to_owned()))
}

/// The value of a digit, or `0xff`.
fn nibble(digit: u8) -> u8 {
    let (number, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
    let letter = if letter < 6 { letter + 10 } else { 0xff };
    if number < 10 { number } else { letter }
}

/// The text before the first `separator`, and the text after it. Like `str::split_once`, which is
/// several times slower where pieces are as short as ours.
fn cut(text: &str, separator: u8) -> (&str, Option<&str>) {
    let parts = text.bytes().position(|byte| byte == separator).and_then(|position| {
        let (before, after) = text.split_at_checked(position)?;
        Some((before, after.split_at_checked(1)?.1))
    });
    parts.map_or((text, None), |(before, after)| (before, Some(after)))
}

/// The pieces between separators, like `str::split`.
pub(super) fn pieces(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let (piece, after) = cut(rest?, separator);
        rest = after;
        Some(piece)
    })
}

fn incomplete<T>(text: &str) -> Result<T, AuthFault> {
    Err(AuthFault::Incomplete(text.to_owned()))
}
