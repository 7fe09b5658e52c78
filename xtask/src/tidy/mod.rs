//! The house rules that no compiler checks: lengths, words, opening comments, dependencies.
//!
//! Each rule is a function from text to problems, so that its tests plant what it must find.

mod dependencies;
mod text;

use std::fmt;
use std::fs;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command;
use crate::workspace::Workspace;

/// One breach of a rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, from the root of the checkout.
    pub path: String,
    /// The line, counted from one, where the problem has one.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub what: String,
}

/// Reads every file that is or would be committed, and fails when a rule is broken.
pub fn run(workspace: &Workspace) -> Result<()> {
    let mut problems = vec![];
    let mut files = 0;
    for path in listed(workspace)? {
        // Deleted but not yet committed, or no text: neither is ours to judge.
        let Ok(text) = fs::read_to_string(workspace.root.join(&path)) else { continue };
        problems.extend(text::check(&path, &text));
        files += 1;
    }
    let manifest = fs::read_to_string(workspace.root.join("Cargo.toml"))?;
    let reasons = fs::read_to_string(workspace.root.join(dependencies::REASONS));
    problems.extend(dependencies::check_edges(&workspace.packages));
    problems.extend(dependencies::check_reasons(&manifest, &reasons.unwrap_or_default()));
    problems.extend(dependencies::check_use(&manifest, &workspace.packages));
    for problem in &problems {
        println!("{problem}");
    }
    if !problems.is_empty() {
        bail!("tidy found {} problems", problems.len());
    }
    println!("tidy: {files} files are in order");
    Ok(())
}

/// The files that git has or would take, in order.
fn listed(workspace: &Workspace) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let names = command::output(git.current_dir(&workspace.root))?;
    let mut names: Vec<_> =
        names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

impl Problem {
    fn in_file(path: &str, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, what: what.into() }
    }

    fn at(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: Some(line), what: what.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}: {}", self.path, self.what),
            None => write!(formatter, "{}: {}", self.path, self.what),
        }
    }
}
