//! The ledger on SQLite: decisions on what is in memory, one row appended for each check-out.
//!
//! What is resident can be rebuilt from the tables at any time, and is, at the start and after a
//! commit that failed.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex};

use hashbrown::HashMap;
use leasehold_core::consume::{Command, REPLAY_WINDOW_MS};
use leasehold_core::grant::Links;
use leasehold_core::license::License;
use leasehold_core::pool::Pools;
use leasehold_core::state::{Candidate, ClientKey, Effects, SeatKey, Selection, State, Stock};
use rusqlite::Connection;
use tokio::sync::OwnedMutexGuard;

use super::Engine;
use super::read::{is_noted, read_candidates, read_consumption, read_license, read_pools};
use super::rebuild::rebuild;
use super::replays::Replays;
use super::seats::Seats;
use super::write::write;
use crate::error::{Error, Result};
use crate::grant;
use crate::sqlite::{Database, guard, run};

/// Selections remembered at the most; past it all are forgotten.
const SELECTIONS_MAX: usize = 100_000;

/// What the ledger knows without asking: pools, current licenses, candidates, recent requests.
struct Memory {
    pools: HashMap<i64, Pools>,
    licenses: HashMap<i64, Arc<License>>,
    candidates: HashMap<Selection, Vec<Candidate>>,
    links: Links,
    replays: Replays,
    seats: Seats,
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
                let (pools, seats, replays) = rebuild(&self.connection)?;
                let (licenses, candidates) = (HashMap::new(), HashMap::new());
                Memory { pools, licenses, candidates, links: Links::default(), replays, seats }
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
            run(&self.connection, "BEGIN IMMEDIATE")?;
            let written = write(&self.connection, &state, effects)
                .and_then(|()| Ok(run(&self.connection, "COMMIT")?));
            if let Err(error) = written {
                if !self.connection.is_autocommit() {
                    run(&self.connection, "ROLLBACK")?;
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
                self.load_replay(connection, check_out.client_key, state)?;
                self.load_candidates(connection, &check_out.selection, state)?;
                match check_out.seat {
                    Some(seat) => self.load_seat(connection, &check_out.selection, seat, state),
                    None => Ok(()),
                }
            }
            Command::Borrow(borrow) => {
                self.load_replay(connection, borrow.check_out.client_key, state)?;
                self.load_stock(connection, borrow.license, state)?;
                for grant in borrow.grants.iter().flatten() {
                    self.load_links(connection, Some(*grant), state)?;
                }
                Ok(())
            }
            Command::Repeat(it) => self.load_replay(connection, it.client_key, state),
            Command::ConfirmBorrow(made) => {
                self.load_consumption(connection, made.token.seq, state)
            }
            Command::Extend(extend) => self.load_consumption(connection, extend.token.seq, state),
            Command::CheckIn(check_in) => {
                self.load_consumption(connection, check_in.token.seq, state)
            }
            Command::Usage { license } => self.load_stock(connection, *license, state),
        }
    }

    /// The check-out that answered a request of the last minutes (W62). Its row tells when, unless
    /// it has answered another request since.
    fn load_replay(
        &mut self,
        connection: &Connection,
        key: ClientKey,
        state: &mut State,
    ) -> Result<()> {
        let Some(seq) = self.replays.find(&key) else { return Ok(()) };
        self.load_consumption(connection, seq, state)?;
        let since_ms = state.now_ms - REPLAY_WINDOW_MS;
        let is_recent = match state.consumptions.get(&seq) {
            Some(last) if last.client_key == key => last.issued_at_ms > since_ms,
            _ => is_noted(connection, &key, since_ms)?,
        };
        if is_recent {
            state.replays.insert(key, seq);
        }
        Ok(())
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
            if let Some(seq) = self.seats.find(license, seat) {
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
        let changed = effects.inserted.iter().chain(&effects.updated).chain(&effects.replaced);
        for consumption in changed.filter_map(|seq| state.consumptions.get(seq)) {
            self.seats.note(consumption, state.now_ms);
        }
        for (client_key, seq) in &effects.requests {
            if let Some(consumption) = state.consumptions.get(seq) {
                self.replays.insert(consumption.issued_at_ms, *client_key, *seq);
            }
        }
    }
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
