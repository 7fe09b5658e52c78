//! The ledger on PostgreSQL: any number of servers, none special.
//!
//! A batch is one transaction in two pipelined round trips. The first locks the pools of every
//! license that the batch may use, in the order of their rows, so that batches of several servers
//! queue up and never deadlock; the statements behind it see what the lock's last holder left. The
//! second writes arrays and commits. Which rows those are is remembered from batch to batch, and
//! found in a round trip before where it is not known.

mod columns;
mod known;
mod locked;
mod names;
mod statements;

use std::sync::Arc;

use leasehold_core::consume::{Command, REPLAY_WINDOW_MS};
use leasehold_core::pool::{Edge, Pools};
use leasehold_core::state::{Effects, State};
use tokio::try_join;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use self::columns::{Counts, Edges, Holds, Inserted, Requests, Updated};
use self::known::Known;
use self::locked::{Locked, Spent, pool_index, read_replays};
use self::names::Names;
use self::statements::Statements;
use super::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::{Database, Transaction};

/// How often a batch looks for its rows anew, because others changed them before it locked them.
const FINDS_MAX: usize = 5;

/// A value of a statement.
type Parameter<'a> = &'a (dyn ToSql + Sync);

/// A connection with its statements.
struct Session {
    client: Client,
    statements: Statements,
}

/// The engine of the shared database.
pub struct PostgresEngine {
    database: Arc<Database>,
    /// `None` before the first batch and after one that failed.
    session: Option<Session>,
    /// The batch that is loaded and not over.
    in_batch: Option<Spent>,
    known: Known,
}

impl PostgresEngine {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database, session: None, in_batch: None, known: Known::default() }
    }

    async fn connect(&mut self) -> Result<Session> {
        let in_batch = self.in_batch.take().is_some();
        if let Some(session) = self.session.take() {
            if in_batch {
                // A batch whose commit never came gives up its locks first.
                session.client.batch_execute("ROLLBACK").await?;
            }
            return Ok(session);
        }
        let client = self.database.dedicated().await?;
        let statements = Statements::prepare(&client).await?;
        Ok(Session { client, statements })
    }
}

/// On an error, and where there is no answer in time, the session is dropped: the next batch begins
/// with another one, and the server undoes what was begun.
impl Engine for PostgresEngine {
    async fn load(&mut self, now_ms: i64, commands: &[Command]) -> Result<State> {
        let patience = self.database.patience();
        patience.limit(self.try_load(now_ms, commands)).await
    }

    async fn commit(&mut self, state: State, effects: &Effects) -> Result<()> {
        let patience = self.database.patience();
        patience.limit(self.try_commit(state, effects)).await
    }
}

impl PostgresEngine {
    async fn try_load(&mut self, now_ms: i64, commands: &[Command]) -> Result<State> {
        let names = Names::of(commands);
        let session = self.connect().await?;
        for _ in 0..FINDS_MAX {
            let scope = self.known.find(&session, &names).await?;
            let locked = Locked::read(&session, &names, &scope, &self.known, now_ms).await?;
            if !self.known.held(&scope, &locked)? {
                session.client.batch_execute("ROLLBACK").await?;
                continue;
            }
            let (mut state, spent) = locked.into_state(&scope, &self.known, now_ms)?;
            if !state.replays.is_empty() {
                read_replays(&session, &mut self.known, &mut state).await?;
            }
            self.session = Some(session);
            self.in_batch = Some(spent);
            return Ok(state);
        }
        self.session = Some(session);
        Err(Error::new(
            ErrorKind::Conflict,
            "the batch's licenses change faster than it locks them",
        ))
    }

    async fn try_commit(&mut self, state: State, effects: &Effects) -> Result<()> {
        let (Some(session), Some(spent)) = (self.session.take(), self.in_batch.take()) else {
            return Err(Error::failed("the batch was not loaded"));
        };
        if effects.is_empty() {
            session.client.batch_execute("ROLLBACK").await?;
        } else {
            write(&session, &spent, &state, effects).await?;
        }
        self.session = Some(session);
        Ok(())
    }
}

/// Runs a statement and reads its rows, if there is anything to ask for.
async fn query_if(
    is_wanted: bool,
    client: &Client,
    statement: &Statement,
    values: &[Parameter<'_>],
) -> std::result::Result<Vec<Row>, tokio_postgres::Error> {
    if is_wanted { client.query(statement, values).await } else { Ok(Vec::new()) }
}

/// Runs a statement, if there is anything for it to change; returns how many rows it changed.
async fn execute_if(
    is_wanted: bool,
    client: &Client,
    statement: &Statement,
    values: &[Parameter<'_>],
) -> std::result::Result<u64, tokio_postgres::Error> {
    if is_wanted { client.execute(statement, values).await } else { Ok(0) }
}

/// The second round trip: every effect, then COMMIT. If any statement fails, the server has undone
/// all of them by the time it reads the COMMIT.
async fn write(session: &Session, spent: &Spent, state: &State, effects: &Effects) -> Result<()> {
    let Session { client, statements } = session;
    let inserted = Inserted::of(state, effects)?;
    let updated = Updated::of(state, effects)?;
    let pools = Counts::of(state, effects)?;
    let holds = Holds::of(effects);
    let edges = Edges::of(state, effects);
    let requests = Requests::of(state, effects)?;
    let replaced: Vec<i64> = effects.replaced.iter().copied().collect();
    let replace: [Parameter; 1] = [&replaced];
    let forget_until_ms = state.now_ms - REPLAY_WINDOW_MS;
    let forget: [Parameter; 2] = [&spent.outdated, &forget_until_ms];
    let new = inserted.parameters();
    let remembered: [Parameter; 3] = [&requests.key, &requests.seq, &requests.at];
    let counted: [Parameter; 2] = [&pools.license, &pools.document];
    let held: [Parameter; 5] =
        [&holds.license, &holds.until, &holds.pool, &holds.grant, &holds.units];
    let written = [&new[..], &remembered, &counted, &held].concat();
    let update: [Parameter; 4] =
        [&updated.seq, &updated.extended, &updated.extended_at, &updated.ended];
    let release: [Parameter; 2] = [&pools.license, &pools.decided];
    let count: [Parameter; 6] =
        [&edges.license, &edges.grant, &edges.pool, &edges.restarts, &edges.drawn, &edges.held];
    try_join!(
        biased;
        execute_if(!replaced.is_empty(), client, &statements.replace, &replace),
        execute_if(!spent.outdated.is_empty(), client, &statements.forget, &forget),
        // Fails, and with it the batch, if another server has answered the same request meanwhile.
        client.execute(&statements.write, &written),
        execute_if(!updated.seq.is_empty(), client, &statements.update, &update),
        execute_if(spent.has_due, client, &statements.release, &release),
        execute_if(!edges.license.is_empty(), client, &statements.count, &count),
        client.batch_execute("COMMIT"),
    )?;
    Ok(())
}

/// The pools of a license with all that comes back, locked until the transaction ends.
pub async fn pools(tx: &mut Transaction, license: i64) -> Result<Option<Pools>> {
    let sql = "SELECT pools FROM pool WHERE license = $1 FOR UPDATE";
    let rows = tx.query(sql, &[license.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let mut pools: Pools = serde_json::from_str(row.text(0)?)?;
    let sql = "SELECT until_ms, pool, grant_key, units FROM hold WHERE license = $1";
    for row in &tx.query(sql, &[license.into()]).await? {
        let through = Some(row.int(2)?).filter(|grant| *grant != 0);
        pools.returns.insert((row.int(0)?, pool_index(row.int(1)?)?, through), row.int(3)?);
    }
    let sql = "SELECT grant_key, pool, restarts, drawn, held FROM grant_edge WHERE license = $1";
    for row in &tx.query(sql, &[license.into()]).await? {
        let count = |column| row.int(column).map(|it| u64::try_from(it).unwrap_or(0));
        let edge = Edge { restarts: row.int(2)?, drawn: count(3)?, held: count(4)? };
        pools.edges.insert((row.int(0)?, pool_index(row.int(1)?)?), edge);
    }
    Ok(Some(pools))
}
