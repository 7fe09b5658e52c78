//! From a refusal to the exception that an operation models for it (section 13).

use leasehold_core::{Kind, Refusal};
use leasehold_wire::Fault;

use crate::config::Policy;
use crate::operation::{Operation, client_fault};

/// A value out of its domain, or an unknown resource where no better exception is modelled.
pub const INVALID_PARAMETER_VALUE: &str = "InvalidParameterValueException";
/// A malformed request, or a business rule's no.
pub const VALIDATION: &str = "ValidationException";
/// An unknown resource.
pub const RESOURCE_NOT_FOUND: &str = "ResourceNotFoundException";
/// The state moved on, or is in use.
pub const CONFLICT: &str = "ConflictException";
/// Another Region is the place (W72).
pub const REDIRECT: &str = "RedirectException";
/// Nothing to check out (C5).
pub const NO_ENTITLEMENTS_ALLOWED: &str = "NoEntitlementsAllowedException";
/// Not all of what is taken together can be (B4).
pub const ENTITLEMENT_NOT_ALLOWED: &str = "EntitlementNotAllowedException";
/// A count quota.
pub const RESOURCE_LIMIT_EXCEEDED: &str = "ResourceLimitExceededException";
/// A rate quota.
pub const RATE_LIMIT_EXCEEDED: &str = "RateLimitExceededException";
/// A signature method or key that cannot serve.
pub const UNSUPPORTED_DIGITAL_SIGNATURE_METHOD: &str = "UnsupportedDigitalSignatureMethodException";

/// What the server cannot reach for the caller, such as a key.
pub const ACCESS_DENIED: &str = "AccessDeniedException";
/// What the caller may not do, by its grant.
pub const AUTHORIZATION: &str = "AuthorizationException";

/// The exceptions that the model lists for every operation.
pub const OF_EVERY_OPERATION: &[&str] =
    &[AUTHORIZATION, ACCESS_DENIED, RATE_LIMIT_EXCEEDED, "ServerInternalException"];

/// The fault that a refusal is on the wire. Where an operation does not model the fitting
/// exception, the nearest that it does: InvalidParameterValue gives way to Validation,
/// ResourceNotFound to InvalidParameterValue (section 13).
pub fn fault_of(operation: &Operation, refusal: &Refusal, policy: &Policy) -> Fault {
    let message = refusal.message.as_str();
    let value = || {
        let models_value = operation.models(INVALID_PARAMETER_VALUE);
        if models_value { INVALID_PARAMETER_VALUE } else { VALIDATION }
    };
    let code = match &refusal.kind {
        Kind::Value => value(),
        Kind::NotFound if operation.models(RESOURCE_NOT_FOUND) => RESOURCE_NOT_FOUND,
        Kind::NotFound => value(),
        // Which organization the caller is in, and what it may there, is a rule of the business; so
        // is what its keys can do.
        Kind::Rule
        | Kind::Organization(_)
        | Kind::Identity(_)
        | Kind::Key(_)
        | Kind::Session(_) => VALIDATION,
        Kind::Denied => AUTHORIZATION,
        Kind::Conflict => CONFLICT,
        Kind::WrongRegion(region) => return Fault::redirect(message, policy.location(region)),
        Kind::NothingAllowed => NO_ENTITLEMENTS_ALLOWED,
        Kind::PartlyAllowed => ENTITLEMENT_NOT_ALLOWED,
        Kind::Unsignable => UNSUPPORTED_DIGITAL_SIGNATURE_METHOD,
        Kind::KeyUnusable => ACCESS_DENIED,
        Kind::LimitExceeded => RESOURCE_LIMIT_EXCEEDED,
        Kind::Throttled => RATE_LIMIT_EXCEEDED,
    };
    client_fault(code, message)
}
