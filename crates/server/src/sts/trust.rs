//! Whom a role trusts: its trust policy, asked about one caller.

use std::sync::Arc;

use leasehold_core::Refusal;
use leasehold_core::iam::{
    Action, Attached, Context, Decision, Kind, OfResource, Policies, Policy, Principal, Request,
    Values, evaluate,
};
use leasehold_core::identity::{self, Details, Entity, Role};
use leasehold_core::refusal::shown;
use leasehold_core::session::Cause;
use leasehold_store::{Error, ErrorKind, Tx, iam};

use crate::access;
use crate::cx::Cx;
use crate::operation::{Failure, Outcome};

/// A role with its trust policy.
pub struct Trusting {
    /// The role.
    pub entity: Entity,
    /// What only a role has.
    pub role: Role,
    policy: Attached,
}

/// The role of this ARN, if there is one.
///
/// # Errors
/// What the database says; also when its trust policy cannot be read.
pub async fn find(tx: &mut Tx, arn: &str) -> Outcome<Option<Trusting>> {
    let Some((account, name)) = parse(arn) else { return Ok(None) };
    let found = iam::find(tx, account, identity::Kind::Role, name).await?;
    let Some(entity) = found.filter(|role| role.arn() == arn) else { return Ok(None) };
    let Details::Role(role) = entity.details.clone() else { return Ok(None) };
    let unreadable = |fault| {
        let text = format!("the trust policy of {arn} cannot be read: {fault}");
        Failure::Store(Error::new(ErrorKind::Failed, text))
    };
    let policy = Policy::parse(Kind::Trust, &role.trust).map_err(unreadable)?.by_ids(&role.trusted);
    let policy = Attached { name: arn.into(), policy: Arc::new(policy) };
    Ok(Some(Trusting { entity, role, policy }))
}

/// Account and name of a role's ARN.
fn parse(arn: &str) -> Option<(&str, &str)> {
    let (account, path) = arn.strip_prefix("arn:aws:iam::")?.split_once(":role/")?;
    path.rsplit('/').next().map(|name| (account, name))
}

/// What a caller wants to do with a role, and what its trust policy may ask about that.
pub struct Asked<'a> {
    /// Who.
    pub principal: &'a Principal<'a>,
    /// The caller's own policies.
    pub own: Policies<'a>,
    /// Which actions: assuming it, tagging the session and so on.
    pub actions: &'a [&'a str],
    /// Tags of the session.
    pub tags: &'a [(String, String)],
    /// Keys beside those that every request has.
    pub more: &'a [(&'a str, Values<'a>)],
}

/// Whether a role lets a caller do all of it.
///
/// # Errors
/// With the action that it does not.
pub fn check(cx: &Cx, trusting: &Trusting, asked: &Asked<'_>) -> Result<(), Refusal> {
    let context = Context { request_tags: asked.tags, more: asked.more, ..access::context(cx) };
    let resource =
        Some(OfResource { account: &trusting.entity.account, attached: &trusting.policy });
    let arn = trusting.entity.arn();
    for name in asked.actions {
        let action = Action::new("sts", name);
        let request = Request {
            principal: asked.principal,
            action: &action,
            resource: &arn,
            context: &context,
        };
        let decision = evaluate(&request, &Policies { resource, ..asked.own });
        if !decision.is_allowed() {
            return Err(refusal(cx, asked.principal, name, &arn, &decision));
        }
    }
    Ok(())
}

/// The text is one that clients match on (8.1).
fn refusal(
    cx: &Cx,
    principal: &Principal<'_>,
    action: &str,
    role: &str,
    decision: &Decision<'_>,
) -> Refusal {
    tracing::debug!(request_id = cx.request_id, ?decision, "a role does not trust");
    match principal {
        Principal::Federated { .. } | Principal::Anonymous => denied(action),
        _ => Cause::Denied.because(format!(
            "User: {} is not authorized to perform: sts:{action} on resource: {}",
            cx.caller.principal,
            shown(role)
        )),
    }
}

/// What whoever has no name is told, whether the role is there or not.
pub fn denied(action: &str) -> Refusal {
    Cause::Denied.because(format!("Not authorized to perform sts:{action}"))
}
