//! Shapes: groups and who is in them.

use super::{EntityId, ExistingUserName, GroupName, IamArn, Marker, Path, User};
use crate::shape;
use crate::shape::{MarkerPageSize, Timestamp};

shape! {
    /// Input of CreateGroup.
    pub struct CreateGroupRequest {
        /// Its path.
        path: "Path" => Option<Path>,
        /// The group.
        group_name: "GroupName" => GroupName,
    }
}

shape! {
    /// A group.
    pub struct Group {
        /// Its path.
        path: "Path" => Path,
        /// The group.
        group_name: "GroupName" => GroupName,
        /// Its id.
        group_id: "GroupId" => EntityId,
        /// Its ARN.
        arn: "Arn" => IamArn,
        /// Since when.
        create_date: "CreateDate" => Timestamp,
    }
}

shape! {
    /// Output of CreateGroup.
    pub struct CreateGroupResponse {
        /// The group.
        group: "Group" => Group,
    }
}

shape! {
    /// A page of what a group has.
    pub struct GroupPageRequest {
        /// The group.
        group_name: "GroupName" => GroupName,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
    }
}

shape! {
    /// Output of GetGroup.
    pub struct GetGroupResponse {
        /// The group.
        group: "Group" => Group,
        /// A page.
        users: "Users" => Vec<User>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}

shape! {
    /// A page of groups.
    pub struct GroupsAnswer {
        /// A page.
        groups: "Groups" => Vec<Group>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}

shape! {
    /// Input of UpdateGroup.
    pub struct UpdateGroupRequest {
        /// The group.
        group_name: "GroupName" => GroupName,
        /// Its new path.
        new_path: "NewPath" => Option<Path>,
        /// Its new name.
        new_group_name: "NewGroupName" => Option<GroupName>,
    }
}

shape! {
    /// A group.
    pub struct GroupRequest {
        /// The group.
        group_name: "GroupName" => GroupName,
    }
}

shape! {
    /// A user and a group.
    pub struct MembershipRequest {
        /// The group.
        group_name: "GroupName" => GroupName,
        /// The user.
        user_name: "UserName" => ExistingUserName,
    }
}
