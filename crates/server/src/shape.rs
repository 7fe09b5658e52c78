//! Shapes of requests and answers, declared once: the struct, its members' wire names, which are
//! required, and every limit. Decoding, the errors of section 4 (V) and the comparison with the
//! official model all come from the one declaration.
//!
//! Limits belong to types ([`Arn`], [`ClientToken`], …) as they belong to shapes in the model.

mod blob;
#[macro_use]
mod declare;
pub mod form;
mod number;
mod secret;
#[cfg(test)]
mod tests;
pub mod text;
mod violation;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

pub use blob::Blob;
pub use number::{
    LargePageSize, MarkerPageSize, PageSize, PendingWindow, RoleSessionDuration, SessionDuration,
    SmallPageSize, Timestamp, UserSessionDuration,
};
pub use secret::Secret;
pub use text::{
    Arn, ClientToken, FREE, IsoTime, Limits, Quantity, SignedToken, StatusReason, Text, TokenText,
};
pub use violation::{Path, Violations};

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
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<usize>,
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
    Blob {
        min: usize,
        max: usize,
    },
    Boolean,
    Integer {
        #[serde(skip_serializing_if = "Option::is_none")]
        min: Option<i32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        max: Option<i32>,
    },
    Long,
    Timestamp,
    Map {
        value: Box<Description>,
    },
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
    /// Whether it is for the wire only.
    #[serde(skip)]
    pub is_secret: bool,
}

/// A shape: how it is read, and what the model says of it.
pub trait Shape: Sized {
    /// Whether a request may leave it out.
    const OPTIONAL: bool = false;
    /// Whether it is for the wire only.
    const IS_SECRET: bool = false;

    /// Reads a value that is there and not null, and may take it apart. `None` after a violation
    /// was noted.
    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self>;

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
    object: &mut Map<String, Value>,
    path: &Path<'_>,
    violations: &mut Violations,
) -> Option<T> {
    let Path::Member(_, name) = path else { return None };
    match object.get_mut(*name) {
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
    let decoded = T::accept(&mut Value::Object(object), &Path::Root, &mut violations);
    decoded.filter(|_| violations.is_empty()).ok_or(violations)
}

impl<T: Shape> Shape for Option<T> {
    const OPTIONAL: bool = true;
    const IS_SECRET: bool = T::IS_SECRET;

    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
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
    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let Value::Array(elements) = value else {
            violations.add(Some(value), path, "Member must be a list");
            return None;
        };
        let mut accepted = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter_mut().enumerate() {
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
        Description::List { member: Box::new(T::describe()), min: None, max: None }
    }
}

/// A list with a least and a greatest length.
#[derive(Clone, Debug, Serialize)]
pub struct Bounded<T, const MIN: usize, const MAX: usize>(pub Vec<T>);

/// A list that must not be empty.
pub type NonEmpty<T> = Bounded<T, 1, { usize::MAX }>;

impl<T: Shape, const MIN: usize, const MAX: usize> Shape for Bounded<T, MIN, MAX> {
    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let elements = Vec::accept(value, path, violations)?;
        if elements.len() < MIN {
            let text = format!("Member must have length greater than or equal to {MIN}");
            violations.add(Some(value), path, &text);
        } else if elements.len() > MAX {
            let text = format!("Member must have length less than or equal to {MAX}");
            violations.add(Some(value), path, &text);
        }
        Some(Self(elements))
    }

    fn describe() -> Description {
        let min = Some(MIN).filter(|min| *min > 0);
        let max = Some(MAX).filter(|max| *max < usize::MAX);
        Description::List { member: Box::new(T::describe()), min, max }
    }
}

/// A map, in the order of its keys.
impl<T: Shape> Shape for BTreeMap<String, T> {
    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        // No request has a map.
        violations.add(Some(value), path, "Member must not be given");
        None
    }

    fn describe() -> Description {
        Description::Map { value: Box::new(T::describe()) }
    }
}

impl Shape for bool {
    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        if value.as_bool().is_none() {
            violations.add(Some(value), path, "Member must be true or false");
        }
        value.as_bool()
    }

    fn describe() -> Description {
        Description::Boolean
    }
}

enum_shapes! {
    leasehold_core::entitlement::Unit,
    leasehold_core::license::Status,
    leasehold_core::license::RenewType,
    leasehold_core::consume::CheckoutType,
}
