//! What administrators ask for, and what they are told.

use serde::{Deserialize, Serialize};

use super::OrganizationLine;
use crate::license::checklist;
use crate::refusals::Entry;

/// What an administrator may ask for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    /// A new account; without an id one is drawn.
    CreateAccount {
        /// Twelve digits.
        id: Option<String>,
        /// Free text.
        name: String,
    },
    /// All accounts.
    ListAccounts,
    /// A new key of an account's root.
    CreateKey {
        /// Account.
        account: String,
    },
    /// The keys of an account, or all.
    ListKeys {
        /// Account.
        account: Option<String>,
    },
    /// Enables or disables a key.
    EnableKey {
        /// Key id.
        id: String,
        /// Which of the two.
        is_enabled: bool,
    },
    /// Deletes a key.
    DeleteKey {
        /// Key id.
        id: String,
    },
    /// What an account still has to do for each license that it received.
    Checklist {
        /// Account.
        account: String,
        /// Region that its clients call.
        region: String,
    },
    /// A new organization of an account, with all features.
    CreateOrganization {
        /// The management account.
        account: String,
    },
    /// Puts an account into an organization, without an invitation.
    AddToOrganization {
        /// Account.
        account: String,
        /// An OU, or `root`.
        to: String,
        /// The organization, where there are several and `to` does not say which.
        organization: Option<String>,
    },
    /// All organizations, with their OUs and accounts.
    ListOrganizations,
    /// Another key for tokens; where `at_once`, access tokens that live are over.
    RotateIssuerKey {
        /// Whether the old key is not to be trusted any more.
        at_once: bool,
    },
    /// A new master key, and everything sealed under it.
    RotateMasterKey,
    /// The last refusals; only a running server has any.
    ListRefusals {
        /// How many.
        count: usize,
    },
}

/// An account, as told to an administrator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountLine {
    /// Twelve digits.
    pub id: String,
    /// Free text.
    pub name: String,
    /// When it was made.
    pub created_at: String,
}

/// A key, as told to an administrator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyLine {
    /// Key id.
    pub id: String,
    /// Account.
    pub account: String,
    /// Whether it may be used.
    pub is_enabled: bool,
    /// When it was made.
    pub created_at: String,
}

/// What an administrator is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// Accounts.
    Accounts(Vec<AccountLine>),
    /// A new key with its secret, which is shown this once.
    NewKey {
        /// Key id.
        id: String,
        /// Secret.
        secret: String,
    },
    /// Keys, without their secrets.
    Keys(Vec<KeyLine>),
    /// Received licenses.
    Checklist(Vec<checklist::Line>),
    /// Organizations.
    Organizations(Vec<OrganizationLine>),
    /// How many secrets are sealed under a new master key.
    Rotated(usize),
    /// Refusals, newest first.
    Refusals(Vec<Entry>),
    /// Done.
    Done,
    /// Not done, and why.
    Failed(String),
}

impl Command {
    /// Whether a first one may come before the first start, and make the database.
    pub fn may_come_first(&self) -> bool {
        matches!(self, Self::CreateAccount { .. })
    }
}
