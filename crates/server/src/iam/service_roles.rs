//! Roles that services make for themselves. The services of this server need none; they are there
//! for set-up scripts, and nobody may assume them (8.2).

use std::collections::BTreeMap;

use leasehold_core::identity::{Cause, Details, Kind, Role, SERVICE_PATH, name_key};
use leasehold_store::{Tx, iam as store};

use super::entities::{self, draft, find};
use super::error::*;
use super::{shapes, views};
use crate::access::{ROLE, ROLES_OF_SERVICE};
use crate::cx::Cx;
use crate::operation::{Operation, Outcome, read, write};

/// With what names of these roles begin.
const NAME_PREFIX: &str = "AWSServiceRoleFor";
/// The services that make roles for themselves, and what the names of these end with.
const SERVICES: [(&str, &str); 4] = [
    ("license-manager.amazonaws.com", "AWSLicenseManagerRole"),
    ("license-manager.master-account.amazonaws.com", "AWSLicenseManagerMasterAccountRole"),
    ("license-manager.member-account.amazonaws.com", "AWSLicenseManagerMemberAccountRole"),
    ("organizations.amazonaws.com", "Organizations"),
];
/// How long a session of one may be, seconds.
const SESSION_S: i32 = 3_600;

/// The operations on services' own roles.
pub fn operations() -> Vec<Operation> {
    vec![
        write(
            "CreateServiceLinkedRole",
            &[INVALID_INPUT, LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(create(tx, cx, it)),
        )
        .on(ROLES_OF_SERVICE),
        write(
            "DeleteServiceLinkedRole",
            &[LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(delete(tx, cx, it)),
        )
        .on(ROLE),
        read(
            "GetServiceLinkedRoleDeletionStatus",
            &[INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |tx, cx, it| Box::pin(status(tx, cx, it)),
        ),
    ]
}

/// Once for a service, or for each suffix.
async fn create(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreateServiceLinkedRoleRequest,
) -> Outcome<shapes::ChangedRoleAnswer> {
    let service = &it.aws_service_name.0;
    let known = SERVICES.iter().find(|(name, _)| name == service);
    let (_, ending) = known.ok_or_else(|| {
        Cause::InvalidInput
            .because(format!("{service} is not a service that has such a role here."))
    })?;
    let suffix = it.custom_suffix.as_ref().map(|suffix| format!("_{}", suffix.0));
    let name = format!("{NAME_PREFIX}{ending}{}", suffix.unwrap_or_default());
    if store::find(tx, &cx.caller.account, Kind::Role, &name).await?.is_some() {
        let text = format!(
            "Service role name {name} has been taken in this account, please try a different \
             suffix."
        );
        return Err(Cause::InvalidInput.because(text).into());
    }
    let role = Role {
        trust: trust_in(service),
        trusted: BTreeMap::new(),
        description: it.description.as_deref().map(str::to_owned),
        session_max_s: SESSION_S,
    };
    let path = format!("{SERVICE_PATH}{service}/");
    let entity = draft(cx, &name, Some(&path), Details::Role(role.clone()));
    entities::create(tx, cx, &entity, None).await?;
    Ok(shapes::ChangedRoleAnswer { role: Some(views::role(&entity, &role)) })
}

fn trust_in(service: &str) -> String {
    format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":\
         {{\"Service\":\"{service}\"}},\"Action\":\"sts:AssumeRole\"}}]}}"
    )
}

/// At once: nothing uses it.
async fn delete(tx: &mut Tx, cx: &Cx, it: &shapes::RoleRequest) -> Outcome<shapes::DeletionTask> {
    let role = find(tx, cx, Kind::Role, &it.role_name).await?;
    if !role.is_service_linked() {
        let text = format!("The role with name {} is not a service's own.", it.role_name.0);
        return Err(Cause::NoSuchEntity.because(text).into());
    }
    entities::delete(tx, &role).await?;
    let task = format!("task{}{}/{}", role.path, role.name, cx.request_id);
    Ok(shapes::DeletionTask { deletion_task_id: task.into() })
}

/// Done, when the role is no longer there.
async fn status(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::DeletionTask,
) -> Outcome<shapes::GetDeletionStatusResponse> {
    let missing = || Cause::NoSuchEntity.because("There is no deletion of this DeletionTaskId.");
    let task = it.deletion_task_id.strip_prefix("task").ok_or_else(missing)?;
    let (role, _) = task.rsplit_once('/').ok_or_else(missing)?;
    let (path, name) = role.rsplit_once('/').ok_or_else(missing)?;
    if !path.starts_with(SERVICE_PATH.trim_end_matches('/')) {
        return Err(missing().into());
    }
    let found = store::find(tx, &cx.caller.account, Kind::Role, &name_key(name)).await?;
    let status = match found {
        Some(_) => shapes::DeletionTaskStatus::NotStarted,
        None => shapes::DeletionTaskStatus::Succeeded,
    };
    Ok(shapes::GetDeletionStatusResponse { status, reason: None })
}
