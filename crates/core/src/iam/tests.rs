//! What the corpus of cases does not say: texts, and what policies tell of themselves.

use std::sync::Arc;

use super::*;

const ALICE: Principal<'_> = Principal::User {
    account: "111122223333",
    arn: "arn:aws:iam::111122223333:user/alice",
    id: "AIDAEXAMPLEUSER00001",
    name: "alice",
    tags: &[],
};

fn attached(statement: &str) -> Attached {
    let document = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
    let policy = Policy::parse(Kind::Identity, &document).unwrap();
    Attached { name: "p".into(), policy: Arc::new(policy) }
}

#[test]
fn a_refusal_says_why_as_w24_does() {
    let action = Action::new("license-manager", "CheckoutLicense");
    let context = Context::default();
    let request = Request { principal: &ALICE, action: &action, resource: "*", context: &context };
    let check = |policies: Policies<'_>, expected: &str| {
        assert_eq!(evaluate(&request, &policies).reason(&action), expected);
    };
    let all = [attached(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#)];
    let none = attached(r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#);
    let deny = attached(r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#);
    let own = Policies { identity: &all, ..Policies::default() };
    let allows = "allows the license-manager:CheckoutLicense action";
    check(own, "");
    check(Policies::default(), &format!("because no identity-based policy {allows}"));
    check(
        Policies { boundary: Some(&none), ..own },
        &format!("because no permissions boundary {allows}"),
    );
    check(Policies { session: Some(&[]), ..own }, &format!("because no session policy {allows}"));
    check(
        Policies { boundary: Some(&deny), ..own },
        "with an explicit deny in a permissions boundary",
    );
    let denied = [deny.clone()];
    check(
        Policies { identity: &denied, ..own },
        "with an explicit deny in an identity-based policy",
    );
}

#[test]
fn policies_tell_the_keys_that_they_ask_for() {
    let plain = attached(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    let tags = attached(
        r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::*:user/${aws:username}",
            "Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"},
            "ArnLike":{"aws:PrincipalArn":"arn:aws:iam::${aws:PrincipalAccount}:role/*"}}}"#,
    );
    let keys: Vec<_> = tags.policy.keys().map(Key::as_str).collect();
    let expected = [
        "aws:ResourceTag/team",
        "aws:PrincipalArn",
        "aws:username",
        "aws:PrincipalTag/team",
        "aws:PrincipalAccount",
    ];
    assert_eq!(keys, expected);
    let reads = |policies: Policies<'_>| policies.reads_resource_tags();
    let (one, two) = ([plain.clone()], [plain.clone(), tags.clone()]);
    let none = Policies { identity: &one, ..Policies::default() };
    assert!(!reads(none));
    assert!(reads(Policies { identity: &two, ..none }));
    assert!(reads(Policies { boundary: Some(&tags), ..none }));
    assert!(reads(Policies { session: Some(&two), ..none }));
    let of_resource = OfResource { account: "111122223333", attached: &tags };
    assert!(reads(Policies { resource: Some(of_resource), ..none }));
}

#[test]
fn a_name_that_is_kept_by_id_is_nobody_elses() {
    let trust = r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":
        {"AWS":["arn:aws:iam::111122223333:user/alice","arn:aws:iam::111122223333:user/bob"]}}}"#;
    let check = |arn: &str, kept: &str, expected: bool| {
        let policy = Policy::parse(Kind::Trust, trust).unwrap();
        let ids = [(arn.to_owned(), kept.to_owned())].into_iter().collect();
        let attached = Attached { name: "p".into(), policy: Arc::new(policy.by_ids(&ids)) };
        let resource = Some(OfResource { account: "111122223333", attached: &attached });
        let request = Request {
            principal: &ALICE,
            action: &Action::new("sts", "AssumeRole"),
            resource: "*",
            context: &Context::default(),
        };
        let decision = evaluate(&request, &Policies { resource, ..Policies::default() });
        assert_eq!(decision.is_allowed(), expected, "{arn} {kept}");
    };
    let (alice, bob) =
        ("arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/bob");
    check(alice, "AIDAEXAMPLEUSER00001", true);
    check(alice, "AIDAEXAMPLEUSER00000", false);
    check(bob, "AIDAEXAMPLEUSER00000", true);
    check("none", "", true);
}

#[test]
fn sizes_do_not_count_white_space() {
    assert_eq!(size(" { \"a\":\n\t\"ö\" } "), 9);
}

#[test]
fn a_document_has_a_limit() {
    let long = " ".repeat(DOCUMENT_BYTES_MAX + 1);
    let fault = Policy::parse(Kind::Identity, &long).unwrap_err();
    assert_eq!(fault.problem, Problem::TooLong { bytes_max: DOCUMENT_BYTES_MAX });
}

#[test]
fn actions_are_read_without_wildcards() {
    assert!(Action::parse("license-manager:GetLicense").is_some());
    for odd in ["GetLicense", "iam:", ":Get", "iam:*", "iam:Get?", "iam:Get User", "*:Get"] {
        assert_eq!(Action::parse(odd), None, "{odd}");
    }
}

#[test]
fn compiled_policies_can_be_shared() {
    fn check<T: Send + Sync>() {}
    check::<Attached>();
}
