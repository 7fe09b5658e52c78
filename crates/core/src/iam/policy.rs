//! A policy, compiled: what evaluation needs of a document, in the form that it needs it.

use std::collections::BTreeMap;

use super::action::Actions;
use super::condition::Condition;
use super::evaluate::Request;
use super::fault::Fault;
use super::key::Key;
use super::parse;
use super::pattern::{Pattern, any};
use super::principal::{Named, Principals, Reach};

/// Bytes that a document of any kind may have (8.2).
pub const DOCUMENT_BYTES_MAX: usize = 131_072;
/// Size of a managed policy. Sizes are in characters without white space, as [`size`] counts.
pub const MANAGED_SIZE_MAX: usize = 6_144;
/// Size of all inline policies of a user.
pub const USER_INLINE_SIZE_MAX: usize = 2_048;
/// Size of all inline policies of a group.
pub const GROUP_INLINE_SIZE_MAX: usize = 5_120;
/// Size of all inline policies of a role.
pub const ROLE_INLINE_SIZE_MAX: usize = 10_240;
/// Size of a trust policy.
pub const TRUST_SIZE_MAX: usize = 2_048;
/// Size of a session policy.
pub const SESSION_SIZE_MAX: usize = 2_048;
/// Bytes of a key policy.
pub const KEY_BYTES_MAX: usize = 32_768;

/// What a policy is attached to. It decides which elements a document has, and what it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A user, a group or a role; also a permissions boundary, and the policies of a session.
    Identity,
    /// A role: who may assume it.
    Trust,
    /// A key: who may use it. Without it nobody may, whatever their own policies say.
    Key,
    /// Any other resource: a second way to be allowed, within an account.
    Resource,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Allows, unless anything denies.
    Allow,
    /// Denies, whatever allows.
    Deny,
}

/// A compiled policy.
#[derive(Debug)]
pub struct Policy {
    pub(super) kind: Kind,
    pub(super) statements: Box<[Statement]>,
    pub(super) has_denials: bool,
    pub(super) reads_resource_tags: bool,
}

/// One statement of a policy.
#[derive(Debug)]
pub struct Statement {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its id, if it has one.
    pub sid: Option<Box<str>>,
    /// What it does.
    pub effect: Effect,
    pub(super) actions: Actions,
    /// `None` in policies that have no such element.
    pub(super) principals: Option<Principals>,
    /// `None` in policies that have no such element.
    pub(super) resources: Option<Resources>,
    pub(super) conditions: Box<[Condition]>,
}

/// The `Resource` or `NotResource` of a statement.
#[derive(Debug)]
pub(super) struct Resources {
    pub(super) is_negated: bool,
    pub(super) patterns: Box<[Pattern]>,
}

/// Characters of a document that are not white space: what IAM's quotas count.
pub fn size(document: &str) -> usize {
    document.chars().filter(|character| !character.is_whitespace()).count()
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// What is wrong with it, and where: `MalformedPolicyDocument` on the wire.
    pub fn parse(kind: Kind, document: &str) -> Result<Self, Fault> {
        parse::document(kind, document)
    }

    /// What it is attached to.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its statements, in the order of the document.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The ARNs of users, roles and sessions that its `Principal` elements name.
    pub fn principal_arns(&self) -> impl Iterator<Item = &str> {
        let principals = self.statements.iter().filter_map(|each| each.principals.as_ref());
        principals.flat_map(|principals| &principals.names).filter_map(|name| match name {
            Named::Arn(arn) => Some(&**arn),
            Named::Everybody
            | Named::Account(_)
            | Named::Id(_)
            | Named::Federated(_)
            | Named::Service(_) => None,
        })
    }

    /// The policy with ids in place of ARNs, of those that have one here: a name that somebody
    /// else gets later, or that was given up, then says nothing any more.
    #[must_use]
    pub fn by_ids(mut self, ids: &BTreeMap<String, String>) -> Self {
        let principals = self.statements.iter_mut().filter_map(|each| each.principals.as_mut());
        for name in principals.flat_map(|principals| principals.names.iter_mut()) {
            if let Named::Arn(arn) = name
                && let Some(id) = ids.get(&**arn)
            {
                *name = Named::Id(id.as_str().into());
            }
        }
        self
    }

    /// The condition keys that it asks for, in conditions and in variables; with repetitions.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.statements.iter().flat_map(Statement::keys)
    }
}

impl Statement {
    /// Whether the statement is about a request, and how closely it names the caller; a statement
    /// without `Principal` is about whoever it is attached to.
    pub(super) fn reach(&self, request: &Request<'_>) -> Reach {
        if !self.actions.cover(request.action) {
            return Reach::Nobody;
        }
        let reach = self.principals.as_ref().map(|principals| principals.reach(request.principal));
        let reach = reach.unwrap_or(Reach::Direct);
        let is_about = reach != Reach::Nobody
            && self.resources.as_ref().is_none_or(|named| named.cover(request, self.effect))
            && self.conditions.iter().all(|condition| condition.holds(request, self.effect));
        if is_about { reach } else { Reach::Nobody }
    }

    /// The condition keys that it asks for.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        let keys = self.conditions.iter().map(|condition| &condition.key);
        let variables = self.patterns().flat_map(Pattern::variables);
        keys.chain(variables.map(|variable| &variable.key))
    }

    /// All its patterns.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let resources = self.resources.iter().flat_map(|resources| resources.patterns.iter());
        let conditions = self.conditions.iter().flat_map(Condition::patterns);
        self.actions.patterns().chain(resources).chain(conditions)
    }
}

impl Resources {
    fn cover(&self, request: &Request<'_>, effect: Effect) -> bool {
        let resolve = |variable| request.resolve(variable);
        match any(&self.patterns, |pattern| pattern.matches(request.resource, resolve)) {
            Some(matches) => matches != self.is_negated,
            // A variable without a value: decided against the caller.
            None => self.is_negated && effect == Effect::Deny,
        }
    }
}
