//! What a user, a role or a group may do: its policies, compiled.

use std::sync::Arc;

use leasehold_core::iam::{self, Attached, Managed, Policies, Policy};
use leasehold_core::identity::{Entity, PolicyArn};
use leasehold_core::session::Session;
use leasehold_store::iam::policy::{self as store, Held};
use leasehold_store::{Error, ErrorKind, Result, Tx, tag};

/// What a principal may do. Without any it is nothing, but for an account's root.
#[derive(Debug, Default)]
pub struct Rights {
    /// Its own policies, and those of its groups.
    pub identity: Vec<Attached>,
    /// What they may give at most.
    pub boundary: Option<Attached>,
    /// What a session may do at most, if it is limited.
    pub session: Option<Vec<Attached>>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

impl Rights {
    /// Those of a user, a role or a group.
    ///
    /// # Errors
    /// What the database says. Also when a policy that is kept cannot be read, for it might be one
    /// that denies.
    pub async fn of(tx: &mut Tx, entity: &Entity) -> Result<Self> {
        let mut identity = Vec::new();
        for held in store::held(tx, &entity.id).await? {
            let name = name_of(&held, entity);
            let document = match &held.document {
                Some(document) => document,
                None => Managed::find(&held.name).ok_or_else(|| unreadable(&name))?.document,
            };
            identity.push(compile(name, document)?);
        }
        let boundary = match &entity.boundary {
            Some(arn) => Some(boundary(tx, arn).await?),
            None => None,
        };
        Ok(Self { identity, boundary, session: None, tags: tag::list(tx, &entity.id).await? })
    }

    /// Those of a session, of a user or a role.
    ///
    /// # Errors
    /// As [`Rights::of`].
    pub async fn of_session(tx: &mut Tx, entity: &Entity, session: &Session) -> Result<Self> {
        let mut rights = Self::of(tx, entity).await?;
        if session.policy.is_some() || !session.policy_arns.is_empty() {
            let mut limits = Vec::new();
            for arn in &session.policy_arns {
                // One that is gone allows nothing.
                if let Some(document) = managed(tx, arn).await? {
                    limits.push(compile(arn.clone(), &document)?);
                }
            }
            if let Some(policy) = &session.policy {
                limits.push(compile("session".to_owned(), policy)?);
            }
            rights.session = Some(limits);
        }
        // Where both have a tag, the session's counts.
        rights.tags.retain(|(key, _)| !session.tags.iter().any(|(other, _)| other == key));
        rights.tags.extend(session.tags.iter().cloned());
        Ok(rights)
    }

    /// As the evaluation takes them.
    pub fn policies(&self) -> Policies<'_> {
        let boundary = self.boundary.as_ref();
        let session = self.session.as_deref();
        Policies { identity: &self.identity, boundary, session, resource: None }
    }
}

/// What decisions show: the ARN of a managed policy; whose an inline policy is, and its name.
fn name_of(held: &Held, entity: &Entity) -> String {
    let kind = entity.details.kind().as_str();
    match held.is_managed {
        true => held.name.clone(),
        false if held.holder == entity.id => format!("{kind}/{}", held.name),
        false => format!("group/{}", held.name),
    }
}

async fn boundary(tx: &mut Tx, arn: &str) -> Result<Attached> {
    let document = managed(tx, arn).await?;
    compile(arn.to_owned(), &document.ok_or_else(|| unreadable(arn))?)
}

/// What a managed policy says, if it is there.
async fn managed(tx: &mut Tx, arn: &str) -> Result<Option<String>> {
    if let Some(managed) = Managed::find(arn) {
        return Ok(Some(managed.document.to_owned()));
    }
    let parsed = PolicyArn::parse(arn).map_err(|_| unreadable(arn))?;
    store::default_document(tx, parsed.account, parsed.name).await
}

fn compile(name: String, document: &str) -> Result<Attached> {
    let policy = Policy::parse(iam::Kind::Identity, document).map_err(|_| unreadable(&name))?;
    Ok(Attached { name: name.into(), policy: Arc::new(policy) })
}

fn unreadable(name: &str) -> Error {
    Error::new(ErrorKind::Failed, format!("the policy {name} cannot be read"))
}
