//! Shapes: tags.

use super::{KeyId, Marker, TagKey, TagValue};
use crate::shape;
use crate::shape::LargePageSize;

shape! {
    /// A tag.
    pub struct Tag {
        /// Key.
        tag_key: "TagKey" => TagKey,
        /// Value.
        tag_value: "TagValue" => TagValue,
    }
}

shape! {
    /// Input of TagResource.
    pub struct TagResourceRequest {
        /// Which key.
        key_id: "KeyId" => KeyId,
        /// Tags to set.
        tags: "Tags" => Vec<Tag>,
    }
}

shape! {
    /// Input of UntagResource.
    pub struct UntagResourceRequest {
        /// Which key.
        key_id: "KeyId" => KeyId,
        /// Keys to remove.
        tag_keys: "TagKeys" => Vec<TagKey>,
    }
}

shape! {
    /// Input of ListResourceTags.
    pub struct ListResourceTagsRequest {
        /// Which key.
        key_id: "KeyId" => KeyId,
        /// Tags of a page.
        limit: "Limit" => Option<LargePageSize>,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
    }
}

shape! {
    /// Output of ListResourceTags.
    pub struct ListResourceTagsResponse {
        /// The tags.
        tags: "Tags" => Option<Vec<Tag>>,
        /// Where to go on.
        next_marker: "NextMarker" => Option<Marker>,
        /// Whether there are more.
        truncated: "Truncated" => Option<bool>,
    }
}
