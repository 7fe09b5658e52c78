//! AWS's published cases, signed and verified, in the header and in the query string.

use leasehold_wire::{AuthFault, sigv4};

use crate::{
    Request,
    cases::{
        ACCESS_KEY, AT_MS, CASES, Case, EXPIRES_S, HOST, LONG_TOKEN, REGION, S3_ONLY, SECRET,
        SERVICE,
    },
};

const SCOPE: sigv4::Scope<'static> = sigv4::Scope { region: REGION, service: SERVICE };

fn credentials(token: &'static str) -> sigv4::Credentials<'static> {
    let session_token = (!token.is_empty()).then_some(token);
    sigv4::Credentials { access_key: ACCESS_KEY, secret: SECRET, session_token }
}

fn request(case: &Case) -> Request {
    let mut request = Request::new(case.request, case.headers, case.body);
    request.append("host", HOST);
    request
}

/// The case with the published signature in its header.
fn in_header(case: &Case) -> Request {
    let mut request = request(case);
    let parts = request.parts();
    let added = sigv4::sign(&parts, &credentials(case.token), &SCOPE, AT_MS).unwrap();
    request.headers.extend(added);
    let made = request.headers["authorization"].to_str().unwrap().to_owned();
    let (claims, _) = made.split_once("Signature=").unwrap();
    let published = format!("{claims}Signature={}", case.signature);
    request.headers.insert("authorization", published.parse().unwrap());
    request
}

/// The case with the published signature in its query string.
fn in_query(case: &Case) -> Request {
    let mut request = request(case);
    request.headers.remove("x-amz-content-sha256");
    let query =
        sigv4::presign(&request.parts(), &credentials(case.token), &SCOPE, AT_MS, EXPIRES_S);
    let (claims, _) = query.split_once("X-Amz-Signature=").unwrap();
    request.query = format!("{claims}X-Amz-Signature={}", case.presigned);
    request
}

#[test]
fn our_signer_makes_the_published_signatures() {
    for case in CASES {
        let request = request(case);
        let parts = request.parts();
        let added = sigv4::sign(&parts, &credentials(case.token), &SCOPE, AT_MS).unwrap();
        let authorization = added["authorization"].to_str().unwrap();
        assert!(authorization.ends_with(case.signature), "{}: {authorization}", case.name);
        let mut request = request;
        request.headers.remove("x-amz-content-sha256");
        let parts = request.parts();
        let query = sigv4::presign(&parts, &credentials(case.token), &SCOPE, AT_MS, EXPIRES_S);
        assert!(query.ends_with(case.presigned), "{}: {query}", case.name);
    }
}

#[test]
fn the_published_signatures_are_accepted() {
    assert!(CASES.len() > 25);
    for case in CASES {
        assert_eq!(in_header(case).judge(SECRET), Ok(()), "{}", case.name);
        assert_eq!(in_query(case).judge(SECRET), Ok(()), "{}", case.name);
        for request in [in_header(case), in_query(case)] {
            let parts = request.parts();
            let claims = sigv4::parse(&parts).unwrap();
            assert_eq!((&*claims.access_key, claims.signed_at_ms), (ACCESS_KEY, AT_MS));
            assert_eq!((&*claims.region, &*claims.service), (REGION, SERVICE));
            assert_eq!(claims.session_token.as_deref().unwrap_or(""), case.token);
        }
    }
}

#[test]
fn no_case_is_accepted_with_another_secret() {
    for case in CASES {
        for request in [in_header(case), in_query(case)] {
            assert!(matches!(request.judge("other"), Err(AuthFault::Mismatch(_))));
        }
    }
}

#[test]
fn paths_are_normalised_as_for_every_service_but_s3() {
    for case in S3_ONLY {
        for request in [in_header(case), in_query(case)] {
            let verdict = request.judge(SECRET);
            assert!(matches!(verdict, Err(AuthFault::Mismatch(_))), "{}", case.name);
        }
    }
}

/// The case post-sts-header-after: a token that is added after signing is not protected, and
/// refused. STS and License Manager sign it.
#[test]
fn an_unsigned_session_token_is_refused() {
    let plain = CASES.iter().find(|case| case.name == "post-header-key-case").unwrap();
    let mut request = in_header(plain);
    assert_eq!(request.judge(SECRET), Ok(()));
    request.append("x-amz-security-token", LONG_TOKEN);
    let Err(AuthFault::Mismatch(text)) = request.judge(SECRET) else { panic!("accepted") };
    assert!(text.contains("x-amz-security-token"), "{text}");
    let mut request = in_query(plain);
    assert_eq!(request.judge(SECRET), Ok(()));
    request.query += &format!("&X-Amz-Security-Token={}", LONG_TOKEN.replace('/', "%2F"));
    assert!(matches!(request.judge(SECRET), Err(AuthFault::Mismatch(_))));
}

/// Published in AWS's General Reference as the worked example: `ListUsers` of IAM.
#[test]
fn the_worked_example_of_the_general_reference_is_accepted() {
    let mut request = Request::new(
        "GET /?Action=ListUsers&Version=2010-05-08",
        &[
            ("host", "iam.amazonaws.com"),
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("x-amz-date", "20150830T123600Z"),
        ],
        "",
    );
    request.append(
        "authorization",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, \
         Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    );
    assert_eq!(request.judge(SECRET), Ok(()));
    // Python's and Go's signers, and curl's, differ in the white space of the header.
    let spaced = request.headers["authorization"].to_str().unwrap().to_owned();
    for other in [spaced.replace(", ", ","), spaced.replace(", ", " ,  ")] {
        request.headers.insert("authorization", other.parse().unwrap());
        assert_eq!(request.judge(SECRET), Ok(()));
    }
}
