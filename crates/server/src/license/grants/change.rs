//! AcceptGrant, RejectGrant, CreateGrantVersion, DeleteGrant (4.13, 4.15–4.17).

use leasehold_core::Refusal;
use leasehold_core::grant::{
    self as core, Change, Grant, GrantStatus, Role, is_from_marketplace, settle,
};
use leasehold_core::license::License;
use leasehold_store::{Tx, grant as store, license};

use super::create::check_received;
use super::distribute::{active_for_product, follow_whole, withdraw_below};
use super::read::is_visible;
use super::{find_to_change, unknown};
use crate::cx::Cx;
use crate::license::shapes;
use crate::operation::Outcome;

/// G2, G24–G26.
pub async fn accept_grant(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::AcceptGrantRequest,
) -> Outcome<shapes::AcceptGrantResponse> {
    let grant = find_to_change(tx, cx, &it.grant_arn).await?;
    let license = license::get(tx, grant.license).await?;
    let next = core::accept(&grant, &cx.caller.account, cx.now_ms)?;
    check_received(tx, cx, &cx.caller.account, &license).await?;
    store::save(tx, std::slice::from_ref(&next), cx.now_ms).await?;
    Ok((&next).into())
}

/// G3, G24–G26. What was passed on goes with it.
pub async fn reject_grant(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::RejectGrantRequest,
) -> Outcome<shapes::RejectGrantResponse> {
    let grant = find_to_change(tx, cx, &it.grant_arn).await?;
    let next = core::reject(&grant, &cx.caller.account, cx.now_ms)?;
    store::save(tx, std::slice::from_ref(&next), cx.now_ms).await?;
    withdraw_below(tx, cx, grant.key).await?;
    Ok((&next).into())
}

/// G30–G39.
pub async fn create_grant_version(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreateGrantVersionRequest,
) -> Outcome<shapes::CreateGrantVersionResponse> {
    let grant = find_to_change(tx, cx, &it.grant_arn).await?;
    let license = license::get(tx, grant.license).await?;
    let Some(role) = grant.role_of(&cx.caller.account) else {
        return Err(stranger(tx, cx, &grant, &license).await?.into());
    };
    let _place = match grant.is_for_organization() {
        true => Some(cx.workflows.begin(cx.policy.quotas.organization_grants_at_once_max)?),
        false => None,
    };
    let change = Change {
        name: it.grant_name.clone(),
        operations: it.allowed_operations.as_ref().map(|operations| operations.0.clone()),
        status: it.status,
        status_reason: it.status_reason.as_ref().map(|reason| reason.0.clone()),
        source_version: it.source_version.clone(),
        activation_override: it.options.as_ref().and_then(|it| it.activation_override_behavior),
    };
    let versions = amend(tx, cx, &license, &grant, role, change).await?;
    for version in &versions {
        store::save(tx, std::slice::from_ref(version), cx.now_ms).await?;
    }
    if let Some(whole) = versions.last().filter(|last| last.is_for_organization()) {
        follow_whole(tx, cx, whole, &license, it.status).await?;
    }
    Ok(versions.first().ok_or_else(unknown)?.into())
}

/// What somebody is told who neither gave nor received a grant: those who may see it, that they
/// may not change it (G33).
async fn stranger(tx: &mut Tx, cx: &Cx, grant: &Grant, license: &License) -> Outcome<Refusal> {
    if is_visible(tx, cx, grant, license).await? {
        let text = "A grant is changed by who gave it and by who received it.";
        return Ok(Refusal::rule("G33", text));
    }
    Ok(unknown())
}

async fn amend(
    tx: &mut Tx,
    cx: &Cx,
    license: &License,
    grant: &Grant,
    role: Role,
    change: Change,
) -> Outcome<Vec<Grant>> {
    let allowed = match grant.parent.filter(|_| change.operations.is_some()) {
        Some(parent) => Some(store::links(tx, parent).await?.operations(parent)),
        None => None,
    };
    let activates = change.status == Some(GrantStatus::Active);
    let behavior = change.activation_override;
    let versions = core::amend(license, grant, allowed.as_deref(), role, change, cx.now_ms)?;
    if activates && grant.grantee.is_some() && is_from_marketplace(license) {
        let others = active_for_product(tx, grant, license).await?;
        let Some(give_way) = settle(behavior, &others, cx.now_ms)? else {
            let text = "Another grant for the same AWS Marketplace product stays active.";
            return Err(Refusal::rule("G36", text).into());
        };
        store::save(tx, &give_way, cx.now_ms).await?;
    }
    Ok(versions)
}

/// G40–G44.
pub async fn delete_grant(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::DeleteGrantRequest,
) -> Outcome<shapes::DeleteGrantResponse> {
    let grant = find_to_change(tx, cx, &it.grant_arn).await?;
    let reason = it.status_reason.as_ref().map(|reason| reason.0.clone());
    let versions = core::delete(&grant, &cx.caller.account, &it.version, reason, cx.now_ms)?;
    for version in &versions {
        store::save(tx, std::slice::from_ref(version), cx.now_ms).await?;
    }
    withdraw_below(tx, cx, grant.key).await?;
    Ok(versions.first().ok_or_else(unknown)?.into())
}
