//! What can go wrong with a database, sorted by what the caller can do about it.

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Another transaction was in the way and this one was rolled back: run it again.
    Conflict,
    /// The database cannot be opened as it is; a person must look.
    Refused,
    /// Anything else: disk full, connection lost, a bug.
    Failed,
}

/// An error of the database. Its text is for the log, never for a client.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    text: String,
}

/// The result of a database operation.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of this kind.
    pub fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    /// What to do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// A failure that retrying at once does not cure.
    pub fn failed(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, text)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{ErrorCode, ffi};
        let is_taken = error.sqlite_error().is_some_and(|error| {
            [ffi::SQLITE_CONSTRAINT_PRIMARYKEY, ffi::SQLITE_CONSTRAINT_UNIQUE]
                .contains(&error.extended_code)
        });
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy) => ErrorKind::Conflict,
            Some(ErrorCode::ConstraintViolation) if is_taken => ErrorKind::Conflict,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => ErrorKind::Refused,
            _ => ErrorKind::Failed,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState;
        let state = error.code();
        let conflict = [
            &SqlState::T_R_SERIALIZATION_FAILURE,
            &SqlState::T_R_DEADLOCK_DETECTED,
            &SqlState::UNIQUE_VIOLATION,
        ];
        let kind = match state {
            Some(state) if conflict.contains(&state) => ErrorKind::Conflict,
            _ => ErrorKind::Failed,
        };
        let detail = error.as_db_error().map(|error| format!(": {}", error.message()));
        Self::new(kind, format!("{error}{}", detail.unwrap_or_default()))
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::failed(format!("a stored document cannot be read: {error}"))
    }
}
