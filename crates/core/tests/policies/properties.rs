//! What holds for all policies and requests, with what proptest draws from a small world: few
//! names, so that statements and requests often meet.

use std::sync::Arc;

use leasehold_core::iam::{
    Action, Attached, Context, Kind, OfResource, Policies, Policy, Principal, Request,
    Value as Found, Values, evaluate,
};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

const ALICE: Principal<'_> = Principal::User {
    account: "111122223333",
    arn: "arn:aws:iam::111122223333:user/alice",
    id: "AIDAEXAMPLEUSER00001",
    name: "alice",
    tags: &[],
};
const CLERK: Principal<'_> = Principal::Session {
    account: "111122223333",
    arn: "arn:aws:sts::111122223333:assumed-role/Clerk/desk",
    id: "AROAEXAMPLEROLE00001:desk",
    role_arn: "arn:aws:iam::111122223333:role/Clerk",
    tags: &[],
};
const EVE: Principal<'_> = Principal::User {
    account: "444455556666",
    arn: "arn:aws:iam::444455556666:user/eve",
    id: "AIDAEXAMPLEUSER00002",
    name: "eve",
    tags: &[],
};
const ROOT: Principal<'_> =
    Principal::Root { account: "111122223333", arn: "arn:aws:iam::111122223333:root" };
const PRINCIPALS: [Principal<'_>; 5] = [ALICE, CLERK, EVE, ROOT, Principal::Anonymous];
const ACTIONS: [&str; 3] = ["kms:Sign", "kms:Verify", "iam:GetUser"];
const RESOURCES: [&str; 3] = ["*", "arn:aws:kms::111122223333:key/1", "arn:aws:iam::1:user/alice"];

/// A request and the statements about it, group by group.
#[derive(Clone, Debug)]
struct World {
    principal: Principal<'static>,
    action: &'static str,
    resource: &'static str,
    value: Option<&'static str>,
    groups: [Option<Vec<Value>>; 4],
    kind: Kind,
}

/// The places of `World::groups`.
const IDENTITY: usize = 0;
const BOUNDARY: usize = 1;
const SESSION: usize = 2;
const OWNER: usize = 3;

fn statement(effects: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let actions = ["*", "kms:*", "kms:Sign", "kms:?erify", "iam:Get*"];
    let action = (select(vec!["Action", "NotAction"]), select(actions.to_vec()));
    let resources = ["*", "arn:aws:kms:*", "arn:aws:iam::*:user/${aws:username}"];
    let resource = (select(vec!["Resource", "NotResource"]), select(resources.to_vec()));
    let operators =
        ["StringEquals", "StringNotEqualsIfExists", "ForAllValues:StringLike", "ForAnyValue:Bool"];
    let values = select(vec!["true", "x", "${aws:username}"]);
    let condition = proptest::option::of((select(operators.to_vec()), values));
    (select(effects), action, resource, condition).prop_map(
        |(effect, action, resource, condition)| {
            let mut statement =
                json!({ "Effect": effect, action.0: action.1, resource.0: resource.1 });
            if let Some((operator, value)) = condition {
                let value = if operator.ends_with("Bool") { "true" } else { value };
                statement["Condition"] = json!({ operator: { "t:k": value } });
            }
            statement
        },
    )
}

fn named(effects: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let names = [
        "*",
        "111122223333",
        "444455556666",
        "arn:aws:iam::111122223333:user/alice",
        "arn:aws:iam::111122223333:role/Clerk",
        "arn:aws:sts::111122223333:assumed-role/Clerk/desk",
    ];
    (statement(effects), select(names.to_vec())).prop_map(|(mut statement, name)| {
        statement["Principal"] = json!({ "AWS": name });
        statement
    })
}

const BOTH: &[&str] = &["Allow", "Allow", "Deny"];

fn world() -> impl Strategy<Value = World> {
    let own = || prop::collection::vec(statement(BOTH), 1..4);
    let limits = (proptest::option::of(own()), proptest::option::of(own()));
    let owner = proptest::option::of(prop::collection::vec(named(BOTH), 1..4));
    let asked = (select(PRINCIPALS.to_vec()), select(ACTIONS.to_vec()), select(RESOURCES.to_vec()));
    let value = proptest::option::of(select(vec!["true", "x", "alice"]));
    let kind = select(vec![Kind::Resource, Kind::Key]);
    (asked, value, proptest::option::of(own()), limits, owner, kind).prop_map(
        |((principal, action, resource), value, identity, (boundary, session), owner, kind)| {
            World {
                principal,
                action,
                resource,
                value,
                groups: [identity, boundary, session, owner],
                kind,
            }
        },
    )
}

impl World {
    fn is_allowed(&self) -> bool {
        let action = Action::parse(self.action).unwrap();
        let more: Vec<_> =
            self.value.iter().map(|value| ("t:k", Values::One(Found::Text(value)))).collect();
        let context = Context { more: &more, ..Context::default() };
        let request = Request {
            principal: &self.principal,
            action: &action,
            resource: self.resource,
            context: &context,
        };
        let groups = [IDENTITY, BOUNDARY, SESSION, OWNER].map(|group| self.attach(group));
        let one = |group: usize| groups[group].as_ref().map(std::slice::from_ref);
        let policies = Policies {
            identity: one(IDENTITY).unwrap_or_default(),
            boundary: groups[BOUNDARY].as_ref(),
            session: one(SESSION),
            resource: groups[OWNER]
                .as_ref()
                .map(|attached| OfResource { account: "111122223333", attached }),
        };
        evaluate(&request, &policies).is_allowed()
    }

    fn attach(&self, group: usize) -> Option<Attached> {
        let statements = self.groups[group].as_ref()?;
        let kind = if group == OWNER { self.kind } else { Kind::Identity };
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        let policy = Policy::parse(kind, &document.to_string()).unwrap();
        Some(Attached { name: "p".into(), policy: Arc::new(policy) })
    }

    /// The same with one more statement in a policy, if it is there.
    fn with(&self, group: usize, own: &Value, of_owner: &Value) -> Self {
        let mut world = self.clone();
        if let Some(statements) = &mut world.groups[group] {
            statements.push(if group == OWNER { of_owner.clone() } else { own.clone() });
        }
        world
    }
}

/// JSON that looks more or less like a policy.
fn near_policy() -> impl Strategy<Value = Value> {
    let words = [
        "*",
        "Allow",
        "Deny",
        "2012-10-17",
        "kms:*",
        "iam:Get*",
        "arn:aws:iam::1:user/${aws:username}",
        "${",
        "${a:b, 'c'}",
        "111122223333",
        "true",
        "10.0.0.0/8",
        "2024-01-01",
        "5",
        "AA==",
        "",
    ];
    let names = [
        "Version",
        "Statement",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
        "Sid",
        "Id",
        "AWS",
        "Federated",
        "StringLike",
        "NumericLessThan",
        "DateEquals",
        "IpAddress",
        "ArnLike",
        "Null",
        "BinaryEquals",
        "ForAllValues:StringEqualsIgnoreCase",
        "aws:SourceIp",
        "aws:username",
        "x",
    ];
    let leaf = prop_oneof![
        8 => select(words.to_vec()).prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(5, 60, 5, move |inner| {
        let members = prop::collection::btree_map(select(names.to_vec()), inner.clone(), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| json!(members)),
        ]
    })
}

/// Compiles a document as every kind of policy; what is accepted has to give every request an
/// answer.
fn parse_all(document: &str) {
    let action = Action::new("kms", "Sign");
    let context = Context::default();
    for kind in [Kind::Identity, Kind::Trust, Kind::Key, Kind::Resource] {
        let policy = match Policy::parse(kind, document) {
            Ok(policy) => Arc::new(policy),
            Err(fault) => {
                assert!(!fault.to_string().is_empty());
                continue;
            }
        };
        let attached = Attached { name: "p".into(), policy };
        for (principal, resource) in PRINCIPALS.iter().zip(RESOURCES.iter().cycle()) {
            let request = Request { principal, action: &action, resource, context: &context };
            let account = "111122223333";
            let of_resource = OfResource { account, attached: &attached };
            let policies = Policies { resource: Some(of_resource), ..Policies::default() };
            evaluate(&request, &policies);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_deny_more_never_allows_more(
        world in world(),
        group in 0..4_usize,
        own in statement(&["Deny"]),
        of_owner in named(&["Deny"]),
    ) {
        let wider = world.with(group, &own, &of_owner);
        prop_assert!(world.is_allowed() || !wider.is_allowed());
    }

    #[test]
    fn an_allow_more_never_allows_less(
        world in world(),
        group in 0..4_usize,
        own in statement(&["Allow"]),
        of_owner in named(&["Allow"]),
    ) {
        let wider = world.with(group, &own, &of_owner);
        prop_assert!(!world.is_allowed() || wider.is_allowed());
    }

    #[test]
    fn the_order_of_statements_does_not_matter(world in world()) {
        let mut reversed = world.clone();
        reversed.groups.iter_mut().flatten().for_each(|statements| statements.reverse());
        prop_assert_eq!(world.is_allowed(), reversed.is_allowed());
    }

    #[test]
    fn boundaries_and_sessions_never_allow_more(world in world(), group in BOUNDARY..=SESSION) {
        let mut unlimited = world.clone();
        unlimited.groups[group] = None;
        prop_assert!(!world.is_allowed() || unlimited.is_allowed());
    }

    #[test]
    fn a_document_may_be_anything(document in near_policy(), text in any::<String>()) {
        parse_all(&document.to_string());
        let mut statement = json!({ "Effect": "Deny", "Action": "*", "Resource": "*" });
        for name in ["Condition", "Resource", "Principal", "Action", "Sid"] {
            let whole = statement.clone();
            statement[name] = document.clone();
            parse_all(&json!({ "Version": "2012-10-17", "Statement": statement }).to_string());
            statement = whole;
        }
        parse_all(&text);
    }
}
