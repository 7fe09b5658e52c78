//! Shapes: roles.

use super::{
    AttachedBoundary, CustomSuffix, DeletionTaskId, DeletionTaskStatus, EntityId, GroupName,
    IamArn, InstanceProfileName, Marker, Path, PolicyDocument, Reason, RegionName, RoleDescription,
    RoleName, TagKeys, Tags,
};
use crate::shape;
use crate::shape::{MarkerPageSize, SessionDuration, Timestamp};

shape! {
    /// Input of CreateRole.
    pub struct CreateRoleRequest {
        /// Its path.
        path: "Path" => Option<Path>,
        /// The role.
        role_name: "RoleName" => RoleName,
        /// Who may assume it.
        assume_role_policy_document: "AssumeRolePolicyDocument" => PolicyDocument,
        /// What it is for.
        description: "Description" => Option<RoleDescription>,
        /// How long a session may be, seconds.
        max_session_duration: "MaxSessionDuration" => Option<SessionDuration>,
        /// What it may do at most.
        permissions_boundary: "PermissionsBoundary" => Option<IamArn>,
        /// Its tags.
        tags: "Tags" => Option<Tags>,
    }
}

shape! {
    /// The last use of a role.
    pub struct RoleLastUsed {
        /// When; absent if never.
        last_used_date: "LastUsedDate" => Option<Timestamp>,
        /// Where.
        region: "Region" => Option<String>,
    }
}

shape! {
    /// A role.
    pub struct Role {
        /// Its path.
        path: "Path" => Path,
        /// The role.
        role_name: "RoleName" => RoleName,
        /// Its id.
        role_id: "RoleId" => EntityId,
        /// Its ARN.
        arn: "Arn" => IamArn,
        /// Since when.
        create_date: "CreateDate" => Timestamp,
        /// Who may assume it.
        assume_role_policy_document: "AssumeRolePolicyDocument" => Option<PolicyDocument>,
        /// What it is for.
        description: "Description" => Option<RoleDescription>,
        /// How long a session may be, seconds.
        max_session_duration: "MaxSessionDuration" => Option<SessionDuration>,
        /// What it may do at most.
        permissions_boundary: "PermissionsBoundary" => Option<AttachedBoundary>,
        /// Its tags.
        tags: "Tags" => Option<Tags>,
        /// Not kept.
        role_last_used: "RoleLastUsed" => Option<RoleLastUsed>,
    }
}

shape! {
    /// A role.
    pub struct RoleAnswer {
        /// The role.
        role: "Role" => Role,
    }
}

shape! {
    /// A role.
    pub struct RoleRequest {
        /// The role.
        role_name: "RoleName" => RoleName,
    }
}

shape! {
    /// Output of ListRoles.
    pub struct ListRolesResponse {
        /// Roles.
        roles: "Roles" => Vec<Role>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}

shape! {
    /// Input of UpdateRole.
    pub struct UpdateRoleRequest {
        /// The role.
        role_name: "RoleName" => RoleName,
        /// What it is for.
        description: "Description" => Option<RoleDescription>,
        /// How long a session may be, seconds.
        max_session_duration: "MaxSessionDuration" => Option<SessionDuration>,
    }
}

shape! {
    /// Input of UpdateRoleDescription.
    pub struct UpdateRoleDescriptionRequest {
        /// The role.
        role_name: "RoleName" => RoleName,
        /// What it is for.
        description: "Description" => RoleDescription,
    }
}

shape! {
    /// A role.
    pub struct ChangedRoleAnswer {
        /// The role.
        role: "Role" => Option<Role>,
    }
}

shape! {
    /// Input of UpdateAssumeRolePolicy.
    pub struct UpdateAssumeRolePolicyRequest {
        /// The role.
        role_name: "RoleName" => RoleName,
        /// What it says.
        policy_document: "PolicyDocument" => PolicyDocument,
    }
}

shape! {
    /// Input of TagRole.
    pub struct TagRoleRequest {
        /// The role.
        role_name: "RoleName" => RoleName,
        /// Its tags.
        tags: "Tags" => Tags,
    }
}

shape! {
    /// Input of UntagRole.
    pub struct UntagRoleRequest {
        /// The role.
        role_name: "RoleName" => RoleName,
        /// Which.
        tag_keys: "TagKeys" => TagKeys,
    }
}

shape! {
    /// A page of what a role has.
    pub struct RolePageRequest {
        /// The role.
        role_name: "RoleName" => RoleName,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
    }
}

shape! {
    /// Input of PutRolePermissionsBoundary.
    pub struct PutRolePermissionsBoundaryRequest {
        /// The role.
        role_name: "RoleName" => RoleName,
        /// What it may do at most.
        permissions_boundary: "PermissionsBoundary" => IamArn,
    }
}

shape! {
    /// Input of CreateServiceLinkedRole.
    pub struct CreateServiceLinkedRoleRequest {
        /// The service, such as `license-manager.amazonaws.com`.
        aws_service_name: "AWSServiceName" => GroupName,
        /// What it is for.
        description: "Description" => Option<RoleDescription>,
        /// What distinguishes it from others for the service.
        custom_suffix: "CustomSuffix" => Option<CustomSuffix>,
    }
}

shape! {
    /// A deletion.
    pub struct DeletionTask {
        /// Which deletion.
        deletion_task_id: "DeletionTaskId" => DeletionTaskId,
    }
}

shape! {
    /// Where a role is in use.
    pub struct RoleUsage {
        /// Where.
        region: "Region" => Option<RegionName>,
        /// Which.
        resources: "Resources" => Option<Vec<IamArn>>,
    }
}

shape! {
    /// Why a role was not deleted.
    pub struct DeletionTaskFailureReason {
        /// Why not.
        reason: "Reason" => Option<Reason>,
        /// Where it is in use.
        role_usage_list: "RoleUsageList" => Option<Vec<RoleUsage>>,
    }
}

shape! {
    /// Output of GetServiceLinkedRoleDeletionStatus.
    pub struct GetDeletionStatusResponse {
        /// Whether it may be used.
        status: "Status" => DeletionTaskStatus,
        /// Why not.
        reason: "Reason" => Option<DeletionTaskFailureReason>,
    }
}

shape! {
    /// A role for a machine: there are none.
    pub struct InstanceProfile {
        /// Its path.
        path: "Path" => Path,
        /// Its name.
        instance_profile_name: "InstanceProfileName" => InstanceProfileName,
        /// Its id.
        instance_profile_id: "InstanceProfileId" => EntityId,
        /// Its ARN.
        arn: "Arn" => IamArn,
        /// Since when.
        create_date: "CreateDate" => Timestamp,
        /// Roles.
        roles: "Roles" => Vec<Role>,
        /// Its tags.
        tags: "Tags" => Option<Tags>,
    }
}

shape! {
    /// Output of ListInstanceProfilesForRole.
    pub struct ListInstanceProfilesForRoleResponse {
        /// Always empty.
        instance_profiles: "InstanceProfiles" => Vec<InstanceProfile>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}
