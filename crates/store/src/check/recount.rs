//! A license's pools as they are stored against its check-outs.

use std::collections::{BTreeMap, BTreeSet};

use leasehold_core::pool::{Pools, Through};
use leasehold_core::recount::drawn_now;

use super::{Book, Difference};

/// Compares what is stored of a license with what its check-outs add up to. `holds_are_stored`
/// where the engine stores what is held, too.
pub fn compare(book: &Book, holds_are_stored: bool) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut differs = |what: String, expected: String, found: String| {
        let subject = book.arn.clone();
        differences.push(Difference { subject, what, expected, found });
    };
    let Some(stored) = &book.pools else {
        differs("its pools".to_owned(), "a row".to_owned(), "none".to_owned());
        return differences;
    };
    let (Some(mut counted), Some(last)) =
        (book.recount.replay(&book.versions, stored), book.versions.last())
    else {
        differs("its versions".to_owned(), "one at least".to_owned(), "none".to_owned());
        return differences;
    };
    let decided_at_ms = stored.decided_at_ms.max(counted.decided_at_ms);
    counted.advance(&last.terms, decided_at_ms);
    let mut now = stored.clone();
    now.advance(&last.terms, decided_at_ms);
    for (what, expected, found) in drawn(&counted, &now) {
        differs(what, expected, found);
    }
    if holds_are_stored {
        for (what, expected, found) in held(book, stored) {
            differs(what, expected, found);
        }
    } else if stored.pools.iter().any(|pool| pool.held > 0)
        || stored.edges.values().any(|edge| edge.held > 0)
        || !book.returns.is_empty()
    {
        differs("what is held".to_owned(), "not stored".to_owned(), "stored".to_owned());
    }
    for (what, expected, found) in limits(book, &counted, decided_at_ms) {
        differs(what, expected, found);
    }
    differences
}

/// What differs, as it must be, as it is.
type Found = Vec<(String, String, String)>;

/// What is drawn in this period, of each pool and through each grant (R2, R4).
fn drawn(counted: &Pools, stored: &Pools) -> Found {
    let mut found = Found::new();
    for (one, other) in counted.pools.iter().zip(&stored.pools) {
        if one.drawn != other.drawn {
            let what = format!("pool {}: drawn", one.name);
            found.push((what, one.drawn.to_string(), other.drawn.to_string()));
        }
    }
    let keys: BTreeSet<_> = counted.edges.keys().chain(stored.edges.keys()).collect();
    for key in keys {
        let of = |pools: &Pools| pools.edges.get(key).map_or(0, |edge| drawn_now(pools, edge));
        let (expected, drawn) = (of(counted), of(stored));
        if expected != drawn {
            let what = format!("{}: drawn", place(stored, (key.1, Some(key.0))));
            found.push((what, expected.to_string(), drawn.to_string()));
        }
    }
    found
}

/// What is held, and when it comes back, where both are stored.
fn held(book: &Book, stored: &Pools) -> Found {
    let mut found = Found::new();
    let sums = book.recount.sums_after(stored.decided_at_ms);
    let mut kept = BTreeMap::new();
    for (index, pool) in stored.pools.iter().enumerate() {
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        kept.insert((index, None), i128::from(pool.held));
    }
    for ((grant, pool), edge) in &stored.edges {
        kept.insert((*pool, Some(*grant)), i128::from(edge.held));
    }
    for key in sums.keys().chain(kept.keys()).collect::<BTreeSet<_>>() {
        let of = |map: &BTreeMap<_, i128>| map.get(key).copied().unwrap_or(0);
        if of(&sums) != of(&kept) {
            let what = format!("{}: held", place(stored, *key));
            found.push((what, of(&sums).to_string(), of(&kept).to_string()));
        }
    }
    let expected: BTreeMap<_, _> = book
        .recount
        .held_after(stored.decided_at_ms)
        .filter(|(_, units)| *units != 0)
        .map(|(key, units)| (*key, units))
        .collect();
    let returns: BTreeMap<_, _> =
        book.returns.iter().filter(|(_, it)| **it != 0).map(|(key, it)| (*key, *it)).collect();
    for key in expected.keys().chain(returns.keys()).collect::<BTreeSet<_>>() {
        let of = |map: &BTreeMap<_, i128>| map.get(key).copied().unwrap_or(0);
        if of(&expected) != of(&returns) {
            let what = format!("{}: comes back at {}", place(stored, (key.1, key.2)), key.0);
            found.push((what, of(&expected).to_string(), of(&returns).to_string()));
        }
    }
    found
}

/// Never is more out than was ever granted, unless overage was allowed (C11, C21).
fn limits(book: &Book, counted: &Pools, at_ms: i64) -> Found {
    let held = book.recount.sums_after(at_ms);
    let mut found = Found::new();
    for (index, pool) in (0..).zip(&counted.pools) {
        let most = book.granted.get(&(pool.name.clone(), pool.unit)).copied().flatten();
        let held = held.get(&(index, None)).copied().unwrap_or(0);
        let out = i128::from(pool.drawn) + held;
        if let Some(most) = most.filter(|most| out > i128::from(*most)) {
            let what = format!("pool {}: out", pool.name);
            found.push((what, format!("at most {most} (C11)"), out.to_string()));
        }
    }
    found
}

/// A pool, and what counts it.
fn place(pools: &Pools, (index, through): (u16, Through)) -> String {
    let pool = pools.pools.get(usize::from(index));
    let name = pool.map_or_else(|| index.to_string(), |pool| pool.name.clone());
    match through {
        None => format!("pool {name}"),
        Some(leasehold_core::pool::BORROWS) => format!("pool {name}, as borrows"),
        Some(grant) => format!("pool {name}, through grant {grant}"),
    }
}
