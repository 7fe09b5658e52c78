//! What happens to a grant after it was made (G24–G26, G30–G44): every transition of 3.2.
//!
//! A change gives the versions to be stored, one or two. An organization's grant shows its
//! workflow in the first, which is the one answered, and its end in the second (G5).

use super::create::{check_depth, check_operations, each_once};
use super::{ActivationOverride, AllowedOperation, Grant, GrantStatus, Terms, is_from_marketplace};
use crate::account::root_arn;
use crate::license::License;
use crate::refusal::Refusal;

/// What an account is to a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It gave the grant.
    Grantor,
    /// It received the grant.
    Grantee,
}

/// A request for a new version.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// New name.
    pub name: Option<String>,
    /// New operations.
    pub operations: Option<Vec<AllowedOperation>>,
    /// New status.
    pub status: Option<GrantStatus>,
    /// Why.
    pub status_reason: Option<String>,
    /// The version that it builds on (G31).
    pub source_version: Option<String>,
    /// What becomes of other active grants (G35).
    pub activation_override: Option<ActivationOverride>,
}

impl Grant {
    /// What an account is to this grant.
    pub fn role_of(&self, account: &str) -> Option<Role> {
        if self.grantee.as_deref() == Some(account) {
            Some(Role::Grantee)
        } else if self.granter == account {
            Some(Role::Grantor)
        } else {
            None
        }
    }

    fn check_going_on(&self) -> Result<(), Refusal> {
        if self.terms.status.is_over() {
            let text = format!("The grant is {} for good.", self.terms.status.as_str());
            return Err(Refusal::rule("3.2", text));
        }
        Ok(())
    }
}

/// AcceptGrant (G2, G24–G26).
///
/// # Errors
/// The refusal of the first rule that is broken.
pub fn accept(grant: &Grant, account: &str, now_ms: i64) -> Result<Grant, Refusal> {
    check_recipient(grant, account, "accept")?;
    if grant.terms.status != GrantStatus::PendingAccept {
        let text = format!(
            "The grant is {}; only a grant that is PENDING_ACCEPT can be accepted.",
            grant.terms.status.as_str()
        );
        return Err(Refusal::rule("G25", text));
    }
    Ok(grant.moved(GrantStatus::Disabled, None, now_ms))
}

/// RejectGrant (G3, G24–G26).
///
/// # Errors
/// The refusal of the first rule that is broken.
pub fn reject(grant: &Grant, account: &str, now_ms: i64) -> Result<Grant, Refusal> {
    check_recipient(grant, account, "reject")?;
    let status = grant.terms.status;
    let open = [GrantStatus::PendingAccept, GrantStatus::Disabled, GrantStatus::Active];
    if !open.contains(&status) {
        let text = format!("The grant is {} and cannot be rejected.", status.as_str());
        return Err(Refusal::rule("G25", text));
    }
    Ok(grant.moved(GrantStatus::Rejected, None, now_ms))
}

fn check_recipient(grant: &Grant, account: &str, verb: &str) -> Result<(), Refusal> {
    if grant.grantee.as_deref() != Some(account) {
        // The text is one that clients match on (G24).
        let caller = root_arn(account);
        let text = format!("Caller {caller} is not allowed to {verb} this grant.");
        return Err(Refusal::rule("G24", text));
    }
    if grant.is_member {
        let text = format!(
            "The grant is part of an organization's, accepted for its accounts; it cannot be \
             {verb}ed by itself. Deactivate it instead."
        );
        return Err(Refusal::rule("G26", text));
    }
    Ok(())
}

/// CreateGrantVersion (G30–G37). `allowed` is what the grant above allows at last, none below the
/// license itself.
///
/// # Errors
/// The refusal of the first rule that is broken.
pub fn amend(
    license: &License,
    grant: &Grant,
    allowed: Option<&[AllowedOperation]>,
    role: Role,
    change: Change,
    now_ms: i64,
) -> Result<Vec<Grant>, Refusal> {
    grant.check_going_on()?;
    let current = grant.version.to_string();
    if change.source_version.as_ref().is_some_and(|source| *source != current) {
        let text = format!("SourceVersion is not the current version {current}; read it again.");
        return Err(Refusal::rule("G31", text));
    }
    check_role(grant, role, &change)?;
    check_override(license, grant, role, &change)?;
    if let Some(operations) = &change.operations {
        check_operations(operations, allowed.unwrap_or(AllowedOperation::ALL))?;
        check_depth(license, grant.depth, operations)?;
    }
    let terms = Terms {
        name: change.name.unwrap_or_else(|| grant.terms.name.clone()),
        operations: change.operations.map_or_else(|| grant.terms.operations.clone(), each_once),
        status_reason: change.status_reason.or_else(|| grant.terms.status_reason.clone()),
        activation_override: change.activation_override.or(grant.terms.activation_override),
        ..grant.terms.clone()
    };
    let Some(status) = change.status else { return Ok(vec![grant.next(terms, now_ms)]) };
    check_status(grant, status)?;
    if grant.is_for_organization() {
        let terms =
            Terms { status: GrantStatus::PendingWorkflow, member_status: Some(status), ..terms };
        return Ok(through_workflow(grant.next(terms, now_ms), now_ms));
    }
    Ok(vec![grant.next(Terms { status, ..terms }, now_ms)])
}

/// Who may change what (G33).
fn check_role(grant: &Grant, role: Role, change: &Change) -> Result<(), Refusal> {
    let reshapes = change.name.is_some() || change.operations.is_some();
    let text = match role {
        Role::Grantee if reshapes => {
            "Only the grantor changes GrantName and AllowedOperations; you may set Status."
        }
        Role::Grantor if reshapes && grant.is_member => {
            "GrantName and AllowedOperations are those of the organization's grant; change it."
        }
        Role::Grantor if change.status.is_some() && is_accounts_own(grant) => {
            "Status is set by the account that received the grant."
        }
        _ => return Ok(()),
    };
    Err(Refusal::rule("G33", text))
}

/// Whether its recipient alone activates it.
fn is_accounts_own(grant: &Grant) -> bool {
    !grant.is_for_organization() && !grant.is_member
}

/// G35, G37.
fn check_override(
    license: &License,
    grant: &Grant,
    role: Role,
    change: &Change,
) -> Result<(), Refusal> {
    if change.activation_override.is_none() {
        return Ok(());
    }
    let (rule, text) = if change.status != Some(GrantStatus::Active) {
        ("G35", "Options.ActivationOverrideBehavior goes with Status ACTIVE only.")
    } else if !is_from_marketplace(license) {
        ("G35", "Options.ActivationOverrideBehavior is for licenses from AWS Marketplace only.")
    } else if role == Role::Grantee && grant.is_member && grant.terms.activation_override.is_some()
    {
        ("G37", "Options.ActivationOverrideBehavior was set by the grantor.")
    } else {
        return Ok(());
    };
    Err(Refusal::rule(rule, text))
}

/// G32, G34: ACTIVE and DISABLED, each from the other or from itself.
fn check_status(grant: &Grant, status: GrantStatus) -> Result<(), Refusal> {
    let switch = [GrantStatus::Active, GrantStatus::Disabled];
    if !switch.contains(&status) {
        return Err(Refusal::rule("G32", "Status can be set to ACTIVE or DISABLED."));
    }
    let now = grant.terms.status;
    if switch.contains(&now) || now == GrantStatus::WorkflowCompleted {
        return Ok(());
    }
    let text = format!("The grant is {}; it must be accepted first.", now.as_str());
    Err(Refusal::rule("G34", text))
}

/// DeleteGrant (G40–G42).
///
/// # Errors
/// The refusal of the first rule that is broken.
pub fn delete(
    grant: &Grant,
    account: &str,
    version: &str,
    reason: Option<String>,
    now_ms: i64,
) -> Result<Vec<Grant>, Refusal> {
    if grant.granter != account {
        let caller = root_arn(account);
        let text = format!("Caller {caller} is not allowed to delete this grant.");
        return Err(Refusal::rule("G40", text));
    }
    grant.check_going_on()?;
    if version != grant.version.to_string() {
        // The text is one that clients match on (G41).
        let text = format!(
            "A grant cannot be deleted since the version provided doesn't match the latest \
             version {} in our records",
            grant.version
        );
        return Err(Refusal::rule("G41", text));
    }
    if grant.is_member {
        let text = "The grant is part of an organization's; delete that one.";
        return Err(Refusal::rule("G40", text));
    }
    if grant.is_for_organization() {
        let pending = grant.moved(GrantStatus::PendingDelete, reason.clone(), now_ms);
        let done = pending.moved(GrantStatus::Deleted, reason, now_ms);
        return Ok(vec![pending, done]);
    }
    Ok(vec![grant.moved(GrantStatus::Deleted, reason, now_ms)])
}

/// Withdraws a grant whose grant above is over (G42), or whose account has left (G51).
pub fn withdraw(grant: &Grant, reason: &str, now_ms: i64) -> Grant {
    grant.moved(GrantStatus::Deleted, Some(reason.to_owned()), now_ms)
}

/// One account's part of an organization's grant after a change of the whole: its name, operations
/// and override are those of the whole, and its status where the change set one (G4). `None` if it
/// stays as it is.
pub fn follow(
    member: &Grant,
    whole: &Grant,
    status: Option<GrantStatus>,
    now_ms: i64,
) -> Option<Grant> {
    let terms = Terms {
        status: status.unwrap_or(member.terms.status),
        status_reason: match status {
            Some(_) => whole.terms.status_reason.clone(),
            None => member.terms.status_reason.clone(),
        },
        member_status: None,
        ..whole.terms.clone()
    };
    let differs = !member.terms.status.is_over() && member.terms != terms;
    differs.then(|| member.next(terms, now_ms))
}

/// The version in which an organization's grant is being distributed, and the one in which it has
/// been (G4, G5).
pub fn through_workflow(pending: Grant, now_ms: i64) -> Vec<Grant> {
    let reason = pending.terms.status_reason.clone();
    let done = pending.moved(GrantStatus::WorkflowCompleted, reason, now_ms);
    vec![pending, done]
}

/// What an activation does where an account has other active grants for the same Marketplace
/// product (G36): the grants that give way, or none if this one stays disabled.
///
/// # Errors
/// A rule's refusal without an override.
pub fn settle(
    behavior: Option<ActivationOverride>,
    others: &[Grant],
    now_ms: i64,
) -> Result<Option<Vec<Grant>>, Refusal> {
    if others.is_empty() {
        return Ok(Some(Vec::new()));
    }
    match behavior {
        None => {
            let text = "Another grant for the same AWS Marketplace product is active in the \
                        account; deactivate it, or set Options.ActivationOverrideBehavior.";
            Err(Refusal::rule("G36", text))
        }
        Some(ActivationOverride::DistributedGrantsOnly) => Ok(None),
        Some(ActivationOverride::AllGrantsPermittedByIssuer) => {
            let reason = Some("Another grant for the same product was activated.".to_owned());
            let give_way =
                |grant: &Grant| grant.moved(GrantStatus::Disabled, reason.clone(), now_ms);
            Ok(Some(others.iter().map(give_way).collect()))
        }
    }
}
