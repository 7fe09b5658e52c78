//! `cargo xtask test`, everything that CI runs, and `cargo xtask check`, the loop before a commit.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::postgres::ScratchPostgres;
use crate::stages::{self, Stage};
use crate::workspace::Workspace;
use crate::{command, fuzz, node, programs, python, targets, tidy, tools};

/// What the stages share: the early ones make what the later ones use.
struct Run {
    workspace: Workspace,
    postgres: Option<ScratchPostgres>,
}

/// Cheap judges first: a run that will fail should fail early.
const EVERYTHING: &[Stage<Run>] = &[
    Stage { name: "tools", run: |_| tools::ensure(tools::ALL) },
    FORMAT,
    TIDY,
    CLIPPY,
    Stage { name: "documentation", run: documentation },
    Stage { name: "build", run: |run| programs::build_for_tests(&run.workspace) },
    Stage { name: "verifier for other targets", run: |run| targets::run(&run.workspace) },
    Stage { name: "scratch PostgreSQL", run: Run::start_postgres },
    Stage { name: "Rust tests", run: rust_tests },
    Stage { name: "simulation", run: simulation },
    Stage { name: "Rust SDK", run: rust_sdk },
    Stage { name: "JavaScript packages", run: |run| node::prepare(&run.workspace) },
    Stage { name: "JavaScript SDK", run: javascript },
    Stage { name: "Python packages", run: |run| python::prepare(&run.workspace) },
    Stage { name: "Python: boto3, AWS CLI, model", run: python },
    Stage { name: "fuzzing", run: |run| fuzz::run(&run.workspace, &[]) },
];

const BEFORE_COMMIT: &[Stage<Run>] =
    &[FORMAT, TIDY, CLIPPY, Stage { name: "unit tests", run: |run| cargo(run, UNIT_TESTS) }];

const FORMAT: Stage<Run> =
    Stage { name: "format", run: |run| cargo(run, &["fmt", "--all", "--", "--check"]) };
const TIDY: Stage<Run> = Stage { name: "tidy", run: |run| tidy::run(&run.workspace) };
const CLIPPY: Stage<Run> = Stage { name: "clippy", run: |run| cargo(run, CLIPPY_ARGS) };

const CLIPPY_ARGS: &[&str] =
    &["clippy", "--workspace", "--all-features", "--all-targets", "--", "-D", "warnings"];
const UNIT_TESTS: &[&str] = &["test", "--workspace", "--all-features", "--lib", "--bins"];

/// Everything that CI runs.
pub fn everything(workspace: Workspace) -> Result<()> {
    stages::run(EVERYTHING, &mut Run::new(workspace))
}

/// What costs little enough to run before every commit.
pub fn before_commit(workspace: Workspace) -> Result<()> {
    stages::run(BEFORE_COMMIT, &mut Run::new(workspace))
}

impl Run {
    fn new(workspace: Workspace) -> Self {
        Self { workspace, postgres: None }
    }

    fn start_postgres(&mut self) -> Result<()> {
        let postgres = ScratchPostgres::start(&self.workspace)?;
        println!("{}", postgres.url());
        self.postgres = Some(postgres);
        Ok(())
    }

    fn postgres(&self) -> Result<&ScratchPostgres> {
        self.postgres.as_ref().context("an earlier stage starts PostgreSQL")
    }

    fn leasehold(&self) -> Result<PathBuf> {
        programs::leasehold_for_tests(&self.workspace)
    }
}

fn documentation(run: &mut Run) -> Result<()> {
    let mut cargo = command::cargo(&run.workspace.root);
    cargo.args(["doc", "--workspace", "--all-features", "--no-deps", "--document-private-items"]);
    command::run(cargo.env("RUSTDOCFLAGS", "-D warnings"))
}

fn rust_tests(run: &mut Run) -> Result<()> {
    let mut cargo = command::cargo(&run.workspace.root);
    cargo.args(["test", "--workspace", "--all-features"]);
    command::run(cargo.env("LEASEHOLD_TEST_POSTGRES", run.postgres()?.url()))
}

fn simulation(run: &mut Run) -> Result<()> {
    programs::replay_seeds(&run.workspace, run.postgres()?)
}

fn rust_sdk(run: &mut Run) -> Result<()> {
    programs::run_rust_sdk(&run.workspace, &run.leasehold()?)
}

fn javascript(run: &mut Run) -> Result<()> {
    node::test(&run.workspace, &run.leasehold()?)
}

fn python(run: &mut Run) -> Result<()> {
    python::test(&run.workspace, python::Tests::All, &run.leasehold()?, run.postgres()?)
}

fn cargo(run: &Run, args: &[&str]) -> Result<()> {
    command::run(command::cargo(&run.workspace.root).args(args))
}
