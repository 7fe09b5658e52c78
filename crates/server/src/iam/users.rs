//! Users.

use leasehold_core::identity::{Details, Entity, Kind};
use leasehold_store::iam::{self as store, membership};
use leasehold_store::organization::Page;
use leasehold_store::{Tx, account};

use super::entities::{self, bound, conflict, draft, find, tags_of, user_or_caller};
use super::error::*;
use super::paging::Paging;
use super::{shapes, tags, views};
use crate::access::USER;
use crate::cx::Cx;
use crate::operation::{Operation, Outcome, read, write};

/// The operations on users.
pub fn operations() -> Vec<Operation> {
    vec![
        write(
            "CreateUser",
            &[
                CONCURRENT_MODIFICATION,
                ENTITY_ALREADY_EXISTS,
                INVALID_INPUT,
                LIMIT_EXCEEDED,
                NO_SUCH_ENTITY,
                SERVICE_FAILURE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(create(tx, cx, it)),
        )
        .on(USER)
        .tagging("TagUser"),
        read("GetUser", &[NO_SUCH_ENTITY, SERVICE_FAILURE], |tx, cx, it| Box::pin(get(tx, cx, it)))
            .on(USER),
        read("ListUsers", &[SERVICE_FAILURE], |tx, cx, it| Box::pin(list(tx, cx, it))),
        write(
            "UpdateUser",
            &[
                CONCURRENT_MODIFICATION,
                ENTITY_ALREADY_EXISTS,
                ENTITY_TEMPORARILY_UNMODIFIABLE,
                LIMIT_EXCEEDED,
                NO_SUCH_ENTITY,
                SERVICE_FAILURE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(update(tx, cx, it)),
        )
        .on(USER),
        write(
            "DeleteUser",
            &[
                CONCURRENT_MODIFICATION,
                DELETE_CONFLICT,
                LIMIT_EXCEEDED,
                NO_SUCH_ENTITY,
                SERVICE_FAILURE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(delete(tx, cx, it)),
        )
        .on(USER),
        write(
            "TagUser",
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
        .on(USER),
        write(
            "UntagUser",
            &[CONCURRENT_MODIFICATION, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(untag(tx, cx, it)),
        )
        .on(USER),
        read("ListUserTags", &[NO_SUCH_ENTITY, SERVICE_FAILURE], |tx, cx, it| {
            Box::pin(list_tags(tx, cx, it))
        })
        .on(USER),
        write(
            "PutUserPermissionsBoundary",
            &[INVALID_INPUT, NO_SUCH_ENTITY, POLICY_NOT_ATTACHABLE, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it: &shapes::PutUserPermissionsBoundaryRequest| {
                Box::pin(bound(tx, cx, (Kind::User, &it.user_name), Some(&it.permissions_boundary)))
            },
        )
        .on(USER),
        write(
            "DeleteUserPermissionsBoundary",
            &[NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it: &shapes::BoundedUserRequest| {
                Box::pin(bound(tx, cx, (Kind::User, &it.user_name), None))
            },
        )
        .on(USER),
    ]
}

async fn create(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreateUserRequest,
) -> Outcome<shapes::CreateUserResponse> {
    let boundary = it.permissions_boundary.as_deref().map(str::to_owned);
    let user = draft(cx, &it.user_name, it.path.as_deref(), Details::User);
    let user = Entity { boundary, ..user };
    entities::create(tx, cx, &user, it.tags.as_ref()).await?;
    let tags = tags_of(tx, &user.id).await?;
    Ok(shapes::CreateUserResponse { user: Some(views::whole_user(&user, tags)) })
}

async fn get(tx: &mut Tx, cx: &Cx, it: &shapes::OwnUserRequest) -> Outcome<shapes::UserAnswer> {
    let user = match user_or_caller(tx, cx, it.user_name.as_deref()).await? {
        Some(user) => {
            let tags = tags_of(tx, &user.id).await?;
            views::whole_user(&user, tags)
        }
        None => root(tx, cx).await?,
    };
    Ok(shapes::UserAnswer { user })
}

/// The account's root as a user, with the members that the model asks for.
async fn root(tx: &mut Tx, cx: &Cx) -> Outcome<shapes::User> {
    let account = &cx.caller.account;
    let created_at_ms = account::find(tx, account).await?.map_or(0, |found| found.created_at_ms);
    let user = Entity {
        id: account.clone(),
        account: account.clone(),
        name: "root".to_owned(),
        path: "/".to_owned(),
        created_at_ms,
        boundary: None,
        details: Details::User,
    };
    Ok(shapes::User { arn: cx.caller.principal.as_str().into(), ..views::user(&user) })
}

async fn list(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::PathPageRequest,
) -> Outcome<shapes::ListUsersResponse> {
    let paging = Paging::read(it.marker.as_ref(), it.max_items);
    let prefix = it.path_prefix.as_deref().unwrap_or("/");
    let page = paging.page();
    let found = store::list(tx, &cx.caller.account, Kind::User, prefix, page).await?;
    let (found, (is_truncated, marker)) = paging.cut(found, entities::key);
    let users = found.iter().map(views::user).collect();
    Ok(shapes::ListUsersResponse { users, is_truncated, marker })
}

/// Another name and path are another ARN; its id, keys, groups and policies stay.
async fn update(tx: &mut Tx, cx: &Cx, it: &shapes::UpdateUserRequest) -> Outcome<shapes::Nothing> {
    let mut user = find(tx, cx, Kind::User, &it.user_name).await?;
    entities::rename(tx, &mut user, it.new_user_name.as_deref(), it.new_path.as_deref()).await?;
    Ok(shapes::Nothing {})
}

/// When it has no keys, policies and groups.
async fn delete(tx: &mut Tx, cx: &Cx, it: &shapes::UserRequest) -> Outcome<shapes::Nothing> {
    let user = find(tx, cx, Kind::User, &it.user_name).await?;
    if !account::keys_of(tx, &user.account, Some(&user.id)).await?.is_empty() {
        return Err(conflict("must delete access keys first."));
    }
    let first = Page { after: "", limit: 1 };
    if !membership::groups_of(tx, &user.id, first).await?.is_empty() {
        return Err(conflict("must remove users from group first."));
    }
    entities::delete(tx, &user).await?;
    Ok(shapes::Nothing {})
}

async fn tag(tx: &mut Tx, cx: &Cx, it: &shapes::TagUserRequest) -> Outcome<shapes::Nothing> {
    let user = find(tx, cx, Kind::User, &it.user_name).await?;
    tags::set(tx, &user.id, &it.tags).await?;
    Ok(shapes::Nothing {})
}

async fn untag(tx: &mut Tx, cx: &Cx, it: &shapes::UntagUserRequest) -> Outcome<shapes::Nothing> {
    let user = find(tx, cx, Kind::User, &it.user_name).await?;
    tags::remove(tx, &user.id, &it.tag_keys).await?;
    Ok(shapes::Nothing {})
}

async fn list_tags(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::UserPageRequest,
) -> Outcome<shapes::TagsAnswer> {
    let user = find(tx, cx, Kind::User, &it.user_name).await?;
    tags::list(tx, &user.id, it.marker.as_ref(), it.max_items).await
}
