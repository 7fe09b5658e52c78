//! May they? From a request and the policies about it to a decision, by the public rules of policy
//! evaluation: what is not allowed is denied, and what anything denies is denied.

use std::fmt;
use std::sync::Arc;

use super::action::Action;
use super::context::Context;
use super::policy::{Effect, Kind, Policy, Statement};
use super::principal::{Principal, Reach};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: &'a Principal<'a>,
    /// For what.
    pub action: &'a Action,
    /// On what: an ARN, or `*` for actions that are about no resource.
    pub resource: &'a str,
    /// When, from where and so on.
    pub context: &'a Context<'a>,
}

/// A policy under the name that decisions show.
#[derive(Clone, Debug)]
pub struct Attached {
    /// ARN of a managed policy, or the name of an inline one.
    pub name: Arc<str>,
    /// The policy.
    pub policy: Arc<Policy>,
}

/// The policies that are about a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policies<'a> {
    /// The caller's own: of a user and its groups, or of a role.
    pub identity: &'a [Attached],
    /// What the caller's own policies may give at most.
    pub boundary: Option<&'a Attached>,
    /// What a session may do at most: given when the role was assumed.
    pub session: Option<&'a [Attached]>,
    /// That of the resource, where resources of its sort have policies.
    pub resource: Option<OfResource<'a>>,
}

/// The policy of a resource.
#[derive(Clone, Copy, Debug)]
pub struct OfResource<'a> {
    /// The resource's account.
    pub account: &'a str,
    /// Its policy; its kind says whether the caller's own policies could do without it.
    pub attached: &'a Attached,
}

/// May they?
#[derive(Clone, Copy, Debug)]
pub enum Decision<'a> {
    /// Yes: an account may do all in itself, and nothing denies.
    Root,
    /// Yes: a statement allows, within everything that limits it.
    Allowed(Source, Decider<'a>),
    /// No: a statement denies.
    ExplicitDeny(Source, Decider<'a>),
    /// No: nothing among these policies allows.
    ImplicitDeny(Source),
}

/// Which of the policies decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The caller's own.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Those of the session.
    Session,
    /// That of the resource.
    Resource,
}

/// The statement that decided.
#[derive(Clone, Copy, Debug)]
pub struct Decider<'a> {
    /// Where it stands.
    pub attached: &'a Attached,
    /// The statement.
    pub statement: &'a Statement,
}

/// What the resource has to say about a request that nothing denies.
enum OfTheResource<'a> {
    /// The caller's own policies are needed, and enough.
    Leaves,
    /// Without the resource's leave nothing is enough.
    Refuses,
    /// A statement names the caller's role: boundary and session still limit it.
    AllowsRole(Decider<'a>),
    /// A statement names the caller itself: that is enough.
    Allows(Decider<'a>),
}

/// Decides.
///
/// Within an account, a statement of the resource that names the caller itself is enough; one that
/// names its role is limited by boundary and session; one that names the account leaves it to the
/// caller's own policies. Across accounts both sides must allow. Roles and keys always must.
pub fn evaluate<'a>(request: &Request<'_>, policies: &Policies<'a>) -> Decision<'a> {
    if let Some((source, decider)) = denial(request, policies) {
        return Decision::ExplicitDeny(source, decider);
    }
    let by_role = match of_the_resource(request, policies) {
        OfTheResource::Refuses => return Decision::ImplicitDeny(Source::Resource),
        OfTheResource::Allows(decider) => return Decision::Allowed(Source::Resource, decider),
        OfTheResource::AllowsRole(decider) => Some(decider),
        OfTheResource::Leaves => None,
    };
    if matches!(request.principal, Principal::Root { .. }) {
        return Decision::Root;
    }
    let allowed = match (by_role, allowance(request, policies.identity)) {
        (Some(decider), _) => Decision::Allowed(Source::Resource, decider),
        (None, Some(decider)) => Decision::Allowed(Source::Identity, decider),
        (None, None) => return Decision::ImplicitDeny(Source::Identity),
    };
    match limit(request, policies) {
        Some(limiting) => Decision::ImplicitDeny(limiting),
        None => allowed,
    }
}

fn of_the_resource<'a>(request: &Request<'_>, policies: &Policies<'a>) -> OfTheResource<'a> {
    let account = request.principal.account();
    let Some(resource) = policies.resource else {
        // Who belongs to no account has no policies of its own.
        return if account.is_some() { OfTheResource::Leaves } else { OfTheResource::Refuses };
    };
    let is_within = account == Some(resource.account);
    let must_allow = !is_within || matches!(resource.attached.policy.kind, Kind::Trust | Kind::Key);
    match closest(request, resource.attached) {
        None if must_allow => OfTheResource::Refuses,
        None => OfTheResource::Leaves,
        Some((Reach::Direct, decider)) if is_within || account.is_none() => {
            OfTheResource::Allows(decider)
        }
        Some((Reach::Role, decider)) if is_within => OfTheResource::AllowsRole(decider),
        Some(_) => OfTheResource::Leaves,
    }
}

/// The first statement that denies.
fn denial<'a>(request: &Request<'_>, policies: &Policies<'a>) -> Option<(Source, Decider<'a>)> {
    let of_resource = policies.resource.map(|resource| resource.attached);
    let groups: [(Source, &[Attached]); 4] = [
        (Source::Identity, policies.identity),
        (Source::Boundary, policies.boundary.map_or(&[], std::slice::from_ref)),
        (Source::Session, policies.session.unwrap_or_default()),
        (Source::Resource, of_resource.map_or(&[], std::slice::from_ref)),
    ];
    groups.into_iter().find_map(|(source, attached)| {
        let mut denying = attached.iter().filter(|attached| attached.policy.has_denials);
        let decider = denying.find_map(|attached| first(request, attached, Effect::Deny))?;
        Some((source, decider))
    })
}

/// What limits the caller and does not allow the request, if anything.
fn limit(request: &Request<'_>, policies: &Policies<'_>) -> Option<Source> {
    let boundary = policies.boundary.map(std::slice::from_ref);
    let lacks = |limit: Option<&[Attached]>| {
        limit.is_some_and(|attached| allowance(request, attached).is_none())
    };
    if lacks(boundary) {
        Some(Source::Boundary)
    } else if lacks(policies.session) {
        Some(Source::Session)
    } else {
        None
    }
}

/// The first statement of these policies that allows.
fn allowance<'a>(request: &Request<'_>, attached: &'a [Attached]) -> Option<Decider<'a>> {
    attached.iter().find_map(|attached| first(request, attached, Effect::Allow))
}

/// The first statement of a policy that has this effect on the request.
fn first<'a>(request: &Request<'_>, attached: &'a Attached, effect: Effect) -> Option<Decider<'a>> {
    let mut statements = attached.policy.statements.iter();
    let statement = statements.find(|statement| {
        statement.effect == effect && statement.reach(request) != Reach::Nobody
    })?;
    Some(Decider { attached, statement })
}

/// The statement of a resource's policy that allows and names the caller most closely.
fn closest<'a>(request: &Request<'_>, attached: &'a Attached) -> Option<(Reach, Decider<'a>)> {
    let mut closest = None;
    for statement in &attached.policy.statements {
        if statement.effect == Effect::Allow {
            let reach = statement.reach(request);
            let before = closest.map_or(Reach::Nobody, |(before, _)| before);
            if reach > before {
                closest = Some((reach, Decider { attached, statement }));
            }
        }
    }
    closest
}

impl Decision<'_> {
    /// Whether it is a yes.
    pub fn is_allowed(&self) -> bool {
        match self {
            Self::Root | Self::Allowed(..) => true,
            Self::ExplicitDeny(..) | Self::ImplicitDeny(_) => false,
        }
    }

    /// Why not, in the words that follow `is not authorized to perform: <action>` (W24).
    pub fn reason(&self, action: &Action) -> String {
        match self {
            Self::Root | Self::Allowed(..) => String::new(),
            Self::ExplicitDeny(source, _) => {
                format!("with an explicit deny in {} {source}", source.article())
            }
            Self::ImplicitDeny(source) => {
                format!("because no {source} allows the {} action", action.as_str())
            }
        }
    }
}

impl<'a> Policies<'a> {
    /// Whether any of them asks for the resource's tags.
    pub fn reads_resource_tags(&self) -> bool {
        let reads = |attached: &[Attached]| {
            attached.iter().any(|attached| attached.policy.reads_resource_tags)
        };
        reads(self.identity)
            || self.boundary.is_some_and(|attached| attached.policy.reads_resource_tags)
            || self.session.is_some_and(reads)
            || self.resource.is_some_and(|of| of.attached.policy.reads_resource_tags)
    }
}

impl Source {
    fn article(self) -> &'static str {
        match self {
            Self::Identity => "an",
            Self::Boundary | Self::Session | Self::Resource => "a",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Resource => "resource-based policy",
        })
    }
}
