//! The folder for databases and logs of one run, gone with the run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::Result;

/// Begins the folder's name; the id of the process that made it follows.
const PREFIX: &str = "scratch-";

/// A folder that is removed when dropped.
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes an empty one beside the results, because a system's folder for temporary files may
    /// lie in memory. What a killed run has left behind, perhaps gigabytes, goes first.
    pub fn create(parent: &Path) -> Result<Self> {
        for entry in fs::read_dir(parent)? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(is_leftover) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        let path = parent.join(format!("{PREFIX}{}", process::id()));
        fs::create_dir(&path)?;
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind goes with the next run.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Whether a folder of this name was made by a process that lives no more.
fn is_leftover(name: &str) -> bool {
    let maker = name.strip_prefix(PREFIX).and_then(|id| id.parse::<u32>().ok());
    maker.is_some_and(|id| !Path::new("/proc").join(id.to_string()).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_of_dead_runs_are_leftovers() {
        assert!(is_leftover("scratch-4294967295"));
        assert!(!is_leftover(&format!("scratch-{}", process::id())));
        assert!(!is_leftover("scratch-") && !is_leftover("report.md"));
    }
}
