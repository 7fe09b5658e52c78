//! The examples of RFC 7515, RFC 7520 and RFC 8037. None of them is a license: that they are
//! refused for their claims says that the signature was right.

use leasehold_verify::{Algorithm, KeyError, PublicKey, Refusal, verify};

use crate::signer::check;

/// RFC 7520, section 3.3.
const RSA: &str = concat!(
    r#"{"kty":"RSA","kid":"bilbo.baggins@hobbiton.example","use":"sig","e":"AQAB","n":""#,
    "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJm",
    "SCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-",
    "OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUF",
    "AKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw",
    r#""}"#,
);
/// RFC 7515, appendix A.3.1.
const EC: &str = concat!(
    r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","#,
    r#""y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
);
/// RFC 7520, section 3.1.
const EC_521: &str = concat!(
    r#"{"kty":"EC","crv":"P-521","x":""#,
    "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt",
    r#"","y":""#,
    "AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1",
    r#""}"#,
);
/// RFC 8037, appendix A.2.
const ED25519: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// RFC 7520, figure 8.
const PAYLOAD: &str = concat!(
    "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb25",
    "0byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2",
    "hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4",
);
/// RFC 7520, figures 10 and 12.
const RS256: [&str; 2] = [
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
    concat!(
        "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp8",
        "3xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUC",
        "TJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1",
        "U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg",
    ),
];
/// RFC 7520, figures 17 and 19.
const PS384: [&str; 2] = [
    "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
    concat!(
        "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP",
        "6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdN",
        "qiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN",
        "_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw",
    ),
];
/// RFC 7515, appendix A.2.
const ISSUER_JOE: &str = concat!(
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnV",
    "lfQ",
);
/// RFC 7515, appendix A.3.
const ES256: [&str; 3] = [
    "eyJhbGciOiJFUzI1NiJ9",
    ISSUER_JOE,
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
];
/// RFC 7515, appendix A.5.
const UNSECURED: [&str; 3] = ["eyJhbGciOiJub25lIn0", ISSUER_JOE, ""];

#[track_caller]
fn check_signed(jwk: &str, algorithm: Algorithm, parts: [&str; 3]) {
    let key = PublicKey::from_jwk(jwk).unwrap().with_algorithms(&[algorithm]).unwrap();
    let [header, payload, signature] = parts;
    let refused = verify(&parts.join("."), &key, &check()).unwrap_err();
    assert!(matches!(refused, Refusal::Claims { .. }), "{refused}");
    let changed = format!("{header}.A{}.{signature}", &payload[1..]);
    assert_eq!(verify(&changed, &key, &check()), Err(Refusal::Signature));
}

#[test]
fn their_signatures_are_right() {
    check_signed(RSA, Algorithm::Rs256, [RS256[0], PAYLOAD, RS256[1]]);
    check_signed(RSA, Algorithm::Ps384, [PS384[0], PAYLOAD, PS384[1]]);
    check_signed(EC, Algorithm::Es256, ES256);
}

#[test]
fn one_algorithm_is_not_another() {
    let key = PublicKey::from_jwk(RSA).unwrap();
    let token = [RS256[0], PAYLOAD, RS256[1]].join(".");
    let refused = verify(&token, &key, &check()).unwrap_err();
    assert!(matches!(refused, Refusal::Algorithm { .. }), "{refused}");
    let token = [PS384[0], PAYLOAD, RS256[1]].join(".");
    assert_eq!(verify(&token, &key, &check()), Err(Refusal::Signature));
}

#[test]
fn an_unsecured_token_is_refused_by_every_key() {
    for jwk in [RSA, EC] {
        let key = PublicKey::from_jwk(jwk).unwrap();
        let refused = verify(&UNSECURED.join("."), &key, &check()).unwrap_err();
        assert!(matches!(refused, Refusal::Algorithm { found, .. } if found == "none"));
    }
}

#[test]
fn keys_of_other_kinds_are_refused() {
    for jwk in [EC_521, ED25519] {
        assert_eq!(PublicKey::from_jwk(jwk).unwrap_err(), KeyError::Kind);
    }
}
