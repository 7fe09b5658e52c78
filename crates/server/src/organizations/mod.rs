//! AWS Organizations: a small directory, for what licenses need of it (G50). The table of
//! operations, a line for each.

mod accounts;
pub mod error;
mod handshakes;
mod organization;
mod paging;
pub mod placement;
mod services;
pub mod shapes;
mod standing;
mod units;

pub use organization::found;

use crate::operation::{Operation, read, write};
use error::*;

/// The operations of this service.
pub fn operations() -> Vec<Operation> {
    [
        organization_operations(),
        unit_operations(),
        account_operations(),
        handshake_operations(),
        service_operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn organization_operations() -> Vec<Operation> {
    vec![
        write(
            "CreateOrganization",
            &[
                ACCESS_DENIED_FOR_DEPENDENCY,
                ALREADY_IN_ORGANIZATION,
                CONCURRENT_MODIFICATION,
                CONSTRAINT_VIOLATION,
                INVALID_INPUT,
            ],
            |_| None,
            |tx, cx, it| Box::pin(organization::create_organization(tx, cx, it)),
        ),
        read("DescribeOrganization", &[CONCURRENT_MODIFICATION, NOT_IN_USE], |tx, cx, it| {
            Box::pin(organization::describe_organization(tx, cx, it))
        }),
        write(
            "DeleteOrganization",
            &[CONCURRENT_MODIFICATION, CONSTRAINT_VIOLATION, INVALID_INPUT, NOT_EMPTY, NOT_IN_USE],
            |_| None,
            |tx, cx, it| Box::pin(organization::delete_organization(tx, cx, it)),
        ),
        read("ListRoots", &[INVALID_INPUT, NOT_IN_USE], |tx, cx, it| {
            Box::pin(organization::list_roots(tx, cx, it))
        }),
    ]
}

fn unit_operations() -> Vec<Operation> {
    vec![
        write(
            "CreateOrganizationalUnit",
            &[
                CONCURRENT_MODIFICATION,
                CONSTRAINT_VIOLATION,
                DUPLICATE_UNIT,
                INVALID_INPUT,
                NOT_IN_USE,
                PARENT_NOT_FOUND,
            ],
            |_| None,
            |tx, cx, it| Box::pin(units::create_organizational_unit(tx, cx, it)),
        ),
        read(
            "DescribeOrganizationalUnit",
            &[INVALID_INPUT, NOT_IN_USE, UNIT_NOT_FOUND],
            |tx, cx, it| Box::pin(units::describe_organizational_unit(tx, cx, it)),
        ),
        write(
            "DeleteOrganizationalUnit",
            &[CONCURRENT_MODIFICATION, INVALID_INPUT, NOT_IN_USE, UNIT_NOT_EMPTY, UNIT_NOT_FOUND],
            |_| None,
            |tx, cx, it| Box::pin(units::delete_organizational_unit(tx, cx, it)),
        ),
        write(
            "UpdateOrganizationalUnit",
            &[CONCURRENT_MODIFICATION, DUPLICATE_UNIT, INVALID_INPUT, NOT_IN_USE, UNIT_NOT_FOUND],
            |_| None,
            |tx, cx, it| Box::pin(units::update_organizational_unit(tx, cx, it)),
        ),
        read(
            "ListOrganizationalUnitsForParent",
            &[INVALID_INPUT, NOT_IN_USE, PARENT_NOT_FOUND],
            |tx, cx, it| Box::pin(units::list_organizational_units_for_parent(tx, cx, it)),
        ),
        read("ListParents", &[CHILD_NOT_FOUND, INVALID_INPUT, NOT_IN_USE], |tx, cx, it| {
            Box::pin(units::list_parents(tx, cx, it))
        }),
        read("ListChildren", &[INVALID_INPUT, NOT_IN_USE, PARENT_NOT_FOUND], |tx, cx, it| {
            Box::pin(units::list_children(tx, cx, it))
        }),
    ]
}

fn account_operations() -> Vec<Operation> {
    vec![
        read("ListAccounts", &[INVALID_INPUT, NOT_IN_USE], |tx, cx, it| {
            Box::pin(accounts::list_accounts(tx, cx, it))
        }),
        read(
            "ListAccountsForParent",
            &[INVALID_INPUT, NOT_IN_USE, PARENT_NOT_FOUND],
            |tx, cx, it| Box::pin(accounts::list_accounts_for_parent(tx, cx, it)),
        ),
        read("DescribeAccount", &[ACCOUNT_NOT_FOUND, INVALID_INPUT, NOT_IN_USE], |tx, cx, it| {
            Box::pin(accounts::describe_account(tx, cx, it))
        }),
        write(
            "MoveAccount",
            &[
                ACCOUNT_NOT_FOUND,
                CONCURRENT_MODIFICATION,
                DESTINATION_PARENT_NOT_FOUND,
                DUPLICATE_ACCOUNT,
                INVALID_INPUT,
                NOT_IN_USE,
                SOURCE_PARENT_NOT_FOUND,
            ],
            |_| None,
            |tx, cx, it| Box::pin(accounts::move_account(tx, cx, it)),
        ),
        write(
            "RemoveAccountFromOrganization",
            &[
                ACCOUNT_NOT_FOUND,
                CONCURRENT_MODIFICATION,
                CONSTRAINT_VIOLATION,
                INVALID_INPUT,
                MASTER_CANNOT_LEAVE,
                NOT_IN_USE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(accounts::remove_account_from_organization(tx, cx, it)),
        ),
        write(
            "LeaveOrganization",
            &[
                ACCOUNT_NOT_FOUND,
                CONCURRENT_MODIFICATION,
                CONSTRAINT_VIOLATION,
                INVALID_INPUT,
                MASTER_CANNOT_LEAVE,
                NOT_IN_USE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(accounts::leave_organization(tx, cx, it)),
        ),
        write(
            "CreateAccount",
            &[
                CONCURRENT_MODIFICATION,
                CONSTRAINT_VIOLATION,
                FINALIZING_ORGANIZATION,
                INVALID_INPUT,
                NOT_IN_USE,
                UNSUPPORTED_API_ENDPOINT,
            ],
            |_| None,
            |tx, cx, it| Box::pin(accounts::create_account(tx, cx, it)),
        ),
        read(
            "DescribeCreateAccountStatus",
            &[CREATE_ACCOUNT_STATUS_NOT_FOUND, INVALID_INPUT, NOT_IN_USE, UNSUPPORTED_API_ENDPOINT],
            |tx, cx, it| Box::pin(accounts::describe_create_account_status(tx, cx, it)),
        ),
    ]
}

fn handshake_operations() -> Vec<Operation> {
    vec![
        write(
            "EnableAllFeatures",
            &[
                CONCURRENT_MODIFICATION,
                CONSTRAINT_VIOLATION,
                HANDSHAKE_CONSTRAINT_VIOLATION,
                INVALID_INPUT,
                NOT_IN_USE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(handshakes::enable_all_features(tx, cx, it)),
        ),
        write(
            "InviteAccountToOrganization",
            &[
                ACCOUNT_OWNER_NOT_VERIFIED,
                CONCURRENT_MODIFICATION,
                CONSTRAINT_VIOLATION,
                DUPLICATE_HANDSHAKE,
                FINALIZING_ORGANIZATION,
                HANDSHAKE_CONSTRAINT_VIOLATION,
                INVALID_INPUT,
                NOT_IN_USE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(handshakes::invite_account_to_organization(tx, cx, it)),
        ),
        write(
            "AcceptHandshake",
            &[
                ACCESS_DENIED_FOR_DEPENDENCY,
                CONCURRENT_MODIFICATION,
                CONSTRAINT_VIOLATION,
                HANDSHAKE_ALREADY_IN_STATE,
                HANDSHAKE_CONSTRAINT_VIOLATION,
                HANDSHAKE_NOT_FOUND,
                INVALID_HANDSHAKE_TRANSITION,
                INVALID_INPUT,
                MASTER_CANNOT_LEAVE,
                NOT_IN_USE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(handshakes::accept_handshake(tx, cx, it)),
        ),
        write(
            "DeclineHandshake",
            &[
                CONCURRENT_MODIFICATION,
                HANDSHAKE_ALREADY_IN_STATE,
                HANDSHAKE_NOT_FOUND,
                INVALID_HANDSHAKE_TRANSITION,
                INVALID_INPUT,
            ],
            |_| None,
            |tx, cx, it| Box::pin(handshakes::decline_handshake(tx, cx, it)),
        ),
        write(
            "CancelHandshake",
            &[
                CONCURRENT_MODIFICATION,
                HANDSHAKE_ALREADY_IN_STATE,
                HANDSHAKE_NOT_FOUND,
                INVALID_HANDSHAKE_TRANSITION,
                INVALID_INPUT,
            ],
            |_| None,
            |tx, cx, it| Box::pin(handshakes::cancel_handshake(tx, cx, it)),
        ),
        read(
            "DescribeHandshake",
            &[CONCURRENT_MODIFICATION, HANDSHAKE_NOT_FOUND, INVALID_INPUT],
            |tx, cx, it| Box::pin(handshakes::describe_handshake(tx, cx, it)),
        ),
        read(
            "ListHandshakesForAccount",
            &[CONCURRENT_MODIFICATION, INVALID_INPUT],
            |tx, cx, it| Box::pin(handshakes::list_handshakes_for_account(tx, cx, it)),
        ),
        read(
            "ListHandshakesForOrganization",
            &[CONCURRENT_MODIFICATION, INVALID_INPUT, NOT_IN_USE],
            |tx, cx, it| Box::pin(handshakes::list_handshakes_for_organization(tx, cx, it)),
        ),
    ]
}

fn service_operations() -> Vec<Operation> {
    vec![
        write(
            "EnableAWSServiceAccess",
            &[
                CONCURRENT_MODIFICATION,
                CONSTRAINT_VIOLATION,
                INVALID_INPUT,
                NOT_IN_USE,
                UNSUPPORTED_API_ENDPOINT,
            ],
            |_| None,
            |tx, cx, it| Box::pin(services::enable_aws_service_access(tx, cx, it)),
        ),
        write(
            "DisableAWSServiceAccess",
            &[
                CONCURRENT_MODIFICATION,
                CONSTRAINT_VIOLATION,
                INVALID_INPUT,
                NOT_IN_USE,
                UNSUPPORTED_API_ENDPOINT,
            ],
            |_| None,
            |tx, cx, it| Box::pin(services::disable_aws_service_access(tx, cx, it)),
        ),
        read(
            "ListAWSServiceAccessForOrganization",
            &[CONSTRAINT_VIOLATION, INVALID_INPUT, NOT_IN_USE, UNSUPPORTED_API_ENDPOINT],
            |tx, cx, it| Box::pin(services::list_aws_service_access_for_organization(tx, cx, it)),
        ),
        write(
            "RegisterDelegatedAdministrator",
            &[
                ACCOUNT_ALREADY_REGISTERED,
                ACCOUNT_NOT_FOUND,
                CONCURRENT_MODIFICATION,
                CONSTRAINT_VIOLATION,
                INVALID_INPUT,
                NOT_IN_USE,
                UNSUPPORTED_API_ENDPOINT,
            ],
            |_| None,
            |tx, cx, it| Box::pin(services::register_delegated_administrator(tx, cx, it)),
        ),
        write(
            "DeregisterDelegatedAdministrator",
            &[
                ACCOUNT_NOT_FOUND,
                ACCOUNT_NOT_REGISTERED,
                CONCURRENT_MODIFICATION,
                CONSTRAINT_VIOLATION,
                INVALID_INPUT,
                NOT_IN_USE,
                UNSUPPORTED_API_ENDPOINT,
            ],
            |_| None,
            |tx, cx, it| Box::pin(services::deregister_delegated_administrator(tx, cx, it)),
        ),
        read(
            "ListDelegatedAdministrators",
            &[CONSTRAINT_VIOLATION, INVALID_INPUT, NOT_IN_USE, UNSUPPORTED_API_ENDPOINT],
            |tx, cx, it| Box::pin(services::list_delegated_administrators(tx, cx, it)),
        ),
        read(
            "ListDelegatedServicesForAccount",
            &[
                ACCOUNT_NOT_FOUND,
                ACCOUNT_NOT_REGISTERED,
                CONSTRAINT_VIOLATION,
                INVALID_INPUT,
                NOT_IN_USE,
                UNSUPPORTED_API_ENDPOINT,
            ],
            |tx, cx, it| Box::pin(services::list_delegated_services_for_account(tx, cx, it)),
        ),
    ]
}
