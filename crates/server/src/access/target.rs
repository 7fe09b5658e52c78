//! Which resources a request is on, by their ARNs, and what they themselves say of it.

use std::sync::Arc;

use leasehold_core::account::root_arn;
use leasehold_core::iam::{self, Attached};
use leasehold_core::identity::{Entity, Kind, PolicyArn, SERVICE_PATH, provider_name};
use leasehold_core::key;
use leasehold_store::{Error, ErrorKind, Result, Tx, account, iam as store, tag};

use super::asked::{self, Asked};
use super::{Checked, Resource};
use crate::auth::Principal;
use crate::cx::Cx;
use crate::kms;

/// Of resources that a request does not name.
const ANY: &str = "*";
/// What decisions call the policy of a key.
const KEY_POLICY: &str = "default";

/// A resource that the caller needs a permission on.
#[derive(Debug, Default)]
pub struct Target {
    /// Its ARN, or `*`.
    pub arn: String,
    /// Of what IAM has and its ARN names, what it is.
    pub kind: Option<Kind>,
    /// What its tags hang on in the database.
    pub tagged: Option<String>,
    /// Its account and its policy, where it has one.
    pub policy: Option<(String, Attached)>,
    /// The boundary that it has: `iam:PermissionsBoundary`.
    pub boundary: Option<String>,
}

impl Resource {
    /// What is to be the same when the operation runs. ARNs always are, but for IAM's, which have
    /// names in them.
    pub fn checked(self, targets: Vec<Target>) -> Option<Checked> {
        let kind = match self {
            Self::Entity(kind) => Some(kind),
            Self::Arn(_) => Some(targets.first()?.kind?),
            Self::Key(_) | Self::Alias => None,
            Self::Any | Self::UserOfKey(_) | Self::RolesOf(_) => return None,
        };
        Some(Checked { kind, ids: targets.into_iter().filter_map(|each| each.tagged).collect() })
    }
}

impl Target {
    fn new(arn: String) -> Self {
        Self { arn, ..Self::default() }
    }

    /// Its tags. Those of another account's resource count only for what its own policy says.
    ///
    /// # Errors
    /// What the database says.
    pub async fn tags(&self, tx: &mut Tx, account: &str) -> Result<Vec<(String, String)>> {
        let is_own = self.arn.split(':').nth(4) == Some(account);
        match &self.tagged {
            Some(tagged) if is_own || self.policy.is_some() => tag::list(tx, tagged).await,
            Some(_) | None => Ok(Vec::new()),
        }
    }
}

/// The resources of a request. Each must be allowed.
///
/// # Errors
/// What the database says, and a policy of a key that cannot be read.
pub async fn targets(
    tx: &mut Tx,
    cx: &Cx,
    resource: Resource,
    asked: &Asked,
) -> Result<Vec<Target>> {
    Ok(match resource {
        Resource::Any => vec![Target::new(ANY.to_owned())],
        Resource::Arn(member) => vec![by_arn(tx, cx, asked.member(member)).await?],
        Resource::Entity(kind) => entity(tx, cx, kind, asked).await?,
        Resource::Key(member) => vec![by_key(tx, cx, asked.member(member)).await?],
        Resource::Alias => alias(tx, cx, asked).await?,
        Resource::UserOfKey(member) => vec![user_of(tx, cx, asked.member(member)).await?],
        Resource::RolesOf(member) => {
            let service = asked.member(member).unwrap_or(ANY);
            let path = format!("{SERVICE_PATH}{service}/");
            vec![Target::new(arn_of(&cx.caller.account, Kind::Role, &path, ANY))]
        }
    })
}

async fn by_arn(tx: &mut Tx, cx: &Cx, arn: Option<&str>) -> Result<Target> {
    let arn = arn.unwrap_or(ANY);
    let account = &cx.caller.account;
    // What IAM has hangs on ids.
    let named = if let Some(name) = provider_name(arn, account) {
        Some((Kind::Provider, name))
    } else {
        let policy = PolicyArn::parse(arn).ok().filter(|it| it.account == *account);
        policy.map(|it| (Kind::Policy, it.name))
    };
    let Some((kind, name)) = named else {
        return Ok(Target { tagged: Some(arn.to_owned()), ..Target::new(arn.to_owned()) });
    };
    let found = store::find(tx, account, kind, name).await?;
    let tagged = found.filter(|found| found.arn() == arn).map(|found| found.id);
    Ok(Target { kind: Some(kind), tagged, ..Target::new(arn.to_owned()) })
}

/// The user whose key this is, or the account's root. A key that is nobody's here is on nothing.
async fn user_of(tx: &mut Tx, cx: &Cx, key: Option<&str>) -> Result<Target> {
    let account = &cx.caller.account;
    let found = account::find_key(tx, key.unwrap_or_default()).await?;
    let Some(key) = found.filter(|key| key.account == *account) else {
        return Ok(Target::new(ANY.to_owned()));
    };
    let user = match &key.user {
        Some(id) => store::by_id(tx, id).await?,
        None => None,
    };
    Ok(user.map_or_else(|| Target::new(root_arn(account)), of))
}

/// The one that is named, and what it is to be called from then on (as AWS asks for both).
async fn entity(tx: &mut Tx, cx: &Cx, kind: Kind, asked: &Asked) -> Result<Vec<Target>> {
    let account = &cx.caller.account;
    let name = match (asked.member(asked::name_member(kind)), &cx.caller.who) {
        (Some(url), _) if kind == Kind::Provider => url.strip_prefix("https://").unwrap_or(url),
        (Some(name), _) => name,
        (None, Principal::User { name, .. }) => name,
        (None, _) => return Ok(vec![Target::new(cx.caller.principal.clone())]),
    };
    let new = |path: &str, name: &str| arn_of(account, kind, path, name);
    let path = asked.member(asked::PATH);
    let found = match path {
        // With a path it is to be made.
        Some(_) => None,
        None => store::find(tx, account, kind, name).await?,
    };
    let Some(found) = found else {
        return Ok(vec![Target::new(new(path.unwrap_or("/"), name))]);
    };
    let new_name = asked.member(asked::new_name_member(kind));
    let new_path = asked.member(asked::NEW_PATH);
    let (old_path, old_name) = (found.path.clone(), found.name.clone());
    let mut targets = vec![of(found)];
    if new_name.is_some() || new_path.is_some() {
        let arn = new(new_path.unwrap_or(&old_path), new_name.unwrap_or(&old_name));
        targets.push(Target::new(arn));
    }
    Ok(targets)
}

fn of(entity: Entity) -> Target {
    let arn = entity.arn();
    Target { tagged: Some(entity.id), boundary: entity.boundary, ..Target::new(arn) }
}

fn arn_of(account: &str, kind: Kind, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:{}{path}{name}", kind.as_str())
}

/// A key with its policy. What cannot be found has none; the operation will say so.
async fn by_key(tx: &mut Tx, cx: &Cx, name: Option<&str>) -> Result<Target> {
    let Some(name) = name else { return Ok(Target::new(ANY.to_owned())) };
    match kms::locate(tx, cx, name).await? {
        Some(key) => of_key(&key),
        None if name.starts_with("arn:") => Ok(Target::new(name.to_owned())),
        None => Ok(Target::new(key::arn(&cx.region, &cx.caller.account, name))),
    }
}

fn of_key(key: &key::Key) -> Result<Target> {
    let arn = key.arn();
    let policy = iam::Policy::parse(iam::Kind::Key, &key.policy).map_err(|fault| {
        Error::new(ErrorKind::Failed, format!("the policy of {arn} cannot be read: {fault}"))
    })?;
    let policy = Arc::new(policy.by_ids(&key.principals));
    let attached = Attached { name: KEY_POLICY.into(), policy };
    let policy = Some((key.account.clone(), attached));
    Ok(Target { tagged: Some(arn.clone()), policy, ..Target::new(arn) })
}

/// The alias, the key that it is one of, and the key that it gets to be one of.
async fn alias(tx: &mut Tx, cx: &Cx, asked: &Asked) -> Result<Vec<Target>> {
    let name = asked.member(asked::ALIAS_NAME).unwrap_or_default();
    let arn = key::alias_arn(&cx.region, &cx.caller.account, name);
    let mut targets = vec![Target::new(arn)];
    if let Some(key) = kms::locate(tx, cx, name).await? {
        targets.push(of_key(&key)?);
    }
    if let Some(target) = asked.member(asked::TARGET_KEY) {
        targets.push(by_key(tx, cx, Some(target)).await?);
    }
    Ok(targets)
}
