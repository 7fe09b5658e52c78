//! The time of a history: it mostly goes forward, by a second or by months, and sometimes back.

use std::collections::BTreeMap;

use crate::calendar::{MINUTE, SECOND};

/// How far the clock may go back behind a sweep. The sweeper leaves what could still matter to a
/// server whose clock is so far behind; more is not promised.
const BACK_AFTER_SWEEP: i64 = 9 * MINUTE;

/// What the servers' clocks say.
#[derive(Clone, Debug)]
pub struct Timeline {
    now_ms: i64,
    highest_ms: i64,
    lowest_ms: i64,
    /// The one instant of each second at which the clock has stood. Answers show whole seconds, so
    /// an answer tells at which of these times it was decided.
    seconds: BTreeMap<i64, i64>,
}

impl Timeline {
    /// Begins at an instant; the clock never goes back before it.
    pub fn new(begin_ms: i64) -> Self {
        let seconds = [(begin_ms.div_euclid(SECOND), begin_ms)].into();
        Self { now_ms: begin_ms, highest_ms: begin_ms, lowest_ms: begin_ms, seconds }
    }

    /// Now.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The highest time that ever was.
    pub fn highest_ms(&self) -> i64 {
        self.highest_ms
    }

    /// Whether it has been later than now.
    pub fn is_behind(&self) -> bool {
        self.now_ms < self.highest_ms
    }

    /// Moves to an instant, or to the one at which the clock stood in the same second.
    pub fn move_to(&mut self, at_ms: i64) {
        let at_ms = at_ms.max(self.lowest_ms);
        self.now_ms = *self.seconds.entry(at_ms.div_euclid(SECOND)).or_insert(at_ms);
        self.highest_ms = self.highest_ms.max(self.now_ms);
    }

    /// Moves to the highest time that ever was.
    pub fn catch_up(&mut self) {
        self.now_ms = self.highest_ms;
    }

    /// Notes a sweep. `is_final`: it removed something that an earlier clock would still show.
    pub fn swept(&mut self, is_final: bool) {
        let back_ms = if is_final { 0 } else { BACK_AFTER_SWEEP };
        self.lowest_ms = self.lowest_ms.max(self.now_ms - back_ms);
    }
}
