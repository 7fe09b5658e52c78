//! Where things are, and which of our packages depends on what.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::command;

/// The checkout and what `cargo metadata` says of it.
#[derive(Debug)]
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Where build results go; `CARGO_TARGET_DIR` may put it anywhere.
    pub target: PathBuf,
    /// The members of the workspace.
    pub packages: Vec<Package>,
}

/// One member of the workspace.
#[derive(Debug)]
pub struct Package {
    /// Its name in Cargo.toml.
    pub name: String,
    /// Its direct dependencies of every kind: normal, build and dev.
    pub dependencies: Vec<Dependency>,
}

/// One line under some `[dependencies]`.
#[derive(Debug)]
pub struct Dependency {
    /// The name it goes by in Cargo.toml.
    pub name: String,
    /// Whether it is a package of this workspace.
    pub ours: bool,
}

impl Workspace {
    /// The workspace around the current folder. The folder that we were built in may be another
    /// checkout's: several can share a target folder.
    pub fn find() -> Result<Self> {
        let mut cargo = command::cargo(Path::new("."));
        cargo.args(["metadata", "--no-deps", "--format-version", "1"]);
        let text = command::output(&mut cargo)?;
        let metadata = serde_json::from_str(&text).context("cargo metadata is no JSON")?;
        Self::from_metadata(&metadata).context("cargo metadata lacks a field that we read")
    }

    fn from_metadata(metadata: &Value) -> Option<Self> {
        let packages = metadata.get("packages")?.as_array()?;
        Some(Self {
            root: metadata.get("workspace_root")?.as_str()?.into(),
            target: metadata.get("target_directory")?.as_str()?.into(),
            packages: packages.iter().map(package).collect::<Option<_>>()?,
        })
    }
}

fn package(value: &Value) -> Option<Package> {
    let dependencies = value.get("dependencies")?.as_array()?;
    Some(Package {
        name: value.get("name")?.as_str()?.to_owned(),
        dependencies: dependencies.iter().map(dependency).collect::<Option<_>>()?,
    })
}

fn dependency(value: &Value) -> Option<Dependency> {
    let own_name = value.get("name")?.as_str()?;
    let name = value.get("rename").and_then(Value::as_str).unwrap_or(own_name);
    Some(Dependency { name: name.to_owned(), ours: value.get("path").is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_finds_itself() {
        let workspace = Workspace::find().unwrap();
        let core = workspace.packages.iter().find(|package| package.name == "leasehold-core");
        assert!(core.is_some(), "{:?}", workspace.packages);
        assert!(workspace.root.join("Cargo.toml").is_file());
    }

    #[test]
    fn a_renamed_dependency_goes_by_its_new_name() {
        let value = serde_json::json!({ "name": "serde_yaml", "rename": "yaml" });
        let found = dependency(&value).unwrap();
        assert_eq!((found.name.as_str(), found.ours), ("yaml", false));
    }
}
