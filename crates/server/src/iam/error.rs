//! From what was wrong to the exception of IAM: a table, a line for each cause.

use http::StatusCode;
use leasehold_core::Refusal;
use leasehold_core::identity::Cause;
use leasehold_core::refusal::Kind;
use leasehold_wire::Fault;

use crate::faults::exceptions;

exceptions! {
    CONCURRENT_MODIFICATION = "ConcurrentModification";
    DELETE_CONFLICT = "DeleteConflict";
    ENTITY_ALREADY_EXISTS = "EntityAlreadyExists";
    ENTITY_TEMPORARILY_UNMODIFIABLE = "EntityTemporarilyUnmodifiable";
    INVALID_INPUT = "InvalidInput";
    LIMIT_EXCEEDED = "LimitExceeded";
    MALFORMED_POLICY_DOCUMENT = "MalformedPolicyDocument";
    NO_SUCH_ENTITY = "NoSuchEntity";
    OPEN_ID_IDP_COMMUNICATION_ERROR = "OpenIdIdpCommunicationError";
    POLICY_EVALUATION = "PolicyEvaluation";
    POLICY_NOT_ATTACHABLE = "PolicyNotAttachable";
    SERVICE_FAILURE = "ServiceFailure";
    UNMODIFIABLE_ENTITY = "UnmodifiableEntity";
}

/// Codes that the model lists nowhere, for every operation may give them.
const VALIDATION_ERROR: &str = "ValidationError";
const ACCESS_DENIED: &str = "AccessDenied";
const THROTTLING: &str = "Throttling";

/// The exception for a cause, and its status.
fn exception(cause: Cause) -> (&'static str, StatusCode) {
    match cause {
        Cause::NoSuchEntity => (NO_SUCH_ENTITY, StatusCode::NOT_FOUND),
        Cause::EntityAlreadyExists => (ENTITY_ALREADY_EXISTS, StatusCode::CONFLICT),
        Cause::DeleteConflict => (DELETE_CONFLICT, StatusCode::CONFLICT),
        Cause::LimitExceeded => (LIMIT_EXCEEDED, StatusCode::CONFLICT),
        Cause::MalformedPolicyDocument => (MALFORMED_POLICY_DOCUMENT, StatusCode::BAD_REQUEST),
        Cause::InvalidInput => (INVALID_INPUT, StatusCode::BAD_REQUEST),
        Cause::UnmodifiableEntity => (UNMODIFIABLE_ENTITY, StatusCode::BAD_REQUEST),
        Cause::PolicyNotAttachable => (POLICY_NOT_ATTACHABLE, StatusCode::BAD_REQUEST),
        Cause::Validation => (VALIDATION_ERROR, StatusCode::BAD_REQUEST),
    }
}

/// The fault that a refusal is on the wire.
pub fn fault_of(refusal: &Refusal) -> Fault {
    let (code, status) = match refusal.kind {
        Kind::Identity(cause) => exception(cause),
        Kind::Value => exception(Cause::InvalidInput),
        Kind::LimitExceeded => exception(Cause::LimitExceeded),
        Kind::NotFound => exception(Cause::NoSuchEntity),
        Kind::Conflict => (CONCURRENT_MODIFICATION, StatusCode::CONFLICT),
        Kind::Denied => (ACCESS_DENIED, StatusCode::FORBIDDEN),
        Kind::Throttled => (THROTTLING, StatusCode::BAD_REQUEST),
        // Operations of IAM refuse for none of these.
        Kind::Rule
        | Kind::WrongRegion(_)
        | Kind::NothingAllowed
        | Kind::PartlyAllowed
        | Kind::Unsignable
        | Kind::KeyUnusable
        | Kind::Organization(_)
        | Kind::Key(_)
        | Kind::Session(_) => exception(Cause::Validation),
    };
    Fault::new(code, status, refusal.message.as_str())
}

/// Something broke on our side.
pub fn internal(message: impl Into<String>) -> Fault {
    Fault::new(SERVICE_FAILURE, StatusCode::INTERNAL_SERVER_ERROR, message)
}
