//! The scratch PostgreSQL of a run, with every commit made durable.

use super::clock;
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Settings a shortcut for tests may have turned off, and without which no rate would be durable.
const DURABLE: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// A running scratch PostgreSQL; stopped and removed when dropped.
pub struct Database {
    process: Child,
    folder: PathBuf,
    base_url: String,
}

impl Database {
    /// Starts one and makes sure that its commits are durable.
    pub fn start() -> Result<Self> {
        let database = start_scratch()?;
        for setting in DURABLE {
            database.query("postgres", &format!("ALTER SYSTEM SET {setting} = on"))?;
        }
        database.query("postgres", "SELECT pg_reload_conf()")?;
        for setting in DURABLE {
            let value = database.query("postgres", &format!("SHOW {setting}"))?;
            if value != "on" {
                bail!("PostgreSQL's {setting} is {value}: its rates would not be durable");
            }
        }
        Ok(database)
    }

    /// Creates an empty database and gives its URL.
    pub fn create(&self, name: &str) -> Result<String> {
        self.query("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(name))
    }

    /// The URL of a database.
    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.base_url)
    }

    /// Runs SQL in a database and gives what it prints, unadorned.
    pub fn query(&self, name: &str, sql: &str) -> Result<String> {
        let mut command = Command::new(program("psql")?);
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]);
        output(command.arg(self.url(name)))
    }

    /// The bytes of a database, with its indexes.
    pub fn bytes(&self, name: &str) -> Result<f64> {
        self.query("postgres", "CHECKPOINT")?;
        let size = self.query("postgres", &format!("SELECT pg_database_size('{name}')"))?;
        size.parse().context("PostgreSQL gave no size")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        Command::new("kill").args(["-QUIT", &self.process.id().to_string()]).status().ok();
        self.process.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// The path of a program of PostgreSQL, which Debian keeps off the path.
pub fn program(name: &str) -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed")?;
    let mut found: Vec<PathBuf> = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin").join(name)))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    found.pop().with_context(|| format!("PostgreSQL's {name} is not installed"))
}

/// Runs a program to its end and gives its standard output, trimmed.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().context("cannot run a program")?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed: {}", command.get_program().display(), complaint.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn start_scratch() -> Result<Database> {
    let folder = std::env::temp_dir().join(format!("leasehold-bench-pg-{}", std::process::id()));
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let user = |name: &str| -> Result<Command> {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program(name)?);
        Ok(command)
    };
    output(user("initdb")?.args(["-A", "trust", "-U", "postgres", "-D"]).arg(&folder))?;
    let log = File::create(folder.with_extension("log"))?;
    let process = user("postgres")?
        .arg("-D")
        .arg(&folder)
        .arg("-k")
        .arg(&folder)
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .stderr(log)
        .spawn()?;
    let base_url = format!("postgres://postgres@127.0.0.1:{port}");
    let database = Database { process, folder, base_url };
    wait_until_ready(&database)?;
    Ok(database)
}

fn wait_until_ready(database: &Database) -> Result<()> {
    let begin = clock::now();
    loop {
        match database.query("postgres", "SELECT 1") {
            Ok(_) => return Ok(()),
            Err(error) if begin.elapsed() > Duration::from_secs(30) => return Err(error),
            Err(_) => clock::pause(),
        }
    }
}
