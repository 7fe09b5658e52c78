//! The database's own notes.

use crate::error::{Error, ErrorKind, Result};
use crate::{Store, Tx};

/// The name of the note about the master key.
const MASTER_KEY: &str = "master_key";

/// Which master key the secrets are sealed under, once that has been noted.
///
/// # Errors
/// What the database says.
pub async fn master_key(tx: &mut Tx) -> Result<Option<i64>> {
    let rows = tx.query("SELECT value FROM meta WHERE name = $1", &[MASTER_KEY.into()]).await?;
    rows.first().map(|row| row.int(0)).transpose()
}

/// Notes which master key the secrets are sealed under.
///
/// # Errors
/// What the database says.
pub async fn note_master_key(tx: &mut Tx, mark: i64) -> Result<()> {
    let sql = "INSERT INTO meta (name, value) VALUES ($1, $2)
               ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value";
    tx.execute(sql, &[MASTER_KEY.into(), mark.into()]).await?;
    Ok(())
}

/// Notes the master key of a new database, unless another server was first; returns the one that
/// is noted.
///
/// # Errors
/// What the database says.
pub async fn claim_master_key(tx: &mut Tx, mark: i64) -> Result<i64> {
    let sql = "INSERT INTO meta (name, value) VALUES ($1, $2)
               ON CONFLICT (name) DO UPDATE SET value = meta.value
               RETURNING value";
    let rows = tx.query(sql, &[MASTER_KEY.into(), mark.into()]).await?;
    rows.first().ok_or_else(|| Error::failed("no master key is noted"))?.int(0)
}

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

/// How often a transaction tries to get past others: servers that start together, for example.
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
    Err(Error::failed("others are in the way again and again; try again"))
}
