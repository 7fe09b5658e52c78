//! Customer-managed policies, and those that every account finds.

use leasehold_core::iam::{MANAGED, MANAGED_VERSION, Managed};
use leasehold_core::identity::{Cause, Details, Entity, Kind, ManagedPolicy, PolicyArn, VersionId};
use leasehold_store::Tx;
use leasehold_store::iam::policy;
use leasehold_store::iam::policy::{Uses, Version};

use super::entities::{self, draft, own_policy, policy_of, tags_of};
use super::error::*;
use super::paging::Paging;
use super::views::MANAGED_SINCE_MS;
use super::{documents, shapes, tags};
use crate::access::{NEW_POLICY, Resource};
use crate::cx::Cx;
use crate::operation::{Operation, Outcome, read, write};
use crate::shape::Timestamp;

/// The operations on managed policies.
pub fn operations() -> Vec<Operation> {
    vec![
        write(
            "CreatePolicy",
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
        .on(NEW_POLICY)
        .tagging("TagPolicy"),
        read("GetPolicy", &[INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE], |tx, cx, it| {
            Box::pin(get(tx, cx, it))
        })
        .on(Resource::Arn("PolicyArn")),
        read("ListPolicies", &[SERVICE_FAILURE], |tx, cx, it| Box::pin(list(tx, cx, it))),
        write(
            "DeletePolicy",
            &[DELETE_CONFLICT, INVALID_INPUT, LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(delete(tx, cx, it)),
        )
        .on(Resource::Arn("PolicyArn")),
        write(
            "TagPolicy",
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
        .on(Resource::Arn("PolicyArn")),
        write(
            "UntagPolicy",
            &[CONCURRENT_MODIFICATION, INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(untag(tx, cx, it)),
        )
        .on(Resource::Arn("PolicyArn")),
        read("ListPolicyTags", &[INVALID_INPUT, NO_SUCH_ENTITY, SERVICE_FAILURE], |tx, cx, it| {
            Box::pin(list_tags(tx, cx, it))
        })
        .on(Resource::Arn("PolicyArn")),
    ]
}

async fn create(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreatePolicyRequest,
) -> Outcome<shapes::PolicyAnswer> {
    documents::check_managed(&it.policy_document)?;
    let description = it.description.as_deref().map(str::to_owned);
    let details = Details::Policy(ManagedPolicy::new(description, cx.now_ms));
    let entity = draft(cx, &it.policy_name, it.path.as_deref(), details);
    entities::create(tx, cx, &entity, it.tags.as_ref()).await?;
    let document = it.policy_document.0.clone();
    let version = Version { version: 1, document, created_at_ms: cx.now_ms };
    policy::insert_version(tx, &entity.id, &version).await?;
    let tags = tags_of(tx, &entity.id).await?;
    Ok(shapes::PolicyAnswer {
        policy: Some(shapes::Policy { tags, ..own(&entity, Uses::default())? }),
    })
}

async fn get(tx: &mut Tx, cx: &Cx, it: &shapes::PolicyRequest) -> Outcome<shapes::PolicyAnswer> {
    let uses = policy::uses(tx, &cx.caller.account, &it.policy_arn).await?;
    let policy = match Managed::find(&it.policy_arn) {
        Some(policy) => of_aws(policy, uses),
        None => {
            let entity = find(tx, cx, &it.policy_arn).await?;
            let tags = tags_of(tx, &entity.id).await?;
            shapes::Policy { tags, ..own(&entity, uses)? }
        }
    };
    Ok(shapes::PolicyAnswer { policy: Some(policy) })
}

/// The account's own policy of this ARN.
///
/// # Errors
/// If it has none, or the name is another one's by now.
pub async fn find(tx: &mut Tx, cx: &Cx, arn: &str) -> Outcome<Entity> {
    let missing = || Cause::NoSuchEntity.because(format!("Policy {arn} was not found."));
    let found = own_policy(tx, cx, PolicyArn::parse(arn)?).await?.ok_or_else(missing)?;
    cx.check_same(Some(Kind::Policy), &found.id)?;
    Ok(found)
}

/// The same to change it: those that every account finds belong to none.
///
/// # Errors
/// If it has none.
pub async fn find_own(tx: &mut Tx, cx: &Cx, arn: &str) -> Outcome<Entity> {
    if Managed::find(arn).is_some() {
        let text = format!("PolicyArn: {arn} is AWS's and cannot be changed.");
        return Err(Cause::InvalidInput.because(text).into());
    }
    find(tx, cx, arn).await
}

/// The account's own come first, then those that every account finds, each by name.
async fn list(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListPoliciesRequest,
) -> Outcome<shapes::ListPoliciesResponse> {
    let scope = it.scope.unwrap_or(shapes::PolicyScope::All);
    let prefix = it.path_prefix.as_deref().unwrap_or("/");
    let all_uses = policy::all_uses(tx, &cx.caller.account).await?;
    let uses_of = |arn: &str| all_uses.get(arn).copied().unwrap_or_default();
    let mut found = Vec::new();
    if scope != shapes::PolicyScope::Aws {
        for entity in entities::all(tx, cx, Kind::Policy, prefix).await? {
            let uses = uses_of(&entity.arn());
            found.push((own(&entity, uses)?, uses));
        }
    }
    if scope != shapes::PolicyScope::Local {
        let all = MANAGED.iter().filter(|policy| policy.path.starts_with(prefix));
        found.extend(all.map(|policy| {
            let uses = uses_of(&policy.arn());
            (of_aws(policy, uses), uses)
        }));
    }
    found.retain(|(_, uses)| is_asked(it, *uses));
    let paging = Paging::read(it.marker.as_ref(), it.max_items);
    let found = found.into_iter().map(|(policy, _)| policy).collect();
    let (policies, (is_truncated, marker)) = paging.cut_counted(found);
    Ok(shapes::ListPoliciesResponse { policies: Some(policies), is_truncated, marker })
}

fn is_asked(it: &shapes::ListPoliciesRequest, uses: Uses) -> bool {
    let is_used = match it.policy_usage_filter {
        Some(shapes::PolicyUsage::PermissionsPolicy) => uses.attached > 0,
        Some(shapes::PolicyUsage::PermissionsBoundary) => uses.bounds > 0,
        None => uses.is_any(),
    };
    let filters = it.policy_usage_filter.is_some() || it.only_attached.unwrap_or(false);
    is_used || !filters
}

/// When it is attached nowhere, no boundary, and has its default version only.
async fn delete(tx: &mut Tx, cx: &Cx, it: &shapes::PolicyRequest) -> Outcome<shapes::Nothing> {
    let entity = find_own(tx, cx, &it.policy_arn).await?;
    let refuse = |text: &str| Err(Cause::DeleteConflict.because(text).into());
    if policy::uses(tx, &entity.account, &it.policy_arn).await?.is_any() {
        return refuse("Cannot delete a policy attached to entities.");
    }
    if policy::versions(tx, &entity.id).await?.len() > 1 {
        return refuse(
            "This policy has more than one version. Before you delete a policy, you must delete \
             the policy's versions. The default version is deleted with the policy.",
        );
    }
    policy::delete_versions(tx, &entity.id, None).await?;
    entities::delete(tx, &entity).await?;
    Ok(shapes::Nothing {})
}

async fn tag(tx: &mut Tx, cx: &Cx, it: &shapes::TagPolicyRequest) -> Outcome<shapes::Nothing> {
    let entity = find_own(tx, cx, &it.policy_arn).await?;
    tags::set(tx, &entity.id, &it.tags).await?;
    Ok(shapes::Nothing {})
}

async fn untag(tx: &mut Tx, cx: &Cx, it: &shapes::UntagPolicyRequest) -> Outcome<shapes::Nothing> {
    let entity = find_own(tx, cx, &it.policy_arn).await?;
    tags::remove(tx, &entity.id, &it.tag_keys).await?;
    Ok(shapes::Nothing {})
}

async fn list_tags(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::PolicyPageRequest,
) -> Outcome<shapes::TagsAnswer> {
    let entity = find(tx, cx, &it.policy_arn).await?;
    tags::list(tx, &entity.id, it.marker.as_ref(), it.max_items).await
}

/// One of the account's own, without its tags.
///
/// # Errors
/// What the database says.
pub fn own(entity: &Entity, uses: Uses) -> Outcome<shapes::Policy> {
    let it = policy_of(entity)?;
    Ok(shapes::Policy {
        policy_name: Some(entity.name.as_str().into()),
        policy_id: Some(entity.id.as_str().into()),
        arn: Some(entity.arn().into()),
        path: Some(entity.path.as_str().into()),
        default_version_id: Some(VersionId(it.default_version).to_string().into()),
        attachment_count: Some(count(uses.attached)),
        permissions_boundary_usage_count: Some(count(uses.bounds)),
        is_attachable: Some(true),
        description: it.description.as_deref().map(Into::into),
        create_date: Some(Timestamp(entity.created_at_ms)),
        update_date: Some(Timestamp(it.updated_at_ms)),
        tags: None,
    })
}

fn count(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// One that every account finds.
pub fn of_aws(it: &Managed, uses: Uses) -> shapes::Policy {
    shapes::Policy {
        policy_name: Some(it.name.into()),
        policy_id: Some(it.id.into()),
        arn: Some(it.arn().into()),
        path: Some(it.path.into()),
        default_version_id: Some(MANAGED_VERSION.into()),
        attachment_count: Some(count(uses.attached)),
        permissions_boundary_usage_count: Some(count(uses.bounds)),
        is_attachable: Some(true),
        description: Some(it.description.into()),
        create_date: Some(Timestamp(MANAGED_SINCE_MS)),
        update_date: Some(Timestamp(MANAGED_SINCE_MS)),
        tags: None,
    }
}
