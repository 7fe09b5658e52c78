//! The ledger's seam: `load` what a batch decides on, `commit` what it decided.
//!
//! Two engines. SQLite keeps what it decides on in memory and appends one row a check-out;
//! PostgreSQL locks the pools of the batch in order, reads them, and writes arrays. Between the
//! two calls no other batch and no transaction can change the same pools.

pub(crate) mod postgres;
mod read;
mod rebuild;
mod replays;
mod seats;
pub(crate) mod sqlite;
mod write;

use leasehold_core::consume::Command;
use leasehold_core::pool::Pools;
use leasehold_core::state::{Effects, State};

use crate::driver::Driver;
use crate::error::Result;

/// Loads and commits the batches of a ledger. One batch at a time.
pub trait Engine: Send {
    /// Everything the commands decide on, as of `now_ms`, held until [`Engine::commit`].
    ///
    /// # Errors
    /// What the database says; nothing is held then.
    fn load(
        &mut self,
        now_ms: i64,
        commands: &[Command],
    ) -> impl Future<Output = Result<State>> + Send;

    /// Makes all effects durable, or none. Ends the batch either way.
    ///
    /// # Errors
    /// What the database says. [`Conflict`](crate::ErrorKind::Conflict): nothing has happened, run
    /// the batch again. Otherwise the outcome may be unknown (a lost connection), and a client
    /// that asks again with its client token learns it.
    fn commit(
        &mut self,
        state: State,
        effects: &Effects,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// The engine of the database that is open.
pub enum LedgerEngine {
    /// Embedded.
    Sqlite(sqlite::SqliteEngine),
    /// Shared.
    Postgres(Box<postgres::PostgresEngine>),
}

impl LedgerEngine {
    pub(crate) fn new(driver: &Driver) -> Self {
        match driver {
            Driver::Sqlite(database) => {
                Self::Sqlite(sqlite::SqliteEngine::new(std::sync::Arc::clone(database)))
            }
            Driver::Postgres(database) => {
                let engine = postgres::PostgresEngine::new(std::sync::Arc::clone(database));
                Self::Postgres(Box::new(engine))
            }
        }
    }
}

impl Engine for LedgerEngine {
    async fn load(&mut self, now_ms: i64, commands: &[Command]) -> Result<State> {
        match self {
            Self::Sqlite(engine) => engine.load(now_ms, commands).await,
            Self::Postgres(engine) => engine.load(now_ms, commands).await,
        }
    }

    async fn commit(&mut self, state: State, effects: &Effects) -> Result<()> {
        match self {
            Self::Sqlite(engine) => engine.commit(state, effects).await,
            Self::Postgres(engine) => engine.commit(state, effects).await,
        }
    }
}

/// Pools as a document; an engine that derives what is held stores 0 for it.
pub(crate) fn encode_pools(pools: &Pools, holds_are_stored: bool) -> Result<String> {
    if holds_are_stored {
        return Ok(serde_json::to_string(pools)?);
    }
    let mut counts = Pools {
        period_begin_ms: pools.period_begin_ms,
        decided_at_ms: pools.decided_at_ms,
        draws_restarted: pools.draws_restarted,
        pools: pools.pools.clone(),
        ..Pools::default()
    };
    for pool in &mut counts.pools {
        pool.held = 0;
    }
    Ok(serde_json::to_string(&counts)?)
}
