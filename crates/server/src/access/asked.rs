//! What policies may ask of a request, copied before its members are decoded.

use leasehold_core::identity::Kind;
use serde_json::{Map, Value};

use super::{Access, Resource};

/// The member that names an alias.
pub const ALIAS_NAME: &str = "AliasName";
/// The member that names the key which an alias gets to be one of.
pub const TARGET_KEY: &str = "TargetKeyId";
/// The member with the path of something that is made.
pub const PATH: &str = "Path";
/// The member with another path.
pub const NEW_PATH: &str = "NewPath";
/// The member with a managed policy; `iam:PolicyARN`.
pub const POLICY_ARN: &str = "PolicyArn";
/// The member with a boundary; `iam:PermissionsBoundary`.
pub const BOUNDARY: &str = "PermissionsBoundary";

/// What a request says that policies may ask about. Its members are not checked yet: what is of
/// the wrong type counts as left out, for the request is refused then.
#[derive(Debug, Default)]
pub struct Asked {
    members: Vec<(&'static str, String)>,
    /// `aws:RequestTag/…`.
    pub tags: Vec<(String, String)>,
    /// `aws:TagKeys`.
    pub tag_keys: Vec<String>,
}

impl Asked {
    /// Reads a request.
    pub fn read(access: Access, object: &Map<String, Value>) -> Self {
        let text = |member: &'static str| Some((member, object.get(member)?.as_str()?.to_owned()));
        let members = match access {
            Access::Anybody | Access::Open | Access::Trust | Access::On(Resource::Any) => {
                Vec::new()
            }
            Access::On(Resource::Arn(member) | Resource::Key(member)) => {
                // The one member of IAM that is both a resource and a condition key.
                text(member).into_iter().collect()
            }
            Access::On(Resource::Alias) => {
                [ALIAS_NAME, TARGET_KEY].into_iter().filter_map(text).collect()
            }
            Access::On(Resource::Entity(kind)) => {
                let names = [name_member(kind), new_name_member(kind), PATH, NEW_PATH];
                names.into_iter().chain([POLICY_ARN, BOUNDARY]).filter_map(text).collect()
            }
        };
        let tags = list(object, "Tags").filter_map(tag).collect::<Vec<_>>();
        let keys = list(object, "TagKeys").filter_map(Value::as_str).map(str::to_owned);
        let tag_keys = tags.iter().map(|(key, _)| key.clone()).chain(keys).collect();
        Self { members, tags, tag_keys }
    }

    /// What a member says.
    pub fn member(&self, name: &str) -> Option<&str> {
        let mut members = self.members.iter();
        members.find(|(member, _)| *member == name).map(|(_, text)| text.as_str())
    }
}

fn list<'a>(object: &'a Map<String, Value>, member: &str) -> impl Iterator<Item = &'a Value> {
    object.get(member).and_then(Value::as_array).into_iter().flatten()
}

/// A tag, by the names that License Manager and IAM give its parts, or those of KMS.
fn tag(tag: &Value) -> Option<(String, String)> {
    let part = |name: &str, other: &str| tag.get(name).or_else(|| tag.get(other))?.as_str();
    let (key, value) = (part("Key", "TagKey")?, part("Value", "TagValue").unwrap_or_default());
    Some((key.to_owned(), value.to_owned()))
}

/// The member that names one of IAM's.
pub fn name_member(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "UserName",
        Kind::Group => "GroupName",
        Kind::Role => "RoleName",
        Kind::Policy => "PolicyName",
        Kind::Provider => "Url",
    }
}

/// The member that gives one of IAM's another name.
pub fn new_name_member(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "NewUserName",
        Kind::Group => "NewGroupName",
        Kind::Role => "NewRoleName",
        Kind::Policy => "NewPolicyName",
        Kind::Provider => "NewUrl",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{GROUP, LICENSE};

    fn asked(resource: Resource, json: &str) -> Asked {
        let object: Map<String, Value> = serde_json::from_str(json).unwrap();
        Asked::read(Access::On(resource), &object)
    }

    #[test]
    fn members_and_tags_are_read_and_wrong_ones_left_out() {
        let json = r#"{"LicenseArn":"a","Version":"1","Tags":[{"Key":"k","Value":"v"},{"Key":1}],
                       "TagKeys":["x",2]}"#;
        let found = asked(LICENSE, json);
        assert_eq!((found.member("LicenseArn"), found.member("Version")), (Some("a"), None));
        assert_eq!(found.tags, [("k".to_owned(), "v".to_owned())]);
        assert_eq!(found.tag_keys, ["k", "x"]);
        let kms = asked(Resource::Any, r#"{"Tags":[{"TagKey":"k","TagValue":"v"}]}"#);
        assert_eq!(kms.tags, [("k".to_owned(), "v".to_owned())]);
        let odd = asked(LICENSE, r#"{"LicenseArn":1,"Tags":{},"TagKeys":"x"}"#);
        assert!(odd.members.is_empty() && odd.tags.is_empty() && odd.tag_keys.is_empty());
    }

    #[test]
    fn a_new_name_is_asked_about_too() {
        let found = asked(GROUP, r#"{"GroupName":"a","NewGroupName":"b","NewPath":"/x/"}"#);
        assert_eq!(found.member(new_name_member(Kind::Group)), Some("b"));
        assert_eq!(found.member(NEW_PATH), Some("/x/"));
    }
}
