//! The recount against the ledger's own decisions, in random histories.

use std::collections::BTreeMap;

use super::tests::Shop;
use crate::license::RenewType;
use crate::license::tests::example;
use crate::recount::{Recount, Version};

/// The next of a row of numbers that look random.
fn next(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

/// What the check-outs and versions say, against what the ledger has counted.
fn compare(shop: &mut Shop, versions: &[Version], seed: u64) {
    shop.consumed("Users");
    let stock = &shop.state.stocks[&1];
    let mut recount = Recount::default();
    for it in shop.state.consumptions.values() {
        let version = versions.iter().find(|version| version.number == it.version).unwrap();
        recount.add(it, &version.terms, &[]);
    }
    let mut counted = recount.replay(versions, &stock.pools).unwrap();
    counted.advance(&stock.license.terms, stock.pools.decided_at_ms);
    let held = recount.sums_after(stock.pools.decided_at_ms);
    for (index, (counted, pool)) in (0..).zip(counted.pools.iter().zip(&stock.pools.pools)) {
        assert_eq!(counted.drawn, pool.drawn, "seed {seed}");
        let held = held.get(&(index, None)).copied().unwrap_or(0);
        assert_eq!(held, i128::from(pool.held), "seed {seed}");
    }
}

/// Draws in several periods and under versions that renew at other times, that begin a new term or
/// go on in the old one (R2, R4); holds that run out, are extended and returned.
#[test]
fn what_is_counted_anew_is_what_was_counted() {
    for seed in 0..300 {
        let mut random = seed;
        let mut license = example();
        license.terms.consumption.renew_type = RenewType::Weekly;
        let mut shop = Shop::new(license);
        let version = |shop: &Shop| {
            let license = &shop.state.stocks[&1].license;
            let created_at_ms = shop.state.now_ms;
            Version { number: license.version, created_at_ms, terms: license.terms.clone() }
        };
        let mut versions = vec![version(&shop)];
        let mut held = BTreeMap::new();
        for _ in 0..40 {
            match next(&mut random, 7) {
                0 => drop(shop.draw(1 + next(&mut random, 2))),
                1 | 2 => {
                    let made = shop.hold(1 + next(&mut random, 2));
                    held.extend(made.ok().map(|it| (it.token.seq, it)));
                }
                3 => drop(held.pop_first().map(|(_, it)| shop.check_in(&it))),
                4 => drop(held.first_key_value().map(|(_, it)| shop.extend(it))),
                5 => {
                    let kind = next(&mut random, 3);
                    let renew_type = RenewType::ALL[usize::try_from(kind).unwrap()];
                    shop.amend(|terms| terms.consumption.renew_type = renew_type);
                    versions.push(version(&shop));
                }
                _ => {
                    let minutes =
                        [7, 40, 3_000, 9_000][usize::try_from(next(&mut random, 4)).unwrap()];
                    shop.later(minutes);
                }
            }
            compare(&mut shop, &versions, seed);
        }
    }
}
