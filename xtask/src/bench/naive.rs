//! What people build at home: a table of pools, a table of seats, one transaction a check-out.
//!
//! It is kept as quick as that form can be: no signatures, no HTTP, no idempotency, no expiry,
//! one conditional update (not a select and an update), its statements prepared, and room on the
//! pages for updates of the pool in place. PostgreSQL's own pgbench drives it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;

use super::database::Database;
use super::sample::Sample;
use crate::command;

const DATABASE: &str = "naive";
/// Longer waits count as this long.
const MICROSECONDS_MAX: u64 = 600_000_000;

const TABLES: &str = "\
CREATE TABLE pool (
    id bigint PRIMARY KEY, used bigint NOT NULL, seats bigint NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE seat (
    token uuid PRIMARY KEY DEFAULT gen_random_uuid(), pool bigint NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now()
);
";

const TRANSACTION: &str = "\
BEGIN;
UPDATE pool SET used = used + 1 WHERE id = :id AND used < seats;
INSERT INTO seat (pool) VALUES (:id);
COMMIT;
";

/// The seat table in its database.
pub struct SeatTable<'a> {
    database: &'a Database,
    folder: PathBuf,
    url: String,
}

impl<'a> SeatTable<'a> {
    /// Creates the tables with `pools` pools; scripts and logs go to `folder`.
    pub fn create(database: &'a Database, folder: &Path, pools: u32) -> Result<Self> {
        let url = database.create(DATABASE)?;
        database.query(&url, TABLES)?;
        let fill = format!(
            "INSERT INTO pool SELECT id, 0, 9000000000000000 FROM generate_series(1, {pools}) id"
        );
        database.query(&url, &fill)?;
        database.query(&url, "VACUUM ANALYZE pool")?;
        fs::create_dir_all(folder)?;
        Ok(Self { database, folder: folder.to_owned(), url })
    }

    /// Takes seats of `pools` pools for some seconds.
    pub fn phase(&self, pools: u32, clients: usize, seconds: f64) -> Result<Sample> {
        let script = self.folder.join("transaction.sql");
        fs::write(&script, format!("\\set id random(1, {pools})\n{TRANSACTION}"))?;
        let log = self.folder.join("latencies");
        let mut pgbench = self.database.client("pgbench");
        pgbench
            .args(["-n", "-M", "prepared", "-j", "1", "-c", &clients.to_string()])
            .args(["-T", &format!("{}", seconds.ceil()), "-f"])
            .arg(&script)
            .args(["-l", "--log-prefix"])
            .arg(&log)
            .arg(&self.url);
        let printed = command::output(&mut pgbench)?;
        let rate = rate(&printed).context("pgbench printed no rate")?;
        let latencies = self.take_latencies()?;
        Ok(Sample::of_latencies(&latencies, rate))
    }

    /// Reads pgbench's log files and removes them.
    fn take_latencies(&self) -> Result<Histogram<u64>> {
        let mut latencies = Histogram::new_with_max(MICROSECONDS_MAX.saturating_mul(1000), 3)?;
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("latencies.") {
                fs::read_to_string(&path)?.lines().filter_map(microseconds).for_each(|us| {
                    latencies.saturating_record(us.min(MICROSECONDS_MAX).saturating_mul(1000));
                });
                fs::remove_file(&path)?;
            }
        }
        Ok(latencies)
    }
}

/// The rate in pgbench's summary: `tps = 812.345678 (without initial connection time)`.
fn rate(printed: &str) -> Option<f64> {
    let text = printed.lines().find_map(|line| line.strip_prefix("tps = "))?;
    text.split_whitespace().next()?.parse().ok()
}

/// The latency in a line of pgbench's log: its third field.
fn microseconds(line: &str) -> Option<u64> {
    line.split_whitespace().nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_stands_in_the_summary() {
        let printed = "scaling factor: 1\ntps = 812.5 (without initial connection time)\n";
        assert_eq!(rate(printed), Some(812.5));
        assert_eq!(rate("no such line"), None);
    }

    #[test]
    fn the_latency_is_the_third_field() {
        assert_eq!(microseconds("0 199 2241 0 1175850568 995598"), Some(2241));
        assert_eq!(microseconds(""), None);
    }
}
