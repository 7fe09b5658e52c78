//! What the check-outs of a license say about its pools, added up without the ledger: to verify
//! what the ledger counts, and to make its counts anew.

use std::collections::BTreeMap;

use crate::consume::CheckoutType;
use crate::license::Terms;
use crate::pool::{BORROWS, Edge, PoolIndex, Pools, Through};
use crate::state::Consumption;

/// Units drawn, by pool and by what counts them.
type Draws = BTreeMap<(PoolIndex, Through), u64>;

/// Units that come back, by when, by pool and by what counts them. Wide enough for a sum that no
/// ledger would have allowed.
pub type Held = BTreeMap<(i64, PoolIndex, Through), i128>;

/// A version of a license.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its number.
    pub number: i64,
    /// When it was made, milliseconds.
    pub created_at_ms: i64,
    /// What it says.
    pub terms: Terms,
}

/// The check-outs of one license, added up. They may be added in any order.
#[derive(Clone, Debug, Default)]
pub struct Recount {
    held: Held,
    /// Drawn under a version in one of its periods, which is named by its begin; with the time of
    /// the first of these draws.
    drawn: BTreeMap<(i64, i64), (i64, Draws)>,
    /// The last time that was decided at, under each version.
    decided_at_ms: BTreeMap<i64, i64>,
}

impl Recount {
    /// Counts a check-out, made under these terms through these grants, the nearest first.
    pub fn add(&mut self, it: &Consumption, terms: &Terms, grants: &[i64]) {
        let decided = self.decided_at_ms.entry(it.version).or_insert(it.issued_at_ms);
        *decided = it.issued_at_ms.max(*decided);
        let borrows = (it.checkout_type == CheckoutType::Borrow).then_some(&BORROWS);
        let counted_by = grants.iter().chain(borrows).map(|grant| Some(*grant));
        let counted_by: Vec<Through> = std::iter::once(None).chain(counted_by).collect();
        if it.checkout_type == CheckoutType::Perpetual {
            let period = (it.version, terms.period_begin_ms(it.issued_at_ms));
            let (first_ms, draws) =
                self.drawn.entry(period).or_insert((it.issued_at_ms, Draws::new()));
            *first_ms = it.issued_at_ms.min(*first_ms);
            for (taken, through) in pairs(it, &counted_by) {
                let drawn = draws.entry((taken.0, through)).or_default();
                *drawn = drawn.saturating_add(taken.1);
            }
        } else if it.ended_at_ms.is_none() {
            for (taken, through) in pairs(it, &counted_by) {
                let key = (it.expiration_ms(), taken.0, through);
                *self.held.entry(key).or_default() += i128::from(taken.1);
            }
        }
    }

    /// The last time that a check-out was decided at.
    pub fn decided_at_ms(&self) -> i64 {
        self.decided_at_ms.values().copied().max().unwrap_or(i64::MIN)
    }

    /// What is held at an instant and comes back later.
    pub fn held_after(
        &self,
        at_ms: i64,
    ) -> impl Iterator<Item = (&(i64, PoolIndex, Through), i128)> {
        self.held.iter().filter(move |((until_ms, ..), _)| *until_ms > at_ms).map(|(k, v)| (k, *v))
    }

    /// What is held at an instant, in all.
    pub fn sums_after(&self, at_ms: i64) -> BTreeMap<(PoolIndex, Through), i128> {
        let mut sums = BTreeMap::new();
        for ((_, pool, through), units) in self.held_after(at_ms) {
            *sums.entry((*pool, *through)).or_default() += units;
        }
        sums
    }

    /// The pools that all versions and all draws, one after the other, lead to (R2, R4): what is
    /// drawn, at the end. `names` are pools with the names and units of the license's.
    pub fn replay(&self, versions: &[Version], names: &Pools) -> Option<Pools> {
        let first = versions.first()?;
        let mut pools = Pools::new(&first.terms, first.created_at_ms);
        pools.pools.clone_from(&names.pools);
        pools.pools.iter_mut().for_each(|pool| (pool.drawn, pool.held) = (0, 0));
        let mut current = first;
        for version in versions {
            if version.number != current.number {
                pools.amend(&current.terms, &version.terms, version.created_at_ms);
                current = version;
            }
            let periods = (version.number, i64::MIN)..=(version.number, i64::MAX);
            for (first_ms, draws) in self.drawn.range(periods).map(|(_, draws)| draws) {
                pools.advance(&version.terms, *first_ms);
                for ((pool, through), units) in draws {
                    pools.draw(*pool, *through, *units);
                }
            }
            if let Some(last_ms) = self.decided_at_ms.get(&version.number) {
                pools.advance(&version.terms, *last_ms);
            }
        }
        Some(pools)
    }
}

/// Each pool and its units, with each that counts them.
fn pairs<'a>(
    it: &'a Consumption,
    counted_by: &'a [Through],
) -> impl Iterator<Item = ((PoolIndex, u64), Through)> + 'a {
    it.taken
        .iter()
        .flat_map(|taken| counted_by.iter().map(|through| ((taken.pool, taken.units), *through)))
}

/// What is drawn through a grant in this period.
pub fn drawn_now(pools: &Pools, edge: &Edge) -> u64 {
    if edge.restarts == pools.draws_restarted { edge.drawn } else { 0 }
}
