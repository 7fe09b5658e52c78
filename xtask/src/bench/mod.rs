//! `cargo xtask bench`: what the release server does in a second, as ratios to what the same
//! machine does otherwise in the same run.
//!
//! Rates of a shared machine mean little alone, so each check-out case stands beside the same
//! server's signed no-op and a home-made seat table, in rounds that interleave them all.
//! `docs/benchmarks.md` tells what each row means.
//!
//! `request` → `load` → `sample` is the way of a measurement; `site` is a server with licenses,
//! `rounds` measures the cases, `live` the many live check-outs, and `report`, `chart` and
//! `marks` show the outcome.

mod case;
mod chart;
mod client;
mod clock;
mod database;
mod disk;
mod license;
mod live;
mod load;
mod machine;
mod marks;
mod naive;
mod options;
mod outcome;
mod report;
mod request;
mod response;
mod rounds;
mod sample;
mod scratch;
mod server;
mod signing;
mod site;
mod statistics;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Parser;

use database::Database;
use options::Options;
use outcome::Outcome;
use scratch::Scratch;

use crate::workspace::Workspace;

/// Measures, prints the tables, and writes `report.md`, `report.json` and `report.svg`.
pub fn run(args: &[String]) -> Result<()> {
    let options = Options::parse_from(args);
    let workspace = Workspace::find()?;
    let folder = workspace.target.join("bench");
    fs::create_dir_all(&folder)?;
    let program = program(&options, &workspace)?;
    let scratch = Scratch::create(&folder)?;
    let machine = machine::describe(scratch.path())?;
    let outcome = measure(&workspace, &program, scratch.path(), &options);
    let report = report::markdown(&outcome, &machine);
    println!("{report}");
    fs::write(folder.join("report.md"), report)?;
    fs::write(folder.join("report.json"), serde_json::to_string_pretty(&outcome.rows())? + "\n")?;
    fs::write(folder.join("report.svg"), chart::svg(&outcome, &machine))?;
    println!("\nwritten: report.md, report.json and report.svg in {}", folder.display());
    Ok(())
}

/// Measures everything asked for; what fails becomes a note, so that the rest still counts.
fn measure(workspace: &Workspace, program: &Path, scratch: &Path, options: &Options) -> Outcome {
    let mut outcome = Outcome::default();
    let needs_database = case::all()
        .into_iter()
        .any(|case| case.needs_database() && options.wants(&case.to_string()));
    let database = if needs_database { Some(Database::start(workspace)) } else { None };
    let database = match database.transpose() {
        Ok(database) => database,
        Err(error) => {
            outcome.notes.push(format!("PostgreSQL: {error:#}"));
            None
        }
    };
    let measured = rounds::measure(program, scratch, options, database.as_ref(), &mut outcome);
    if let Err(error) = measured {
        outcome.notes.push(format!("{error:#}"));
    }
    if let Some(many) = options.live() {
        let (rounds, seconds) = (options.rounds(), options.seconds());
        let measured = live::measure(program, scratch, many, rounds, seconds, &mut outcome);
        if let Err(error) = measured {
            outcome.notes.push(format!("live check-outs: {error:#}"));
        }
    }
    outcome
}

/// The server to measure; it is the caller who builds it.
fn program(options: &Options, workspace: &Workspace) -> Result<PathBuf> {
    let default = workspace.target.join("release/leasehold");
    let program = options.program.clone().unwrap_or(default);
    if !program.exists() {
        bail!(
            "{} does not exist; build it first: cargo build --release -p leasehold-server",
            program.display()
        );
    }
    Ok(fs::canonicalize(program)?)
}
