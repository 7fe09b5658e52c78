//! Which check-out answered which request, for as long as requests are answered again (W62).

use std::collections::VecDeque;

use hashbrown::HashMap;
use leasehold_core::consume::REPLAY_WINDOW_MS;
use leasehold_core::state::ClientKey;

/// The window is forgotten in this many steps, so that no map grows without bound.
const GENERATIONS: i64 = 5;

/// A request that made a check-out: when, which, and the row of its check-out.
pub type Request = (i64, ClientKey, i64);

/// Rows by client key, in generations by time. About 28 bytes for each check-out of the window.
#[derive(Default)]
pub struct Replays {
    /// Newest first, each with the time at which it began.
    generations: VecDeque<(i64, HashMap<ClientKey, i64>)>,
}

impl Replays {
    /// Notes a check-out made at `at_ms`, and forgets those past the window.
    pub fn insert(&mut self, at_ms: i64, key: ClientKey, seq: i64) {
        let span_ms = REPLAY_WINDOW_MS / GENERATIONS;
        let is_current = |(began_ms, _): &&mut (i64, _)| at_ms - *began_ms < span_ms;
        if self.generations.front_mut().as_ref().is_some_and(is_current) {
            if let Some((_, newest)) = self.generations.front_mut() {
                newest.insert(key, seq);
            }
            return;
        }
        self.generations.push_front((at_ms, HashMap::from_iter([(key, seq)])));
        while let Some((began_ms, _)) = self.generations.back() {
            if at_ms - *began_ms < REPLAY_WINDOW_MS + span_ms {
                break;
            }
            self.generations.pop_back();
        }
    }

    /// The row of the last check-out with this key. The caller judges whether it is too old.
    pub fn find(&self, key: &ClientKey) -> Option<i64> {
        self.generations.iter().find_map(|(_, generation)| generation.get(key).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_kept_for_the_window_and_then_forgotten() {
        let mut replays = Replays::default();
        replays.insert(0, [1; 16], 1);
        replays.insert(REPLAY_WINDOW_MS - 1, [2; 16], 2);
        assert_eq!(replays.find(&[1; 16]), Some(1));
        replays.insert(2 * REPLAY_WINDOW_MS, [3; 16], 3);
        assert_eq!(replays.find(&[1; 16]), None);
        assert_eq!(replays.find(&[2; 16]), Some(2));
        assert_eq!(replays.find(&[3; 16]), Some(3));
    }

    #[test]
    fn the_newest_check_out_of_a_key_is_found() {
        let mut replays = Replays::default();
        replays.insert(0, [1; 16], 1);
        replays.insert(REPLAY_WINDOW_MS, [1; 16], 2);
        assert_eq!(replays.find(&[1; 16]), Some(2));
    }
}
