//! The model's enums.

use leasehold_core::organization::{FeatureSet, HandshakeState};

use crate::{enum_shapes, names};

enum_shapes! {
    FeatureSet,
    HandshakeState,
}

names! {
    /// The model's `AccountJoinedMethod`.
    pub enum AccountJoinedMethod {
        Invited = "INVITED",
        Created = "CREATED",
    }
    /// The model's `AccountState`.
    pub enum AccountState {
        PendingActivation = "PENDING_ACTIVATION",
        Active = "ACTIVE",
        Suspended = "SUSPENDED",
        PendingClosure = "PENDING_CLOSURE",
        Closed = "CLOSED",
    }
    /// The model's `AccountStatus`.
    pub enum AccountStatus {
        Active = "ACTIVE",
        Suspended = "SUSPENDED",
        PendingClosure = "PENDING_CLOSURE",
    }
    /// The model's `ActionType`.
    pub enum ActionType {
        Invite = "INVITE",
        EnableAllFeatures = "ENABLE_ALL_FEATURES",
        ApproveAllFeatures = "APPROVE_ALL_FEATURES",
        AddOrganizationsServiceLinkedRole = "ADD_ORGANIZATIONS_SERVICE_LINKED_ROLE",
        TransferResponsibility = "TRANSFER_RESPONSIBILITY",
    }
    /// The model's `ChildType`.
    pub enum ChildType {
        Account = "ACCOUNT",
        OrganizationalUnit = "ORGANIZATIONAL_UNIT",
    }
    /// The model's `CreateAccountFailureReason`.
    pub enum CreateAccountFailureReason {
        AccountLimitExceeded = "ACCOUNT_LIMIT_EXCEEDED",
        EmailAlreadyExists = "EMAIL_ALREADY_EXISTS",
        InvalidAddress = "INVALID_ADDRESS",
        InvalidEmail = "INVALID_EMAIL",
        ConcurrentAccountModification = "CONCURRENT_ACCOUNT_MODIFICATION",
        InternalFailure = "INTERNAL_FAILURE",
        GovcloudAccountAlreadyExists = "GOVCLOUD_ACCOUNT_ALREADY_EXISTS",
        MissingBusinessValidation = "MISSING_BUSINESS_VALIDATION",
        FailedBusinessValidation = "FAILED_BUSINESS_VALIDATION",
        PendingBusinessValidation = "PENDING_BUSINESS_VALIDATION",
        InvalidIdentityForBusinessValidation = "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION",
        UnknownBusinessValidation = "UNKNOWN_BUSINESS_VALIDATION",
        MissingPaymentInstrument = "MISSING_PAYMENT_INSTRUMENT",
        InvalidPaymentInstrument = "INVALID_PAYMENT_INSTRUMENT",
        UpdateExistingResourcePolicyWithTagsNotSupported =
            "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED",
    }
    /// The model's `CreateAccountState`.
    pub enum CreateAccountState {
        InProgress = "IN_PROGRESS",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
    }
    /// The model's `HandshakePartyType`.
    pub enum HandshakePartyType {
        Account = "ACCOUNT",
        Organization = "ORGANIZATION",
        Email = "EMAIL",
    }
    /// The model's `HandshakeResourceType`.
    pub enum HandshakeResourceType {
        Account = "ACCOUNT",
        Organization = "ORGANIZATION",
        OrganizationFeatureSet = "ORGANIZATION_FEATURE_SET",
        Email = "EMAIL",
        MasterEmail = "MASTER_EMAIL",
        MasterName = "MASTER_NAME",
        Notes = "NOTES",
        ParentHandshake = "PARENT_HANDSHAKE",
        ResponsibilityTransfer = "RESPONSIBILITY_TRANSFER",
        TransferStartTimestamp = "TRANSFER_START_TIMESTAMP",
        TransferType = "TRANSFER_TYPE",
        ManagementAccount = "MANAGEMENT_ACCOUNT",
        ManagementEmail = "MANAGEMENT_EMAIL",
        ManagementName = "MANAGEMENT_NAME",
    }
    /// The model's `IAMUserAccessToBilling`.
    pub enum BillingAccess {
        Allow = "ALLOW",
        Deny = "DENY",
    }
    /// The model's `ParentType`.
    pub enum ParentType {
        Root = "ROOT",
        OrganizationalUnit = "ORGANIZATIONAL_UNIT",
    }
    /// The model's `PolicyType`.
    pub enum PolicyType {
        ServiceControlPolicy = "SERVICE_CONTROL_POLICY",
        ResourceControlPolicy = "RESOURCE_CONTROL_POLICY",
        TagPolicy = "TAG_POLICY",
        BackupPolicy = "BACKUP_POLICY",
        AiservicesOptOutPolicy = "AISERVICES_OPT_OUT_POLICY",
        ChatbotPolicy = "CHATBOT_POLICY",
        DeclarativePolicyEc2 = "DECLARATIVE_POLICY_EC2",
        SecurityhubPolicy = "SECURITYHUB_POLICY",
        InspectorPolicy = "INSPECTOR_POLICY",
        UpgradeRolloutPolicy = "UPGRADE_ROLLOUT_POLICY",
        BedrockPolicy = "BEDROCK_POLICY",
        S3Policy = "S3_POLICY",
        NetworkSecurityDirectorPolicy = "NETWORK_SECURITY_DIRECTOR_POLICY",
    }
    /// The model's `PolicyTypeStatus`.
    pub enum PolicyTypeStatus {
        Enabled = "ENABLED",
        PendingEnable = "PENDING_ENABLE",
        PendingDisable = "PENDING_DISABLE",
    }
}
