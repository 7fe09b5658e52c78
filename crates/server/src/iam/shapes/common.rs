//! Shapes that several nouns share.

use super::{BoundaryType, IamArn, Marker, PathPrefix, PolicyName, TagKey, TagValue};
use crate::shape;
use crate::shape::{Bounded, MarkerPageSize};

/// Tags of a request or answer.
pub type Tags = Bounded<Tag, 0, 50>;
/// Keys of tags.
pub type TagKeys = Bounded<TagKey, 0, 50>;

shape! {
    /// A tag.
    pub struct Tag {
        /// Its key.
        key: "Key" => TagKey,
        /// Its value.
        value: "Value" => TagValue,
    }
}

shape! {
    /// A permissions boundary.
    pub struct AttachedBoundary {
        /// Always a policy.
        permissions_boundary_type: "PermissionsBoundaryType" => Option<BoundaryType>,
        /// The policy.
        permissions_boundary_arn: "PermissionsBoundaryArn" => Option<IamArn>,
    }
}

shape! {
    /// A page of what is under a path.
    pub struct PathPageRequest {
        /// With which the path begins.
        path_prefix: "PathPrefix" => Option<PathPrefix>,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
    }
}

shape! {
    /// A page of tags.
    pub struct TagsAnswer {
        /// Its tags.
        tags: "Tags" => Tags,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}

shape! {
    /// No members.
    pub struct Nothing {}
}

shape! {
    /// A page of inline policies.
    pub struct PolicyNamesAnswer {
        /// A page.
        policy_names: "PolicyNames" => Vec<PolicyName>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}
