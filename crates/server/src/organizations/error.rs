//! From what was wrong to the exception of AWS Organizations: a table, a line for each cause.

use http::StatusCode;
use leasehold_core::Refusal;
use leasehold_core::organization::Cause;
use leasehold_core::refusal::Kind;
use leasehold_wire::Fault;

use crate::faults::exceptions;
use crate::operation::client_fault;

exceptions! {
    ACCESS_DENIED = "AccessDeniedException";
    ACCESS_DENIED_FOR_DEPENDENCY = "AccessDeniedForDependencyException";
    ACCOUNT_ALREADY_REGISTERED = "AccountAlreadyRegisteredException";
    ACCOUNT_NOT_FOUND = "AccountNotFoundException";
    ACCOUNT_NOT_REGISTERED = "AccountNotRegisteredException";
    ACCOUNT_OWNER_NOT_VERIFIED = "AccountOwnerNotVerifiedException";
    ALREADY_IN_ORGANIZATION = "AlreadyInOrganizationException";
    CHILD_NOT_FOUND = "ChildNotFoundException";
    CONCURRENT_MODIFICATION = "ConcurrentModificationException";
    CONSTRAINT_VIOLATION = "ConstraintViolationException";
    CREATE_ACCOUNT_STATUS_NOT_FOUND = "CreateAccountStatusNotFoundException";
    DESTINATION_PARENT_NOT_FOUND = "DestinationParentNotFoundException";
    DUPLICATE_ACCOUNT = "DuplicateAccountException";
    DUPLICATE_HANDSHAKE = "DuplicateHandshakeException";
    DUPLICATE_UNIT = "DuplicateOrganizationalUnitException";
    FINALIZING_ORGANIZATION = "FinalizingOrganizationException";
    HANDSHAKE_ALREADY_IN_STATE = "HandshakeAlreadyInStateException";
    HANDSHAKE_CONSTRAINT_VIOLATION = "HandshakeConstraintViolationException";
    HANDSHAKE_NOT_FOUND = "HandshakeNotFoundException";
    INVALID_HANDSHAKE_TRANSITION = "InvalidHandshakeTransitionException";
    INVALID_INPUT = "InvalidInputException";
    MASTER_CANNOT_LEAVE = "MasterCannotLeaveOrganizationException";
    NOT_EMPTY = "OrganizationNotEmptyException";
    NOT_IN_USE = "AWSOrganizationsNotInUseException";
    PARENT_NOT_FOUND = "ParentNotFoundException";
    SERVICE = "ServiceException";
    SOURCE_PARENT_NOT_FOUND = "SourceParentNotFoundException";
    TOO_MANY_REQUESTS = "TooManyRequestsException";
    UNIT_NOT_EMPTY = "OrganizationalUnitNotEmptyException";
    UNIT_NOT_FOUND = "OrganizationalUnitNotFoundException";
    UNSUPPORTED_API_ENDPOINT = "UnsupportedAPIEndpointException";
}

/// The exceptions that the model lists for every operation.
pub const OF_EVERY_OPERATION: &[&str] = &[ACCESS_DENIED, SERVICE, TOO_MANY_REQUESTS];

/// The exception for a cause, and its `Reason` where the exception covers many.
fn exception(cause: Cause) -> (&'static str, Option<&'static str>) {
    match cause {
        Cause::NotInUse => (NOT_IN_USE, None),
        Cause::AlreadyIn => (ALREADY_IN_ORGANIZATION, None),
        Cause::AccessDenied => (ACCESS_DENIED, None),
        Cause::AccountNotFound => (ACCOUNT_NOT_FOUND, None),
        Cause::ChildNotFound => (CHILD_NOT_FOUND, None),
        Cause::ParentNotFound => (PARENT_NOT_FOUND, None),
        Cause::SourceParentNotFound => (SOURCE_PARENT_NOT_FOUND, None),
        Cause::DestinationParentNotFound => (DESTINATION_PARENT_NOT_FOUND, None),
        Cause::DuplicateAccount => (DUPLICATE_ACCOUNT, None),
        Cause::UnitNotFound => (UNIT_NOT_FOUND, None),
        Cause::DuplicateUnit => (DUPLICATE_UNIT, None),
        Cause::UnitNotEmpty => (UNIT_NOT_EMPTY, None),
        Cause::UnitsTooDeep => (CONSTRAINT_VIOLATION, Some("OU_DEPTH_LIMIT_EXCEEDED")),
        Cause::TooManyUnits => (CONSTRAINT_VIOLATION, Some("OU_NUMBER_LIMIT_EXCEEDED")),
        Cause::TooManyAccounts => (CONSTRAINT_VIOLATION, Some("ACCOUNT_NUMBER_LIMIT_EXCEEDED")),
        Cause::NotEmpty => (NOT_EMPTY, None),
        Cause::ManagerCannotLeave => (MASTER_CANNOT_LEAVE, None),
        Cause::AdministratorCannotLeave => {
            (CONSTRAINT_VIOLATION, Some("CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG"))
        }
        Cause::NotAllFeatures => {
            (CONSTRAINT_VIOLATION, Some("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE"))
        }
        Cause::HasAllFeatures => {
            (HANDSHAKE_CONSTRAINT_VIOLATION, Some("ORGANIZATION_ALREADY_HAS_ALL_FEATURES"))
        }
        Cause::UnknownService => (INVALID_INPUT, Some("UNRECOGNIZED_SERVICE_PRINCIPAL")),
        Cause::ServiceNotTrusted => (CONSTRAINT_VIOLATION, Some("SERVICE_ACCESS_NOT_ENABLED")),
        Cause::ServiceIsDelegated => {
            (CONSTRAINT_VIOLATION, Some("DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE"))
        }
        Cause::ManagerCannotBeDelegate => {
            (CONSTRAINT_VIOLATION, Some("CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR"))
        }
        Cause::TooManyAdministrators => {
            (CONSTRAINT_VIOLATION, Some("MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED"))
        }
        Cause::AlreadyRegistered => (ACCOUNT_ALREADY_REGISTERED, None),
        Cause::NotRegistered => (ACCOUNT_NOT_REGISTERED, None),
        Cause::TargetNotSupported => (INVALID_INPUT, Some("INVALID_PARTY_TYPE_TARGET")),
        Cause::TargetNotFound => (INVALID_INPUT, Some("TARGET_NOT_SUPPORTED")),
        Cause::TargetIsMember => {
            (HANDSHAKE_CONSTRAINT_VIOLATION, Some("ALREADY_IN_AN_ORGANIZATION"))
        }
        Cause::DuplicateHandshake => (DUPLICATE_HANDSHAKE, None),
        Cause::TooManyHandshakes => {
            (HANDSHAKE_CONSTRAINT_VIOLATION, Some("HANDSHAKE_RATE_LIMIT_EXCEEDED"))
        }
        Cause::HandshakeNotFound => (HANDSHAKE_NOT_FOUND, None),
        Cause::HandshakeIsOver => (INVALID_HANDSHAKE_TRANSITION, None),
        Cause::HandshakeIsInState => (HANDSHAKE_ALREADY_IN_STATE, None),
        Cause::CreationNotFound => (CREATE_ACCOUNT_STATUS_NOT_FOUND, None),
        Cause::WrongNextToken => (INVALID_INPUT, Some("INVALID_NEXT_TOKEN")),
        Cause::TagsNotKept => (INVALID_INPUT, Some("INVALID_LIST_MEMBER")),
    }
}

/// The fault that a refusal is on the wire.
pub fn fault_of(refusal: &Refusal) -> Fault {
    let (code, reason) = match refusal.kind {
        Kind::Organization(cause) => exception(cause),
        Kind::Denied => (ACCESS_DENIED, None),
        // Operations of organizations refuse for causes only.
        Kind::Value
        | Kind::NotFound
        | Kind::Rule
        | Kind::Conflict
        | Kind::WrongRegion(_)
        | Kind::NothingAllowed
        | Kind::PartlyAllowed
        | Kind::Unsignable
        | Kind::KeyUnusable
        | Kind::LimitExceeded
        | Kind::Throttled
        | Kind::Key(_)
        | Kind::Identity(_)
        | Kind::Session(_) => (INVALID_INPUT, None),
    };
    let detail = reason.map(|reason| ("Reason", reason.to_owned()));
    Fault { detail, ..client_fault(code, refusal.message.as_str()) }
}

/// Members that are missing, malformed or out of their limits.
pub fn invalid(message: impl Into<String>) -> Fault {
    client_fault(INVALID_INPUT, message)
}

/// Too many requests.
pub fn throttled(message: impl Into<String>) -> Fault {
    client_fault(TOO_MANY_REQUESTS, message)
}

/// Something broke on our side.
pub fn internal(message: impl Into<String>) -> Fault {
    Fault::new(SERVICE, StatusCode::INTERNAL_SERVER_ERROR, message)
}
