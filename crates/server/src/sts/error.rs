//! From what was wrong to the exception of STS: a table, a line for each cause.

use http::StatusCode;
use leasehold_core::Refusal;
use leasehold_core::refusal::Kind;
use leasehold_core::session::Cause;
use leasehold_wire::{Fault, Protocol};

use crate::faults::exceptions;

exceptions! {
    EXPIRED_TOKEN = "ExpiredTokenException";
    IDP_COMMUNICATION_ERROR = "IDPCommunicationError";
    IDP_REJECTED_CLAIM = "IDPRejectedClaim";
    INVALID_IDENTITY_TOKEN = "InvalidIdentityToken";
    MALFORMED_POLICY_DOCUMENT = "MalformedPolicyDocument";
    PACKED_POLICY_TOO_LARGE = "PackedPolicyTooLarge";
    REGION_DISABLED = "RegionDisabledException";
}

/// Codes that the model lists nowhere, for every operation may give them.
const ACCESS_DENIED: &str = "AccessDenied";
const VALIDATION_ERROR: &str = "ValidationError";

/// The exception for a cause, and its status.
fn exception(cause: Cause) -> (&'static str, StatusCode) {
    match cause {
        Cause::InvalidIdentityToken => (INVALID_IDENTITY_TOKEN, StatusCode::BAD_REQUEST),
        Cause::ExpiredToken => (EXPIRED_TOKEN, StatusCode::BAD_REQUEST),
        Cause::ProviderUnreachable => (IDP_COMMUNICATION_ERROR, StatusCode::BAD_REQUEST),
        Cause::MalformedPolicy => (MALFORMED_POLICY_DOCUMENT, StatusCode::BAD_REQUEST),
        Cause::PackedPolicyTooLarge => (PACKED_POLICY_TOO_LARGE, StatusCode::BAD_REQUEST),
        Cause::Denied => (ACCESS_DENIED, StatusCode::FORBIDDEN),
        Cause::Validation => (VALIDATION_ERROR, StatusCode::BAD_REQUEST),
    }
}

/// The fault that a refusal is on the wire.
pub fn fault_of(refusal: &Refusal) -> Fault {
    let (code, status) = match refusal.kind {
        Kind::Session(cause) => exception(cause),
        Kind::Denied => exception(Cause::Denied),
        Kind::Throttled => return Fault::throttled(Protocol::Query, refusal.message.as_str()),
        // Operations of STS refuse for none of these.
        Kind::Value
        | Kind::NotFound
        | Kind::Rule
        | Kind::Conflict
        | Kind::WrongRegion(_)
        | Kind::NothingAllowed
        | Kind::LimitExceeded
        | Kind::PartlyAllowed
        | Kind::Unsignable
        | Kind::KeyUnusable
        | Kind::Organization(_)
        | Kind::Key(_)
        | Kind::Identity(_) => exception(Cause::Validation),
    };
    Fault::new(code, status, refusal.message.as_str())
}
