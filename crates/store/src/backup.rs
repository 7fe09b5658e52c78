//! The file of a backup: an SQLite database that holds everything, whatever engine it came from,
//! and behind it one line with the SHA-256 of what stands before.

use std::fs::{DirBuilder, File};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::check::{Report, Watch, check};
use crate::copy::copy;
use crate::error::{Error, ErrorKind, Result};
use crate::{Location, Store};

/// What the last line begins with; the number is that of the form of the file.
const MARK: &str = "\nleasehold-backup 1 sha256 ";
/// Bytes of the last line: the mark, the digest in hexadecimal, and the line's end.
const SEAL_BYTES: usize = MARK.len() + 65;
/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// What a command came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Rows that were copied.
    pub rows: u64,
    /// What the recount of the copy says.
    pub report: Report,
}

/// Writes everything that a database holds into a new file, whether a server has it or not, and
/// counts it there. A file whose recount differs is one of a database that differs, and is made all
/// the same.
///
/// # Errors
/// [`ErrorKind::Refused`] when there is such a file already; otherwise what the databases and the
/// system say. There is no file then.
pub async fn make(from: &Store, path: &Path, watch: &mut dyn Watch) -> Result<Outcome> {
    if path.exists() {
        let text = format!("there is a file {} already; choose another name", path.display());
        return Err(Error::new(ErrorKind::Refused, text));
    }
    let stage = Stage::new(path)?;
    let outcome = {
        let to = Store::open(&Location::Sqlite(stage.database())).await?;
        let mut tx = to.write_alone().await?;
        let rows = copy(&mut from.read().await?, &mut tx, watch).await?;
        let report = check(&mut tx, watch).await?;
        tx.commit().await?;
        Outcome { rows, report }
    };
    seal(&stage.database(), watch)?;
    let place = || -> std::io::Result<()> {
        // Whoever made a file of this name meanwhile keeps it.
        let file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
        let moved = std::fs::set_permissions(stage.database(), file.metadata()?.permissions())
            .and_then(|()| std::fs::rename(stage.database(), path));
        if let Err(error) = moved {
            std::fs::remove_file(path)?;
            return Err(error);
        }
        File::open(folder(path))?.sync_all()
    };
    place().map_err(|error| fault(path, &error))?;
    Ok(outcome)
}

/// Writes everything that a backup holds into an empty database, and counts it there. Without
/// `keeps_differences`, one whose recount differs is refused.
///
/// # Errors
/// [`ErrorKind::Refused`] when the file is no backup, damaged or of a newer program, or the
/// database is not empty or a server has it; otherwise what the databases and the system say.
/// Nothing is changed then.
pub async fn restore(
    path: &Path,
    to: &Location,
    stage_beside: &Path,
    keeps_differences: bool,
    watch: &mut dyn Watch,
) -> Result<Outcome> {
    let stage = Stage::new(stage_beside)?;
    unseal(path, &stage.database(), watch)?;
    // Opened as any database: one of an older program is brought up to date.
    let from = Store::open(&Location::Sqlite(stage.database())).await?;
    let to = Store::open_empty(to).await?;
    transfer(&from, &to, keeps_differences, watch).await
}

/// Writes everything that one database holds into another, empty one, and counts it there. Without
/// `keeps_differences`, one whose recount differs is refused.
///
/// # Errors
/// [`ErrorKind::Refused`] when the target is not empty, or for what differs; otherwise what the
/// databases say. Nothing is changed then.
pub async fn transfer(
    from: &Store,
    to: &Store,
    keeps_differences: bool,
    watch: &mut dyn Watch,
) -> Result<Outcome> {
    let mut tx = to.write_alone().await?;
    let rows = copy(&mut from.read().await?, &mut tx, watch).await?;
    let report = check(&mut tx, watch).await?;
    if report.is_clean() || keeps_differences {
        tx.commit().await?;
    }
    Ok(Outcome { rows, report })
}

/// A folder for a database that is being made; it goes with what is in it.
struct Stage(PathBuf);

impl Stage {
    /// Beside a file. It is not there twice: two commands of one name are kept apart.
    fn new(beside: &Path) -> Result<Self> {
        let mut path = beside.as_os_str().to_owned();
        path.push(".part");
        let path = PathBuf::from(path);
        DirBuilder::new().mode(0o700).create(&path).map_err(|error| {
            let text = format!(
                "cannot make the folder {}: {error}; if a command that was interrupted left it \
                 behind, delete it",
                path.display()
            );
            Error::new(ErrorKind::Refused, text)
        })?;
        Ok(Self(path))
    }

    fn database(&self) -> PathBuf {
        self.0.join("leasehold.db")
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "{} could not be deleted", self.0.display());
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn fault(path: &Path, error: &std::io::Error) -> Error {
    Error::failed(format!("{}: {error}", path.display()))
}

/// Makes one file of a database that nobody has open, and writes its digest behind it.
fn seal(path: &Path, watch: &mut dyn Watch) -> Result<()> {
    // A file without a log beside it can be moved, and read where nothing can be written.
    let mode: String =
        Connection::open(path)?.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    if mode != "delete" {
        return Err(Error::failed("the backup could not be closed"));
    }
    let mut seal = || -> std::io::Result<()> {
        let mut file = File::options().read(true).append(true).open(path)?;
        let length = file.metadata()?.len();
        watch.begin("sealing", length);
        let digest = copy_bytes(&mut file, &mut std::io::sink(), length, watch)?;
        file.write_all(line(&digest).as_bytes())?;
        file.sync_all()
    };
    seal().map_err(|error| fault(path, &error))
}

/// Copies a backup without its last line, and compares the digest.
fn unseal(path: &Path, to: &Path, watch: &mut dyn Watch) -> Result<()> {
    let refused = |what: &str| {
        Error::new(ErrorKind::Refused, format!("the backup {}: {what}", path.display()))
    };
    let mut file = File::open(path).map_err(|error| refused(&error.to_string()))?;
    let length = file.metadata().map_err(|error| fault(path, &error))?.len();
    let seal_bytes = u64::try_from(SEAL_BYTES).unwrap_or(0);
    let short = || refused("it is too short to be one; was it cut off?");
    let length = length.checked_sub(seal_bytes).ok_or_else(short)?;
    let mut unseal = || -> std::io::Result<(String, String)> {
        watch.begin("verifying", length);
        let mut out = File::options().write(true).create_new(true).mode(0o600).open(to)?;
        let digest = copy_bytes(&mut file, &mut out, length, watch)?;
        out.sync_all()?;
        let mut found = Vec::new();
        file.read_to_end(&mut found)?;
        Ok((line(&digest), String::from_utf8_lossy(&found).into_owned()))
    };
    let (expected, found) = unseal().map_err(|error| fault(path, &error))?;
    if !found.starts_with(MARK) {
        return Err(refused(
            "it does not end as one does: it is none, was cut off, or a newer Leasehold made it",
        ));
    }
    if found != expected {
        return Err(refused("its checksum differs: it was damaged or changed"));
    }
    Ok(())
}

fn line(digest: &[u8]) -> String {
    let mut line = MARK.to_owned();
    for byte in digest {
        line += &format!("{byte:02x}");
    }
    line + "\n"
}

/// Copies so many bytes; returns their SHA-256.
fn copy_bytes(
    from: &mut impl Read,
    to: &mut impl Write,
    length: u64,
    watch: &mut dyn Watch,
) -> std::io::Result<Vec<u8>> {
    let (mut left, mut sum, mut buffer) = (length, Sha256::new(), vec![0; CHUNK]);
    while left > 0 {
        let wanted = CHUNK.min(usize::try_from(left).unwrap_or(CHUNK));
        let chunk = buffer.get_mut(..wanted).unwrap_or_default();
        from.read_exact(chunk)?;
        sum.update(&*chunk);
        to.write_all(chunk)?;
        let done = u64::try_from(wanted).unwrap_or(0);
        left -= done;
        watch.advance(done);
    }
    Ok(sum.finalize().to_vec())
}
