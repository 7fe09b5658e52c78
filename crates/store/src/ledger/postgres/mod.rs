//! The ledger on PostgreSQL: any number of servers, none special.
//!
//! A batch is one transaction in two pipelined round trips. The first locks the pools of every
//! license that the batch may use, in the order of their rows, so that batches of several servers
//! queue up and never deadlock; the statements behind it see what the lock's last holder left. The
//! second writes arrays and commits.

mod columns;
mod names;
mod statements;

use std::collections::HashMap;
use std::sync::Arc;

use leasehold_core::consume::{Command, REPLAY_WINDOW_MS};
use leasehold_core::license::License;
use leasehold_core::pool::{Edge, PoolIndex, Pools};
use leasehold_core::state::{Candidate, Effects, Selection, State, Stock};
use tokio::try_join;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use self::columns::{Counts, Edges, Holds, Inserted, Requests, Updated};
use self::names::Names;
use self::statements::Statements;
use super::Engine;
use crate::error::{Error, Result};
use crate::postgres::{Database, Transaction, read_row};
use crate::{consumption, grant, license};

/// Versions of licenses kept parsed; past it all are forgotten.
const LICENSES_MAX: usize = 100_000;

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
    /// Whether a batch is loaded and not over.
    is_in_batch: bool,
    /// Versions never change, so a parsed one is good for ever.
    terms: HashMap<(i64, i64), Arc<License>>,
}

impl PostgresEngine {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database, session: None, is_in_batch: false, terms: HashMap::new() }
    }

    async fn connect(&mut self) -> Result<Session> {
        if let Some(session) = self.session.take() {
            return Ok(session);
        }
        self.is_in_batch = false;
        let client = self.database.dedicated().await?;
        let statements = Statements::prepare(&client).await?;
        Ok(Session { client, statements })
    }

    async fn read(&mut self, session: &Session, names: &Names, state: &mut State) -> Result<()> {
        let Session { client, statements } = session;
        // What only reads locks nothing, and so works on a database that is read-only for a while.
        let (begin, lock) = if names.only_read() {
            ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &statements.see)
        } else {
            ("BEGIN", &statements.lock)
        };
        // A batch whose commit never came gives up its locks first.
        let rollback = if self.is_in_batch { "ROLLBACK; " } else { "" };
        let begin = format!("{rollback}{begin}");
        let since_ms = state.now_ms - REPLAY_WINDOW_MS;
        let Names { accounts, beneficiaries, skus, seqs, licenses, client_keys, .. } = names;
        let Names { grantees, granted_skus, .. } = names;
        let selected: [Parameter; 3] = [accounts, beneficiaries, skus];
        let keys: [Parameter; 7] =
            [accounts, beneficiaries, skus, seqs, licenses, grantees, granted_skus];
        let keys_now: [Parameter; 8] =
            [accounts, beneficiaries, skus, seqs, licenses, grantees, granted_skus, &state.now_ms];
        let named: [Parameter; 1] = [seqs];
        let asked: [Parameter; 2] = [client_keys, &since_ms];
        let (_, locked, granted, candidates, stocks, due, consumptions, requests) = try_join!(
            biased;
            client.batch_execute(&begin),
            client.query(lock, &keys),
            read_granted(session, names),
            client.query(&statements.candidates, &selected),
            client.query(&statements.stocks, &keys_now),
            client.query(&statements.due, &keys_now),
            client.query(&statements.consumptions, &named),
            client.query(&statements.requests, &asked),
        )?;
        let locked: Vec<i64> =
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
        if !requests.is_empty() {
            self.read_replays(session, &requests, state).await?;
        }
        Ok(())
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

    /// The rare second read: earlier check-outs that answer repeated requests. They need no lock,
    /// for what they answer never changes.
    async fn read_replays(
        &mut self,
        session: &Session,
        requests: &[Row],
        state: &mut State,
    ) -> Result<()> {
        let mut seqs: Vec<i64> = Vec::new();
        for row in requests {
            let seq = row.try_get(1)?;
            state.replays.insert(consumption::client_key(row.try_get(0)?)?, seq);
            seqs.push(seq);
        }
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

/// Restarts, drawn and held units from three columns.
fn read_edge(row: &Row, first: usize) -> Result<Edge> {
    let count = |column| row.try_get::<_, i64>(column).map(|it| u64::try_from(it).unwrap_or(0));
    Ok(Edge { restarts: row.try_get(first)?, drawn: count(first + 1)?, held: count(first + 2)? })
}

/// What a batch reads if grants may have a part in it.
struct Granted {
    candidates: Vec<Row>,
    links: Vec<Row>,
    edges: Vec<Row>,
    seated: Vec<Row>,
}

async fn read_granted(
    session: &Session,
    names: &Names,
) -> std::result::Result<Option<Granted>, tokio_postgres::Error> {
    if !names.may_need_grants() {
        return Ok(None);
    }
    let Session { client, statements } = session;
    let Names { grantees, granted_skus, seqs, seats, .. } = names;
    let selected: [Parameter; 2] = [grantees, granted_skus];
    let grants: [Parameter; 4] = [grantees, granted_skus, seqs, seats];
    let sitting: [Parameter; 1] = [seats];
    let (candidates, links, edges, seated) = try_join!(
        biased;
        client.query(&statements.granted, &selected),
        client.query(&statements.links, &grants),
        client.query(&statements.edges, &grants),
        client.query(&statements.seated, &sitting),
    )?;
    Ok(Some(Granted { candidates, links, edges, seated }))
}

impl Granted {
    fn read(&self, state: &mut State) -> Result<()> {
        let links: Vec<_> = self.links.iter().map(read_row).collect::<Result<_>>()?;
        state.links = grant::read_links(&links)?;
        for row in &self.candidates {
            let (account, product_sku) = (row.try_get(0)?, row.try_get(1)?);
            let selection = Selection { account, beneficiary: None, product_sku };
            let (license, grant): (i64, i64) = (row.try_get(2)?, row.try_get(3)?);
            // A license granted after the lock was taken waits for the next batch.
            if state.stocks.contains_key(&license) && state.links.contains(grant) {
                let candidate = Candidate { license, grant: Some(grant) };
                state.candidates.entry(selection).or_default().push(candidate);
            }
        }
        for row in &self.edges {
            let (license, grant, pool): (i64, i64, i64) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            if let Some(stock) = state.stocks.get_mut(&license) {
                stock.pools.edges.insert((grant, pool_index(pool)?), read_edge(row, 3)?);
            }
        }
        for row in &self.seated {
            let consumption = consumption::read(&read_row(row)?)?;
            let seat = consumption.seat.filter(|_| state.stocks.contains_key(&consumption.license));
            if let Some(seat) = seat {
                state.seats.insert((consumption.license, seat), consumption.token.seq);
                state.consumptions.insert(consumption.token.seq, Arc::new(consumption));
            }
        }
        Ok(())
    }
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
        self.read(&session, &names, &mut state).await?;
        self.session = Some(session);
        self.is_in_batch = true;
        Ok(state)
    }

    async fn commit(&mut self, state: State, effects: &Effects) -> Result<()> {
        let session = self.session.take().filter(|_| self.is_in_batch);
        let session = session.ok_or_else(|| Error::failed("the batch was not loaded"))?;
        if effects.is_empty() {
            session.client.batch_execute("ROLLBACK").await?;
        } else {
            write(&session, &state, effects).await?;
        }
        self.session = Some(session);
        self.is_in_batch = false;
        Ok(())
    }
}

/// The second round trip: every effect, then COMMIT. If any statement fails, the server has undone
/// all of them by the time it reads the COMMIT.
async fn write(session: &Session, state: &State, effects: &Effects) -> Result<()> {
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
    let insert = inserted.parameters();
    let forget: [Parameter; 2] = [&requests.key, &forget_until_ms];
    let remember: [Parameter; 3] = [&requests.key, &requests.seq, &requests.at];
    let update: [Parameter; 4] =
        [&updated.seq, &updated.extended, &updated.extended_at, &updated.ended];
    let counts: [Parameter; 2] = [&pools.license, &pools.document];
    let release: [Parameter; 2] = [&pools.license, &pools.decided];
    let hold: [Parameter; 5] =
        [&holds.license, &holds.until, &holds.pool, &holds.grant, &holds.units];
    let count: [Parameter; 6] =
        [&edges.license, &edges.grant, &edges.pool, &edges.restarts, &edges.drawn, &edges.held];
    try_join!(
        biased;
        execute_if(client, &statements.replace, &replace, !replaced.is_empty()),
        client.execute(&statements.insert, &insert),
        client.execute(&statements.forget, &forget),
        // Fails, and with it the batch, if another server has answered the same request meanwhile.
        client.execute(&statements.remember, &remember),
        client.execute(&statements.update, &update),
        client.execute(&statements.pools, &counts),
        client.execute(&statements.release, &release),
        client.execute(&statements.hold, &hold),
        execute_if(client, &statements.count, &count, !edges.license.is_empty()),
        client.batch_execute("COMMIT"),
    )?;
    Ok(())
}

/// Executes a statement that few batches need.
async fn execute_if(
    client: &Client,
    statement: &Statement,
    values: &[Parameter<'_>],
    is_needed: bool,
) -> std::result::Result<u64, tokio_postgres::Error> {
    if is_needed { client.execute(statement, values).await } else { Ok(0) }
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
