//! The ledger on SQLite: decisions on what is in memory, one row appended for each check-out.
//!
//! What is resident can be rebuilt from the tables at any time, and is, at the start and after a
//! commit that failed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use leasehold_core::consume::{CheckoutType, Command, REPLAY_WINDOW_MS};
use leasehold_core::grant::Links;
use leasehold_core::license::License;
use leasehold_core::pool::{Edge, PoolIndex, Pools};
use leasehold_core::state::{Candidate, Consumption, Effects, SeatKey, Selection, State, Stock};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::OwnedMutexGuard;

use super::replays::Replays;
use super::{Engine, encode_pools};
use crate::consumption::{self, Record, kind_number, parse_units};
use crate::error::{Error, Result};
use crate::sqlite::{Database, guard};
use crate::{Row, grant, license};

/// Selections remembered at the most; past it all are forgotten.
const SELECTIONS_MAX: usize = 100_000;

/// What the ledger knows without asking: pools, current licenses, candidates, recent requests.
struct Memory {
    pools: HashMap<i64, Pools>,
    licenses: HashMap<i64, Arc<License>>,
    candidates: HashMap<Selection, Vec<Candidate>>,
    links: Links,
    replays: Replays,
    /// The last check-out on each seat that its license gives back.
    seats: HashMap<(i64, SeatKey), i64>,
}

/// The ledger's connection and memory. Only a holder of the writer gate may use it.
pub struct Resident {
    connection: Connection,
    /// `None` until it has been read from the tables, and after a batch that came to nothing.
    memory: Option<Memory>,
    /// The memory while a batch is being decided: the pools it decides on are out of it.
    in_batch: Option<Memory>,
    /// Licenses that a transaction has changed.
    stale: HashSet<i64>,
}

impl Resident {
    /// Nothing read yet.
    pub fn new(connection: Connection) -> Self {
        Self { connection, memory: None, in_batch: None, stale: HashSet::new() }
    }

    /// Notes that licenses have changed; they are read anew before they are next decided on.
    pub fn forget(&mut self, licenses: &BTreeSet<i64>) {
        if let Some(memory) = self.memory.as_mut().filter(|_| !licenses.is_empty()) {
            memory.candidates.clear();
            memory.links.clear();
            self.stale.extend(licenses);
        }
    }

    /// A copy of the pools of a license.
    pub fn pools(&mut self, license: i64) -> Result<Option<Pools>> {
        let memory = self.take_memory()?;
        let pools = memory.pools.get(&license).cloned();
        self.memory = Some(memory);
        Ok(pools)
    }

    /// The memory, read from the tables if need be and brought up to what transactions changed.
    fn take_memory(&mut self) -> Result<Memory> {
        self.in_batch = None;
        let mut memory = match self.memory.take() {
            Some(memory) => memory,
            None => {
                self.stale.clear();
                rebuild(&self.connection)?
            }
        };
        for license in std::mem::take(&mut self.stale) {
            memory.licenses.remove(&license);
            match read_pools(&self.connection, license)? {
                Some(mut pools) => {
                    let known = memory.pools.remove(&license).unwrap_or_default();
                    for (pool, known) in pools.pools.iter_mut().zip(&known.pools) {
                        pool.held = known.held;
                    }
                    pools.returns = known.returns;
                    pools.edges = known.edges;
                    pools.decided_at_ms = pools.decided_at_ms.max(known.decided_at_ms);
                    memory.pools.insert(license, pools);
                }
                None => drop(memory.pools.remove(&license)),
            }
        }
        Ok(memory)
    }

    fn load(&mut self, now_ms: i64, commands: &[Command]) -> Result<State> {
        let mut memory = self.take_memory()?;
        let mut state = State { now_ms, ..State::default() };
        for command in commands {
            memory.load(&self.connection, command, &mut state)?;
        }
        self.in_batch = Some(memory);
        Ok(state)
    }

    /// Writes the effects in one transaction; with the memory out, so that a failure leaves none.
    fn commit(&mut self, state: State, effects: &Effects) -> Result<()> {
        let mut memory =
            self.in_batch.take().ok_or_else(|| Error::failed("the batch was not loaded"))?;
        if !effects.is_empty() {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            let written = write(&self.connection, &state, effects)
                .and_then(|()| Ok(self.connection.execute_batch("COMMIT")?));
            if let Err(error) = written {
                if !self.connection.is_autocommit() {
                    self.connection.execute_batch("ROLLBACK")?;
                }
                return Err(error);
            }
        }
        memory.absorb(state, effects);
        self.memory = Some(memory);
        Ok(())
    }
}

impl Memory {
    /// Puts what a command decides on into the state of its batch.
    fn load(
        &mut self,
        connection: &Connection,
        command: &Command,
        state: &mut State,
    ) -> Result<()> {
        match command {
            Command::CheckOut(check_out) => {
                if let Some(seq) = self.replays.find(&check_out.client_key) {
                    state.replays.insert(check_out.client_key, seq);
                    self.load_consumption(connection, seq, state)?;
                }
                self.load_candidates(connection, &check_out.selection, state)?;
                match check_out.seat {
                    Some(seat) => self.load_seat(connection, &check_out.selection, seat, state),
                    None => Ok(()),
                }
            }
            Command::Extend(extend) => self.load_consumption(connection, extend.token.seq, state),
            Command::CheckIn(check_in) => {
                self.load_consumption(connection, check_in.token.seq, state)
            }
            Command::Usage { license } => self.load_stock(connection, *license, state),
        }
    }

    fn load_candidates(
        &mut self,
        connection: &Connection,
        selection: &Selection,
        state: &mut State,
    ) -> Result<()> {
        if state.candidates.contains_key(selection) {
            return Ok(());
        }
        let candidates = match self.candidates.get(selection) {
            Some(candidates) => candidates.clone(),
            None => {
                let candidates = read_candidates(connection, selection)?;
                if self.candidates.len() >= SELECTIONS_MAX {
                    self.candidates.clear();
                }
                self.candidates.insert(selection.clone(), candidates.clone());
                candidates
            }
        };
        for candidate in &candidates {
            self.load_stock(connection, candidate.license, state)?;
            self.load_links(connection, candidate.grant, state)?;
        }
        state.candidates.insert(selection.clone(), candidates);
        Ok(())
    }

    /// The check-out that sits on a seat, in each of the licenses that may serve.
    fn load_seat(
        &mut self,
        connection: &Connection,
        selection: &Selection,
        seat: SeatKey,
        state: &mut State,
    ) -> Result<()> {
        let candidates = state.candidates.get(selection).cloned().unwrap_or_default();
        for Candidate { license, .. } in candidates {
            if let Some(seq) = self.seats.get(&(license, seat)).copied() {
                self.load_consumption(connection, seq, state)?;
                state.seats.entry((license, seat)).or_insert(seq);
            }
        }
        Ok(())
    }

    fn load_links(
        &mut self,
        connection: &Connection,
        grant: Option<i64>,
        state: &mut State,
    ) -> Result<()> {
        let Some(grant) = grant.filter(|grant| !state.links.contains(*grant)) else {
            return Ok(());
        };
        if !self.links.contains(grant) {
            let sql = grant::select_links("SELECT CAST(?1 AS BIGINT)");
            let rows = crate::sqlite::query(connection, &sql, &[grant.into()])?;
            self.links.extend(&grant::read_links(&rows)?, grant);
        }
        state.links.extend(&self.links, grant);
        Ok(())
    }

    fn load_stock(&mut self, connection: &Connection, key: i64, state: &mut State) -> Result<()> {
        if state.stocks.contains_key(&key) {
            return Ok(());
        }
        let license = match self.licenses.get(&key) {
            Some(license) => Arc::clone(license),
            None => {
                let Some(license) = read_license(connection, key)? else { return Ok(()) };
                let license = Arc::new(license);
                self.licenses.insert(key, Arc::clone(&license));
                license
            }
        };
        let pools = match self.pools.remove(&key) {
            Some(pools) => pools,
            None => Pools::new(&license.terms, state.now_ms),
        };
        state.stocks.insert(key, Stock { license, pools });
        Ok(())
    }

    fn load_consumption(
        &mut self,
        connection: &Connection,
        seq: i64,
        state: &mut State,
    ) -> Result<()> {
        if !state.consumptions.contains_key(&seq) {
            let Some(consumption) = read_consumption(connection, seq)? else { return Ok(()) };
            self.load_stock(connection, consumption.license, state)?;
            self.load_links(connection, consumption.grant, state)?;
            state.consumptions.insert(seq, Arc::new(consumption));
        }
        Ok(())
    }

    /// Takes back what a batch was decided on, and remembers its requests.
    fn absorb(&mut self, state: State, effects: &Effects) {
        for (key, stock) in state.stocks {
            self.pools.insert(key, stock.pools);
        }
        self.seats.extend(state.seats);
        for (client_key, seq) in &effects.requests {
            if let Some(consumption) = state.consumptions.get(seq) {
                self.replays.insert(consumption.issued_at_ms, *client_key, *seq);
            }
        }
    }
}

fn write(connection: &Connection, state: &State, effects: &Effects) -> Result<()> {
    let consumption = |seq: &i64| {
        let found = state.consumptions.get(seq);
        found.ok_or_else(|| Error::failed(format!("check-out {seq} is not in the batch")))
    };
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO consumption (seq, license, kind, issued_at_ms, expires_at_ms,
         extended_to_ms, extended_at_ms, ended_at_ms, client_key, proof, units, body, grant_key,
         seat) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    remember_replaced(connection, state, effects)?;
    for seq in effects.inserted.iter().chain(&effects.replaced) {
        let it = Record::encode(consumption(seq)?)?;
        insert.execute(params![
            it.seq,
            it.license,
            it.kind,
            it.issued_at_ms,
            it.expires_at_ms,
            it.extended_to_ms,
            it.extended_at_ms,
            it.ended_at_ms,
            it.client_key,
            it.proof,
            it.units,
            it.body,
            it.grant,
            it.seat
        ])?;
    }
    let mut update = connection.prepare_cached(
        "UPDATE consumption SET extended_to_ms = ?2, extended_at_ms = ?3, ended_at_ms = ?4
         WHERE seq = ?1",
    )?;
    for seq in &effects.updated {
        let it = consumption(seq)?;
        update.execute(params![seq, it.extended_to_ms, it.extended_at_ms, it.ended_at_ms])?;
    }
    let mut store = connection.prepare_cached(
        "INSERT INTO pool (license, pools) VALUES (?1, ?2)
         ON CONFLICT (license) DO UPDATE SET pools = excluded.pools",
    )?;
    for key in &effects.lasting {
        if let Some(stock) = state.stocks.get(key) {
            store.execute(params![key, encode_pools(&stock.pools, false)?])?;
        }
    }
    let mut draw = connection.prepare_cached(
        "INSERT OR REPLACE INTO grant_edge (license, grant_key, pool, restarts, drawn, held)
         VALUES (?1, ?2, ?3, ?4, ?5, 0)",
    )?;
    for (license, grant, pool) in &effects.drawn {
        let stock = state.stocks.get(license);
        if let Some(edge) = stock.and_then(|stock| stock.pools.edges.get(&(*grant, *pool))) {
            let drawn = i64::try_from(edge.drawn).unwrap_or(i64::MAX);
            draw.execute(params![license, grant, pool, edge.restarts, drawn])?;
        }
    }
    Ok(())
}

/// A row remembers one request only. Where a seat was taken again, the requests before the last
/// are noted beside it.
fn remember_replaced(connection: &Connection, state: &State, effects: &Effects) -> Result<()> {
    if effects.replaced.is_empty() {
        return Ok(());
    }
    let mut earlier = connection.prepare_cached(
        "INSERT OR REPLACE INTO request (client_key, at_ms, seq)
         SELECT client_key, issued_at_ms, seq FROM consumption WHERE seq = ?1",
    )?;
    for seq in &effects.replaced {
        earlier.execute(params![seq])?;
    }
    let mut note = connection.prepare_cached(
        "INSERT OR REPLACE INTO request (client_key, at_ms, seq) VALUES (?1, ?2, ?3)",
    )?;
    for (client_key, seq) in &effects.requests {
        if effects.replaced.contains(seq) {
            note.execute(params![client_key.as_slice(), state.now_ms, seq])?;
        }
    }
    Ok(())
}

/// Reads pools, what is held and recent requests from the tables.
fn rebuild(connection: &Connection) -> Result<Memory> {
    let mut memory = Memory {
        pools: HashMap::new(),
        licenses: HashMap::new(),
        candidates: HashMap::new(),
        links: Links::default(),
        replays: Replays::default(),
        seats: HashMap::new(),
    };
    let mut statement = connection.prepare("SELECT license, pools FROM pool")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let pools: Pools = serde_json::from_str(row.get_ref(1)?.as_str().unwrap_or_default())?;
        memory.pools.insert(row.get(0)?, pools);
    }
    read_edges(connection, &mut memory.pools)?;
    let chains = Chains::read(connection)?;
    let newest_ms: Option<i64> = connection
        .query_row("SELECT issued_at_ms FROM consumption ORDER BY seq DESC LIMIT 1", [], |row| {
            row.get(0)
        })
        .optional()?;
    let replays_since_ms = newest_ms.unwrap_or(0) - REPLAY_WINDOW_MS;
    // Every row that is live or can be asked for again, ten million of them at times: nothing is
    // allocated for one, and the pools at hand are kept from row to row.
    let mut statement = connection.prepare(
        "SELECT seq, license, kind, issued_at_ms, coalesce(extended_to_ms, expires_at_ms),
         ended_at_ms, client_key, units, grant_key, seat FROM consumption ORDER BY seq",
    )?;
    let mut rows = statement.query([])?;
    let mut at_hand: (i64, Pools) = (i64::MIN, Pools::default());
    while let Some(row) = rows.next()? {
        let (license, kind, issued_at_ms): (i64, i64, i64) =
            (row.get(1)?, row.get(2)?, row.get(3)?);
        if issued_at_ms > replays_since_ms {
            let key = row.get_ref(6)?.as_blob().unwrap_or_default();
            memory.replays.insert(issued_at_ms, consumption::client_key(key)?, row.get(0)?);
        }
        if license != at_hand.0 {
            let next = memory.pools.remove(&license).unwrap_or_default();
            let (done, pools) = std::mem::replace(&mut at_hand, (license, next));
            memory.pools.insert(done, pools);
        }
        let pools = &mut at_hand.1;
        pools.decided_at_ms = pools.decided_at_ms.max(issued_at_ms);
        // What was due came back before this check-out was decided. Counted beside it, the
        // greatest quantities would exceed what a count can hold.
        pools.release(issued_at_ms);
        let is_ended = row.get_ref(5)? != ValueRef::Null;
        if kind == kind_number(CheckoutType::Provisional) && !is_ended {
            let until_ms = row.get(4)?;
            let chain = chains.of(row.get(8)?);
            for pair in parse_units(row.get_ref(7)?.as_str().unwrap_or_default()) {
                let (pool, units) = pair?;
                let units = i64::try_from(units).unwrap_or(i64::MAX);
                pools.hold(pool, None, until_ms, units);
                for grant in chain {
                    pools.hold(pool, Some(*grant), until_ms, units);
                }
            }
            if let Ok(seat) = row.get_ref(9)?.as_blob() {
                memory.seats.insert((license, consumption::client_key(seat)?), row.get(0)?);
            }
        }
    }
    memory.pools.insert(at_hand.0, at_hand.1);
    memory.pools.remove(&i64::MIN);
    let mut statement =
        connection.prepare("SELECT client_key, at_ms, seq FROM request WHERE seq IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key = row.get_ref(0)?.as_blob().unwrap_or_default();
        memory.replays.insert(row.get(1)?, consumption::client_key(key)?, row.get(2)?);
    }
    Ok(memory)
}

/// What was drawn through each grant.
fn read_edges(connection: &Connection, pools: &mut HashMap<i64, Pools>) -> Result<()> {
    let mut statement =
        connection.prepare("SELECT license, grant_key, pool, restarts, drawn FROM grant_edge")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (license, grant, pool): (i64, i64, PoolIndex) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let drawn = u64::try_from(row.get::<_, i64>(4)?).unwrap_or(0);
        let edge = Edge { restarts: row.get(3)?, drawn, held: 0 };
        pools.entry(license).or_default().edges.insert((grant, pool), edge);
    }
    Ok(())
}

/// For each grant the rows of it and of those above it.
struct Chains(HashMap<i64, Vec<i64>>);

impl Chains {
    fn read(connection: &Connection) -> Result<Self> {
        let mut statement = connection.prepare("SELECT key, parent FROM license_grant")?;
        let parents: HashMap<i64, Option<i64>> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let chain = |key: &i64| {
            let above = |key: &i64| parents.get(key).copied().flatten();
            (*key, std::iter::successors(Some(*key), above).collect())
        };
        Ok(Self(parents.keys().map(chain).collect()))
    }

    fn of(&self, grant: Option<i64>) -> &[i64] {
        let chain = grant.and_then(|grant| self.0.get(&grant));
        chain.map_or(&[], Vec::as_slice)
    }
}

/// The licenses that may serve a selection, newest first (C1, C2, C4).
fn read_candidates(connection: &Connection, selection: &Selection) -> Result<Vec<Candidate>> {
    let candidate =
        |row: &rusqlite::Row<'_>| Ok(Candidate { license: row.get(0)?, grant: row.get(1)? });
    let Selection { account, beneficiary, product_sku } = selection;
    let candidates = match beneficiary {
        Some(beneficiary) => connection
            .prepare_cached(
                "SELECT key, NULL FROM license WHERE account = ?1 AND beneficiary = ?2
                 AND product_sku = ?3 AND deleted_at_ms IS NULL
                 ORDER BY created_at_ms DESC, key DESC",
            )?
            .query_map(params![account, beneficiary, product_sku], candidate)?
            .collect::<rusqlite::Result<_>>()?,
        None => connection
            .prepare_cached(
                "SELECT l.key, g.key FROM license_grant g JOIN license l ON l.key = g.license
                 WHERE g.grantee = ?1 AND g.status = 'ACTIVE' AND l.product_sku = ?2
                 AND l.deleted_at_ms IS NULL
                 ORDER BY l.created_at_ms DESC, l.key DESC, g.key DESC",
            )?
            .query_map(params![account, product_sku], candidate)?
            .collect::<rusqlite::Result<_>>()?,
    };
    Ok(candidates)
}

fn read_pools(connection: &Connection, license: i64) -> Result<Option<Pools>> {
    let mut statement = connection.prepare_cached("SELECT pools FROM pool WHERE license = ?1")?;
    let text: Option<String> = statement.query_row([license], |row| row.get(0)).optional()?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

fn read_license(connection: &Connection, key: i64) -> Result<Option<License>> {
    let sql = license::select_current("l.key = ?1");
    let rows = crate::sqlite::query(connection, &sql, &[key.into()])?;
    rows.first().map(license::read).transpose()
}

/// A check-out by its row: a live or recent one, or else one of the history.
fn read_consumption(connection: &Connection, seq: i64) -> Result<Option<Consumption>> {
    for table in ["consumption", "consumption_history"] {
        let sql = format!("SELECT {} FROM {table} WHERE seq = ?1", consumption::COLUMNS);
        let rows: Vec<Row> = crate::sqlite::query(connection, &sql, &[seq.into()])?;
        if let Some(row) = rows.first() {
            return consumption::read(row).map(Some);
        }
    }
    Ok(None)
}

/// The engine of the embedded database.
pub struct SqliteEngine {
    database: Arc<Database>,
    resident: Arc<Mutex<Resident>>,
    /// Held from load to commit.
    gate: Option<OwnedMutexGuard<()>>,
}

impl SqliteEngine {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        let resident = database.resident();
        Self { database, resident, gate: None }
    }
}

impl Engine for SqliteEngine {
    async fn load(&mut self, now_ms: i64, commands: &[Command]) -> Result<State> {
        // A batch whose commit never came gives up its turn first.
        self.gate = None;
        let gate = self.database.gate().await;
        let state = guard(&self.resident).load(now_ms, commands)?;
        self.gate = Some(gate);
        Ok(state)
    }

    async fn commit(&mut self, state: State, effects: &Effects) -> Result<()> {
        let _gate = self.gate.take();
        guard(&self.resident).commit(state, effects)
    }
}
