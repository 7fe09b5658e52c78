//! What a policy document must be before it is kept.

use leasehold_core::Refusal;
use leasehold_core::iam::{Fault, Kind, MANAGED_SIZE_MAX, Policy, TRUST_SIZE_MAX, size};
use leasehold_core::identity::{Cause, limits};

/// A policy of a user, group or role.
///
/// # Errors
/// [`Cause::MalformedPolicyDocument`].
pub fn check_identity(document: &str) -> Result<(), Refusal> {
    parse(Kind::Identity, document).map(drop)
}

/// A managed policy.
///
/// # Errors
/// The same; [`Cause::LimitExceeded`] if it is too long.
pub fn check_managed(document: &str) -> Result<(), Refusal> {
    check_identity(document)?;
    limits::check_size(size(document), MANAGED_SIZE_MAX, "PolicySize")
}

/// A trust policy: who may assume a role.
///
/// # Errors
/// The same.
pub fn check_trust(document: &str) -> Result<Policy, Refusal> {
    let policy = parse(Kind::Trust, document)?;
    limits::check_size(size(document), TRUST_SIZE_MAX, "ACLSizePerRole")?;
    Ok(policy)
}

/// A document of a kind, compiled.
///
/// # Errors
/// [`Cause::MalformedPolicyDocument`].
pub fn parse(kind: Kind, document: &str) -> Result<Policy, Refusal> {
    let malformed = |fault: Fault| Cause::MalformedPolicyDocument.because(fault.to_string());
    Policy::parse(kind, document).map_err(malformed)
}
