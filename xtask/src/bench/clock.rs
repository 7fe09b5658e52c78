//! The benchmark's only door to the system's clock.
#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark measures real time; this file is the one place that asks for it"
)]

use std::time::{Duration, Instant};

/// A moment for measuring durations.
pub fn now() -> Instant {
    Instant::now()
}

/// The system's time in the form of the `X-Amz-Date` header: `20261121T200000Z`.
pub fn amz_date() -> String {
    jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The system's time as people read it: `2026-11-21 20:00:00Z`.
pub fn readable() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// Waits before looking again at something another program does; never inside a measured phase.
pub fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}
