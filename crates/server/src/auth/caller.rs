//! Who calls, as everything behind the signature knows it.

use std::sync::Arc;

use leasehold_core::account::root_arn;
use leasehold_core::iam::Principal as PolicyPrincipal;
use leasehold_core::identity::Entity;
use leasehold_core::session::{Session, assumed_role_arn};

use crate::rights::Rights;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Account.
    pub account: String,
    /// ARN of the principal.
    pub principal: String,
    /// What the principal is.
    pub who: Principal,
    /// The session that the caller's credentials are for, if they are temporary.
    pub session: Option<Arc<Session>>,
    /// Id of the key that signed; empty where none did.
    pub access_key: String,
    /// Revision of the account's users and policies that it was read at; none counts for a root.
    pub iam_revision: i64,
    /// Where in an organization the account is, `o-…/r-…/ou-…/`; `aws:PrincipalOrgPaths`.
    pub organization_path: Option<String>,
}

/// What a principal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// The account's root.
    Root,
    /// Nobody that is known.
    Anonymous,
    /// A user of the account.
    User {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// A session of a role.
    Session {
        /// `AROA…:<session>`.
        id: String,
        /// Id of the role.
        role_id: String,
        /// ARN of the role.
        role_arn: String,
    },
}

impl Caller {
    /// An account's root.
    pub fn root(account: &str) -> Self {
        let account = account.to_owned();
        let principal = root_arn(&account);
        Self::new(account, principal, Principal::Root, 0)
    }

    /// Whoever calls an operation that is open to all.
    pub fn anonymous() -> Self {
        Self::new(String::new(), "anonymous".to_owned(), Principal::Anonymous, 0)
    }

    fn new(account: String, principal: String, who: Principal, iam_revision: i64) -> Self {
        let access_key = String::new();
        let (session, organization_path) = (None, None);
        Self { account, principal, who, session, access_key, iam_revision, organization_path }
    }

    pub(super) fn user(user: Entity, iam_revision: i64) -> Self {
        let principal = user.arn();
        let who = Principal::User { id: user.id, name: user.name };
        Self::new(user.account, principal, who, iam_revision)
    }

    pub(super) fn role(role: &Entity, session: &str, iam_revision: i64) -> Self {
        let who = Principal::Session {
            id: format!("{}:{session}", role.id),
            role_id: role.id.clone(),
            role_arn: role.arn(),
        };
        let principal = assumed_role_arn(role, session);
        Self::new(role.account.clone(), principal, who, iam_revision)
    }

    /// The id of the user or role behind the caller.
    pub fn entity_id(&self) -> Option<&str> {
        match &self.who {
            Principal::User { id, .. } | Principal::Session { role_id: id, .. } => Some(id),
            Principal::Root | Principal::Anonymous => None,
        }
    }

    /// Whom policies know the caller as.
    pub fn for_policies<'a>(&'a self, rights: &'a Rights) -> PolicyPrincipal<'a> {
        let (account, arn, tags) = (&*self.account, &*self.principal, &*rights.tags);
        match &self.who {
            Principal::Root => PolicyPrincipal::Root { account, arn },
            Principal::Anonymous => PolicyPrincipal::Anonymous,
            Principal::User { id, name } => PolicyPrincipal::User { account, arn, id, name, tags },
            Principal::Session { id, role_arn, .. } => {
                PolicyPrincipal::Session { account, arn, id, role_arn, tags }
            }
        }
    }

    /// The id of the principal, which is never given again: `UserId` of 8.1.
    pub fn user_id(&self) -> &str {
        match &self.who {
            Principal::Root | Principal::Anonymous => &self.account,
            Principal::User { id, .. } | Principal::Session { id, .. } => id,
        }
    }
}
