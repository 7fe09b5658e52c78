//! A transaction: the one way to the tables for everything that is not consumption.

use std::collections::BTreeSet;
use std::sync::Arc;

use leasehold_core::pool::Pools;

use crate::driver::Driver;
use crate::error::{Error, Result};
use crate::ledger;
use crate::schema::Table;
use crate::value::{Row, Value};
use crate::{postgres, sqlite};

/// Makes commits fail, for simulations: a crash on either side of a commit is an error there.
pub trait CommitFaults: Send + Sync {
    /// An error instead of the commit: nothing becomes durable.
    fn before(&self) -> Result<()>;

    /// An error after the commit: everything is durable and nobody learns it.
    fn after(&self) -> Result<()>;
}

/// What a transaction is begun for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// To read.
    Read,
    /// To write.
    Write,
    /// To write while no batch of any ledger does.
    WriteAlone,
}

enum Inner {
    Sqlite(sqlite::Transaction),
    Postgres(postgres::Transaction),
}

/// An open transaction; dropped without [`Tx::commit`] it is rolled back.
///
/// Statements use `$1…` for values. On SQLite at most one writes at a time, and none while a batch
/// of the ledger commits; on PostgreSQL they are SERIALIZABLE, and a conflict is an error of kind
/// [`Conflict`](crate::ErrorKind::Conflict) that the caller answers by running again.
pub struct Tx {
    inner: Inner,
    /// Licenses that this transaction changes: the ledger reads them anew after the commit.
    touched: BTreeSet<i64>,
    /// The first error of a statement: what follows it must not be committed without it.
    failed: Option<Error>,
    faults: Option<Arc<dyn CommitFaults>>,
}

impl Tx {
    pub(crate) async fn begin(driver: &Driver, mode: Mode) -> Result<Self> {
        let inner = match driver {
            Driver::Sqlite(database) => Inner::Sqlite(database.begin(mode != Mode::Read).await?),
            Driver::Postgres(database) => Inner::Postgres(database.begin(mode).await?),
        };
        Ok(Self { inner, touched: BTreeSet::new(), failed: None, faults: None })
    }

    pub(crate) fn with_faults(self, faults: Option<Arc<dyn CommitFaults>>) -> Self {
        Self { faults, ..self }
    }

    /// Runs a statement and reads its rows.
    ///
    /// # Errors
    /// What the database says.
    pub async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let result = match &mut self.inner {
            Inner::Sqlite(tx) => tx.query(sql, values).await,
            Inner::Postgres(tx) => tx.query(sql, values).await,
        };
        self.note(result)
    }

    /// Runs a statement that answers nothing; returns how many rows it changed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let result = match &mut self.inner {
            Inner::Sqlite(tx) => tx.execute(sql, values).await,
            Inner::Postgres(tx) => tx.execute(sql, values).await,
        };
        self.note(result)
    }

    /// Runs several statements without values, separated by semicolons.
    pub(crate) async fn run_script(&mut self, sql: &str) -> Result<()> {
        let result = match &mut self.inner {
            Inner::Sqlite(tx) => tx.run_script(sql).await,
            Inner::Postgres(tx) => tx.run_script(sql).await,
        };
        self.note(result)
    }

    /// Appends rows to a table, each with a value for every column.
    pub(crate) async fn append(&mut self, table: &Table, rows: Vec<Row>) -> Result<()> {
        let result = match &mut self.inner {
            Inner::Sqlite(tx) => tx.append(table, rows).await,
            Inner::Postgres(tx) => tx.append(table, &rows).await,
        };
        self.note(result)
    }

    /// Whether the database is an embedded one.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.inner, Inner::Sqlite(_))
    }

    /// Remembers that a statement failed. PostgreSQL takes no more statements then and answers a
    /// COMMIT as if it were a ROLLBACK; SQLite would commit the rest.
    fn note<T>(&mut self, result: Result<T>) -> Result<T> {
        if let Err(error) = &result {
            self.failed.get_or_insert_with(|| error.clone());
        }
        result
    }

    /// The pools of a license, with all that comes back, locked against the ledger until this
    /// transaction ends. Call it before reading the license: what is read then cannot change.
    ///
    /// # Errors
    /// What the database says; also if the license has no pools.
    pub async fn pools(&mut self, license: i64) -> Result<Pools> {
        let pools = match &mut self.inner {
            Inner::Sqlite(tx) => tx.pools(license).await,
            Inner::Postgres(tx) => ledger::postgres::pools(tx, license).await,
        };
        self.note(pools)?.ok_or_else(|| Error::failed(format!("license {license} has no pools")))
    }

    /// Locks a license against the ledger until this transaction ends: no check-out is decided
    /// meanwhile, and the next one sees what this transaction has changed. Call it before reading.
    ///
    /// # Errors
    /// What the database says.
    pub async fn lock(&mut self, license: i64) -> Result<()> {
        if let Inner::Postgres(_) = self.inner {
            let sql = "SELECT license FROM pool WHERE license = $1 FOR UPDATE";
            self.query(sql, &[license.into()]).await?;
        }
        self.touch(license);
        Ok(())
    }

    /// Stores the pools of a license that [`Tx::pools`] gave: what they count, not what comes back,
    /// which only the ledger changes.
    ///
    /// # Errors
    /// What the database says.
    pub async fn save_pools(&mut self, license: i64, pools: &Pools) -> Result<()> {
        let holds_are_stored = matches!(self.inner, Inner::Postgres(_));
        let document = ledger::encode_pools(pools, holds_are_stored)?;
        self.touch(license);
        let sql = "INSERT INTO pool (license, pools) VALUES ($1, $2)
                   ON CONFLICT (license) DO UPDATE SET pools = EXCLUDED.pools";
        self.execute(sql, &[license.into(), document.into()]).await?;
        if holds_are_stored {
            // What was due has been taken off the counts that were just stored; now off those of
            // grants, and away.
            let due: [Value; 2] = [license.into(), pools.decided_at_ms.into()];
            let sql = "UPDATE grant_edge e SET held = e.held - d.units
                       FROM (SELECT grant_key, pool, sum(units)::bigint AS units FROM hold
                             WHERE license = $1 AND until_ms <= $2 GROUP BY grant_key, pool) AS d
                       WHERE e.license = $1 AND e.grant_key = d.grant_key AND e.pool = d.pool";
            self.execute(sql, &due).await?;
            let sql = "DELETE FROM hold WHERE license = $1 AND until_ms <= $2";
            self.execute(sql, &due).await?;
        }
        Ok(())
    }

    /// Notes that this transaction changes a license.
    pub(crate) fn touch(&mut self, license: i64) {
        self.touched.insert(license);
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// What the database says, now or to an earlier statement; nothing has happened then, unless
    /// the connection was lost.
    pub async fn commit(self) -> Result<()> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.faults.as_ref().map_or(Ok(()), |faults| faults.before())?;
        match self.inner {
            Inner::Sqlite(tx) => tx.commit(self.touched).await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        self.faults.as_ref().map_or(Ok(()), |faults| faults.after())
    }
}
