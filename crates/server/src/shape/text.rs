//! Strings with limits: one type for each shape of the model that has any.

use regex::Regex;
use serde::Serialize;
use serde_json::Value;

use super::{Description, Path, Shape, Violations};

/// The limits of a kind of string.
pub struct Limits {
    /// Characters at the least.
    pub min: Option<usize>,
    /// Characters at the most.
    pub max: Option<usize>,
    /// As the model writes it.
    pub pattern: Option<&'static str>,
}

/// No limits.
pub const FREE: Limits = Limits { min: None, max: None, pattern: None };

/// The model's pattern, matching the whole text. Its classes of digits and letters are ASCII's.
pub fn whole(pattern: Option<&str>) -> Option<Regex> {
    let ascii = pattern?.replace(r"\d", "[0-9]").replace(r"\w", "[0-9A-Za-z_]");
    Regex::new(&format!("^(?:{ascii})$")).ok()
}

/// Checks a string against limits; lengths are in characters.
pub fn check(
    value: &Value,
    limits: &Limits,
    regex: Option<&Regex>,
    path: &Path<'_>,
    violations: &mut Violations,
) -> bool {
    let Value::String(text) = value else {
        violations.add(Some(value), path, "Member must be a string");
        return false;
    };
    let mut broken = Vec::new();
    let length = text.chars().count();
    if let Some(min) = limits.min.filter(|min| length < *min) {
        broken.push(format!("Member must have length greater than or equal to {min}"));
    }
    if let Some(max) = limits.max.filter(|max| length > *max) {
        broken.push(format!("Member must have length less than or equal to {max}"));
    }
    if let (Some(regex), Some(pattern)) = (regex, limits.pattern)
        && !regex.is_match(text)
    {
        broken.push(format!("Member must satisfy regular expression pattern: {pattern}"));
    }
    for constraint in &broken {
        violations.add(Some(value), path, constraint);
    }
    broken.is_empty()
}

/// The text of a string value, moved out of it.
pub fn take(value: &mut Value) -> Option<String> {
    if let Value::String(text) = value { Some(std::mem::take(text)) } else { None }
}

const ANYTHING: &str = r"[\s\S]+";
const NON_SPACE: &str = r"\S+";

const ARN: &str = concat!(
    r"^arn:aws[a-zA-Z-]*:[A-Za-z0-9][A-Za-z0-9_/.-]{0,62}:[A-Za-z0-9_/.-]{0,63}",
    r":[A-Za-z0-9_/.-]{0,63}:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}$",
);

const ISO_TIME: &str = concat!(
    r"^(-?(?:[1-9][0-9]*)?[0-9]{4})-(1[0-2]|0[1-9])-(3[0-1]|0[1-9]|[1-2][0-9])",
    r"T(2[0-3]|[0-1][0-9]):([0-5][0-9]):([0-5][0-9])(\.[0-9]+)?",
    r"(Z|[+-](?:2[ 0-3]|[0-1][0-9]):[0-5][0-9])+$",
);

strings! {
    /// A string that must not be empty (4.1).
    Text: Limits { min: Some(1), ..FREE };
    /// The client's name for a request (W60).
    ClientToken: Limits { max: Some(2_048), pattern: Some(NON_SPACE), ..FREE };
    /// Why a grant stands where it does (G44).
    StatusReason: Limits { max: Some(400), pattern: Some(ANYTHING), ..FREE };
    /// A signed token (J1), which only answers have; real ones are shorter than this minimum (J5).
    SignedToken: Limits { min: Some(4_096), ..FREE };
    /// A token for customers without an account (T8).
    TokenText: Limits { max: Some(4_096), pattern: Some(NON_SPACE), ..FREE };
    /// The name of a resource (1.5).
    Arn: Limits { max: Some(2_048), pattern: Some(ARN), ..FREE };
    /// A time (W31).
    IsoTime: Limits { max: Some(50), pattern: Some(ISO_TIME), ..FREE };
}

impl Shape for String {
    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let accepted = check(value, &FREE, None, path, violations);
        take(value).filter(|_| accepted)
    }

    fn describe() -> Description {
        Description::STRING
    }
}

/// The value of an entitlement in a check-out: a string, or a number that is read as its decimal
/// text (W6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quantity(pub String);

impl Shape for Quantity {
    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        if let Value::Number(number) = value {
            return Some(Self(number.to_string()));
        }
        String::accept(value, path, violations).map(Self)
    }

    fn describe() -> Description {
        Description::STRING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patterns_are_valid_and_decide() {
        let arn = whole(Some(ARN)).unwrap();
        assert!(arn.is_match("arn:aws:license-manager::111122223333:license:l-00"));
        assert!(arn.is_match("arn:aws:iam::111122223333:root"));
        assert!(!arn.is_match("arn:aws:license-manager::111122223333"));
        assert!(!arn.is_match("arn:aws:license-manager::111122223333:license:l-00\n"));
        let time = whole(Some(ISO_TIME)).unwrap();
        assert!(time.is_match("2021-04-22T18:02:36.36Z"));
        assert!(time.is_match("2021-04-22T18:02:36+05:30"));
        assert!(!time.is_match("2021-04-22T18:02:36"));
        let token = whole(Some(NON_SPACE)).unwrap();
        assert!(token.is_match("ä-1"));
        assert!(!token.is_match("") && !token.is_match("a\tb") && !token.is_match("a\n"));
    }

    /// One that does not would refuse nothing.
    #[test]
    fn every_pattern_of_a_request_compiles() {
        fn check(described: &Value) {
            match described {
                Value::Object(members) => {
                    if let Some(Value::String(pattern)) = members.get("pattern") {
                        // What looks ahead is checked in another way, see `AccountAlias`.
                        let compiles = whole(Some(pattern)).is_some() || pattern.contains("(?!");
                        assert!(compiles, "{pattern}");
                    }
                    members.values().for_each(check);
                }
                Value::Array(items) => items.iter().for_each(check),
                _ => {}
            }
        }
        for operation in
            leasehold_wire::Service::ALL.into_iter().flat_map(crate::server::operations)
        {
            check(&serde_json::to_value((operation.input)()).unwrap());
        }
    }
}
