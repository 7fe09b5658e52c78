//! Users, groups, roles, managed policies and OpenID Connect providers: one table, by name in an
//! account or by id.

pub mod membership;
pub mod policy;

use leasehold_core::identity::{Details, Entity, Kind, name_key};

use crate::error::Result;
use crate::organization::Page;
use crate::value::Row;
use crate::{Tx, Value, tag};

const COLUMNS: &str = "id, account, name, path, created_at_ms, boundary, details";

/// The one of this name, whatever its case.
///
/// # Errors
/// What the database says.
pub async fn find(tx: &mut Tx, account: &str, kind: Kind, name: &str) -> Result<Option<Entity>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM iam_entity WHERE account = $1 AND kind = $2 AND name_key = $3"
    );
    let values = [account.into(), kind.as_str().into(), name_key(name).into()];
    tx.query(&sql, &values).await?.first().map(|row| read(row, 0)).transpose()
}

/// The one with this id.
///
/// # Errors
/// What the database says.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Entity>> {
    let sql = format!("SELECT {COLUMNS} FROM iam_entity WHERE id = $1");
    tx.query(&sql, &[id.into()]).await?.first().map(|row| read(row, 0)).transpose()
}

/// Those of one kind whose path begins so, by name.
///
/// # Errors
/// What the database says.
pub async fn list(
    tx: &mut Tx,
    account: &str,
    kind: Kind,
    path_prefix: &str,
    page: Page<'_>,
) -> Result<Vec<Entity>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM iam_entity
         WHERE account = $1 AND kind = $2 AND name_key > $3
               AND substr(path, 1, length($4)) = $4
         ORDER BY name_key LIMIT $5"
    );
    let values = [
        account.into(),
        kind.as_str().into(),
        page.after.into(),
        path_prefix.into(),
        page.limit.into(),
    ];
    tx.query(&sql, &values).await?.iter().map(|row| read(row, 0)).collect()
}

/// How many of a kind an account has.
///
/// # Errors
/// What the database says.
pub async fn count(tx: &mut Tx, account: &str, kind: Kind) -> Result<i64> {
    let sql = "SELECT count(*) FROM iam_entity WHERE account = $1 AND kind = $2";
    number(tx, sql, &[account.into(), kind.as_str().into()]).await
}

/// Stores a new one.
///
/// # Errors
/// What the database says; a conflict if there is one of this name.
pub async fn insert(tx: &mut Tx, entity: &Entity) -> Result<()> {
    let sql = "INSERT INTO iam_entity
                   (id, account, kind, name_key, name, path, created_at_ms, boundary,
                    default_version, details)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = [
        Value::Text(entity.id.clone()),
        Value::Text(entity.account.clone()),
        entity.details.kind().as_str().into(),
        Value::Text(name_key(&entity.name)),
        Value::Text(entity.name.clone()),
        Value::Text(entity.path.clone()),
        Value::Int(entity.created_at_ms),
        entity.boundary.clone().into(),
        default_version(entity),
        Value::Text(serde_json::to_string(&entity.details)?),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Stores one that is changed.
///
/// # Errors
/// What the database says; a conflict if there is another one of its new name.
pub async fn save(tx: &mut Tx, entity: &Entity) -> Result<()> {
    let sql = "UPDATE iam_entity
               SET name_key = $2, name = $3, path = $4, boundary = $5, default_version = $6,
                   details = $7
               WHERE id = $1";
    let values = [
        Value::Text(entity.id.clone()),
        Value::Text(name_key(&entity.name)),
        Value::Text(entity.name.clone()),
        Value::Text(entity.path.clone()),
        entity.boundary.clone().into(),
        default_version(entity),
        Value::Text(serde_json::to_string(&entity.details)?),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

fn default_version(entity: &Entity) -> Value {
    match &entity.details {
        Details::Policy(policy) => policy.default_version.into(),
        Details::User | Details::Group | Details::Role(_) | Details::Provider(_) => Value::Null,
    }
}

/// Deletes one, with its tags.
///
/// # Errors
/// What the database says.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<()> {
    tag::remove_all(tx, id).await?;
    tx.execute("DELETE FROM iam_entity WHERE id = $1", &[id.into()]).await?;
    Ok(())
}

/// An entity whose columns begin at `at`.
fn read(row: &Row, at: usize) -> Result<Entity> {
    let details: Details = serde_json::from_str(row.text(at + 6)?)?;
    Ok(Entity {
        id: row.text(at)?.to_owned(),
        account: row.text(at + 1)?.to_owned(),
        name: row.text(at + 2)?.to_owned(),
        path: row.text(at + 3)?.to_owned(),
        created_at_ms: row.int(at + 4)?,
        boundary: row.text_or_null(at + 5)?.map(str::to_owned),
        details,
    })
}

/// The one number that a statement answers.
async fn number(tx: &mut Tx, sql: &str, values: &[Value]) -> Result<i64> {
    tx.query(sql, values).await?.first().map_or(Ok(0), |row| row.int(0))
}

/// The columns of an entity under another name of its table.
fn columns_of(table: &str) -> String {
    let columns: Vec<_> = COLUMNS.split(", ").map(|each| format!("{table}.{each}")).collect();
    columns.join(", ")
}
