//! The one place that asks the system for the time.
#![allow(clippy::disallowed_methods, reason = "this is where time comes from")]

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The server's time. It never runs backwards, whatever the system's does.
#[derive(Debug)]
pub struct Clock {
    /// How far a test has moved it ahead of the system, milliseconds.
    offset_ms: AtomicI64,
    last_ms: AtomicI64,
    /// Whether clients may move it (`--test-clock`).
    is_movable: bool,
    started: Instant,
    /// Where a simulation has stopped the system's time, milliseconds.
    stopped_at_ms: Option<i64>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::starting(0, false)
    }

    /// A time that clients may move forward, beginning at `start_ms` or now.
    pub fn movable(start_ms: Option<i64>) -> Self {
        let offset_ms = start_ms.map_or(0, |start_ms| start_ms - system_ms());
        Self::starting(offset_ms, true)
    }

    /// A time that stands still, so that nothing which a simulation does depends on how fast it
    /// runs: signatures stay valid, and what is remembered for a while is remembered for good.
    pub fn stopped(at_ms: i64) -> Self {
        Self { stopped_at_ms: Some(at_ms), ..Self::starting(0, false) }
    }

    fn starting(offset_ms: i64, is_movable: bool) -> Self {
        Self {
            offset_ms: AtomicI64::new(offset_ms),
            last_ms: AtomicI64::new(i64::MIN),
            is_movable,
            started: Instant::now(),
            stopped_at_ms: None,
        }
    }

    /// Whether clients may move it.
    pub fn is_movable(&self) -> bool {
        self.is_movable
    }

    /// Now, milliseconds since 1970 in UTC; never less than an earlier answer.
    pub fn now_ms(&self) -> i64 {
        let now_ms = self.system_ms() + self.offset_ms.load(Ordering::SeqCst);
        self.last_ms.fetch_max(now_ms, Ordering::SeqCst).max(now_ms)
    }

    /// The system's time: what clients sign their requests with, whatever a test has set.
    pub fn system_ms(&self) -> i64 {
        self.stopped_at_ms.unwrap_or_else(system_ms)
    }

    /// Milliseconds since the start, for ages and durations.
    pub fn elapsed_ms(&self) -> i64 {
        if self.stopped_at_ms.is_some() {
            return 0;
        }
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// Moves the time forward.
    ///
    /// # Errors
    /// A text for the client when the clock is not movable, or the time would run backwards.
    pub fn move_to(&self, target_ms: i64) -> Result<i64, &'static str> {
        let now_ms = self.now_ms();
        if !self.is_movable {
            return Err("the clock can be set only with --test-clock");
        }
        if target_ms < now_ms {
            return Err("the clock only moves forward; begin anew with --test-clock=TIME");
        }
        self.offset_ms.fetch_add(target_ms - now_ms, Ordering::SeqCst);
        Ok(self.now_ms())
    }
}

fn system_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_movable_clock_moves_forward_only() {
        let clock = Clock::movable(Some(1_000_000));
        let now_ms = clock.now_ms();
        assert!((1_000_000..1_060_000).contains(&now_ms));
        let later_ms = clock.move_to(now_ms + 86_400_000).unwrap();
        assert!(later_ms >= now_ms + 86_400_000);
        assert!(clock.move_to(now_ms).is_err());
        assert!(Clock::system().move_to(i64::MAX).is_err());
    }
}
