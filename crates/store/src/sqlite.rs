//! SQLite: one writer, readers beside it. What waits for the disk has a thread of its own; what
//! reads is run where it is asked, for it takes less time than waking a thread.
//!
//! The writer gate is what keeps transactions and batches of the ledger apart: whoever writes
//! holds it from begin to commit, in the order of arrival.

mod open;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use leasehold_core::pool::Pools;
use rusqlite::Connection;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, oneshot};

use self::open::{check_whole, connect, connect_to_read, lay_out_log, lock};
use crate::Access;
use crate::error::{Error, Result};
use crate::ledger::sqlite::Resident;
use crate::schema::Table;
use crate::value::{Row, Value};

/// Connections that read at the same time.
const READERS: usize = 2;
/// Pages in the write-ahead log past which the log is begun anew.
const LOG_PAGES_MAX: i64 = 4_096;
/// How long a checkpoint waits, with the writers held, for somebody who reads: a backup or a check
/// reads for minutes, and the log may as well be begun anew after it.
const CHECKPOINT_PATIENCE: Duration = Duration::from_millis(5);

/// An open SQLite database.
pub struct Database {
    /// Held as long as the database is open: a second server is refused. None where it is only
    /// read beside one.
    _lock: Option<File>,
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
        Self::start(Some(lock), connection, || connect(path))
    }

    /// Opens a file that is there to read it, whether a server has it or not. It is not checked:
    /// whoever reads it may be after its faults.
    pub fn open_to_read(path: &Path, access: Access) -> Result<Self> {
        let lock = match access {
            Access::Alone => Some(lock(&std::fs::canonicalize(path).unwrap_or(path.to_owned()))?),
            Access::Beside => None,
        };
        Self::start(lock, connect_to_read(path)?, || connect_to_read(path))
    }

    fn start(
        lock: Option<File>,
        writer: Connection,
        connect: impl Fn() -> Result<Connection>,
    ) -> Result<Self> {
        let readers = (0..READERS)
            .map(|_| {
                let connection = connect()?;
                connection.execute_batch("PRAGMA query_only = ON")?;
                Ok(connection)
            })
            .collect::<Result<Vec<_>>>()?;
        let checkpointer = connect()?;
        checkpointer.busy_timeout(CHECKPOINT_PATIENCE)?;
        Ok(Self {
            _lock: lock,
            gate: Arc::new(AsyncMutex::new(())),
            writer: Arc::new(Worker::start("sqlite-write", writer)?),
            checkpointer: Worker::start("sqlite-checkpoint", checkpointer)?,
            readers: Arc::new(Mutex::new(readers)),
            reader_permits: Arc::new(Semaphore::new(READERS)),
            resident: Arc::new(Mutex::new(Resident::new(connect()?))),
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

    /// Gives the write-ahead log its full length, for whoever will write much.
    pub async fn lay_out_log(&self) -> Result<()> {
        let _gate = self.gate().await;
        let job = |connection: &mut Connection| {
            lay_out_log(Path::new(connection.path().unwrap_or_default()))
        };
        let laid_out = self.checkpointer.run(job).await?;
        laid_out.map_err(|error| Error::failed(error.to_string()))
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
            Hold::Reader(lease) => {
                let done = lease.reader.as_mut().map(job).ok_or_else(over);
                // Whoever reads on and on lets others run in between.
                tokio::task::consume_budget().await;
                done
            }
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

    /// Appends rows to a table, each with a value for every column.
    pub async fn append(&mut self, table: &Table, rows: Vec<Row>) -> Result<()> {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        let marks: Vec<String> = (1..=names.len()).map(|number| format!("?{number}")).collect();
        let (names, marks) = (names.join(", "), marks.join(", "));
        let sql = format!("INSERT INTO {} ({names}) VALUES ({marks})", table.name);
        let job = move |connection: &mut Connection| {
            let mut insert = connection.prepare_cached(&sql)?;
            for row in &rows {
                insert.execute(rusqlite::params_from_iter(&row.0))?;
            }
            Ok::<_, rusqlite::Error>(())
        };
        Ok(self.run(job).await??)
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
