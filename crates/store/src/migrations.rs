//! The schema: one list of steps for both engines, applied in order.
//!
//! `{row_key}`, `{index}` and `{busy}` in a step are the places where the engines' dialects differ;
//! see [`dialect`]. A step that has been released is never changed; a new one is added.

use std::cmp::Ordering;

use crate::driver::Driver;
use crate::error::{Error, ErrorKind, Result};
use crate::{Store, Tx, Value, meta};

/// Each step with its number, ascending. The schema of a database is the number of its last step.
const STEPS: &[(i64, &str)] = &[
    (1, include_str!("migrations/0001_core.sql")),
    (2, include_str!("migrations/0002_grants.sql")),
    (3, include_str!("migrations/0003_organizations.sql")),
    (4, include_str!("migrations/0004_keys.sql")),
    (5, include_str!("migrations/0005_iam.sql")),
    (6, include_str!("migrations/0006_tokens.sql")),
];

/// Brings the schema up to date.
///
/// # Errors
/// [`ErrorKind::Refused`] when a newer program has written the database; otherwise what the
/// database says.
pub async fn run(store: &Store) -> Result<()> {
    // Servers that start together on an empty database all make the first table.
    meta::until_no_conflict(|| try_run(store)).await
}

async fn try_run(store: &Store) -> Result<()> {
    let mut tx = store.write().await?;
    tx.run_script("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BIGINT NOT NULL)")
        .await?;
    let rows = tx.query("SELECT value FROM meta WHERE name = 'schema'", &[]).await?;
    let done = rows.first().map_or(Ok(0), |row| row.int(0))?;
    let known = STEPS.last().map_or(0, |(number, _)| *number);
    if done > known {
        return Err(newer(done, known));
    }
    if done == known {
        return Ok(());
    }
    for (_, step) in STEPS.iter().filter(|(number, _)| *number > done) {
        tx.run_script(&dialect(&store.driver, step)).await?;
    }
    let sql = "INSERT INTO meta (name, value) VALUES ('schema', $1)
               ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value";
    tx.execute(sql, &[Value::Int(known)]).await?;
    tx.commit().await
}

/// Refuses a database that this program would change before it uses it.
///
/// # Errors
/// [`ErrorKind::Refused`]; otherwise what the database says.
pub async fn check_current(tx: &mut Tx) -> Result<()> {
    let refused = |text: String| Error::new(ErrorKind::Refused, text);
    let rows = tx.query("SELECT value FROM meta WHERE name = 'schema'", &[]).await;
    let rows = rows.map_err(|error| refused(format!("it is no database of Leasehold: {error}")))?;
    let done = rows.first().map_or(Ok(0), |row| row.int(0))?;
    let known = STEPS.last().map_or(0, |(number, _)| *number);
    match done.cmp(&known) {
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(newer(done, known)),
        Ordering::Less => Err(refused(format!(
            "the database has schema {done}, and this program schema {known}: start a server of \
             this program on it first"
        ))),
    }
}

fn newer(done: i64, known: i64) -> Error {
    let text = format!(
        "the database has schema {done}, and this program knows schemas up to {known}: it was \
         written by a newer Leasehold; run that one"
    );
    Error::new(ErrorKind::Refused, text)
}

/// `{row_key}`: a key that is the row's own address, where the engine has such. `{index}`: a table
/// that is its own index, where the engine has such. `{busy}`: room for the new versions of rows
/// that are updated all the time, where the engine makes new versions.
fn dialect(driver: &Driver, step: &str) -> String {
    let (row_key, index, busy) = match driver {
        Driver::Sqlite(_) => ("INTEGER PRIMARY KEY", "WITHOUT ROWID", ""),
        Driver::Postgres(_) => ("BIGINT PRIMARY KEY", "", "WITH (fillfactor = 50)"),
    };
    step.replace("{row_key}", row_key).replace("{index}", index).replace("{busy}", busy)
}
