//! What is missing or malformed is said; and no bytes make anything panic.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use leasehold_wire::{AuthFault, Protocol, json, query, route, sigv4};
use proptest::{collection::vec, prelude::*};

use crate::Request;

const GOOD: &str = "AWS4-HMAC-SHA256 Credential=AKID/20260921/us-east-1/sts/aws4_request, \
    SignedHeaders=host;x-amz-date, \
    Signature=0000000000000000000000000000000000000000000000000000000000000000";

fn request(authorization: &str) -> Request {
    let headers = [("host", "h"), ("x-amz-date", "20260921T131320Z")];
    let mut request = Request::new("POST /", &headers, "");
    request.append("authorization", authorization);
    request
}

fn fault(request: &Request) -> AuthFault {
    sigv4::parse(&request.parts()).unwrap_err()
}

/// Parses the good header with one text replaced: the fault must say what was wrong.
fn check(from: &str, to: &str, expect: &str) {
    assert!(GOOD.contains(from), "{from}");
    match fault(&request(&GOOD.replacen(from, to, 1))) {
        AuthFault::Incomplete(text) => assert!(text.contains(expect), "{text}"),
        other => panic!("{from} -> {to}: {other:?}"),
    }
}

#[test]
fn what_is_missing_in_the_header_is_named() {
    assert!(sigv4::parse(&request(GOOD).parts()).is_ok());
    check("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", "Unsupported AWS 'algorithm'");
    check("AWS4-HMAC-SHA256", "Basic", "Unsupported AWS 'algorithm'");
    check("AWS4-HMAC-SHA256", "Bearer", "Unsupported AWS 'algorithm'");
    check("AWS4-HMAC-SHA256 ", "", "Unsupported AWS 'algorithm'");
    check("Credential=AKID/20260921/us-east-1/sts/aws4_request,", "", "'Credential'");
    check("SignedHeaders=host;x-amz-date,", "", "'SignedHeaders'");
    check("Signature=", "Credential=", "more than once");
    check("Signature=", "Signature:", "missing equal-sign");
    check("Signature=", "signature=", "a parameter that is none of");
    check("AKID/", "", "exactly 5 slash-delimited elements");
    check("AKID/", "/", "exactly 5 slash-delimited elements");
    check("AKID/", "a/b/", "exactly 5 slash-delimited elements");
    check("AKID/", &format!("{}/", "A".repeat(129)), "longer than 128");
    let AuthFault::Incomplete(text) = fault(&request("AWS4-HMAC-SHA256")) else { panic!() };
    assert_eq!(
        text,
        "Authorization header requires 'Credential' parameter. Authorization header requires \
         'Signature' parameter. Authorization header requires 'SignedHeaders' parameter."
    );
}

#[test]
fn a_request_without_any_signature_is_missing_one() {
    let mut plain = request(GOOD);
    plain.headers.remove("authorization");
    assert_eq!(fault(&plain), AuthFault::Missing);
    plain.query = "Action=X&X-Amz-Date=1".to_owned();
    assert_eq!(fault(&plain), AuthFault::Missing);
    let is_incomplete = |request: &Request| matches!(fault(request), AuthFault::Incomplete(_));
    assert!(is_incomplete(&request("")));
    let mut twice = request(GOOD);
    twice.append("authorization", GOOD);
    assert!(is_incomplete(&twice));
    let mut both = request(GOOD);
    both.query = "X-Amz-Signature=0".to_owned();
    assert!(is_incomplete(&both));
}

#[test]
fn the_date_comes_from_one_of_two_headers() {
    let mut dated = request(&GOOD.replace("x-amz-date", "x-z"));
    dated.append("x-z", "1");
    let check = |dated: &Request, expect: &str| match fault(dated) {
        AuthFault::Incomplete(text) => assert!(text.contains(expect), "{text}"),
        other => panic!("{other:?}"),
    };
    dated.headers.insert("x-amz-date", "2026-09-21T13:13:20Z".parse().unwrap());
    check(&dated, "ISO-8601 'basic format'");
    dated.headers.remove("x-amz-date");
    check(&dated, "either a 'X-Amz-Date' or a 'Date' header");
    dated.append("date", "now");
    check(&dated, "RFC 1123");
    dated.headers.insert("date", "Mon, 21 Sep 2026 13:13:20 GMT".parse().unwrap());
    assert_eq!(sigv4::parse(&dated.parts()).unwrap().signed_at_ms, 1_789_996_400_000);
    dated.append("date", "Mon, 21 Sep 2026 13:13:20 GMT");
    check(&dated, "more than once");
}

#[test]
fn what_is_missing_in_the_query_is_named() {
    const QUERY: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260921T131320Z\
        &X-Amz-Credential=AKID%2F20260921%2Fus-east-1%2Fsts%2Faws4_request\
        &X-Amz-Expires=60&X-Amz-SignedHeaders=host\
        &X-Amz-Signature=0000000000000000000000000000000000000000000000000000000000000000";
    let parse = |query: &str| {
        let request = Request::new(&format!("GET /?{query}"), &[("host", "h")], "");
        sigv4::parse(&request.parts()).map(|claims| claims.signed_at_ms)
    };
    assert_eq!(parse(QUERY), Ok(1_789_996_400_000));
    let check = |from: &str, to: &str, expect: &str| {
        assert!(QUERY.contains(from), "{from}");
        match parse(&QUERY.replacen(from, to, 1)) {
            Err(AuthFault::Incomplete(text)) => assert!(text.contains(expect), "{text}"),
            other => panic!("{other:?}"),
        }
    };
    for name in [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ] {
        check(name, "Y", &format!("must include '{name}'"));
        check(name, &format!("{name}=1&{name}"), "more than once");
    }
    check("HMAC-SHA256", "HMAC-SHA1", "Unsupported");
    for expires in ["0", "-1", "604801", "1e3", "", "99999999999999999999", "60%FF"] {
        check("Expires=60", &format!("Expires={expires}"), "X-Amz-Expires");
    }
    assert!(parse(&QUERY.replace("X-Amz-Expires=60&", "")).is_ok());
    assert!(parse(&QUERY.replace("=60&", "=604800&")).is_ok());
}

/// Else a stranger who got hold of one day's signing key could sign for other days.
#[test]
fn the_day_of_the_scope_is_that_of_the_time_stamp() {
    let verdict = fault(&request(&GOOD.replace("/20260921/", "/20260922/")));
    assert!(
        matches!(&verdict, AuthFault::Mismatch(text) if text.contains("YYYYMMDD")),
        "{verdict:?}"
    );
}

#[test]
fn bounds_hold() {
    let names: Vec<String> = (0..200).map(|number| format!("i{number:03}")).collect();
    let many = GOOD.replace("host;", &format!("host;{};", names.join(";")));
    let mut request = request(&many);
    for name in &names {
        request.append(name, "");
    }
    assert!(matches!(request.judge("s"), Err(AuthFault::Mismatch(text)) if text.contains("100")));
}

/// Fragments of what a request may look like, to get deeper than noise does.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("AWS4-HMAC-SHA256 ".to_owned()),
        Just("Credential=".to_owned()),
        Just("AKID/20260921/us-east-1/sts/aws4_request".to_owned()),
        Just(", SignedHeaders=host;x-amz-date".to_owned()),
        Just(", Signature=".to_owned()),
        Just("0".repeat(64)),
        Just("20260921T131320Z".to_owned()),
        Just("X-Amz-Algorithm=AWS4-HMAC-SHA256&".to_owned()),
        Just("X-Amz-Credential=AKID%2F20260921%2Fus-east-1%2Fsts%2Faws4_request&".to_owned()),
        Just("X-Amz-Date=20260921T131320Z&".to_owned()),
        Just("X-Amz-Expires=".to_owned()),
        Just("X-Amz-SignedHeaders=host&".to_owned()),
        Just("X-Amz-Signature=".to_owned()),
        Just("Action=A&Version=2011-06-15&".to_owned()),
        Just("AWSLicenseManager.".to_owned()),
        Just("application/x-amz-json-1.1".to_owned()),
        Just("application/x-www-form-urlencoded".to_owned()),
        "[ -~]{0,8}",
        "\\PC{0,4}",
        "[%=&;,/+]{1,4}",
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let name = prop_oneof![
        Just("host"),
        Just("authorization"),
        Just("x-amz-date"),
        Just("date"),
        Just("x-amz-security-token"),
        Just("x-amz-content-sha256"),
        Just("x-amz-target"),
        Just("content-type"),
        Just("x-other"),
    ];
    let value = prop_oneof![text().prop_map(String::into_bytes), vec(any::<u8>(), 0..40)];
    vec((name, value), 0..10).prop_map(|pairs| {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                map.append(HeaderName::from_static(name), value);
            }
        }
        map
    })
}

proptest! {
    #![proptest_config(crate::cases_at_random(3000))]

    #[test]
    fn no_bytes_make_anything_panic(
        path in text(),
        query in text(),
        headers in headers(),
        body in prop_oneof![vec(any::<u8>(), 0..200), text().prop_map(String::into_bytes)],
    ) {
        let method = Method::POST;
        let request = Request { method: method.clone(), path, query, headers, body };
        let parts = request.parts();
        // Nobody knows the secret, so nothing may be accepted.
        prop_assert!(request.judge("secret").is_err());
        if let Ok(claims) = sigv4::parse(&parts) {
            let _ = (claims.check_skew(0), claims.check_scope("sts"), claims.explain(&parts));
        }
        let Request { path, query, headers, body, .. } = &request;
        for path in ["/", path] {
            let routed = route::route(&method, path, headers, query, body);
            if let Err(fault) = routed {
                for protocol in [Protocol::Json11, Protocol::Query] {
                    let _ = fault.render(protocol, query);
                }
            }
        }
        let _ = query::members(headers, query, body);
        let _ = json::object(headers, body);
        let mut xml = query::Xml::new();
        xml.text("A", query);
        let text = String::from_utf8(xml.into_bytes()).unwrap();
        let inner = text.strip_prefix("<A>").unwrap().strip_suffix("</A>").unwrap();
        prop_assert!(!inner.contains(['<', '>', '"', '\r', '\0']));
    }
}
