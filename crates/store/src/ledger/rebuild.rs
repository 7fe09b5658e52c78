//! What the ledger on SQLite keeps in memory, added up from the tables: ten million rows at times,
//! so nothing is allocated for one.

use hashbrown::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use leasehold_core::consume::{CheckoutType, REPLAY_WINDOW_MS};
use leasehold_core::pool::{BORROWS, Edge, PoolIndex, Pools};
use rusqlite::{Connection, OptionalExtension};

use super::replays::{Replays, Request};
use super::seats::Seats;
use crate::consumption::{client_key, kind_number, parse_units};
use crate::error::{Error, Result};

/// Requests handed over at a time.
const CHUNK: usize = 4_096;
/// Chunks that may wait.
const CHUNKS_MAX: usize = 16;

/// The pools of each license.
type AllPools = HashMap<i64, Pools>;

/// Pools with what is held, seats, and recent requests. Reading the rows takes as long as finding
/// each request its place in a large map, so the two are done by a thread each.
pub fn rebuild(connection: &Connection) -> Result<(AllPools, Seats, Replays)> {
    let (requests, chunks) = sync_channel(CHUNKS_MAX);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("ledger-requests".to_owned());
        let replays = thread.spawn_scoped(scope, move || collect(&chunks));
        let replays =
            replays.map_err(|error| Error::failed(format!("cannot start a thread: {error}")))?;
        let pools = read(connection, &requests);
        // Now no more can come, and the other thread ends.
        drop(requests);
        let replays = replays.join().map_err(|_| Error::failed("a thread has panicked"))?;
        let (pools, seats) = pools?;
        Ok((pools, seats, replays))
    })
}

fn collect(chunks: &Receiver<Vec<Request>>) -> Replays {
    let mut replays = Replays::default();
    for (at_ms, key, seq) in chunks.iter().flatten() {
        replays.insert(at_ms, key, seq);
    }
    replays
}

/// Reads every row that is live or can be asked for again; the requests of the window go on.
fn read(connection: &Connection, requests: &SyncSender<Vec<Request>>) -> Result<(AllPools, Seats)> {
    let (mut all, mut seats) = (read_pools(connection)?, Seats::default());
    let chains = Chains::read(connection)?;
    let since_ms = newest_ms(connection)?.unwrap_or(0) - REPLAY_WINDOW_MS;
    let mut chunk = replaced_requests(connection)?;
    let mut statement = connection.prepare(
        "SELECT seq, license, issued_at_ms, client_key, units,
         CASE WHEN kind <> ?1 AND ended_at_ms IS NULL
         THEN coalesce(extended_to_ms, expires_at_ms) END, grant_key, seat, kind = ?2
         FROM consumption ORDER BY seq",
    )?;
    let kinds = [CheckoutType::Perpetual, CheckoutType::Borrow].map(kind_number);
    let mut rows = statement.query(kinds)?;
    // The pools at hand are kept from row to row.
    let mut at_hand: (i64, Pools) = (i64::MIN, Pools::default());
    while let Some(row) = rows.next()? {
        let (license, issued_at_ms): (i64, i64) = (row.get(1)?, row.get(2)?);
        if issued_at_ms > since_ms {
            let key = row.get_ref(3)?.as_blob().unwrap_or_default();
            chunk.push((issued_at_ms, client_key(key)?, row.get(0)?));
            if chunk.len() >= CHUNK {
                // Nobody is there to take them only after a panic, which is noticed when joined.
                let _ = requests.send(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK)));
            }
        }
        if license != at_hand.0 {
            let next = all.remove(&license).unwrap_or_default();
            let (done, pools) = std::mem::replace(&mut at_hand, (license, next));
            all.insert(done, pools);
        }
        let pools = &mut at_hand.1;
        pools.decided_at_ms = pools.decided_at_ms.max(issued_at_ms);
        // What was due came back before this check-out was decided. Counted beside it, the
        // greatest quantities would exceed what a count can hold.
        pools.release(issued_at_ms);
        if let Some(until_ms) = row.get(5)? {
            for pair in parse_units(row.get_ref(4)?.as_str().unwrap_or_default()) {
                let (pool, units) = pair?;
                let units = i64::try_from(units).unwrap_or(i64::MAX);
                pools.hold(pool, None, until_ms, units);
                let borrows = row.get::<_, bool>(8)?.then_some(&BORROWS);
                for grant in chains.of(row.get(6)?).iter().chain(borrows) {
                    pools.hold(pool, Some(*grant), until_ms, units);
                }
            }
            if let Ok(seat) = row.get_ref(7)?.as_blob() {
                seats.insert((license, client_key(seat)?), row.get(0)?, until_ms, issued_at_ms);
            }
        }
    }
    let _ = requests.send(chunk);
    all.insert(at_hand.0, at_hand.1);
    all.remove(&i64::MIN);
    Ok((all, seats))
}

/// What each pool counts without the check-outs that hold: units drawn, and drawn through grants.
fn read_pools(connection: &Connection) -> Result<AllPools> {
    let mut all = AllPools::new();
    let mut statement = connection.prepare("SELECT license, pools FROM pool")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let pools = serde_json::from_str(row.get_ref(1)?.as_str().unwrap_or_default())?;
        all.insert(row.get(0)?, pools);
    }
    let mut statement =
        connection.prepare("SELECT license, grant_key, pool, restarts, drawn FROM grant_edge")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (license, grant, pool): (i64, i64, PoolIndex) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let drawn = u64::try_from(row.get::<_, i64>(4)?).unwrap_or(0);
        let edge = Edge { restarts: row.get(3)?, drawn, held: 0 };
        all.entry(license).or_default().edges.insert((grant, pool), edge);
    }
    Ok(all)
}

/// The requests whose check-outs have since answered another one: a row remembers its last only.
fn replaced_requests(connection: &Connection) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    let mut statement =
        connection.prepare("SELECT at_ms, client_key, seq FROM request WHERE seq IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key = row.get_ref(1)?.as_blob().unwrap_or_default();
        requests.push((row.get(0)?, client_key(key)?, row.get(2)?));
    }
    Ok(requests)
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

/// When the last check-out was made: the window of requests is counted back from it.
fn newest_ms(connection: &Connection) -> Result<Option<i64>> {
    let sql = "SELECT issued_at_ms FROM consumption ORDER BY seq DESC LIMIT 1";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?)
}
