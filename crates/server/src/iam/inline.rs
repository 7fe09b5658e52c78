//! Inline policies of users, groups and roles.

use leasehold_core::Refusal;
use leasehold_core::iam::size;
use leasehold_core::identity::{Cause, Entity, Kind, limits};
use leasehold_store::Tx;
use leasehold_store::iam::policy::{self, Inline};

use super::entities::{find, find_own};
use super::error::*;
use super::paging::Paging;
use super::{documents, shapes, views};
use crate::access::{GROUP, ROLE, USER};
use crate::cx::Cx;
use crate::operation::{Operation, Outcome, read, write};

/// The operations on inline policies.
pub fn operations() -> Vec<Operation> {
    vec![
        write(
            "PutUserPolicy",
            &[LIMIT_EXCEEDED, MALFORMED_POLICY_DOCUMENT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it: &shapes::InlineUserPolicy| {
                Box::pin(put(
                    tx,
                    cx,
                    (Kind::User, &it.user_name),
                    &it.policy_name,
                    &it.policy_document,
                ))
            },
        )
        .on(USER),
        write(
            "PutGroupPolicy",
            &[LIMIT_EXCEEDED, MALFORMED_POLICY_DOCUMENT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it: &shapes::InlineGroupPolicy| {
                Box::pin(put(
                    tx,
                    cx,
                    (Kind::Group, &it.group_name),
                    &it.policy_name,
                    &it.policy_document,
                ))
            },
        )
        .on(GROUP),
        write(
            "PutRolePolicy",
            &[
                LIMIT_EXCEEDED,
                MALFORMED_POLICY_DOCUMENT,
                NO_SUCH_ENTITY,
                SERVICE_FAILURE,
                UNMODIFIABLE_ENTITY,
            ],
            |_| None,
            |tx, cx, it: &shapes::InlineRolePolicy| {
                Box::pin(put(
                    tx,
                    cx,
                    (Kind::Role, &it.role_name),
                    &it.policy_name,
                    &it.policy_document,
                ))
            },
        )
        .on(ROLE),
        read("GetUserPolicy", &[NO_SUCH_ENTITY, SERVICE_FAILURE], |tx, cx, it| {
            Box::pin(get_of_user(tx, cx, it))
        })
        .on(USER),
        read("GetGroupPolicy", &[NO_SUCH_ENTITY, SERVICE_FAILURE], |tx, cx, it| {
            Box::pin(get_of_group(tx, cx, it))
        })
        .on(GROUP),
        read("GetRolePolicy", &[NO_SUCH_ENTITY, SERVICE_FAILURE], |tx, cx, it| {
            Box::pin(get_of_role(tx, cx, it))
        })
        .on(ROLE),
        write(
            "DeleteUserPolicy",
            &[LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it: &shapes::InlineUserPolicyRequest| {
                Box::pin(delete(tx, cx, (Kind::User, &it.user_name), &it.policy_name))
            },
        )
        .on(USER),
        write(
            "DeleteGroupPolicy",
            &[LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it: &shapes::InlineGroupPolicyRequest| {
                Box::pin(delete(tx, cx, (Kind::Group, &it.group_name), &it.policy_name))
            },
        )
        .on(GROUP),
        write(
            "DeleteRolePolicy",
            &[LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE, UNMODIFIABLE_ENTITY],
            |_| None,
            |tx, cx, it: &shapes::InlineRolePolicyRequest| {
                Box::pin(delete(tx, cx, (Kind::Role, &it.role_name), &it.policy_name))
            },
        )
        .on(ROLE),
        read(
            "ListUserPolicies",
            &[NO_SUCH_ENTITY, SERVICE_FAILURE],
            |tx, cx, it: &shapes::UserPageRequest| {
                Box::pin(list(
                    tx,
                    cx,
                    (Kind::User, &it.user_name),
                    Paging::read(it.marker.as_ref(), it.max_items),
                ))
            },
        )
        .on(USER),
        read(
            "ListGroupPolicies",
            &[NO_SUCH_ENTITY, SERVICE_FAILURE],
            |tx, cx, it: &shapes::GroupPageRequest| {
                Box::pin(list(
                    tx,
                    cx,
                    (Kind::Group, &it.group_name),
                    Paging::read(it.marker.as_ref(), it.max_items),
                ))
            },
        )
        .on(GROUP),
        read(
            "ListRolePolicies",
            &[NO_SUCH_ENTITY, SERVICE_FAILURE],
            |tx, cx, it: &shapes::RolePageRequest| {
                Box::pin(list(
                    tx,
                    cx,
                    (Kind::Role, &it.role_name),
                    Paging::read(it.marker.as_ref(), it.max_items),
                ))
            },
        )
        .on(ROLE),
    ]
}

/// New, or instead of the one of this name.
async fn put(
    tx: &mut Tx,
    cx: &Cx,
    (kind, owner): (Kind, &str),
    name: &str,
    document: &str,
) -> Outcome<shapes::Nothing> {
    documents::check_identity(document)?;
    let entity = find_own(tx, cx, kind, owner).await?;
    let others = policy::inline(tx, &entity.id).await?;
    let others = others.iter().filter(|other| other.name != name);
    let kept: usize = others.map(|other| size(&other.document)).sum();
    let max = limits::inline_size_max(kind);
    let text = format!("{} {owner}", kind.as_str());
    limits::check_size(kept + size(document), max, &text)?;
    let (name, document) = (name.to_owned(), document.to_owned());
    policy::put_inline(tx, &entity.id, &Inline { name, document }).await?;
    Ok(shapes::Nothing {})
}

async fn get_of_user(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::InlineUserPolicyRequest,
) -> Outcome<shapes::InlineUserPolicy> {
    let (owner, policy) = get(tx, cx, (Kind::User, &it.user_name), &it.policy_name).await?;
    Ok(shapes::InlineUserPolicy {
        user_name: owner.name.into(),
        policy_name: policy.name.into(),
        policy_document: views::document(&policy.document),
    })
}

async fn get_of_group(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::InlineGroupPolicyRequest,
) -> Outcome<shapes::InlineGroupPolicy> {
    let (owner, policy) = get(tx, cx, (Kind::Group, &it.group_name), &it.policy_name).await?;
    Ok(shapes::InlineGroupPolicy {
        group_name: owner.name.into(),
        policy_name: policy.name.into(),
        policy_document: views::document(&policy.document),
    })
}

async fn get_of_role(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::InlineRolePolicyRequest,
) -> Outcome<shapes::InlineRolePolicy> {
    let (owner, policy) = get(tx, cx, (Kind::Role, &it.role_name), &it.policy_name).await?;
    Ok(shapes::InlineRolePolicy {
        role_name: owner.name.into(),
        policy_name: policy.name.into(),
        policy_document: views::document(&policy.document),
    })
}

async fn get(
    tx: &mut Tx,
    cx: &Cx,
    (kind, owner): (Kind, &str),
    name: &str,
) -> Outcome<(Entity, Inline)> {
    let entity = find(tx, cx, kind, owner).await?;
    let found = policy::inline(tx, &entity.id).await?.into_iter().find(|each| each.name == name);
    Ok((entity, found.ok_or_else(|| missing(kind, name))?))
}

fn missing(kind: Kind, name: &str) -> Refusal {
    let kind = kind.as_str();
    Cause::NoSuchEntity.because(format!("The {kind} policy with name {name} cannot be found."))
}

async fn delete(
    tx: &mut Tx,
    cx: &Cx,
    (kind, owner): (Kind, &str),
    name: &str,
) -> Outcome<shapes::Nothing> {
    let entity = find_own(tx, cx, kind, owner).await?;
    if !policy::delete_inline(tx, &entity.id, name).await? {
        return Err(missing(kind, name).into());
    }
    Ok(shapes::Nothing {})
}

async fn list(
    tx: &mut Tx,
    cx: &Cx,
    (kind, owner): (Kind, &str),
    paging: Paging<'_>,
) -> Outcome<shapes::PolicyNamesAnswer> {
    let entity = find(tx, cx, kind, owner).await?;
    let names = policy::inline(tx, &entity.id).await?.into_iter().map(|each| each.name.into());
    let (policy_names, (is_truncated, marker)) = paging.cut_counted(names.collect());
    Ok(shapes::PolicyNamesAnswer { policy_names, is_truncated, marker })
}
