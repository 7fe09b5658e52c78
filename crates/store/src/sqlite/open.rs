//! How an SQLite file is opened: its lock, its log, and the connections to it.

use std::fs::{File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::error::{Error, ErrorKind, Result};

/// Files up to this size are checked whole when they are opened.
const CHECKED_BYTES_MAX: u64 = 64 << 20;
/// Bytes of a page. A batch of check-outs fills less than one, and with it changes few others.
const PAGE_BYTES: u32 = 8 << 10;
/// Bytes of the longest log, with some for what is written until it is begun anew.
const LOG_BYTES: u64 = 36 << 20;

/// Fills the write-ahead log with zeros to the length it will have. A log that grows costs a commit
/// of the file system's own journal at every sync; one that is overwritten does not. SQLite reads
/// frames up to the first that is not of the current log, so zeros behind them mean nothing.
pub fn lay_out_log(path: &Path) -> std::io::Result<()> {
    let mut log_path = path.as_os_str().to_owned();
    log_path.push("-wal");
    let mut log = File::options().append(true).create(true).open(log_path)?;
    let length = log.metadata()?.len();
    let mut zeros = std::io::repeat(0).take(LOG_BYTES.saturating_sub(length));
    // Where there is no room for all of it, none is taken.
    std::io::copy(&mut zeros, &mut log).and_then(|_| log.sync_all()).or_else(|error| {
        log.set_len(length)?;
        Err(error)
    })
}

/// Takes the lock of a file; while it is held, nobody else gets it.
pub fn lock(path: &Path) -> Result<File> {
    let refused = |text: String| Error::new(ErrorKind::Refused, text);
    let mut lock_path = path.as_os_str().to_owned();
    lock_path.push(".lock");
    let lock_path = PathBuf::from(lock_path);
    let file = File::create(&lock_path)
        .map_err(|error| refused(format!("cannot make {}: {error}", lock_path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(refused(format!(
            "another leasehold process has {} open; stop it first",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => {
            Err(refused(format!("cannot lock {}: {error}", lock_path.display())))
        }
    }
}

/// A connection to a file, which is made if it is not there.
pub fn connect(path: &Path) -> Result<Connection> {
    // The size of a page is heeded when the file is made; one that is there keeps its own.
    let pragmas = format!(
        "PRAGMA page_size = {PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY;"
    );
    prepared(path, OpenFlags::SQLITE_OPEN_CREATE, &pragmas)
}

/// A connection to a file that is there, which changes nothing. It may have to recover what a crash
/// left, so the file is not opened read-only where it can be written.
pub fn connect_to_read(path: &Path) -> Result<Connection> {
    prepared(path, OpenFlags::empty(), "PRAGMA query_only = ON;")
}

fn prepared(path: &Path, flags: OpenFlags, pragmas: &str) -> Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let prepare = || {
        let connection = Connection::open_with_flags(path, flags)?;
        let common = "PRAGMA busy_timeout = 10000; PRAGMA cache_size = -16384;";
        connection.execute_batch(&format!("{common} {pragmas}"))?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    };
    prepare().map_err(|error: rusqlite::Error| {
        let text = format!("cannot open the database {}: {error}", path.display());
        Error::new(ErrorKind::Refused, text)
    })
}

/// Refuses a damaged file before anything is built on it. Large files are left to a check by hand.
pub fn check_whole(connection: &Connection, path: &Path) -> Result<()> {
    let size = std::fs::metadata(path).map(|file| file.len()).unwrap_or(0);
    if size > CHECKED_BYTES_MAX {
        return Ok(());
    }
    let answer: rusqlite::Result<String> =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    let fault = match answer {
        Ok(answer) if answer == "ok" => return Ok(()),
        Ok(answer) => answer,
        Err(error) => error.to_string(),
    };
    let text = format!("the database {} is damaged: {fault}", path.display());
    Err(Error::new(ErrorKind::Refused, text))
}
