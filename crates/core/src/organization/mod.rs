//! Organizations: the directory of who manages which accounts, in which units (G50).
//!
//! An organization is a management account, a root, organizational units (OUs) nested under it,
//! and member accounts, each with one parent: the root or an OU. What is kept of it here is small;
//! the tree is rows of the store.

mod cause;
mod delegation;
mod handshake;

use serde::{Deserialize, Serialize};

pub use cause::Cause;
pub use handshake::{HANDSHAKES_MAX, Handshake, HandshakeState, KEPT_MS, OPEN_MS};

use crate::ids::Seed;

/// License Manager, as organizations name it when they trust it or delegate it.
pub const LICENSE_MANAGER: &str = "license-manager.amazonaws.com";
/// What License Manager's console trusts beside [`LICENSE_MANAGER`].
pub const LICENSE_MANAGER_MEMBERS: &str = "license-manager.member-account.amazonaws.com";
/// Every service that may be trusted: this server has no other.
pub const SERVICES: [&str; 2] = [LICENSE_MANAGER, LICENSE_MANAGER_MEMBERS];

/// OUs below one another, without the root.
pub const UNIT_DEPTH_MAX: usize = 5;
/// OUs of one organization.
pub const UNITS_MAX: i64 = 2_000;
/// Accounts of one organization (section 12).
pub const ACCOUNTS_MAX: i64 = 15_000;
/// Delegated administrators of one service.
pub const ADMINISTRATORS_MAX: usize = 50;

/// What an organization is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FeatureSet {
    /// Everything: other services may be trusted and delegated.
    All,
    /// One bill; nothing that licenses need (G7).
    ConsolidatedBilling,
}

impl FeatureSet {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::All, Self::ConsolidatedBilling];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::ConsolidatedBilling => "CONSOLIDATED_BILLING",
        }
    }
}

/// A service that may act in the organization's accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedService {
    /// Its principal, such as [`LICENSE_MANAGER`].
    pub principal: String,
    /// Since when, milliseconds.
    pub enabled_at_ms: i64,
}

/// A member account that administers a service for the whole organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Administrator {
    /// Account.
    pub account: String,
    /// Service.
    pub principal: String,
    /// Since when, milliseconds.
    pub enabled_at_ms: i64,
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// `o-` and ten letters or digits.
    pub id: String,
    /// The account that made it.
    pub management_account: String,
    /// `r-` and four letters or digits.
    pub root: String,
    /// What it is for.
    pub feature_set: FeatureSet,
    /// Services with trusted access.
    pub trusted_services: Vec<TrustedService>,
    /// Delegated administrators.
    pub administrators: Vec<Administrator>,
}

impl Organization {
    /// A new organization of an account.
    pub fn new(management_account: &str, feature_set: FeatureSet, seed: &Seed) -> Self {
        Self {
            id: format!("o-{}", seed.alphanumeric("organization", 10)),
            management_account: management_account.to_owned(),
            root: format!("r-{}", seed.alphanumeric("root", 4)),
            feature_set,
            trusted_services: Vec::new(),
            administrators: Vec::new(),
        }
    }

    /// An id for a new OU: it names its root.
    pub fn draw_unit_id(&self, seed: &Seed) -> String {
        let root = self.root.trim_start_matches("r-");
        format!("ou-{root}-{}", seed.alphanumeric("organizational unit", 8))
    }

    /// Checks a new OU: how many are above it, and how many there are.
    ///
    /// # Errors
    /// Past [`UNIT_DEPTH_MAX`] and [`UNITS_MAX`].
    pub fn check_new_unit(above: usize, units: i64) -> Result<(), Cause> {
        if above >= UNIT_DEPTH_MAX {
            return Err(Cause::UnitsTooDeep);
        }
        if units >= UNITS_MAX { Err(Cause::TooManyUnits) } else { Ok(()) }
    }

    /// Checks that there is room for one more account.
    ///
    /// # Errors
    /// Past [`ACCOUNTS_MAX`].
    pub fn check_new_account(accounts: i64) -> Result<(), Cause> {
        if accounts >= ACCOUNTS_MAX { Err(Cause::TooManyAccounts) } else { Ok(()) }
    }

    /// Its ARN.
    pub fn arn(&self) -> String {
        format!("arn:aws:organizations::{}:organization/{}", self.management_account, self.id)
    }

    /// The ARN of its root.
    pub fn root_arn(&self) -> String {
        self.arn_of("root", &self.root)
    }

    /// The ARN of one of its OUs.
    pub fn unit_arn(&self, id: &str) -> String {
        self.arn_of("ou", id)
    }

    /// The ARN of one of its accounts.
    pub fn account_arn(&self, account: &str) -> String {
        self.arn_of("account", account)
    }

    fn arn_of(&self, kind: &str, id: &str) -> String {
        let (account, organization) = (&self.management_account, &self.id);
        format!("arn:aws:organizations::{account}:{kind}/{organization}/{id}")
    }

    /// Whether services may be trusted and delegated (G7).
    pub fn has_all_features(&self) -> bool {
        self.feature_set == FeatureSet::All
    }

    /// Whether a service has trusted access (G19).
    pub fn trusts(&self, principal: &str) -> bool {
        self.trusted_services.iter().any(|service| service.principal == principal)
    }

    /// Whether an account may act for the organization in a service: the management account, or a
    /// delegated administrator of this service (G7).
    pub fn is_administrator(&self, account: &str, principal: &str) -> bool {
        account == self.management_account
            || self.services_of(account).any(|service| service.principal == principal)
    }

    /// What an account administers as a delegate.
    pub fn services_of<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Administrator> {
        self.administrators.iter().filter(move |it| it.account == account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Organization {
        let mut it = Organization::new("111122223333", FeatureSet::All, &Seed::new([7; 32]));
        it.administrators.push(Administrator {
            account: "444455556666".to_owned(),
            principal: LICENSE_MANAGER.to_owned(),
            enabled_at_ms: 1,
        });
        it
    }

    #[test]
    fn ids_and_arns_have_the_forms_of_aws() {
        let it = example();
        let check = |text: &str, prefix: &str, length: usize| {
            let rest = text.strip_prefix(prefix).unwrap();
            assert_eq!(rest.len(), length, "{text}");
            assert!(rest.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()), "{text}");
        };
        check(&it.id, "o-", 10);
        check(&it.root, "r-", 4);
        let unit = it.draw_unit_id(&Seed::new([8; 32]));
        check(&unit, &format!("{}-", it.root.replace("r-", "ou-")), 8);
        let base = "arn:aws:organizations::111122223333";
        assert_eq!(it.arn(), format!("{base}:organization/{}", it.id));
        assert_eq!(it.root_arn(), format!("{base}:root/{}/{}", it.id, it.root));
        assert_eq!(it.unit_arn(&unit), format!("{base}:ou/{}/{unit}", it.id));
        let account = it.account_arn("444455556666");
        assert_eq!(account, format!("{base}:account/{}/444455556666", it.id));
    }

    #[test]
    fn units_and_accounts_are_limited() {
        assert_eq!(Organization::check_new_unit(4, UNITS_MAX - 1), Ok(()));
        assert_eq!(Organization::check_new_unit(5, 5), Err(Cause::UnitsTooDeep));
        assert_eq!(Organization::check_new_unit(0, UNITS_MAX), Err(Cause::TooManyUnits));
        assert_eq!(Organization::check_new_account(ACCOUNTS_MAX - 1), Ok(()));
        let error = Organization::check_new_account(ACCOUNTS_MAX);
        assert_eq!(error, Err(Cause::TooManyAccounts));
    }

    /// G7.
    #[test]
    fn the_management_account_and_delegates_administer() {
        let it = example();
        let check = |account: &str, principal: &str, expect: bool| {
            assert_eq!(it.is_administrator(account, principal), expect, "{account} {principal}");
        };
        check("111122223333", LICENSE_MANAGER, true);
        check("444455556666", LICENSE_MANAGER, true);
        check("444455556666", LICENSE_MANAGER_MEMBERS, false);
        check("777788889999", LICENSE_MANAGER, false);
    }
}
