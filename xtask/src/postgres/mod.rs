//! Scratch PostgreSQL servers for tests, benchmarks and development.
//!
//! Each has a data folder of its own, listens on a free loopback port, trusts whoever connects
//! there, opens no Unix socket and syncs to disk as a real one does. Its URL names the database
//! `postgres`; a test makes its own with `CREATE DATABASE` and leaves the others alone.

mod account;
mod cluster;
mod scratch;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::tools::{self, Tool};
use crate::workspace::Workspace;

use cluster::Cluster;
pub use scratch::ScratchPostgres;

/// The server's programs, which Debian keeps off the path.
pub const TOOL: Tool = Tool {
    name: "the PostgreSQL server",
    packages: &["postgresql"],
    present: || programs().is_some(),
};

/// `cargo xtask pg start|stop|url`: one server for as long as the developer wants it.
pub fn run(workspace: &Workspace, args: &[String]) -> Result<()> {
    let words: Vec<_> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["start"] => start(workspace),
        ["stop"] => stop(workspace),
        ["url"] => {
            println!("{}", running(workspace)?.context("none runs: cargo xtask pg start")?.url());
            Ok(())
        }
        _ => bail!("usage: cargo xtask pg start|stop|url"),
    }
}

fn start(workspace: &Workspace) -> Result<()> {
    tools::ensure(&[TOOL])?;
    let cluster = if let Some(cluster) = running(workspace)? {
        cluster
    } else {
        let cluster = Cluster::create(workspace)?;
        cluster.start_in_background()?;
        fs::create_dir_all(&workspace.target)?;
        fs::write(record(workspace), cluster.to_record())?;
        cluster
    };
    println!("{}", cluster.url());
    Ok(())
}

fn stop(workspace: &Workspace) -> Result<()> {
    if let Some(cluster) = running(workspace)? {
        cluster.stop()?;
        cluster.remove();
    }
    let record = record(workspace);
    if record.exists() {
        fs::remove_file(record)?;
    }
    Ok(())
}

/// The server that `pg start` left running, if it still does.
fn running(workspace: &Workspace) -> Result<Option<Cluster>> {
    let Ok(text) = fs::read_to_string(record(workspace)) else { return Ok(None) };
    let cluster = Cluster::from_record(&text)?;
    Ok(cluster.runs().then_some(cluster))
}

fn record(workspace: &Workspace) -> PathBuf {
    workspace.target.join("scratch-postgres")
}

/// The folder of the newest server on this machine.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<_> = versions.filter_map(|entry| version(&entry.path())).collect();
    debian.sort();
    let on_path = tools::find("initdb").and_then(|file| file.parent().map(Path::to_owned));
    let folders = debian.into_iter().rev().map(|(_, folder)| folder).chain(on_path);
    folders.into_iter().find(|folder| {
        ["initdb", "pg_ctl", "postgres", "psql"].iter().all(|name| folder.join(name).is_file())
    })
}

fn version(folder: &Path) -> Option<(u32, PathBuf)> {
    let version = folder.file_name()?.to_str()?.parse().ok()?;
    Some((version, folder.join("bin")))
}
