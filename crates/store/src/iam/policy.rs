//! What policies say, and who has them: versions of managed policies, attachments, and inline
//! policies.

use std::collections::BTreeMap;

use leasehold_core::identity::{Entity, Kind, name_key};

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

/// Attaches a managed policy, one of the account's own by its id, too; once is enough.
///
/// # Errors
/// What the database says.
pub async fn attach(
    tx: &mut Tx,
    entity: &Entity,
    policy: &str,
    policy_id: Option<&str>,
) -> Result<()> {
    let sql = "INSERT INTO iam_attachment (entity, policy, policy_id, account)
               VALUES ($1, $2, $3, $4) ON CONFLICT (entity, policy) DO NOTHING";
    let values = [
        entity.id.as_str().into(),
        policy.into(),
        policy_id.into(),
        entity.account.as_str().into(),
    ];
    tx.execute(sql, &values).await?;
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

/// A policy that an entity has by itself or as one of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The entity that has it: the one that was asked for, or one of its groups.
    pub holder: String,
    /// ARN of a managed policy, or the name of an inline one.
    pub name: String,
    /// Whether it is managed.
    pub is_managed: bool,
    /// What it says; `None` for one that no account owns.
    pub document: Option<String>,
}

/// All policies of a user and its groups, of a group, or of a role.
///
/// # Errors
/// What the database says.
pub async fn held(tx: &mut Tx, entity: &str) -> Result<Vec<Held>> {
    let sql = "WITH holder (id) AS (
                   SELECT CAST($1 AS TEXT)
                   UNION SELECT group_id FROM iam_membership WHERE user_id = $1)
               SELECT i.entity, i.name, 0 AS is_managed, i.document
               FROM iam_inline_policy i JOIN holder h ON h.id = i.entity
               UNION ALL
               SELECT a.entity, a.policy, 1, v.document
               FROM iam_attachment a JOIN holder h ON h.id = a.entity
                   LEFT JOIN iam_entity e ON e.id = a.policy_id
                   LEFT JOIN iam_policy_version v
                       ON v.policy = e.id AND v.version = e.default_version
               ORDER BY 3, 1, 2";
    let read = |row: &Row| {
        Ok(Held {
            holder: row.text(0)?.to_owned(),
            name: row.text(1)?.to_owned(),
            is_managed: row.int(2)? != 0,
            document: row.text_or_null(3)?.map(str::to_owned),
        })
    };
    tx.query(sql, &[entity.into()]).await?.iter().map(read).collect()
}

/// What the default version of a managed policy of an account's own says, by its name.
///
/// # Errors
/// What the database says.
pub async fn default_document(tx: &mut Tx, account: &str, name: &str) -> Result<Option<String>> {
    let sql = "SELECT v.document FROM iam_entity e
                   JOIN iam_policy_version v ON v.policy = e.id AND v.version = e.default_version
               WHERE e.account = $1 AND e.kind = $2 AND e.name_key = $3";
    let values = [account.into(), Kind::Policy.as_str().into(), name_key(name).into()];
    let rows = tx.query(sql, &values).await?;
    rows.first().map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

/// How many versions the managed policies of an account have together.
///
/// # Errors
/// What the database says.
pub async fn count_versions(tx: &mut Tx, account: &str) -> Result<i64> {
    let sql = "SELECT count(*) FROM iam_entity e JOIN iam_policy_version v ON v.policy = e.id
               WHERE e.account = $1 AND e.kind = $2";
    number(tx, sql, &[account.into(), Kind::Policy.as_str().into()]).await
}
