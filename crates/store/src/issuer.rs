//! The keys that sign tokens. Private halves pass through here as handles.

use crate::error::Result;
use crate::value::Row;
use crate::{Tx, Value};

/// A key that signs tokens, or did.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuerKey {
    /// Its name in the headers of tokens.
    pub id: String,
    /// Creation, milliseconds.
    pub created_at_ms: i64,
    /// Since when it signs no more, milliseconds.
    pub retired_at_ms: Option<i64>,
    /// Of a retired key: until when it vouches for access tokens, milliseconds.
    pub access_until_ms: Option<i64>,
    /// Public half, a DER SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// Name of the store that keeps the private half.
    pub store: String,
    /// What that store finds it by.
    pub handle: Vec<u8>,
}

impl std::fmt::Debug for IssuerKey {
    /// Prints nothing of the private half, not even sealed.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("IssuerKey").field(&self.id).finish_non_exhaustive()
    }
}

impl IssuerKey {
    /// Whether it vouches for access tokens.
    pub fn vouches_for_access(&self, now_ms: i64) -> bool {
        self.retired_at_ms.is_none() || self.access_until_ms.is_some_and(|until| now_ms < until)
    }
}

/// All keys, latest first.
///
/// # Errors
/// What the database says.
pub async fn list(tx: &mut Tx) -> Result<Vec<IssuerKey>> {
    let sql = "SELECT id, created_at_ms, retired_at_ms, access_until_ms, public_key, store, handle
               FROM issuer_key ORDER BY created_at_ms DESC, id DESC";
    let read = |row: &Row| {
        Ok(IssuerKey {
            id: row.text(0)?.to_owned(),
            created_at_ms: row.int(1)?,
            retired_at_ms: row.int_or_null(2)?,
            access_until_ms: row.int_or_null(3)?,
            public_key: row.bytes(4)?.to_vec(),
            store: row.text(5)?.to_owned(),
            handle: row.bytes(6)?.to_vec(),
        })
    };
    tx.query(sql, &[]).await?.iter().map(read).collect()
}

/// Whether a key still signs: in the transaction that keeps what it signed, it is not forgotten.
///
/// # Errors
/// What the database says.
pub async fn is_signing(tx: &mut Tx, id: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM issuer_key WHERE id = $1 AND retired_at_ms IS NULL";
    Ok(!tx.query(sql, &[id.into()]).await?.is_empty())
}

/// Stores a new key.
///
/// # Errors
/// What the database says.
pub async fn insert(tx: &mut Tx, key: &IssuerKey) -> Result<()> {
    let sql = "INSERT INTO issuer_key (id, created_at_ms, public_key, store, handle)
               VALUES ($1, $2, $3, $4, $5)";
    let values = [
        key.id.as_str().into(),
        Value::Int(key.created_at_ms),
        key.public_key.clone().into(),
        key.store.as_str().into(),
        key.handle.clone().into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Retires the keys made until an instant; for access tokens they vouch until `access_until_ms`,
/// those that were retired before at most.
///
/// # Errors
/// What the database says.
pub async fn retire(
    tx: &mut Tx,
    made_until_ms: i64,
    now_ms: i64,
    access_until_ms: i64,
) -> Result<()> {
    let sql = "UPDATE issuer_key SET retired_at_ms = $2, access_until_ms = $3
               WHERE retired_at_ms IS NULL AND created_at_ms <= $1";
    let values = [made_until_ms.into(), now_ms.into(), access_until_ms.into()];
    tx.execute(sql, &values).await?;
    let sql = "UPDATE issuer_key SET access_until_ms = $1 WHERE access_until_ms > $1";
    tx.execute(sql, &[access_until_ms.into()]).await?;
    Ok(())
}

/// Forgets the retired keys that vouch for nothing any more: no access token, and no refresh token
/// that lives. Returns the store and handle of each.
///
/// # Errors
/// What the database says.
pub async fn forget(tx: &mut Tx, now_ms: i64) -> Result<Vec<(String, Vec<u8>)>> {
    let sql = "DELETE FROM issuer_key
               WHERE retired_at_ms IS NOT NULL AND access_until_ms <= $1
                     AND NOT EXISTS (SELECT 1 FROM token t
                                     WHERE t.signing_key = issuer_key.id AND t.expires_at_ms > $1)
               RETURNING store, handle";
    let rows = tx.query(sql, &[now_ms.into()]).await?;
    rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.bytes(1)?.to_vec()))).collect()
}
