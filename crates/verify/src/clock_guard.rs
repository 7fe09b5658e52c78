//! Notices a clock that was set back, so that a license which has ended does not begin again.
//!
//! A machine without a network has no clock but its own, and whoever owns the machine may set it.
//! The guard keeps the highest time that it has seen in a file and judges by that one when the
//! clock is behind it.
//!
//! What it does not do: somebody who deletes the file, or brings back an old copy of it, has a
//! guard that remembers nothing, or less; and somebody who takes the secret out of the software
//! can write the file as they like. Put the file where the user does not look or may not write,
//! and do not let the software make a new one when it knows that it has run here before
//! ([`Seen::is_first`] says when it would). A clock that was once ahead by mistake stays
//! the highest time; the way back is to delete the file.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::time::{DRIFT_MAX_MS, format_utc};

/// The clock may get this far ahead of the file before it is written again: less than the drift
/// that is forgiven, so that nothing is lost by it.
const WRITE_EVERY_MS: i64 = 60 * 1_000;
/// What the first line of the file says; a later form would say something else.
const FORM: &str = "leasehold-clock-1";
/// More is not read. A file of ours is shorter.
const FILE_BYTES_MAX: u64 = 256;

/// The highest time seen, in a file.
#[derive(Clone)]
pub struct ClockGuard {
    file: PathBuf,
    secret: Vec<u8>,
}

/// What the guard makes of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The time to judge by: that of the clock, or the highest seen if the clock is a little
    /// behind it. It never goes back. In milliseconds since 1970 in UTC.
    pub now_ms: i64,
    /// Whether there was no file: the software runs for the first time, or somebody deleted it.
    pub is_first: bool,
}

/// Why there is no time to judge by.
#[derive(Debug)]
pub enum ClockError {
    /// The clock is further behind the highest time seen than clocks drift.
    SetBack {
        /// What the clock says, in milliseconds since 1970 in UTC.
        now_ms: i64,
        /// The highest time seen, likewise.
        highest_ms: i64,
    },
    /// The file is not one that this guard wrote: changed by hand, or damaged.
    Damaged,
    /// The file cannot be read or written.
    Io(io::Error),
}

impl ClockGuard {
    /// A guard that remembers in `file`, whose folder exists. Beside it the guard makes
    /// `<file>.lock` and `<file>.new`. The secret is any text of the vendor's, the same in every
    /// version of the software: it keeps the file from being written by hand.
    pub fn new(file: impl Into<PathBuf>, secret: &[u8]) -> Self {
        Self { file: file.into(), secret: secret.to_vec() }
    }

    /// Tells the guard what the clock says and takes the time to judge by from it. Several
    /// processes may do that at once. When it returns, what it saw is on the disk, to the minute.
    ///
    /// # Errors
    ///
    /// When the clock was set back, or the file cannot be used.
    pub fn see(&self, now_ms: i64) -> Result<Seen, ClockError> {
        let lock = OpenOptions::new().create(true).append(true).open(self.beside("lock"));
        let lock = lock.map_err(ClockError::Io)?;
        // Between reading and writing nobody else may write, or a higher time would be lost. The
        // lock goes with the process.
        lock.lock().map_err(ClockError::Io)?;
        let highest_ms = self.read()?;
        if let Some(highest_ms) = highest_ms
            && now_ms.saturating_add(DRIFT_MAX_MS) < highest_ms
        {
            return Err(ClockError::SetBack { now_ms, highest_ms });
        }
        if highest_ms.is_none_or(|highest_ms| now_ms >= highest_ms.saturating_add(WRITE_EVERY_MS)) {
            self.write(now_ms).map_err(ClockError::Io)?;
        }
        let now_ms = highest_ms.map_or(now_ms, |highest_ms| highest_ms.max(now_ms));
        Ok(Seen { now_ms, is_first: highest_ms.is_none() })
    }

    fn read(&self) -> Result<Option<i64>, ClockError> {
        let mut text = String::new();
        let read = match File::open(&self.file) {
            Ok(file) => file.take(FILE_BYTES_MAX).read_to_string(&mut text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => Err(error),
        };
        match read {
            Ok(_) => self.parse(&text).map(Some).ok_or(ClockError::Damaged),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(ClockError::Damaged),
            Err(error) => Err(ClockError::Io(error)),
        }
    }

    /// A whole new file takes the place of the old one, so that a crash leaves one or the other.
    fn write(&self, highest_ms: i64) -> io::Result<()> {
        let new = self.beside("new");
        let mut file = File::create(&new)?;
        file.write_all(self.line(highest_ms).as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &self.file)?;
        // The name, too, has to reach the disk; where folders cannot be opened it does so later.
        let folder = self.file.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    fn parse(&self, text: &str) -> Option<i64> {
        let highest_ms = text.split(' ').nth(1)?.parse().ok()?;
        (self.line(highest_ms) == text).then_some(highest_ms)
    }

    fn line(&self, highest_ms: i64) -> String {
        let said = format!("{FORM} {highest_ms} ");
        let mac = self.mac(said.as_bytes());
        said + &mac + "\n"
    }

    fn mac(&self, said: &[u8]) -> String {
        // HMAC takes a key of any length.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.secret) else { return String::new() };
        let mac = mac.chain_update(said).finalize().into_bytes();
        mac.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.file.clone().into_os_string();
        name.push(".");
        name.push(ending);
        name.into()
    }
}

impl std::fmt::Debug for ClockGuard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ClockGuard").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Error for ClockError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::SetBack { .. } | Self::Damaged => None,
        }
    }
}

impl std::fmt::Display for ClockError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SetBack { now_ms, highest_ms } => {
                let (now, highest) = (format_utc(*now_ms), format_utc(*highest_ms));
                write!(formatter, "the clock was set back: it says {now}, and has said {highest}")
            }
            Self::Damaged => formatter.write_str("the file with the highest time was changed"),
            Self::Io(_) => formatter.write_str("the file with the highest time cannot be used"),
        }
    }
}
