//! What policies say, and who has them: versions of managed policies, attachments, and inline
//! policies.

use std::collections::BTreeMap;

use leasehold_core::identity::{Entity, Kind};

use super::{columns_of, number, read};
use crate::error::Result;
use crate::value::Row;
use crate::{Tx, Value};

/// A version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number.
    pub version: i64,
    /// What it says.
    pub document: String,
    /// Creation, milliseconds.
    pub created_at_ms: i64,
}

/// Stores a new version of a policy.
///
/// # Errors
/// What the database says.
pub async fn insert_version(tx: &mut Tx, policy: &str, version: &Version) -> Result<()> {
    let sql = "INSERT INTO iam_policy_version (policy, version, document, created_at_ms)
               VALUES ($1, $2, $3, $4)";
    let values = [
        policy.into(),
        version.version.into(),
        version.document.as_str().into(),
        version.created_at_ms.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// The versions of a policy, latest first.
///
/// # Errors
/// What the database says.
pub async fn versions(tx: &mut Tx, policy: &str) -> Result<Vec<Version>> {
    let sql = "SELECT version, document, created_at_ms FROM iam_policy_version
               WHERE policy = $1 ORDER BY version DESC";
    tx.query(sql, &[policy.into()]).await?.iter().map(read_version).collect()
}

/// One version of a policy.
///
/// # Errors
/// What the database says.
pub async fn version(tx: &mut Tx, policy: &str, version: i64) -> Result<Option<Version>> {
    let sql = "SELECT version, document, created_at_ms FROM iam_policy_version
               WHERE policy = $1 AND version = $2";
    let rows = tx.query(sql, &[policy.into(), version.into()]).await?;
    rows.first().map(read_version).transpose()
}

fn read_version(row: &Row) -> Result<Version> {
    Ok(Version {
        version: row.int(0)?,
        document: row.text(1)?.to_owned(),
        created_at_ms: row.int(2)?,
    })
}

/// Deletes one version of a policy, or all.
///
/// # Errors
/// What the database says.
pub async fn delete_versions(tx: &mut Tx, policy: &str, version: Option<i64>) -> Result<()> {
    let mut sql = "DELETE FROM iam_policy_version WHERE policy = $1".to_owned();
    let mut values = vec![Value::from(policy)];
    if let Some(version) = version {
        sql += " AND version = $2";
        values.push(version.into());
    }
    tx.execute(&sql, &values).await?;
    Ok(())
}

/// Attaches a managed policy; once is enough.
///
/// # Errors
/// What the database says.
pub async fn attach(tx: &mut Tx, entity: &Entity, policy: &str) -> Result<()> {
    let sql = "INSERT INTO iam_attachment (entity, policy, account) VALUES ($1, $2, $3)
               ON CONFLICT (entity, policy) DO NOTHING";
    tx.execute(sql, &[entity.id.as_str().into(), policy.into(), entity.account.as_str().into()])
        .await?;
    Ok(())
}

/// Detaches a managed policy; returns whether it was attached.
///
/// # Errors
/// What the database says.
pub async fn detach(tx: &mut Tx, entity: &str, policy: &str) -> Result<bool> {
    let sql = "DELETE FROM iam_attachment WHERE entity = $1 AND policy = $2";
    Ok(tx.execute(sql, &[entity.into(), policy.into()]).await? > 0)
}

/// The ARNs of the managed policies that are attached, ascending.
///
/// # Errors
/// What the database says.
pub async fn attached(tx: &mut Tx, entity: &str) -> Result<Vec<String>> {
    let sql = "SELECT policy FROM iam_attachment WHERE entity = $1 ORDER BY policy";
    let rows = tx.query(sql, &[entity.into()]).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

/// In how many places of an account a managed policy is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Users, groups and roles that it is attached to.
    pub attached: i64,
    /// Users and roles whose boundary it is.
    pub bounds: i64,
}

impl Uses {
    /// Whether there are any.
    pub fn is_any(self) -> bool {
        self != Self::default()
    }
}

/// Where one managed policy is used, by its ARN.
///
/// # Errors
/// What the database says.
pub async fn uses(tx: &mut Tx, account: &str, policy: &str) -> Result<Uses> {
    let values = [account.into(), policy.into()];
    let sql = "SELECT count(*) FROM iam_attachment WHERE account = $1 AND policy = $2";
    let attached = number(tx, sql, &values).await?;
    let sql = "SELECT count(*) FROM iam_entity WHERE account = $1 AND boundary = $2";
    Ok(Uses { attached, bounds: number(tx, sql, &values).await? })
}

/// Where the managed policies of an account are used, by their ARNs; those that are not are left
/// out.
///
/// # Errors
/// What the database says.
pub async fn all_uses(tx: &mut Tx, account: &str) -> Result<BTreeMap<String, Uses>> {
    let mut found: BTreeMap<String, Uses> = BTreeMap::new();
    let sql = "SELECT policy, count(*) FROM iam_attachment WHERE account = $1 GROUP BY policy";
    for row in tx.query(sql, &[account.into()]).await? {
        found.entry(row.text(0)?.to_owned()).or_default().attached = row.int(1)?;
    }
    let sql = "SELECT boundary, count(*) FROM iam_entity
               WHERE account = $1 AND boundary IS NOT NULL GROUP BY boundary";
    for row in tx.query(sql, &[account.into()]).await? {
        found.entry(row.text(0)?.to_owned()).or_default().bounds = row.int(1)?;
    }
    Ok(found)
}

/// The entities of one kind that have a managed policy, attached or as their boundary, by name.
///
/// # Errors
/// What the database says.
pub async fn entities_with(
    tx: &mut Tx,
    account: &str,
    policy: &str,
    is_boundary: bool,
    (kind, path_prefix): (Kind, &str),
) -> Result<Vec<Entity>> {
    let columns = columns_of("e");
    let from = if is_boundary {
        "iam_entity e WHERE e.account = $1 AND e.boundary = $2"
    } else {
        "iam_attachment a JOIN iam_entity e ON e.id = a.entity
         WHERE a.account = $1 AND a.policy = $2"
    };
    let sql = format!(
        "SELECT {columns} FROM {from} AND e.kind = $3
                AND substr(e.path, 1, length($4)) = $4
         ORDER BY e.name_key"
    );
    let values = [account.into(), policy.into(), kind.as_str().into(), path_prefix.into()];
    tx.query(&sql, &values).await?.iter().map(|row| read(row, 0)).collect()
}

/// An inline policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inline {
    /// Its name, which its entity has once.
    pub name: String,
    /// What it says.
    pub document: String,
}

/// Stores an inline policy, new or changed.
///
/// # Errors
/// What the database says.
pub async fn put_inline(tx: &mut Tx, entity: &str, policy: &Inline) -> Result<()> {
    let sql = "INSERT INTO iam_inline_policy (entity, name, document) VALUES ($1, $2, $3)
               ON CONFLICT (entity, name) DO UPDATE SET document = EXCLUDED.document";
    let values = [entity.into(), policy.name.as_str().into(), policy.document.as_str().into()];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// The inline policies of an entity, by name.
///
/// # Errors
/// What the database says.
pub async fn inline(tx: &mut Tx, entity: &str) -> Result<Vec<Inline>> {
    let sql = "SELECT name, document FROM iam_inline_policy WHERE entity = $1 ORDER BY name";
    let rows = tx.query(sql, &[entity.into()]).await?;
    let read =
        |row: &Row| Ok(Inline { name: row.text(0)?.to_owned(), document: row.text(1)?.to_owned() });
    rows.iter().map(read).collect()
}

/// Deletes an inline policy; returns whether there was one of this name.
///
/// # Errors
/// What the database says.
pub async fn delete_inline(tx: &mut Tx, entity: &str, name: &str) -> Result<bool> {
    let sql = "DELETE FROM iam_inline_policy WHERE entity = $1 AND name = $2";
    Ok(tx.execute(sql, &[entity.into(), name.into()]).await? > 0)
}
