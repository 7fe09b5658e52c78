//! Who may act in an account: its users, groups and roles, the managed policies that say what they
//! may do, and the OpenID Connect providers whose tokens it trusts (8.2).
//!
//! All of them have a name that their account has once per kind, whatever its case, an id that is
//! never given again, and a path. What policies mean is [`crate::iam`]'s business.

mod cause;
pub mod limits;
mod policy;
mod provider;
mod role;

use serde::{Deserialize, Serialize};

pub use cause::Cause;
pub use policy::{ManagedPolicy, PolicyArn, VersionId};
pub use provider::{Provider, check_provider_url, provider_name};
pub use role::{Role, principal_of};

use crate::ids::Seed;

/// What sort of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A person or program with keys of its own.
    User,
    /// Users that share policies.
    Group,
    /// What others may become for a while.
    Role,
    /// A managed policy of the account's own.
    Policy,
    /// Somebody whose tokens are trusted.
    Provider,
}

impl Kind {
    /// The name in the database and in ARNs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::Policy => "policy",
            Self::Provider => "oidc-provider",
        }
    }

    /// With what ids begin.
    fn id_prefix(self) -> &'static str {
        match self {
            Self::User => "AIDA",
            Self::Group => "AGPA",
            Self::Role => "AROA",
            Self::Policy => "ANPA",
            // Clients never see ids of providers.
            Self::Provider => "OIDC",
        }
    }

    /// An id for a new one.
    pub fn draw_id(self, seed: &Seed) -> String {
        format!("{}{}", self.id_prefix(), seed.base32("entity", 17))
    }
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its id: four letters for the kind, and 17 more characters.
    pub id: String,
    /// Account.
    pub account: String,
    /// As it was given; see [`name_key`].
    pub name: String,
    /// `/`, or words with a `/` before, between and after them.
    pub path: String,
    /// Creation, milliseconds.
    pub created_at_ms: i64,
    /// ARN of the policy that says what a user or role may do at most.
    pub boundary: Option<String>,
    /// What only its kind has.
    pub details: Details,
}

/// What only one kind has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Details {
    /// Nothing.
    User,
    /// Nothing.
    Group,
    /// Who may assume it, and for how long.
    Role(Role),
    /// Its versions.
    Policy(ManagedPolicy),
    /// Its audiences.
    Provider(Provider),
}

impl Details {
    /// Of what kind they are.
    pub fn kind(&self) -> Kind {
        match self {
            Self::User => Kind::User,
            Self::Group => Kind::Group,
            Self::Role(_) => Kind::Role,
            Self::Policy(_) => Kind::Policy,
            Self::Provider(_) => Kind::Provider,
        }
    }
}

impl Entity {
    /// Its ARN, which changes with its name and path.
    pub fn arn(&self) -> String {
        let Self { account, name, path, details, .. } = self;
        format!("arn:aws:iam::{account}:{}{path}{name}", details.kind().as_str())
    }

    /// Whether a service made it for itself: it is not to be changed by hand.
    pub fn is_service_linked(&self) -> bool {
        self.path.starts_with(SERVICE_PATH)
    }
}

/// Where roles are that services make for themselves.
pub const SERVICE_PATH: &str = "/aws-service-role/";

/// What names are compared by: they differ by more than case.
pub fn name_key(name: &str) -> String {
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_name_kind_path_and_name() {
        let entity = Entity {
            id: Kind::User.draw_id(&Seed::new([1; 32])),
            account: "111122223333".to_owned(),
            name: "Zoë".to_owned(),
            path: "/team/".to_owned(),
            created_at_ms: 0,
            boundary: None,
            details: Details::User,
        };
        assert_eq!(entity.arn(), "arn:aws:iam::111122223333:user/team/Zoë");
        assert!(entity.id.starts_with("AIDA") && entity.id.len() == 21);
        assert!(entity.id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(!entity.is_service_linked());
    }
}
