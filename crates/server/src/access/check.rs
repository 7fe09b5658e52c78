//! The question itself: from a caller, its policies and the circumstances to yes or no.

use std::net::IpAddr;

use leasehold_core::iam::{self, Action, Context, OfResource, Policies, Request, Value, Values};
use leasehold_core::refusal::shown;
use leasehold_core::session::WebIdentity;
use leasehold_core::{Kind, Refusal};

use super::asked::{self, Asked};
use super::target::targets;
use super::{Access, Checked, Resource};
use crate::auth::Principal;
use crate::cx::Cx;
use crate::operation::Outcome;
use crate::rights::Rights;
use crate::server::{Served, Server};

/// Bytes of `User-Agent` that policies see: what clients may make long, patterns make slow.
const USER_AGENT_BYTES_MAX: usize = 256;

/// Where a request comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Peer {
    /// The address at the other end of the connection; `aws:SourceIp`.
    pub ip: Option<IpAddr>,
    /// Whether it came over TLS of this server; `aws:SecureTransport`.
    pub is_secure: bool,
}

/// Refuses what the caller's policies, or those of the resource, do not allow (W24). Says what the
/// names in the request stood for, where they may come to stand for something else.
///
/// # Errors
/// The refusal, or what the database says.
pub async fn check(
    server: &Server,
    cx: &Cx,
    served: &Served,
    asked: &Asked,
    user_agent: Option<&str>,
) -> Outcome<Option<Checked>> {
    let Access::On(resource) = served.operation.access else { return Ok(None) };
    asked.check()?;
    let has_policy = matches!(resource, Resource::Key(_) | Resource::Alias);
    let none = Rights::default();
    let known;
    let rights = match &cx.caller.who {
        // Nothing denies an account's root what only its own policies could.
        Principal::Root if !has_policy => return Ok(None),
        Principal::Root => &none,
        _ => {
            known = server.rights.of(&cx.caller).await?;
            &*known
        }
    };
    let question = Question {
        cx,
        asked,
        principal: cx.caller.for_policies(rights),
        tag_keys: asked.tag_keys.iter().map(|key| Value::Text(key)).collect(),
        provider: provider(cx),
        user_agent: user_agent.map(cut),
    };
    let mut checked = None;
    // Tags that something gets when it is made need a permission of their own.
    let tagging = served.tagging.as_ref().filter(|_| !asked.tags.is_empty());
    if resource == Resource::Any {
        question.ask(&served.action, "*", &[], None, rights.policies())?;
    } else {
        let of_the_same = tagging.filter(|(_, made)| made.arn.is_none()).map(|(action, _)| action);
        let mut tx = server.store.read().await?;
        let targets = targets(&mut tx, cx, resource, asked).await?;
        for target in &targets {
            let mut policies = rights.policies();
            policies.resource =
                target.policy.as_ref().map(|(account, attached)| OfResource { account, attached });
            let tags = match policies.reads_resource_tags() {
                true => target.tags(&mut tx, &cx.caller.account).await?,
                false => Vec::new(),
            };
            let boundary = target.boundary.as_deref();
            for action in std::iter::once(&served.action).chain(of_the_same) {
                question.ask(action, &target.arn, &tags, boundary, policies)?;
            }
        }
        checked = resource.checked(targets);
    }
    if let Some((action, made)) = tagging
        && let Some(arn) = made.arn(&cx.region, &cx.caller.account)
    {
        question.ask(action, &arn, &[], None, rights.policies())?;
    }
    Ok(checked)
}

/// What is the same for all resources of a request.
struct Question<'a> {
    cx: &'a Cx,
    asked: &'a Asked,
    principal: iam::Principal<'a>,
    tag_keys: Vec<Value<'a>>,
    /// Who vouched for the caller's web identity.
    provider: Option<String>,
    user_agent: Option<&'a str>,
}

impl Question<'_> {
    fn ask(
        &self,
        action: &Action,
        resource: &str,
        resource_tags: &[(String, String)],
        boundary: Option<&str>,
        policies: Policies<'_>,
    ) -> Result<(), Refusal> {
        // A boundary that is given counts before the one that is there.
        let boundary = self.asked.member(asked::BOUNDARY).or(boundary);
        let policy = self.asked.member(asked::POLICY_ARN);
        let more = [
            ("aws:TagKeys", Values::Many(&self.tag_keys)),
            ("aws:FederatedProvider", text(self.provider.as_deref())),
            ("iam:AWSServiceName", text(self.asked.member(asked::SERVICE_NAME))),
            ("iam:PolicyARN", text(policy)),
            ("iam:PermissionsBoundary", text(boundary)),
        ];
        let context = Context {
            request_tags: &self.asked.tags,
            resource_tags,
            user_agent: self.user_agent,
            more: &more,
            ..context(self.cx)
        };
        let request = Request { principal: &self.principal, action, resource, context: &context };
        let decision = iam::evaluate(&request, &policies);
        if decision.is_allowed() {
            return Ok(());
        }
        let caller = &self.cx.caller.principal;
        let (action_name, reason) = (action.as_str(), decision.reason(action));
        let on = if resource == "*" {
            String::new()
        } else {
            format!(" on resource: {}", shown(resource))
        };
        let text =
            format!("User: {caller} is not authorized to perform: {action_name}{on} {reason}");
        Err(Refusal::new(Kind::Denied, "W24", text))
    }
}

/// The circumstances that every request has.
pub fn context(cx: &Cx) -> Context<'_> {
    Context {
        now_ms: cx.now_ms,
        source_ip: cx.peer.ip,
        is_secure: cx.peer.is_secure,
        region: Some(&cx.region),
        organization_path: cx.caller.organization_path.as_deref(),
        // There are no second factors here.
        has_mfa: cx.caller.session.as_ref().map(|_| false),
        token_issued_at_ms: cx.caller.session.as_ref().map(|session| session.issued_at_ms),
        ..Context::default()
    }
}

/// As trust policies name the provider: a host name, or an ARN.
fn provider(cx: &Cx) -> Option<String> {
    let WebIdentity { issuer, license, .. } = cx.caller.session.as_ref()?.web_identity.as_ref()?;
    Some(match license {
        Some(_) => issuer.clone(),
        None => format!("arn:aws:iam::{}:oidc-provider/{issuer}", cx.caller.account),
    })
}

/// A key's value; no values are as good as no key.
fn text(text: Option<&str>) -> Values<'_> {
    text.map_or(Values::Many(&[]), |text| Values::One(Value::Text(text)))
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(USER_AGENT_BYTES_MAX)).unwrap_or(text)
}
