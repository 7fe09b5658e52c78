//! CreateGrant (4.12, G10–G23).

use leasehold_core::account::root_arn;
use leasehold_core::grant::{
    AllowedOperation, Grant, GrantStatus, Grantor, NewGrant, Principal, arn, check_cap, create,
    through_workflow,
};
use leasehold_core::license::License;
use leasehold_core::organization::{LICENSE_MANAGER, Organization};
use leasehold_core::refusal::Kind;
use leasehold_core::{Refusal, tag};
use leasehold_store::{Tx, grant as store, license, organization, tag as tag_store};

use super::distribute::distribute;
use crate::cx::Cx;
use crate::license::{shapes, tags};
use crate::operation::Outcome;

/// G10–G23, W75, W76.
pub async fn create_grant(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreateGrantRequest,
) -> Outcome<shapes::CreateGrantResponse> {
    let principal = it.principals.0.first().map_or("", |arn| &arn.0);
    let principal = Principal::parse(principal)?;
    let new_tags = tags::pairs(it.tags.as_deref().unwrap_or_default())?;
    tag::check(&new_tags)?;
    let (license, right) = granted_license(tx, cx, &it.license_arn).await?;
    for (key, value) in &new_tags {
        check_cap(&license, key, value)?;
    }
    let is_accepted = check_place(tx, cx, &principal).await?;
    let _place = match principal.account() {
        None => Some(cx.workflows.begin(cx.policy.quotas.organization_grants_at_once_max)?),
        Some(_) => None,
    };
    let new = NewGrant {
        key: cx.serials.next(),
        arn: arn(&cx.caller.account, &cx.seed.hex("grant")),
        name: it.grant_name.clone(),
        granter: cx.caller.account.clone(),
        region: cx.region.clone(),
        home_region: it.home_region.clone(),
        principal,
        operations: it.allowed_operations.0.clone(),
        is_accepted,
        now_ms: cx.now_ms,
    };
    let grantor = match &right {
        None => Grantor::Owner,
        Some((grant, operations)) => Grantor::Grantee(grant, operations.clone()),
    };
    let grant = create(&license, &grantor, new)?;
    check_single(tx, &license, &grant).await?;
    check_quotas(tx, cx, &license, &grant).await?;
    tag_store::set(tx, &grant.arn, &new_tags).await?;
    let answer = shapes::CreateGrantResponse::from(&grant);
    if grant.is_for_organization() {
        for version in through_workflow(grant.clone(), cx.now_ms) {
            store::save(tx, &[version], cx.now_ms).await?;
        }
        distribute(tx, cx, &grant, &license).await?;
    } else {
        store::save(tx, &[grant], cx.now_ms).await?;
    }
    Ok(answer)
}

/// The license to be granted, locked, and the caller's own grant of it with what that allows at
/// last; none for its owner (G13, G17).
async fn granted_license(
    tx: &mut Tx,
    cx: &Cx,
    license_arn: &str,
) -> Outcome<(License, Option<(Grant, Vec<AllowedOperation>)>)> {
    let account = &cx.caller.account;
    let unknown = || {
        let text = "LicenseArn: this account has no such license, its own or received.";
        Refusal::not_found("G17", text)
    };
    let key = license::find_key(tx, license_arn).await?.ok_or_else(unknown)?;
    tx.lock(key).await?;
    let license = license::get(tx, key).await?;
    if license.is_purged(cx.now_ms) {
        return Err(unknown().into());
    }
    if license.account == *account {
        return Ok((license, None));
    }
    let mut best: Option<(Grant, Vec<AllowedOperation>)> = None;
    for grant in store::of_account(tx, key, account).await? {
        if grant.terms.status.is_over() {
            continue;
        }
        let operations = store::links(tx, grant.key).await?.operations(grant.key);
        let rank = |grant: &Grant, operations: &[AllowedOperation]| {
            let passes_on = operations.contains(&AllowedOperation::CreateGrant);
            (
                grant.terms.status.is_accepted() && passes_on,
                grant.terms.status == GrantStatus::Active,
            )
        };
        let is_better = |(known, known_operations): &(Grant, Vec<_>)| {
            rank(&grant, &operations) > rank(known, known_operations)
        };
        if best.as_ref().is_none_or(is_better) {
            best = Some((grant, operations));
        }
    }
    let best = best.ok_or_else(unknown)?;
    Ok((license, Some(best)))
}

/// Whether the organization accepts for the recipient (G8), and that an organization or unit may be
/// granted to (G7, G19).
async fn check_place(tx: &mut Tx, cx: &Cx, principal: &Principal) -> Outcome<bool> {
    let caller = &cx.caller.account;
    let own = organization::of_account(tx, caller).await?.map(|it| it.organization);
    let Some((id, unit)) = principal.organization() else {
        let account = principal.account().unwrap_or_default();
        let theirs = organization::of_account(tx, account).await?.map(|it| it.organization);
        let is_ours = |own: &&Organization| {
            theirs.as_ref().is_some_and(|theirs| theirs.id == own.id)
                && own.management_account == *caller
                && own.has_all_features()
                && own.trusts(LICENSE_MANAGER)
        };
        return Ok(own.as_ref().filter(is_ours).is_some());
    };
    let found = own.filter(|own| own.id == id && is_named(own, principal, unit));
    let known = match (&found, unit) {
        (Some(_), Some(unit)) => {
            organization::unit(tx, unit).await?.is_some_and(|it| it.organization == id)
        }
        (found, _) => found.is_some(),
    };
    let Some(organization) = found.filter(|_| known) else {
        let text = format!("Principals[0]: this account is in no organization with '{principal}'.");
        return Err(Refusal::value("G15", text).into());
    };
    if !organization.is_administrator(caller, LICENSE_MANAGER) || !organization.has_all_features() {
        let text = "Only the management account of an organization with all features, or its \
                    delegated administrator for License Manager, can grant to it.";
        return Err(Refusal::rule("G7", text).into());
    }
    if !organization.trusts(LICENSE_MANAGER) {
        // The text is one that clients match on (G19).
        let text = "Grantor has disabled Trusted Access to AWS License Manager Service in AWS \
                    Organizations";
        return Err(Refusal::rule("G19", text).into());
    }
    Ok(false)
}

/// Whether the ARN is the one that the organization has.
fn is_named(organization: &Organization, principal: &Principal, unit: Option<&str>) -> bool {
    let arn = unit.map_or_else(|| organization.arn(), |unit| organization.unit_arn(unit));
    arn == principal.to_string()
}

/// One grant of a license to a principal at a time (G22).
async fn check_single(tx: &mut Tx, license: &License, grant: &Grant) -> Outcome<()> {
    let others = store::of_license(tx, license.key, std::slice::from_ref(&grant.principal)).await?;
    let is_second = |other: &Grant| !other.is_member && !other.terms.status.is_over();
    if let Some(other) = others.into_iter().find(is_second) {
        let text = format!(
            "Principals[0]: {} has a grant of this license already, {}, which is {}.",
            grant.principal,
            other.arn,
            other.terms.status.as_str()
        );
        return Err(Refusal::rule("G22", text).into());
    }
    Ok(())
}

/// G21, G23: where the server keeps AWS's quotas.
async fn check_quotas(tx: &mut Tx, cx: &Cx, license: &License, grant: &Grant) -> Outcome<()> {
    if let Some(max) = cx.policy.quotas.grants_per_license_max
        && store::count_open(tx, license.key).await? >= max
    {
        let text = format!("The license has {max} active grants, the most that it may have.");
        return Err(Refusal::new(Kind::LimitExceeded, "G21", text).into());
    }
    match &grant.grantee {
        Some(account) => check_received(tx, cx, account, license).await,
        None => Ok(()),
    }
}

/// How many licenses of a product an account may receive (G23).
///
/// # Errors
/// [`Kind::LimitExceeded`] where this license would be one too many.
pub async fn check_received(tx: &mut Tx, cx: &Cx, account: &str, license: &License) -> Outcome<()> {
    let Some(max) = cx.policy.quotas.received_licenses_per_product_max else { return Ok(()) };
    let grants = store::open_of_product(tx, account, &license.product_sku).await?;
    let others: std::collections::BTreeSet<i64> =
        grants.iter().map(|grant| grant.license).filter(|key| *key != license.key).collect();
    if i64::try_from(others.len()).unwrap_or(i64::MAX) < max {
        return Ok(());
    }
    let text = format!(
        "{} has received {max} licenses of product '{}', the most that it may have.",
        root_arn(account),
        license.product_sku
    );
    Err(Refusal::new(Kind::LimitExceeded, "G23", text).into())
}
