//! The ledger on PostgreSQL: any number of servers, none special.
//!
//! A batch is one transaction in two pipelined round trips. The first locks the pools of every
//! license that the batch may use, in the order of their rows, so that batches of several servers
//! queue up and never deadlock; the statements behind it see what the lock's last holder left. The
//! second writes arrays and commits.

mod columns;
mod granted;
mod names;
mod statements;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use leasehold_core::consume::{Command, REPLAY_WINDOW_MS};
use leasehold_core::license::License;
use leasehold_core::pool::{Edge, PoolIndex, Pools};
use leasehold_core::state::{Candidate, Effects, Selection, State, Stock};
use tokio::try_join;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use self::columns::{Counts, Edges, Holds, Inserted, Requests, Updated};
use self::granted::{read_edge, read_granted};
use self::names::Names;
use self::statements::Statements;
use super::Engine;
use crate::error::{Error, Result};
use crate::postgres::{Database, Transaction, read_row};
use crate::{consumption, license};

/// Versions of licenses kept parsed; past it all are forgotten.
const LICENSES_MAX: usize = 100_000;

/// A value of a statement.
type Parameter<'a> = &'a (dyn ToSql + Sync);

/// A connection with its statements.
struct Session {
    client: Client,
    statements: Statements,
}

/// What was read for a batch and is to be taken away by it.
#[derive(Default)]
struct Loaded {
    /// Whether anything comes back.
    has_due: bool,
    /// Requests of the same names that are past the window.
    outdated: Vec<Vec<u8>>,
}

/// The engine of the shared database.
pub struct PostgresEngine {
    database: Arc<Database>,
    /// `None` before the first batch and after one that failed.
    session: Option<Session>,
    /// The batch that is loaded and not over.
    in_batch: Option<Loaded>,
    /// Versions never change, so a parsed one is good for ever.
    terms: HashMap<(i64, i64), Arc<License>>,
}

impl PostgresEngine {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database, session: None, in_batch: None, terms: HashMap::new() }
    }

    async fn connect(&mut self) -> Result<Session> {
        if let Some(session) = self.session.take() {
            return Ok(session);
        }
        self.in_batch = None;
        let client = self.database.dedicated().await?;
        let statements = Statements::prepare(&client).await?;
        Ok(Session { client, statements })
    }

    async fn read(
        &mut self,
        session: &Session,
        names: &Names,
        state: &mut State,
    ) -> Result<Loaded> {
        let Session { client, statements } = session;
        // What only reads locks nothing, and so works on a database that is read-only for a while.
        let (begin, lock) = if names.only_read() {
            ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &statements.see)
        } else {
            ("BEGIN", &statements.lock)
        };
        // A batch whose commit never came gives up its locks first.
        let rollback = if self.in_batch.is_some() { "ROLLBACK; " } else { "" };
        let begin = format!("{rollback}{begin}");
        let Names { accounts, beneficiaries, skus, seqs, licenses, client_keys, .. } = names;
        let Names { grantees, granted_skus, .. } = names;
        let selected: [Parameter; 3] = [accounts, beneficiaries, skus];
        let keys: [Parameter; 7] =
            [accounts, beneficiaries, skus, seqs, licenses, grantees, granted_skus];
        let keys_now: [Parameter; 8] =
            [accounts, beneficiaries, skus, seqs, licenses, grantees, granted_skus, &state.now_ms];
        let named: [Parameter; 1] = [seqs];
        let asked: [Parameter; 1] = [client_keys];
        let (_, locked, granted, candidates, stocks, due, consumptions, requests) = try_join!(
            biased;
            client.batch_execute(&begin),
            client.query(lock, &keys),
            read_granted(session, names),
            query_if(!accounts.is_empty(), client, &statements.candidates, &selected),
            client.query(&statements.stocks, &keys_now),
            client.query(&statements.due, &keys_now),
            query_if(!seqs.is_empty(), client, &statements.consumptions, &named),
            query_if(!client_keys.is_empty(), client, &statements.requests, &asked),
        )?;
        let locked: BTreeSet<i64> =
            locked.iter().map(|row| row.try_get(0)).collect::<std::result::Result<_, _>>()?;
        for row in &stocks {
            let stock = self.read_stock(row)?;
            if locked.contains(&stock.license.key) {
                state.stocks.insert(stock.license.key, stock);
            }
        }
        read_candidates(&candidates, state)?;
        read_due(&due, state)?;
        if let Some(granted) = granted {
            granted.read(state)?;
        }
        for row in &consumptions {
            let consumption = consumption::read(&read_row(row)?)?;
            state.consumptions.insert(consumption.token.seq, Arc::new(consumption));
        }
        let outdated = read_requests(&requests, state)?;
        if !state.replays.is_empty() {
            self.read_replays(session, state).await?;
        }
        Ok(Loaded { has_due: !due.is_empty(), outdated })
    }

    fn read_stock(&mut self, row: &Row) -> Result<Stock> {
        let values = read_row(row)?;
        let (key, deleted_at_ms, version) =
            (values.int(0)?, values.int_or_null(7)?, values.int(8)?);
        let known = self.terms.get(&(key, version));
        let license = match known.filter(|known| known.deleted_at_ms == deleted_at_ms) {
            Some(license) => Arc::clone(license),
            None => {
                let license = Arc::new(license::read(&values)?);
                if self.terms.len() >= LICENSES_MAX {
                    self.terms.clear();
                }
                self.terms.insert((key, version), Arc::clone(&license));
                license
            }
        };
        let mut pools: Pools = serde_json::from_str(values.text(10)?)?;
        pools.next_return_at_ms = values.int_or_null(11)?;
        Ok(Stock { license, pools })
    }

    /// The rare second read: earlier check-outs that answer repeated requests. They need no lock:
    /// what one answers changes only where its seat was taken again, and then either is right.
    async fn read_replays(&mut self, session: &Session, state: &mut State) -> Result<()> {
        let seqs: Vec<i64> = state.replays.values().copied().collect();
        let rows = session.client.query(&session.statements.consumptions, &[&seqs]).await?;
        for row in &rows {
            let consumption = consumption::read(&read_row(row)?)?;
            let seq = consumption.token.seq;
            state.consumptions.entry(seq).or_insert_with(|| Arc::new(consumption));
        }
        let (none, nothing): (Vec<String>, Vec<i64>) = (Vec::new(), Vec::new());
        let statement = &session.statements.stocks;
        let values: [Parameter; 8] =
            [&none, &none, &none, &seqs, &nothing, &none, &none, &state.now_ms];
        for row in &session.client.query(statement, &values).await? {
            let stock = self.read_stock(row)?;
            state.stocks.entry(stock.license.key).or_insert(stock);
        }
        Ok(())
    }
}

fn read_candidates(rows: &[Row], state: &mut State) -> Result<()> {
    for row in rows {
        let selection = Selection {
            account: row.try_get(0)?,
            beneficiary: Some(row.try_get(1)?),
            product_sku: row.try_get(2)?,
        };
        let key: i64 = row.try_get(3)?;
        // A license made after the lock was taken waits for the next batch.
        if state.stocks.contains_key(&key) {
            let candidate = Candidate { license: key, grant: None };
            state.candidates.entry(selection).or_default().push(candidate);
        }
    }
    Ok(())
}

/// Notes which requests are repeated; returns those that are too old to be.
fn read_requests(rows: &[Row], state: &mut State) -> Result<Vec<Vec<u8>>> {
    let mut outdated = Vec::new();
    for row in rows {
        let (key, seq, at_ms): (Vec<u8>, i64, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if at_ms > state.now_ms - REPLAY_WINDOW_MS {
            state.replays.insert(consumption::client_key(&key)?, seq);
        } else {
            outdated.push(key);
        }
    }
    Ok(outdated)
}

fn read_due(rows: &[Row], state: &mut State) -> Result<()> {
    for row in rows {
        let (license, until_ms, pool): (i64, i64, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let (grant, units): (i64, i64) = (row.try_get(3)?, row.try_get(4)?);
        let (pool, through) = (pool_index(pool)?, (grant != 0).then_some(grant));
        if let Some(stock) = state.stocks.get_mut(&license) {
            stock.pools.returns.insert((until_ms, pool, through), units);
            if let Some(grant) = through {
                stock.pools.edges.insert((grant, pool), read_edge(row, 5)?);
            }
        }
    }
    Ok(())
}

fn pool_index(number: i64) -> Result<PoolIndex> {
    PoolIndex::try_from(number).map_err(|_| Error::failed(format!("pool {number} is no pool")))
}

impl Engine for PostgresEngine {
    async fn load(&mut self, now_ms: i64, commands: &[Command]) -> Result<State> {
        let mut state = State { now_ms, ..State::default() };
        let names = Names::of(commands, &mut state);
        let session = self.connect().await?;
        // On an error the session is dropped, and the server undoes what was begun.
        let loaded = self.read(&session, &names, &mut state).await?;
        self.session = Some(session);
        self.in_batch = Some(loaded);
        Ok(state)
    }

    async fn commit(&mut self, state: State, effects: &Effects) -> Result<()> {
        let (Some(session), Some(loaded)) = (self.session.take(), self.in_batch.take()) else {
            return Err(Error::failed("the batch was not loaded"));
        };
        if effects.is_empty() {
            session.client.batch_execute("ROLLBACK").await?;
        } else {
            write(&session, &loaded, &state, effects).await?;
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
async fn write(session: &Session, loaded: &Loaded, state: &State, effects: &Effects) -> Result<()> {
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
    let forget: [Parameter; 2] = [&loaded.outdated, &forget_until_ms];
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
        execute_if(!loaded.outdated.is_empty(), client, &statements.forget, &forget),
        // Fails, and with it the batch, if another server has answered the same request meanwhile.
        client.execute(&statements.write, &written),
        execute_if(!updated.seq.is_empty(), client, &statements.update, &update),
        execute_if(loaded.has_due, client, &statements.release, &release),
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
