//! What a license says, and what it must say to be used here and now.

use leasehold_verify::{Check, DRIFT_MAX_MS, Refusal, Shortfall, TOKEN_BYTES_MAX, Wanted, verify};

use crate::signer::{CLAIMS, EXPIRES_MS, ISSUED_MS, Signer, check, open};

#[test]
fn j2_a_license_is_what_was_signed() {
    for signer in Signer::each() {
        let license = open(&signer.token(CLAIMS), &signer).unwrap();
        assert!(license.license_arn.ends_with(":license:l-bc39444470c642ae9ead0eabe8465bb1"));
        assert_eq!(license.consumption_token, "0cd7b2bc7c674573a669bea8f5b75f2d");
        assert_eq!(license.node_id.as_deref(), Some("MyNodeId"));
        assert_eq!((license.issued_at_ms, license.expires_at_ms), (ISSUED_MS, EXPIRES_MS));
        assert_eq!(license.checkout_metadata["machine"], "press 4");
        assert_eq!(license.entitlement("Users").unwrap().units(), Some(10));
        let edition = license.entitlement("Edition").unwrap();
        assert_eq!((edition.units(), edition.value.as_deref()), (None, Some("Gold")));
        assert_eq!(license.entitlement("Export").unwrap().value, None);
        assert_eq!(license.entitlement("users"), None);
    }
}

#[test]
fn a_license_is_of_its_time() {
    let signer = Signer::p256();
    let (token, key) = (signer.token(CLAIMS), signer.key());
    let at = |now_ms| verify(&token, &key, &Check { now_ms, ..check() }).err();
    let early = Some(Refusal::NotYetIssued { issued_at_ms: ISSUED_MS });
    let late = Some(Refusal::Expired { expired_at_ms: EXPIRES_MS });
    assert_eq!(at(i64::MIN), early);
    assert_eq!(at(ISSUED_MS - DRIFT_MAX_MS - 1), early);
    assert_eq!(at(ISSUED_MS - DRIFT_MAX_MS), None);
    assert_eq!(at(EXPIRES_MS - 1), None);
    assert_eq!(at(EXPIRES_MS), late);
    assert_eq!(at(i64::MAX), late);
}

#[test]
fn a_license_is_for_one_node() {
    let signer = Signer::p256();
    let anywhere = CLAIMS.replace(r#""nodeId": "MyNodeId","#, "");
    let (bound, anywhere) = (signer.token(CLAIMS), signer.token(&anywhere));
    let on = |token, node_id| verify(token, &signer.key(), &Check { node_id, ..check() }).err();
    let refused = |licensed: Option<&str>, asked: Option<&str>| {
        let [licensed, asked] = [licensed, asked].map(|node| node.map(str::to_owned));
        Some(Refusal::Node { licensed, asked })
    };
    assert_eq!(on(&bound, Some("MyNodeId")), None);
    assert_eq!(on(&bound, Some("mynodeid")), refused(Some("MyNodeId"), Some("mynodeid")));
    assert_eq!(on(&bound, None), refused(Some("MyNodeId"), None));
    assert_eq!(on(&anywhere, None), None);
    assert_eq!(on(&anywhere, Some("MyNodeId")), refused(None, Some("MyNodeId")));
}

#[test]
fn a_license_allows_all_that_is_wanted() {
    let signer = Signer::p256();
    let (token, key) = (signer.token(CLAIMS), signer.key());
    let check_wanted = |name, value, expect: Option<Shortfall>| {
        let wanted = [Wanted { name: "Export", value: None }, Wanted { name, value }];
        let refused = verify(&token, &key, &Check { wanted: &wanted, ..check() }).err();
        let expect = expect.map(|shortfall| Refusal::Entitlement { name: name.into(), shortfall });
        assert_eq!(refused, expect, "{name} {value:?}");
    };
    let value = |allowed: Option<&str>| Shortfall::Value { allowed: allowed.map(str::to_owned) };
    check_wanted("Users", None, None);
    check_wanted("Users", Some("0"), None);
    check_wanted("Users", Some("10"), None);
    check_wanted("Users", Some("11"), Some(Shortfall::Units { allowed: 10, wanted: 11 }));
    for no_number in ["", "-1", "+1", "1.0", "1e3", "Gold", "18446744073709551616"] {
        check_wanted("Users", Some(no_number), Some(Shortfall::NotANumber));
    }
    check_wanted("Edition", None, None);
    check_wanted("Edition", Some("Gold"), None);
    check_wanted("Edition", Some("gold"), Some(value(Some("Gold"))));
    check_wanted("Export", Some("Enabled"), Some(value(None)));
    check_wanted("Import", None, Some(Shortfall::Missing));
}

#[test]
fn claims_that_are_no_license_are_refused() {
    let signer = Signer::p256();
    let check_payload = |payload: &str, says: &str| match open(&signer.token(payload), &signer) {
        Err(Refusal::Claims { what }) => assert!(what.contains(says), "{what}: {payload}"),
        other => panic!("{other:?}: {payload}"),
    };
    let check_change = |from: &str, to: &str, says: &str| {
        assert!(CLAIMS.contains(from), "{from}");
        check_payload(&CLAIMS.replace(from, to), says);
    };
    check_payload("", "EOF");
    check_payload("[]", "");
    check_payload("{}", "licenseArn");
    check_payload(&format!("{CLAIMS} {{}}"), "trailing");
    check_change(r#""licenseConsumptionToken""#, r#""token""#, "licenseConsumptionToken");
    check_change(r#""licenseArn""#, r#""licenseArn": "other", "licenseArn""#, "duplicate");
    check_change(r#""value": "10""#, r#""value": 10"#, "string");
    check_change(r#""value": "10""#, r#""value": "ten""#, "\"Users\"");
    check_change(r#""value": "10", "#, "", "\"Users\"");
    check_change(r#""name": "Export""#, r#""name": "Users""#, "twice");
    check_change("2021-04-13T05:35:47", "2021-04-13T05:35:47Z", "issuedAt");
    check_change("2021-04-14T05:35:47", "1618378547", "expiration");
    check_change(r#""expiration": "2021-04-14T05:35:47","#, "", "expiration");
    check_payload(&"[".repeat(10_000), "");
}

#[test]
fn claims_of_a_newer_server_are_left_unread() {
    let signer = Signer::p256();
    let newer = CLAIMS.replacen('{', r#"{"pool": {"deep": [1, 2.5, null]}, "#, 1);
    assert_eq!(open(&signer.token(&newer), &signer), open(&signer.token(CLAIMS), &signer));
}

#[test]
fn a_license_has_a_longest_length() {
    let signer = Signer::p256();
    let filled = |length: usize| {
        let filler = format!(r#"{{"filler": "{}","#, "x".repeat(length));
        signer.token(&CLAIMS.replacen('{', &filler, 1))
    };
    let fits = filled(TOKEN_BYTES_MAX / 2);
    assert!(open(&fits, &signer).is_ok());
    let long = filled(TOKEN_BYTES_MAX);
    assert_eq!(open(&long, &signer), Err(Refusal::TooLong { bytes: long.len() }));
}

#[test]
fn refusals_say_what_is_wrong() {
    let check = |refusal: Refusal, expect: &str| assert_eq!(refusal.to_string(), expect);
    check(
        Refusal::Expired { expired_at_ms: EXPIRES_MS },
        "the license expired at 2021-04-14T05:35:47Z",
    );
    check(
        Refusal::NotYetIssued { issued_at_ms: 951_827_696_999 },
        "the license was issued at 2000-02-29T12:34:56Z, the clock is before that",
    );
    check(
        Refusal::Node { licensed: Some("a".into()), asked: None },
        "the license is for node \"a\", no node was given",
    );
    let shortfall = Shortfall::Units { allowed: 10, wanted: 11 };
    check(
        Refusal::Entitlement { name: "Users".into(), shortfall },
        "entitlement \"Users\" allows 10, 11 are wanted",
    );
}
