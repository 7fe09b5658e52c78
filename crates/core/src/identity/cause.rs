//! Why IAM says no: the sorts of no that AWS's clients tell apart. The text comes with the name of
//! what was meant.

use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::refusal::Kind;

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// There is no such thing in this account.
    NoSuchEntity,
    /// There is one of this name.
    EntityAlreadyExists,
    /// Something still hangs on it.
    DeleteConflict,
    /// A count or a size.
    LimitExceeded,
    /// A document that is no policy.
    MalformedPolicyDocument,
    /// A value out of its domain.
    InvalidInput,
    /// A service's own role.
    UnmodifiableEntity,
    /// A policy that is not for attaching.
    PolicyNotAttachable,
    /// A member that only some callers may leave out.
    Validation,
}

impl Cause {
    /// A refusal with a text for the client.
    pub fn because(self, message: impl Into<String>) -> Refusal {
        Refusal::new(Kind::Identity(self), "8.2", message)
    }
}
