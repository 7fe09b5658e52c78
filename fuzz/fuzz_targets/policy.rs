//! Documents of policies, and requests that are judged by those that are accepted.
//!
//! The first three lines are a resource, an action and a value; the rest is the document.

#![no_main]

use std::sync::Arc;

use leasehold_core::iam::{
    Action, Attached, Context, Decision, Kind, OfResource, Policies, Policy, Principal, Request,
    Value, Values, evaluate,
};
use libfuzzer_sys::fuzz_target;

const ACCOUNT: &str = "111122223333";

fuzz_target!(|input: &str| {
    let mut lines = input.splitn(4, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (resource, action, value, document) = (line(), line(), line(), line());
    let action = Action::parse(action).unwrap_or_else(|| Action::new("kms", "Sign"));
    for kind in [Kind::Identity, Kind::Trust, Kind::Key, Kind::Resource] {
        match Policy::parse(kind, document) {
            Ok(policy) => judge(policy, &action, resource, value),
            Err(fault) => assert!(fault.to_string().len() < 10_000),
        }
    }
});

/// Asks everybody's leave, and what must hold of every answer.
fn judge(policy: Policy, action: &Action, resource: &str, value: &str) {
    let of_resource = policy.kind() != Kind::Identity;
    let attached = Attached { name: "fuzzed".into(), policy: Arc::new(policy) };
    let own = Attached { name: "all".into(), policy: Arc::new(everything("Allow")) };
    let nothing = Attached { name: "none".into(), policy: Arc::new(everything("Deny")) };
    let tags = [(value.to_owned(), value.to_owned())];
    let one = [Value::Text(value)];
    let more = [("t:k", Values::One(Value::Text(value))), ("t:m", Values::Many(&one))];
    let context = Context { more: &more, request_tags: &tags, ..Context::default() };
    for principal in principals(value, &tags) {
        let request = Request { principal: &principal, action, resource, context: &context };
        let identity = [if of_resource { own.clone() } else { attached.clone() }];
        let resource = of_resource.then_some(OfResource { account: ACCOUNT, attached: &attached });
        let policies = Policies { identity: &identity, resource, ..Policies::default() };
        let decision = evaluate(&request, &policies);
        if matches!(decision, Decision::Root) {
            assert!(matches!(principal, Principal::Root { .. }));
        }
        assert_eq!(decision.is_allowed(), decision.reason(action).is_empty());
        let denied = Policies { boundary: Some(&nothing), ..policies };
        assert!(!evaluate(&request, &denied).is_allowed());
    }
}

fn everything(effect: &str) -> Policy {
    let document =
        format!(r#"{{"Statement":{{"Effect":"{effect}","Action":"*","Resource":"*"}}}}"#);
    Policy::parse(Kind::Identity, &document).expect("a policy")
}

fn principals<'a>(value: &'a str, tags: &'a [(String, String)]) -> [Principal<'a>; 5] {
    [
        Principal::Root { account: ACCOUNT, arn: "arn:aws:iam::111122223333:root" },
        Principal::User {
            account: ACCOUNT,
            arn: "arn:aws:iam::111122223333:user/alice",
            id: "AIDAEXAMPLEUSER00001",
            name: value,
            tags,
        },
        Principal::Session {
            account: "444455556666",
            arn: "arn:aws:sts::444455556666:assumed-role/Clerk/desk",
            id: "AROAEXAMPLEROLE00001:desk",
            role_arn: "arn:aws:iam::444455556666:role/Clerk",
            tags,
        },
        Principal::Federated { provider: value },
        Principal::Anonymous,
    ]
}
