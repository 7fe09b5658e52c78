//! AssumeRole and GetSessionToken: credentials for who is known.

use leasehold_core::iam::{Value, Values};
use leasehold_core::refusal::shown;
use leasehold_core::session::{Cause, Of, ROOT_LIFE_MAX_S, USER_LIFE_DEFAULT_S, role_life_s};
use leasehold_core::{Refusal, tag};
use leasehold_store::Tx;

use super::credentials::{self, Load};
use super::shapes;
use super::trust::{self, Asked};
use crate::auth::Principal;
use crate::cx::Cx;
use crate::operation::Outcome;
use crate::rights::Rights;
use crate::shape::RoleSessionDuration;

/// 8.1.
pub async fn assume_role(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::AssumeRoleRequest,
) -> Outcome<shapes::AssumeRoleResponse> {
    check_factors(it.serial_number.as_deref(), it.token_code.as_deref())?;
    if it.provided_contexts.is_some() {
        let text = "ProvidedContexts: there are no providers of contexts here.";
        return Err(Cause::Validation.because(text).into());
    }
    // Whether there is the role is nothing that a stranger learns: what does not depend on it is
    // checked before, what does when it trusts the caller.
    let carried = carried(cx, it)?;
    let trusting = trust::find(tx, &it.role_arn).await?;
    let trusting = trusting.ok_or_else(|| denied(cx, &it.role_arn))?;
    let (rights, _) = Rights::of_caller(tx, &cx.caller).await?;
    check_trust(cx, it, &trusting, &carried, &rights)?;
    let load =
        carried.limited(&trusting.entity, it.policy.as_deref(), it.policy_arns.as_deref())?;
    let earlier = cx.caller.session.as_ref();
    let is_chained = earlier.is_some_and(|session| session.is_of_role());
    let asked_s = it.duration_seconds.map(|RoleSessionDuration(seconds)| seconds);
    let life_s = role_life_s(asked_s, &trusting.role, is_chained)?;
    let packed_policy_size = load.packed();
    let source_identity = load.source_identity.as_deref().map(Into::into);
    let role = &trusting.entity;
    let of = Of::Role(role.id.clone(), it.role_session_name.0.clone());
    Ok(shapes::AssumeRoleResponse {
        credentials: Some(credentials::make(cx, &role.account, of, life_s, load)?),
        assumed_role_user: Some(credentials::assumed(role, &it.role_session_name)),
        packed_policy_size,
        source_identity,
    })
}

/// What the session carries: what is asked, and what the caller's own session hands on.
fn carried(cx: &Cx, it: &shapes::AssumeRoleRequest) -> Result<Load, Refusal> {
    let asked = it.tags.iter().flat_map(|tags| tags.0.iter());
    let mut tags: Vec<_> = asked.map(|tag| (tag.key.0.clone(), tag.value.0.clone())).collect();
    tag::check(&tags).map_err(|refusal| Cause::Validation.because(refusal.message))?;
    let keys = it.transitive_tag_keys.iter().flat_map(|keys| keys.0.iter());
    let mut transitive: Vec<_> = keys.map(|key| key.0.clone()).collect();
    check_distinct(&tags)?;
    let is_given = |key: &str| tags.iter().any(|(other, _)| other.eq_ignore_ascii_case(key));
    if let Some(key) = transitive.iter().find(|key| !is_given(key)) {
        let text = format!("TransitiveTagKeys: '{key}' is not the key of a tag in Tags.");
        return Err(Cause::Validation.because(text));
    }
    let earlier = cx.caller.session.as_ref();
    if let Some(earlier) = earlier {
        let known = &earlier.transitive;
        let handed_on = |key: &str| known.iter().any(|other| other.eq_ignore_ascii_case(key));
        if let Some((key, _)) = tags.iter().find(|(key, _)| handed_on(key)) {
            let text = format!("Tags: '{key}' is handed on by this session and cannot be changed.");
            return Err(Cause::Validation.because(text));
        }
        tags.extend(earlier.tags.iter().filter(|(key, _)| handed_on(key)).cloned());
        transitive.extend(earlier.transitive.iter().cloned());
    }
    let known = earlier.and_then(|session| session.source_identity.clone());
    let asked = it.source_identity.as_ref().map(|it| it.0.clone());
    if known.is_some() && asked.is_some() && known != asked {
        let text = "SourceIdentity: this session has another one, which cannot be changed.";
        return Err(Cause::Validation.because(text));
    }
    Ok(Load {
        tags,
        transitive,
        source_identity: known.or(asked),
        // What a session of a license's token can use, the next one can use, and no more (C9).
        web_identity: earlier.and_then(|session| session.web_identity.clone()),
        ..Load::default()
    })
}

/// Keys of tags differ by more than case: policies find them in any case.
fn check_distinct(tags: &[(String, String)]) -> Result<(), Refusal> {
    for (index, (key, _)) in tags.iter().enumerate() {
        let mut others = tags.iter().take(index);
        if others.any(|(other, _)| other.eq_ignore_ascii_case(key)) {
            let text = format!("Tags: '{key}' stands twice; keys differ by more than case.");
            return Err(Cause::Validation.because(text));
        }
    }
    Ok(())
}

/// The trust policy, and the caller's own where that is needed.
fn check_trust(
    cx: &Cx,
    it: &shapes::AssumeRoleRequest,
    trusting: &trust::Trusting,
    load: &Load,
    rights: &Rights,
) -> Result<(), Refusal> {
    let mut actions = vec!["AssumeRole"];
    let mut more = vec![("sts:RoleSessionName", Values::One(Value::Text(&it.role_session_name)))];
    if !load.tags.is_empty() {
        actions.push("TagSession");
    }
    if let Some(identity) = &load.source_identity {
        actions.push("SetSourceIdentity");
        more.push(("sts:SourceIdentity", Values::One(Value::Text(identity))));
    }
    if let Some(id) = &it.external_id {
        more.push(("sts:ExternalId", Values::One(Value::Text(id))));
    }
    let keys: Vec<_> = load.transitive.iter().map(|key| Value::Text(key)).collect();
    more.push(("sts:TransitiveTagKeys", Values::Many(&keys)));
    let asked = Asked {
        principal: &cx.caller.for_policies(rights),
        own: rights.policies(),
        actions: &actions,
        tags: &load.tags,
        more: &more,
    };
    trust::check(cx, trusting, &asked)
}

/// A role that is not there answers as one that does not trust.
fn denied(cx: &Cx, role: &str) -> Refusal {
    Cause::Denied.because(format!(
        "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
        cx.caller.principal,
        shown(role)
    ))
}

/// 8.1. The session is of who calls, and may do as much.
pub async fn get_session_token(
    _: &mut Tx,
    cx: &Cx,
    it: &shapes::GetSessionTokenRequest,
) -> Outcome<shapes::GetSessionTokenResponse> {
    check_factors(it.serial_number.as_deref(), it.token_code.as_deref())?;
    if cx.caller.session.is_some() {
        let text = "Cannot call GetSessionToken with session credentials";
        return Err(Cause::Denied.because(text).into());
    }
    let asked_s = it.duration_seconds.map(|it| it.0);
    let (of, life_s) = match &cx.caller.who {
        Principal::User { id, .. } => {
            (Of::User(id.clone()), asked_s.unwrap_or(USER_LIFE_DEFAULT_S))
        }
        // As AWS does, a root's longer wish is cut.
        _ => (Of::Root, asked_s.unwrap_or(ROOT_LIFE_MAX_S).min(ROOT_LIFE_MAX_S)),
    };
    let account = &cx.caller.account;
    let made = credentials::make(cx, account, of, life_s, Load::default())?;
    Ok(shapes::GetSessionTokenResponse { credentials: Some(made) })
}

/// There are no second factors here; nobody is to believe that one was checked.
fn check_factors(serial: Option<&str>, code: Option<&str>) -> Result<(), Refusal> {
    if serial.is_none() && code.is_none() {
        return Ok(());
    }
    let text = "MultiFactorAuthentication failed: this server has no second factors.";
    Err(Cause::Denied.because(text))
}
