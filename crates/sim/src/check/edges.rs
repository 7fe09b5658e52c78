//! Conservation on every edge of the tree of grants: what the server counts through a grant is what
//! live check-outs hold, and perpetual ones have drawn, through it and all below it.

use std::collections::BTreeMap;

use leasehold_core::grant::Grant as Stored;
use leasehold_core::pool::{BORROWS, Pool, PoolIndex, Pools};

use crate::model::{CheckOut, Model};
use crate::report::Wrong;

/// Compares the server's counts of a license, brought to `at_ms`, with the model's: of each pool,
/// and of each pool through each grant. What is out through the grants below one is never more
/// than what is out through it, which is never more than the most that it was ever capped at.
/// Returns how many edges are at their cap.
///
/// # Errors
/// Where they differ.
pub fn compare(
    model: &Model,
    license: usize,
    stored: &[Stored],
    pools: &Pools,
    at_ms: i64,
) -> Result<u64, Wrong> {
    let mut full = 0;
    let Some(owner) = model.licenses.get(license) else { return Ok(full) };
    for (pool, index) in pools.pools.iter().zip(0..) {
        let count = owner.count(&pool.name, pool.unit.as_str(), at_ms);
        let expected = (count.drawn, count.held);
        if expected != (pool.drawn, pool.held) {
            let got = format!("{}, {}", pool.drawn, pool.held);
            return Err(wrong(format!("all of {} of {}", pool.name, owner.arn), expected, got));
        }
        let is_borrow = |_: usize, it: &CheckOut| it.is_borrow();
        let lent = owner.count_some(&pool.name, pool.unit.as_str(), at_ms, is_borrow).held;
        let counted = pools.consumed_through(index, BORROWS);
        if lent != counted {
            return Err(wrong(format!("{} of {} lent", pool.name, owner.arn), lent, counted));
        }
        full += compare_pool((model, license), stored, pools, (index, pool), at_ms)?;
    }
    Ok(full)
}

fn compare_pool(
    (model, license): (&Model, usize),
    stored: &[Stored],
    pools: &Pools,
    (index, pool): (PoolIndex, &Pool),
    at_ms: i64,
) -> Result<u64, Wrong> {
    let mut full = 0;
    let expected_of = model.out_through_all(license, (&pool.name, pool.unit.as_str()), at_ms);
    let out = |grant: &Stored| pools.consumed_through(index, grant.key);
    let mut below: BTreeMap<i64, u64> = BTreeMap::new();
    for grant in stored {
        *below.entry(grant.parent.unwrap_or(0)).or_default() += out(grant);
    }
    for grant in stored {
        let place = model.grants.iter().position(|it| it.arn == grant.arn);
        let Some((place, known)) = place.and_then(|it| Some((it, model.grants.get(it)?))) else {
            return Err(format!("the grant {} is not known", grant.arn).into());
        };
        let what = || format!("{} out through {}", pool.name, grant.arn);
        let expected = expected_of.get(&place).copied().unwrap_or(0);
        if expected != out(grant) {
            return Err(wrong(what(), expected, out(grant)));
        }
        let children = below.get(&grant.key).copied().unwrap_or(0);
        if children > out(grant) {
            return Err(wrong(what(), format!("at least the {children} below"), out(grant)));
        }
        let cap = known.most_cap(&pool.name);
        if cap.is_some_and(|cap| out(grant) > cap) {
            return Err(wrong(what(), format!("at most {cap:?}"), out(grant)));
        }
        full += u64::from(cap == Some(out(grant)));
    }
    let children = below.get(&0).copied().unwrap_or(0);
    if children > pool.consumed() {
        let what = format!("{} out through all grants", pool.name);
        return Err(wrong(what, format!("at most {}", pool.consumed()), children));
    }
    Ok(full)
}

fn wrong(asked: String, predicted: impl std::fmt::Debug, got: impl std::fmt::Debug) -> Wrong {
    Wrong { asked, predicted: format!("{predicted:?}"), got: format!("{got:?}") }
}
