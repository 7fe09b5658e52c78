//! Roles.

use leasehold_core::identity::{Cause, Details, Entity, Kind, Role, SERVICE_PATH};
use leasehold_store::{Tx, iam as store};

use super::entities::{self, bound, draft, find, find_own, role_of, tags_of};
use super::error::*;
use super::paging::Paging;
use super::{documents, shapes, tags, views};
use crate::access::ROLE;
use crate::cx::Cx;
use crate::operation::{Operation, Outcome, read, write};
use crate::principals::{self, Ids};

/// How long a session may be where a role does not say, seconds.
const SESSION_DEFAULT_S: i32 = 3_600;

/// The operations on roles.
pub fn operations() -> Vec<Operation> {
    vec![
        write(
            "CreateRole",
            &[
                CONCURRENT_MODIFICATION,
                ENTITY_ALREADY_EXISTS,
                INVALID_INPUT,
                LIMIT_EXCEEDED,
                MALFORMED_POLICY_DOCUMENT,
                SERVICE_FAILURE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(create(tx, cx, it)),
        )
        .on(ROLE)
        .tagging("TagRole"),
        read("GetRole", &[NO_SUCH_ENTITY, SERVICE_FAILURE], |tx, cx, it| Box::pin(get(tx, cx, it)))
            .on(ROLE),
        read("ListRoles", &[SERVICE_FAILURE], |tx, cx, it| Box::pin(list(tx, cx, it))),
        write(
            "UpdateRole",
            &[NO_SUCH_ENTITY, SERVICE_FAILURE, UNMODIFIABLE_ENTITY],
            |_| None,
            |tx, cx, it| Box::pin(update(tx, cx, it)),
        )
        .on(ROLE),
        write(
            "UpdateRoleDescription",
            &[NO_SUCH_ENTITY, SERVICE_FAILURE, UNMODIFIABLE_ENTITY],
            |_| None,
            |tx, cx, it| Box::pin(describe(tx, cx, it)),
        )
        .on(ROLE),
        write(
            "UpdateAssumeRolePolicy",
            &[
                LIMIT_EXCEEDED,
                MALFORMED_POLICY_DOCUMENT,
                NO_SUCH_ENTITY,
                SERVICE_FAILURE,
                UNMODIFIABLE_ENTITY,
            ],
            |_| None,
            |tx, cx, it| Box::pin(trust(tx, cx, it)),
        )
        .on(ROLE),
        write(
            "DeleteRole",
            &[
                CONCURRENT_MODIFICATION,
                DELETE_CONFLICT,
                LIMIT_EXCEEDED,
                NO_SUCH_ENTITY,
                SERVICE_FAILURE,
                UNMODIFIABLE_ENTITY,
            ],
            |_| None,
            |tx, cx, it| Box::pin(delete(tx, cx, it)),
        )
        .on(ROLE),
        write(
            "TagRole",
            &[
                CONCURRENT_MODIFICATION,
                INVALID_INPUT,
                LIMIT_EXCEEDED,
                NO_SUCH_ENTITY,
                SERVICE_FAILURE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(tag(tx, cx, it)),
        )
        .on(ROLE),
        write(
            "UntagRole",
            &[CONCURRENT_MODIFICATION, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(untag(tx, cx, it)),
        )
        .on(ROLE),
        read("ListRoleTags", &[NO_SUCH_ENTITY, SERVICE_FAILURE], |tx, cx, it| {
            Box::pin(list_tags(tx, cx, it))
        })
        .on(ROLE),
        write(
            "PutRolePermissionsBoundary",
            &[
                INVALID_INPUT,
                NO_SUCH_ENTITY,
                POLICY_NOT_ATTACHABLE,
                SERVICE_FAILURE,
                UNMODIFIABLE_ENTITY,
            ],
            |_| None,
            |tx, cx, it: &shapes::PutRolePermissionsBoundaryRequest| {
                Box::pin(bound(tx, cx, (Kind::Role, &it.role_name), Some(&it.permissions_boundary)))
            },
        )
        .on(ROLE),
        write(
            "DeleteRolePermissionsBoundary",
            &[NO_SUCH_ENTITY, SERVICE_FAILURE, UNMODIFIABLE_ENTITY],
            |_| None,
            |tx, cx, it: &shapes::RoleRequest| {
                Box::pin(bound(tx, cx, (Kind::Role, &it.role_name), None))
            },
        )
        .on(ROLE),
        read("ListInstanceProfilesForRole", &[NO_SUCH_ENTITY, SERVICE_FAILURE], |tx, cx, it| {
            Box::pin(list_instance_profiles(tx, cx, it))
        })
        .on(ROLE),
    ]
}

async fn create(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreateRoleRequest,
) -> Outcome<shapes::RoleAnswer> {
    let trusted = trusted_by(tx, &it.assume_role_policy_document).await?;
    if it.path.as_ref().is_some_and(|path| path.starts_with(SERVICE_PATH)) {
        let text = format!("Path: {SERVICE_PATH} is for roles that services make for themselves.");
        return Err(Cause::InvalidInput.because(text).into());
    }
    let role = Role {
        trust: it.assume_role_policy_document.0.clone(),
        trusted,
        description: it.description.as_deref().map(str::to_owned),
        session_max_s: it.max_session_duration.map_or(SESSION_DEFAULT_S, |duration| duration.0),
    };
    let boundary = it.permissions_boundary.as_deref().map(str::to_owned);
    let entity = draft(cx, &it.role_name, it.path.as_deref(), Details::Role(role));
    let entity = Entity { boundary, ..entity };
    entities::create(tx, cx, &entity, it.tags.as_ref()).await?;
    Ok(shapes::RoleAnswer { role: show(tx, &entity).await? })
}

async fn get(tx: &mut Tx, cx: &Cx, it: &shapes::RoleRequest) -> Outcome<shapes::RoleAnswer> {
    let entity = find(tx, cx, Kind::Role, &it.role_name).await?;
    Ok(shapes::RoleAnswer { role: show(tx, &entity).await? })
}

async fn show(tx: &mut Tx, entity: &Entity) -> Outcome<shapes::Role> {
    let tags = tags_of(tx, &entity.id).await?;
    Ok(views::whole_role(entity, &role_of(entity)?, tags))
}

async fn list(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::PathPageRequest,
) -> Outcome<shapes::ListRolesResponse> {
    let paging = Paging::read(it.marker.as_ref(), it.max_items);
    let prefix = it.path_prefix.as_deref().unwrap_or("/");
    let page = paging.page();
    let found = store::list(tx, &cx.caller.account, Kind::Role, prefix, page).await?;
    let (found, (is_truncated, marker)) = paging.cut(found, entities::key);
    let show = |entity: &Entity| Ok(views::role(entity, &role_of(entity)?));
    let roles = found.iter().map(show).collect::<Outcome<_>>()?;
    Ok(shapes::ListRolesResponse { roles, is_truncated, marker })
}

/// A description that is left out stays; the duration becomes an hour then (API, UpdateRole).
async fn update(tx: &mut Tx, cx: &Cx, it: &shapes::UpdateRoleRequest) -> Outcome<shapes::Nothing> {
    change(tx, cx, &it.role_name, |role| {
        if let Some(description) = &it.description {
            role.description = Some(description.0.clone());
        }
        role.session_max_s = it.max_session_duration.map_or(SESSION_DEFAULT_S, |it| it.0);
    })
    .await?;
    Ok(shapes::Nothing {})
}

async fn describe(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::UpdateRoleDescriptionRequest,
) -> Outcome<shapes::ChangedRoleAnswer> {
    let description = Some(it.description.0.clone());
    let entity = change(tx, cx, &it.role_name, |role| role.description = description).await?;
    Ok(shapes::ChangedRoleAnswer { role: Some(show(tx, &entity).await?) })
}

async fn trust(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::UpdateAssumeRolePolicyRequest,
) -> Outcome<shapes::Nothing> {
    let trusted = trusted_by(tx, &it.policy_document).await?;
    let document = it.policy_document.0.clone();
    change(tx, cx, &it.role_name, |role| {
        role.trust = document;
        role.trusted = trusted;
    })
    .await?;
    Ok(shapes::Nothing {})
}

/// The ids of the principals that a trust policy names, by ARN.
async fn trusted_by(tx: &mut Tx, document: &str) -> Outcome<Ids> {
    let policy = documents::check_trust(document)?;
    let found = principals::ids(tx, &policy).await?;
    Ok(found.map_err(|arn| {
        let text = format!("Invalid principal in policy: \"AWS\":\"{arn}\"");
        Cause::MalformedPolicyDocument.because(text)
    })?)
}

async fn change(
    tx: &mut Tx,
    cx: &Cx,
    name: &str,
    change: impl FnOnce(&mut Role),
) -> Outcome<Entity> {
    let entity = find_own(tx, cx, Kind::Role, name).await?;
    let mut role = role_of(&entity)?;
    change(&mut role);
    let entity = Entity { details: Details::Role(role), ..entity };
    store::save(tx, &entity).await?;
    Ok(entity)
}

/// When it has no policies. Sessions of it end at once with it.
async fn delete(tx: &mut Tx, cx: &Cx, it: &shapes::RoleRequest) -> Outcome<shapes::Nothing> {
    let role = find_own(tx, cx, Kind::Role, &it.role_name).await?;
    entities::delete(tx, &role).await?;
    Ok(shapes::Nothing {})
}

async fn tag(tx: &mut Tx, cx: &Cx, it: &shapes::TagRoleRequest) -> Outcome<shapes::Nothing> {
    let role = find(tx, cx, Kind::Role, &it.role_name).await?;
    tags::set(tx, &role.id, &it.tags).await?;
    Ok(shapes::Nothing {})
}

async fn untag(tx: &mut Tx, cx: &Cx, it: &shapes::UntagRoleRequest) -> Outcome<shapes::Nothing> {
    let role = find(tx, cx, Kind::Role, &it.role_name).await?;
    tags::remove(tx, &role.id, &it.tag_keys).await?;
    Ok(shapes::Nothing {})
}

async fn list_tags(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::RolePageRequest,
) -> Outcome<shapes::TagsAnswer> {
    let role = find(tx, cx, Kind::Role, &it.role_name).await?;
    tags::list(tx, &role.id, it.marker.as_ref(), it.max_items).await
}

/// None: there are no machines. Scripts ask before they delete a role.
async fn list_instance_profiles(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::RolePageRequest,
) -> Outcome<shapes::ListInstanceProfilesForRoleResponse> {
    find(tx, cx, Kind::Role, &it.role_name).await?;
    let instance_profiles = Vec::new();
    let is_truncated = Some(false);
    Ok(shapes::ListInstanceProfilesForRoleResponse {
        instance_profiles,
        is_truncated,
        marker: None,
    })
}
