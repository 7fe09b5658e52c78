//! Who calls, and whom a `Principal` element names.

use super::fault::Problem;

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal<'a> {
    /// An account itself.
    Root {
        /// Account.
        account: &'a str,
        /// `arn:aws:iam::<account>:root`.
        arn: &'a str,
    },
    /// An IAM user, with long-lived keys or a session of its own.
    User {
        /// Account.
        account: &'a str,
        /// ARN.
        arn: &'a str,
        /// `AIDA…`.
        id: &'a str,
        /// Name without its path.
        name: &'a str,
        /// Its tags.
        tags: &'a [(String, String)],
    },
    /// A session of a role.
    Session {
        /// The role's account.
        account: &'a str,
        /// `arn:aws:sts::<account>:assumed-role/<role>/<session>`.
        arn: &'a str,
        /// `AROA…:<session>`.
        id: &'a str,
        /// ARN of the role, with its path.
        role_arn: &'a str,
        /// The role's tags and the session's.
        tags: &'a [(String, String)],
    },
    /// Somebody whom an identity provider vouches for, who assumes a role.
    Federated {
        /// As trust policies name it: a host name, or the ARN of an OpenID Connect provider.
        provider: &'a str,
    },
    /// A service of this server.
    Service {
        /// `license-manager.amazonaws.com`.
        name: &'a str,
    },
    /// Nobody has signed.
    Anonymous,
}

/// How closely a `Principal` element names a caller. What it gives depends on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Not at all.
    Nobody,
    /// As one of its account: the account's own policies decide.
    Account,
    /// As a session of a role: the role's boundary and the session's policies still limit it.
    Role,
    /// Itself, or everybody.
    Direct,
}

/// The `Principal` or `NotPrincipal` of a statement.
#[derive(Debug)]
pub(super) struct Principals {
    pub(super) is_negated: bool,
    pub(super) names: Box<[Named]>,
}

/// One name in it.
#[derive(Debug)]
pub(super) enum Named {
    Everybody,
    Account(Box<str>),
    /// A user, a role or a session.
    Arn(Box<str>),
    /// `AIDA…` or `AROA…`: what is left of a name when somebody else may get it.
    Id(Box<str>),
    Federated(Box<str>),
    Service(Box<str>),
}

impl<'a> Principal<'a> {
    /// The account, if there is one.
    pub fn account(&self) -> Option<&'a str> {
        match self {
            Self::Root { account, .. }
            | Self::User { account, .. }
            | Self::Session { account, .. } => Some(account),
            Self::Federated { .. } | Self::Service { .. } | Self::Anonymous => None,
        }
    }

    /// `aws:PrincipalArn`: for a session that of its role.
    pub(super) fn policy_arn(&self) -> Option<&'a str> {
        match self {
            Self::Root { arn, .. } | Self::User { arn, .. } => Some(arn),
            Self::Session { role_arn, .. } => Some(role_arn),
            Self::Federated { .. } | Self::Service { .. } | Self::Anonymous => None,
        }
    }

    /// `aws:userid`.
    pub(super) fn id(&self) -> Option<&'a str> {
        match self {
            Self::Root { account, .. } => Some(account),
            Self::User { id, .. } | Self::Session { id, .. } => Some(id),
            Self::Federated { .. } | Self::Service { .. } => None,
            Self::Anonymous => Some("anonymous"),
        }
    }

    /// `aws:username`: users alone have one.
    pub(super) fn user_name(&self) -> Option<&'a str> {
        if let Self::User { name, .. } = self { Some(name) } else { None }
    }

    /// `aws:PrincipalType`.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Root { .. } => "Account",
            Self::User { .. } => "User",
            Self::Session { .. } => "AssumedRole",
            Self::Federated { .. } => "FederatedUser",
            Self::Service { .. } => "Service",
            Self::Anonymous => "Anonymous",
        }
    }

    /// `aws:PrincipalTag/…`.
    pub(super) fn tags(&self) -> &'a [(String, String)] {
        match self {
            Self::User { tags, .. } | Self::Session { tags, .. } => tags,
            Self::Root { .. } | Self::Federated { .. } | Self::Service { .. } | Self::Anonymous => {
                &[]
            }
        }
    }
}

impl Principals {
    /// How closely the element names the caller.
    pub(super) fn reach(&self, principal: &Principal<'_>) -> Reach {
        if self.is_negated {
            let spared = self.spares(principal);
            return if spared { Reach::Nobody } else { Reach::Direct };
        }
        let reaches = self.names.iter().map(|name| name.reach(principal));
        reaches.max().unwrap_or(Reach::Nobody)
    }

    /// `NotPrincipal` spares a caller whose every name it lists: the account and the user, or the
    /// account, the role and the session.
    fn spares(&self, principal: &Principal<'_>) -> bool {
        let lists = |wanted: Reach| {
            let mut reaches = self.names.iter().map(|name| name.reach(principal));
            reaches.any(|reach| reach == wanted)
        };
        if self.names.iter().any(|name| matches!(name, Named::Everybody)) {
            return true;
        }
        match principal {
            Principal::Root { .. }
            | Principal::Federated { .. }
            | Principal::Service { .. }
            | Principal::Anonymous => lists(Reach::Direct),
            Principal::User { .. } => lists(Reach::Account) && lists(Reach::Direct),
            Principal::Session { .. } => {
                lists(Reach::Account) && lists(Reach::Role) && lists(Reach::Direct)
            }
        }
    }
}

impl Named {
    fn reach(&self, principal: &Principal<'_>) -> Reach {
        let is = |is: bool, reach: Reach| if is { reach } else { Reach::Nobody };
        match (self, principal) {
            (Self::Everybody, _) => Reach::Direct,
            (Self::Account(name), Principal::Root { account, .. }) => {
                is(**name == **account, Reach::Direct)
            }
            (
                Self::Account(name),
                Principal::User { account, .. } | Principal::Session { account, .. },
            ) => is(**name == **account, Reach::Account),
            (Self::Arn(name), Principal::User { arn, .. }) => is(**name == **arn, Reach::Direct),
            (Self::Arn(name), Principal::Session { arn, role_arn, .. }) => {
                is(**name == **role_arn, Reach::Role).max(is(**name == **arn, Reach::Direct))
            }
            (Self::Id(name), Principal::User { id, .. }) => is(**name == **id, Reach::Direct),
            (Self::Id(name), Principal::Session { id, .. }) => {
                let role = id.split(':').next().unwrap_or_default();
                is(**name == *role, Reach::Role).max(is(**name == **id, Reach::Direct))
            }
            (Self::Federated(name), Principal::Federated { provider }) => {
                is(**name == **provider, Reach::Direct)
            }
            (Self::Service(wanted), Principal::Service { name }) => {
                is(**wanted == **name, Reach::Direct)
            }
            (
                Self::Account(_)
                | Self::Arn(_)
                | Self::Id(_)
                | Self::Federated(_)
                | Self::Service(_),
                _,
            ) => Reach::Nobody,
        }
    }

    /// Reads a name of a type: `AWS`, `Federated` or `Service`.
    pub(super) fn parse(kind: &str, name: &str) -> Result<Self, Problem> {
        let fault = || Problem::Principal(format!("\"{kind}\":\"{name}\""));
        let is_plain = !name.is_empty() && !name.contains(|c: char| c.is_control() || c == '*');
        match kind {
            "AWS" if name == "*" => Ok(Self::Everybody),
            "AWS" => Self::parse_aws(name).ok_or_else(fault),
            "Federated" if is_plain => Ok(Self::Federated(name.into())),
            "Service" if is_plain && name.contains('.') => Ok(Self::Service(name.into())),
            _ => Err(fault()),
        }
    }

    fn parse_aws(name: &str) -> Option<Self> {
        if is_account(name) {
            return Some(Self::Account(name.into()));
        }
        let is_id = (16..=128).contains(&name.len())
            && (name.starts_with("AIDA") || name.starts_with("AROA"))
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if is_id {
            return Some(Self::Id(name.into()));
        }
        if name.contains(['*', '?']) {
            return None;
        }
        let mut parts = name.splitn(6, ':');
        let (scheme, partition) = (parts.next()?, parts.next()?);
        let (service, region, account) = (parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next()?;
        let is_ours = scheme == "arn" && partition.starts_with("aws") && region.is_empty();
        if !is_ours || !is_account(account) {
            return None;
        }
        if service == "iam" && resource == "root" {
            return Some(Self::Account(account.into()));
        }
        let (kind, rest) = resource.split_once('/')?;
        let is_named = !rest.is_empty() && !rest.ends_with('/');
        let is_known = match service {
            "iam" => matches!(kind, "user" | "role") && is_named,
            "sts" => kind == "assumed-role" && is_named && rest.contains('/'),
            _ => false,
        };
        is_known.then(|| Self::Arn(name.into()))
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
