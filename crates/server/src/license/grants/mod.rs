//! Grants (4.12–4.22): a license reaches its buyer, and the accounts of an organization.

mod change;
mod create;
mod distribute;
mod lists;
mod read;
mod received;

pub use change::{accept_grant, create_grant_version, delete_grant, reject_grant};
pub use create::create_grant;
pub use distribute::placement_changed;
pub use lists::{
    list_distributed_grants, list_received_grants, list_received_grants_for_organization,
};
pub use read::get_grant;
pub use received::{list_received_licenses, list_received_licenses_for_organization};

use leasehold_core::Refusal;
use leasehold_core::account::root_arn;
use leasehold_core::grant::Grant;
use leasehold_core::organization::{LICENSE_MANAGER, Organization};
use leasehold_store::organization::Membership;
use leasehold_store::{Tx, grant as store, license, organization};

use crate::cx::Cx;
use crate::operation::Outcome;

/// The grant of this ARN.
///
/// # Errors
/// Refuses unknown and invisible grants alike (4.14).
pub async fn find(tx: &mut Tx, cx: &Cx, arn: &str) -> Outcome<Grant> {
    let grant = store::find(tx, arn).await?.ok_or_else(unknown)?;
    // Whether or not the sweeper has come by: with its license a grant is gone (L7).
    if license::get(tx, grant.license).await?.is_purged(cx.now_ms) {
        return Err(unknown().into());
    }
    Ok(grant)
}

/// A grant to be changed, its license locked against check-outs.
async fn find_to_change(tx: &mut Tx, cx: &Cx, arn: &str) -> Outcome<Grant> {
    let license = find(tx, cx, arn).await?.license;
    tx.lock(license).await?;
    find(tx, cx, arn).await
}

fn unknown() -> Refusal {
    Refusal::not_found("4.14", "GrantArn: there is no such grant.")
}

/// The principals that a grant to this account may name: the account, its organization, and the
/// units above it (4.19).
async fn principals_of(tx: &mut Tx, account: &str) -> Outcome<Vec<String>> {
    let mut principals = vec![root_arn(account)];
    if let Some(Membership { organization, parents }) =
        organization::of_account(tx, account).await?
    {
        principals.push(organization.arn());
        let units = parents.iter().filter(|id| **id != organization.root);
        principals.extend(units.map(|id| organization.unit_arn(id)));
    }
    Ok(principals)
}

/// The organization that an account administers in License Manager (G7).
async fn administered_by(tx: &mut Tx, account: &str) -> Outcome<Option<Organization>> {
    let membership = organization::of_account(tx, account).await?;
    let organization = membership.map(|membership| membership.organization);
    Ok(organization.filter(|it| it.is_administrator(account, LICENSE_MANAGER)))
}
