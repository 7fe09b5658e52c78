//! The database's own notes.

use crate::Store;
use crate::error::{Error, Result};

/// Draws the number of this opening: 1, 2, …, never given twice.
pub async fn next_instance(store: &Store) -> Result<i64> {
    let sql = "INSERT INTO meta (name, value) VALUES ('instance', 1)
               ON CONFLICT (name) DO UPDATE SET value = meta.value + 1
               RETURNING value";
    for _ in 0..ATTEMPTS_MAX {
        let mut tx = store.write().await?;
        match tx.query(sql, &[]).await {
            Ok(rows) => {
                let row = rows.first().ok_or_else(|| Error::failed("no instance number"))?;
                let number = row.int(0)?;
                if tx.commit().await.is_ok() {
                    return Ok(number);
                }
            }
            Err(error) if error.kind() == crate::ErrorKind::Conflict => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::failed("too many servers start at the same time; try again"))
}

/// How often the number is tried for when servers start together.
const ATTEMPTS_MAX: usize = 20;
