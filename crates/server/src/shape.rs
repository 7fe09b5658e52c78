//! Shapes of requests and answers, declared once: the struct, its members' wire names, which are
//! required, and every limit. Decoding, the errors of section 4 (V) and the comparison with the
//! official model all come from the one declaration.
//!
//! Limits belong to types ([`Arn`], [`ClientToken`], …) as they belong to shapes in the model.

mod text;

use serde::Serialize;
use serde_json::{Map, Value};

pub use text::{Arn, ClientToken, IsoTime, Quantity, SignedToken, Text};

/// Longest piece of a wrong value that an error repeats, in characters.
const ECHO_LENGTH_MAX: usize = 200;

/// What the model says of a shape; compared with the official one by a test.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the model's")]
pub enum Description {
    Structure {
        members: Vec<MemberDescription>,
    },
    List {
        member: Box<Description>,
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<usize>,
    },
    String {
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pattern: Option<&'static str>,
        #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
        values: Option<Vec<&'static str>>,
    },
    Boolean,
    Integer {
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<i32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<i32>,
    },
    Long,
}

impl Description {
    /// A string without limits.
    pub const STRING: Self = Self::String { min: None, max: None, pattern: None, values: None };
}

/// One member of a structure.
#[derive(Debug, Serialize)]
pub struct MemberDescription {
    /// Wire name.
    pub name: &'static str,
    /// Whether a request must have it.
    pub required: bool,
    /// Its shape.
    pub shape: Description,
}

/// Where a value stands in a request.
#[derive(Clone, Copy)]
pub enum Path<'a> {
    /// The request itself.
    Root,
    /// A member of a structure.
    Member(&'a Path<'a>, &'static str),
    /// An element of a list, from 0.
    Element(&'a Path<'a>, usize),
}

impl std::fmt::Display for Path<'_> {
    /// The form of AWS's services: lower-camel names, elements counted from 1.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Member(Path::Root, name) => formatter.write_str(&lower_camel(name)),
            Path::Member(parent, name) => write!(formatter, "{parent}.{}", lower_camel(name)),
            Path::Element(parent, index) => write!(formatter, "{parent}.{}.member", index + 1),
        }
    }
}

fn lower_camel(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

/// What is wrong with a request's members, all of it.
#[derive(Debug, Default)]
pub struct Violations(Vec<String>);

impl Violations {
    /// Notes that a value breaks a constraint.
    pub fn add(&mut self, value: Option<&Value>, path: &Path<'_>, constraint: &str) {
        let value = match value {
            None | Some(Value::Null) => "null".to_owned(),
            Some(Value::String(text)) => format!("'{}'", shorten(text)),
            Some(other) => format!("'{}'", shorten(&other.to_string())),
        };
        self.0
            .push(format!("Value {value} at '{path}' failed to satisfy constraint: {constraint}"));
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of the exception.
    pub fn message(&self) -> String {
        let count = self.0.len();
        let noun = if count == 1 { "error" } else { "errors" };
        format!("{count} validation {noun} detected: {}", self.0.join("; "))
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(ECHO_LENGTH_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A shape: how it is read, and what the model says of it.
pub trait Shape: Sized {
    /// Whether a request may leave it out.
    const OPTIONAL: bool = false;

    /// Reads a value that is there and not null. `None` after a violation was noted.
    fn accept(value: &Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self>;

    /// What it is when left out; `None` if it must not be.
    fn absent() -> Option<Self> {
        None
    }

    /// Whether it is left out of an answer (W12).
    fn is_absent(&self) -> bool {
        false
    }

    /// What the model says.
    fn describe() -> Description;
}

/// Reads a member of a structure; null counts as left out (W5).
pub fn member<T: Shape>(
    object: &Map<String, Value>,
    path: &Path<'_>,
    violations: &mut Violations,
) -> Option<T> {
    let Path::Member(_, name) = path else { return None };
    match object.get(*name) {
        None | Some(Value::Null) => {
            let absent = T::absent();
            if absent.is_none() {
                violations.add(None, path, "Member must not be null");
            }
            absent
        }
        Some(value) => T::accept(value, path, violations),
    }
}

/// Decodes a request.
///
/// # Errors
/// Everything that is wrong with its members.
pub fn decode<T: Shape>(object: Map<String, Value>) -> Result<T, Violations> {
    let mut violations = Violations::default();
    let decoded = T::accept(&Value::Object(object), &Path::Root, &mut violations);
    decoded.filter(|_| violations.is_empty()).ok_or(violations)
}

impl<T: Shape> Shape for Option<T> {
    const OPTIONAL: bool = true;

    fn accept(value: &Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        T::accept(value, path, violations).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn describe() -> Description {
        T::describe()
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn accept(value: &Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let Value::Array(elements) = value else {
            violations.add(Some(value), path, "Member must be a list");
            return None;
        };
        let mut accepted = Vec::with_capacity(elements.len().min(1_000));
        for (index, element) in elements.iter().enumerate() {
            let path = Path::Element(path, index);
            if element.is_null() {
                violations.add(None, &path, "Member must not be null");
            } else {
                accepted.extend(T::accept(element, &path, violations));
            }
        }
        (accepted.len() == elements.len()).then_some(accepted)
    }

    fn describe() -> Description {
        Description::List { member: Box::new(T::describe()), min: None }
    }
}

/// A list that must not be empty.
#[derive(Clone, Debug, Serialize)]
pub struct NonEmpty<T>(pub Vec<T>);

impl<T: Shape> Shape for NonEmpty<T> {
    fn accept(value: &Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let elements = Vec::accept(value, path, violations)?;
        if elements.is_empty() {
            let text = "Member must have length greater than or equal to 1";
            violations.add(Some(value), path, text);
        }
        Some(Self(elements))
    }

    fn describe() -> Description {
        Description::List { member: Box::new(T::describe()), min: Some(1) }
    }
}

impl Shape for bool {
    fn accept(value: &Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        if value.as_bool().is_none() {
            violations.add(Some(value), path, "Member must be true or false");
        }
        value.as_bool()
    }

    fn describe() -> Description {
        Description::Boolean
    }
}

impl Shape for i64 {
    fn accept(value: &Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        if value.as_i64().is_none() {
            violations.add(Some(value), path, "Member must be a whole number of 64 bits");
        }
        value.as_i64()
    }

    fn describe() -> Description {
        Description::Long
    }
}

impl Shape for i32 {
    fn accept(value: &Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let number = value.as_i64().and_then(|number| Self::try_from(number).ok());
        if number.is_none() {
            violations.add(Some(value), path, "Member must be a whole number of 32 bits");
        }
        number
    }

    fn describe() -> Description {
        Description::Integer { min: None, max: None }
    }
}

/// How many elements a page may have (W50).
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PageSize(pub i32);

impl Shape for PageSize {
    fn accept(value: &Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let number = i32::accept(value, path, violations)?;
        if number < 1 {
            let text = "Member must have value greater than or equal to 1";
            violations.add(Some(value), path, text);
        } else if number > 100 {
            let text = "Member must have value less than or equal to 100";
            violations.add(Some(value), path, text);
        }
        Some(Self(number))
    }

    fn describe() -> Description {
        Description::Integer { min: Some(1), max: Some(100) }
    }
}

/// Declares a structure: its members by wire name and type. An `Option` may be left out.
#[macro_export]
macro_rules! shape {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$member_meta:meta])* $field:ident: $wire:literal => $type:ty),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, serde::Serialize)]
        pub struct $name {
            $(
                $(#[$member_meta])*
                #[serde(rename = $wire, skip_serializing_if = "crate::shape::Shape::is_absent")]
                pub $field: $type,
            )*
        }

        impl $crate::shape::Shape for $name {
            fn accept(
                value: &serde_json::Value,
                path: &$crate::shape::Path<'_>,
                violations: &mut $crate::shape::Violations,
            ) -> Option<Self> {
                let serde_json::Value::Object(_object) = value else {
                    violations.add(Some(value), path, "Member must be an object");
                    return None;
                };
                $(
                    let member = $crate::shape::Path::Member(path, $wire);
                    let $field = $crate::shape::member(_object, &member, violations);
                )*
                Some(Self { $($field: $field?),* })
            }

            fn describe() -> $crate::shape::Description {
                $crate::shape::Description::Structure {
                    members: vec![$($crate::shape::MemberDescription {
                        name: $wire,
                        required: !<$type as $crate::shape::Shape>::OPTIONAL,
                        shape: <$type as $crate::shape::Shape>::describe(),
                    }),*],
                }
            }
        }
    };
}

/// Makes shapes of enums that list `ALL` their values and name each with `as_str`; on the wire the
/// name is what counts.
#[macro_export]
macro_rules! enum_shapes {
    ($($name:ty),+ $(,)?) => {$(
        impl $crate::shape::Shape for $name {
            fn accept(
                value: &serde_json::Value,
                path: &$crate::shape::Path<'_>,
                violations: &mut $crate::shape::Violations,
            ) -> Option<Self> {
                let text = value.as_str();
                let found = Self::ALL.iter().copied().find(|each| Some(each.as_str()) == text);
                if found.is_none() {
                    let names: Vec<_> = Self::ALL.iter().map(|each| each.as_str()).collect();
                    let text = format!("Member must satisfy enum value set: [{}]", names.join(", "));
                    violations.add(Some(value), path, &text);
                }
                found
            }

            fn describe() -> $crate::shape::Description {
                $crate::shape::Description::String {
                    min: None,
                    max: None,
                    pattern: None,
                    values: Some(Self::ALL.iter().map(|each| each.as_str()).collect()),
                }
            }
        }
    )+};
}

enum_shapes! {
    leasehold_core::entitlement::Unit,
    leasehold_core::license::Status,
    leasehold_core::license::RenewType,
    leasehold_core::consume::CheckoutType,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::shape;

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
}
