//! SQLite: one writer, readers beside it. What waits for the disk has a thread of its own; what
//! reads is run where it is asked, for it takes less time than waking a thread.
//!
//! The writer gate is what keeps transactions and batches of the ledger apart: whoever writes
//! holds it from begin to commit, in the order of arrival.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use leasehold_core::pool::Pools;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, oneshot};

use crate::error::{Error, ErrorKind, Result};
use crate::ledger::sqlite::Resident;
use crate::value::{Row, Value};

/// Connections that read at the same time.
const READERS: usize = 2;
/// Files up to this size are checked whole when they are opened.
const CHECKED_BYTES_MAX: u64 = 64 << 20;
/// Bytes of a page. A batch of check-outs fills less than one, and with it changes few others.
const PAGE_BYTES: u32 = 8 << 10;
/// Pages in the write-ahead log past which the log is begun anew.
const LOG_PAGES_MAX: i64 = 4_096;
/// Bytes of a log of that length, with some for what is written until it is begun anew.
const LOG_BYTES: u64 = 36 << 20;

/// An open SQLite database.
pub struct Database {
    /// Held as long as the database is open: a second server is refused.
    _lock: File,
    gate: Arc<AsyncMutex<()>>,
    writer: Arc<Worker>,
    checkpointer: Worker,
    readers: Arc<Mutex<Vec<Connection>>>,
    reader_permits: Arc<Semaphore>,
    resident: Arc<Mutex<Resident>>,
}

impl Database {
    /// Opens the file, or makes it.
    pub fn open(path: &Path) -> Result<Self> {
        // One lock for one file, whatever link it is opened by.
        let path = &std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let lock = lock(path)?;
        let connection = connect(path)?;
        check_whole(&connection, path)?;
        if let Err(error) = lay_out_log(path) {
            tracing::warn!(%error, "the write-ahead log could not be laid out; it will grow");
        }
        let readers = (0..READERS)
            .map(|_| {
                let connection = connect(path)?;
                connection.execute_batch("PRAGMA query_only = ON")?;
                Ok(connection)
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            _lock: lock,
            gate: Arc::new(AsyncMutex::new(())),
            writer: Arc::new(Worker::start("sqlite-write", connection)?),
            checkpointer: Worker::start("sqlite-checkpoint", connect(path)?)?,
            readers: Arc::new(Mutex::new(readers)),
            reader_permits: Arc::new(Semaphore::new(READERS)),
            resident: Arc::new(Mutex::new(Resident::new(connect(path)?))),
        })
    }

    /// What the ledger keeps in memory, to be locked only by a holder of the gate.
    pub fn resident(&self) -> Arc<Mutex<Resident>> {
        Arc::clone(&self.resident)
    }

    /// Waits until nobody else writes.
    pub async fn gate(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.gate).lock_owned().await
    }

    /// Begins a transaction.
    pub async fn begin(&self, write: bool) -> Result<Transaction> {
        let (hold, sql) = if write {
            let worker = Arc::clone(&self.writer);
            (Hold::Writer { worker, gate: self.gate().await }, "BEGIN IMMEDIATE")
        } else {
            (Hold::Reader(self.lease_reader().await?), "BEGIN")
        };
        // Whole before it begins: if the caller goes away at this await, dropping it rolls back.
        let mut tx = Transaction { hold: Some(hold), resident: self.resident() };
        tx.run(|connection| run(connection, sql)).await??;
        Ok(tx)
    }

    async fn lease_reader(&self) -> Result<Lease> {
        let permit = Arc::clone(&self.reader_permits).acquire_owned().await;
        let permit = permit.map_err(|error| Error::failed(error.to_string()))?;
        let reader = guard(&self.readers).pop();
        Ok(Lease { readers: Arc::clone(&self.readers), reader, _permit: permit })
    }

    /// Copies the log into the file beside the writers; when the log has grown, holds them for the
    /// short rest so that it begins anew.
    pub async fn checkpoint(&self) -> Result<()> {
        let pages = self.checkpointer.run(|connection| log_pages(connection, "PASSIVE")).await??;
        if pages > LOG_PAGES_MAX {
            let _gate = self.gate().await;
            self.checkpointer.run(|connection| log_pages(connection, "RESTART")).await??;
        }
        Ok(())
    }
}

fn log_pages(connection: &Connection, mode: &str) -> rusqlite::Result<i64> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    connection.query_row(&sql, [], |row| row.get(1))
}

/// Fills the write-ahead log with zeros to the length it will have. A log that grows costs a commit
/// of the file system's own journal at every sync; one that is overwritten does not. SQLite reads
/// frames up to the first that is not of the current log, so zeros behind them mean nothing.
fn lay_out_log(path: &Path) -> std::io::Result<()> {
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

fn lock(path: &Path) -> Result<File> {
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

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let prepare = || {
        let connection = Connection::open_with_flags(path, flags)?;
        // Heeded when the file is made; one that is there keeps its own.
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
        connection.execute_batch(
            "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -16384;",
        )?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    };
    prepare().map_err(|error: rusqlite::Error| {
        let text = format!("cannot open the database {}: {error}", path.display());
        Error::new(ErrorKind::Refused, text)
    })
}

/// Refuses a damaged file before anything is built on it. Large files are left to a check by hand.
fn check_whole(connection: &Connection, path: &Path) -> Result<()> {
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

/// The guard of a mutex; one that a panic left behind is used on, since each holder leaves its
/// data whole.
pub fn guard<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A connection on a thread of its own, which does one job after the other.
pub struct Worker {
    /// `None` only while it is being dropped.
    jobs: Option<std::sync::mpsc::Sender<Job>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Worker {
    /// Waits until the connection is closed, so that the last one leaves one whole file behind.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("a database thread has panicked");
        }
    }
}

impl Worker {
    fn start(name: &str, mut connection: Connection) -> Result<Self> {
        let (jobs, queue) = std::sync::mpsc::channel::<Job>();
        let work = move || {
            for job in queue {
                job(&mut connection);
            }
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
        let thread =
            thread.map_err(|error| Error::failed(format!("cannot start a thread: {error}")))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Sends a job that nobody waits for.
    fn send(&self, job: impl FnOnce(&mut Connection) + Send + 'static) {
        // A worker that is gone has closed its connection, which undoes whatever was open.
        let _ = self.jobs.as_ref().map(|jobs| jobs.send(Box::new(job)));
    }

    /// Runs a job and waits for its result.
    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Result<T> {
        let (answer, result) = oneshot::channel();
        self.send(move |connection| {
            // The asker may be gone; the job is done all the same.
            let _ = answer.send(job(connection));
        });
        result.await.map_err(|_| Error::failed("the database thread has ended"))
    }
}

/// A reader on loan; it goes back when this is dropped.
struct Lease {
    readers: Arc<Mutex<Vec<Connection>>>,
    /// There until this is dropped.
    reader: Option<Connection>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Lease {
    /// Ends what was being read.
    fn drop(&mut self) {
        if let Some(mut reader) = self.reader.take() {
            roll_back(&mut reader);
            guard(&self.readers).push(reader);
        }
    }
}

/// What a transaction holds on to until it is over.
enum Hold {
    Writer { worker: Arc<Worker>, gate: OwnedMutexGuard<()> },
    Reader(Lease),
}

/// An open transaction.
pub struct Transaction {
    hold: Option<Hold>,
    resident: Arc<Mutex<Resident>>,
}

impl Transaction {
    /// Does a job on the connection: on the writer's thread, or here if it only reads.
    async fn run<T: Send + 'static>(
        &mut self,
        job: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Result<T> {
        let over = || Error::failed("the transaction is over");
        match self.hold.as_mut().ok_or_else(over)? {
            Hold::Writer { worker, .. } => worker.run(job).await,
            Hold::Reader(lease) => lease.reader.as_mut().map(job).ok_or_else(over),
        }
    }

    /// Runs a statement and reads its rows.
    pub async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let (sql, values) = (number_placeholders(sql), values.to_vec());
        let rows = self.run(move |connection| query(connection, &sql, &values)).await??;
        Ok(rows)
    }

    /// Runs a statement; returns how many rows it changed.
    pub async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let (sql, values) = (number_placeholders(sql), values.to_vec());
        let job = move |connection: &mut Connection| {
            connection.prepare_cached(&sql)?.execute(rusqlite::params_from_iter(&values))
        };
        let changed = self.run(job).await??;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    /// Runs several statements.
    pub async fn run_script(&mut self, sql: &str) -> Result<()> {
        let sql = sql.to_owned();
        Ok(self.run(move |connection| connection.execute_batch(&sql)).await??)
    }

    /// The pools of a license, as the ledger keeps them. What it keeps is for the holder of the
    /// gate alone.
    pub async fn pools(&mut self, license: i64) -> Result<Option<Pools>> {
        if !matches!(self.hold, Some(Hold::Writer { .. })) {
            return Err(Error::failed("pools are locked, and this transaction only reads"));
        }
        guard(&self.resident).pools(license)
    }

    /// Commits, and tells the ledger what it must read anew.
    pub async fn commit(mut self, touched: BTreeSet<i64>) -> Result<()> {
        let resident = Arc::clone(&self.resident);
        let job = move |connection: &mut Connection| {
            run(connection, "COMMIT")?;
            // Here, not behind the await: whoever waits may go away, and the commit stands.
            guard(&resident).forget(&touched);
            Ok::<_, Error>(())
        };
        self.run(job).await??;
        self.hold = None;
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(Hold::Writer { worker, gate }) = self.hold.take() {
            // The gate is given up after the rollback, not before.
            worker.send(move |connection| {
                roll_back(connection);
                drop(gate);
            });
        }
    }
}

/// Undoes what is open.
fn roll_back(connection: &mut Connection) {
    if !connection.is_autocommit()
        && let Err(error) = run(connection, "ROLLBACK")
    {
        tracing::warn!(%error, "a transaction could not be rolled back");
    }
}

/// Runs a statement that stays prepared.
pub(crate) fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

pub(crate) fn query(
    connection: &Connection,
    sql: &str,
    values: &[Value],
) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(values))?;
    let mut answer = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..columns).map(|column| read_value(row, column));
        answer.push(Row(values.collect::<rusqlite::Result<_>>()?));
    }
    Ok(answer)
}

fn read_value(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Value> {
    use rusqlite::types::Value as Stored;
    Ok(match row.get(column)? {
        Stored::Null => Value::Null,
        Stored::Integer(value) => Value::Int(value),
        Stored::Real(_) => return Err(rusqlite::Error::InvalidQuery),
        Stored::Text(value) => Value::Text(value),
        Stored::Blob(value) => Value::Bytes(value),
    })
}

/// `$1` as `?1`. SQLite numbers `$1…` by first appearance, whatever the digits say, and would bind
/// out-of-order values wrong without an error.
fn number_placeholders(sql: &str) -> String {
    sql.replace('$', "?")
}
