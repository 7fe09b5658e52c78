//! The scratch PostgreSQL of a run.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::command;
use crate::postgres::ScratchPostgres;
use crate::workspace::Workspace;

/// Settings without which no commit, and so no rate, would be durable.
const DURABLE: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// A running scratch PostgreSQL; stopped and removed when dropped.
pub struct Database {
    postgres: ScratchPostgres,
}

impl Database {
    /// Starts one, and refuses one whose commits are not durable.
    pub fn start(workspace: &Workspace) -> Result<Self> {
        let database = Self { postgres: ScratchPostgres::start(workspace)? };
        let url = database.postgres.url();
        for setting in DURABLE {
            let value = database.query(&url, &format!("SHOW {setting}"))?;
            if value != "on" {
                bail!("PostgreSQL's {setting} is {value}: its rates would not be durable");
            }
        }
        Ok(database)
    }

    /// Creates an empty database and gives its URL.
    pub fn create(&self, name: &str) -> Result<String> {
        self.postgres.create_database(name)
    }

    /// One of PostgreSQL's client programs.
    pub fn client(&self, program: &str) -> Command {
        self.postgres.client(program)
    }

    /// Runs SQL in the database of a URL and gives what it prints, unadorned.
    pub fn query(&self, url: &str, sql: &str) -> Result<String> {
        let mut psql = self.client("psql");
        psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "--dbname", url, "--command", sql]);
        Ok(command::output(&mut psql)?.trim().to_owned())
    }

    /// The bytes of the database of a URL, with its indexes.
    pub fn bytes(&self, url: &str) -> Result<f64> {
        self.query(url, "CHECKPOINT")?;
        let size = self.query(url, "SELECT pg_database_size(current_database())")?;
        size.parse().context("PostgreSQL gave no size")
    }
}
