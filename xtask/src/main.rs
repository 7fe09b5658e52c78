//! Developer commands: `cargo xtask start`, `test`, `check` and the rest of [`USAGE`].
//!
//! Everything that a developer or CI does to this project is one of these commands, written in
//! the project's own language. They call the ordinary tools (cargo, apt-get, pip, npm,
//! PostgreSQL's programs) and print what they call, so that each step can be repeated by hand.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "these are command-line programs: the terminal is where their answers go"
)]

#[cfg(feature = "bench")]
mod bench;
mod command;
mod fuzz;
mod node;
mod postgres;
mod programs;
mod python;
mod sdk;
mod stages;
mod targets;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask <command>

  start [-- <serve flags>]      build leasehold in release and serve with demo accounts
  test                          everything CI runs; installs what it needs
  check                         format, clippy, tidy, unit tests: the loop before a commit
  tidy                          the house rules that no compiler checks
  sdk [boto3|cli|js|rust]       drive the server with an official SDK (all of them by default)
  model                         compare the shapes with the model inside botocore
  sim --seed N --for 60s        random histories against an independent model
  fuzz [target]                 each fuzz target for a minute, on a nightly compiler
  targets                       build the verifier for WebAssembly and for static Linux programs
  bench [flags]                 rates and latencies as ratios, into target/bench/
  pg start|stop|url             a scratch PostgreSQL to work with
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let Some((command, rest)) = args.split_first() else {
        print!("{USAGE}");
        return Ok(());
    };
    match command.as_str() {
        "start" => programs::start(&Workspace::find()?, rest),
        "test" => test::everything(Workspace::find()?),
        "check" => test::before_commit(Workspace::find()?),
        "tidy" => tidy::run(&Workspace::find()?),
        "sdk" => sdk::run(&Workspace::find()?, rest),
        "model" => sdk::model(&Workspace::find()?),
        "sim" => programs::simulate(&Workspace::find()?, rest),
        "fuzz" => fuzz::run(&Workspace::find()?, rest),
        "targets" => targets::run(&Workspace::find()?),
        // The load generator is built only when it is wanted, and then in release.
        #[cfg(feature = "bench")]
        "bench" => bench::run(rest),
        #[cfg(not(feature = "bench"))]
        "bench" => programs::bench(&Workspace::find()?, rest),
        "pg" => postgres::run(&Workspace::find()?, rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        other => bail!("there is no command {other:?}\n\n{USAGE}"),
    }
}
