//! From what was wrong to the exception of AWS KMS: a table, a line for each cause.

use http::StatusCode;
use leasehold_core::Refusal;
use leasehold_core::key::Cause;
use leasehold_core::refusal::Kind;
use leasehold_wire::Fault;

use crate::faults::exceptions;
use crate::operation::{Operation, client_fault};

exceptions! {
    ACCESS_DENIED = "AccessDeniedException";
    ALREADY_EXISTS = "AlreadyExistsException";
    CLOUD_HSM_CONFIGURATION = "CloudHsmClusterInvalidConfigurationException";
    CUSTOM_KEY_STORE_NOT_FOUND = "CustomKeyStoreNotFoundException";
    CUSTOM_KEY_STORE_STATE = "CustomKeyStoreInvalidStateException";
    DEPENDENCY_TIMEOUT = "DependencyTimeoutException";
    DISABLED = "DisabledException";
    DRY_RUN = "DryRunOperationException";
    INTERNAL = "KMSInternalException";
    INVALID_ALIAS_NAME = "InvalidAliasNameException";
    INVALID_ARN = "InvalidArnException";
    INVALID_GRANT_TOKEN = "InvalidGrantTokenException";
    INVALID_KEY_USAGE = "InvalidKeyUsageException";
    INVALID_MARKER = "InvalidMarkerException";
    INVALID_SIGNATURE = "KMSInvalidSignatureException";
    INVALID_STATE = "KMSInvalidStateException";
    KEY_UNAVAILABLE = "KeyUnavailableException";
    LIMIT_EXCEEDED = "LimitExceededException";
    MALFORMED_POLICY = "MalformedPolicyDocumentException";
    NOT_FOUND = "NotFoundException";
    TAG = "TagException";
    THROTTLING = "ThrottlingException";
    UNSUPPORTED_OPERATION = "UnsupportedOperationException";
    VALIDATION = "ValidationException";
    XKS_CONFIGURATION = "XksKeyInvalidConfigurationException";
    XKS_IN_USE = "XksKeyAlreadyInUseException";
    XKS_NOT_FOUND = "XksKeyNotFoundException";
}

/// The exception for a cause. The second stands in where an operation does not model the first.
fn exception(cause: Cause) -> (&'static str, &'static str) {
    match cause {
        Cause::KeyNotFound
        | Cause::AliasNotFound
        | Cause::AliasNotTaken
        | Cause::WrongPolicyName => (NOT_FOUND, NOT_FOUND),
        Cause::WrongArn => (INVALID_ARN, NOT_FOUND),
        Cause::AccessDenied => (ACCESS_DENIED, ACCESS_DENIED),
        Cause::Disabled => (DISABLED, INVALID_STATE),
        Cause::PendingDeletion | Cause::NotPendingDeletion => (INVALID_STATE, INVALID_STATE),
        Cause::WrongAlgorithm => (INVALID_KEY_USAGE, INVALID_KEY_USAGE),
        Cause::WrongWindow
        | Cause::WrongDigest
        | Cause::WrongMessageType
        | Cause::TwoSpecs
        | Cause::WrongAlias => (VALIDATION, VALIDATION),
        Cause::WrongSignature => (INVALID_SIGNATURE, INVALID_SIGNATURE),
        Cause::SpecNotKept | Cause::UsageNotKept | Cause::OriginNotKept => {
            (UNSUPPORTED_OPERATION, UNSUPPORTED_OPERATION)
        }
        Cause::WrongPolicy | Cause::WrongPrincipal | Cause::LockedOut => {
            (MALFORMED_POLICY, MALFORMED_POLICY)
        }
        Cause::WrongTags => (TAG, TAG),
        Cause::TooManyTags => (LIMIT_EXCEEDED, TAG),
        Cause::TooManyKeys | Cause::TooManyAliases => (LIMIT_EXCEEDED, LIMIT_EXCEEDED),
        Cause::AliasTaken => (ALREADY_EXISTS, ALREADY_EXISTS),
        Cause::WrongNewAlias => (INVALID_ALIAS_NAME, INVALID_ALIAS_NAME),
        Cause::WrongMarker => (INVALID_MARKER, INVALID_MARKER),
        Cause::WrongGrantToken => (INVALID_GRANT_TOKEN, VALIDATION),
        Cause::DryRun => (DRY_RUN, DRY_RUN),
        Cause::Unavailable => (KEY_UNAVAILABLE, DEPENDENCY_TIMEOUT),
    }
}

/// The fault that a refusal is on the wire.
pub fn fault_of(operation: &Operation, refusal: &Refusal) -> Fault {
    let message = refusal.message.as_str();
    let (fitting, nearest) = match refusal.kind {
        Kind::Key(cause) => exception(cause),
        Kind::Denied | Kind::Conflict => (ACCESS_DENIED, ACCESS_DENIED),
        // More tags than a resource can have (TG3): before policies are asked, nothing else is left
        // that the model's own limits do not say.
        Kind::Value => (LIMIT_EXCEEDED, TAG),
        // Operations on keys refuse for causes only.
        Kind::NotFound
        | Kind::Rule
        | Kind::WrongRegion(_)
        | Kind::NothingAllowed
        | Kind::PartlyAllowed
        | Kind::Unsignable
        | Kind::KeyUnusable
        | Kind::LimitExceeded
        | Kind::Throttled
        | Kind::Organization(_)
        | Kind::Identity(_)
        | Kind::Session(_) => (VALIDATION, VALIDATION),
    };
    let code = if operation.models(fitting) { fitting } else { nearest };
    match refusal.kind {
        // Not the client's fault, and worth another try: what SDKs take from the status.
        Kind::Key(Cause::Unavailable) => {
            Fault::new(code, StatusCode::INTERNAL_SERVER_ERROR, message)
        }
        _ => client_fault(code, message),
    }
}

/// Members that are missing, malformed or out of their limits.
pub fn invalid(message: impl Into<String>) -> Fault {
    client_fault(VALIDATION, message)
}

/// Too many requests.
pub fn throttled(message: impl Into<String>) -> Fault {
    client_fault(THROTTLING, message)
}

/// Something broke on our side.
pub fn internal(message: impl Into<String>) -> Fault {
    Fault::new(INTERNAL, StatusCode::INTERNAL_SERVER_ERROR, message)
}
