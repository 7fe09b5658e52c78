//! Groups, and who is in them.

use leasehold_core::identity::{Cause, Details, Entity, Kind, limits};
use leasehold_store::Tx;
use leasehold_store::iam::{self as store, membership};
use leasehold_store::organization::Page;

use super::entities::{self, conflict, draft, find};
use super::error::*;
use super::paging::Paging;
use super::{shapes, views};
use crate::access::{GROUP, USER};
use crate::cx::Cx;
use crate::operation::{Operation, Outcome, read, write};

/// The operations on groups.
pub fn operations() -> Vec<Operation> {
    vec![
        write(
            "CreateGroup",
            &[ENTITY_ALREADY_EXISTS, LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(create(tx, cx, it)),
        )
        .on(GROUP),
        read("GetGroup", &[NO_SUCH_ENTITY, SERVICE_FAILURE], |tx, cx, it| {
            Box::pin(get(tx, cx, it))
        })
        .on(GROUP),
        read("ListGroups", &[SERVICE_FAILURE], |tx, cx, it| Box::pin(list(tx, cx, it))),
        write(
            "UpdateGroup",
            &[ENTITY_ALREADY_EXISTS, LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(update(tx, cx, it)),
        )
        .on(GROUP),
        write(
            "DeleteGroup",
            &[DELETE_CONFLICT, LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(delete(tx, cx, it)),
        )
        .on(GROUP),
        write(
            "AddUserToGroup",
            &[LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(add_user(tx, cx, it)),
        )
        .on(GROUP),
        write(
            "RemoveUserFromGroup",
            &[LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(remove_user(tx, cx, it)),
        )
        .on(GROUP),
        read("ListGroupsForUser", &[NO_SUCH_ENTITY, SERVICE_FAILURE], |tx, cx, it| {
            Box::pin(list_for_user(tx, cx, it))
        })
        .on(USER),
    ]
}

async fn create(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreateGroupRequest,
) -> Outcome<shapes::CreateGroupResponse> {
    let group = draft(cx, &it.group_name, it.path.as_deref(), Details::Group);
    entities::create(tx, cx, &group, None).await?;
    Ok(shapes::CreateGroupResponse { group: views::group(&group) })
}

/// With its users.
async fn get(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::GroupPageRequest,
) -> Outcome<shapes::GetGroupResponse> {
    let group = find(tx, cx, Kind::Group, &it.group_name).await?;
    let paging = Paging::read(it.marker.as_ref(), it.max_items);
    let found = membership::users_of(tx, &group.id, paging.page()).await?;
    let (found, (is_truncated, marker)) = paging.cut(found, entities::key);
    let users = found.iter().map(views::user).collect();
    Ok(shapes::GetGroupResponse { group: views::group(&group), users, is_truncated, marker })
}

async fn list(tx: &mut Tx, cx: &Cx, it: &shapes::PathPageRequest) -> Outcome<shapes::GroupsAnswer> {
    let paging = Paging::read(it.marker.as_ref(), it.max_items);
    let prefix = it.path_prefix.as_deref().unwrap_or("/");
    let page = paging.page();
    let found = store::list(tx, &cx.caller.account, Kind::Group, prefix, page).await?;
    Ok(answer(found, &paging))
}

async fn list_for_user(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::UserPageRequest,
) -> Outcome<shapes::GroupsAnswer> {
    let user = find(tx, cx, Kind::User, &it.user_name).await?;
    let paging = Paging::read(it.marker.as_ref(), it.max_items);
    let found = membership::groups_of(tx, &user.id, paging.page()).await?;
    Ok(answer(found, &paging))
}

fn answer(found: Vec<Entity>, paging: &Paging<'_>) -> shapes::GroupsAnswer {
    let (found, (is_truncated, marker)) = paging.cut(found, entities::key);
    let groups = found.iter().map(views::group).collect();
    shapes::GroupsAnswer { groups, is_truncated, marker }
}

async fn update(tx: &mut Tx, cx: &Cx, it: &shapes::UpdateGroupRequest) -> Outcome<shapes::Nothing> {
    let mut group = find(tx, cx, Kind::Group, &it.group_name).await?;
    let name = it.new_group_name.as_deref();
    entities::rename(tx, &mut group, name, it.new_path.as_deref()).await?;
    Ok(shapes::Nothing {})
}

/// When it has no users and policies.
async fn delete(tx: &mut Tx, cx: &Cx, it: &shapes::GroupRequest) -> Outcome<shapes::Nothing> {
    let group = find(tx, cx, Kind::Group, &it.group_name).await?;
    let first = Page { after: "", limit: 1 };
    if !membership::users_of(tx, &group.id, first).await?.is_empty() {
        return Err(conflict("must remove users from group first."));
    }
    entities::delete(tx, &group).await?;
    Ok(shapes::Nothing {})
}

/// Once more changes nothing.
async fn add_user(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::MembershipRequest,
) -> Outcome<shapes::Nothing> {
    let group = find(tx, cx, Kind::Group, &it.group_name).await?;
    let user = find(tx, cx, Kind::User, &it.user_name).await?;
    let all = Page { after: "", limit: i64::MAX };
    let groups = membership::groups_of(tx, &user.id, all).await?;
    if !groups.iter().any(|other| other.id == group.id) {
        limits::check_room(groups.len(), limits::GROUPS_OF_USER_MAX, "GroupsPerUser")?;
        membership::add(tx, &group.id, &user.id).await?;
    }
    Ok(shapes::Nothing {})
}

async fn remove_user(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::MembershipRequest,
) -> Outcome<shapes::Nothing> {
    let group = find(tx, cx, Kind::Group, &it.group_name).await?;
    let user = find(tx, cx, Kind::User, &it.user_name).await?;
    if !membership::remove(tx, &group.id, &user.id).await? {
        let (user, group) = (&user.name, &group.name);
        let text = format!("User {user} is not in group {group}.");
        return Err(Cause::NoSuchEntity.because(text).into());
    }
    Ok(shapes::Nothing {})
}
