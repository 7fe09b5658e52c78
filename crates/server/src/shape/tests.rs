//! Decoding and encoding of one example.

use serde_json::json;

use super::*;

shape! {
    /// A shape with one of each.
    pub struct Example {
        /// Required text.
        name: "Name" => Text,
        /// Limited.
        client_token: "ClientToken" => Option<ClientToken>,
        /// A list.
        items: "Items" => Option<Vec<Item>>,
    }
}

shape! {
    /// An element.
    pub struct Item {
        /// An enum.
        unit: "Unit" => leasehold_core::license::RenewType,
        /// A number.
        max_count: "MaxCount" => Option<i64>,
    }
}

#[test]
fn all_faults_of_a_request_are_told_at_once() {
    let check = |request: Value, expect: &[&str]| {
        let Value::Object(object) = request else { panic!("not an object") };
        let message =
            decode::<Example>(object).map_or_else(|found| found.message(), |_| String::new());
        for part in expect {
            assert!(message.contains(part), "{message} has no {part}");
        }
        assert_eq!(message.is_empty(), expect.is_empty(), "{message}");
    };
    check(json!({"Name": "x", "Unknown": 1, "Items": null}), &[]);
    check(
        json!({"ClientToken": "a b", "Items": [{"Unit": "Daily", "MaxCount": "1"}]}),
        &[
            "4 validation errors detected: ",
            "Value null at 'name' failed to satisfy constraint: Member must not be null",
            "Value 'a b' at 'clientToken' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: \\S+",
            "at 'items.1.member.unit' failed to satisfy constraint: Member must satisfy enum \
             value set: [None, Weekly, Monthly]",
            "Value '1' at 'items.1.member.maxCount'",
        ],
    );
    check(json!({"Name": 5}), &["Value '5' at 'name'", "must be a string"]);
    check(json!({"Name": ""}), &["length greater than or equal to 1"]);
    check(json!({"Name": "x", "Items": {}}), &["must be a list"]);
    check(json!({"Name": "x", "Items": [null]}), &["Value null at 'items.1.member'"]);
    let token = "t".repeat(2_049);
    check(
        json!({"Name": "x", "ClientToken": token}),
        &["1 validation error detected", "ttt…' at", "length less than or equal to 2048"],
    );
}

#[test]
fn answers_leave_out_what_is_absent() {
    let item = Item { unit: leasehold_core::license::RenewType::Weekly, max_count: None };
    assert_eq!(serde_json::to_string(&item).unwrap(), r#"{"Unit":"Weekly"}"#);
}
