//! Who may do what: IAM's policies, as a pure function of a request and the policies about it.
//!
//! [`Policy::parse`] compiles a document once; [`evaluate()`] decides with compiled policies alone
//! and names the statement that decided. Section 10 of the reference says which resources and keys
//! the actions have; what the elements mean is public ("Policy evaluation logic", "IAM JSON policy
//! elements reference").

mod action;
mod arn;
mod condition;
mod context;
mod evaluate;
mod fault;
mod json;
mod key;
mod managed;
mod parse;
mod pattern;
mod policy;
mod principal;
mod scalar;
#[cfg(test)]
mod tests;

pub use action::Action;
pub use context::{Context, Value, Values};
pub use evaluate::{Attached, Decider, Decision, OfResource, Policies, Request, Source, evaluate};
pub use fault::{Fault, Problem};
pub use key::Key;
pub use managed::{MANAGED, MANAGED_VERSION, Managed};
pub use policy::{
    DOCUMENT_BYTES_MAX, Effect, GROUP_INLINE_SIZE_MAX, KEY_BYTES_MAX, Kind, MANAGED_SIZE_MAX,
    Policy, ROLE_INLINE_SIZE_MAX, SESSION_SIZE_MAX, Statement, TRUST_SIZE_MAX,
    USER_INLINE_SIZE_MAX, size,
};
pub use principal::Principal;
