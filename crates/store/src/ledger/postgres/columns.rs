//! What a batch changes, as the arrays that its statements take: a column each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leasehold_core::pool::{PoolIndex, Through};
use leasehold_core::state::{Consumption, Effects, State};

use super::Parameter;
use crate::consumption::Record;
use crate::error::{Error, Result};
use crate::ledger::encode_pools;

/// New check-outs, a column each.
#[derive(Default)]
pub struct Inserted {
    pub seq: Vec<i64>,
    pub license: Vec<i64>,
    pub kind: Vec<i64>,
    pub issued: Vec<i64>,
    pub expires: Vec<i64>,
    pub extended: Vec<Option<i64>>,
    pub extended_at: Vec<Option<i64>>,
    pub ended: Vec<Option<i64>>,
    pub key: Vec<Vec<u8>>,
    pub proof: Vec<Vec<u8>>,
    pub units: Vec<String>,
    pub body: Vec<String>,
    pub grant: Vec<Option<i64>>,
    pub seat: Vec<Option<Vec<u8>>>,
}

impl Inserted {
    /// The columns in the order of [`crate::consumption::COLUMNS`].
    pub fn parameters(&self) -> [Parameter<'_>; 14] {
        [
            &self.seq,
            &self.license,
            &self.kind,
            &self.issued,
            &self.expires,
            &self.extended,
            &self.extended_at,
            &self.ended,
            &self.key,
            &self.proof,
            &self.units,
            &self.body,
            &self.grant,
            &self.seat,
        ]
    }

    /// The columns of a batch.
    pub fn of(state: &State, effects: &Effects) -> Result<Self> {
        let mut columns = Self::default();
        for seq in effects.inserted.iter().chain(&effects.replaced).collect::<BTreeSet<_>>() {
            let record = Record::encode(consumption_of(state, *seq)?)?;
            columns.seq.push(record.seq);
            columns.license.push(record.license);
            columns.kind.push(record.kind);
            columns.issued.push(record.issued_at_ms);
            columns.expires.push(record.expires_at_ms);
            columns.extended.push(record.extended_to_ms);
            columns.extended_at.push(record.extended_at_ms);
            columns.ended.push(record.ended_at_ms);
            columns.key.push(record.client_key.to_vec());
            columns.proof.push(record.proof.as_flattened().to_vec());
            columns.units.push(record.units);
            columns.body.push(record.body);
            columns.grant.push(record.grant);
            columns.seat.push(record.seat.map(|seat| seat.to_vec()));
        }
        Ok(columns)
    }
}

/// Extended and returned check-outs, a column each.
#[derive(Default)]
pub struct Updated {
    pub seq: Vec<i64>,
    pub extended: Vec<Option<i64>>,
    pub extended_at: Vec<Option<i64>>,
    pub ended: Vec<Option<i64>>,
}

impl Updated {
    /// The columns of a batch.
    pub fn of(state: &State, effects: &Effects) -> Result<Self> {
        let mut columns = Self::default();
        for seq in &effects.updated {
            let consumption = consumption_of(state, *seq)?;
            columns.seq.push(*seq);
            columns.extended.push(consumption.extended_to_ms);
            columns.extended_at.push(consumption.extended_at_ms);
            columns.ended.push(consumption.ended_at_ms);
        }
        Ok(columns)
    }
}

/// Changed pools, a column each.
#[derive(Default)]
pub struct Counts {
    pub license: Vec<i64>,
    pub document: Vec<String>,
    pub decided: Vec<i64>,
}

impl Counts {
    /// The columns of a batch.
    pub fn of(state: &State, effects: &Effects) -> Result<Self> {
        let mut columns = Self::default();
        for key in &effects.pools {
            if let Some(stock) = state.stocks.get(key) {
                columns.license.push(*key);
                columns.document.push(encode_pools(&stock.pools, true)?);
                columns.decided.push(stock.pools.decided_at_ms);
            }
        }
        Ok(columns)
    }
}

/// What is out through grants, a column each.
#[derive(Default)]
pub struct Edges {
    pub license: Vec<i64>,
    pub grant: Vec<i64>,
    pub pool: Vec<i64>,
    pub restarts: Vec<i64>,
    pub drawn: Vec<i64>,
    pub held: Vec<i64>,
}

impl Edges {
    /// The columns of a batch: every edge that was loaded, of the licenses that changed.
    pub fn of(state: &State, effects: &Effects) -> Self {
        let count = |units: u64| i64::try_from(units).unwrap_or(i64::MAX);
        let mut columns = Self::default();
        for key in &effects.pools {
            let edges = state.stocks.get(key).map(|stock| &stock.pools.edges);
            // In order, for another server's batch writes some of them too.
            let edges: BTreeMap<_, _> = edges.into_iter().flatten().collect();
            for ((grant, pool), edge) in edges {
                columns.license.push(*key);
                columns.grant.push(*grant);
                columns.pool.push(i64::from(*pool));
                columns.restarts.push(edge.restarts);
                columns.drawn.push(count(edge.drawn));
                columns.held.push(count(edge.held));
            }
        }
        columns
    }
}

/// The requests that were done, a column each.
#[derive(Default)]
pub struct Requests {
    pub key: Vec<Vec<u8>>,
    pub seq: Vec<i64>,
    pub at: Vec<i64>,
}

impl Requests {
    /// The columns of a batch.
    pub fn of(state: &State, effects: &Effects) -> Result<Self> {
        let mut columns = Self::default();
        for (key, seq) in &effects.requests {
            columns.key.push(key.to_vec());
            columns.seq.push(*seq);
            columns.at.push(consumption_of(state, *seq)?.issued_at_ms);
        }
        Ok(columns)
    }
}

/// Changes of what comes back when, summed up by license, instant, pool and what counts it; a
/// column each.
#[derive(Default)]
pub struct Holds {
    pub license: Vec<i64>,
    pub until: Vec<i64>,
    pub pool: Vec<i64>,
    pub grant: Vec<i64>,
    pub units: Vec<i64>,
}

impl Holds {
    /// The columns of a batch.
    pub fn of(effects: &Effects) -> Self {
        let mut sums: BTreeMap<(i64, i64, PoolIndex, Through), i64> = BTreeMap::new();
        for change in &effects.holds {
            let key = (change.license, change.until_ms, change.pool, change.through);
            *sums.entry(key).or_default() += change.units;
        }
        let mut columns = Self::default();
        for ((license, until_ms, pool, through), units) in sums {
            columns.license.push(license);
            columns.until.push(until_ms);
            columns.pool.push(i64::from(pool));
            columns.grant.push(through.unwrap_or(0));
            columns.units.push(units);
        }
        columns
    }
}

fn consumption_of(state: &State, seq: i64) -> Result<&Consumption> {
    let found = state.consumptions.get(&seq).map(Arc::as_ref);
    found.ok_or_else(|| Error::failed(format!("check-out {seq} is not in the batch")))
}
