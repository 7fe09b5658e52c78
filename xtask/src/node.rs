//! The JavaScript tests and example: their packages, and Node's own test runner.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::tools::Tool;
use crate::workspace::Workspace;
use crate::{command, tools};

/// What Debian 12 has is old enough to matter: the official SDK still runs on it.
const NODE_MAJOR_MIN: u32 = 18;

/// Node and npm.
pub const TOOL: Tool = Tool {
    name: "Node.js 18 or newer with npm",
    packages: &["nodejs", "npm"],
    present: || tools::find("npm").is_some() && node_major() >= Some(NODE_MAJOR_MIN),
};

/// Where there are packages to install: what tests with them, and what the Python tests run.
const FOLDERS: [&str; 2] = ["tests/js", "examples/javascript"];

/// Installs exactly what the lock files say, unless that is already there.
pub fn prepare(workspace: &Workspace) -> Result<()> {
    FOLDERS.iter().try_for_each(|folder| install(&workspace.root.join(folder)))
}

fn install(folder: &Path) -> Result<()> {
    let lock = fs::read_to_string(folder.join("package-lock.json"))
        .with_context(|| format!("{}/package-lock.json cannot be read", folder.display()))?;
    let stamp = folder.join("node_modules/.leasehold-lock");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    command::run(npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))?;
    fs::write(stamp, lock).context("node_modules cannot be written")
}

/// Runs every `*.test.js` and `*.test.mjs` under tests/js against the program `leasehold`.
pub fn test(workspace: &Workspace, leasehold: &Path) -> Result<()> {
    let folder = workspace.root.join("tests/js");
    // Node calls a run without tests a success.
    if !has_tests(&folder)? {
        bail!("tests/js holds no *.test.js and no *.test.mjs");
    }
    let mut node = Command::new("node");
    node.arg("--test").current_dir(&folder).env("LEASEHOLD_BIN", leasehold);
    command::run(command::without_aws_settings(&mut node))
}

fn has_tests(folder: &Path) -> Result<bool> {
    let entries = fs::read_dir(folder).context("tests/js cannot be read")?;
    Ok(entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.ends_with(".test.js") || name.ends_with(".test.mjs")
    }))
}

fn node_major() -> Option<u32> {
    let version = command::output(Command::new("node").arg("--version")).ok()?;
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}
