//! What the disk holds, and how fast it makes writes durable.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::{clock, statistics};

const SYNCS: usize = 200;

/// The bytes of all files under `folder`.
pub fn folder_bytes(folder: &Path) -> Result<u64> {
    let mut total = 0_u64;
    for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let bytes = if metadata.is_dir() { folder_bytes(&entry.path())? } else { metadata.len() };
        total = total.saturating_add(bytes);
    }
    Ok(total)
}

/// Copies the files of a stopped server's data folder.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The median time of appending 4 KiB and making them durable, in microseconds. A figure far below
/// any real disk's tells that `folder` lies in memory, and that no rate here is durable.
pub fn sync_microseconds(folder: &Path) -> Result<f64> {
    let path = folder.join("sync-probe");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let begin = clock::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(clock::now().saturating_duration_since(begin).as_secs_f64() * 1e6);
    }
    fs::remove_file(path)?;
    statistics::median(&times).context("there are samples")
}

#[cfg(test)]
mod tests {
    use super::super::scratch::Scratch;
    use super::*;

    #[test]
    fn a_copied_folder_weighs_the_same() {
        let parent = std::env::temp_dir().join("leasehold-bench-disk-test");
        fs::create_dir_all(&parent).unwrap();
        let scratch = Scratch::create(&parent).unwrap();
        let (from, to) = (scratch.path().join("from"), scratch.path().join("to"));
        fs::create_dir_all(from.join("inner")).unwrap();
        fs::write(from.join("a"), [0; 100]).unwrap();
        fs::write(from.join("inner/b"), [0; 23]).unwrap();
        copy_folder(&from, &to).unwrap();
        assert_eq!(folder_bytes(&to).unwrap(), 123);
    }
}
