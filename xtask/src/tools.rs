//! The programs that the tests need beside Rust, and how a Debian machine gets them.
//!
//! As root, or with a sudo that asks nothing, what is missing is installed with apt-get. Anywhere
//! else a failure names each missing program and the Debian package it comes from.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{command, node, postgres, python};

/// One program that must be there.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// What a person calls it.
    pub name: &'static str,
    /// The Debian packages it comes from.
    pub packages: &'static [&'static str],
    /// Whether it is there and new enough.
    pub present: fn() -> bool,
}

/// Rust links with it, and SQLite and the cryptography are C.
pub const C_COMPILER: Tool = Tool {
    name: "a C compiler (cc)",
    packages: &["build-essential"],
    present: || find("cc").is_some(),
};

/// Everything that `cargo xtask test` calls.
pub const ALL: &[Tool] = &[C_COMPILER, GIT, postgres::TOOL, python::TOOL, node::TOOL, SOFTHSM];

/// A PKCS #11 token in software, for the tests of keys in tokens.
const SOFTHSM: Tool = Tool {
    name: "SoftHSM 2 (softhsm2-util)",
    packages: &["softhsm2"],
    present: || find("softhsm2-util").is_some(),
};

/// Lists the files that tidy reads.
const GIT: Tool = Tool { name: "git", packages: &["git"], present: || find("git").is_some() };

/// Installs what is missing, or says what to install.
pub fn ensure(tools: &[Tool]) -> Result<()> {
    let missing = missing(tools);
    if missing.is_empty() {
        return Ok(());
    }
    let Some(root) = as_root() else {
        bail!("{}", plea(&missing));
    };
    command::run(apt_get(root).args(["update", "-q"]))?;
    command::run(
        apt_get(root)
            .args(["install", "-y", "-q", "--no-install-recommends"])
            .args(packages(&missing)),
    )?;
    let missing = self::missing(tools);
    if !missing.is_empty() {
        bail!("{}\n(their packages are installed, but they are not found)", plea(&missing));
    }
    Ok(())
}

/// Where `program` is, looking along the path.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn missing(tools: &[Tool]) -> Vec<Tool> {
    tools.iter().filter(|tool| !(tool.present)()).copied().collect()
}

fn packages(tools: &[Tool]) -> impl Iterator<Item = &'static str> {
    tools.iter().flat_map(|tool| tool.packages.iter().copied())
}

fn plea(missing: &[Tool]) -> String {
    let names: Vec<_> = missing.iter().map(|tool| tool.name).collect();
    let packages: Vec<_> = packages(missing).collect();
    format!(
        "missing: {}\non Debian: sudo apt-get update && sudo apt-get install {}",
        names.join(", "),
        packages.join(" ")
    )
}

/// How to become root without a question, if there is a way: the words before a command.
fn as_root() -> Option<&'static [&'static str]> {
    find("apt-get")?;
    if is_root() {
        return Some(&[]);
    }
    let quiet = command::succeeds(Command::new("sudo").args(["-n", "true"]));
    quiet.then_some(&["sudo", "-n"])
}

/// Whether we are root, which PostgreSQL refuses to be.
pub fn is_root() -> bool {
    command::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// `env` sets its variable on the far side of sudo, too: no package may ask a question.
fn apt_get(root: &[&str]) -> Command {
    let mut words = root.iter().chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    let mut command = Command::new(words.next().unwrap_or(&"apt-get"));
    command.args(words);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Tool = Tool { name: "here", packages: &["here"], present: || true };
    const GONE: Tool = Tool { name: "gone", packages: &["gone", "gone-dev"], present: || false };

    #[test]
    fn what_is_there_is_not_asked_for() {
        ensure(&[HERE]).unwrap();
        assert_eq!(missing(&[HERE, GONE]).len(), 1);
    }

    #[test]
    fn the_plea_names_programs_and_packages() {
        let text = plea(&[GONE]);
        assert!(text.starts_with("missing: gone\n"), "{text}");
        assert!(text.ends_with("sudo apt-get install gone gone-dev"), "{text}");
    }

    #[test]
    fn a_program_is_found_along_the_path() {
        assert!(find("sh").is_some());
        assert!(find("leasehold-no-such-program").is_none());
    }
}
