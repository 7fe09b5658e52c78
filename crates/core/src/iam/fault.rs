//! What is wrong with a policy document, and where.
//!
//! IAM answers a fault as `MalformedPolicyDocument` with the text of its `Display`. Where IAM's own
//! words for a fault are public, the text begins with them; the place stands behind.

use std::borrow::Cow;
use std::fmt;

/// Characters of a fault, and of its place, that are told.
const TEXT_LENGTH_MAX: usize = 300;

/// A policy document that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: `Statement[0].Condition.StringEquals`, or nothing for the document as a whole.
    pub at: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong with a policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is longer than any policy may be.
    TooLong {
        /// Bytes a document may have.
        bytes_max: usize,
    },
    /// It is not JSON, or a key stands twice in one object; with the parser's words.
    Json(String),
    /// A value of another type is expected.
    Type(&'static str),
    /// There is no such element.
    UnknownElement,
    /// An element that policies of this kind do not have.
    ProhibitedElement(&'static str),
    /// An element that is needed and not there.
    MissingElement(&'static str),
    /// An element and its opposite, such as `Action` and `NotAction`.
    Both(&'static str, &'static str),
    /// A version that is not there.
    Version(String),
    /// Neither `Allow` nor `Deny`.
    Effect(String),
    /// A statement id with other characters than its kind of policy may use.
    Sid(String),
    /// A statement id that stands twice.
    SidTwice(String),
    /// No statements, actions, resources or principals where one is needed.
    Empty(&'static str),
    /// An action that is not `*` nor `service:Name`.
    Action(String),
    /// An action that a trust policy cannot be about.
    TrustAction(String),
    /// A resource that is not `*` nor an ARN.
    Resource(String),
    /// A principal that names nobody.
    Principal(String),
    /// `NotPrincipal` in a statement that allows.
    NotPrincipalAllows,
    /// An operator that does not exist.
    Operator(String),
    /// A condition key without its vendor.
    Key(String),
    /// A value that its operator cannot compare.
    Value {
        /// What the operator compares.
        expected: &'static str,
        /// What stands there.
        value: String,
    },
    /// A `${` that does not begin a variable.
    Variable(String),
    /// A resource, an action or a value of a condition that is too long.
    LongPattern {
        /// Bytes that one may have.
        bytes_max: usize,
    },
    /// More groups of question marks than a policy may have.
    QuestionMarks {
        /// Groups that a policy may have.
        max: usize,
    },
}

impl Fault {
    /// A fault in the document as a whole.
    pub(super) fn of_document(problem: Problem) -> Self {
        Self { at: String::new(), problem }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", shortened(&self.problem.to_string()))?;
        if self.at.is_empty() { Ok(()) } else { write!(formatter, " (at {})", shortened(&self.at)) }
    }
}

/// A text, or its beginning: what a document says may be as long as the document.
fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(TEXT_LENGTH_MAX).and_then(|(at, _)| text.get(..at)) {
        Some(beginning) => Cow::Owned(format!("{beginning}…")),
        None => Cow::Borrowed(text),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes_max } => {
                write!(formatter, "The policy is longer than {bytes_max} bytes.")
            }
            Self::Json(why) => write!(formatter, "Syntax errors in policy. {why}."),
            Self::Type(expected) => {
                write!(formatter, "Syntax errors in policy. Expected {expected}.")
            }
            Self::UnknownElement => {
                formatter.write_str("Syntax errors in policy. There is no such element.")
            }
            Self::ProhibitedElement(name) => write!(formatter, "Has prohibited field {name}."),
            Self::MissingElement(name) => write!(formatter, "Missing required field {name}."),
            Self::Both(one, other) => {
                write!(formatter, "Statement may have {one} or {other}, not both.")
            }
            Self::Version(version) => write!(
                formatter,
                "The policy must contain a valid version string: 2012-10-17 or 2008-10-17, \
                 not {version}."
            ),
            Self::Effect(effect) => {
                write!(formatter, "Effect must be Allow or Deny, not {effect}.")
            }
            Self::Sid(sid) => write!(
                formatter,
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the \
                 regular expression [0-9A-Za-z]*: {sid}."
            ),
            Self::SidTwice(sid) => write!(
                formatter,
                "Statement IDs (SID) in a single policy must be unique: {sid} stands twice."
            ),
            Self::Empty(what) => write!(formatter, "Policy statement must contain {what}."),
            Self::Action(action) => write!(
                formatter,
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sts, \
                 license-manager: {action} is neither * nor vendor:Action."
            ),
            Self::TrustAction(action) => write!(
                formatter,
                "AssumeRole policy may only specify STS AssumeRole actions, not {action}."
            ),
            Self::Resource(resource) => {
                write!(formatter, "Resource {resource} must be in ARN format or \"*\".")
            }
            Self::Principal(principal) => {
                write!(formatter, "Invalid principal in policy: {principal}.")
            }
            Self::NotPrincipalAllows => {
                formatter.write_str("NotPrincipal may only be used with the effect Deny.")
            }
            Self::Operator(name) => write!(formatter, "Invalid Condition type: {name}."),
            Self::Key(key) => write!(
                formatter,
                "Actions/Conditions must be prefaced by a vendor, e.g., aws, sts: {key} is not a \
                 condition key."
            ),
            Self::Value { expected, value } => {
                write!(formatter, "Invalid value for the condition: {value} is not {expected}.")
            }
            Self::Variable(text) => write!(
                formatter,
                "Invalid policy variable: {text}. Write ${{key}}, ${{key, 'default'}}, ${{*}}, \
                 ${{?}} or ${{$}}."
            ),
            Self::LongPattern { bytes_max } => write!(
                formatter,
                "A resource, an action or a value of a condition is longer than {bytes_max} bytes."
            ),
            Self::QuestionMarks { max } => {
                write!(formatter, "A policy may have at most {max} groups of question marks.")
            }
        }
    }
}
