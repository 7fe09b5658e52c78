//! CreateGrant: who may give what to whom (G10–G23).

use super::{
    AllowedOperation, CAP_TAG, DEPTH_METADATA, Grant, GrantStatus, Principal, Terms, depth_max,
};
use crate::account::root_arn;
use crate::license::{License, Status, check_region_name};
use crate::refusal::{Kind, Refusal};

/// By what right an account gives a grant.
pub enum Grantor<'a> {
    /// It created the license.
    Owner,
    /// It received the license by this grant, which allows these operations at last (G39).
    Grantee(&'a Grant, Vec<AllowedOperation>),
}

/// A grant that is asked for.
pub struct NewGrant {
    /// Row.
    pub key: i64,
    /// ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// Account that asks.
    pub granter: String,
    /// Region that was called.
    pub region: String,
    /// `HomeRegion` of the request (W76).
    pub home_region: String,
    /// Who is to receive it.
    pub principal: Principal,
    /// What it is to allow.
    pub operations: Vec<AllowedOperation>,
    /// Whether the recipient's organization accepts for it (G8).
    pub is_accepted: bool,
    /// Now, milliseconds.
    pub now_ms: i64,
}

/// Decides a new grant: W75, W76, G13–G17.
///
/// # Errors
/// The refusal of the first rule that is broken.
pub fn create(license: &License, grantor: &Grantor<'_>, new: NewGrant) -> Result<Grant, Refusal> {
    check_region(license, &new)?;
    if matches!(license.status_at(new.now_ms), Status::Deleted | Status::Expired) {
        let text = "The license is deleted or expired and cannot be granted.";
        return Err(Refusal::rule("G17", text));
    }
    let account = new.principal.account();
    if account.is_some_and(|account| account == license.account || account == new.granter) {
        let text = "Principals[0]: a license cannot be granted to the account that created it or \
                    that grants it.";
        return Err(Refusal::rule("G16", text));
    }
    let (parent, depth) = match grantor {
        Grantor::Owner => (None, 1),
        Grantor::Grantee(parent, allowed) => {
            check_right(parent, allowed)?;
            check_operations(&new.operations, allowed)?;
            (Some(parent.key), parent.depth + 1)
        }
    };
    check_depth(license, depth, &new.operations)?;
    let (status, member_status) = match account {
        None => (GrantStatus::PendingWorkflow, Some(GrantStatus::Disabled)),
        Some(_) if new.is_accepted => (GrantStatus::Disabled, None),
        Some(_) => (GrantStatus::PendingAccept, None),
    };
    Ok(Grant {
        key: new.key,
        arn: new.arn,
        license: license.key,
        parent,
        depth,
        granter: new.granter,
        principal: new.principal.to_string(),
        grantee: account.map(str::to_owned),
        is_member: false,
        home_region: license.home_region.clone(),
        created_at_ms: new.now_ms,
        ended_at_ms: None,
        version: 1,
        terms: Terms {
            name: new.name,
            operations: each_once(new.operations),
            status,
            status_reason: None,
            activation_override: None,
            member_status,
        },
    })
}

/// One account's part of an organization's grant: accepted already (G4), and active if the whole is
/// (G51).
pub fn member(whole: &Grant, account: &str, key: i64, arn: String, now_ms: i64) -> Grant {
    Grant {
        key,
        arn,
        parent: Some(whole.key),
        principal: root_arn(account),
        grantee: Some(account.to_owned()),
        is_member: true,
        created_at_ms: now_ms,
        ended_at_ms: None,
        version: 1,
        terms: Terms {
            status: whole.terms.member_status.unwrap_or(GrantStatus::Disabled),
            status_reason: None,
            member_status: None,
            ..whole.terms.clone()
        },
        ..whole.clone()
    }
}

fn check_region(license: &License, new: &NewGrant) -> Result<(), Refusal> {
    check_region_name(&new.home_region)?;
    let home = &license.home_region;
    if new.region == *home && new.home_region == *home {
        return Ok(());
    }
    // The text is one that clients match on (W75).
    let text = format!("Grant can only be created in resource home AWS region: {home}");
    Err(Refusal::rule("W75", text))
}

/// G13: an accepted grant that allows passing on.
fn check_right(parent: &Grant, allowed: &[AllowedOperation]) -> Result<(), Refusal> {
    if parent.terms.status.is_accepted() && allowed.contains(&AllowedOperation::CreateGrant) {
        return Ok(());
    }
    let text = "LicenseArn: this account has no accepted grant of the license that allows \
                CreateGrant.";
    Err(Refusal::new(Kind::Denied, "G14", text))
}

/// Checks that operations lie within those of the grant above (G13, G14).
///
/// # Errors
/// A rule's refusal that names one.
pub fn check_operations(
    asked: &[AllowedOperation],
    allowed: &[AllowedOperation],
) -> Result<(), Refusal> {
    let Some(beyond) = asked.iter().find(|operation| !allowed.contains(operation)) else {
        return Ok(());
    };
    let text = format!(
        "AllowedOperations: {} is not among the operations of your own grant.",
        beyond.as_str()
    );
    Err(Refusal::rule("G14", text))
}

/// Checks that a chain of this length may be, and that its last grant does not pass on (G13).
///
/// # Errors
/// A rule's refusal that names the license metadata which would allow it.
pub fn check_depth(
    license: &License,
    depth: i64,
    operations: &[AllowedOperation],
) -> Result<(), Refusal> {
    let max = depth_max(license);
    if depth > max {
        let text = format!(
            "The license allows {max} grants one below the other; its seller may allow more with \
             the license metadata {DEPTH_METADATA}."
        );
        return Err(Refusal::rule("G13", text));
    }
    if depth == max && operations.contains(&AllowedOperation::CreateGrant) {
        let text = format!(
            "AllowedOperations: CreateGrant cannot be passed on here, for the license allows \
             {max} grants one below the other ({DEPTH_METADATA})."
        );
        return Err(Refusal::rule("G13", text));
    }
    Ok(())
}

/// Checks a tag that caps an entitlement: the license has it, and the value is a count.
///
/// # Errors
/// A value refusal that names the tag.
pub fn check_cap(license: &License, key: &str, value: &str) -> Result<(), Refusal> {
    let Some(name) = key.strip_prefix(CAP_TAG) else { return Ok(()) };
    if license.terms.entitlement(name).is_none() {
        let text = format!("Tags: {key}: the license has no entitlement '{name}'.");
        return Err(Refusal::value("leasehold:cap", text));
    }
    let is_count = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if !is_count || value.parse::<u64>().is_err() {
        let text = format!("Tags: {key}: '{value}' must be a whole number of units, 0 or more.");
        return Err(Refusal::value("leasehold:cap", text));
    }
    Ok(())
}

/// The operations in the order given, each once.
pub fn each_once(operations: Vec<AllowedOperation>) -> Vec<AllowedOperation> {
    let mut kept = Vec::with_capacity(operations.len());
    for operation in operations {
        if !kept.contains(&operation) {
            kept.push(operation);
        }
    }
    kept
}
