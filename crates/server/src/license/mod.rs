//! AWS License Manager: the table of operations, a line for each.

mod borrow;
pub mod checklist;
mod consumption;
pub mod error;
pub mod grants;
mod lists;
mod page;
mod read;
mod settings;
pub mod shapes;
mod signing;
mod tags;
mod token;
mod tokens;
mod usage;
mod write;

use crate::access::{GRANT, LICENSE, Resource};
use crate::operation::{Operation, ledger, read, write};

use error::{
    CONFLICT, ENTITLEMENT_NOT_ALLOWED, INVALID_PARAMETER_VALUE, NO_ENTITLEMENTS_ALLOWED, REDIRECT,
    RESOURCE_LIMIT_EXCEEDED, RESOURCE_NOT_FOUND, UNSUPPORTED_DIGITAL_SIGNATURE_METHOD, VALIDATION,
};

/// What every operation on grants may answer, and every list of what was received.
const OF_GRANTS: &[&str] = &[VALIDATION, INVALID_PARAMETER_VALUE, RESOURCE_LIMIT_EXCEEDED];

/// The operations of this service. A name that is not here answers UnknownOperationException.
pub fn operations() -> Vec<Operation> {
    vec![
        write(
            "CreateLicense",
            &[VALIDATION, INVALID_PARAMETER_VALUE, REDIRECT],
            |it: &shapes::CreateLicenseRequest| Some(&it.client_token),
            |tx, cx, it| Box::pin(write::create_license(tx, cx, it)),
        ),
        write(
            "CreateLicenseVersion",
            &[VALIDATION, RESOURCE_NOT_FOUND, REDIRECT, CONFLICT],
            |it: &shapes::CreateLicenseVersionRequest| Some(&it.client_token),
            |tx, cx, it| Box::pin(write::create_license_version(tx, cx, it)),
        )
        .on(LICENSE),
        write(
            "DeleteLicense",
            &[VALIDATION, INVALID_PARAMETER_VALUE, REDIRECT, CONFLICT],
            |_| None,
            |tx, cx, it| Box::pin(write::delete_license(tx, cx, it)),
        )
        .on(LICENSE),
        read("GetLicense", &[VALIDATION, INVALID_PARAMETER_VALUE], |tx, cx, it| {
            Box::pin(read::get_license(tx, cx, it))
        })
        .on(LICENSE),
        read("ListLicenses", &[VALIDATION, INVALID_PARAMETER_VALUE], |tx, cx, it| {
            Box::pin(lists::list_licenses(tx, cx, it))
        }),
        read("ListLicenseVersions", &[INVALID_PARAMETER_VALUE], |tx, cx, it| {
            Box::pin(lists::list_license_versions(tx, cx, it))
        })
        .on(LICENSE),
        ledger("GetLicenseUsage", &[VALIDATION, INVALID_PARAMETER_VALUE], |server, cx, it| {
            Box::pin(usage::get_license_usage(server, cx, it))
        })
        .on(LICENSE),
        ledger(
            "CheckoutLicense",
            &[
                VALIDATION,
                INVALID_PARAMETER_VALUE,
                RESOURCE_NOT_FOUND,
                NO_ENTITLEMENTS_ALLOWED,
                UNSUPPORTED_DIGITAL_SIGNATURE_METHOD,
                REDIRECT,
            ],
            |server, cx, it| Box::pin(consumption::checkout_license(server, cx, it)),
        ),
        ledger(
            "CheckoutBorrowLicense",
            &[
                VALIDATION,
                INVALID_PARAMETER_VALUE,
                RESOURCE_NOT_FOUND,
                NO_ENTITLEMENTS_ALLOWED,
                ENTITLEMENT_NOT_ALLOWED,
                UNSUPPORTED_DIGITAL_SIGNATURE_METHOD,
                REDIRECT,
            ],
            |server, cx, it| Box::pin(borrow::checkout_borrow_license(server, cx, it)),
        )
        .on(LICENSE),
        ledger(
            "ExtendLicenseConsumption",
            &[VALIDATION, INVALID_PARAMETER_VALUE, RESOURCE_NOT_FOUND],
            |server, cx, it| Box::pin(consumption::extend_license_consumption(server, cx, it)),
        ),
        ledger(
            "CheckInLicense",
            &[VALIDATION, INVALID_PARAMETER_VALUE, RESOURCE_NOT_FOUND, CONFLICT],
            |server, cx, it| Box::pin(consumption::check_in_license(server, cx, it)),
        ),
        write(
            "TagResource",
            &[VALIDATION, INVALID_PARAMETER_VALUE],
            |_| None,
            |tx, cx, it| Box::pin(tags::tag_resource(tx, cx, it)),
        )
        .on(Resource::Arn("ResourceArn")),
        write(
            "UntagResource",
            &[VALIDATION, INVALID_PARAMETER_VALUE],
            |_| None,
            |tx, cx, it| Box::pin(tags::untag_resource(tx, cx, it)),
        )
        .on(Resource::Arn("ResourceArn")),
        read("ListTagsForResource", &[VALIDATION, INVALID_PARAMETER_VALUE], |tx, cx, it| {
            Box::pin(tags::list_tags_for_resource(tx, cx, it))
        })
        .on(Resource::Arn("ResourceArn")),
        write(
            "CreateGrant",
            OF_GRANTS,
            |it: &shapes::CreateGrantRequest| Some(&it.client_token),
            |tx, cx, it| Box::pin(grants::create_grant(tx, cx, it)),
        )
        .on(LICENSE),
        write(
            "CreateGrantVersion",
            OF_GRANTS,
            |it: &shapes::CreateGrantVersionRequest| Some(&it.client_token),
            |tx, cx, it| Box::pin(grants::create_grant_version(tx, cx, it)),
        )
        .on(GRANT),
        read("GetGrant", OF_GRANTS, |tx, cx, it| Box::pin(grants::get_grant(tx, cx, it))).on(GRANT),
        write(
            "DeleteGrant",
            OF_GRANTS,
            |_| None,
            |tx, cx, it| Box::pin(grants::delete_grant(tx, cx, it)),
        )
        .on(GRANT),
        write(
            "AcceptGrant",
            OF_GRANTS,
            |_| None,
            |tx, cx, it| Box::pin(grants::accept_grant(tx, cx, it)),
        )
        .on(GRANT),
        write(
            "RejectGrant",
            OF_GRANTS,
            |_| None,
            |tx, cx, it| Box::pin(grants::reject_grant(tx, cx, it)),
        )
        .on(GRANT),
        read("ListDistributedGrants", OF_GRANTS, |tx, cx, it| {
            Box::pin(grants::list_distributed_grants(tx, cx, it))
        }),
        read("ListReceivedGrants", OF_GRANTS, |tx, cx, it| {
            Box::pin(grants::list_received_grants(tx, cx, it))
        }),
        read("ListReceivedGrantsForOrganization", OF_GRANTS, |tx, cx, it| {
            Box::pin(grants::list_received_grants_for_organization(tx, cx, it))
        }),
        read("ListReceivedLicenses", OF_GRANTS, |tx, cx, it| {
            Box::pin(grants::list_received_licenses(tx, cx, it))
        }),
        read("ListReceivedLicensesForOrganization", OF_GRANTS, |tx, cx, it| {
            Box::pin(grants::list_received_licenses_for_organization(tx, cx, it))
        }),
        ledger(
            tokens::CREATE_TOKEN,
            &[VALIDATION, RESOURCE_LIMIT_EXCEEDED, RESOURCE_NOT_FOUND, REDIRECT],
            |server, cx, it| Box::pin(tokens::create_token(server, cx, it)),
        )
        .on(LICENSE),
        read("ListTokens", &[VALIDATION], |tx, cx, it| Box::pin(tokens::list_tokens(tx, cx, it))),
        write(
            "DeleteToken",
            &[VALIDATION, RESOURCE_NOT_FOUND, REDIRECT],
            |_| None,
            |tx, cx, it| Box::pin(tokens::delete_token(tx, cx, it)),
        ),
        // It answers an exception that its model does not list (T11).
        ledger("GetAccessToken", &[VALIDATION, INVALID_PARAMETER_VALUE], |server, cx, it| {
            Box::pin(tokens::get_access_token(server, cx, it))
        })
        .unsigned(),
        read("GetServiceSettings", &[], |tx, cx, it| {
            Box::pin(settings::get_service_settings(tx, cx, it))
        }),
        write(
            "UpdateServiceSettings",
            &[VALIDATION, INVALID_PARAMETER_VALUE, CONFLICT],
            |_| None,
            |tx, cx, it| Box::pin(settings::update_service_settings(tx, cx, it)),
        ),
    ]
}
