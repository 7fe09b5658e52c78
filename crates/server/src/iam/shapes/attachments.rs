//! Shapes: which managed policies a user, group or role has.

use super::{GroupName, IamArn, Marker, PolicyName, PolicyPath, RoleName, UserName};
use crate::shape;
use crate::shape::MarkerPageSize;

shape! {
    /// A user and a managed policy.
    pub struct UserAttachmentRequest {
        /// The user.
        user_name: "UserName" => UserName,
        /// The policy.
        policy_arn: "PolicyArn" => IamArn,
    }
}

shape! {
    /// A page of managed policies of a user.
    pub struct UserAttachmentsRequest {
        /// The user.
        user_name: "UserName" => UserName,
        /// With which the path begins.
        path_prefix: "PathPrefix" => Option<PolicyPath>,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
    }
}

shape! {
    /// An attached policy.
    pub struct AttachedPolicy {
        /// Its name.
        policy_name: "PolicyName" => Option<PolicyName>,
        /// The policy.
        policy_arn: "PolicyArn" => Option<IamArn>,
    }
}

shape! {
    /// A page of attached policies.
    pub struct AttachedPoliciesAnswer {
        /// A page.
        attached_policies: "AttachedPolicies" => Option<Vec<AttachedPolicy>>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}

shape! {
    /// A group and a managed policy.
    pub struct GroupAttachmentRequest {
        /// The group.
        group_name: "GroupName" => GroupName,
        /// The policy.
        policy_arn: "PolicyArn" => IamArn,
    }
}

shape! {
    /// A page of managed policies of a group.
    pub struct GroupAttachmentsRequest {
        /// The group.
        group_name: "GroupName" => GroupName,
        /// With which the path begins.
        path_prefix: "PathPrefix" => Option<PolicyPath>,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
    }
}

shape! {
    /// A role and a managed policy.
    pub struct RoleAttachmentRequest {
        /// The role.
        role_name: "RoleName" => RoleName,
        /// The policy.
        policy_arn: "PolicyArn" => IamArn,
    }
}

shape! {
    /// A page of managed policies of a role.
    pub struct RoleAttachmentsRequest {
        /// The role.
        role_name: "RoleName" => RoleName,
        /// With which the path begins.
        path_prefix: "PathPrefix" => Option<PolicyPath>,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
    }
}
