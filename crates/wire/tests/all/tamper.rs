//! One signed request, changed in one place: every change must be noticed, and named rightly.

use leasehold_wire::{AuthFault, sigv4};

use crate::Request;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const AT_MS: i64 = 1_790_000_000_000;
const CREDENTIALS: sigv4::Credentials<'static> =
    sigv4::Credentials { access_key: "AKIDEXAMPLE", secret: SECRET, session_token: Some("token") };
const SCOPE: sigv4::Scope<'static> =
    sigv4::Scope { region: "us-east-1", service: "license-manager" };

fn unsigned() -> Request {
    Request::new(
        "POST /?a=1&b=2",
        &[
            ("host", "localhost:8480"),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "AWSLicenseManager.GetLicense"),
            ("x-custom", "one"),
            ("x-custom", "two"),
        ],
        r#"{"LicenseArn":"arn"}"#,
    )
}

fn signed() -> Request {
    let mut request = unsigned();
    let added = sigv4::sign(&request.parts(), &CREDENTIALS, &SCOPE, AT_MS).unwrap();
    request.headers.extend(added);
    request
}

fn presigned() -> Request {
    let mut request = unsigned();
    request.query = sigv4::presign(&request.parts(), &CREDENTIALS, &SCOPE, AT_MS, 60);
    request
}

/// Changes the request in one place; it must have been good before and be a mismatch after.
fn check(what: &str, request: Request, change: impl FnOnce(&mut Request)) {
    assert_eq!(request.judge(SECRET), Ok(()), "{what}: before");
    let mut changed = request;
    change(&mut changed);
    let verdict = changed.judge(SECRET);
    assert!(matches!(verdict, Err(AuthFault::Mismatch(_))), "{what}: {verdict:?}");
}

/// Replaces text in a header.
fn edit(request: &mut Request, name: &'static str, from: &str, to: &str) {
    let before = request.headers[name].to_str().unwrap();
    assert!(before.contains(from), "{before}");
    let after = before.replacen(from, to, 1);
    request.headers.insert(name, after.parse().unwrap());
}

#[test]
fn every_part_of_the_request_is_protected() {
    for request in [signed(), presigned()] {
        let check = |what, change: fn(&mut Request)| check(what, request.clone(), change);
        check("method", |it| it.method = http::Method::PUT);
        check("path", |it| it.path += "x");
        check("query value", |it| it.query = it.query.replace("a=1", "a=2"));
        check("query name", |it| it.query = it.query.replace("a=1", "c=1"));
        check("query more", |it| it.query += "&c=3");
        check("query less", |it| it.query = it.query.replace("a=1&", ""));
        check("query plus", |it| it.query = it.query.replace("a=1", "a=+1"));
        check("body", |it| it.body[2] ^= 1);
        check("body longer", |it| it.body.push(b' '));
        check("body gone", |it| it.body.clear());
        check("host", |it| edit(it, "host", "8480", "8481"));
        check("host gone", |it| drop(it.headers.remove("host")));
        check("target", |it| edit(it, "x-amz-target", "Get", "Delete"));
        check("content type", |it| edit(it, "content-type", "1.1", "1.0"));
        check("a header gone", |it| drop(it.headers.remove("x-custom")));
        check("a header's second value", |it| it.append("x-custom", "three"));
        check("a header's order", |it| {
            it.headers.remove("x-custom");
            it.append("x-custom", "two");
            it.append("x-custom", "one");
        });
        check("a new header of AWS's", |it| it.append("x-amz-more", "1"));
    }
}

/// The order of parameters and the spelling of their encoding are nobody's business.
#[test]
fn what_is_canonicalised_may_differ() {
    let mut request = signed();
    request.query = "b=%32&%61=1".to_owned();
    request.headers.insert("x-unsigned", "1".parse().unwrap());
    request.headers.insert("user-agent", "changed by a proxy".parse().unwrap());
    assert_eq!(request.judge(SECRET), Ok(()));
}

#[test]
fn every_part_of_the_authorization_is_protected() {
    let claim = |what, from: &'static str, to: &'static str| {
        check(what, signed(), |it| edit(it, "authorization", from, to));
    };
    claim("region", "us-east-1", "us-east-2");
    claim("service", "/license-manager/", "/sts/");
    claim("day", "/2026", "/2025");
    claim("terminator", "aws4_request", "aws5_request");
    claim("a name less", "x-amz-target;", "");
    claim("a name less, of no importance", ";x-custom", "");
    claim("host not signed", "host;", "");
    claim("a name twice", ";x-custom", ";x-custom;x-custom");
    claim("names in another order", "content-type;host", "host;content-type");
    claim("a name in capitals", "host;", "Host;");
    claim("a name that is not there", ";x-custom", ";x-custom;x-there");
    claim("no names", "SignedHeaders=content-type;host;", "SignedHeaders=;");
    claim("time stamp's day", "/202609", "/202610");
    let date = |to| check("date", signed(), |it| edit(it, "x-amz-date", "T14", to));
    date("T15");
    check("token", signed(), |it| edit(it, "x-amz-security-token", "tok", "TOK"));
    check("token gone", signed(), |it| drop(it.headers.remove("x-amz-security-token")));
    let query = |what, from: &'static str, to: &'static str| {
        check(what, presigned(), |it| {
            assert!(it.query.contains(from), "{}", it.query);
            it.query = it.query.replacen(from, to, 1);
        });
    };
    query("region", "us-east-1", "us-east-2");
    query("service", "license-manager", "sts");
    query("day", "%2F2026", "%2F2025");
    query("date", "T1", "T0");
    query("expiry", "X-Amz-Expires=60", "X-Amz-Expires=600");
    query("expiry gone", "X-Amz-Expires=60&", "");
    query("token", "=token", "=Token");
    query("token gone", "X-Amz-Security-Token=token&", "");
    query("a name less", "%3Bx-custom", "");
}

/// Every digit counts, and only these digits are a signature.
#[test]
fn every_bit_of_the_signature_counts() {
    let request = signed();
    let text = request.headers["authorization"].to_str().unwrap().to_owned();
    let (claims, signature) = text.split_once("Signature=").unwrap();
    let judge = |signature: &str| {
        let mut request = request.clone();
        let text = format!("{claims}Signature={signature}");
        request.headers.insert("authorization", text.parse().unwrap());
        request.judge(SECRET)
    };
    assert_eq!(judge(signature), Ok(()));
    for position in 0..signature.len() {
        for flip in [1, 2, 4, 8] {
            let mut digits: Vec<u32> =
                signature.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
            digits[position] ^= flip;
            let other: String =
                digits.iter().map(|digit| char::from_digit(*digit, 16).unwrap()).collect();
            assert!(matches!(judge(&other), Err(AuthFault::Mismatch(_))), "{other}");
        }
    }
    for other in [
        &signature[..62],
        &format!("{signature}0"),
        &format!("{signature}00"),
        &signature.to_uppercase(),
        "",
        "g",
    ] {
        assert!(matches!(judge(other), Err(AuthFault::Mismatch(_))), "{other}");
    }
}

/// The escape hatches of S3 are closed, and a stated hash must be true.
#[test]
fn the_payload_is_always_signed() {
    for (stated, good) in [
        ("1f78a9ea52ac53e4cf0e2d8b9e6e2f1d3a2c6d1ac0a1f2f5e4b8a6b8b0c1d2e3", false),
        ("UNSIGNED-PAYLOAD", false),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", false),
        ("", false),
        ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", true),
    ] {
        let mut request = unsigned();
        request.body = b"abc".to_vec();
        request.append("x-amz-content-sha256", stated);
        let added = sigv4::sign(&request.parts(), &CREDENTIALS, &SCOPE, AT_MS).unwrap();
        request.headers.extend(added);
        let verdict = request.judge(SECRET);
        assert_eq!(verdict.is_ok(), good, "{stated}: {verdict:?}");
    }
}

#[test]
fn the_scope_must_name_the_service() {
    let request = signed();
    let parts = request.parts();
    let claims = sigv4::parse(&parts).unwrap();
    assert_eq!(claims.check_scope("license-manager"), Ok(()));
    let Err(AuthFault::Mismatch(text)) = claims.check_scope("sts") else { panic!("accepted") };
    assert_eq!(text, "Credential should be scoped to correct service: 'sts'.");
}

#[test]
fn clocks_may_differ_by_five_minutes() {
    const MINUTES_5: i64 = 5 * 60 * 1000;
    let check = |request: &Request, offset_ms: i64, expect: Option<&str>| {
        let parts = request.parts();
        let verdict = sigv4::parse(&parts).unwrap().check_skew(AT_MS + offset_ms);
        match (&verdict, expect) {
            (Ok(()), None) => {}
            (Err(AuthFault::Skewed(text)), Some(start)) if text.starts_with(start) => {}
            _ => panic!("{offset_ms}: {verdict:?}"),
        }
    };
    let request = signed();
    check(&request, MINUTES_5, None);
    check(&request, MINUTES_5 + 1, Some("Signature expired: 2026"));
    check(&request, -MINUTES_5, None);
    check(&request, -MINUTES_5 - 1, Some("Signature not yet current: 2026"));
    check(&request, i64::MAX - AT_MS, Some("Signature expired"));
    // The pre-signed one says 60 seconds.
    let request = presigned();
    check(&request, 60_000, None);
    check(&request, 60_001, Some("Signature expired"));
    check(&request, -MINUTES_5, None);
    check(&request, -MINUTES_5 - 1, Some("Signature not yet current"));
    check(&request, i64::MIN, Some("Signature not yet current"));
}
