//! Answers that are given again to the same client token (W60–W64), for everything but check-outs,
//! whose rows are their own memory.

use leasehold_core::state::ClientKey;

use crate::error::Result;
use crate::{Tx, Value};

/// An earlier request.
pub struct Earlier {
    /// Hash of its parameters (W63).
    pub fingerprint: u64,
    /// Its answer, as JSON.
    pub answer: String,
}

/// The answer to an earlier request with this key, at or after `since_ms`.
///
/// # Errors
/// What the database says.
pub async fn find(tx: &mut Tx, key: &ClientKey, since_ms: i64) -> Result<Option<Earlier>> {
    let sql = "SELECT fingerprint, answer FROM request
               WHERE client_key = $1 AND at_ms > $2 AND answer IS NOT NULL";
    let rows = tx.query(sql, &[key.to_vec().into(), since_ms.into()]).await?;
    rows.first()
        .map(|row| {
            Ok(Earlier {
                fingerprint: row.int(0)?.cast_unsigned(),
                answer: row.text(1)?.to_owned(),
            })
        })
        .transpose()
}

/// Remembers an answer.
///
/// # Errors
/// What the database says.
pub async fn remember(tx: &mut Tx, key: &ClientKey, at_ms: i64, earlier: &Earlier) -> Result<()> {
    let sql = "INSERT INTO request (client_key, at_ms, fingerprint, answer)
               VALUES ($1, $2, $3, $4)
               ON CONFLICT (client_key) DO UPDATE SET at_ms = EXCLUDED.at_ms,
               fingerprint = EXCLUDED.fingerprint, answer = EXCLUDED.answer, seq = NULL";
    let values = [
        Value::Bytes(key.to_vec()),
        Value::Int(at_ms),
        Value::Int(earlier.fingerprint.cast_signed()),
        Value::Text(earlier.answer.clone()),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Forgets answers older than `before_ms`; returns how many.
///
/// # Errors
/// What the database says.
pub async fn forget(tx: &mut Tx, before_ms: i64) -> Result<u64> {
    tx.execute("DELETE FROM request WHERE at_ms <= $1", &[before_ms.into()]).await
}

/// Whether there are answers older than `before_ms`.
///
/// # Errors
/// What the database says.
pub async fn is_any_before(tx: &mut Tx, before_ms: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM request WHERE at_ms <= $1 LIMIT 1";
    Ok(!tx.query(sql, &[before_ms.into()]).await?.is_empty())
}
