//! Shapes: the account as a whole.

use std::collections::BTreeMap;

use super::{
    AccountAlias, AttachedBoundary, AttachedPolicy, EntityId, EntityType, GroupName, IamArn,
    InstanceProfile, Marker, Path, PolicyDescription, PolicyDocument, PolicyName, PolicyPath,
    PolicyVersion, PolicyVersionId, RoleLastUsed, RoleName, Tags, UserName,
};
use crate::shape;
use crate::shape::{MarkerPageSize, Timestamp};

shape! {
    /// An alias.
    pub struct AliasRequest {
        /// The alias.
        account_alias: "AccountAlias" => AccountAlias,
    }
}

shape! {
    /// Input of ListAccountAliases.
    pub struct ListAccountAliasesRequest {
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
    }
}

shape! {
    /// Output of ListAccountAliases.
    pub struct ListAccountAliasesResponse {
        /// The one alias, if there is one.
        account_aliases: "AccountAliases" => Vec<AccountAlias>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}

shape! {
    /// Output of GetAccountSummary.
    pub struct GetAccountSummaryResponse {
        /// Counts and limits.
        summary_map: "SummaryMap" => Option<BTreeMap<String, i32>>,
    }
}

shape! {
    /// Input of GetAccountAuthorizationDetails.
    pub struct GetAccountAuthorizationDetailsRequest {
        /// Which kinds alone.
        filter: "Filter" => Option<Vec<EntityType>>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
    }
}

shape! {
    /// An inline policy.
    pub struct PolicyDetail {
        /// Its name.
        policy_name: "PolicyName" => Option<PolicyName>,
        /// What it says.
        policy_document: "PolicyDocument" => Option<PolicyDocument>,
    }
}

shape! {
    /// A user with all that it has.
    pub struct UserDetail {
        /// Its path.
        path: "Path" => Option<Path>,
        /// The user.
        user_name: "UserName" => Option<UserName>,
        /// Its id.
        user_id: "UserId" => Option<EntityId>,
        /// Its ARN.
        arn: "Arn" => Option<IamArn>,
        /// Since when.
        create_date: "CreateDate" => Option<Timestamp>,
        /// Inline policies.
        user_policy_list: "UserPolicyList" => Option<Vec<PolicyDetail>>,
        /// Groups that it is in.
        group_list: "GroupList" => Option<Vec<GroupName>>,
        /// Managed policies.
        attached_managed_policies: "AttachedManagedPolicies" => Option<Vec<AttachedPolicy>>,
        /// What it may do at most.
        permissions_boundary: "PermissionsBoundary" => Option<AttachedBoundary>,
        /// Its tags.
        tags: "Tags" => Option<Tags>,
    }
}

shape! {
    /// A group with all that it has.
    pub struct GroupDetail {
        /// Its path.
        path: "Path" => Option<Path>,
        /// The group.
        group_name: "GroupName" => Option<GroupName>,
        /// Its id.
        group_id: "GroupId" => Option<EntityId>,
        /// Its ARN.
        arn: "Arn" => Option<IamArn>,
        /// Since when.
        create_date: "CreateDate" => Option<Timestamp>,
        /// Inline policies.
        group_policy_list: "GroupPolicyList" => Option<Vec<PolicyDetail>>,
        /// Managed policies.
        attached_managed_policies: "AttachedManagedPolicies" => Option<Vec<AttachedPolicy>>,
    }
}

shape! {
    /// A role with all that it has.
    pub struct RoleDetail {
        /// Its path.
        path: "Path" => Option<Path>,
        /// The role.
        role_name: "RoleName" => Option<RoleName>,
        /// Its id.
        role_id: "RoleId" => Option<EntityId>,
        /// Its ARN.
        arn: "Arn" => Option<IamArn>,
        /// Since when.
        create_date: "CreateDate" => Option<Timestamp>,
        /// Who may assume it.
        assume_role_policy_document: "AssumeRolePolicyDocument" => Option<PolicyDocument>,
        /// Always empty.
        instance_profile_list: "InstanceProfileList" => Option<Vec<InstanceProfile>>,
        /// Inline policies.
        role_policy_list: "RolePolicyList" => Option<Vec<PolicyDetail>>,
        /// Managed policies.
        attached_managed_policies: "AttachedManagedPolicies" => Option<Vec<AttachedPolicy>>,
        /// What it may do at most.
        permissions_boundary: "PermissionsBoundary" => Option<AttachedBoundary>,
        /// Its tags.
        tags: "Tags" => Option<Tags>,
        /// Not kept.
        role_last_used: "RoleLastUsed" => Option<RoleLastUsed>,
    }
}

shape! {
    /// A managed policy with its versions.
    pub struct ManagedPolicyDetail {
        /// Its name.
        policy_name: "PolicyName" => Option<PolicyName>,
        /// Its id.
        policy_id: "PolicyId" => Option<EntityId>,
        /// Its ARN.
        arn: "Arn" => Option<IamArn>,
        /// Its path.
        path: "Path" => Option<PolicyPath>,
        /// The version in force.
        default_version_id: "DefaultVersionId" => Option<PolicyVersionId>,
        /// To how many users, groups and roles it is attached.
        attachment_count: "AttachmentCount" => Option<i32>,
        /// Of how many users and roles it is the boundary.
        permissions_boundary_usage_count: "PermissionsBoundaryUsageCount" => Option<i32>,
        /// Always so.
        is_attachable: "IsAttachable" => Option<bool>,
        /// What it is for.
        description: "Description" => Option<PolicyDescription>,
        /// Since when.
        create_date: "CreateDate" => Option<Timestamp>,
        /// When its versions last changed.
        update_date: "UpdateDate" => Option<Timestamp>,
        /// Its versions.
        policy_version_list: "PolicyVersionList" => Option<Vec<PolicyVersion>>,
    }
}

shape! {
    /// Output of GetAccountAuthorizationDetails.
    pub struct GetAccountAuthorizationDetailsResponse {
        /// Users of this page.
        user_detail_list: "UserDetailList" => Option<Vec<UserDetail>>,
        /// Groups of this page.
        group_detail_list: "GroupDetailList" => Option<Vec<GroupDetail>>,
        /// Roles of this page.
        role_detail_list: "RoleDetailList" => Option<Vec<RoleDetail>>,
        /// A page.
        policies: "Policies" => Option<Vec<ManagedPolicyDetail>>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}
