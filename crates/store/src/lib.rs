//! SQL, written once for SQLite and PostgreSQL, and the two engines of the ledger.
//!
//! A [`Store`] opens transactions; the modules named after nouns (license, grant, organization, …)
//! are the only places with SQL for them. Consumption goes through [`ledger`], which has an engine
//! of its own for each database. Nothing here decides anything: rules live in `leasehold_core`.

pub mod account;
pub mod backup;
pub mod check;
pub mod consumption;
pub mod copy;
mod driver;
pub mod error;
pub mod grant;
pub mod handshake;
pub mod iam;
pub mod issuer;
pub mod key;
pub mod ledger;
pub mod license;
pub mod meta;
mod migrations;
pub mod organization;
mod postgres;
pub mod request;
pub mod schema;
pub mod sealed;
pub mod settings;
mod sqlite;
pub mod tag;
pub mod token;
mod tx;
mod value;

use std::path::PathBuf;
use std::sync::Arc;

pub use error::{Error, ErrorKind, Result};
pub use tx::{CommitFaults, Tx};
pub use value::{Row, Value};

use crate::driver::Driver;
use crate::ledger::LedgerEngine;
use crate::tx::Mode;

/// Where the data is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// An embedded SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database, by its connection URL.
    Postgres(String),
}

impl Location {
    /// Reads the `--database` setting: a URL that begins with `postgres://` or `postgresql://`, or
    /// else the path of an SQLite file, with or without `sqlite:` before it.
    pub fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Self::Postgres(text.to_owned());
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        Self::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
    }
}

/// Beside whom a database is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Beside a server, if one runs: what is read is as of one moment.
    Beside,
    /// While no server runs: it is refused.
    Alone,
}

/// An open database. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Store {
    driver: Driver,
    instance: i64,
    faults: Option<Arc<dyn CommitFaults>>,
}

impl Store {
    /// Opens the database, makes or migrates its tables, and draws an instance number.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] when another server has the SQLite file, when the file is not a
    /// database or damaged, or when a newer Leasehold wrote it; otherwise what the database says.
    pub async fn open(location: &Location) -> Result<Self> {
        let driver = match location {
            Location::Sqlite(path) => Driver::Sqlite(Arc::new(sqlite::Database::open(path)?)),
            Location::Postgres(url) => {
                Driver::Postgres(Arc::new(postgres::Database::open(url).await?))
            }
        };
        Self { driver, instance: 0, faults: None }.prepared().await
    }

    async fn prepared(mut self) -> Result<Self> {
        migrations::run(&self).await?;
        self.instance = meta::next_instance(&self).await?;
        Ok(self)
    }

    /// Opens a database that is there to read it, and changes nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] when it is none of ours, or of an older or newer program, or, with
    /// [`Access::Alone`], when a server has it.
    pub async fn open_to_read(location: &Location, access: Access) -> Result<Self> {
        let driver = match location {
            Location::Sqlite(path) => {
                Driver::Sqlite(Arc::new(sqlite::Database::open_to_read(path, access)?))
            }
            Location::Postgres(url) => {
                Driver::Postgres(Arc::new(postgres::Database::open_once(url, access).await?))
            }
        };
        let store = Self { driver, instance: 0, faults: None };
        migrations::check_current(&mut store.read().await?).await?;
        Ok(store)
    }

    /// Opens a database that no server has and that holds nothing, to write everything into it.
    ///
    /// # Errors
    /// As [`Store::open`]; [`ErrorKind::Refused`] also when there is anything in it, which is left
    /// as it is, or when anybody is connected to a PostgreSQL database.
    pub async fn open_empty(location: &Location) -> Result<Self> {
        let driver = match location {
            Location::Sqlite(path) => Driver::Sqlite(Arc::new(sqlite::Database::open(path)?)),
            Location::Postgres(url) => {
                let alone = postgres::Database::open_once(url, Access::Alone).await?;
                Driver::Postgres(Arc::new(alone))
            }
        };
        let store = Self { driver, instance: 0, faults: None };
        copy::check_empty(&mut store.read().await?).await?;
        store.prepared().await
    }

    /// Number of this opening, never given twice: the high part of the rows that it makes.
    pub fn instance(&self) -> i64 {
        self.instance
    }

    /// Name of the engine, for logs.
    pub fn engine_name(&self) -> &'static str {
        match &self.driver {
            Driver::Sqlite(_) => "SQLite",
            Driver::Postgres(_) => "PostgreSQL",
        }
    }

    /// The same database, with transactions that fail when a simulation says so.
    pub fn with_faults(self, faults: Arc<dyn CommitFaults>) -> Self {
        Self { faults: Some(faults), ..self }
    }

    /// Begins a transaction that only reads.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(&self) -> Result<Tx> {
        Tx::begin(&self.driver, Mode::Read).await
    }

    /// Begins a transaction that writes. It is rolled back unless [`Tx::commit`] is called.
    ///
    /// # Errors
    /// What the database says.
    pub async fn write(&self) -> Result<Tx> {
        Ok(Tx::begin(&self.driver, Mode::Write).await?.with_faults(self.faults.clone()))
    }

    /// Begins a transaction that writes while no batch of any server's ledger does: for one that
    /// would otherwise be in conflict with a busy ledger again and again. On SQLite every
    /// transaction that writes is one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn write_alone(&self) -> Result<Tx> {
        Ok(Tx::begin(&self.driver, Mode::WriteAlone).await?.with_faults(self.faults.clone()))
    }

    /// The engine of the ledger. One for each process.
    pub fn ledger(&self) -> LedgerEngine {
        LedgerEngine::new(&self.driver)
    }

    /// Makes the database ready for much to be written.
    ///
    /// # Errors
    /// What the system says, for example that the disk is full; the database works all the same.
    pub async fn prepare_for_load(&self) -> Result<()> {
        match &self.driver {
            Driver::Sqlite(database) => database.lay_out_log().await,
            Driver::Postgres(_) => Ok(()),
        }
    }

    /// Copies the write-ahead log into the database file, if the engine has one and it has grown.
    ///
    /// # Errors
    /// What the database says.
    pub async fn checkpoint(&self) -> Result<()> {
        match &self.driver {
            Driver::Sqlite(database) => database.checkpoint().await,
            Driver::Postgres(_) => Ok(()),
        }
    }
}
