//! `cargo xtask sdk` and `model`: the official clients against the real server, one at a time.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::postgres::ScratchPostgres;
use crate::tools::{self, C_COMPILER};
use crate::workspace::Workspace;
use crate::{node, postgres, programs, python};

/// Runs the SDKs named, or all of them.
pub fn run(workspace: &Workspace, names: &[String]) -> Result<()> {
    let all = ["boto3", "cli", "js", "rust"].map(str::to_owned);
    let names = if names.is_empty() { &all } else { names };
    if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
        bail!("there is no SDK {unknown:?}: choose from {}", all.join(", "));
    }
    for name in names {
        match name.as_str() {
            "boto3" => topic(workspace, "boto3")?,
            "cli" => topic(workspace, "cli")?,
            "js" => javascript(workspace)?,
            _ => rust(workspace)?,
        }
    }
    Ok(())
}

/// Compares every implemented shape with the model inside the installed botocore.
pub fn model(workspace: &Workspace) -> Result<()> {
    topic(workspace, "model")
}

fn topic(workspace: &Workspace, topic: &'static str) -> Result<()> {
    tools::ensure(&[C_COMPILER, postgres::TOOL, python::TOOL])?;
    python::prepare(workspace)?;
    let leasehold = leasehold(workspace)?;
    let postgres = ScratchPostgres::start(workspace)?;
    python::test(workspace, python::Tests::Topic(topic), &leasehold, &postgres)
}

fn javascript(workspace: &Workspace) -> Result<()> {
    tools::ensure(&[C_COMPILER, node::TOOL])?;
    node::prepare(workspace)?;
    node::test(workspace, &leasehold(workspace)?)
}

fn rust(workspace: &Workspace) -> Result<()> {
    programs::run_rust_sdk(workspace, &leasehold(workspace)?)
}

/// The same program as in a whole test run.
fn leasehold(workspace: &Workspace) -> Result<PathBuf> {
    programs::build_for_tests(workspace)?;
    programs::leasehold_for_tests(workspace)
}
