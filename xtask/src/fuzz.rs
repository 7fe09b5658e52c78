//! `cargo xtask fuzz`: every fuzz target for its time, with cargo-fuzz on a nightly compiler.
//!
//! A target is a file in fuzz/fuzz_targets, with texts to begin with in fuzz/seeds. What is found
//! on the way stays in fuzz/corpus, a crash in fuzz/artifacts; neither is committed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::command;
use crate::tools::{self, C_COMPILER};
use crate::workspace::Workspace;

/// All of them and how many seconds each runs; another one is a line here.
const TARGETS: &[(&str, u32)] = &[("policy", 10), ("verify", 60)];
/// One input that takes longer than this is a fault.
const INPUT_SECONDS_MAX: u32 = 5;
/// Longer than the longest token.
const INPUT_BYTES_MAX: u32 = 80 * 1024;

/// The compiler that has the instruments.
const TOOLCHAIN: &str = "nightly";
const CARGO_FUZZ: &str = "cargo-fuzz";
const CARGO_FUZZ_VERSION: &str = "0.13.2";

/// Runs the targets named, or all of them, one after the other.
pub fn run(workspace: &Workspace, names: &[String]) -> Result<()> {
    let known: Vec<&str> = TARGETS.iter().map(|(target, _)| *target).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("there is no fuzz target {unknown:?}: choose from {}", known.join(", "));
    }
    tools::ensure(&[C_COMPILER])?;
    ensure_toolchain()?;
    let cargo_fuzz = cargo_fuzz(workspace)?;
    let is_chosen = |target: &str| names.is_empty() || names.iter().any(|name| name == target);
    let mut chosen = TARGETS.iter().filter(|(target, _)| is_chosen(target));
    chosen.try_for_each(|(target, seconds)| fuzz(workspace, &cargo_fuzz, target, *seconds))
}

fn fuzz(workspace: &Workspace, cargo_fuzz: &Path, target: &str, seconds: u32) -> Result<()> {
    let corpus = format!("fuzz/corpus/{target}");
    fs::create_dir_all(workspace.root.join(&corpus)).context("fuzz/corpus cannot be written")?;
    let mut rustup = Command::new("rustup");
    rustup.current_dir(&workspace.root).args(["run", TOOLCHAIN]).arg(cargo_fuzz);
    // Nothing of ours is unsafe: without the address sanitizer it tries several times as many.
    rustup.args(["run", "--sanitizer", "none", "--target-dir"]).arg(workspace.target.join("fuzz"));
    rustup.args([target, &corpus, &format!("fuzz/seeds/{target}"), "--"]);
    rustup.args([
        format!("-max_total_time={seconds}"),
        format!("-timeout={INPUT_SECONDS_MAX}"),
        format!("-max_len={INPUT_BYTES_MAX}"),
        "-print_final_stats=1".to_owned(),
    ]);
    command::run(as_typed(&mut rustup))
}

fn ensure_toolchain() -> Result<()> {
    let there = ["run", TOOLCHAIN, "rustc", "--version"];
    if command::succeeds(as_typed(Command::new("rustup").args(there))) {
        return Ok(());
    }
    let install = ["toolchain", "install", TOOLCHAIN, "--profile", "minimal"];
    command::run(as_typed(Command::new("rustup").args(install)))
        .context("fuzzing needs rustup and a nightly compiler")
}

/// The cargo-fuzz on the path, or one of our own below the target folder.
fn cargo_fuzz(workspace: &Workspace) -> Result<PathBuf> {
    let tools = workspace.target.join("tools");
    let ours = tools.join("bin").join(CARGO_FUZZ);
    if let Some(program) = tools::find(CARGO_FUZZ).or_else(|| ours.is_file().then(|| ours.clone()))
    {
        return Ok(program);
    }
    let mut cargo = command::cargo(&workspace.root);
    // It only calls others; optimizing it takes longer than it saves.
    cargo.args(["install", CARGO_FUZZ, "--version", CARGO_FUZZ_VERSION, "--locked", "--debug"]);
    command::run(cargo.arg("--root").arg(tools))?;
    Ok(ours)
}

/// Without what the cargo that runs us has set for its own compiler.
fn as_typed(command: &mut Command) -> &mut Command {
    command.env_remove("CARGO").env_remove("RUSTC").env_remove("RUSTUP_TOOLCHAIN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_files() {
        let root = Workspace::find().unwrap().root;
        let files = fs::read_dir(root.join("fuzz/fuzz_targets")).unwrap();
        let mut names: Vec<_> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        let expected: Vec<_> = TARGETS.iter().map(|(target, _)| format!("{target}.rs")).collect();
        assert_eq!(names, expected);
        assert!(TARGETS.iter().all(|(target, _)| root.join("fuzz/seeds").join(target).is_dir()));
    }
}
