//! Building our own programs, and becoming them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::postgres::ScratchPostgres;
use crate::workspace::Workspace;
use crate::{command, tools};

/// The seeds that every test run replays; a longer search is `cargo xtask sim`.
const SIMULATION_SEEDS: &str = "1..=5";
/// Steps in each of those histories.
const SIMULATION_STEPS: &str = "2000";

/// `cargo xtask start`: builds the server in release and becomes it, with demo accounts.
pub fn start(workspace: &Workspace, args: &[String]) -> Result<()> {
    tools::ensure(&[tools::C_COMPILER])?;
    let leasehold = leasehold(workspace)?;
    command::become_it(Command::new(leasehold).args(["serve", "--demo"]).args(flags(args)))
}

/// `cargo xtask sim`: builds the simulator in release and becomes it.
pub fn simulate(workspace: &Workspace, args: &[String]) -> Result<()> {
    let simulator = release(workspace, "leasehold-sim", "leasehold-sim")?;
    command::become_it(Command::new(simulator).args(flags(args)))
}

/// `cargo xtask bench`: builds the server and ourselves, load generator included, in release and
/// becomes the latter.
#[cfg(not(feature = "bench"))]
pub fn bench(workspace: &Workspace, args: &[String]) -> Result<()> {
    tools::ensure(&[tools::C_COMPILER, crate::postgres::TOOL])?;
    let leasehold = leasehold(workspace)?;
    let mut cargo = command::cargo(&workspace.root);
    cargo.args(["run", "--release", "--package", "xtask", "--features", "bench", "--", "bench"]);
    command::become_it(cargo.args(args).env("LEASEHOLD_BIN", leasehold))
}

/// The server as users get it. `LEASEHOLD_BIN` names another one to use.
pub fn leasehold(workspace: &Workspace) -> Result<PathBuf> {
    match named()? {
        Some(program) => Ok(program),
        None => release(workspace, "leasehold-server", "leasehold"),
    }
}

/// The server that the tests test, as [`build_for_tests`] left it: with every feature, and with
/// debug assertions. A build in release as well would take a fifth of the time of a test run.
/// `LEASEHOLD_BIN` names another one to use.
pub fn leasehold_for_tests(workspace: &Workspace) -> Result<PathBuf> {
    Ok(named()?.unwrap_or_else(|| debug(workspace, "leasehold")))
}

fn named() -> Result<Option<PathBuf>> {
    let program = std::env::var_os("LEASEHOLD_BIN").map(PathBuf::from);
    if let Some(program) = program.as_ref().filter(|program| !program.is_absolute()) {
        bail!("LEASEHOLD_BIN={} must be an absolute path", program.display());
    }
    Ok(program)
}

/// Builds everything that the test run uses of a development build, in one go: one selection of
/// packages is one selection of their dependencies' features, so that nothing is built twice.
pub fn build_for_tests(workspace: &Workspace) -> Result<()> {
    let mut cargo = command::cargo(&workspace.root);
    command::run(cargo.args(["build", "--workspace", "--all-features", "--all-targets"]))
}

/// The program that drives the server with the Rust SDK, as [`build_for_tests`] left it.
pub fn run_rust_sdk(workspace: &Workspace, leasehold: &Path) -> Result<()> {
    let mut program = Command::new(debug(workspace, "leasehold-rust-sdk-test"));
    program.env("LEASEHOLD_BIN", leasehold);
    command::run(command::without_aws_settings(&mut program))
}

/// Replays the fixed seeds on both databases with the simulator of [`build_for_tests`], whose
/// debug assertions are on.
pub fn replay_seeds(workspace: &Workspace, postgres: &ScratchPostgres) -> Result<()> {
    let simulator = debug(workspace, "leasehold-sim");
    let run = ["--seeds", SIMULATION_SEEDS, "--steps", SIMULATION_STEPS];
    command::run(Command::new(&simulator).args(run))?;
    // Each step there costs several round trips and a restart a new connection: fewer of them.
    let run = ["--seeds", "1..=4", "--steps", "500"];
    let database = postgres.create_database("simulation")?;
    command::run(Command::new(&simulator).args(run).args(["--database", &database]))
}

fn release(workspace: &Workspace, package: &str, program: &str) -> Result<PathBuf> {
    let mut cargo = command::cargo(&workspace.root);
    cargo.args(["build", "--release", "--package", package, "--bin", program]);
    command::run(&mut cargo)?;
    Ok(workspace.target.join("release").join(program))
}

/// A program of the development build.
pub fn debug(workspace: &Workspace, program: &str) -> PathBuf {
    workspace.target.join("debug").join(program)
}

/// What comes after an optional `--`.
fn flags(args: &[String]) -> &[String] {
    match args.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => args,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dashes_before_the_flags_may_be_left_out() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(flags(&words("-- --listen x")), words("--listen x"));
        assert_eq!(flags(&words("--listen x")), words("--listen x"));
        assert!(flags(&[]).is_empty());
    }
}
