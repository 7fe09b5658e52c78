//! What a batch reads behind its locks.

use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashMap;
use leasehold_core::consume::REPLAY_WINDOW_MS;
use leasehold_core::pool::{Edge, PoolIndex, Pools};
use leasehold_core::state::{Candidate, Consumption, Selection, State, Stock};
use tokio::try_join;
use tokio_postgres::Row;

use super::known::{Known, Scope};
use super::names::{Names, Selected};
use super::{Parameter, Session, query_if};
use crate::consumption;
use crate::error::{Error, Result};
use crate::postgres::read_row;

/// Rows, as one look saw them.
pub struct Locked {
    /// What may serve each selection of the batch, newest first (C4).
    pub candidates: HashMap<Selection, Vec<Candidate>>,
    /// Check-outs that the batch names, or that sit on a seat that it names.
    pub consumptions: Vec<Consumption>,
    /// Licenses: row, version, deletion, next return.
    pub stocks: Vec<Row>,
    /// Grants with what is out through them: row, version, caps, license, pool, counts.
    pub links: Vec<Row>,
    /// The grants that were asked for, with all above them.
    pub chain: Vec<i64>,
    pools: Vec<Row>,
    /// What is out as borrows: license, what stands for a grant, pool, counts.
    borrows: Vec<Row>,
    due: Vec<Row>,
    requests: Vec<Row>,
}

/// What was read for a batch and is to be taken away by it.
#[derive(Default)]
pub struct Spent {
    /// Whether anything comes back.
    pub has_due: bool,
    /// Requests of the same names that are past the window.
    pub outdated: Vec<Vec<u8>>,
}

impl Locked {
    /// Begins the batch's transaction: locks the pools in order, then reads, in one round trip.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(
        session: &Session,
        names: &Names,
        scope: &Scope,
        known: &Known,
        now_ms: i64,
    ) -> Result<Self> {
        let Session { client, statements } = session;
        // What only reads locks nothing, and so works on a database that is read-only for a while.
        let (begin, lock) = if names.only_read() {
            ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &statements.see)
        } else {
            ("BEGIN", &statements.lock)
        };
        let (sold, granted) = Selected::of(&names.selections);
        let licenses: Vec<i64> = scope.licenses.iter().copied().collect();
        let links = known.links(&scope.grants);
        let chain: Vec<i64> = links.iter().map(|link| link.key).collect();
        let keys: [Parameter; 1] = [&licenses];
        let keys_now: [Parameter; 2] = [&licenses, &now_ms];
        let (grants, named): ([Parameter; 1], [Parameter; 2]) =
            ([&chain], [&names.seqs, &names.seats]);
        let asked: [Parameter; 1] = [&names.client_keys];
        let (_, pools, sold, granted, stocks, edges, borrows, due, made, requests) = try_join!(
            biased;
            client.batch_execute(begin),
            client.query(lock, &keys),
            sold.query(client, &statements.sold),
            granted.query(client, &statements.granted),
            client.query(&statements.stocks, &keys_now),
            query_if(!chain.is_empty(), client, &statements.edges, &grants),
            query_if(names.any_borrowed(), client, &statements.borrows, &keys),
            client.query(&statements.due, &keys_now),
            query_if(names.any_made(), client, &statements.consumptions, &named),
            query_if(!names.client_keys.is_empty(), client, &statements.requests, &asked),
        )?;
        let candidates = read_candidates(&names.selections, &sold, &granted)?;
        let (links, consumptions) = (edges, read_consumptions(&made)?);
        Ok(Self { candidates, consumptions, stocks, links, chain, pools, borrows, due, requests })
    }

    /// The state that the batch is decided on.
    ///
    /// # Errors
    /// When a row is not as it should be.
    pub fn into_state(self, scope: &Scope, known: &Known, now_ms: i64) -> Result<(State, Spent)> {
        let mut state = State { now_ms, links: known.links(&scope.grants), ..State::default() };
        state.stocks = read_stocks(&self.pools, &self.stocks, known)?;
        state.candidates = self.candidates;
        for row in &self.links {
            // A grant through which nothing was taken yet has no counts.
            let pool: Option<i64> = row.try_get(4)?;
            let (grant, license): (i64, i64) = (row.try_get(0)?, row.try_get(3)?);
            if let (Some(pool), Some(stock)) = (pool, state.stocks.get_mut(&license)) {
                stock.pools.edges.insert((grant, pool_index(pool)?), read_edge(row, 5)?);
            }
        }
        for row in &self.borrows {
            let (license, key, pool): (i64, i64, i64) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            if let Some(stock) = state.stocks.get_mut(&license) {
                stock.pools.edges.insert((key, pool_index(pool)?), read_edge(row, 3)?);
            }
        }
        read_due(&self.due, &mut state)?;
        // The live one of a seat comes last, which counts.
        for consumption in self.consumptions {
            let (license, seq) = (consumption.license, consumption.token.seq);
            if let Some(seat) = consumption.seat.filter(|_| consumption.ended_at_ms.is_none()) {
                state.seats.insert((license, seat), seq);
            }
            state.consumptions.insert(seq, Arc::new(consumption));
        }
        let mut spent = Spent { has_due: !self.due.is_empty(), outdated: Vec::new() };
        for row in &self.requests {
            let (key, seq, at_ms): (Vec<u8>, i64, i64) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            if at_ms > now_ms - REPLAY_WINDOW_MS {
                state.replays.insert(consumption::client_key(&key)?, seq);
            } else {
                spent.outdated.push(key);
            }
        }
        Ok((state, spent))
    }
}

/// The rare second read: earlier check-outs that answer repeated requests, with their licenses.
/// They need no lock: what one answers changes only where its seat was taken again, and then
/// either is right.
///
/// # Errors
/// What the database says.
pub async fn read_replays(session: &Session, known: &mut Known, state: &mut State) -> Result<()> {
    let Session { client, statements } = session;
    let (seqs, seats): (Vec<i64>, Vec<Vec<u8>>) =
        (state.replays.values().copied().collect(), Vec::new());
    let rows = client.query(&statements.consumptions, &[&seqs, &seats]).await?;
    let consumptions = read_consumptions(&rows)?;
    let licenses: BTreeSet<i64> = consumptions.iter().map(|it| it.license).collect();
    let scope = Scope { licenses, grants: BTreeSet::new() };
    known.learn(session, &scope).await?;
    let licenses: Vec<i64> = scope.licenses.into_iter().collect();
    let (keys, keys_now): ([Parameter; 1], [Parameter; 2]) =
        ([&licenses], [&licenses, &state.now_ms]);
    let (pools, stocks) = try_join!(
        biased;
        client.query(&statements.see, &keys),
        client.query(&statements.stocks, &keys_now),
    )?;
    for (key, stock) in read_stocks(&pools, &stocks, known)? {
        state.stocks.entry(key).or_insert(stock);
    }
    for consumption in consumptions {
        let seq = consumption.token.seq;
        state.consumptions.entry(seq).or_insert_with(|| Arc::new(consumption));
    }
    Ok(())
}

/// What may serve each of the selections.
///
/// # Errors
/// When a row is not as it should be.
pub fn read_candidates<'a>(
    selections: impl IntoIterator<Item = &'a Selection>,
    sold: &[Row],
    granted: &[Row],
) -> Result<HashMap<Selection, Vec<Candidate>>> {
    let mut candidates: HashMap<_, Vec<Candidate>> =
        selections.into_iter().map(|it| (it.clone(), Vec::new())).collect();
    for row in sold.iter().chain(granted) {
        let selection = Selection {
            account: row.try_get(0)?,
            beneficiary: row.try_get(1)?,
            product_sku: row.try_get(2)?,
        };
        let candidate = Candidate { license: row.try_get(3)?, grant: row.try_get(4)? };
        candidates.entry(selection).or_default().push(candidate);
    }
    Ok(candidates)
}

fn read_consumptions(rows: &[Row]) -> Result<Vec<Consumption>> {
    rows.iter().map(|row| consumption::read(&read_row(row)?)).collect()
}

fn read_stocks(pools: &[Row], stocks: &[Row], known: &Known) -> Result<HashMap<i64, Stock>> {
    let mut returns = HashMap::new();
    for row in stocks {
        returns.insert(row.try_get::<_, i64>(0)?, row.try_get::<_, Option<i64>>(3)?);
    }
    let mut found = HashMap::new();
    for row in pools {
        let (key, document): (i64, &str) = (row.try_get(0)?, row.try_get(1)?);
        if let (Some(license), Some(next)) = (known.license(key), returns.get(&key)) {
            let mut pools: Pools = serde_json::from_str(document)?;
            pools.next_return_at_ms = *next;
            found.insert(key, Stock { license: Arc::clone(license), pools });
        }
    }
    Ok(found)
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

/// A pool's place in its license.
///
/// # Errors
/// When the number is none.
pub fn pool_index(number: i64) -> Result<PoolIndex> {
    PoolIndex::try_from(number).map_err(|_| Error::failed(format!("pool {number} is no pool")))
}
