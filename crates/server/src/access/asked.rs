//! What policies may ask of a request, copied before its members are decoded.

use leasehold_core::identity::Kind;
use leasehold_core::{Refusal, tag};
use serde_json::{Map, Value};

use super::{Access, Resource};
use crate::shape::{Description, MemberDescription};

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

/// The member with the service that a role is made for; `iam:AWSServiceName`.
pub const SERVICE_NAME: &str = "AWSServiceName";
/// The member with tags that something gets.
const TAGS: &str = "Tags";
/// The member with the keys of tags that something loses.
const TAG_KEYS: &str = "TagKeys";

/// Characters of a member that policies are asked about: the longest ARN.
const MEMBER_LENGTH_MAX: usize = 2_048;

/// What policies may ask about of an operation's requests: only members that its shape has, for
/// the operation takes no notice of any other.
#[derive(Debug, Default)]
pub struct Members {
    names: Vec<&'static str>,
    /// What its tags call their key and their value.
    tag: Option<(&'static str, &'static str)>,
}

impl Members {
    /// Those of a request of this shape.
    pub fn of(input: &Description) -> Self {
        let members = structure(input);
        let tags = members.iter().find(|member| member.name == TAGS);
        let tag = tags.and_then(|tags| {
            let Description::List { member, .. } = &tags.shape else { return None };
            let part = |end: &str| structure(member).iter().find(|it| it.name.ends_with(end));
            Some((part("Key")?.name, part("Value")?.name))
        });
        Self { names: members.iter().map(|member| member.name).collect(), tag }
    }

    fn read<'a>(&self, object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
        object.get(name).filter(|_| self.names.contains(&name))
    }

    fn list<'a>(
        &self,
        object: &'a Map<String, Value>,
        name: &str,
    ) -> impl Iterator<Item = &'a Value> {
        self.read(object, name).and_then(Value::as_array).into_iter().flatten()
    }

    fn tag(&self, tag: &Value) -> Option<(String, String)> {
        let (key, value) = self.tag?;
        let part = |name: &str| tag.get(name)?.as_str();
        Some((part(key)?.to_owned(), part(value).unwrap_or_default().to_owned()))
    }
}

fn structure(shape: &Description) -> &[MemberDescription] {
    if let Description::Structure { members } = shape { members } else { &[] }
}

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
    pub fn read(access: Access, known: &Members, object: &Map<String, Value>) -> Self {
        let text =
            |name: &'static str| Some((name, known.read(object, name)?.as_str()?.to_owned()));
        let members = match access {
            Access::Anybody | Access::Open | Access::Trust | Access::On(Resource::Any) => {
                Vec::new()
            }
            Access::On(
                Resource::Arn(member)
                | Resource::Key(member)
                | Resource::UserOfKey(member)
                | Resource::RolesOf(member),
            ) => text(member).into_iter().collect(),
            Access::On(Resource::Alias) => {
                [ALIAS_NAME, TARGET_KEY].into_iter().filter_map(text).collect()
            }
            Access::On(Resource::Entity(kind)) => {
                let names = [name_member(kind), new_name_member(kind), PATH, NEW_PATH];
                names.into_iter().chain([POLICY_ARN, BOUNDARY]).filter_map(text).collect()
            }
        };
        let tags = known.list(object, TAGS).filter_map(|tag| known.tag(tag)).collect::<Vec<_>>();
        let keys = known.list(object, TAG_KEYS).filter_map(Value::as_str).map(str::to_owned);
        let tag_keys = tags.iter().map(|(key, _)| key.clone()).chain(keys).collect();
        Self { members, tags, tag_keys }
    }

    /// Refuses what policies would take long to compare. Most operations have refused it already,
    /// when their members were decoded.
    ///
    /// # Errors
    /// Which member is too long, or too many.
    pub fn check(&self) -> Result<(), Refusal> {
        let is_long = |text: &str, max: usize| text.chars().count() > max;
        let mut members = self.members.iter();
        if let Some((name, _)) = members.find(|(_, text)| is_long(text, MEMBER_LENGTH_MAX)) {
            let text = format!("{name}: it may have at most {MEMBER_LENGTH_MAX} characters.");
            return Err(Refusal::value("W24", text));
        }
        let mut values = self.tags.iter().map(|(_, value)| value);
        let fault = if self.tag_keys.len() > tag::TAGS_MAX {
            "a resource may have at most 50 tags."
        } else if self.tag_keys.iter().any(|key| is_long(key, tag::KEY_LENGTH_MAX)) {
            "Key must have 1 to 128 characters."
        } else if values.any(|value| is_long(value, tag::VALUE_LENGTH_MAX)) {
            "Value must have at most 256 characters."
        } else {
            return Ok(());
        };
        Err(Refusal::value("TG3", format!("Tags: {fault}")))
    }

    /// What a member says.
    pub fn member(&self, name: &str) -> Option<&str> {
        let mut members = self.members.iter();
        members.find(|(member, _)| *member == name).map(|(_, text)| text.as_str())
    }
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

    use crate::server::operations;
    use leasehold_wire::Service;
    use serde_json::json;

    /// What is read of a request of an operation.
    fn asked(service: Service, name: &str, json: &str) -> Asked {
        let object: Map<String, Value> = serde_json::from_str(json).unwrap();
        let operation = operations(service).into_iter().find(|it| it.name == name).unwrap();
        Asked::read(operation.access, &Members::of(&(operation.input)()), &object)
    }

    fn pairs(tags: &[(&str, &str)]) -> Vec<(String, String)> {
        tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn members_and_tags_are_read_and_wrong_ones_left_out() {
        let json =
            r#"{"ResourceArn":"a","Version":"1","Tags":[{"Key":"k","Value":"v"},{"Key":1}]}"#;
        let found = asked(Service::LicenseManager, "TagResource", json);
        assert_eq!((found.member("ResourceArn"), found.member("Version")), (Some("a"), None));
        assert_eq!(found.tags, pairs(&[("k", "v")]));
        assert_eq!(found.tag_keys, ["k"]);
        let json = r#"{"ResourceArn":1,"TagKeys":["x",2]}"#;
        let found = asked(Service::LicenseManager, "UntagResource", json);
        assert!(found.members.is_empty() && found.tags.is_empty());
        assert_eq!(found.tag_keys, ["x"]);
        let odd = r#"{"ResourceArn":1,"Tags":{}}"#;
        let odd = asked(Service::LicenseManager, "TagResource", odd);
        assert!(odd.members.is_empty() && odd.tags.is_empty() && odd.tag_keys.is_empty());
    }

    #[test]
    fn tags_that_the_operation_does_not_take_are_none() {
        let json = r#"{"Tags":[{"Key":"k","Value":"v"}],"TagKeys":["x"]}"#;
        let without = [
            (Service::LicenseManager, "ListLicenses"),
            (Service::LicenseManager, "GetLicense"),
            (Service::Organizations, "ListAccounts"),
            (Service::Kms, "Sign"),
        ];
        for (service, name) in without {
            let found = asked(service, name, json);
            assert!(found.tags.is_empty() && found.tag_keys.is_empty(), "{name}");
        }
        let found = asked(Service::Organizations, "CreateAccount", json);
        assert_eq!(found.tags, pairs(&[("k", "v")]));
        assert_eq!(found.tag_keys, ["k"]);
    }

    #[test]
    fn tags_are_spelled_as_the_operation_spells_them() {
        let json = r#"{"Tags":[{"Key":"x","Value":"y","TagKey":"admin","TagValue":"true"}]}"#;
        let found = asked(Service::Kms, "TagResource", json);
        assert_eq!(found.tags, pairs(&[("admin", "true")]));
        let found = asked(Service::LicenseManager, "TagResource", json);
        assert_eq!(found.tags, pairs(&[("x", "y")]));
    }

    #[test]
    fn what_is_too_long_for_policies_is_refused() {
        let check = |name: &str, json: &Value, expect: Option<&str>| {
            let refused = asked(Service::LicenseManager, name, &json.to_string()).check().err();
            assert_eq!(refused.map(|refusal| refusal.message).as_deref(), expect, "{name}");
        };
        let (arn, long) = ("a".repeat(2_048), "a".repeat(2_049));
        let member = "ResourceArn: it may have at most 2048 characters.";
        check("ListTagsForResource", &json!({ "ResourceArn": arn }), None);
        check("ListTagsForResource", &json!({ "ResourceArn": long }), Some(member));
        let tags = |count: usize, key: usize, value: usize| {
            let tag = |_| json!({ "Key": "k".repeat(key), "Value": "v".repeat(value) });
            json!({ "Tags": (0..count).map(tag).collect::<Vec<_>>() })
        };
        check("TagResource", &tags(50, 128, 256), None);
        check("TagResource", &tags(51, 1, 1), Some("Tags: a resource may have at most 50 tags."));
        check("TagResource", &tags(1, 129, 1), Some("Tags: Key must have 1 to 128 characters."));
        let text = "Tags: Value must have at most 256 characters.";
        check("TagResource", &tags(1, 1, 257), Some(text));
        let keys = json!({ "TagKeys": [long] });
        check("UntagResource", &keys, Some("Tags: Key must have 1 to 128 characters."));
    }

    #[test]
    fn a_new_name_is_asked_about_too() {
        let json = r#"{"GroupName":"a","NewGroupName":"b","NewPath":"/x/"}"#;
        let found = asked(Service::Iam, "UpdateGroup", json);
        assert_eq!(found.member(new_name_member(Kind::Group)), Some("b"));
        assert_eq!(found.member(NEW_PATH), Some("/x/"));
        let found = asked(Service::Iam, "GetGroup", json);
        assert_eq!(found.member(new_name_member(Kind::Group)), None);
    }
}
