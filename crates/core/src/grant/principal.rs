//! Who may receive a grant: an account, an organization, or an organizational unit (1.5).

use crate::account::{is_account_id, root_arn};
use crate::refusal::Refusal;

/// The recipient of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// One account.
    Account(String),
    /// Every account of an organization.
    Organization {
        /// Management account.
        management: String,
        /// `o-…`.
        id: String,
    },
    /// Every account in an organizational unit and in those below it.
    Unit {
        /// Management account.
        management: String,
        /// `o-…`.
        organization: String,
        /// `ou-…`.
        id: String,
    },
}

impl Principal {
    /// Reads one of the three forms (G15).
    ///
    /// # Errors
    /// A value refusal for any other.
    pub fn parse(arn: &str) -> Result<Self, Refusal> {
        let wrong = || {
            let text = format!(
                "Principals[0]: '{arn}' must name an account (arn:aws:iam::<account>:root), an \
                 organization (arn:aws:organizations::<account>:organization/o-<id>) or a unit \
                 (arn:aws:organizations::<account>:ou/o-<id>/ou-<id>)."
            );
            Refusal::value("G15", text)
        };
        Self::read(arn).ok_or_else(wrong)
    }

    fn read(arn: &str) -> Option<Self> {
        if let Some(account) = arn.strip_prefix("arn:aws:iam::") {
            let account = account.strip_suffix(":root").filter(|id| is_account_id(id))?;
            return Some(Self::Account(account.to_owned()));
        }
        let (management, resource) =
            arn.strip_prefix("arn:aws:organizations::")?.split_once(':')?;
        if !is_account_id(management) {
            return None;
        }
        let management = management.to_owned();
        if let Some(id) = resource.strip_prefix("organization/") {
            return is_id(id, "o-").then(|| Self::Organization { management, id: id.to_owned() });
        }
        let (organization, id) = resource.strip_prefix("ou/")?.split_once('/')?;
        let is_unit = is_id(organization, "o-") && is_id(id, "ou-");
        let (organization, id) = (organization.to_owned(), id.to_owned());
        is_unit.then_some(Self::Unit { management, organization, id })
    }

    /// The one account, if it is one.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Account(account) => Some(account),
            Self::Organization { .. } | Self::Unit { .. } => None,
        }
    }

    /// The organization's id and the unit's in it; none for an account.
    pub fn organization(&self) -> Option<(&str, Option<&str>)> {
        match self {
            Self::Account(_) => None,
            Self::Organization { id, .. } => Some((id, None)),
            Self::Unit { organization, id, .. } => Some((organization, Some(id))),
        }
    }
}

impl std::fmt::Display for Principal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account(account) => formatter.write_str(&root_arn(account)),
            Self::Organization { management, id } => {
                write!(formatter, "arn:aws:organizations::{management}:organization/{id}")
            }
            Self::Unit { management, organization, id } => {
                write!(formatter, "arn:aws:organizations::{management}:ou/{organization}/{id}")
            }
        }
    }
}

fn is_id(text: &str, prefix: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let rest = text.strip_prefix(prefix).unwrap_or_default();
    !rest.is_empty() && rest.bytes().all(is_plain)
}
