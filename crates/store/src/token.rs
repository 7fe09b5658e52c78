//! Refresh tokens, by all but themselves.

use leasehold_core::token::Token;

use crate::error::Result;
use crate::value::Row;
use crate::{Tx, Value};

/// A token with what a given one is checked by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    /// The token.
    pub token: Token,
    /// Row of its license.
    pub license: i64,
    /// SHA-256 of the token that was given to the client.
    pub digest: Vec<u8>,
}

const COLUMNS: &str = "document, deleted_at_ms, license, digest";

fn read(row: &Row) -> Result<StoredToken> {
    let token: Token = serde_json::from_str(row.text(0)?)?;
    Ok(StoredToken {
        token: Token { deleted_at_ms: row.int_or_null(1)?, ..token },
        license: row.int(2)?,
        digest: row.bytes(3)?.to_vec(),
    })
}

/// The token with this id.
///
/// # Errors
/// What the database says.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<StoredToken>> {
    let sql = format!("SELECT {COLUMNS} FROM token WHERE id = $1");
    tx.query(&sql, &[id.into()]).await?.first().map(read).transpose()
}

/// An account's tokens in the order of creation, after the row `after`; at most `limit`.
///
/// # Errors
/// What the database says.
pub async fn list(tx: &mut Tx, account: &str, after: i64, limit: i64) -> Result<Vec<Token>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM token WHERE account = $1 AND key > $2 ORDER BY key LIMIT $3"
    );
    let rows = tx.query(&sql, &[account.into(), after.into(), limit.into()]).await?;
    rows.iter().map(|row| Ok(read(row)?.token)).collect()
}

/// How many live tokens an account has for a license (T9).
///
/// # Errors
/// What the database says.
pub async fn count_live(tx: &mut Tx, license: i64, account: &str, now_ms: i64) -> Result<i64> {
    let sql = "SELECT count(*) FROM token
               WHERE license = $1 AND account = $2 AND deleted_at_ms IS NULL
                     AND expires_at_ms > $3";
    let rows = tx.query(sql, &[license.into(), account.into(), now_ms.into()]).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Stores a new token.
///
/// # Errors
/// What the database says.
pub async fn insert(tx: &mut Tx, stored: &StoredToken) -> Result<()> {
    let token = &stored.token;
    let sql = "INSERT INTO token (key, id, account, license, signing_key, expires_at_ms, digest,
                                  document)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        Value::Int(token.key),
        token.id.as_str().into(),
        token.account.as_str().into(),
        Value::Int(stored.license),
        token.signing_key.as_str().into(),
        Value::Int(token.expires_at_ms),
        stored.digest.clone().into(),
        serde_json::to_string(token)?.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Marks a token as deleted.
///
/// # Errors
/// What the database says.
pub async fn delete(tx: &mut Tx, id: &str, now_ms: i64) -> Result<()> {
    let sql = "UPDATE token SET deleted_at_ms = $2 WHERE id = $1 AND deleted_at_ms IS NULL";
    tx.execute(sql, &[id.into(), now_ms.into()]).await?;
    Ok(())
}

/// Removes the tokens of a license that goes.
///
/// # Errors
/// What the database says.
pub async fn purge_license(tx: &mut Tx, license: i64) -> Result<()> {
    tx.execute("DELETE FROM token WHERE license = $1", &[license.into()]).await?;
    Ok(())
}

/// Whether any token was deleted before this instant.
///
/// # Errors
/// What the database says.
pub async fn is_any_deleted_before(tx: &mut Tx, before_ms: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM token WHERE deleted_at_ms <= $1 LIMIT 1";
    Ok(!tx.query(sql, &[before_ms.into()]).await?.is_empty())
}

/// Removes the tokens that were deleted before this instant (3.4).
///
/// # Errors
/// What the database says.
pub async fn purge(tx: &mut Tx, before_ms: i64) -> Result<()> {
    tx.execute("DELETE FROM token WHERE deleted_at_ms <= $1", &[before_ms.into()]).await?;
    Ok(())
}
