//! The query protocol's form of shapes: members flat in a form, as `Tags.member.1.Key`, and answers
//! in XML. The shape says what a text means: the form has no types.

use std::collections::{BTreeMap, BTreeSet};

use leasehold_core::time;
use leasehold_wire::Xml;
use serde_json::{Map, Value};

use super::{Description, MemberDescription};

/// The members of a request as the JSON that the shape decodes. What the shape does not have is
/// passed over; a text that is no number or truth value where one belongs stays a text, for the
/// shape to refuse.
pub fn read(shape: &Description, form: &BTreeMap<String, String>) -> Map<String, Value> {
    structure(members_of(shape), "", form)
}

/// Writes the members of an answer, in the order of the shape.
pub fn write(shape: &Description, answer: &Map<String, Value>, xml: &mut Xml) {
    for member in members_of(shape) {
        if let Some(value) = answer.get(member.name) {
            element(member.name, &member.shape, value, xml);
        }
    }
}

fn members_of(shape: &Description) -> &[MemberDescription] {
    match shape {
        Description::Structure { members } => members,
        _ => &[],
    }
}

fn structure(
    members: &[MemberDescription],
    prefix: &str,
    form: &BTreeMap<String, String>,
) -> Map<String, Value> {
    let read = |member: &MemberDescription| {
        let found = value(&member.shape, &format!("{prefix}{}", member.name), form)?;
        Some((member.name.to_owned(), found))
    };
    members.iter().filter_map(read).collect()
}

fn value(shape: &Description, name: &str, form: &BTreeMap<String, String>) -> Option<Value> {
    let text = form.get(name);
    match shape {
        Description::Structure { members } => {
            let prefix = format!("{name}.");
            let has_any = below(&prefix, form).next().is_some();
            if !has_any {
                return text.cloned().map(Value::String);
            }
            Some(Value::Object(structure(members, &prefix, form)))
        }
        Description::List { member, .. } => {
            let prefix = format!("{name}.member.");
            let element = |index: u32| {
                value(member, &format!("{prefix}{index}"), form).unwrap_or(Value::Null)
            };
            let elements: Vec<Value> = indices(&prefix, form).into_iter().map(element).collect();
            match text {
                // How clients write an empty list.
                Some(text) if elements.is_empty() && !text.is_empty() => {
                    Some(Value::String(text.clone()))
                }
                None if elements.is_empty() => None,
                Some(_) | None => Some(Value::Array(elements)),
            }
        }
        Description::Integer { .. } | Description::Long => {
            let text = text?;
            Some(text.parse::<i64>().map_or_else(|_| text.as_str().into(), Value::from))
        }
        Description::Boolean => {
            let text = text?;
            Some(text.parse::<bool>().map_or_else(|_| text.as_str().into(), Value::from))
        }
        Description::String { .. } | Description::Blob { .. } | Description::Timestamp => {
            text.cloned().map(Value::String)
        }
        // No request has a map.
        Description::Map { .. } => None,
    }
}

/// The elements that a form has of a list, in the order of their numbers, gaps or not.
fn indices(prefix: &str, form: &BTreeMap<String, String>) -> BTreeSet<u32> {
    let index = |rest: &str| {
        let number = rest.split_once('.').map_or(rest, |(number, _)| number);
        number.parse::<u32>().ok().filter(|index| index.to_string() == number)
    };
    below(prefix, form).filter_map(index).collect()
}

/// What comes after a prefix in the names that begin with it.
fn below<'a>(prefix: &'a str, form: &'a BTreeMap<String, String>) -> impl Iterator<Item = &'a str> {
    let from =
        form.range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded));
    from.map_while(move |(name, _)| name.strip_prefix(prefix))
}

fn element(name: &str, shape: &Description, value: &Value, xml: &mut Xml) {
    match (shape, value) {
        (Description::Structure { .. }, Value::Object(members)) => {
            xml.nest(name, |xml| write(shape, members, xml));
        }
        (Description::List { member, .. }, Value::Array(elements)) => xml.nest(name, |xml| {
            for each in elements {
                element("member", member, each, xml);
            }
        }),
        (Description::Map { value: shape }, Value::Object(entries)) => xml.nest(name, |xml| {
            for (key, value) in entries {
                xml.nest("entry", |xml| {
                    xml.text("key", key);
                    element("value", shape, value, xml);
                });
            }
        }),
        (Description::Timestamp, Value::Number(seconds)) => {
            // Whole seconds, as AWS's query services answer them.
            #[allow(clippy::cast_possible_truncation, reason = "a time of ours, in seconds")]
            let seconds = seconds.as_f64().unwrap_or_default().floor() as i64;
            xml.text(name, &time::format_zulu(seconds.saturating_mul(1_000)));
        }
        (_, Value::String(text)) => xml.text(name, text),
        (_, other) => xml.text(name, &other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::shape::{Shape, Timestamp};

    shape! {
        /// A part.
        pub struct Part {
            /// Key.
            key: "Key" => String,
            /// Value.
            value: "Value" => Option<String>,
        }
    }

    shape! {
        /// One of everything.
        pub struct Whole {
            /// Name.
            name: "Name" => Option<String>,
            /// Count.
            count: "Count" => Option<i32>,
            /// Truth.
            truth: "Truth" => Option<bool>,
            /// Part.
            part: "Part" => Option<Part>,
            /// Parts.
            parts: "Parts" => Option<Vec<Part>>,
            /// Words.
            words: "Words" => Option<Vec<String>>,
            /// When.
            at: "At" => Option<Timestamp>,
            /// Numbers by name.
            map: "Map" => Option<BTreeMap<String, i32>>,
        }
    }

    fn check(form: &[(&str, &str)], expect: &Value) {
        let form = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        assert_eq!(Value::Object(read(&Whole::describe(), &form.collect())), *expect);
    }

    #[test]
    fn members_are_read_by_the_shape() {
        check(&[("Name", "x"), ("Other", "y")], &json!({"Name": "x"}));
        check(&[("Count", "12"), ("Truth", "true")], &json!({"Count": 12, "Truth": true}));
        check(&[("Count", "1.5"), ("Truth", "yes")], &json!({"Count": "1.5", "Truth": "yes"}));
        check(&[("Part.Key", "k")], &json!({"Part": {"Key": "k"}}));
        check(&[("Part", "k")], &json!({"Part": "k"}));
        check(&[("Part.Other", "k")], &json!({"Part": {}}));
    }

    #[test]
    fn lists_are_in_the_order_of_their_numbers() {
        let words = |number: u32| (format!("Words.member.{number}"), number.to_string());
        let form: Vec<_> = [10, 2, 1].map(words).to_vec();
        let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
        check(&form, &json!({"Words": ["1", "2", "10"]}));
        check(
            &[("Parts.member.2.Key", "b"), ("Parts.member.1.Key", "a")],
            &json!({"Parts": [{"Key": "a"}, {"Key": "b"}]}),
        );
        check(&[("Words", "")], &json!({"Words": []}));
        check(&[("Words", "x")], &json!({"Words": "x"}));
        check(&[("Words.member.01", "x"), ("Words.member.x", "x"), ("Words.1", "x")], &json!({}));
        check(&[("Words.member.1.x", "x")], &json!({"Words": [null]}));
    }

    #[test]
    fn answers_nest() {
        let answer = Whole {
            name: Some("<".to_owned()),
            count: Some(-1),
            truth: Some(false),
            part: Some(Part { key: "k".to_owned(), value: None }),
            parts: Some(vec![]),
            words: Some(vec!["a".to_owned(), "b".to_owned()]),
            at: Some(Timestamp(1_500)),
            map: Some(BTreeMap::from([("n".to_owned(), 3)])),
        };
        let Value::Object(answer) = serde_json::to_value(answer).unwrap() else { unreachable!() };
        let mut xml = Xml::new();
        write(&Whole::describe(), &answer, &mut xml);
        assert_eq!(
            String::from_utf8(xml.into_bytes()).unwrap(),
            "<Name>&lt;</Name><Count>-1</Count><Truth>false</Truth><Part><Key>k</Key></Part>\
             <Parts></Parts><Words><member>a</member><member>b</member></Words>\
             <At>1970-01-01T00:00:01Z</At><Map><entry><key>n</key><value>3</value></entry></Map>"
        );
    }
}
