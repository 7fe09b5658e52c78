//! What answers show.

use leasehold_core::identity::{Entity, Role};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::shapes;
use crate::shape::{SessionDuration, Timestamp};

/// Since when the policies are that every account finds, milliseconds: 2015-02-06.
pub const MANAGED_SINCE_MS: i64 = 1_423_180_800_000;

/// What RFC 3986 lets stand as it is, beside letters and digits.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A policy as answers have it: URL-encoded.
pub fn document(text: &str) -> shapes::PolicyDocument {
    utf8_percent_encode(text, ENCODED).to_string().into()
}

/// A user; lists leave boundary and tags out.
pub fn user(entity: &Entity) -> shapes::User {
    shapes::User {
        path: entity.path.as_str().into(),
        user_name: entity.name.as_str().into(),
        user_id: entity.id.as_str().into(),
        arn: entity.arn().into(),
        create_date: Timestamp(entity.created_at_ms),
        password_last_used: None,
        permissions_boundary: None,
        tags: None,
    }
}

/// A user with its boundary and its tags.
pub fn whole_user(entity: &Entity, tags: Option<shapes::Tags>) -> shapes::User {
    shapes::User { permissions_boundary: boundary(entity), tags, ..user(entity) }
}

/// A group.
pub fn group(entity: &Entity) -> shapes::Group {
    shapes::Group {
        path: entity.path.as_str().into(),
        group_name: entity.name.as_str().into(),
        group_id: entity.id.as_str().into(),
        arn: entity.arn().into(),
        create_date: Timestamp(entity.created_at_ms),
    }
}

/// A role; lists leave boundary and tags out.
pub fn role(entity: &Entity, role: &Role) -> shapes::Role {
    shapes::Role {
        path: entity.path.as_str().into(),
        role_name: entity.name.as_str().into(),
        role_id: entity.id.as_str().into(),
        arn: entity.arn().into(),
        create_date: Timestamp(entity.created_at_ms),
        assume_role_policy_document: Some(document(&role.trust)),
        description: role.description.as_deref().map(Into::into),
        max_session_duration: Some(SessionDuration(role.session_max_s)),
        permissions_boundary: None,
        tags: None,
        role_last_used: None,
    }
}

/// A role with its boundary and its tags.
pub fn whole_role(entity: &Entity, it: &Role, tags: Option<shapes::Tags>) -> shapes::Role {
    shapes::Role { permissions_boundary: boundary(entity), tags, ..role(entity, it) }
}

/// The permissions boundary of a user or role.
pub fn boundary(entity: &Entity) -> Option<shapes::AttachedBoundary> {
    let show = |arn: &String| shapes::AttachedBoundary {
        permissions_boundary_type: Some(shapes::BoundaryType::PermissionsBoundaryPolicy),
        permissions_boundary_arn: Some(arn.as_str().into()),
    };
    entity.boundary.as_ref().map(show)
}
