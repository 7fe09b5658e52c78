//! Defects that are planted to see them found: a simulator that never fails proves nothing.

use std::collections::HashMap;
use std::sync::Arc;

use leasehold_core::consume::CheckoutType;
use leasehold_core::grant::Link;
use leasehold_core::pool::{BORROWS, Pools};
use leasehold_core::state::{Effects, HoldChange, State};

/// A defect of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// Two batches look at the same counts before either writes: check, then insert.
    Race,
    /// A check-out is acknowledged and not written.
    LostCheckOut,
    /// A check-in gives its units back twice.
    DoubleRelease,
    /// A repeated request is taken for a new one.
    ForgottenRequest,
    /// An extension is acknowledged and not written.
    LostExtension,
    /// The cap of a grant in the middle of a chain is not looked at.
    UncountedCap,
    /// What is returned early is not taken off the counts of the grants that it went through.
    KeptEdge,
    /// A borrow is answered though it is not kept: its units come back while its token is good.
    LostBorrow,
    /// What is out as borrows is not counted when another is made.
    UncountedBorrow,
}

impl Plant {
    /// Every defect, by the name that the command line takes.
    pub const ALL: [(&'static str, Plant); 9] = [
        ("race", Plant::Race),
        ("lost-check-out", Plant::LostCheckOut),
        ("double-release", Plant::DoubleRelease),
        ("forgotten-request", Plant::ForgottenRequest),
        ("lost-extension", Plant::LostExtension),
        ("uncounted-cap", Plant::UncountedCap),
        ("kept-edge", Plant::KeptEdge),
        ("lost-borrow", Plant::LostBorrow),
        ("uncounted-borrow", Plant::UncountedBorrow),
    ];
}

/// Batches that a planted defect leaves in peace, so that it is not found at the first step.
const BATCHES_AT_PEACE: usize = 10;

/// A defect at work.
#[derive(Debug, Default)]
pub struct Planted {
    batches: usize,
    /// Counts as the batch before this one found them.
    stale: HashMap<i64, Pools>,
}

impl Planted {
    /// Spoils what a batch is about to decide on.
    pub fn spoil_state(&mut self, plant: Plant, state: &mut State) {
        self.batches += 1;
        let is_at_work = self.batches > BATCHES_AT_PEACE;
        match plant {
            Plant::Race => {
                for (key, stock) in &mut state.stocks {
                    let found = stock.pools.clone();
                    if let Some(stale) = self.stale.insert(*key, found).filter(|_| is_at_work) {
                        stock.pools = stale;
                    }
                }
            }
            Plant::ForgottenRequest if is_at_work => state.replays.clear(),
            Plant::UncountedCap if is_at_work => uncap_middle(state),
            Plant::UncountedBorrow if is_at_work => {
                for stock in state.stocks.values_mut() {
                    stock.pools.edges.retain(|(grant, _), _| *grant != BORROWS);
                }
            }
            _ => {}
        }
    }

    /// Spoils what a batch has decided.
    pub fn spoil_effects(&self, plant: Plant, state: &mut State, effects: &Effects) -> Effects {
        let mut spoiled = effects.clone();
        if self.batches <= BATCHES_AT_PEACE {
            return spoiled;
        }
        match plant {
            Plant::LostCheckOut => drop(spoiled.inserted.pop()),
            Plant::LostExtension => spoiled.updated.retain(|seq| {
                let it = state.consumptions.get(seq);
                it.is_none_or(|it| it.ended_at_ms.is_some() || it.extended_at_ms.is_none())
            }),
            Plant::LostBorrow => {
                let is_kept = |seq: &i64| {
                    let it = state.consumptions.get(seq);
                    it.is_some_and(|it| {
                        it.checkout_type == CheckoutType::Borrow && it.ended_at_ms.is_none()
                    })
                };
                spoiled.updated.retain(|seq| !is_kept(seq));
            }
            Plant::DoubleRelease => {
                for seq in &effects.updated {
                    let Some(it) = state.consumptions.get(seq) else { continue };
                    let Some(stock) = state.stocks.get_mut(&it.license) else { continue };
                    if it.ended_at_ms.is_none() {
                        continue;
                    }
                    let (license, until_ms) = (it.license, it.expiration_ms());
                    for taken in &it.taken {
                        let units = -i64::try_from(taken.units).unwrap_or(i64::MAX);
                        stock.pools.hold(taken.pool, None, until_ms, units);
                        let pool = taken.pool;
                        spoiled.holds.push(HoldChange {
                            license,
                            pool,
                            through: None,
                            until_ms,
                            units,
                        });
                    }
                }
            }
            Plant::KeptEdge => {
                let is_kept = |change: &HoldChange| change.through.is_some() && change.units < 0;
                for change in effects.holds.iter().filter(|change| is_kept(change)) {
                    let HoldChange { license, pool, through, until_ms, units } = *change;
                    let Some(stock) = state.stocks.get_mut(&license) else { continue };
                    stock.pools.hold(pool, through, until_ms, -units);
                }
                spoiled.holds.retain(|change| !is_kept(change));
            }
            Plant::Race
            | Plant::ForgottenRequest
            | Plant::UncountedCap
            | Plant::UncountedBorrow => {}
        }
        spoiled
    }
}

/// Forgets the caps of all grants that are neither the first nor the last of a chain.
fn uncap_middle(state: &mut State) {
    let grants: Vec<_> = state.candidates.values().flatten().filter_map(|it| it.grant).collect();
    for grant in grants {
        let above = state.links.chain(Some(grant)).skip(1).filter(|link| link.parent.is_some());
        let middle: Vec<_> = above.map(|link| Link::clone(link)).collect();
        for link in middle {
            state.links.insert(Arc::new(Link { caps: HashMap::new(), ..link }));
        }
    }
}
