//! Which managed policies a user, group or role has, and the other way round.

use leasehold_core::identity::{Cause, Entity, Kind, PolicyArn, limits};
use leasehold_store::Tx;
use leasehold_store::iam::policy as store;

use super::entities::{Attachable, attachable, find, find_own};
use super::error::*;
use super::paging::Paging;
use super::shapes;
use crate::access::{GROUP, ROLE, Resource, USER};
use crate::cx::Cx;
use crate::operation::{Operation, Outcome, read, write};

/// The operations on attachments.
pub fn operations() -> Vec<Operation> {
    vec![
        write(
            "AttachUserPolicy",
            &[
                INVALID_INPUT,
                LIMIT_EXCEEDED,
                NO_SUCH_ENTITY,
                POLICY_NOT_ATTACHABLE,
                SERVICE_FAILURE,
            ],
            |_| None,
            |tx, cx, it: &shapes::UserAttachmentRequest| {
                Box::pin(attach(tx, cx, (Kind::User, &it.user_name), &it.policy_arn))
            },
        )
        .on(USER),
        write(
            "AttachGroupPolicy",
            &[
                INVALID_INPUT,
                LIMIT_EXCEEDED,
                NO_SUCH_ENTITY,
                POLICY_NOT_ATTACHABLE,
                SERVICE_FAILURE,
            ],
            |_| None,
            |tx, cx, it: &shapes::GroupAttachmentRequest| {
                Box::pin(attach(tx, cx, (Kind::Group, &it.group_name), &it.policy_arn))
            },
        )
        .on(GROUP),
        write(
            "AttachRolePolicy",
            &[
                INVALID_INPUT,
                LIMIT_EXCEEDED,
                NO_SUCH_ENTITY,
                POLICY_NOT_ATTACHABLE,
                SERVICE_FAILURE,
                UNMODIFIABLE_ENTITY,
            ],
            |_| None,
            |tx, cx, it: &shapes::RoleAttachmentRequest| {
                Box::pin(attach(tx, cx, (Kind::Role, &it.role_name), &it.policy_arn))
            },
        )
        .on(ROLE),
        write(
            "DetachUserPolicy",
            &[INVALID_INPUT, LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it: &shapes::UserAttachmentRequest| {
                Box::pin(detach(tx, cx, (Kind::User, &it.user_name), &it.policy_arn))
            },
        )
        .on(USER),
        write(
            "DetachGroupPolicy",
            &[INVALID_INPUT, LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it: &shapes::GroupAttachmentRequest| {
                Box::pin(detach(tx, cx, (Kind::Group, &it.group_name), &it.policy_arn))
            },
        )
        .on(GROUP),
        write(
            "DetachRolePolicy",
            &[INVALID_INPUT, LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE, UNMODIFIABLE_ENTITY],
            |_| None,
            |tx, cx, it: &shapes::RoleAttachmentRequest| {
                Box::pin(detach(tx, cx, (Kind::Role, &it.role_name), &it.policy_arn))
            },
        )
        .on(ROLE),
        read(
            "ListAttachedUserPolicies",
            &[INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |tx, cx, it: &shapes::UserAttachmentsRequest| {
                Box::pin(list(
                    tx,
                    cx,
                    (Kind::User, &it.user_name),
                    it.path_prefix.as_deref(),
                    Paging::read(it.marker.as_ref(), it.max_items),
                ))
            },
        )
        .on(USER),
        read(
            "ListAttachedGroupPolicies",
            &[INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |tx, cx, it: &shapes::GroupAttachmentsRequest| {
                Box::pin(list(
                    tx,
                    cx,
                    (Kind::Group, &it.group_name),
                    it.path_prefix.as_deref(),
                    Paging::read(it.marker.as_ref(), it.max_items),
                ))
            },
        )
        .on(GROUP),
        read(
            "ListAttachedRolePolicies",
            &[INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |tx, cx, it: &shapes::RoleAttachmentsRequest| {
                Box::pin(list(
                    tx,
                    cx,
                    (Kind::Role, &it.role_name),
                    it.path_prefix.as_deref(),
                    Paging::read(it.marker.as_ref(), it.max_items),
                ))
            },
        )
        .on(ROLE),
        read(
            "ListEntitiesForPolicy",
            &[INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |tx, cx, it| Box::pin(list_entities(tx, cx, it)),
        )
        .on(Resource::Arn("PolicyArn")),
    ]
}

/// Once more changes nothing.
async fn attach(
    tx: &mut Tx,
    cx: &Cx,
    (kind, owner): (Kind, &str),
    arn: &str,
) -> Outcome<shapes::Nothing> {
    let entity = find_own(tx, cx, kind, owner).await?;
    let policy = attachable(tx, cx, arn).await?.ok_or_else(|| {
        Cause::NoSuchEntity.because(format!("Policy {arn} does not exist or is not attachable."))
    })?;
    let attached = store::attached(tx, &entity.id).await?;
    if !attached.iter().any(|other| other == arn) {
        let quota = match kind {
            Kind::Group => "PoliciesPerGroup",
            Kind::Role => "PoliciesPerRole",
            Kind::User | Kind::Policy | Kind::Provider => "PoliciesPerUser",
        };
        limits::check_room(attached.len(), limits::ATTACHMENTS_MAX, quota)?;
        let id = match &policy {
            Attachable::Own(id) => Some(id.as_str()),
            Attachable::Aws => None,
        };
        store::attach(tx, &entity, arn, id).await?;
    }
    Ok(shapes::Nothing {})
}

async fn detach(
    tx: &mut Tx,
    cx: &Cx,
    (kind, owner): (Kind, &str),
    arn: &str,
) -> Outcome<shapes::Nothing> {
    let entity = find_own(tx, cx, kind, owner).await?;
    PolicyArn::parse(arn)?;
    if !store::detach(tx, &entity.id, arn).await? {
        return Err(Cause::NoSuchEntity.because(format!("Policy {arn} was not found.")).into());
    }
    Ok(shapes::Nothing {})
}

async fn list(
    tx: &mut Tx,
    cx: &Cx,
    (kind, owner): (Kind, &str),
    prefix: Option<&str>,
    paging: Paging<'_>,
) -> Outcome<shapes::AttachedPoliciesAnswer> {
    let entity = find(tx, cx, kind, owner).await?;
    let prefix = prefix.unwrap_or("/");
    let mut attached = store::attached(tx, &entity.id).await?;
    attached.retain(|arn| PolicyArn::parse(arn).is_ok_and(|arn| arn.path.starts_with(prefix)));
    let (attached, (is_truncated, marker)) = paging.cut_counted(attached);
    let attached_policies = Some(attached.iter().map(|arn| show(arn)).collect());
    Ok(shapes::AttachedPoliciesAnswer { attached_policies, is_truncated, marker })
}

/// An attached policy.
pub fn show(arn: &str) -> shapes::AttachedPolicy {
    let parsed = PolicyArn::parse(arn).ok();
    shapes::AttachedPolicy {
        policy_name: parsed.map(|parsed| parsed.name.into()),
        policy_arn: Some(arn.into()),
    }
}

/// Groups first, then users, then roles, each by name.
async fn list_entities(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListEntitiesForPolicyRequest,
) -> Outcome<shapes::ListEntitiesForPolicyResponse> {
    if attachable(tx, cx, &it.policy_arn).await?.is_none() {
        let text = format!("Policy {} was not found.", it.policy_arn.0);
        return Err(Cause::NoSuchEntity.because(text).into());
    }
    let mut found = Vec::new();
    for kind in [Kind::Group, Kind::User, Kind::Role] {
        if it.entity_filter.is_none_or(|filter| is_of(filter, kind)) {
            found.extend(with_policy(tx, cx, kind, it).await?);
        }
    }
    let paging = Paging::read(it.marker.as_ref(), it.max_items);
    let (found, (is_truncated, marker)) = paging.cut_counted(found);
    let of = |kind: Kind| found.iter().filter(move |each| each.details.kind() == kind);
    let group = |each: &Entity| shapes::PolicyGroup {
        group_name: Some(each.name.as_str().into()),
        group_id: Some(each.id.as_str().into()),
    };
    let user = |each: &Entity| shapes::PolicyUser {
        user_name: Some(each.name.as_str().into()),
        user_id: Some(each.id.as_str().into()),
    };
    let role = |each: &Entity| shapes::PolicyRole {
        role_name: Some(each.name.as_str().into()),
        role_id: Some(each.id.as_str().into()),
    };
    Ok(shapes::ListEntitiesForPolicyResponse {
        policy_groups: Some(of(Kind::Group).map(group).collect()),
        policy_users: Some(of(Kind::User).map(user).collect()),
        policy_roles: Some(of(Kind::Role).map(role).collect()),
        is_truncated,
        marker,
    })
}

fn is_of(filter: shapes::EntityType, kind: Kind) -> bool {
    match filter {
        shapes::EntityType::User => kind == Kind::User,
        shapes::EntityType::Group => kind == Kind::Group,
        shapes::EntityType::Role => kind == Kind::Role,
        // Policies have no policies.
        shapes::EntityType::LocalManagedPolicy | shapes::EntityType::AwsManagedPolicy => false,
    }
}

async fn with_policy(
    tx: &mut Tx,
    cx: &Cx,
    kind: Kind,
    it: &shapes::ListEntitiesForPolicyRequest,
) -> Outcome<Vec<Entity>> {
    let (account, arn) = (&cx.caller.account, &it.policy_arn);
    let place = (kind, it.path_prefix.as_deref().unwrap_or("/"));
    let mut found = Vec::new();
    if it.policy_usage_filter != Some(shapes::PolicyUsage::PermissionsBoundary) {
        found = store::entities_with(tx, account, arn, false, place).await?;
    }
    if it.policy_usage_filter != Some(shapes::PolicyUsage::PermissionsPolicy) {
        for each in store::entities_with(tx, account, arn, true, place).await? {
            if !found.contains(&each) {
                found.push(each);
            }
        }
    }
    Ok(found)
}
