//! AWS KMS: keys that sign (reference 6.3). The table of operations, a line for each.

mod aliases;
pub mod error;
mod find;
mod keys;
mod paging;
mod policies;
pub mod shapes;
mod signing;
mod tags;

pub use find::locate;

use crate::access::{KEY, Resource};
use crate::operation::{Operation, ledger, read, write};
use error::*;

/// The operations of this service.
pub fn operations() -> Vec<Operation> {
    [key_operations(), signing_operations(), alias_operations(), tag_operations()]
        .into_iter()
        .flatten()
        .collect()
}

fn key_operations() -> Vec<Operation> {
    const OF_CHANGES: &[&str] =
        &[DEPENDENCY_TIMEOUT, INTERNAL, INVALID_ARN, INVALID_STATE, NOT_FOUND];
    vec![
        ledger(
            "CreateKey",
            &[
                CLOUD_HSM_CONFIGURATION,
                CUSTOM_KEY_STORE_NOT_FOUND,
                CUSTOM_KEY_STORE_STATE,
                DEPENDENCY_TIMEOUT,
                INTERNAL,
                INVALID_ARN,
                LIMIT_EXCEEDED,
                MALFORMED_POLICY,
                TAG,
                UNSUPPORTED_OPERATION,
                XKS_CONFIGURATION,
                XKS_IN_USE,
                XKS_NOT_FOUND,
            ],
            |server, cx, it| Box::pin(keys::create_key(server, cx, it)),
        )
        .tagging_new("TagResource", "arn:aws:kms:{region}:{account}:key/*"),
        read(
            "DescribeKey",
            &[DEPENDENCY_TIMEOUT, INTERNAL, INVALID_ARN, NOT_FOUND],
            |tx, cx, it| Box::pin(keys::describe_key(tx, cx, it)),
        )
        .on(KEY),
        read("ListKeys", &[DEPENDENCY_TIMEOUT, INTERNAL, INVALID_MARKER], |tx, cx, it| {
            Box::pin(keys::list_keys(tx, cx, it))
        }),
        write(
            "EnableKey",
            &[DEPENDENCY_TIMEOUT, INTERNAL, INVALID_ARN, INVALID_STATE, LIMIT_EXCEEDED, NOT_FOUND],
            |_| None,
            |tx, cx, it| Box::pin(keys::enable_key(tx, cx, it)),
        )
        .on(KEY),
        write(
            "DisableKey",
            OF_CHANGES,
            |_| None,
            |tx, cx, it| Box::pin(keys::disable_key(tx, cx, it)),
        )
        .on(KEY),
        write(
            "ScheduleKeyDeletion",
            OF_CHANGES,
            |_| None,
            |tx, cx, it| Box::pin(keys::schedule_key_deletion(tx, cx, it)),
        )
        .on(KEY),
        write(
            "CancelKeyDeletion",
            OF_CHANGES,
            |_| None,
            |tx, cx, it| Box::pin(keys::cancel_key_deletion(tx, cx, it)),
        )
        .on(KEY),
        read("GetKeyPolicy", OF_CHANGES, |tx, cx, it| {
            Box::pin(policies::get_key_policy(tx, cx, it))
        })
        .on(KEY),
        write(
            "PutKeyPolicy",
            &[
                DEPENDENCY_TIMEOUT,
                INTERNAL,
                INVALID_ARN,
                INVALID_STATE,
                LIMIT_EXCEEDED,
                MALFORMED_POLICY,
                NOT_FOUND,
                UNSUPPORTED_OPERATION,
            ],
            |_| None,
            |tx, cx, it| Box::pin(policies::put_key_policy(tx, cx, it)),
        )
        .on(KEY),
    ]
}

fn signing_operations() -> Vec<Operation> {
    vec![
        read(
            "GetPublicKey",
            &[
                DEPENDENCY_TIMEOUT,
                DISABLED,
                INTERNAL,
                INVALID_ARN,
                INVALID_GRANT_TOKEN,
                INVALID_KEY_USAGE,
                INVALID_STATE,
                KEY_UNAVAILABLE,
                NOT_FOUND,
                UNSUPPORTED_OPERATION,
            ],
            |tx, cx, it| Box::pin(signing::get_public_key(tx, cx, it)),
        )
        .on(KEY),
        ledger(
            "Sign",
            &[
                DEPENDENCY_TIMEOUT,
                DISABLED,
                DRY_RUN,
                INTERNAL,
                INVALID_GRANT_TOKEN,
                INVALID_KEY_USAGE,
                INVALID_STATE,
                KEY_UNAVAILABLE,
                NOT_FOUND,
            ],
            |server, cx, it| Box::pin(signing::sign(server, cx, it)),
        )
        .on(KEY),
        ledger(
            "Verify",
            &[
                DEPENDENCY_TIMEOUT,
                DISABLED,
                DRY_RUN,
                INTERNAL,
                INVALID_GRANT_TOKEN,
                INVALID_KEY_USAGE,
                INVALID_SIGNATURE,
                INVALID_STATE,
                KEY_UNAVAILABLE,
                NOT_FOUND,
            ],
            |server, cx, it| Box::pin(signing::verify(server, cx, it)),
        )
        .on(KEY),
    ]
}

fn alias_operations() -> Vec<Operation> {
    vec![
        write(
            "CreateAlias",
            &[
                ALREADY_EXISTS,
                DEPENDENCY_TIMEOUT,
                INTERNAL,
                INVALID_ALIAS_NAME,
                INVALID_STATE,
                LIMIT_EXCEEDED,
                NOT_FOUND,
            ],
            |_| None,
            |tx, cx, it| Box::pin(aliases::create_alias(tx, cx, it)),
        )
        .on(Resource::Alias),
        read(
            "ListAliases",
            &[DEPENDENCY_TIMEOUT, INTERNAL, INVALID_ARN, INVALID_MARKER, NOT_FOUND],
            |tx, cx, it| Box::pin(aliases::list_aliases(tx, cx, it)),
        ),
        write(
            "UpdateAlias",
            &[DEPENDENCY_TIMEOUT, INTERNAL, INVALID_STATE, LIMIT_EXCEEDED, NOT_FOUND],
            |_| None,
            |tx, cx, it| Box::pin(aliases::update_alias(tx, cx, it)),
        )
        .on(Resource::Alias),
        write(
            "DeleteAlias",
            &[DEPENDENCY_TIMEOUT, INTERNAL, INVALID_STATE, NOT_FOUND],
            |_| None,
            |tx, cx, it| Box::pin(aliases::delete_alias(tx, cx, it)),
        )
        .on(Resource::Alias),
    ]
}

fn tag_operations() -> Vec<Operation> {
    vec![
        write(
            "TagResource",
            &[INTERNAL, INVALID_ARN, INVALID_STATE, LIMIT_EXCEEDED, NOT_FOUND, TAG],
            |_| None,
            |tx, cx, it| Box::pin(tags::tag_resource(tx, cx, it)),
        )
        .on(KEY),
        write(
            "UntagResource",
            &[INTERNAL, INVALID_ARN, INVALID_STATE, NOT_FOUND, TAG],
            |_| None,
            |tx, cx, it| Box::pin(tags::untag_resource(tx, cx, it)),
        )
        .on(KEY),
        read(
            "ListResourceTags",
            &[INTERNAL, INVALID_ARN, INVALID_MARKER, NOT_FOUND],
            |tx, cx, it| Box::pin(tags::list_resource_tags(tx, cx, it)),
        )
        .on(KEY),
    ]
}
