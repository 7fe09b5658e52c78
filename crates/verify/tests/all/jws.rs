//! What is done to signed tokens to have others accepted: the cases of Project Wycheproof's JSON
//! Web Signature vectors, made again for each kind of key.

use leasehold_verify::{Algorithm, Malformed, Refusal, verify};

use crate::signer::{CLAIMS, Signer, check, encode, open};

const BASE64: Refusal = Refusal::Malformed(Malformed::Base64);
const HEADER: Refusal = Refusal::Malformed(Malformed::Header);
const PARTS: Refusal = Refusal::Malformed(Malformed::Parts);

#[test]
fn parts_that_were_left_out_added_or_changed() {
    for signer in Signer::each() {
        let token = signer.token(CLAIMS);
        let [header, payload, signature] = parts(&token);
        let other = encode(CLAIMS.replace("10", "99"));
        let flipped = signer.token(CLAIMS);
        let [_, _, other_signature] = parts(&flipped);
        let check = |token: &str, expect: &Refusal| {
            assert_eq!(open(token, &signer).as_ref(), Err(expect), "{token}");
        };
        assert!(open(&token, &signer).is_ok());
        // PSS and ECDSA are never the same twice, and each time right.
        assert!(open(&format!("{header}.{payload}.{other_signature}"), &signer).is_ok());
        check(&format!("{header}.{other}.{signature}"), &Refusal::Signature);
        check(&format!("{header}.{payload}."), &Refusal::Signature);
        check(&format!("{header}.{payload}.{}", &signature[..8]), &Refusal::Signature);
        check(&format!("{header}.{payload}.{signature}AAAA"), &Refusal::Signature);
        check(&format!("{header}.{payload}.AAAA{signature}"), &Refusal::Signature);
        check(&format!("{header}..{signature}"), &Refusal::Signature);
        check(&format!(".{payload}.{signature}"), &HEADER);
        check(&format!("{header}.{payload}"), &PARTS);
        check(&format!("{payload}.{signature}"), &PARTS);
        check(payload, &PARTS);
        check("", &PARTS);
        check(&format!(".{payload}."), &HEADER);
        check("..", &HEADER);
        check("...", &PARTS);
        check(&format!("{token}."), &PARTS);
        check(&format!("{token}.AAAA"), &PARTS);
        check(&format!(".{token}"), &PARTS);
        let json = format!(
            r#"{{"payload":"{payload}","protected":"{header}","signature":"{signature}"}}"#
        );
        check(&json, &PARTS);
    }
}

#[test]
fn base64_has_one_form() {
    let signer = Signer::rsa();
    let token = signer.token(CLAIMS);
    let [header, payload, signature] = parts(&token);
    let check = |token: String| assert_eq!(open(&token, &signer), Err(BASE64), "{token}");
    check(format!("{header}.{payload}.{signature}=="));
    check(format!("{header}.{payload}.{signature}\n"));
    check(format!(" {token}"));
    check(format!("{header}.{payload}.{signature} "));
    check(format!("{header}.{payload}.\u{e9}{signature}"));
    check(format!("{header}.{payload}.{signature}AAA"));
    // The last character of 256 bytes has four bits to spare.
    let last = signature.chars().next_back().unwrap();
    let spare = char::from(u8::try_from(last).unwrap() + 1);
    check(format!("{header}.{payload}.{}{spare}", &signature[..signature.len() - 1]));
}

#[test]
fn a_signature_has_the_length_of_its_key() {
    // A number keeps its value without its leading zero, but then it is another text.
    let signer = Signer::rsa();
    let key = signer.key().with_algorithms(&[Algorithm::Rs256]).unwrap();
    let (message, signature) = (0_u32..)
        .map(|number| number.to_be_bytes())
        .map(|message| (message, signer.sign(Algorithm::Rs256, &message)))
        .find(|(_, signature)| signature[0] == 0)
        .unwrap();
    let has_signed = |signature: &[u8]| key.has_signed(Algorithm::Rs256, &message, signature);
    assert!(has_signed(&signature));
    assert!(!has_signed(&signature[1..]));
    assert!(!has_signed(&[&[0], &*signature].concat()));
}

#[test]
fn headers_that_ask_for_something_else() {
    for signer in Signer::each() {
        let allowed = vec![signer.algorithm()];
        let algorithm =
            |found: &str| Refusal::Algorithm { found: found.to_owned(), allowed: allowed.clone() };
        let check = |header: &str, expect: Result<(), Refusal>| {
            let token = signer.token_with(header, CLAIMS);
            assert_eq!(open(&token, &signer).map(|_| ()), expect, "{header}");
        };
        let name = signer.algorithm().name();
        check(&format!(r#"{{"alg":"{name}"}}"#), Ok(()));
        check(&format!(r#"{{"alg":"{name}","typ":"jwt"}}"#), Ok(()));
        check(&format!(r#"{{"kid":"1","alg":"{name}","jku":"https://example.com/"}}"#), Ok(()));
        for other in ["none", "None", "", "HS256", "HS384", "ES512", "EdDSA", "ps384", "RSA"] {
            check(&format!(r#"{{"alg":"{other}"}}"#), Err(algorithm(other)));
        }
        for other in Algorithm::ALL.into_iter().filter(|other| !allowed.contains(other)) {
            check(&format!(r#"{{"alg":"{other}"}}"#), Err(algorithm(other.name())));
        }
        let long = "N".repeat(1_000);
        check(&format!(r#"{{"alg":"{long}"}}"#), Err(algorithm(&long[..16])));
        for malformed in [
            "{}",
            "",
            "null",
            "[]",
            r#"{"alg":null}"#,
            r#"{"alg":["PS384"]}"#,
            r#"{"alg":1}"#,
            &format!(r#"{{"alg":"none","alg":"{name}"}}"#),
            &format!(r#"{{"alg":"{name}","alg":"{name}"}}"#),
            &format!(r#"{{"alg":"{name}"}} {{}}"#),
            &format!(r#"{{"alg":"{name}",}}"#),
            &format!(r#"{{"alg":"{name}","typ":1}}"#),
        ] {
            check(malformed, Err(HEADER));
        }
        let typ = Err(Refusal::Malformed(Malformed::Type));
        check(&format!(r#"{{"alg":"{name}","typ":"at+jwt"}}"#), typ);
        for critical in [r#"["b64"]"#, r#"["exp"]"#, "[]", "null"] {
            let header = format!(r#"{{"alg":"{name}","b64":false,"crit":{critical}}}"#);
            check(&header, Err(Refusal::Malformed(Malformed::Critical)));
        }
    }
}

#[test]
fn a_public_key_is_no_shared_secret() {
    // The classic confusion: HMAC with the bytes of the public key.
    use aws_lc_rs::hmac;
    for signer in Signer::each() {
        let message = format!("{}.{}", encode(r#"{"alg":"HS256"}"#), encode(CLAIMS));
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &signer.der());
        let mac = hmac::sign(&secret, message.as_bytes());
        let refused = open(&format!("{message}.{}", encode(mac)), &signer).unwrap_err();
        assert!(matches!(refused, Refusal::Algorithm { .. }), "{refused}");
    }
}

#[test]
fn a_key_in_the_token_is_not_used() {
    let (issuer, attacker) = (Signer::p256(), Signer::p256());
    let der = attacker.der();
    let (x, y) = der[der.len() - 64..].split_at(32);
    let jwk = format!(r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}"#, encode(x), encode(y));
    let token = attacker.token_with(&format!(r#"{{"alg":"ES256","jwk":{jwk}}}"#), CLAIMS);
    assert!(open(&token, &attacker).is_ok());
    assert_eq!(open(&token, &issuer), Err(Refusal::Signature));
}

#[test]
fn an_rsa_key_has_the_algorithms_that_its_caller_says() {
    use Algorithm::{Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
    let signer = Signer::rsa();
    let all = [Ps256, Ps384, Ps512, Rs256, Rs384, Rs512];
    for signed in all {
        let message = format!("{}.{}", encode(format!(r#"{{"alg":"{signed}"}}"#)), encode(CLAIMS));
        let token = format!("{message}.{}", encode(signer.sign(signed, message.as_bytes())));
        for allowed in all {
            let key = signer.key().with_algorithms(&[allowed]).unwrap();
            assert_eq!(verify(&token, &key, &check()).is_ok(), signed == allowed);
        }
        let any = signer.key().with_algorithms(&all).unwrap();
        assert!(verify(&token, &any, &check()).is_ok());
        let none = signer.key().with_algorithms(&[]).unwrap();
        assert!(verify(&token, &none, &check()).is_err());
        // J1: PS384 unless somebody says otherwise.
        assert_eq!(open(&token, &signer).is_ok(), signed == Ps384);
        // The right key, the algorithm of the header, and another one's signature.
        for other in all.into_iter().filter(|other| *other != signed) {
            let token = format!("{message}.{}", encode(signer.sign(other, message.as_bytes())));
            assert_eq!(verify(&token, &any, &check()), Err(Refusal::Signature));
        }
    }
}

fn parts(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().unwrap()
}
