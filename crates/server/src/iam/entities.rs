//! What users, groups, roles and policies have in common: they are found, made, renamed and deleted
//! by name.

use leasehold_core::Refusal;
use leasehold_core::iam::Managed;
use leasehold_core::identity::{
    Cause, Details, Entity, Kind, ManagedPolicy, PolicyArn, Provider, Role, limits, name_key,
};
use leasehold_store::iam::{self as store, policy};
use leasehold_store::organization::Page;
use leasehold_store::{Error, ErrorKind, Tx, tag};

use super::shapes;
use super::tags;
use crate::auth::Principal;
use crate::cx::Cx;
use crate::operation::{Failure, Outcome};

/// The one of this name.
///
/// # Errors
/// If the caller's account has none.
pub async fn find(tx: &mut Tx, cx: &Cx, kind: Kind, name: &str) -> Outcome<Entity> {
    let found = store::find(tx, &cx.caller.account, kind, name).await?;
    let word = kind.as_str();
    let missing =
        || Cause::NoSuchEntity.because(format!("The {word} with name {name} cannot be found."));
    let found = found.ok_or_else(missing)?;
    cx.check_same(Some(kind), &found.id)?;
    Ok(found)
}

/// The same to change it: a service's own role is left alone.
///
/// # Errors
/// If there is none, or it is a service's.
pub async fn find_own(tx: &mut Tx, cx: &Cx, kind: Kind, name: &str) -> Outcome<Entity> {
    let entity = find(tx, cx, kind, name).await?;
    if entity.is_service_linked() {
        let text = format!(
            "Cannot perform the operation on the protected role '{name}' - this role is only \
             modifiable by AWS"
        );
        return Err(Cause::UnmodifiableEntity.because(text).into());
    }
    Ok(entity)
}

/// The user of this name, or who calls; `None` for the account's root.
///
/// # Errors
/// If there is no such user.
pub async fn user_or_caller(tx: &mut Tx, cx: &Cx, name: Option<&str>) -> Outcome<Option<Entity>> {
    let name = match (name, &cx.caller.who) {
        (Some(name), _) => name,
        (None, Principal::User { name, .. }) => name,
        (None, Principal::Root | Principal::Anonymous) => return Ok(None),
        // Who has no user name must say one.
        (None, Principal::Session { .. }) => {
            let text = "Must specify userName when calling with non-User credentials";
            return Err(Cause::Validation.because(text).into());
        }
    };
    find(tx, cx, Kind::User, name).await.map(Some)
}

/// A new one of the caller's account, not stored yet.
pub fn draft(cx: &Cx, name: &str, path: Option<&str>, details: Details) -> Entity {
    Entity {
        id: details.kind().draw_id(&cx.seed),
        account: cx.caller.account.clone(),
        name: name.to_owned(),
        path: path.unwrap_or("/").to_owned(),
        created_at_ms: cx.now_ms,
        boundary: None,
        details,
    }
}

/// Stores a new one with its tags.
///
/// # Errors
/// If the name is taken, the account has too many, or its boundary or tags are not good.
pub async fn create(
    tx: &mut Tx,
    cx: &Cx,
    entity: &Entity,
    tags: Option<&shapes::Tags>,
) -> Outcome<()> {
    let (account, kind) = (&entity.account, entity.details.kind());
    if store::find(tx, account, kind, &entity.name).await?.is_some() {
        return Err(exists(kind, &entity.name).into());
    }
    if let Some(max) = cx.policy.quotas.entities_max(kind) {
        let count = store::count(tx, account, kind).await?;
        limits::check_room(count, max, quota_name(kind))?;
    }
    if let Some(boundary) = &entity.boundary {
        check_boundary(tx, cx, boundary).await?;
    }
    store::insert(tx, entity).await?;
    if let Some(tags) = tags {
        tags::set(tx, &entity.id, tags).await?;
    }
    Ok(())
}

fn quota_name(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "UsersPerAccount",
        Kind::Group => "GroupsPerAccount",
        Kind::Role => "RolesPerAccount",
        Kind::Policy => "PoliciesPerAccount",
        Kind::Provider => "OpenIdConnectProvidersPerAccount",
    }
}

/// The refusal of a name that is taken. Clients look for `already exists`.
fn exists(kind: Kind, name: &str) -> Refusal {
    let text = match kind {
        Kind::User => format!("User with name {name} already exists."),
        Kind::Group => format!("Group with name {name} already exists."),
        Kind::Role => format!("Role with name {name} already exists."),
        Kind::Policy => {
            format!("A policy called {name} already exists. Duplicate names are not allowed.")
        }
        Kind::Provider => format!("Provider with url https://{name} already exists."),
    };
    Cause::EntityAlreadyExists.because(text)
}

/// Gives one another name, path or both.
///
/// # Errors
/// If another one has the name.
pub async fn rename(
    tx: &mut Tx,
    entity: &mut Entity,
    name: Option<&str>,
    path: Option<&str>,
) -> Outcome<()> {
    if let Some(name) = name {
        let (account, kind) = (entity.account.clone(), entity.details.kind());
        let is_other = name_key(name) != name_key(&entity.name);
        if is_other && store::find(tx, &account, kind, name).await?.is_some() {
            return Err(exists(kind, name).into());
        }
        name.clone_into(&mut entity.name);
    }
    if let Some(path) = path {
        path.clone_into(&mut entity.path);
    }
    Ok(store::save(tx, entity).await?)
}

/// Deletes one that nothing hangs on.
///
/// # Errors
/// If it has policies.
pub async fn delete(tx: &mut Tx, entity: &Entity) -> Outcome<()> {
    if !policy::attached(tx, &entity.id).await?.is_empty() {
        return Err(conflict("must detach all policies first."));
    }
    if !policy::inline(tx, &entity.id).await?.is_empty() {
        return Err(conflict("must delete policies first."));
    }
    Ok(store::delete(tx, &entity.id).await?)
}

/// The refusal of a deletion, with what to do first.
pub fn conflict(what: &str) -> Failure {
    Cause::DeleteConflict.because(format!("Cannot delete entity, {what}")).into()
}

/// A managed policy that an account may attach.
pub enum Attachable {
    /// One that every account finds.
    Aws,
    /// One of its own, with its id.
    Own(String),
}

/// The managed policy of this ARN, if the caller's account may attach it.
///
/// # Errors
/// If the text is no ARN.
pub async fn attachable(tx: &mut Tx, cx: &Cx, arn: &str) -> Outcome<Option<Attachable>> {
    let parsed = PolicyArn::parse(arn)?;
    if Managed::find(arn).is_some() {
        return Ok(Some(Attachable::Aws));
    }
    Ok(own_policy(tx, cx, parsed).await?.map(|policy| Attachable::Own(policy.id)))
}

/// The account's own policy of this ARN.
///
/// # Errors
/// What the database says.
pub async fn own_policy(tx: &mut Tx, cx: &Cx, arn: PolicyArn<'_>) -> Outcome<Option<Entity>> {
    if arn.account != cx.caller.account {
        return Ok(None);
    }
    let found = store::find(tx, arn.account, Kind::Policy, arn.name).await?;
    Ok(found.filter(|found| found.path == arn.path && found.name == arn.name))
}

/// Checks the ARN of a permissions boundary.
///
/// # Errors
/// If there is no such policy.
pub async fn check_boundary(tx: &mut Tx, cx: &Cx, arn: &str) -> Outcome<()> {
    if attachable(tx, cx, arn).await?.is_some() {
        return Ok(());
    }
    let text = format!("Scope ARN: {arn} does not exist or is not attachable.");
    Err(Cause::NoSuchEntity.because(text).into())
}

/// Its tags; `None` without any.
///
/// # Errors
/// What the database says.
pub async fn tags_of(tx: &mut Tx, id: &str) -> Outcome<Option<shapes::Tags>> {
    let tags = tag::list(tx, id).await?;
    Ok((!tags.is_empty()).then(|| tags::view(tags)))
}

/// All of one kind under a path, by name.
///
/// # Errors
/// What the database says.
pub async fn all(tx: &mut Tx, cx: &Cx, kind: Kind, path_prefix: &str) -> Outcome<Vec<Entity>> {
    let page = Page { after: "", limit: i64::MAX };
    Ok(store::list(tx, &cx.caller.account, kind, path_prefix, page).await?)
}

/// What pages of them are ordered by.
pub fn key(entity: &Entity) -> String {
    name_key(&entity.name)
}

/// Gives a user or role a permissions boundary, or takes it away.
///
/// # Errors
/// If there is no such user, role or policy.
pub async fn bound(
    tx: &mut Tx,
    cx: &Cx,
    (kind, name): (Kind, &str),
    boundary: Option<&shapes::IamArn>,
) -> Outcome<shapes::Nothing> {
    let entity = find_own(tx, cx, kind, name).await?;
    if let Some(boundary) = boundary {
        check_boundary(tx, cx, boundary).await?;
    }
    let boundary = boundary.map(|boundary| boundary.0.clone());
    store::save(tx, &Entity { boundary, ..entity }).await?;
    Ok(shapes::Nothing {})
}

/// What only a role has.
///
/// # Errors
/// If it is none, which the database should not say.
pub fn role_of(entity: &Entity) -> Outcome<Role> {
    match &entity.details {
        Details::Role(role) => Ok(role.clone()),
        _ => Err(wrong(entity)),
    }
}

/// What only a managed policy has.
///
/// # Errors
/// If it is none, which the database should not say.
pub fn policy_of(entity: &Entity) -> Outcome<ManagedPolicy> {
    match &entity.details {
        Details::Policy(policy) => Ok(policy.clone()),
        _ => Err(wrong(entity)),
    }
}

/// What only a provider has.
///
/// # Errors
/// If it is none, which the database should not say.
pub fn provider_of(entity: &Entity) -> Outcome<Provider> {
    match &entity.details {
        Details::Provider(provider) => Ok(provider.clone()),
        _ => Err(wrong(entity)),
    }
}

fn wrong(entity: &Entity) -> Failure {
    Error::new(ErrorKind::Failed, format!("{} is of another kind", entity.id)).into()
}
