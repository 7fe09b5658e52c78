//! An empty database for each test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use leasehold_store::{Location, Store};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// Databases made by this process.
static MADE: AtomicU32 = AtomicU32::new(0);

/// Where a test's data is.
pub struct Database {
    pub location: Location,
    /// Goes when the test ends.
    folder: Option<TempDir>,
}

impl Database {
    /// An SQLite file in a folder of its own; it is not made yet.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("leasehold.db"));
        Self { location, folder: Some(folder) }
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.location, Location::Sqlite(_))
    }

    /// The file of an SQLite database.
    pub fn path(&self) -> PathBuf {
        match &self.location {
            Location::Sqlite(path) => path.clone(),
            Location::Postgres(_) => panic!("PostgreSQL has no file"),
        }
    }

    /// The folder of an SQLite database.
    pub fn folder(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }

    /// Opens it.
    pub async fn open(&self) -> Store {
        Store::open(&self.location).await.unwrap()
    }

    /// A PostgreSQL connection past the store.
    pub async fn client(&self) -> Client {
        match &self.location {
            Location::Postgres(url) => connect(url).await,
            Location::Sqlite(_) => panic!("SQLite has no server"),
        }
    }
}

/// Runs an asynchronous test.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap().block_on(test)
}

/// Runs a test on an empty SQLite database.
pub fn on_sqlite(test: impl AsyncFnOnce(&Database)) {
    run(async { test(&Database::sqlite()).await });
}

/// Runs a test on an empty PostgreSQL database, or says why not.
pub fn on_postgres(test: impl AsyncFnOnce(&Database)) {
    let Some(server) = postgres_server() else { return };
    run(async {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("leasehold_store_{}_{number}", std::process::id());
        let admin = connect(&server).await;
        admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let location = Location::Postgres(with_database(&server, &name));
        test(&Database { location, folder: None }).await;
        // A test that fails leaves its database to whoever looks for the cause.
        admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    });
}

/// The URL of the PostgreSQL server for tests.
#[expect(clippy::disallowed_methods, reason = "this is where the tests' one setting is read")]
fn postgres_server() -> Option<String> {
    let server = std::env::var("LEASEHOLD_TEST_POSTGRES").ok();
    if server.is_none() {
        println!("skipped: LEASEHOLD_TEST_POSTGRES names no PostgreSQL server");
    }
    server
}

/// The URL of another database of the same server.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) =
        url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let (server, _) = base.rsplit_once('/').unwrap();
    query.map_or(format!("{server}/{name}"), |query| format!("{server}/{name}?{query}"))
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
