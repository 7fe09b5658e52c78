//! A database of its own for each history.

use std::sync::atomic::{AtomicU64, Ordering};

use leasehold_store::Location;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// Databases that this process has made.
static MADE: AtomicU64 = AtomicU64::new(0);

/// Where a history lives, and how it is cleared away.
pub enum Database {
    /// A file in a folder that goes with this value.
    Sqlite(TempDir),
    /// A database on the server at `admin`.
    Postgres {
        /// URL that was given.
        admin: String,
        /// Name of the history's own database.
        name: String,
    },
}

impl Database {
    /// Makes one: on the PostgreSQL server at `url`, or else in a file.
    ///
    /// # Errors
    /// What the system or the server says.
    pub async fn make(url: Option<&str>, seed: u64) -> Result<Self, String> {
        let Some(url) = url else {
            let folder = tempfile::Builder::new().prefix("leasehold-sim-").tempdir();
            return Ok(Self::Sqlite(folder.map_err(|error| error.to_string())?));
        };
        // Tests tell histories of one seed side by side.
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("leasehold_sim_{}_{seed}_{number}", std::process::id());
        let client = connect(url).await?;
        execute(&client, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        execute(&client, &format!("CREATE DATABASE {name}")).await?;
        Ok(Self::Postgres { admin: url.to_owned(), name })
    }

    /// Where a store finds it.
    pub fn location(&self) -> Location {
        match self {
            Self::Sqlite(folder) => Location::Sqlite(folder.path().join("leasehold.db")),
            Self::Postgres { admin, name } => Location::Postgres(with_database(admin, name)),
        }
    }

    /// Servers that may share it.
    pub fn servers(&self) -> usize {
        match self {
            Self::Sqlite(_) => 1,
            Self::Postgres { .. } => 2,
        }
    }

    /// Clears it away.
    ///
    /// # Errors
    /// What the server says.
    pub async fn remove(self) -> Result<(), String> {
        match self {
            Self::Sqlite(folder) => folder.close().map_err(|error| error.to_string()),
            Self::Postgres { admin, name } => {
                let client = connect(&admin).await?;
                execute(&client, &format!("DROP DATABASE {name} WITH (FORCE)")).await
            }
        }
    }
}

async fn connect(url: &str) -> Result<Client, String> {
    let text = |error: tokio_postgres::Error| format!("PostgreSQL: {error}");
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(text)?;
    tokio::spawn(async move {
        // What it says is told to whoever waits for an answer.
        let _ = connection.await;
    });
    Ok(client)
}

async fn execute(client: &Client, sql: &str) -> Result<(), String> {
    client.batch_execute(sql).await.map_err(|error| format!("{sql}: {error}"))
}

/// A URL with another database in it.
fn with_database(url: &str, name: &str) -> String {
    let (head, query) =
        url.split_once('?').map_or((url, None), |(head, query)| (head, Some(query)));
    let (scheme, rest) = head.split_once("://").unwrap_or(("postgres", head));
    let server = rest.split('/').next().unwrap_or_default();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{scheme}://{server}/{name}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_in_a_url_is_replaced() {
        let check = |url: &str, expect: &str| assert_eq!(with_database(url, "own"), expect);
        check("postgres://u:p@h:5432/db", "postgres://u:p@h:5432/own");
        check("postgresql://h", "postgresql://h/own");
        check("postgres://u@h/db?sslmode=disable", "postgres://u@h/own?sslmode=disable");
    }
}
