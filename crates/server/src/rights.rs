//! What a user, a role or a group may do: its policies, compiled.

use std::sync::Arc;

use leasehold_core::iam::{self, Attached, Managed, Policies, Policy};
use leasehold_core::identity::{Entity, PolicyArn};
use leasehold_core::session::Session;
use leasehold_store::iam::policy::{self as store, Held};
use leasehold_store::{Error, ErrorKind, Result, Tx, iam as iam_store, tag};

use crate::auth::Caller;

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
        Ok(Self::read(tx, entity).await?.0)
    }

    /// Those of a caller, with the bytes of all documents and tags. Who has been deleted just now
    /// may nothing any more.
    ///
    /// # Errors
    /// As [`Rights::of`].
    pub async fn of_caller(tx: &mut Tx, caller: &Caller) -> Result<(Self, usize)> {
        let Some(id) = caller.entity_id() else { return Ok(Default::default()) };
        let Some(entity) = iam_store::by_id(tx, id).await? else { return Ok(Default::default()) };
        let (rights, bytes) = Self::read(tx, &entity).await?;
        match &caller.session {
            None => Ok((rights, bytes)),
            Some(session) => rights.limited(tx, session, bytes).await,
        }
    }

    async fn read(tx: &mut Tx, entity: &Entity) -> Result<(Self, usize)> {
        let (mut identity, mut bytes) = (Vec::new(), 0);
        for held in store::held(tx, &entity.id).await? {
            let name = name_of(&held, entity);
            let document = match &held.document {
                Some(document) => document,
                None => Managed::find(&held.name).ok_or_else(|| unreadable(&name))?.document,
            };
            bytes += document.len();
            identity.push(compile(name, document)?);
        }
        let boundary = match &entity.boundary {
            Some(arn) => {
                let document = boundary(tx, arn).await?;
                bytes += document.len();
                Some(compile(arn.clone(), &document)?)
            }
            None => None,
        };
        let tags = tag::list(tx, &entity.id).await?;
        bytes += bytes_of(&tags);
        Ok((Self { identity, boundary, session: None, tags }, bytes))
    }

    /// By the policies of a session, and with its tags.
    async fn limited(
        mut self,
        tx: &mut Tx,
        session: &Session,
        mut bytes: usize,
    ) -> Result<(Self, usize)> {
        if session.policy.is_some() || !session.policy_arns.is_empty() {
            let mut limits = Vec::new();
            for arn in &session.policy_arns {
                // One that is gone allows nothing.
                if let Some(document) = managed(tx, arn).await? {
                    bytes += document.len();
                    limits.push(compile(arn.clone(), &document)?);
                }
            }
            if let Some(policy) = &session.policy {
                bytes += policy.len();
                limits.push(compile("session".to_owned(), policy)?);
            }
            self.session = Some(limits);
        }
        // Where both have a tag, in whatever case, the session's counts.
        let is_of_session =
            |key: &str| session.tags.iter().any(|(other, _)| other.eq_ignore_ascii_case(key));
        self.tags.retain(|(key, _)| !is_of_session(key));
        self.tags.extend(session.tags.iter().cloned());
        bytes += bytes_of(&session.tags);
        Ok((self, bytes))
    }

    /// As the evaluation takes them.
    pub fn policies(&self) -> Policies<'_> {
        let boundary = self.boundary.as_ref();
        let session = self.session.as_deref();
        Policies { identity: &self.identity, boundary, session, resource: None }
    }
}

fn bytes_of(tags: &[(String, String)]) -> usize {
    tags.iter().map(|(key, value)| key.len() + value.len()).sum()
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

async fn boundary(tx: &mut Tx, arn: &str) -> Result<String> {
    managed(tx, arn).await?.ok_or_else(|| unreadable(arn))
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
