//! Pools: how many units of each entitlement of a license are drawn and held.
//!
//! A pool belongs to a license and an entitlement's name and unit, and outlives versions (L27).
//! Drawn units (PERPETUAL) stay until a renewal; held units (PROVISIONAL, borrowed) come back when
//! they are checked in or when their time is over, whichever is first.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::entitlement::Unit;
use crate::license::Terms;

/// Highest count a pool may reach: what a signed 64-bit column holds.
pub const UNITS_MAX: u64 = i64::MAX.unsigned_abs();

/// Position of a pool among the pools of its license; never changes.
pub type PoolIndex = u16;

/// One counted or uncounted entitlement of one license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Entitlement name.
    pub name: String,
    /// Its unit.
    pub unit: Unit,
    /// Units drawn in this period.
    pub drawn: u64,
    /// Units held by live check-outs.
    #[serde(default)]
    pub held: u64,
}

impl Pool {
    /// What is out: drawn and held (U2).
    pub fn consumed(&self) -> u64 {
        self.drawn.saturating_add(self.held)
    }
}

/// The row of a grant, where what is counted is out through it and everything below it; `None`
/// where it is all that is out of the pool.
pub type Through = Option<i64>;

/// Stands for a grant where what is counted is out as borrows, through whatever grant.
pub const BORROWS: i64 = -1;

/// What is out of one pool through one grant and everything below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    /// [`Pools::draws_restarted`] when `drawn` was counted.
    pub restarts: i64,
    /// Units drawn since then.
    pub drawn: u64,
    /// Units held by live check-outs.
    pub held: u64,
}

/// Held units by the instant at which they come back, by pool, and by what counts them.
///
/// An engine may load the due instants only; then an entry for a later one holds the changes of
/// this batch and may be negative.
pub type Returns = BTreeMap<(i64, PoolIndex, Through), i64>;

/// The pools of one license.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pools {
    /// Begin of the period that `drawn` counts, milliseconds (R2).
    pub period_begin_ms: i64,
    /// Time of the last decision; a later one is never decided at an earlier time.
    pub decided_at_ms: i64,
    /// One for each (name, unit) ever used; only grows.
    pub pools: Vec<Pool>,
    /// How often drawn units began anew at 0.
    #[serde(default)]
    pub draws_restarted: i64,
    /// What is out through each grant, for the grants that anything was taken through.
    #[serde(skip)]
    pub edges: HashMap<(i64, PoolIndex), Edge>,
    /// When what is held comes back.
    #[serde(skip)]
    pub returns: Returns,
    /// The first instant, after the loaded ones, at which anything comes back.
    #[serde(skip)]
    pub next_return_at_ms: Option<i64>,
}

impl Pools {
    /// The pools of a new license, which is never decided on at a time before its creation.
    pub fn new(terms: &Terms, now_ms: i64) -> Self {
        let period_begin_ms = terms.period_begin_ms(now_ms);
        Self { period_begin_ms, decided_at_ms: now_ms, ..Self::default() }
    }

    /// Brings the pools to `now_ms`: gives back what is due (C32) and, where a new period has
    /// begun, sets drawn units to 0 (R2). Held units stay counted across the boundary (R3).
    pub fn advance(&mut self, terms: &Terms, now_ms: i64) {
        self.decided_at_ms = self.decided_at_ms.max(now_ms);
        self.release(now_ms);
        let period_begin_ms = terms.period_begin_ms(now_ms);
        if period_begin_ms > self.period_begin_ms {
            self.restart_draws();
            self.period_begin_ms = period_begin_ms;
        }
    }

    /// Gives back what is due at `now_ms` (C32).
    pub fn release(&mut self, now_ms: i64) {
        while let Some(entry) = self.returns.first_entry() {
            let (at_ms, index, through) = *entry.key();
            if at_ms > now_ms {
                break;
            }
            let units = entry.remove();
            self.change_held(index, through, -units);
        }
    }

    /// Moves the pools from one version to the next: a new term begins its draws anew, a change
    /// within the term keeps them (R4).
    pub fn amend(&mut self, old: &Terms, new: &Terms, now_ms: i64) {
        // A clock that runs behind must not begin a period anew that has been decided in.
        let now_ms = now_ms.max(self.decided_at_ms);
        self.advance(old, now_ms);
        if old.validity.end_ms.is_some_and(|end_ms| new.validity.begin_ms >= end_ms) {
            self.restart_draws();
        }
        self.period_begin_ms = new.period_begin_ms(now_ms);
    }

    fn restart_draws(&mut self) {
        for pool in &mut self.pools {
            pool.drawn = 0;
        }
        self.draws_restarted += 1;
    }

    /// The pool of that name and unit, if anything was ever taken from it.
    pub fn find(&self, name: &str, unit: Unit) -> Option<(PoolIndex, &Pool)> {
        let index = self.pools.iter().position(|pool| pool.unit == unit && pool.name == name)?;
        Some((PoolIndex::try_from(index).ok()?, self.pools.get(index)?))
    }

    /// What is out of the pool of that name and unit (U2).
    pub fn consumed(&self, name: &str, unit: Unit) -> u64 {
        self.find(name, unit).map_or(0, |(_, pool)| pool.consumed())
    }

    /// What is out of a pool through a grant and everything below it.
    pub fn consumed_through(&self, index: PoolIndex, grant: i64) -> u64 {
        self.edges.get(&(grant, index)).map_or(0, |edge| {
            let drawn = if edge.restarts == self.draws_restarted { edge.drawn } else { 0 };
            drawn.saturating_add(edge.held)
        })
    }

    /// All that live check-outs hold, over all pools.
    pub fn held(&self) -> u64 {
        self.pools.iter().fold(0, |sum, pool| sum.saturating_add(pool.held))
    }

    /// The index of the pool of that name and unit, made if there is none. `None` when the license
    /// has had more than 65,535 different ones.
    pub fn find_or_add(&mut self, name: &str, unit: Unit) -> Option<PoolIndex> {
        if let Some((index, _)) = self.find(name, unit) {
            return Some(index);
        }
        let index = PoolIndex::try_from(self.pools.len()).ok()?;
        self.pools.push(Pool { name: name.to_owned(), unit, drawn: 0, held: 0 });
        Some(index)
    }

    /// Draws units for good.
    pub fn draw(&mut self, index: PoolIndex, through: Through, units: u64) {
        let restarts = self.draws_restarted;
        if let Some(grant) = through {
            let edge = self.edges.entry((grant, index)).or_default();
            let drawn = if edge.restarts == restarts { edge.drawn } else { 0 };
            *edge = Edge { restarts, drawn: drawn.saturating_add(units), held: edge.held };
        } else if let Some(pool) = self.pools.get_mut(usize::from(index)) {
            pool.drawn = pool.drawn.saturating_add(units);
        }
    }

    /// Holds `units` (or, negative, lets them go) until `until_ms`.
    pub fn hold(&mut self, index: PoolIndex, through: Through, until_ms: i64, units: i64) {
        self.change_held(index, through, units);
        self.change_return(index, through, until_ms, units);
    }

    /// Changes what is held now, and when it comes back.
    fn change_held(&mut self, index: PoolIndex, through: Through, units: i64) {
        let held = match through {
            Some(grant) => Some(&mut self.edges.entry((grant, index)).or_default().held),
            None => self.pools.get_mut(usize::from(index)).map(|pool| &mut pool.held),
        };
        if let Some(held) = held {
            // INVARIANT: what is let go was held, so this never saturates; the simulator checks it.
            *held = held.saturating_add_signed(units);
        }
    }

    fn change_return(&mut self, index: PoolIndex, through: Through, at_ms: i64, units: i64) {
        let key = (at_ms, index, through);
        let sum = self.returns.entry(key).or_default();
        *sum += units;
        if *sum == 0 {
            self.returns.remove(&key);
        }
    }

    /// The first instant at which units of the pool, or of what is out through a grant, come back
    /// by themselves, as far as it is known.
    pub fn next_return(&self, index: PoolIndex, through: Through) -> Option<i64> {
        let counts = |key: &&(i64, PoolIndex, Through)| key.1 == index && key.2 == through;
        let loaded = self.returns.keys().find(counts).map(|(at_ms, ..)| *at_ms);
        loaded.or(self.next_return_at_ms.filter(|_| through.is_none()))
    }
}
