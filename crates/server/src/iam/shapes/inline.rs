//! Shapes: inline policies.

use super::{ExistingUserName, GroupName, PolicyDocument, PolicyName, RoleName};
use crate::shape;

shape! {
    /// An inline policy of a user.
    pub struct InlineUserPolicy {
        /// The user.
        user_name: "UserName" => ExistingUserName,
        /// Its name.
        policy_name: "PolicyName" => PolicyName,
        /// What it says.
        policy_document: "PolicyDocument" => PolicyDocument,
    }
}

shape! {
    /// An inline policy of a user, by its name.
    pub struct InlineUserPolicyRequest {
        /// The user.
        user_name: "UserName" => ExistingUserName,
        /// Its name.
        policy_name: "PolicyName" => PolicyName,
    }
}

shape! {
    /// An inline policy of a group.
    pub struct InlineGroupPolicy {
        /// The group.
        group_name: "GroupName" => GroupName,
        /// Its name.
        policy_name: "PolicyName" => PolicyName,
        /// What it says.
        policy_document: "PolicyDocument" => PolicyDocument,
    }
}

shape! {
    /// An inline policy of a group, by its name.
    pub struct InlineGroupPolicyRequest {
        /// The group.
        group_name: "GroupName" => GroupName,
        /// Its name.
        policy_name: "PolicyName" => PolicyName,
    }
}

shape! {
    /// An inline policy of a role.
    pub struct InlineRolePolicy {
        /// The role.
        role_name: "RoleName" => RoleName,
        /// Its name.
        policy_name: "PolicyName" => PolicyName,
        /// What it says.
        policy_document: "PolicyDocument" => PolicyDocument,
    }
}

shape! {
    /// An inline policy of a role, by its name.
    pub struct InlineRolePolicyRequest {
        /// The role.
        role_name: "RoleName" => RoleName,
        /// Its name.
        policy_name: "PolicyName" => PolicyName,
    }
}
