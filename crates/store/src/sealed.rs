//! All secrets that are sealed under the master key, wherever they stand, for a new master key.

use crate::Tx;
use crate::error::Result;

/// A kind of sealed secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The secrets of access keys.
    AccessKey,
    /// The private halves of software keys in KMS.
    SigningKey,
    /// The private halves of the issuer's software keys.
    IssuerKey,
}

impl Kind {
    /// All kinds. A secret of a new kind must be here, or a new master key leaves it behind.
    pub const ALL: [Self; 3] = [Self::AccessKey, Self::SigningKey, Self::IssuerKey];

    /// Table, column of the secret, and which rows have one.
    fn place(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::AccessKey => ("access_key", "sealed_secret", "id IS NOT NULL"),
            Self::SigningKey => ("kms_key", "handle", "store = 'software'"),
            Self::IssuerKey => ("issuer_key", "handle", "store = 'software'"),
        }
    }
}

/// The secrets of a kind, each with the id of its row.
///
/// # Errors
/// What the database says.
pub async fn all(tx: &mut Tx, kind: Kind) -> Result<Vec<(String, Vec<u8>)>> {
    read(tx, kind, "").await
}

/// One secret of a kind, if there is any.
///
/// # Errors
/// What the database says.
pub async fn any(tx: &mut Tx, kind: Kind) -> Result<Option<Vec<u8>>> {
    Ok(read(tx, kind, " LIMIT 1").await?.pop().map(|(_, sealed)| sealed))
}

async fn read(tx: &mut Tx, kind: Kind, limit: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let (table, column, condition) = kind.place();
    let sql = format!("SELECT id, {column} FROM {table} WHERE {condition} ORDER BY id{limit}");
    let rows = tx.query(&sql, &[]).await?;
    rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.bytes(1)?.to_vec()))).collect()
}

/// Puts a secret in place of the one that a row has.
///
/// # Errors
/// What the database says.
pub async fn replace(tx: &mut Tx, kind: Kind, id: &str, sealed: Vec<u8>) -> Result<()> {
    let (table, column, _) = kind.place();
    let sql = format!("UPDATE {table} SET {column} = $2 WHERE id = $1");
    tx.execute(&sql, &[id.into(), sealed.into()]).await?;
    Ok(())
}
