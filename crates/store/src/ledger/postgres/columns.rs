//! What a batch changes, as the arrays that its statements take: a column each.

use std::collections::BTreeMap;
use std::sync::Arc;

use leasehold_core::pool::PoolIndex;
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
}

impl Inserted {
    /// The columns in the order of [`crate::consumption::COLUMNS`].
    pub fn parameters(&self) -> [Parameter<'_>; 12] {
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
        ]
    }

    /// The columns of a batch.
    pub fn of(state: &State, effects: &Effects) -> Result<Self> {
        let mut columns = Self::default();
        for seq in &effects.inserted {
            let record = Record::encode(consumption_of(state, *seq)?)?;
            columns.seq.push(record.seq);
            columns.license.push(record.license);
            columns.kind.push(record.kind);
            columns.issued.push(record.issued_at_ms);
            columns.expires.push(record.expires_at_ms);
            columns.extended.push(record.extended_to_ms);
            columns.extended_at.push(record.extended_at_ms);
            columns.ended.push(record.ended_at_ms);
            columns.key.push(record.client_key);
            columns.proof.push(record.proof);
            columns.units.push(record.units);
            columns.body.push(record.body);
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

/// Changes of what comes back when, summed up by license, instant and pool; a column each.
#[derive(Default)]
pub struct Holds {
    pub license: Vec<i64>,
    pub until: Vec<i64>,
    pub pool: Vec<i64>,
    pub units: Vec<i64>,
}

impl Holds {
    /// The columns of a batch.
    pub fn of(effects: &Effects) -> Self {
        let mut sums: BTreeMap<(i64, i64, PoolIndex), i64> = BTreeMap::new();
        for change in &effects.holds {
            let key = (change.license, change.until_ms, change.pool);
            *sums.entry(key).or_default() += change.units;
        }
        let mut columns = Self::default();
        for ((license, until_ms, pool), units) in sums {
            columns.license.push(license);
            columns.until.push(until_ms);
            columns.pool.push(i64::from(pool));
            columns.units.push(units);
        }
        columns
    }
}

fn consumption_of(state: &State, seq: i64) -> Result<&Consumption> {
    let found = state.consumptions.get(&seq).map(Arc::as_ref);
    found.ok_or_else(|| Error::failed(format!("check-out {seq} is not in the batch")))
}
