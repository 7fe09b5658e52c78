//! Grants: the right of one principal to operations on one license (reference 2.4, 3.2, 7).
//!
//! A grant hangs below the license, or below the grant by which its granter received the license;
//! so the grants of a license form a tree. What a grant allows at last is what every grant on the
//! way up to the license allows (G39).

mod change;
mod create;
mod link;
mod principal;
mod words;

use serde::{Deserialize, Serialize};

pub use change::{
    Change, Role, accept, amend, delete, follow, reject, settle, through_workflow, withdraw,
};
pub use create::{Grantor, NewGrant, check_cap, create, member};
pub use link::{CAP_TAG, Link, Links, caps};
pub use principal::Principal;
pub use words::{ActivationOverride, AllowedOperation, GrantStatus, ReceivedStatus};

use crate::license::{License, RETENTION_MONTHS};
use crate::time;

/// Account of AWS Marketplace, the creator of the licenses that its products come with (W41).
pub const MARKETPLACE_ACCOUNT: &str = "294406891311";
/// License metadata that opens more than AWS's one hop: how many grants a chain may have.
pub const DEPTH_METADATA: &str = "leasehold:grant-depth";
/// Grants in the longest chain where the license does not say: to the buyer, and one hop (G13).
const DEPTH_DEFAULT: i64 = 2;
/// Grants in the longest chain that a license may open: a check-out counts on each.
const DEPTH_MAX: i64 = 16;

/// What a version of a grant says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Name.
    pub name: String,
    /// Operations, in the order given, each once.
    pub operations: Vec<AllowedOperation>,
    /// Where the grant stands (3.2).
    pub status: GrantStatus,
    /// Why (G44).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status_reason: Option<String>,
    /// What activation does to other active grants (G36).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub activation_override: Option<ActivationOverride>,
    /// Of an organization's grant: what its accounts' grants begin as, DISABLED before it is
    /// activated and ACTIVE after (G51).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member_status: Option<GrantStatus>,
}

/// A grant with its current version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Row of the grant; grows in the order of creation.
    pub key: i64,
    /// ARN, in the granter's account (1.5).
    pub arn: String,
    /// Row of the license.
    pub license: i64,
    /// Row of the grant above it; none for a grant of the license's owner.
    pub parent: Option<i64>,
    /// Grants from the license down to this one, itself included; an account's part of an
    /// organization's grant is as deep as the whole.
    pub depth: i64,
    /// Account that gave it.
    pub granter: String,
    /// Who receives it, as an ARN.
    pub principal: String,
    /// The receiving account; none for an organization or unit.
    pub grantee: Option<String>,
    /// Whether it is one account's part of an organization's grant (G4).
    pub is_member: bool,
    /// Region of the license (W70).
    pub home_region: String,
    /// Creation, milliseconds.
    pub created_at_ms: i64,
    /// When it was rejected or deleted, milliseconds.
    pub ended_at_ms: Option<i64>,
    /// Current version number, from 1.
    pub version: i64,
    /// The current version.
    pub terms: Terms,
}

/// ARN of the grant with this id made by this account (1.5).
pub fn arn(account: &str, id: &str) -> String {
    format!("arn:aws:license-manager::{account}:grant:g-{id}")
}

/// Whether a license comes from AWS Marketplace (G35).
pub fn is_from_marketplace(license: &License) -> bool {
    license.account == MARKETPLACE_ACCOUNT
}

/// How many grants a chain of this license may have: two, or what its metadata says.
pub fn depth_max(license: &License) -> i64 {
    license.terms.metadata(DEPTH_METADATA).and_then(parse_depth).unwrap_or(DEPTH_DEFAULT)
}

/// Reads the value of [`DEPTH_METADATA`]: 1 to 16.
pub fn parse_depth(text: &str) -> Option<i64> {
    text.parse().ok().filter(|depth| (1..=DEPTH_MAX).contains(depth))
}

impl Grant {
    /// Whether it goes to an organization or unit, for all accounts in it (G4).
    pub fn is_for_organization(&self) -> bool {
        self.grantee.is_none()
    }

    /// Whether its recipient may read the license (L41): as long as the grant is not over, and also
    /// if it ended only with the license (L7, L32).
    pub fn lets_read(&self, license: &License) -> bool {
        let ended_with_license = self.terms.status == GrantStatus::Deleted
            && license.deleted_at_ms.is_some()
            && self.ended_at_ms >= license.deleted_at_ms;
        !self.terms.status.is_over() || ended_with_license
    }

    /// Whether it is long over: six months after its end nobody sees it (G63).
    pub fn is_purged(&self, now_ms: i64) -> bool {
        let purge_at_ms = self
            .ended_at_ms
            .and_then(|ended_at_ms| time::add_months(ended_at_ms, RETENTION_MONTHS));
        purge_at_ms.is_some_and(|purge_at_ms| now_ms >= purge_at_ms)
    }

    /// Which grant stands for a license that was received by several: the one with the highest
    /// rank got furthest.
    pub fn rank(&self) -> (usize, i64) {
        let order = [
            GrantStatus::Deleted,
            GrantStatus::Rejected,
            GrantStatus::PendingAccept,
            GrantStatus::Disabled,
            GrantStatus::Active,
        ];
        let place = order.iter().position(|status| *status == self.terms.status);
        (place.unwrap_or(0), self.key)
    }

    /// The next version, with other terms and the end that they bring.
    fn next(&self, terms: Terms, now_ms: i64) -> Self {
        let ended_at_ms = terms.status.is_over().then(|| self.ended_at_ms.unwrap_or(now_ms));
        Self { version: self.version + 1, terms, ended_at_ms, ..self.clone() }
    }

    /// The next version, in another status.
    fn moved(&self, status: GrantStatus, reason: Option<String>, now_ms: i64) -> Self {
        let terms = Terms { status, status_reason: reason, ..self.terms.clone() };
        self.next(terms, now_ms)
    }
}

#[cfg(test)]
mod tests;
