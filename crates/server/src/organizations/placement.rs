//! Where accounts are: the only place that puts them into organizations, moves them and takes them
//! out, so that grants always follow (G51).

use leasehold_core::organization::{Cause, Organization};
use leasehold_store::Tx;
use leasehold_store::organization::{self as store, Member};

use crate::cx::Cx;
use crate::license::grants::placement_changed;
use crate::operation::Outcome;

/// Puts an account into an organization.
///
/// # Errors
/// When it is in one, and when the organization is full.
pub async fn enter(tx: &mut Tx, cx: &Cx, member: &Member) -> Outcome<()> {
    if store::member(tx, &member.account).await?.is_some() {
        return Err(Cause::TargetIsMember.into());
    }
    let (accounts, _) = store::count(tx, &member.organization).await?;
    Organization::check_new_account(accounts)?;
    store::join(tx, member).await?;
    placement_changed(tx, cx, &member.account).await
}

/// Moves an account to another parent of its organization.
///
/// # Errors
/// What the database says.
pub async fn relocate(tx: &mut Tx, cx: &Cx, account: &str, parent: &str) -> Outcome<()> {
    store::move_account(tx, account, parent).await?;
    placement_changed(tx, cx, account).await
}

/// Takes an account out of its organization.
///
/// # Errors
/// For the management account, and for delegated administrators.
pub async fn exit(tx: &mut Tx, cx: &Cx, organization: &Organization, account: &str) -> Outcome<()> {
    organization.check_leaver(account)?;
    store::leave(tx, account).await?;
    placement_changed(tx, cx, account).await
}

/// Ends an organization in which only the management account is left.
///
/// # Errors
/// While it has accounts or units.
pub async fn dissolve(tx: &mut Tx, cx: &Cx, organization: &Organization) -> Outcome<()> {
    if store::count(tx, &organization.id).await? != (1, 0) {
        return Err(Cause::NotEmpty.into());
    }
    store::delete(tx, &organization.id).await?;
    placement_changed(tx, cx, &organization.management_account).await
}

/// An account that comes into an organization now.
pub fn newcomer(cx: &Cx, organization: &Organization, account: &str) -> Member {
    Member {
        account: account.to_owned(),
        name: String::new(),
        organization: organization.id.clone(),
        parent: organization.root.clone(),
        joined_at_ms: cx.now_ms,
        email: None,
        creation: None,
    }
}
