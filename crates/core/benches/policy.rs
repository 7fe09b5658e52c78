//! What an evaluation costs: `cargo bench --package leasehold-core --bench policy`.
//!
//! Ten policies of the sorts that people attach, and requests that the first of them allows, that
//! only the last one allows, that none does, and that one denies. Every figure is the best of
//! several rounds: what else runs on the machine only ever adds.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a program for a person at a terminal that measures time"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use leasehold_core::iam::{
    Action, Attached, Context, Kind, Policies, Policy, Principal, Request, evaluate,
};

const ROUNDS: u32 = 20;
const EVALUATIONS: u32 = 20_000;
const LICENSE: &str = "arn:aws:license-manager::111122223333:license:l-0123456789abcdef0123";

/// Ten policies, in the order that they are attached in.
const ATTACHED: [&str; 10] = [
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[
      "license-manager:CheckoutLicense","license-manager:CheckInLicense",
      "license-manager:ExtendLicenseConsumption","license-manager:GetLicense"]}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[
      "license-manager:CreateLicense","license-manager:CreateLicenseVersion",
      "license-manager:ListLicenses","license-manager:ListLicenseVersions",
      "license-manager:GetLicense","license-manager:DeleteLicense",
      "license-manager:CheckoutLicense","license-manager:CheckInLicense",
      "license-manager:ExtendLicenseConsumption","license-manager:GetLicenseUsage",
      "license-manager:CreateGrant","license-manager:CreateGrantVersion",
      "license-manager:DeleteGrant","license-manager:GetGrant",
      "license-manager:ListDistributedGrants"]}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"TlsOnly","Effect":"Deny","Action":"*",
      "Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"Office","Effect":"Deny","Action":"*",
      "Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":
      ["10.0.0.0/8","192.0.2.0/24","2001:db8::/32"]}}}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*",
      "sts:Get*"],"Resource":"*"},{"Effect":"Allow","Action":"iam:*AccessKey*",
      "Resource":"arn:aws:iam::*:user/${aws:username}"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"OwnTeam","Effect":"Allow",
      "Action":"license-manager:*","Resource":"arn:aws:license-manager::111122223333:license:*",
      "Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"NoDeletes","Effect":"Deny",
      "Action":["license-manager:Delete*","iam:Delete*","kms:ScheduleKeyDeletion"],
      "Resource":"*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:Sign",
      "kms:GetPublicKey","kms:DescribeKey"],"Resource":"arn:aws:kms:*:111122223333:key/*"},
      {"Effect":"Allow","Action":"aws-marketplace:*","Resource":"*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","sts:*",
      "organizations:*","license-manager:*"],"Resource":"*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"ThisYear","Effect":"Allow",
      "Action":["license-manager:TagResource","license-manager:UntagResource"],"Resource":"*",
      "Condition":{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"},
      "ForAllValues:StringLike":{"aws:TagKeys":["team","cost-*"]}}}]}"#,
];

fn main() {
    let attached: Vec<_> =
        ATTACHED.iter().enumerate().map(|(index, text)| attach(index, text)).collect();
    let tags = |value: &str| vec![("team".to_owned(), value.to_owned())];
    let (own, other) = (tags("red"), tags("blue"));
    let alice = Principal::User {
        account: "111122223333",
        arn: "arn:aws:iam::111122223333:user/alice",
        id: "AIDAEXAMPLEUSER00001",
        name: "alice",
        tags: &own,
    };
    let context = Context {
        now_ms: 1_700_000_000_000,
        source_ip: Some("10.1.2.3".parse().unwrap()),
        is_secure: true,
        region: Some("us-east-1"),
        request_tags: &other,
        resource_tags: &own,
        ..Context::default()
    };
    let cases = [
        ("allowed by the 1st", "CheckoutLicense", "*"),
        ("allowed by the 6th, by a tag", "GetGrant", LICENSE),
        ("allowed by the 6th, by a tag (b)", "ListTagsForResource", LICENSE),
        ("allowed by the 10th", "TagResource", "*"),
        ("allowed by none", "AcceptGrant", "*"),
        ("denied by the 7th", "DeleteLicense", LICENSE),
    ];
    for (name, action, resource) in cases {
        let action = Action::new("license-manager", action);
        let request = Request { principal: &alice, action: &action, resource, context: &context };
        let policies = Policies { identity: &attached, ..Policies::default() };
        let best = best_of(|| evaluate(black_box(&request), black_box(&policies)).is_allowed());
        println!("{name:36} {best:6.0} ns  {:?}", evaluate(&request, &policies).is_allowed());
    }
    println!("{:36} {:6.0} ns", "the most hostile policy", hostile());
    let text = ATTACHED[1];
    let best = best_of(|| Policy::parse(Kind::Identity, black_box(text)).is_ok());
    println!("{:36} {best:6.0} ns", "compiling the seller's policy");
}

/// As many question marks as a policy may have, behind a `*`, and a text that almost matches at
/// each of its characters.
fn hostile() -> f64 {
    let values = vec![format!("\"*{}b*\"", "a?".repeat(25)); 2].join(",");
    let document = format!(
        r#"{{"Statement":{{"Effect":"Deny","Action":"*","Resource":"*",
            "Condition":{{"StringLike":{{"aws:UserAgent":[{values}]}}}}}}}}"#
    );
    let attached = [attach(0, &document)];
    let text = "a".repeat(2_048);
    let context = Context { user_agent: Some(&text), ..Context::default() };
    let account = "111122223333";
    let principal = Principal::Root { account, arn: "arn:aws:iam::111122223333:root" };
    let action = Action::new("kms", "Sign");
    let request =
        Request { principal: &principal, action: &action, resource: "*", context: &context };
    let policies = Policies { identity: &attached, ..Policies::default() };
    let begin = Instant::now();
    let rounds = 100;
    for _ in 0..rounds {
        assert!(evaluate(black_box(&request), black_box(&policies)).is_allowed());
    }
    begin.elapsed().as_secs_f64() * 1e9 / f64::from(rounds)
}

fn attach(index: usize, text: &str) -> Attached {
    let policy = Policy::parse(Kind::Identity, text).unwrap();
    Attached { name: format!("policy-{index}").into(), policy: Arc::new(policy) }
}

/// Nanoseconds of one call, in the quickest round.
fn best_of(call: impl Fn() -> bool) -> f64 {
    let round = |_| {
        let begin = Instant::now();
        for _ in 0..EVALUATIONS {
            black_box(call());
        }
        begin.elapsed().as_secs_f64() * 1e9 / f64::from(EVALUATIONS)
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}
