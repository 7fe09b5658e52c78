//! An organization's grant in the accounts of the organization (G4, G51, G52).

use leasehold_core::grant::{
    Grant, GrantStatus, Principal, arn, follow, is_from_marketplace, member, settle, withdraw,
};
use leasehold_core::license::License;
use leasehold_store::{Tx, grant as store, license, organization};

use crate::cx::Cx;
use crate::operation::Outcome;

/// Gives every account that a grant is for its part of it.
pub async fn distribute(tx: &mut Tx, cx: &Cx, whole: &Grant, license: &License) -> Outcome<()> {
    let Ok(principal) = Principal::parse(&whole.principal) else { return Ok(()) };
    let Some((id, unit)) = principal.organization() else { return Ok(()) };
    let accounts = organization::accounts_under(tx, id, unit).await?;
    let members: Vec<Grant> = accounts
        .iter()
        .filter(|account| is_recipient(whole, license, account))
        .map(|account| part_of(cx, whole, account))
        .collect();
    Ok(store::save(tx, &members, cx.now_ms).await?)
}

/// Whoever made the license or grants it has it already (G16).
fn is_recipient(whole: &Grant, license: &License, account: &str) -> bool {
    account != whole.granter && account != license.account
}

fn part_of(cx: &Cx, whole: &Grant, account: &str) -> Grant {
    let id = cx.seed.hex(&format!("grant {} {account}", whole.key));
    member(whole, account, cx.serials.next(), arn(&whole.granter, &id), cx.now_ms)
}

/// Changes all parts of an organization's grant with it (G4). An account with another active grant
/// for the same Marketplace product keeps that or loses it as the override says (G36).
pub async fn follow_whole(
    tx: &mut Tx,
    cx: &Cx,
    whole: &Grant,
    license: &License,
    status: Option<GrantStatus>,
) -> Outcome<()> {
    let mut changed = Vec::new();
    for part in store::below(tx, whole.key).await? {
        let Some(mut next) = follow(&part, whole, status, cx.now_ms).filter(|_| part.is_member)
        else {
            continue;
        };
        if status == Some(GrantStatus::Active) && is_from_marketplace(license) {
            let others = active_for_product(tx, &next, license).await?;
            match settle(whole.terms.activation_override, &others, cx.now_ms)? {
                Some(give_way) => changed.extend(give_way),
                None => next.terms.status = part.terms.status,
            }
        }
        changed.push(next);
    }
    Ok(store::save(tx, &changed, cx.now_ms).await?)
}

/// The other active grants of an account for the same Marketplace product (G36).
pub async fn active_for_product(
    tx: &mut Tx,
    grant: &Grant,
    license: &License,
) -> Outcome<Vec<Grant>> {
    let account = grant.grantee.as_deref().unwrap_or_default();
    let mut others = store::open_of_product(tx, account, &license.product_sku).await?;
    others.retain(|other| other.key != grant.key && other.terms.status == GrantStatus::Active);
    // They may be of other licenses, which must not be checked out meanwhile either.
    let mut kept = Vec::new();
    others.sort_by_key(|other| other.license);
    for other in others {
        if is_from_marketplace(&license::get(tx, other.license).await?) {
            tx.lock(other.license).await?;
            kept.push(other);
        }
    }
    Ok(kept)
}

/// Withdraws everything below a grant that is over (G42).
pub async fn withdraw_below(tx: &mut Tx, cx: &Cx, grant: i64) -> Outcome<()> {
    let below = store::open_below(tx, grant).await?;
    let reason = "The grant above it is over.";
    let gone: Vec<_> = below.iter().map(|each| withdraw(each, reason, cx.now_ms)).collect();
    Ok(store::save(tx, &gone, cx.now_ms).await?)
}

/// Brings an account's parts of organizations' grants to where the account is now: it gets those
/// of its organization and the units above it, and loses all others (G51). In the transaction that
/// places it.
pub async fn placement_changed(tx: &mut Tx, cx: &Cx, account: &str) -> Outcome<()> {
    let principals = super::principals_of(tx, account).await?;
    let parts = store::members_of_account(tx, account).await?;
    let wholes = store::open_to(tx, &principals).await?;
    let mut licenses: Vec<i64> = parts.iter().chain(&wholes).map(|grant| grant.license).collect();
    licenses.sort_unstable();
    licenses.dedup();
    for license in licenses {
        tx.lock(license).await?;
    }
    for part in &parts {
        let whole = match part.parent {
            Some(parent) => store::get(tx, parent).await?,
            None => continue,
        };
        if !principals.contains(&whole.principal) {
            let reason = "The account has left the organization or unit.";
            store::save(tx, &[withdraw(part, reason, cx.now_ms)], cx.now_ms).await?;
            withdraw_below(tx, cx, part.key).await?;
        }
    }
    for whole in wholes {
        let has_part = parts.iter().any(|part| part.parent == Some(whole.key));
        let license = license::get(tx, whole.license).await?;
        if !has_part && is_recipient(&whole, &license, account) {
            let mut part = part_of(cx, &whole, account);
            if part.terms.status == GrantStatus::Active && is_from_marketplace(&license) {
                let others = active_for_product(tx, &part, &license).await?;
                match settle(whole.terms.activation_override, &others, cx.now_ms) {
                    Ok(Some(give_way)) => store::save(tx, &give_way, cx.now_ms).await?,
                    // Joining is not refused for it; the account decides later.
                    Ok(None) | Err(_) => part.terms.status = GrantStatus::Disabled,
                }
            }
            store::save(tx, &[part], cx.now_ms).await?;
        }
    }
    Ok(())
}
