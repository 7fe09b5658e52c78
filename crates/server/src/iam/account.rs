//! The account as a whole: what it has, in numbers and in full.

use std::collections::BTreeMap;

use leasehold_core::iam::{self, MANAGED, Managed};
use leasehold_core::identity::{Entity, Kind, limits};
use leasehold_store::iam::policy::Uses;
use leasehold_store::iam::{self as store, membership, policy};
use leasehold_store::organization::Page;
use leasehold_store::{Tx, account};

use super::entities::{self, policy_of, role_of, tags_of};
use super::error::*;
use super::paging::Paging;
use super::{attachments, policies, shapes, versions, views};
use crate::config::QuotaSettings;
use crate::cx::Cx;
use crate::operation::{Operation, Outcome, read};

/// The operations on the account as a whole.
pub fn operations() -> Vec<Operation> {
    vec![
        read("GetAccountSummary", &[SERVICE_FAILURE], |tx, cx, it: &shapes::Nothing| {
            Box::pin(summarize(tx, cx, it))
        }),
        read("GetAccountAuthorizationDetails", &[SERVICE_FAILURE], |tx, cx, it| {
            Box::pin(details(tx, cx, it))
        }),
    ]
}

/// Quotas that are not set are AWS's.
async fn summarize(
    tx: &mut Tx,
    cx: &Cx,
    _: &shapes::Nothing,
) -> Outcome<shapes::GetAccountSummaryResponse> {
    let account = &cx.caller.account;
    let mut numbers: Vec<(&str, i64)> = Vec::new();
    let kinds = [
        (Kind::User, "Users", "UsersQuota"),
        (Kind::Group, "Groups", "GroupsQuota"),
        (Kind::Role, "Roles", "RolesQuota"),
        (Kind::Policy, "Policies", "PoliciesQuota"),
    ];
    for (kind, count, quota) in kinds {
        let max = cx.policy.quotas.entities_max(kind).or(QuotaSettings::AWS.entities_max(kind));
        numbers.push((count, store::count(tx, account, kind).await?));
        numbers.push((quota, max.unwrap_or(i64::MAX)));
    }
    let root_keys = account::keys_of(tx, account, None).await?;
    numbers.extend([
        ("Providers", store::count(tx, account, Kind::Provider).await?),
        ("PolicyVersionsInUse", policy::count_versions(tx, account).await?),
        ("AccountAccessKeysPresent", i64::from(!root_keys.is_empty())),
        // There are none of these here.
        ("AccountMFAEnabled", 0),
        ("AccountPasswordPresent", 0),
        ("AccountSigningCertificatesPresent", 0),
        ("InstanceProfiles", 0),
        ("MFADevices", 0),
        ("MFADevicesInUse", 0),
        ("ServerCertificates", 0),
    ]);
    let fixed = [
        ("AccessKeysPerUserQuota", limits::KEYS_MAX),
        ("AssumeRolePolicySizeQuota", iam::TRUST_SIZE_MAX),
        ("AttachedPoliciesPerGroupQuota", limits::ATTACHMENTS_MAX),
        ("AttachedPoliciesPerRoleQuota", limits::ATTACHMENTS_MAX),
        ("AttachedPoliciesPerUserQuota", limits::ATTACHMENTS_MAX),
        ("GroupPolicySizeQuota", iam::GROUP_INLINE_SIZE_MAX),
        ("GroupsPerUserQuota", limits::GROUPS_OF_USER_MAX),
        ("PolicySizeQuota", iam::MANAGED_SIZE_MAX),
        ("RolePolicySizeQuota", iam::ROLE_INLINE_SIZE_MAX),
        ("UserPolicySizeQuota", iam::USER_INLINE_SIZE_MAX),
        ("VersionsPerPolicyQuota", limits::VERSIONS_MAX),
    ];
    numbers.extend(fixed.map(|(name, max)| (name, i64::try_from(max).unwrap_or(i64::MAX))));
    let show =
        |(name, number): (&str, i64)| (name.to_owned(), i32::try_from(number).unwrap_or(i32::MAX));
    let summary_map: BTreeMap<String, i32> = numbers.into_iter().map(show).collect();
    Ok(shapes::GetAccountSummaryResponse { summary_map: Some(summary_map) })
}

/// What a page is made of.
enum Item {
    Own(Entity),
    Aws(&'static Managed),
}

/// Users, groups, roles and policies, in this order; of AWS's policies those that are used.
async fn details(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::GetAccountAuthorizationDetailsRequest,
) -> Outcome<shapes::GetAccountAuthorizationDetailsResponse> {
    let is_asked = |kind: shapes::EntityType| match it.filter.as_deref() {
        Some(asked) if !asked.is_empty() => asked.contains(&kind),
        Some(_) | None => true,
    };
    let mut items = Vec::new();
    let kinds = [
        (Kind::User, shapes::EntityType::User),
        (Kind::Group, shapes::EntityType::Group),
        (Kind::Role, shapes::EntityType::Role),
        (Kind::Policy, shapes::EntityType::LocalManagedPolicy),
    ];
    for (kind, name) in kinds {
        if is_asked(name) {
            items.extend(entities::all(tx, cx, kind, "/").await?.into_iter().map(Item::Own));
        }
    }
    let uses = policy::all_uses(tx, &cx.caller.account).await?;
    if is_asked(shapes::EntityType::AwsManagedPolicy) {
        let used = MANAGED.iter().filter(|policy| uses.contains_key(&policy.arn()));
        items.extend(used.map(Item::Aws));
    }
    let (items, (is_truncated, marker)) =
        Paging::read(it.marker.as_ref(), it.max_items).cut_counted(items);
    let (mut users, mut groups, mut roles, mut found) = (vec![], vec![], vec![], vec![]);
    for item in items {
        match item {
            Item::Aws(managed) => found.push(of_aws(managed, &uses)),
            Item::Own(entity) => match entity.details.kind() {
                Kind::User => users.push(user(tx, &entity).await?),
                Kind::Group => groups.push(group(tx, &entity).await?),
                Kind::Role => roles.push(role(tx, &entity).await?),
                Kind::Policy | Kind::Provider => found.push(own(tx, &entity, &uses).await?),
            },
        }
    }
    Ok(shapes::GetAccountAuthorizationDetailsResponse {
        user_detail_list: Some(users),
        group_detail_list: Some(groups),
        role_detail_list: Some(roles),
        policies: Some(found),
        is_truncated,
        marker,
    })
}

async fn inline(tx: &mut Tx, entity: &Entity) -> Outcome<Vec<shapes::PolicyDetail>> {
    let show = |each: policy::Inline| shapes::PolicyDetail {
        policy_name: Some(each.name.into()),
        policy_document: Some(views::document(&each.document)),
    };
    Ok(policy::inline(tx, &entity.id).await?.into_iter().map(show).collect())
}

async fn attached(tx: &mut Tx, entity: &Entity) -> Outcome<Vec<shapes::AttachedPolicy>> {
    let arns = policy::attached(tx, &entity.id).await?;
    Ok(arns.iter().map(|arn| attachments::show(arn)).collect())
}

async fn user(tx: &mut Tx, entity: &Entity) -> Outcome<shapes::UserDetail> {
    let all = Page { after: "", limit: i64::MAX };
    let groups = membership::groups_of(tx, &entity.id, all).await?;
    let it = views::user(entity);
    Ok(shapes::UserDetail {
        path: Some(it.path),
        user_name: Some(it.user_name),
        user_id: Some(it.user_id),
        arn: Some(it.arn),
        create_date: Some(it.create_date),
        user_policy_list: Some(inline(tx, entity).await?),
        group_list: Some(groups.into_iter().map(|group| group.name.into()).collect()),
        attached_managed_policies: Some(attached(tx, entity).await?),
        permissions_boundary: views::boundary(entity),
        tags: tags_of(tx, &entity.id).await?,
    })
}

async fn group(tx: &mut Tx, entity: &Entity) -> Outcome<shapes::GroupDetail> {
    let it = views::group(entity);
    Ok(shapes::GroupDetail {
        path: Some(it.path),
        group_name: Some(it.group_name),
        group_id: Some(it.group_id),
        arn: Some(it.arn),
        create_date: Some(it.create_date),
        group_policy_list: Some(inline(tx, entity).await?),
        attached_managed_policies: Some(attached(tx, entity).await?),
    })
}

async fn role(tx: &mut Tx, entity: &Entity) -> Outcome<shapes::RoleDetail> {
    let it = views::role(entity, &role_of(entity)?);
    Ok(shapes::RoleDetail {
        path: Some(it.path),
        role_name: Some(it.role_name),
        role_id: Some(it.role_id),
        arn: Some(it.arn),
        create_date: Some(it.create_date),
        assume_role_policy_document: it.assume_role_policy_document,
        instance_profile_list: Some(Vec::new()),
        role_policy_list: Some(inline(tx, entity).await?),
        attached_managed_policies: Some(attached(tx, entity).await?),
        permissions_boundary: views::boundary(entity),
        tags: tags_of(tx, &entity.id).await?,
        role_last_used: None,
    })
}

async fn own(
    tx: &mut Tx,
    entity: &Entity,
    uses: &BTreeMap<String, Uses>,
) -> Outcome<shapes::ManagedPolicyDetail> {
    let default = policy_of(entity)?.default_version;
    let versions = policy::versions(tx, &entity.id).await?;
    let versions = versions.iter().map(|each| versions::show(each, each.version == default));
    let uses = uses.get(&entity.arn()).copied().unwrap_or_default();
    Ok(detail(policies::own(entity, uses)?, versions.collect()))
}

fn of_aws(managed: &Managed, uses: &BTreeMap<String, Uses>) -> shapes::ManagedPolicyDetail {
    let uses = uses.get(&managed.arn()).copied().unwrap_or_default();
    let version = versions::show(&versions::of_aws(managed), true);
    detail(policies::of_aws(managed, uses), vec![version])
}

fn detail(it: shapes::Policy, versions: Vec<shapes::PolicyVersion>) -> shapes::ManagedPolicyDetail {
    shapes::ManagedPolicyDetail {
        policy_name: it.policy_name,
        policy_id: it.policy_id,
        arn: it.arn,
        path: it.path,
        default_version_id: it.default_version_id,
        attachment_count: it.attachment_count,
        permissions_boundary_usage_count: it.permissions_boundary_usage_count,
        is_attachable: it.is_attachable,
        description: it.description,
        create_date: it.create_date,
        update_date: it.update_date,
        policy_version_list: Some(versions),
    }
}
