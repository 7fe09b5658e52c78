//! The corpus of policy cases in `policies/*.json`: each request, with the policies about it, gets
//! the decision that its case expects, by the statement that it expects.
//!
//! A file holds `policies` by name, what all its cases are `given`, and `cases`; or `rows` of a
//! condition, a context, whether it holds and what else is given, each tried in a statement that
//! allows and in one that denies; or `faults`, documents that are refused.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken case is a failed test"
)]

#[path = "policies/case.rs"]
mod case;
#[path = "policies/properties.rs"]
mod properties;

use case::{Case, documents};
use leasehold_core::iam::Policy;
use serde_json::{Value, json};

/// So many there are at the least: a file that is lost is noticed.
const CASES_MIN: usize = 600;

#[test]
fn every_case_is_decided_as_expected() {
    let mut failures = Vec::new();
    for (file, document) in documents() {
        for case in cases(&document) {
            let (expected, decided) = (case["expect"].as_str().unwrap(), Case::new(&case).decide());
            if decided != expected {
                let name = case["case"].as_str().unwrap_or_default();
                failures.push(format!("{file}: {name}\n  expected {expected}\n  got {decided}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_corpus_is_whole() {
    let count = |list: &Value| list.as_array().map_or(0, Vec::len);
    let counts = documents().into_iter().map(|(_, document)| {
        assert!(document["about"].is_string());
        count(&document["cases"]) + count(&document["rows"])
    });
    let all: usize = counts.sum();
    assert!(all >= CASES_MIN, "{all} cases");
}

#[test]
fn every_row_holds_as_expected_in_both_effects() {
    let mut failures = Vec::new();
    for (file, document) in documents() {
        for row in document["rows"].as_array().into_iter().flatten() {
            let holds = row[2].as_bool().unwrap();
            for effect in ["Allow", "Deny"] {
                let expected = match (effect, holds) {
                    ("Allow", true) => "allowed by identity p#0",
                    ("Allow", false) => "not allowed by identity",
                    (_, true) => "denied by identity p#0",
                    (_, false) => "allowed by identity all#0",
                };
                let case = row_case(&document, effect, row);
                let decided = Case::new(&case).decide();
                if decided != expected {
                    failures.push(format!("{file}: {row}\n  expected {expected}\n  got {decided}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_fault_is_told() {
    let mut failures = Vec::new();
    for (file, document) in documents() {
        for fault in document["faults"].as_array().into_iter().flatten() {
            let kind = case::kind(fault["kind"].as_str().unwrap_or("identity"));
            let text = match &fault["policy"] {
                Value::String(text) => text.clone(),
                policy => policy.to_string(),
            };
            let told = Policy::parse(kind, &text).err().map(|fault| fault.to_string());
            if told.as_deref() != fault["fault"].as_str() {
                failures.push(format!("{file}: {fault}\n  got {told:?}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The cases of a file, each with what all are given.
fn cases(document: &Value) -> Vec<Value> {
    let cases = document["cases"].as_array().into_iter().flatten();
    cases.map(|case| merged(document, case.clone())).collect()
}

fn merged(document: &Value, mut case: Value) -> Value {
    for (name, value) in document["given"].as_object().into_iter().flatten() {
        let case = case.as_object_mut().unwrap();
        case.entry(name.clone()).or_insert_with(|| value.clone());
    }
    case["policies"] = document["policies"].clone();
    case
}

fn row_case(document: &Value, effect: &str, row: &Value) -> Value {
    let statement = |effect: &str, condition: &Value| {
        json!({
            "Effect": effect,
            "Action": "*",
            "Resource": "*",
            "Condition": condition,
        })
    };
    let mut case = merged(document, row.get(3).cloned().unwrap_or(json!({})));
    case["context"] = row[1].clone();
    case["identity"] = if effect == "Deny" { json!(["p", "all"]) } else { json!(["p"]) };
    case["policies"] = json!({
        "p": statement(effect, &row[0]),
        "all": statement("Allow", &json!({})),
    });
    case
}
