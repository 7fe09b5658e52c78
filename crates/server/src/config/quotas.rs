//! AWS's account quotas as settings (section 12).

use leasehold_core::identity::Kind;
use serde::Deserialize;

/// AWS's account quotas: a profile, or each by itself (section 12). Off by default.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(
    untagged,
    expecting = "quotas must be \"aws\", \"off\", or a table of licenses_per_account_max, \
                 grants_per_license_max, received_licenses_per_product_max, \
                 organization_grants_at_once_max, users_per_account_max, \
                 groups_per_account_max, roles_per_account_max, policies_per_account_max, \
                 providers_per_account_max, tokens_per_license_max, \
                 access_tokens_per_license_and_hour_max and minutes_between_extensions_min"
)]
pub(super) enum Quotas {
    Profile(QuotaProfile),
    Each(QuotaSettings),
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum QuotaProfile {
    Aws,
    Off,
}

/// The quotas that bite in this version.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct QuotaSettings {
    /// Licenses of an account that are not deleted (L13).
    pub licenses_per_account_max: Option<i64>,
    /// Grants of a license that are not over, organizations' parts aside (G21).
    pub grants_per_license_max: Option<i64>,
    /// Licenses of one product that an account may have received (G23).
    pub received_licenses_per_product_max: Option<i64>,
    /// Grants to organizations that are being distributed at once (G20).
    pub organization_grants_at_once_max: Option<i64>,
    /// Users of an account.
    pub users_per_account_max: Option<i64>,
    /// Groups of an account.
    pub groups_per_account_max: Option<i64>,
    /// Roles of an account.
    pub roles_per_account_max: Option<i64>,
    /// Managed policies of an account's own.
    pub policies_per_account_max: Option<i64>,
    /// OpenID Connect providers of an account.
    pub providers_per_account_max: Option<i64>,
    /// Tokens of an account for a license that live (T9).
    pub tokens_per_license_max: Option<i64>,
    /// Access tokens for a license within an hour (T13).
    pub access_tokens_per_license_and_hour_max: Option<u32>,
    /// Minutes between two extensions of a check-out (C55).
    pub minutes_between_extensions_min: Option<i64>,
}

impl QuotaSettings {
    /// AWS's numbers (section 12).
    pub const AWS: Self = Self {
        licenses_per_account_max: Some(2_000),
        grants_per_license_max: Some(2_000),
        received_licenses_per_product_max: Some(10),
        organization_grants_at_once_max: Some(10),
        users_per_account_max: Some(5_000),
        groups_per_account_max: Some(300),
        roles_per_account_max: Some(1_000),
        policies_per_account_max: Some(1_500),
        providers_per_account_max: Some(100),
        tokens_per_license_max: Some(10),
        access_tokens_per_license_and_hour_max: Some(10),
        minutes_between_extensions_min: Some(60),
    };

    /// How many of a kind an account may have.
    pub fn entities_max(&self, kind: Kind) -> Option<i64> {
        match kind {
            Kind::User => self.users_per_account_max,
            Kind::Group => self.groups_per_account_max,
            Kind::Role => self.roles_per_account_max,
            Kind::Policy => self.policies_per_account_max,
            Kind::Provider => self.providers_per_account_max,
        }
    }
}
