//! What a policy document must be before it is kept.

use leasehold_core::Refusal;
use leasehold_core::identity::{Cause, limits};

/// A policy of a user, group or role, managed or inline.
///
/// # Errors
/// [`Cause::MalformedPolicyDocument`].
pub fn check_identity(document: &str) -> Result<(), Refusal> {
    check(document)
}

/// A managed policy.
///
/// # Errors
/// The same; [`Cause::LimitExceeded`] if it is too long.
pub fn check_managed(document: &str) -> Result<(), Refusal> {
    check_identity(document)?;
    limits::check_size(limits::size(document), limits::POLICY_SIZE_MAX, "PolicySize")
}

/// A trust policy: who may assume a role.
///
/// # Errors
/// [`Cause::MalformedPolicyDocument`]; [`Cause::LimitExceeded`] if it is too long.
pub fn check_trust(document: &str) -> Result<(), Refusal> {
    check(document)?;
    let size = limits::size(document);
    limits::check_size(size, limits::TRUST_SIZE_MAX, "ACLSizePerRole")
}

fn check(document: &str) -> Result<(), Refusal> {
    let malformed = |text: &str| Cause::MalformedPolicyDocument.because(text);
    let value: serde_json::Value = serde_json::from_str(document)
        .map_err(|_| malformed("This policy contains invalid Json"))?;
    if value.get("Statement").is_none() {
        return Err(malformed("Syntax errors in policy."));
    }
    Ok(())
}
