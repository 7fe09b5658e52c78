//! `cargo xtask targets`: the verifier is built for what vendors build their software for.
//!
//! Where rustup cannot get a target's standard library, it says so and leaves the target out.

use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::workspace::Workspace;

/// What the verifier must build for: a page in a browser, and programs that bring their own libc.
const TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "x86_64-unknown-linux-musl"];

/// Builds the verifier for each of them.
pub fn run(workspace: &Workspace) -> Result<()> {
    for target in TARGETS {
        if !is_there(workspace, target) {
            println!("left out: {target} is not installed and rustup could not add it");
            continue;
        }
        let mut cargo = command::cargo(&workspace.root);
        cargo.args(["build", "--package", "leasehold-verify", "--lib", "--target", target]);
        command::run(&mut cargo)?;
    }
    Ok(())
}

fn is_there(workspace: &Workspace, target: &str) -> bool {
    // In the folder whose rust-toolchain.toml names the compiler that cargo is going to use.
    let rustup = |args: &[&str]| {
        let mut rustup = Command::new("rustup");
        rustup.args(args).current_dir(&workspace.root);
        rustup
    };
    let installed = command::output(&mut rustup(&["target", "list", "--installed"]));
    let there = installed.is_ok_and(|list| list.lines().any(|line| line == target));
    there || command::run(&mut rustup(&["target", "add", target])).is_ok()
}
