//! Versions of managed policies.

use leasehold_core::Refusal;
use leasehold_core::iam::{MANAGED_VERSION, Managed};
use leasehold_core::identity::{Cause, Details, Entity, VersionId};
use leasehold_store::Tx;
use leasehold_store::iam::policy::Version;
use leasehold_store::iam::{self as store, policy};

use super::entities::policy_of;
use super::error::*;
use super::paging::Paging;
use super::policies::{find, find_own};
use super::views::MANAGED_SINCE_MS;
use super::{documents, shapes, views};
use crate::access::Resource;
use crate::cx::Cx;
use crate::operation::{Operation, Outcome, read, write};
use crate::shape::Timestamp;

/// The operations on versions of managed policies.
pub fn operations() -> Vec<Operation> {
    vec![
        write(
            "CreatePolicyVersion",
            &[
                INVALID_INPUT,
                LIMIT_EXCEEDED,
                MALFORMED_POLICY_DOCUMENT,
                NO_SUCH_ENTITY,
                SERVICE_FAILURE,
            ],
            |_| None,
            |tx, cx, it| Box::pin(create(tx, cx, it)),
        )
        .on(Resource::Arn("PolicyArn")),
        read(
            "GetPolicyVersion",
            &[INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |tx, cx, it| Box::pin(get(tx, cx, it)),
        )
        .on(Resource::Arn("PolicyArn")),
        read(
            "ListPolicyVersions",
            &[INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |tx, cx, it| Box::pin(list(tx, cx, it)),
        )
        .on(Resource::Arn("PolicyArn")),
        write(
            "DeletePolicyVersion",
            &[DELETE_CONFLICT, INVALID_INPUT, LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(delete(tx, cx, it)),
        )
        .on(Resource::Arn("PolicyArn")),
        write(
            "SetDefaultPolicyVersion",
            &[INVALID_INPUT, LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(set_default(tx, cx, it)),
        )
        .on(Resource::Arn("PolicyArn")),
    ]
}

async fn create(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreatePolicyVersionRequest,
) -> Outcome<shapes::PolicyVersionAnswer> {
    documents::check_managed(&it.policy_document)?;
    let entity = find_own(tx, cx, &it.policy_arn).await?;
    let mut managed = policy_of(&entity)?;
    let count = policy::versions(tx, &entity.id).await?.len();
    let is_default = it.set_as_default.unwrap_or(false);
    let number = managed.add_version(count, is_default, cx.now_ms)?;
    let document = it.policy_document.0.clone();
    let version = Version { version: number, document, created_at_ms: cx.now_ms };
    policy::insert_version(tx, &entity.id, &version).await?;
    let entity = Entity { details: Details::Policy(managed), ..entity };
    store::save(tx, &entity).await?;
    let shown = shapes::PolicyVersion { document: None, ..show(&version, is_default) };
    Ok(shapes::PolicyVersionAnswer { policy_version: Some(shown) })
}

async fn get(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::PolicyVersionRequest,
) -> Outcome<shapes::PolicyVersionAnswer> {
    let shown = match Managed::find(&it.policy_arn) {
        Some(policy) if it.version_id.0 == MANAGED_VERSION => show(&of_aws(policy), true),
        Some(_) => return Err(missing(it).into()),
        None => {
            let entity = find(tx, cx, &it.policy_arn).await?;
            let version = find_version(tx, &entity, it).await?;
            show(&version, version.version == policy_of(&entity)?.default_version)
        }
    };
    Ok(shapes::PolicyVersionAnswer { policy_version: Some(shown) })
}

/// Latest first, without what they say.
async fn list(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::PolicyPageRequest,
) -> Outcome<shapes::ListPolicyVersionsResponse> {
    let (versions, default) = match Managed::find(&it.policy_arn) {
        Some(policy) => (vec![of_aws(policy)], 1),
        None => {
            let entity = find(tx, cx, &it.policy_arn).await?;
            let default = policy_of(&entity)?.default_version;
            (policy::versions(tx, &entity.id).await?, default)
        }
    };
    let paging = Paging::read(it.marker.as_ref(), it.max_items);
    let (versions, (is_truncated, marker)) = paging.cut_counted(versions);
    let show = |version: &Version| {
        let is_default = version.version == default;
        shapes::PolicyVersion { document: None, ..show(version, is_default) }
    };
    let versions = Some(versions.iter().map(show).collect());
    Ok(shapes::ListPolicyVersionsResponse { versions, is_truncated, marker })
}

/// All but the default.
async fn delete(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::PolicyVersionRequest,
) -> Outcome<shapes::Nothing> {
    let entity = find_own(tx, cx, &it.policy_arn).await?;
    let version = find_version(tx, &entity, it).await?.version;
    policy_of(&entity)?.check_deletion(version)?;
    policy::delete_versions(tx, &entity.id, Some(version)).await?;
    Ok(shapes::Nothing {})
}

async fn set_default(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::PolicyVersionRequest,
) -> Outcome<shapes::Nothing> {
    let entity = find_own(tx, cx, &it.policy_arn).await?;
    let version = find_version(tx, &entity, it).await?.version;
    let mut managed = policy_of(&entity)?;
    managed.default_version = version;
    managed.updated_at_ms = cx.now_ms;
    store::save(tx, &Entity { details: Details::Policy(managed), ..entity }).await?;
    Ok(shapes::Nothing {})
}

async fn find_version(
    tx: &mut Tx,
    entity: &Entity,
    it: &shapes::PolicyVersionRequest,
) -> Outcome<Version> {
    let VersionId(number) = VersionId::parse(&it.version_id).ok_or_else(|| missing(it))?;
    Ok(policy::version(tx, &entity.id, number).await?.ok_or_else(|| missing(it))?)
}

fn missing(it: &shapes::PolicyVersionRequest) -> Refusal {
    let (arn, version) = (&it.policy_arn.0, &it.version_id.0);
    let text = format!("Policy {arn} version {version} does not exist or is not attachable.");
    Cause::NoSuchEntity.because(text)
}

/// The one version of a policy that every account finds.
pub fn of_aws(policy: &Managed) -> Version {
    Version { version: 1, document: policy.document.to_owned(), created_at_ms: MANAGED_SINCE_MS }
}

/// A version.
pub fn show(version: &Version, is_default: bool) -> shapes::PolicyVersion {
    shapes::PolicyVersion {
        document: Some(views::document(&version.document)),
        version_id: Some(VersionId(version.version).to_string().into()),
        is_default_version: Some(is_default),
        create_date: Some(Timestamp(version.created_at_ms)),
    }
}
