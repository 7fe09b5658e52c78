//! PostgreSQL: a pool of connections; transactions are SERIALIZABLE.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::config::Host;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls};

use crate::Access;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::Table;
use crate::tx::Mode;
use crate::value::{Row, Value};

/// Connections for everything but the ledger, which has one of its own.
const CONNECTIONS_MAX: usize = 8;
/// How long a server waits for an answer of the database. A database that hangs must not hang
/// everybody who asks: they are told, and may ask again.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same for what copies or checks a whole database.
const LONG_PATIENCE: Duration = Duration::from_secs(24 * 3600);
/// How often it is looked whether others are still connected, and the time between.
const GONE_TRIES: usize = 20;
const GONE_WAIT: Duration = Duration::from_millis(100);

/// Has the database end a transaction whose server has gone away without a word, for its locks
/// hold up everybody else; and one that waits for a lock when nobody waits for it any more. No
/// limit on statements: it would also end the wait of a COMMIT for a standby, as if that had come.
fn limits(scope: &str) -> String {
    format!(
        "SET {scope} idle_in_transaction_session_timeout = '30s'; SET {scope} lock_timeout = '9s'"
    )
}

/// An open PostgreSQL database.
pub struct Database {
    pool: Pool,
    config: Config,
    patience: Patience,
}

/// How long an answer is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience(Duration);

impl Patience {
    /// Gives up what takes longer. What it was doing then may have come to pass or not.
    ///
    /// # Errors
    /// Those of the work, or that there was no answer in time.
    pub async fn limit<T, E: Into<Error>>(
        self,
        work: impl Future<Output = std::result::Result<T, E>>,
    ) -> Result<T> {
        let late = || Error::failed(format!("no answer of PostgreSQL within {:?}", self.0));
        tokio::time::timeout(self.0, work).await.map_err(|_| late())?.map_err(Into::into)
    }
}

impl Database {
    /// Connects.
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_with(url, CONNECTIONS_MAX, PATIENCE).await
    }

    /// Connects once, where nobody else may be connected or it does not matter who is.
    pub async fn open_once(url: &str, access: Access) -> Result<Self> {
        let database = Self::open_with(url, 1, LONG_PATIENCE).await?;
        if access == Access::Alone {
            database.check_alone().await?;
        }
        Ok(database)
    }

    /// Refuses a database that somebody else is connected to.
    async fn check_alone(&self) -> Result<()> {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                   AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        let mut others = 0;
        // A server that has just stopped is seen for a moment longer.
        for _ in 0..GONE_TRIES {
            let found = self.connection().await?.query_one(sql, &[]).await?;
            others = found.try_get::<_, i64>(0)?;
            if others == 0 {
                return Ok(());
            }
            tokio::time::sleep(GONE_WAIT).await;
        }
        let text = format!(
            "{others} other sessions are connected to {}; stop the servers that use it first",
            self.name()
        );
        Err(Error::new(ErrorKind::Refused, text))
    }

    async fn open_with(url: &str, connections_max: usize, patience: Duration) -> Result<Self> {
        let refused = |text: String| Error::new(ErrorKind::Refused, text);
        let config: Config = url
            .parse()
            .map_err(|error| refused(format!("the PostgreSQL URL cannot be read: {error}")))?;
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config.clone(), NoTls, manager);
        let pool = Pool::builder(manager).max_size(connections_max).build();
        let pool = pool.map_err(|error| Error::failed(error.to_string()))?;
        let database = Self { pool, config, patience: Patience(patience) };
        let first = database.connection().await;
        drop(first.map_err(|error| refused(error.to_string()))?);
        Ok(database)
    }

    async fn connection(&self) -> Result<Object> {
        let fault = |error| {
            let (server, reason) = (self.name(), chain(&error));
            Error::failed(format!("cannot connect to PostgreSQL at {server}: {reason}"))
        };
        self.patience.limit(async { self.pool.get().await.map_err(fault) }).await
    }

    /// How long its answers are waited for.
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// Hosts and database, without the password.
    fn name(&self) -> String {
        let ports = self.config.get_ports();
        let hosts = self.config.get_hosts().iter().enumerate().map(|(index, host)| {
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) => format!("{name}:{port}"),
                Host::Unix(path) => path.display().to_string(),
            }
        });
        let hosts: Vec<_> = hosts.collect();
        format!("{}/{}", hosts.join(","), self.config.get_dbname().unwrap_or_default())
    }

    /// Begins a transaction.
    pub async fn begin(&self, mode: Mode) -> Result<Transaction> {
        let connection = self.connection().await?;
        let limits = if self.patience.0 > PATIENCE { String::new() } else { limits("LOCAL") };
        let sql = match mode {
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned(),
            Mode::Write => format!("BEGIN ISOLATION LEVEL SERIALIZABLE; {limits}"),
            // The lock is taken before the first statement that reads, so what the transaction sees
            // is what the last batch of the ledger left, and no batch can come in between.
            Mode::WriteAlone => format!(
                "BEGIN ISOLATION LEVEL SERIALIZABLE; {limits};
                 LOCK TABLE pool IN EXCLUSIVE MODE"
            ),
        };
        let tx = Transaction { connection: Some(connection), patience: self.patience };
        tx.patience.limit(tx.connection()?.batch_execute(&sql)).await?;
        Ok(tx)
    }

    /// A connection of its own for the ledger.
    pub async fn dedicated(&self) -> Result<Client> {
        let (client, connection) = self.config.connect(NoTls).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "the ledger's connection to PostgreSQL is lost");
            }
        });
        // A batch's statements are planned once, for every length of its arrays: planning them
        // anew takes three times as long as running them. Without statistics to go by, the planner
        // must not be led to read whole tables.
        client
            .batch_execute(&format!(
                "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;
                 SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; {}",
                limits("SESSION")
            ))
            .await?;
        Ok(client)
    }
}

/// An error with all that caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let part = error.to_string();
        if !text.contains(&part) {
            text = format!("{text}: {part}");
        }
        cause = error.source();
    }
    text
}

/// An open transaction.
pub struct Transaction {
    connection: Option<Object>,
    patience: Patience,
}

impl Transaction {
    fn connection(&self) -> Result<&Object> {
        self.connection.as_ref().ok_or_else(|| Error::failed("the transaction is over"))
    }

    /// Runs a statement and reads its rows.
    pub async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let connection = self.connection()?;
        let asked = async {
            let statement = connection.prepare_cached(sql).await?;
            connection.query(&statement, &parameters(values)).await
        };
        let rows = self.patience.limit(asked).await?;
        rows.iter().map(read_row).collect()
    }

    /// Runs a statement; returns how many rows it changed.
    pub async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let connection = self.connection()?;
        let asked = async {
            let statement = connection.prepare_cached(sql).await?;
            connection.execute(&statement, &parameters(values)).await
        };
        self.patience.limit(asked).await
    }

    /// Runs several statements.
    pub async fn run_script(&mut self, sql: &str) -> Result<()> {
        self.patience.limit(self.connection()?.batch_execute(sql)).await
    }

    /// Appends rows to a table, each with a value for every column.
    pub async fn append(&mut self, table: &Table, rows: &[Row]) -> Result<()> {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        let sql = format!("COPY {} ({}) FROM STDIN (FORMAT binary)", table.name, names.join(", "));
        let kinds = table.columns.iter().map(|(name, kind)| match kind.as_str() {
            "BIGINT" => Ok(Type::INT8),
            "TEXT" => Ok(Type::TEXT),
            "BYTEA" => Ok(Type::BYTEA),
            other => Err(Error::failed(format!("column {name} is of type {other}"))),
        });
        let kinds = kinds.collect::<Result<Vec<_>>>()?;
        let sink = self.connection()?.copy_in(&sql).await?;
        let mut writer = std::pin::pin!(BinaryCopyInWriter::new(sink, &kinds));
        for row in rows {
            writer.as_mut().write(&parameters(&row.0)).await?;
        }
        writer.finish().await?;
        Ok(())
    }

    /// Commits.
    pub async fn commit(mut self) -> Result<()> {
        let connection =
            self.connection.take().ok_or_else(|| Error::failed("the transaction is over"))?;
        let committed = self.patience.limit(connection.batch_execute("COMMIT")).await;
        if committed.as_ref().is_err_and(|error| error.kind() != ErrorKind::Conflict) {
            // It may hang in the middle of it, and is of no use to whoever comes next.
            drop(Object::take(connection));
        }
        committed
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(roll_back(connection, self.patience))),
                // No runtime, no way to say ROLLBACK: closing the connection says it.
                Err(_) => drop(Object::take(connection)),
            }
        }
    }
}

async fn roll_back(connection: Object, patience: Patience) {
    if patience.limit(connection.batch_execute("ROLLBACK")).await.is_err() {
        drop(Object::take(connection));
    }
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// Reads a row of the three column types.
pub fn read_row(row: &tokio_postgres::Row) -> Result<Row> {
    let values = row.columns().iter().enumerate().map(|(index, column)| {
        Ok(match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(index)?.into(),
            Type::INT4 => row.try_get::<_, Option<i32>>(index)?.map(i64::from).into(),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(index)?.into(),
            _ => row.try_get::<_, Option<String>>(index)?.into(),
        })
    });
    Ok(Row(values.collect::<Result<_>>()?))
}
