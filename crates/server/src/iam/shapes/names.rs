//! The model's enums.

use crate::names;

names! {
    /// The model's `PermissionsBoundaryAttachmentType`.
    pub enum BoundaryType {
        PermissionsBoundaryPolicy = "PermissionsBoundaryPolicy",
    }
    /// The model's `ContextKeyTypeEnum`.
    pub enum ContextKeyType {
        String = "string",
        StringList = "stringList",
        Numeric = "numeric",
        NumericList = "numericList",
        Boolean = "boolean",
        BooleanList = "booleanList",
        Ip = "ip",
        IpList = "ipList",
        Binary = "binary",
        BinaryList = "binaryList",
        Date = "date",
        DateList = "dateList",
    }
    /// The model's `PolicyEvaluationDecisionType`.
    pub enum Decision {
        Allowed = "allowed",
        ExplicitDeny = "explicitDeny",
        ImplicitDeny = "implicitDeny",
    }
    /// The model's `DeletionTaskStatusType`.
    pub enum DeletionTaskStatus {
        Succeeded = "SUCCEEDED",
        InProgress = "IN_PROGRESS",
        Failed = "FAILED",
        NotStarted = "NOT_STARTED",
    }
    /// The model's `EntityType`.
    pub enum EntityType {
        User = "User",
        Role = "Role",
        Group = "Group",
        LocalManagedPolicy = "LocalManagedPolicy",
        AwsManagedPolicy = "AWSManagedPolicy",
    }
    /// The model's `statusType`.
    pub enum KeyStatus {
        Active = "Active",
        Inactive = "Inactive",
        Expired = "Expired",
    }
    /// The model's `policyScopeType`.
    pub enum PolicyScope {
        All = "All",
        Aws = "AWS",
        Local = "Local",
    }
    /// The model's `PolicySourceType`.
    pub enum PolicySource {
        User = "user",
        Group = "group",
        Role = "role",
        AwsManaged = "aws-managed",
        UserManaged = "user-managed",
        Resource = "resource",
        None = "none",
    }
    /// The model's `PolicyUsageType`.
    pub enum PolicyUsage {
        PermissionsPolicy = "PermissionsPolicy",
        PermissionsBoundary = "PermissionsBoundary",
    }
}
