//! Shapes: managed policies and their versions.

use super::{
    EntityId, EntityType, GroupName, IamArn, Marker, Path, PolicyDescription, PolicyDocument,
    PolicyName, PolicyPath, PolicyScope, PolicyUsage, PolicyVersionId, RoleName, TagKeys, Tags,
    UserName,
};
use crate::shape;
use crate::shape::{MarkerPageSize, Timestamp};

shape! {
    /// Input of CreatePolicy.
    pub struct CreatePolicyRequest {
        /// Its name.
        policy_name: "PolicyName" => PolicyName,
        /// Its path.
        path: "Path" => Option<PolicyPath>,
        /// What it says.
        policy_document: "PolicyDocument" => PolicyDocument,
        /// What it is for.
        description: "Description" => Option<PolicyDescription>,
        /// Its tags.
        tags: "Tags" => Option<Tags>,
    }
}

shape! {
    /// A managed policy.
    pub struct Policy {
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
        /// Its tags.
        tags: "Tags" => Option<Tags>,
    }
}

shape! {
    /// A policy.
    pub struct PolicyAnswer {
        /// The policy.
        policy: "Policy" => Option<Policy>,
    }
}

shape! {
    /// A policy.
    pub struct PolicyRequest {
        /// The policy.
        policy_arn: "PolicyArn" => IamArn,
    }
}

shape! {
    /// Input of ListPolicies.
    pub struct ListPoliciesRequest {
        /// Whose: the account's own, or AWS's.
        scope: "Scope" => Option<PolicyScope>,
        /// Whether to leave out those that are not attached.
        only_attached: "OnlyAttached" => Option<bool>,
        /// With which the path begins.
        path_prefix: "PathPrefix" => Option<PolicyPath>,
        /// In which use alone.
        policy_usage_filter: "PolicyUsageFilter" => Option<PolicyUsage>,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
    }
}

shape! {
    /// Output of ListPolicies.
    pub struct ListPoliciesResponse {
        /// A page.
        policies: "Policies" => Option<Vec<Policy>>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}

shape! {
    /// Input of CreatePolicyVersion.
    pub struct CreatePolicyVersionRequest {
        /// The policy.
        policy_arn: "PolicyArn" => IamArn,
        /// What it says.
        policy_document: "PolicyDocument" => PolicyDocument,
        /// Whether it is in force at once.
        set_as_default: "SetAsDefault" => Option<bool>,
    }
}

shape! {
    /// A version of a managed policy.
    pub struct PolicyVersion {
        /// URL-encoded.
        document: "Document" => Option<PolicyDocument>,
        /// Which version.
        version_id: "VersionId" => Option<PolicyVersionId>,
        /// Whether it is in force.
        is_default_version: "IsDefaultVersion" => Option<bool>,
        /// Since when.
        create_date: "CreateDate" => Option<Timestamp>,
    }
}

shape! {
    /// A version of a policy.
    pub struct PolicyVersionAnswer {
        /// The version.
        policy_version: "PolicyVersion" => Option<PolicyVersion>,
    }
}

shape! {
    /// A version of a policy.
    pub struct PolicyVersionRequest {
        /// The policy.
        policy_arn: "PolicyArn" => IamArn,
        /// Which version.
        version_id: "VersionId" => PolicyVersionId,
    }
}

shape! {
    /// A page of what a policy has.
    pub struct PolicyPageRequest {
        /// The policy.
        policy_arn: "PolicyArn" => IamArn,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
    }
}

shape! {
    /// Output of ListPolicyVersions.
    pub struct ListPolicyVersionsResponse {
        /// A page.
        versions: "Versions" => Option<Vec<PolicyVersion>>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}

shape! {
    /// Input of TagPolicy.
    pub struct TagPolicyRequest {
        /// The policy.
        policy_arn: "PolicyArn" => IamArn,
        /// Its tags.
        tags: "Tags" => Tags,
    }
}

shape! {
    /// Input of UntagPolicy.
    pub struct UntagPolicyRequest {
        /// The policy.
        policy_arn: "PolicyArn" => IamArn,
        /// Which.
        tag_keys: "TagKeys" => TagKeys,
    }
}

shape! {
    /// Input of ListEntitiesForPolicy.
    pub struct ListEntitiesForPolicyRequest {
        /// The policy.
        policy_arn: "PolicyArn" => IamArn,
        /// Which kind alone.
        entity_filter: "EntityFilter" => Option<EntityType>,
        /// With which the path begins.
        path_prefix: "PathPrefix" => Option<Path>,
        /// In which use alone.
        policy_usage_filter: "PolicyUsageFilter" => Option<PolicyUsage>,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
    }
}

shape! {
    /// A group that has the policy.
    pub struct PolicyGroup {
        /// The group.
        group_name: "GroupName" => Option<GroupName>,
        /// Its id.
        group_id: "GroupId" => Option<EntityId>,
    }
}

shape! {
    /// A user that has the policy.
    pub struct PolicyUser {
        /// The user.
        user_name: "UserName" => Option<UserName>,
        /// Its id.
        user_id: "UserId" => Option<EntityId>,
    }
}

shape! {
    /// A role that has the policy.
    pub struct PolicyRole {
        /// The role.
        role_name: "RoleName" => Option<RoleName>,
        /// Its id.
        role_id: "RoleId" => Option<EntityId>,
    }
}

shape! {
    /// Output of ListEntitiesForPolicy.
    pub struct ListEntitiesForPolicyResponse {
        /// Groups that have it.
        policy_groups: "PolicyGroups" => Option<Vec<PolicyGroup>>,
        /// Users that have it.
        policy_users: "PolicyUsers" => Option<Vec<PolicyUser>>,
        /// Roles that have it.
        policy_roles: "PolicyRoles" => Option<Vec<PolicyRole>>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}
