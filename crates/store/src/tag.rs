//! Tags: of licenses, grants and keys by ARN, of what IAM has by id.

use crate::Tx;
use crate::error::Result;

/// The tags of a resource, by key.
///
/// # Errors
/// What the database says.
pub async fn list(tx: &mut Tx, resource: &str) -> Result<Vec<(String, String)>> {
    let sql = "SELECT key, value FROM tag WHERE resource = $1 ORDER BY key";
    let rows = tx.query(sql, &[resource.into()]).await?;
    rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()))).collect()
}

/// Sets tags; keys that exist get the new value (TG2).
///
/// # Errors
/// What the database says.
pub async fn set(tx: &mut Tx, resource: &str, tags: &[(String, String)]) -> Result<()> {
    let sql = "INSERT INTO tag (resource, key, value) VALUES ($1, $2, $3)
               ON CONFLICT (resource, key) DO UPDATE SET value = EXCLUDED.value";
    for (key, value) in tags {
        tx.execute(sql, &[resource.into(), key.as_str().into(), value.as_str().into()]).await?;
    }
    Ok(())
}

/// Removes tags; keys that do not exist are passed over (TG2).
///
/// # Errors
/// What the database says.
pub async fn remove(tx: &mut Tx, resource: &str, keys: &[String]) -> Result<()> {
    for key in keys {
        let values = [resource.into(), key.as_str().into()];
        tx.execute("DELETE FROM tag WHERE resource = $1 AND key = $2", &values).await?;
    }
    Ok(())
}

/// Removes all tags of a resource.
///
/// # Errors
/// What the database says.
pub async fn remove_all(tx: &mut Tx, resource: &str) -> Result<()> {
    tx.execute("DELETE FROM tag WHERE resource = $1", &[resource.into()]).await?;
    Ok(())
}
