//! Tags: sections 4.27–4.29.

use crate::shape;

shape! {
    /// A tag.
    pub struct Tag {
        /// 1 to 128 characters (TG3).
        key: "Key" => Option<String>,
        /// At most 256 characters (TG3).
        value: "Value" => Option<String>,
    }
}

shape! {
    /// 4.27.
    pub struct TagResourceRequest {
        /// Which resource.
        resource_arn: "ResourceArn" => String,
        /// Tags to set (TG2).
        tags: "Tags" => Vec<Tag>,
    }
}

shape! {
    /// 4.27.
    pub struct TagResourceResponse {}
}

shape! {
    /// 4.28.
    pub struct UntagResourceRequest {
        /// Which resource.
        resource_arn: "ResourceArn" => String,
        /// Keys to remove (TG2).
        tag_keys: "TagKeys" => Vec<String>,
    }
}

shape! {
    /// 4.28.
    pub struct UntagResourceResponse {}
}

shape! {
    /// 4.29.
    pub struct ListTagsForResourceRequest {
        /// Which resource.
        resource_arn: "ResourceArn" => String,
    }
}

shape! {
    /// 4.29.
    pub struct ListTagsForResourceResponse {
        /// The tags.
        tags: "Tags" => Option<Vec<Tag>>,
    }
}
