//! Many live check-outs against few: does the rate hold, how long is the start, how much memory?

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::outcome::{Live, Outcome};
use super::sample::Series;
use super::server::Settings;
use super::site::{Ground, Work};
use super::statistics;
use crate::command;

/// The few that the many are compared with.
pub const FEW: u64 = 10_000;
const CONNECTIONS: usize = 64;
/// A year: none of them expires while it is measured.
const TTL_MINUTES: u32 = 525_600;

/// One of the two sides.
struct Side {
    ground: Ground,
    live: Live,
    starts: Vec<f64>,
    memory: f64,
}

/// Measures `many` live check-outs against [`FEW`], round by round. Every round of the few begins
/// from the same folder, so that the check-outs of earlier rounds do not add up.
pub fn measure(
    program: &Path,
    scratch: &Path,
    many: u64,
    rounds: usize,
    seconds: f64,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut few = Side::prepare(program, scratch, FEW)?;
    let mut many = Side::prepare(program, scratch, many)?;
    let origin = few.ground.clone();
    for round in 0..rounds {
        let copy = scratch.join(format!("live-few-{round}"));
        few.ground = origin.copy_to(copy.clone())?;
        few.round(seconds)?;
        fs::remove_dir_all(copy)?;
        many.round(seconds)?;
    }
    for side in [&few, &many] {
        let name = side.live.name();
        let start = statistics::median(&side.starts).context("there are rounds")?;
        outcome.add_fact(format!("{name}.start-up"), start, "s");
        outcome.add_fact(format!("{name}.memory"), side.memory / 1e6, "MB");
    }
    outcome.live = Some((few.live, many.live));
    Ok(())
}

impl Side {
    fn prepare(program: &Path, scratch: &Path, count: u64) -> Result<Self> {
        eprintln!("  filling a database with {count} live check-outs");
        let data = scratch.join(format!("live-{count}"));
        let settings = Settings { program: program.to_owned(), data, database: None };
        let ground = Ground::build(settings, 1, TTL_MINUTES)?;
        let arn = ground.license_arn.as_deref().context("the license has no ARN")?;
        let mut fill = Command::new(program);
        fill.args(["bench-fill", "--license", arn, "--count", &count.to_string(), "--data"]);
        command::output(fill.arg(&ground.settings.data))?;
        let live = Live { count, series: Series::default() };
        Ok(Self { ground, live, starts: Vec::new(), memory: 0.0 })
    }

    fn round(&mut self, seconds: f64) -> Result<()> {
        let mut site = self.ground.clone().open()?;
        self.starts.push(site.started_in_seconds());
        self.live.series.add(site.phase(Work::CheckOut, CONNECTIONS, seconds));
        self.memory = self.memory.max(site.peak_memory_bytes()?);
        self.ground = site.stop()?;
        Ok(())
    }
}
