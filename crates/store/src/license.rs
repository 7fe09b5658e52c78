//! Licenses and their versions.

use leasehold_core::license::{License, Terms};

use crate::error::{Error, Result};
use crate::value::Row;
use crate::{Tx, Value, grant, token};

const COLUMNS: &str = "l.key, l.arn, l.account, l.product_sku, l.beneficiary, l.home_region,
    l.created_at_ms, l.deleted_at_ms, v.version, v.terms";

/// Reads a row of [`COLUMNS`].
pub(crate) fn read(row: &Row) -> Result<License> {
    let terms: Terms = serde_json::from_str(row.text(9)?)?;
    Ok(License {
        key: row.int(0)?,
        arn: row.text(1)?.to_owned(),
        account: row.text(2)?.to_owned(),
        product_sku: row.text(3)?.to_owned(),
        beneficiary: row.text(4)?.to_owned(),
        home_region: row.text(5)?.to_owned(),
        created_at_ms: row.int(6)?,
        deleted_at_ms: row.int_or_null(7)?,
        version: row.int(8)?,
        terms,
    })
}

/// The statement that reads a license with its current version by `condition`.
pub(crate) fn select_current(condition: &str) -> String {
    format!(
        "SELECT {COLUMNS} FROM license l
         JOIN license_version v ON v.license = l.key AND v.version = l.version
         WHERE {condition}"
    )
}

/// Row of the license with this ARN.
///
/// # Errors
/// What the database says.
pub async fn find_key(tx: &mut Tx, arn: &str) -> Result<Option<i64>> {
    let rows = tx.query("SELECT key FROM license WHERE arn = $1", &[arn.into()]).await?;
    rows.first().map(|row| row.int(0)).transpose()
}

/// The license with this ARN and its current version.
///
/// # Errors
/// What the database says.
pub async fn find(tx: &mut Tx, arn: &str) -> Result<Option<License>> {
    let rows = tx.query(&select_current("l.arn = $1"), &[arn.into()]).await?;
    rows.first().map(read).transpose()
}

/// The license of this row and its current version.
///
/// # Errors
/// What the database says; also if there is none.
pub async fn get(tx: &mut Tx, key: i64) -> Result<License> {
    let rows = tx.query(&select_current("l.key = $1"), &[key.into()]).await?;
    let found = rows.first().map(read).transpose()?;
    found.ok_or_else(|| Error::failed(format!("license {key} is missing")))
}

/// One version of a license, in the form of a license that has it as its current one.
///
/// # Errors
/// What the database says.
pub async fn find_version(tx: &mut Tx, license: i64, version: i64) -> Result<Option<License>> {
    Ok(versions(tx, license, version, 1).await?.pop().filter(|found| found.version == version))
}

/// Versions of a license from `from` on, ascending, at most `limit`.
///
/// # Errors
/// What the database says.
pub async fn versions(tx: &mut Tx, license: i64, from: i64, limit: i64) -> Result<Vec<License>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM license l JOIN license_version v ON v.license = l.key
         WHERE l.key = $1 AND v.version >= $2 ORDER BY v.version LIMIT $3"
    );
    let rows = tx.query(&sql, &[license.into(), from.into(), limit.into()]).await?;
    rows.iter().map(read).collect()
}

/// Licenses that an account created, in the order of creation, after the one created at
/// `after.0` with row `after.1`; at most `limit`.
///
/// # Errors
/// What the database says.
pub async fn list(
    tx: &mut Tx,
    account: &str,
    after: (i64, i64),
    limit: i64,
) -> Result<Vec<License>> {
    let condition = "l.account = $1
        AND (l.created_at_ms > $2 OR (l.created_at_ms = $2 AND l.key > $3))
        ORDER BY l.created_at_ms, l.key LIMIT $4";
    let values = [account.into(), after.0.into(), after.1.into(), limit.into()];
    tx.query(&select_current(condition), &values).await?.iter().map(read).collect()
}

/// How many licenses an account has that are not deleted (L13).
///
/// # Errors
/// What the database says.
pub async fn count(tx: &mut Tx, account: &str) -> Result<i64> {
    let sql = "SELECT count(*) FROM license WHERE account = $1 AND deleted_at_ms IS NULL";
    let rows = tx.query(sql, &[account.into()]).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Stores a new license with its first version.
///
/// # Errors
/// What the database says.
pub async fn insert(tx: &mut Tx, license: &License) -> Result<()> {
    let sql = "INSERT INTO license (key, arn, account, product_sku, beneficiary, home_region,
               created_at_ms, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        Value::Int(license.key),
        Value::Text(license.arn.clone()),
        Value::Text(license.account.clone()),
        Value::Text(license.product_sku.clone()),
        Value::Text(license.beneficiary.clone()),
        Value::Text(license.home_region.clone()),
        Value::Int(license.created_at_ms),
        Value::Int(license.version),
    ];
    tx.execute(sql, &values).await?;
    insert_version(tx, license, license.created_at_ms).await
}

/// Stores the next version of a license and makes it current.
///
/// # Errors
/// What the database says.
pub async fn amend(tx: &mut Tx, license: &License, now_ms: i64) -> Result<()> {
    let values = [license.key.into(), license.version.into()];
    tx.execute("UPDATE license SET version = $2 WHERE key = $1", &values).await?;
    insert_version(tx, license, now_ms).await
}

async fn insert_version(tx: &mut Tx, license: &License, now_ms: i64) -> Result<()> {
    let sql = "INSERT INTO license_version (license, version, terms, created_at_ms)
               VALUES ($1, $2, $3, $4)";
    let terms = serde_json::to_string(&license.terms)?;
    let values = [license.key.into(), license.version.into(), terms.into(), now_ms.into()];
    tx.touch(license.key);
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Marks a license as deleted.
///
/// # Errors
/// What the database says.
pub async fn delete(tx: &mut Tx, license: &License) -> Result<()> {
    tx.touch(license.key);
    let values = [license.key.into(), license.deleted_at_ms.into()];
    tx.execute("UPDATE license SET deleted_at_ms = $2 WHERE key = $1", &values).await?;
    Ok(())
}

/// Licenses deleted before `before_ms`, at most `limit` (L7).
///
/// # Errors
/// What the database says.
pub async fn deleted_before(tx: &mut Tx, before_ms: i64, limit: i64) -> Result<Vec<License>> {
    let condition = "l.deleted_at_ms <= $1 ORDER BY l.key LIMIT $2";
    let rows = tx.query(&select_current(condition), &[before_ms.into(), limit.into()]).await?;
    rows.iter().map(read).collect()
}

/// Removes a license and all that belongs to it.
///
/// # Errors
/// What the database says.
pub async fn purge(tx: &mut Tx, license: &License) -> Result<()> {
    tx.touch(license.key);
    grant::purge(tx, license.key).await?;
    token::purge_license(tx, license.key).await?;
    for sql in [
        "DELETE FROM license_version WHERE license = $1",
        "DELETE FROM pool WHERE license = $1",
        "DELETE FROM hold WHERE license = $1",
        "DELETE FROM license WHERE key = $1",
    ] {
        tx.execute(sql, &[license.key.into()]).await?;
    }
    tx.execute("DELETE FROM tag WHERE resource = $1", &[license.arn.as_str().into()]).await?;
    Ok(())
}
