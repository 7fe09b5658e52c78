//! Shapes: access keys.

use super::{AccessKeyId, ExistingUserName, KeyStatus, Marker, UserName};
use crate::shape;
use crate::shape::{MarkerPageSize, Secret, Timestamp};

shape! {
    /// A new access key.
    pub struct AccessKey {
        /// The user.
        user_name: "UserName" => UserName,
        /// The key.
        access_key_id: "AccessKeyId" => AccessKeyId,
        /// Whether it may be used.
        status: "Status" => KeyStatus,
        /// Shown once.
        secret_access_key: "SecretAccessKey" => Secret<String>,
        /// Since when.
        create_date: "CreateDate" => Option<Timestamp>,
    }
}

shape! {
    /// Output of CreateAccessKey.
    pub struct CreateAccessKeyResponse {
        /// The key, with its secret.
        access_key: "AccessKey" => AccessKey,
    }
}

shape! {
    /// Input of ListAccessKeys.
    pub struct ListAccessKeysRequest {
        /// The user.
        user_name: "UserName" => Option<ExistingUserName>,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
    }
}

shape! {
    /// An access key without its secret.
    pub struct AccessKeyMetadata {
        /// The user.
        user_name: "UserName" => Option<UserName>,
        /// The key.
        access_key_id: "AccessKeyId" => Option<AccessKeyId>,
        /// Whether it may be used.
        status: "Status" => Option<KeyStatus>,
        /// Since when.
        create_date: "CreateDate" => Option<Timestamp>,
    }
}

shape! {
    /// Output of ListAccessKeys.
    pub struct ListAccessKeysResponse {
        /// A page.
        access_key_metadata: "AccessKeyMetadata" => Vec<AccessKeyMetadata>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}

shape! {
    /// Input of UpdateAccessKey.
    pub struct UpdateAccessKeyRequest {
        /// The user.
        user_name: "UserName" => Option<ExistingUserName>,
        /// The key.
        access_key_id: "AccessKeyId" => AccessKeyId,
        /// Whether it may be used.
        status: "Status" => KeyStatus,
    }
}

shape! {
    /// Input of DeleteAccessKey.
    pub struct DeleteAccessKeyRequest {
        /// The user.
        user_name: "UserName" => Option<ExistingUserName>,
        /// The key.
        access_key_id: "AccessKeyId" => AccessKeyId,
    }
}

shape! {
    /// Input of GetAccessKeyLastUsed.
    pub struct GetAccessKeyLastUsedRequest {
        /// The key.
        access_key_id: "AccessKeyId" => AccessKeyId,
    }
}

shape! {
    /// The last use of an access key.
    pub struct AccessKeyLastUsed {
        /// When; absent if never.
        last_used_date: "LastUsedDate" => Option<Timestamp>,
        /// For which service; `N/A` if never.
        service_name: "ServiceName" => String,
        /// Where.
        region: "Region" => String,
    }
}

shape! {
    /// Output of GetAccessKeyLastUsed.
    pub struct GetAccessKeyLastUsedResponse {
        /// The user.
        user_name: "UserName" => Option<ExistingUserName>,
        /// When, where and for what.
        access_key_last_used: "AccessKeyLastUsed" => Option<AccessKeyLastUsed>,
    }
}
