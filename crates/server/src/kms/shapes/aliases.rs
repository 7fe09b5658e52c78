//! Shapes: aliases.

use super::{AliasName, KeyArn, KeyId, Marker};
use crate::shape;
use crate::shape::{LargePageSize, Timestamp};

shape! {
    /// An alias and the key that it is to be one of.
    pub struct AliasRequest {
        /// With its prefix.
        alias_name: "AliasName" => AliasName,
        /// Id or ARN.
        target_key_id: "TargetKeyId" => KeyId,
    }
}

shape! {
    /// Input of DeleteAlias.
    pub struct DeleteAliasRequest {
        /// With its prefix.
        alias_name: "AliasName" => AliasName,
    }
}

shape! {
    /// Input of ListAliases.
    pub struct ListAliasesRequest {
        /// Of this key only.
        key_id: "KeyId" => Option<KeyId>,
        /// Aliases of a page.
        limit: "Limit" => Option<LargePageSize>,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
    }
}

shape! {
    /// An alias.
    pub struct AliasListEntry {
        /// With its prefix.
        alias_name: "AliasName" => Option<AliasName>,
        /// ARN.
        alias_arn: "AliasArn" => Option<KeyArn>,
        /// Id of the key.
        target_key_id: "TargetKeyId" => Option<KeyId>,
        /// Creation.
        creation_date: "CreationDate" => Option<Timestamp>,
        /// When it was last given to a key.
        last_updated_date: "LastUpdatedDate" => Option<Timestamp>,
    }
}

shape! {
    /// A page.
    pub struct ListAliasesResponse {
        /// The aliases.
        aliases: "Aliases" => Option<Vec<AliasListEntry>>,
        /// Where to go on.
        next_marker: "NextMarker" => Option<Marker>,
        /// Whether there are more.
        truncated: "Truncated" => Option<bool>,
    }
}
