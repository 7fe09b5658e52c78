//! `leasehold-sim`: tells histories until one goes wrong or the time is over.
#![allow(clippy::print_stdout, reason = "what a command line program says")]

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use leasehold_server::clock::Clock;
use leasehold_sim::recorded::{History, Shown};
use leasehold_sim::report::Wrong;
use leasehold_sim::{Counts, Failure, Plant, Scenario, Settings, run};

/// Random histories of license clients against an independent model.
#[derive(Debug, Parser)]
#[command(name = "leasehold-sim")]
struct Arguments {
    /// The seed to begin with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Go on with the next seeds until so much time is over: 60s, 5m, 1h.
    #[arg(long = "for", value_parser = parse_duration, conflicts_with = "seeds")]
    duration_ms: Option<i64>,
    /// Exactly these seeds: 1..=8.
    #[arg(long, value_parser = parse_range, conflicts_with = "seed")]
    seeds: Option<RangeInclusive<u64>>,
    /// Steps of each history.
    #[arg(long, default_value_t = 2_000)]
    steps: u64,
    /// Histories of one chain of grants with caps, instead of everything.
    #[arg(long)]
    chain: bool,
    /// A PostgreSQL server to run on, as postgres://…; each history makes a database there. Without
    /// it each runs on an SQLite file of its own.
    #[arg(long)]
    database: Option<String>,
    /// A defect to plant, to see it found.
    #[arg(long, value_parser = parse_plant)]
    plant: Option<Plant>,
    /// Judge histories that clients recorded instead, one JSON document a line: is each of them
    /// linearizable?
    #[arg(long, value_name = "FILE", exclusive = true)]
    recorded: Option<PathBuf>,
    /// Print every request and answer.
    #[arg(long)]
    trace: bool,
}

fn parse_duration(text: &str) -> Result<i64, String> {
    let split = text.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(split).unwrap_or((text, ""));
    let unit_ms = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err("a duration is a number and s, m or h: 60s".to_owned()),
    };
    let number: i64 = number.parse().map_err(|_| format!("'{number}' is no number"))?;
    number.checked_mul(unit_ms).ok_or_else(|| "so long?".to_owned())
}

fn parse_range(text: &str) -> Result<RangeInclusive<u64>, String> {
    let fault = || format!("'{text}' is no range of seeds: 1..=8");
    let (first, last) = text.split_once("..=").ok_or_else(fault)?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| fault());
    Ok(number(first)?..=number(last)?)
}

fn parse_plant(text: &str) -> Result<Plant, String> {
    let found = Plant::ALL.into_iter().find(|(name, _)| *name == text);
    let names = Plant::ALL.map(|(name, _)| name).join(", ");
    found.map(|(_, plant)| plant).ok_or_else(|| format!("one of {names}"))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(file) = &arguments.recorded {
        return judge(file);
    }
    let settings = Settings {
        steps: arguments.steps,
        scenario: if arguments.chain { Scenario::Chain } else { Scenario::Everything },
        postgres: arguments.database.clone(),
        plant: arguments.plant,
        is_printed: arguments.trace,
    };
    let clock = Clock::system();
    let seeds = match (&arguments.seeds, arguments.duration_ms) {
        (Some(seeds), _) => seeds.clone(),
        (None, Some(_)) => arguments.seed..=u64::MAX,
        (None, None) => arguments.seed..=arguments.seed,
    };
    let (mut passed, mut failed, mut all) = (0_u64, 0_u64, Counts::default());
    for seed in seeds {
        match tell(&settings, seed) {
            Ok(counts) => {
                println!("seed {seed}: {counts}");
                all.add(&counts);
                passed += 1;
            }
            Err(failure) => {
                println!("{failure}{}", flags(&arguments));
                failed += 1;
            }
        }
        if arguments.duration_ms.is_some_and(|duration_ms| clock.elapsed_ms() >= duration_ms) {
            break;
        }
    }
    println!("all: {all}");
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Says of each history in a file whether it is linearizable.
fn judge(file: &Path) -> ExitCode {
    let mut failed = 0_u64;
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            println!("{}: {error}", file.display());
            return ExitCode::FAILURE;
        }
    };
    for line in text.lines() {
        let said = serde_json::from_str::<History>(line).map_err(|error| error.to_string());
        let said = said.and_then(|history| match history.check() {
            Ok(Shown { asked, at_once_max }) => Ok(format!(
                "{}: linearizable, {asked} operations, up to {at_once_max} at once",
                history.name()
            )),
            Err(wrong) => Err(wrong.to_string()),
        });
        failed += u64::from(said.is_err());
        println!("{}", said.unwrap_or_else(|wrong| wrong));
    }
    println!("{failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What must be given beside the seed to tell a history again.
fn flags(arguments: &Arguments) -> String {
    let mut flags = format!(" --steps {}", arguments.steps);
    if arguments.chain {
        flags.push_str(" --chain");
    }
    if let Some(database) = &arguments.database {
        flags.push_str(&format!(" --database {database}"));
    }
    let plant = Plant::ALL.into_iter().find(|(_, plant)| Some(*plant) == arguments.plant);
    if let Some((name, _)) = plant {
        flags.push_str(&format!(" --plant {name}"));
    }
    flags
}

/// Tells one history on a thread of its own, so that a panic is a failure like others.
fn tell(settings: &Settings, seed: u64) -> Result<Counts, Box<Failure>> {
    let failed = |got: String| {
        let last = Vec::new();
        Box::new(Failure { seed, step: 0, wrong: Wrong::from(got), last })
    };
    let told = std::thread::scope(|scope| {
        let history = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| failed(error.to_string()))?;
            runtime.block_on(run(settings, seed))
        });
        history.join()
    });
    match told {
        Ok(told) => told.map(|told| told.counts),
        Err(_) => Err(failed("a panic; its message is above".to_owned())),
    }
}
