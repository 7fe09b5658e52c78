//! Keys in the forms that key stores and people hand them out.

use base64ct::{Base64, Encoding as _};
use leasehold_verify::{Algorithm, KeyError, PublicKey};

use crate::signer::{CLAIMS, Signer, check, encode};

fn pem(label: &str, body: &str) -> String {
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn verifies(signer: &Signer, key: &PublicKey) -> bool {
    leasehold_verify::verify(&signer.token(CLAIMS), key, &check()).is_ok()
}

#[test]
fn j6_a_key_is_read_from_der_and_pem() {
    for signer in Signer::each() {
        let der = signer.der();
        assert!(verifies(&signer, &PublicKey::from_der(&der).unwrap()));
        assert!(verifies(&signer, &PublicKey::from_bytes(&der).unwrap()));
        // The Python sample of reference 11.6 (b2) writes one long line.
        let body = Base64::encode_string(&der);
        let wrapped = body.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap());
        let wrapped = wrapped.collect::<Vec<_>>();
        for text in [
            pem("PUBLIC KEY", &body),
            pem("PUBLIC KEY", &wrapped.join("\n")),
            pem("PUBLIC KEY", &wrapped.join("\r\n")),
            format!("\n\n{}\n\n", pem("PUBLIC KEY", &wrapped.join("\n"))),
        ] {
            assert!(verifies(&signer, &PublicKey::from_pem(&text).unwrap()), "{text}");
            assert!(verifies(&signer, &PublicKey::from_bytes(text.as_bytes()).unwrap()));
        }
    }
}

#[test]
fn a_key_is_read_from_jwk() {
    let check_signer = |signer: &Signer, jwk: &str, algorithms: &[Algorithm]| {
        let key = PublicKey::from_jwk(jwk).unwrap();
        assert_eq!(key.algorithms(), algorithms, "{jwk}");
        assert_eq!(verifies(signer, &key), algorithms.contains(&signer.algorithm()));
        assert!(PublicKey::from_bytes(jwk.as_bytes()).is_ok());
    };
    let rsa = Signer::rsa();
    // The DER ends with the modulus of 2048 bits and five bytes of exponent.
    let der = rsa.der();
    let modulus = encode(&der[der.len() - 5 - 256..der.len() - 5]);
    let numbers = format!(r#""kty":"RSA","n":"{modulus}","e":"AQAB""#);
    check_signer(&rsa, &format!("{{{numbers}}}"), &[Algorithm::Ps384]);
    let named = format!(r#"{{{numbers},"alg":"PS384","use":"sig","kid":"1"}}"#);
    check_signer(&rsa, &named, &[Algorithm::Ps384]);
    check_signer(&rsa, &format!(r#"{{{numbers},"alg":"RS256"}}"#), &[Algorithm::Rs256]);
    for (signer, curve, bytes) in [(Signer::p256(), "P-256", 32), (Signer::p384(), "P-384", 48)] {
        let der = signer.der();
        let (x, y) = der[der.len() - 2 * bytes..].split_at(bytes);
        let (x, y) = (encode(x), encode(y));
        let jwk = format!(r#"{{"kty":"EC","crv":"{curve}","x":"{x}","y":"{y}"}}"#);
        check_signer(&signer, &jwk, &[signer.algorithm()]);
        let swapped = format!(r#"{{"kty":"EC","crv":"{curve}","x":"{y}","y":"{x}"}}"#);
        assert_eq!(PublicKey::from_jwk(&swapped).unwrap_err(), KeyError::Point);
    }
}

#[test]
fn what_is_no_public_key_is_named() {
    let check = |text: &str, expect: KeyError| {
        assert_eq!(PublicKey::from_bytes(text.as_bytes()).unwrap_err(), expect, "{text}");
    };
    let der = KeyError::Format("the key is not DER of a SubjectPublicKeyInfo");
    let json = KeyError::Format("the key is not JSON of a JSON Web Key");
    check("", der.clone());
    check("ssh-rsa AAAA", der.clone());
    check(&pem("PRIVATE KEY", "AAAA"), KeyError::Private);
    check(&pem("RSA PRIVATE KEY", "AAAA"), KeyError::Private);
    let body = KeyError::Format("the PEM file is not base64");
    check(&pem("PUBLIC KEY", "AA*A"), body);
    check(&pem("PUBLIC KEY", "AAAA"), der);
    let begin = KeyError::Format("a PEM file begins with -----BEGIN PUBLIC KEY-----");
    check(&pem("CERTIFICATE", "AAAA"), begin);
    let end = KeyError::Format("a PEM file ends with -----END PUBLIC KEY-----");
    check("-----BEGIN PUBLIC KEY-----\nAAAA", end);
    check("{", json.clone());
    check("{}", json);
    check(r#"{"kty":"oct","k":"AAAA"}"#, KeyError::Private);
    check(r#"{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}"#, KeyError::Private);
    check(r#"{"kty":"OKP","crv":"Ed25519","x":"AQAB"}"#, KeyError::Kind);
    check(r#"{"kty":"EC","crv":"P-521","x":"AQAB","y":"AQAB"}"#, KeyError::Kind);
    check(r#"{"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"}"#, KeyError::Point);
    check(r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, KeyError::Modulus);
    check(r#"{"kty":"RSA","n":"AQAB","e":"AQAB","alg":"HS256"}"#, KeyError::Kind);
    check(r#"{"kty":"RSA","n":"AQAB"}"#, KeyError::Format("the key lacks one of its numbers"));
    check(
        r#"{"kty":"RSA","n":"AQ==","e":"AQAB"}"#,
        KeyError::Format("a number of the key is not base64url"),
    );
    check(
        r#"{"kty":"RSA","n":"AQAB","e":"AQAB","use":"enc"}"#,
        KeyError::Format("the key's \"use\" is not \"sig\""),
    );
}

#[test]
fn rsa_numbers_have_limits() {
    let modulus = |bytes: usize, first: u8, last: u8| {
        let mut modulus = vec![0xab; bytes];
        modulus[0] = first;
        modulus[bytes - 1] = last;
        encode(modulus)
    };
    let check = |modulus: &str, exponent: &[u8], expect: Result<(), KeyError>| {
        let exponent = encode(exponent);
        let jwk = format!(r#"{{"kty":"RSA","n":"{modulus}","e":"{exponent}"}}"#);
        assert_eq!(PublicKey::from_jwk(&jwk).map(|_| ()), expect, "{exponent}: {modulus}");
    };
    let fine = modulus(256, 0x80, 1);
    check(&fine, &[1, 0, 1], Ok(()));
    check(&fine, &[0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1], Ok(()));
    check(&fine, &[0xff; 4], Ok(()));
    check(&modulus(1024, 0xff, 1), &[1, 0, 1], Ok(()));
    check(&modulus(257, 0, 1), &[1, 0, 1], Ok(()));
    check(&modulus(256, 0x7f, 1), &[1, 0, 1], Err(KeyError::Modulus));
    check(&modulus(256, 0x80, 2), &[1, 0, 1], Err(KeyError::Modulus));
    check(&modulus(1025, 1, 1), &[1, 0, 1], Err(KeyError::Modulus));
    check(&modulus(50_000, 1, 1), &[1, 0, 1], Err(KeyError::Modulus));
    for exponent in [&[][..], &[3], &[0xff, 0xff], &[1, 0, 2], &[1, 0, 0, 0, 1], &[0xff; 40]] {
        check(&fine, exponent, Err(KeyError::Exponent));
    }
}

#[test]
fn a_key_has_no_algorithm_of_another_kind() {
    use Algorithm::{Es256, Es384, Ps256, Ps384};
    let check = |signer: Signer, algorithms: &[Algorithm], foreign: Algorithm| {
        let refused = signer.key().with_algorithms(algorithms).unwrap_err();
        assert_eq!(refused, KeyError::Algorithm(foreign));
    };
    check(Signer::rsa(), &[Ps256, Es256], Es256);
    check(Signer::p256(), &[Es256, Es384], Es384);
    check(Signer::p384(), &[Ps384], Ps384);
}
