//! Who may what: changes are the management account's; reading is also for delegated
//! administrators, and the organization itself for every member.

use leasehold_core::organization::{Cause, Organization};
use leasehold_store::{Tx, organization as store};

use crate::cx::Cx;
use crate::operation::Outcome;

/// The organization that the caller is in.
///
/// # Errors
/// If it is in none.
pub async fn own(tx: &mut Tx, cx: &Cx) -> Outcome<Organization> {
    let membership = store::of_account(tx, &cx.caller.account).await?;
    Ok(membership.ok_or(Cause::NotInUse)?.organization)
}

/// The organization that the caller manages.
///
/// # Errors
/// If it is in none, or only a member.
pub async fn managed(tx: &mut Tx, cx: &Cx) -> Outcome<Organization> {
    let organization = own(tx, cx).await?;
    if organization.management_account != cx.caller.account {
        return Err(Cause::AccessDenied.into());
    }
    Ok(organization)
}

/// The organization that the caller may look into.
///
/// # Errors
/// If it is in none, or only a member and no delegated administrator.
pub async fn readable(tx: &mut Tx, cx: &Cx) -> Outcome<Organization> {
    let organization = own(tx, cx).await?;
    let account = &cx.caller.account;
    let is_delegate = organization.services_of(account).next().is_some();
    if organization.management_account != *account && !is_delegate {
        return Err(Cause::AccessDenied.into());
    }
    Ok(organization)
}
