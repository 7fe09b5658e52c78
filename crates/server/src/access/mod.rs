//! May the caller? What an operation's table line says of it, and the one place where it is asked.
//!
//! A line names the resource of its operation (section 10); the action is the operation itself,
//! and that of tagging where something is made with tags.
//! The dispatcher asks [`fn@check`] between decoding and running: bad members are answered before a
//! denial, and a denial before anything that the operation would say (section 4, V).

mod asked;
mod check;
mod checked;
mod known;
mod session;
mod target;

pub use asked::{Asked, Members};
pub use check::{Peer, check, context};
pub use checked::Checked;
pub use known::KnownRights;
pub use session::check_session;

use leasehold_core::identity::Kind;

/// Whether an operation asks for a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// No: anybody may, signed or not (W21, W22).
    Anybody,
    /// No: whoever has signed may.
    Open,
    /// Of the operation itself: the trust policy of a role says who may.
    Trust,
    /// Yes, on this resource.
    On(Resource),
}

/// The resource that an operation is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `*`: none that a policy could name.
    Any,
    /// The one whose ARN is in this member.
    Arn(&'static str),
    /// The user, group, role, policy or provider that is named; without a name the calling user.
    Entity(Kind),
    /// The key that is named in this member, and its policy.
    Key(&'static str),
    /// The user whose access key is named in this member.
    UserOfKey(&'static str),
    /// The roles of the service that is named in this member.
    RolesOf(&'static str),
    /// The alias that is named, with the key that it is or gets to be one of.
    Alias,
}

/// A user: `UserName`.
pub const USER: Resource = Resource::Entity(Kind::User);
/// A group: `GroupName`.
pub const GROUP: Resource = Resource::Entity(Kind::Group);
/// A role: `RoleName`.
pub const ROLE: Resource = Resource::Entity(Kind::Role);
/// A managed policy that is made: `PolicyName`.
pub const NEW_POLICY: Resource = Resource::Entity(Kind::Policy);
/// An OpenID Connect provider that is made: `Url`.
pub const NEW_PROVIDER: Resource = Resource::Entity(Kind::Provider);
/// A license.
pub const LICENSE: Resource = Resource::Arn("LicenseArn");
/// A grant.
pub const GRANT: Resource = Resource::Arn("GrantArn");
/// The user of an access key.
pub const USER_OF_KEY: Resource = Resource::UserOfKey("AccessKeyId");
/// The roles that a service makes for itself.
pub const ROLES_OF_SERVICE: Resource = Resource::RolesOf(asked::SERVICE_NAME);
/// A key of KMS.
pub const KEY: Resource = Resource::Key("KeyId");

/// The permission that tags need which something gets when it is made, beside that to make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tagging {
    /// Name of the operation that tags.
    pub name: &'static str,
    /// ARN of what is made, by `{region}` and `{account}`; `None` where the request names it.
    pub arn: Option<&'static str>,
}

impl Tagging {
    /// The ARN of what is made, if the request does not name it.
    pub fn arn(&self, region: &str, account: &str) -> Option<String> {
        self.arn.map(|arn| arn.replace("{region}", region).replace("{account}", account))
    }
}

impl Access {
    /// What stands in `leasehold describe`.
    pub fn describe(self) -> String {
        match self {
            Self::Anybody => "anybody".to_owned(),
            Self::Open => "open".to_owned(),
            Self::Trust => "RoleArn".to_owned(),
            Self::On(Resource::Any) => "*".to_owned(),
            Self::On(
                Resource::Arn(member)
                | Resource::Key(member)
                | Resource::UserOfKey(member)
                | Resource::RolesOf(member),
            ) => member.to_owned(),
            Self::On(Resource::Entity(kind)) => asked::name_member(kind).to_owned(),
            Self::On(Resource::Alias) => asked::ALIAS_NAME.to_owned(),
        }
    }
}
