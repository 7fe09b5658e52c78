//! The same request signed by AWS's own signer and judged by us, for random requests.

use std::time::{Duration, SystemTime};

use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
        sign,
    },
    sign::v4,
};
use http::{HeaderName, HeaderValue};
use leasehold_wire::{AuthFault, sigv4};
use proptest::{collection::vec, prelude::*, string::string_regex};

use crate::Request;

const SECRET: &str = "differential/secret+key";
const AT_S: u64 = 1_790_000_000;
const AT_MS: i64 = 1_790_000_000_000;

/// Signs with AWS's crate; the credentials are temporary if there is a token.
fn official(request: &mut Request, token: Option<&str>, presigned: bool, state_hash: bool) {
    let credentials = credentials(token);
    let identity = credentials.into();
    let mut settings = SigningSettings::default();
    if state_hash {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    if presigned {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(600));
    }
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name("sts")
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(AT_S))
        .settings(settings)
        .build()
        .unwrap();
    let mark = if request.query.is_empty() { "" } else { "?" };
    let uri = format!("https://localhost:8480{}{mark}{}", request.path, request.query);
    let headers: Vec<(String, String)> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let body = SignableBody::Bytes(&request.body);
    let signable = SignableRequest::new(request.method.as_str(), &uri, headers, body).unwrap();
    let (instructions, _) = sign(signable, &parameters.into()).unwrap().into_parts();
    let (headers, parameters) = instructions.into_parts();
    for header in headers {
        let name: HeaderName = header.name().parse().unwrap();
        request.headers.insert(name, HeaderValue::from_str(header.value()).unwrap());
    }
    for (name, value) in parameters {
        let mark = if request.query.is_empty() { "" } else { "&" };
        request.query += &format!("{mark}{name}={}", percent(&value));
    }
}

fn credentials(token: Option<&str>) -> aws_credential_types::Credentials {
    aws_credential_types::Credentials::new(
        "AKIDDIFF",
        SECRET,
        token.map(str::to_owned),
        None,
        "test",
    )
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Requests of all shapes: many segments and parameters, encoded and not, headers that repeat,
/// values with runs of spaces, bodies of any bytes.
fn request() -> impl Strategy<Value = Request> {
    let method = prop_oneof![Just("GET"), Just("POST"), Just("PUT")];
    let path = "(/|(/[A-Za-z0-9._~-]{1,6}|/%[2-7][0-9A-F]|//|/\\.|/\\.\\.){1,4}/?)";
    let text = "([A-Za-z0-9._~-]|%[2-7][0-9A-Fa-f]|%C3%A9|%e1%88%b4)";
    let query = string_regex(&format!("({text}{{1,5}}(={text}{{0,4}}=?)?&){{0,5}}")).unwrap();
    let name = prop_oneof![
        Just("content-type"),
        Just("x-amz-target"),
        Just("x-amz-user-agent"),
        Just("x-custom"),
        Just("accept"),
        Just("user-agent"),
        Just("x-amzn-trace-id"),
    ];
    let header = (name, "[!-~]( {0,3}[!-~]){0,6}");
    let body = vec(any::<u8>(), 0..400);
    (method, path, query, vec(header, 0..6), body).prop_map(
        |(method, path, query, headers, body)| {
            let mut request = Request::new(&format!("{method} {path}?{query}"), &[], "");
            request.append("host", "localhost:8480");
            for (name, value) in headers {
                request.append(name, &value);
            }
            request.body = body;
            request
        },
    )
}

proptest! {
    #![proptest_config(crate::cases_at_random(1000))]

    #[test]
    fn what_the_official_signer_signs_is_accepted(
        mut request in request(),
        token in proptest::option::of("[!-~]{1,40}"),
        presigned: bool,
        state_hash: bool,
    ) {
        official(&mut request, token.as_deref(), presigned, state_hash);
        let parts = request.parts();
        let claims = sigv4::parse(&parts).unwrap();
        prop_assert_eq!(claims.session_token.as_deref(), token.as_deref());
        prop_assert_eq!(claims.is_presigned(), presigned);
        prop_assert_eq!(claims.signed_at_ms, AT_MS);
        prop_assert_eq!(claims.check_skew(AT_MS), Ok(()));
        prop_assert_eq!(claims.check_scope("sts"), Ok(()));
        prop_assert_eq!(request.judge(SECRET), Ok(()), "{:?}", claims.explain(&parts));
        let refused = matches!(request.judge("other"), Err(AuthFault::Mismatch(_)));
        prop_assert!(refused);
    }

    /// Ours signs the same headers, so it must arrive at the same header.
    #[test]
    fn our_signer_agrees_with_the_official_one(request in request()) {
        let mut theirs = request.clone();
        theirs.headers.remove("user-agent");
        theirs.headers.remove("x-amzn-trace-id");
        let ours = theirs.clone();
        official(&mut theirs, None, false, false);
        let credentials =
            sigv4::Credentials { access_key: "AKIDDIFF", secret: SECRET, session_token: None };
        let scope = sigv4::Scope { region: "eu-west-1", service: "sts" };
        let added = sigv4::sign(&ours.parts(), &credentials, &scope, AT_MS).unwrap();
        prop_assert_eq!(&added["authorization"], &theirs.headers["authorization"]);
    }
}
