//! Shapes: keys and their policies.

use super::{
    BackingKeyId, CloudHsmClusterId, CustomKeyStoreId, CustomerMasterKeySpec, Description,
    EncryptionAlgorithm, ExpirationModel, GrantToken, KeyAgreementAlgorithm, KeyArn, KeyId,
    KeyManager, KeySpec, KeyState, KeyUsage, MacAlgorithm, Marker, MultiRegionKeyType, Origin,
    PolicyName, PolicyText, Region, SigningAlgorithm, Tag, XksKeyId,
};
use crate::shape;
use crate::shape::{Bounded, LargePageSize, PendingWindow, Timestamp};

/// Tokens of grants, which this server does not have.
pub type GrantTokens = Bounded<GrantToken, 0, 10>;

shape! {
    /// Input of CreateKey.
    pub struct CreateKeyRequest {
        /// Who may use it.
        policy: "Policy" => Option<PolicyText>,
        /// What for.
        description: "Description" => Option<Description>,
        /// SIGN_VERIFY.
        key_usage: "KeyUsage" => Option<KeyUsage>,
        /// The deprecated name of KeySpec.
        customer_master_key_spec: "CustomerMasterKeySpec" => Option<CustomerMasterKeySpec>,
        /// Its kind.
        key_spec: "KeySpec" => Option<KeySpec>,
        /// AWS_KMS.
        origin: "Origin" => Option<Origin>,
        /// Not taken.
        custom_key_store_id: "CustomKeyStoreId" => Option<CustomKeyStoreId>,
        /// Whether the policy may lock the owner out.
        bypass_policy_lockout_safety_check: "BypassPolicyLockoutSafetyCheck" => Option<bool>,
        /// Tags.
        tags: "Tags" => Option<Vec<Tag>>,
        /// Not taken.
        multi_region: "MultiRegion" => Option<bool>,
        /// Not taken.
        xks_key_id: "XksKeyId" => Option<XksKeyId>,
    }
}

shape! {
    /// A key in a Region; never in an answer of ours.
    pub struct MultiRegionKey {
        /// ARN.
        arn: "Arn" => Option<KeyArn>,
        /// Region.
        region: "Region" => Option<Region>,
    }
}

shape! {
    /// Keys of several Regions; never in an answer of ours.
    pub struct MultiRegionConfiguration {
        /// Which of them.
        multi_region_key_type: "MultiRegionKeyType" => Option<MultiRegionKeyType>,
        /// The first.
        primary_key: "PrimaryKey" => Option<MultiRegionKey>,
        /// The others.
        replica_keys: "ReplicaKeys" => Option<Vec<MultiRegionKey>>,
    }
}

shape! {
    /// A key outside of AWS; never in an answer of ours.
    pub struct XksKeyConfiguration {
        /// Id.
        id: "Id" => Option<XksKeyId>,
    }
}

shape! {
    /// What there is to know of a key.
    pub struct KeyMetadata {
        /// Account that owns it.
        aws_account_id: "AWSAccountId" => Option<String>,
        /// Id.
        key_id: "KeyId" => KeyId,
        /// ARN.
        arn: "Arn" => Option<KeyArn>,
        /// Creation.
        creation_date: "CreationDate" => Option<Timestamp>,
        /// Whether it can be used.
        enabled: "Enabled" => Option<bool>,
        /// What for.
        description: "Description" => Option<Description>,
        /// SIGN_VERIFY.
        key_usage: "KeyUsage" => Option<KeyUsage>,
        /// What it can be used for.
        key_state: "KeyState" => Option<KeyState>,
        /// When it will be gone.
        deletion_date: "DeletionDate" => Option<Timestamp>,
        /// Never.
        valid_to: "ValidTo" => Option<Timestamp>,
        /// AWS_KMS.
        origin: "Origin" => Option<Origin>,
        /// Never.
        custom_key_store_id: "CustomKeyStoreId" => Option<CustomKeyStoreId>,
        /// Never.
        cloud_hsm_cluster_id: "CloudHsmClusterId" => Option<CloudHsmClusterId>,
        /// Never.
        expiration_model: "ExpirationModel" => Option<ExpirationModel>,
        /// CUSTOMER.
        key_manager: "KeyManager" => Option<KeyManager>,
        /// Its kind, by the deprecated name.
        customer_master_key_spec: "CustomerMasterKeySpec" => Option<CustomerMasterKeySpec>,
        /// Its kind.
        key_spec: "KeySpec" => Option<KeySpec>,
        /// Never.
        encryption_algorithms: "EncryptionAlgorithms" => Option<Vec<EncryptionAlgorithm>>,
        /// How it can sign.
        signing_algorithms: "SigningAlgorithms" => Option<Vec<SigningAlgorithm>>,
        /// Never.
        key_agreement_algorithms: "KeyAgreementAlgorithms" => Option<Vec<KeyAgreementAlgorithm>>,
        /// False.
        multi_region: "MultiRegion" => Option<bool>,
        /// Never.
        multi_region_configuration: "MultiRegionConfiguration" => Option<MultiRegionConfiguration>,
        /// Never: it is for keys of several Regions.
        pending_deletion_window_in_days: "PendingDeletionWindowInDays" => Option<PendingWindow>,
        /// Never.
        mac_algorithms: "MacAlgorithms" => Option<Vec<MacAlgorithm>>,
        /// Never.
        xks_key_configuration: "XksKeyConfiguration" => Option<XksKeyConfiguration>,
        /// Never: keys that sign are not changed by time.
        current_key_material_id: "CurrentKeyMaterialId" => Option<BackingKeyId>,
    }
}

shape! {
    /// A key.
    pub struct KeyAnswer {
        /// The key.
        key_metadata: "KeyMetadata" => Option<KeyMetadata>,
    }
}

shape! {
    /// Names a key.
    pub struct KeyRequest {
        /// Which key.
        key_id: "KeyId" => KeyId,
    }
}

shape! {
    /// Names a key that others may see.
    pub struct SharedKeyRequest {
        /// Which key.
        key_id: "KeyId" => KeyId,
        /// None.
        grant_tokens: "GrantTokens" => Option<GrantTokens>,
    }
}

shape! {
    /// A page of an account's keys.
    pub struct ListKeysRequest {
        /// Keys of a page.
        limit: "Limit" => Option<LargePageSize>,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
    }
}

shape! {
    /// A key of a list.
    pub struct KeyListEntry {
        /// Id.
        key_id: "KeyId" => Option<KeyId>,
        /// ARN.
        key_arn: "KeyArn" => Option<KeyArn>,
    }
}

shape! {
    /// A page.
    pub struct ListKeysResponse {
        /// The keys.
        keys: "Keys" => Option<Vec<KeyListEntry>>,
        /// Where to go on.
        next_marker: "NextMarker" => Option<Marker>,
        /// Whether there are more.
        truncated: "Truncated" => Option<bool>,
    }
}

shape! {
    /// Input of ScheduleKeyDeletion.
    pub struct ScheduleKeyDeletionRequest {
        /// Which key.
        key_id: "KeyId" => KeyId,
        /// Days until then.
        pending_window_in_days: "PendingWindowInDays" => Option<PendingWindow>,
    }
}

shape! {
    /// Output of ScheduleKeyDeletion.
    pub struct ScheduleKeyDeletionResponse {
        /// ARN.
        key_id: "KeyId" => Option<KeyId>,
        /// When it will be gone.
        deletion_date: "DeletionDate" => Option<Timestamp>,
        /// PendingDeletion.
        key_state: "KeyState" => Option<KeyState>,
        /// Days until then.
        pending_window_in_days: "PendingWindowInDays" => Option<PendingWindow>,
    }
}

shape! {
    /// Output of CancelKeyDeletion.
    pub struct CancelKeyDeletionResponse {
        /// ARN.
        key_id: "KeyId" => Option<KeyId>,
    }
}

shape! {
    /// Input of GetKeyPolicy.
    pub struct GetKeyPolicyRequest {
        /// Which key.
        key_id: "KeyId" => KeyId,
        /// `default`.
        policy_name: "PolicyName" => Option<PolicyName>,
    }
}

shape! {
    /// Output of GetKeyPolicy.
    pub struct GetKeyPolicyResponse {
        /// As sent.
        policy: "Policy" => Option<PolicyText>,
        /// `default`.
        policy_name: "PolicyName" => Option<PolicyName>,
    }
}

shape! {
    /// Input of PutKeyPolicy.
    pub struct PutKeyPolicyRequest {
        /// Which key.
        key_id: "KeyId" => KeyId,
        /// `default`.
        policy_name: "PolicyName" => Option<PolicyName>,
        /// Who may use it.
        policy: "Policy" => PolicyText,
        /// Whether the policy may lock the owner out.
        bypass_policy_lockout_safety_check: "BypassPolicyLockoutSafetyCheck" => Option<bool>,
    }
}
