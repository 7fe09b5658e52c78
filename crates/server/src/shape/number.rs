//! Numbers with limits, and times that are numbers.

use serde::Serialize;
use serde_json::Value;

use super::{Description, Path, Shape, Violations};

impl Shape for i64 {
    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
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
    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
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

/// Whole numbers of 32 bits with a least and a greatest.
macro_rules! numbers {
    ($($(#[$meta:meta])* $name:ident: $min:literal, $max:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Serialize)]
        pub struct $name(pub i32);

        impl Shape for $name {
            fn accept(
                value: &mut Value, path: &Path<'_>,
                violations: &mut Violations,
            ) -> Option<Self> {
                let number = i32::accept(value, path, violations)?;
                if number < $min {
                    let text = format!("Member must have value greater than or equal to {}", $min);
                    violations.add(Some(value), path, &text);
                } else if number > $max {
                    let text = format!("Member must have value less than or equal to {}", $max);
                    violations.add(Some(value), path, &text);
                }
                Some(Self(number))
            }

            fn describe() -> Description {
                Description::Integer { min: Some($min), max: Some($max) }
            }
        }
    )+};
}

numbers! {
    /// License Manager's pages (W50).
    PageSize: 1, 100;
    /// The pages of Organizations.
    SmallPageSize: 1, 20;
    /// The pages of KMS.
    LargePageSize: 1, 1_000;
    /// Days that a key waits for its deletion, as the model has them.
    PendingWindow: 1, 365;
    /// The pages of IAM.
    MarkerPageSize: 1, 1_000;
    /// How long a session of a role is asked to be, seconds (8.1).
    RoleSessionDuration: 900, 43_200;
    /// How long a session of a user is asked to be, seconds (8.1).
    UserSessionDuration: 900, 129_600;
    /// How long a session of a role may be, seconds (8.2).
    SessionDuration: 3_600, 43_200;
}

/// A time of an answer, in milliseconds; on the wire seconds since 1970 with a fraction (1.4).
#[derive(Clone, Copy, Debug)]
pub struct Timestamp(pub i64);

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Milliseconds of any year that there will be fit into the 53 bits of the number.
        #[allow(clippy::cast_precision_loss, reason = "see above")]
        serializer.serialize_f64(self.0 as f64 / 1_000.0)
    }
}

impl Shape for Timestamp {
    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        // No request has a time of this kind.
        violations.add(Some(value), path, "Member must not be given");
        None
    }

    fn describe() -> Description {
        Description::Timestamp
    }
}
