//! The database's own notes.

use crate::Store;
use crate::error::{Error, ErrorKind, Result};

/// Draws the number of this opening: 1, 2, …, never given twice.
pub async fn next_instance(store: &Store) -> Result<i64> {
    until_no_conflict(|| draw_instance(store)).await
}

async fn draw_instance(store: &Store) -> Result<i64> {
    let sql = "INSERT INTO meta (name, value) VALUES ('instance', 1)
               ON CONFLICT (name) DO UPDATE SET value = meta.value + 1
               RETURNING value";
    let mut tx = store.write().await?;
    let rows = tx.query(sql, &[]).await?;
    let number = rows.first().ok_or_else(|| Error::failed("no instance number"))?.int(0)?;
    tx.commit().await?;
    Ok(number)
}

/// How often servers that start together try to get past each other.
const ATTEMPTS_MAX: usize = 50;

/// Runs a transaction until no other is in its way.
pub async fn until_no_conflict<T, F>(transaction: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for _ in 0..ATTEMPTS_MAX {
        match transaction().await {
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            result => return result,
        }
    }
    Err(Error::failed("too many servers start at the same time; try again"))
}
