//! Shapes: users.

use super::{
    AttachedBoundary, EntityId, ExistingUserName, IamArn, Marker, Path, TagKeys, Tags, UserName,
};
use crate::shape;
use crate::shape::{MarkerPageSize, Timestamp};

shape! {
    /// Input of CreateUser.
    pub struct CreateUserRequest {
        /// Its path.
        path: "Path" => Option<Path>,
        /// The user.
        user_name: "UserName" => UserName,
        /// What it may do at most.
        permissions_boundary: "PermissionsBoundary" => Option<IamArn>,
        /// Its tags.
        tags: "Tags" => Option<Tags>,
    }
}

shape! {
    /// A user.
    pub struct User {
        /// Its path.
        path: "Path" => Path,
        /// The user.
        user_name: "UserName" => UserName,
        /// Its id.
        user_id: "UserId" => EntityId,
        /// Its ARN.
        arn: "Arn" => IamArn,
        /// Since when.
        create_date: "CreateDate" => Timestamp,
        /// Never: there are no passwords.
        password_last_used: "PasswordLastUsed" => Option<Timestamp>,
        /// What it may do at most.
        permissions_boundary: "PermissionsBoundary" => Option<AttachedBoundary>,
        /// Its tags.
        tags: "Tags" => Option<Tags>,
    }
}

shape! {
    /// Output of CreateUser.
    pub struct CreateUserResponse {
        /// The user.
        user: "User" => Option<User>,
    }
}

shape! {
    /// A user, or who calls.
    pub struct OwnUserRequest {
        /// The user; who calls if left out.
        user_name: "UserName" => Option<ExistingUserName>,
    }
}

shape! {
    /// A user.
    pub struct UserAnswer {
        /// The user.
        user: "User" => User,
    }
}

shape! {
    /// Output of ListUsers.
    pub struct ListUsersResponse {
        /// A page.
        users: "Users" => Vec<User>,
        /// Whether more remain.
        is_truncated: "IsTruncated" => Option<bool>,
        /// Where to go on.
        marker: "Marker" => Option<String>,
    }
}

shape! {
    /// Input of UpdateUser.
    pub struct UpdateUserRequest {
        /// The user.
        user_name: "UserName" => ExistingUserName,
        /// Its new path.
        new_path: "NewPath" => Option<Path>,
        /// Its new name.
        new_user_name: "NewUserName" => Option<UserName>,
    }
}

shape! {
    /// A user.
    pub struct UserRequest {
        /// The user.
        user_name: "UserName" => ExistingUserName,
    }
}

shape! {
    /// Input of TagUser.
    pub struct TagUserRequest {
        /// The user.
        user_name: "UserName" => ExistingUserName,
        /// Its tags.
        tags: "Tags" => Tags,
    }
}

shape! {
    /// Input of UntagUser.
    pub struct UntagUserRequest {
        /// The user.
        user_name: "UserName" => ExistingUserName,
        /// Which.
        tag_keys: "TagKeys" => TagKeys,
    }
}

shape! {
    /// A page of what a user has.
    pub struct UserPageRequest {
        /// The user.
        user_name: "UserName" => ExistingUserName,
        /// Where to go on.
        marker: "Marker" => Option<Marker>,
        /// How many at most.
        max_items: "MaxItems" => Option<MarkerPageSize>,
    }
}

shape! {
    /// Input of PutUserPermissionsBoundary.
    pub struct PutUserPermissionsBoundaryRequest {
        /// The user.
        user_name: "UserName" => UserName,
        /// What it may do at most.
        permissions_boundary: "PermissionsBoundary" => IamArn,
    }
}

shape! {
    /// A user.
    pub struct BoundedUserRequest {
        /// The user.
        user_name: "UserName" => UserName,
    }
}
