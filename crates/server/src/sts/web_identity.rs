//! AssumeRoleWithWebIdentity: credentials for whoever has a token that a role trusts, of this
//! server's issuer or of an OpenID Connect provider of the role's account.

use leasehold_core::Refusal;
use leasehold_core::iam::{Policies, Principal, Value, Values};
use leasehold_core::refusal::shown;
use leasehold_core::session::{Cause, Of, WebIdentity, role_life_s};
use leasehold_core::token::Use;
use leasehold_store::Error;
use serde::Deserialize;

use super::credentials::{self, Load};
use super::shapes;
use super::trust::{self, Asked, Trusting};
use crate::cx::Cx;
use crate::federation::{self, Claims, OneOrMany};
use crate::issuer::Bad;
use crate::jwt::Parts;
use crate::operation::{Failure, Outcome};
use crate::server::Server;
use crate::shape::RoleSessionDuration;

/// The action that a trust policy must allow.
const ACTION: &str = "AssumeRoleWithWebIdentity";

/// Whom a token is about, verified.
struct Verified {
    /// As trust policies name who vouches: a host name, or the ARN of a provider.
    provider: String,
    identity: WebIdentity,
    issuer_url: String,
}

/// 8.1, T6, T17.
pub async fn assume_role(
    server: &Server,
    cx: &Cx,
    it: &shapes::AssumeRoleWithWebIdentityRequest,
) -> Outcome<shapes::AssumeRoleWithWebIdentityResponse> {
    if it.provider_id.is_some() {
        let text = "ProviderId: only tokens of OpenID Connect are known here; leave it out.";
        return Err(Cause::Validation.because(text).into());
    }
    let verified = verify(server, cx, it).await?;
    let WebIdentity { issuer, sub, token, .. } = &verified.identity;
    server.throttles.sessions.check(&[issuer, token.as_ref().unwrap_or(sub)])?;
    let mut tx = server.store.read().await?;
    let found = trust::find(&mut tx, &it.role_arn).await?;
    drop(tx);
    let trusting = found.ok_or_else(|| trust::denied(ACTION))?;
    check_trust(cx, it, &trusting, &verified)?;
    let asked_s = it.duration_seconds.map(|RoleSessionDuration(seconds)| seconds);
    let life_s = role_life_s(asked_s, &trusting.role, false)?;
    let role = &trusting.entity;
    let Verified { identity, issuer_url, .. } = verified;
    let (subject, audience) = (identity.sub.clone(), identity.aud.clone());
    let load = Load { web_identity: Some(identity), ..Load::default() };
    let load = load.limited(role, it.policy.as_deref(), it.policy_arns.as_deref())?;
    let packed_policy_size = load.packed();
    let of = Of::Role(role.id.clone(), it.role_session_name.0.clone());
    Ok(shapes::AssumeRoleWithWebIdentityResponse {
        credentials: Some(credentials::make(cx, &role.account, of, life_s, load)?),
        subject_from_web_identity_token: Some(subject.into()),
        assumed_role_user: Some(credentials::assumed(role, &it.role_session_name)),
        packed_policy_size,
        provider: Some(issuer_url),
        audience: Some(audience),
        source_identity: None,
    })
}

async fn verify(
    server: &Server,
    cx: &Cx,
    it: &shapes::AssumeRoleWithWebIdentityRequest,
) -> Outcome<Verified> {
    #[derive(Deserialize)]
    struct Issued {
        iss: String,
    }
    // Files of tokens are often written by commands that end them with a line break.
    let token = it.web_identity_token.trim_ascii();
    let parts = Parts::read(token).ok_or_else(invalid)?;
    let Issued { iss } = serde_json::from_slice(&parts.payload).map_err(|_| invalid())?;
    if iss == server.issuer.url() {
        return of_ours(server, cx, token).await;
    }
    of_others(server, cx, &parts, &iss, &it.role_arn).await
}

/// A token of our issuer: an access token, and no other (T6).
async fn of_ours(server: &Server, cx: &Cx, token: &str) -> Outcome<Verified> {
    let verified = server.issuer.verify(token, Use::AccessToken, cx.now_ms).await;
    let verified = verified.map_err(|fault| Failure::Store(Error::failed(fault)))?;
    let claims = verified.map_err(|bad| match bad {
        Bad::Invalid => invalid(),
        Bad::Expired => expired(),
    })?;
    Ok(Verified {
        provider: server.issuer.name().to_owned(),
        identity: WebIdentity {
            issuer: server.issuer.name().to_owned(),
            sub: claims.sub,
            license: Some(claims.aud.clone()),
            aud: claims.aud,
            amr: claims.amr,
            token: claims.token_id,
        },
        issuer_url: claims.iss,
    })
}

/// A token of a provider that the role's account knows.
async fn of_others(
    server: &Server,
    cx: &Cx,
    parts: &Parts<'_>,
    iss: &str,
    role_arn: &str,
) -> Outcome<Verified> {
    let mut tx = server.store.read().await?;
    let known = federation::provider(&mut tx, iss, role_arn).await?;
    drop(tx);
    let (entity, provider) = known.ok_or_else(|| {
        let iss = shown(iss);
        let text = format!("No OpenIDConnect provider found in your account for {iss}");
        Cause::InvalidIdentityToken.because(text)
    })?;
    let kid = parts.header.kid.as_deref();
    let keys = server.providers.keys(&entity.name, kid).await.map_err(|fault| {
        tracing::warn!(request_id = cx.request_id, iss, fault, "a provider's keys cannot be had");
        let text = "Couldn't retrieve verification key from your identity provider,  please \
                    reference AssumeRoleWithWebIdentity documentation for requirements";
        Cause::ProviderUnreachable.because(text)
    })?;
    if !keys.named(kid).any(|key| parts.is_signed_by(key)) {
        return Err(invalid().into());
    }
    let claims: Claims = serde_json::from_slice(&parts.payload).map_err(|_| invalid())?;
    if claims.is_over(cx.now_ms) {
        return Err(expired().into());
    }
    if claims.is_early(cx.now_ms) || !claims.has_subject() {
        return Err(invalid().into());
    }
    let audience = claims.audience(&provider.client_ids);
    let aud =
        audience.ok_or_else(|| Cause::InvalidIdentityToken.because("Incorrect token audience"))?;
    Ok(Verified {
        provider: entity.arn(),
        identity: WebIdentity {
            issuer: entity.name,
            sub: claims.sub,
            aud,
            amr: claims.amr.map_or_else(Vec::new, OneOrMany::into_vec),
            token: claims.jti,
            license: None,
        },
        issuer_url: iss.to_owned(),
    })
}

/// The trust policy, which knows the token's claims by the issuer's name (section 8).
fn check_trust(
    cx: &Cx,
    it: &shapes::AssumeRoleWithWebIdentityRequest,
    trusting: &Trusting,
    verified: &Verified,
) -> Result<(), Refusal> {
    let WebIdentity { issuer, sub, aud, amr, .. } = &verified.identity;
    let key = |claim: &str| format!("{issuer}:{claim}");
    let (sub_key, aud_key, amr_key) = (key("sub"), key("aud"), key("amr"));
    let amr: Vec<_> = amr.iter().map(|value| Value::Text(value)).collect();
    let more = [
        (sub_key.as_str(), Values::One(Value::Text(sub))),
        (aud_key.as_str(), Values::One(Value::Text(aud))),
        (amr_key.as_str(), Values::Many(&amr)),
        ("sts:RoleSessionName", Values::One(Value::Text(&it.role_session_name))),
    ];
    let asked = Asked {
        principal: &Principal::Federated { provider: &verified.provider },
        own: Policies::default(),
        actions: &[ACTION],
        tags: &[],
        more: &more,
    };
    trust::check(cx, trusting, &asked)
}

/// One answer to every token that cannot be believed.
fn invalid() -> Refusal {
    let text = "The web identity token that was passed could not be validated.";
    Cause::InvalidIdentityToken.because(text)
}

fn expired() -> Refusal {
    Cause::ExpiredToken.because("The web identity token that was passed is expired; get a new one.")
}
