//! The log: to standard error, one line an event.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts the log. `LEASEHOLD_LOG` filters it (`info` by default, `debug`,
/// `leasehold_store=trace`).
pub fn start() {
    let filter = EnvFilter::builder()
        .with_env_var("LEASEHOLD_LOG")
        .with_default_directive(tracing::Level::INFO.into())
        .from_env_lossy();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start, in tests, leaves the first one's settings.
    let _ = log.try_init();
}
