//! A scratch server that lives exactly as long as the value that stands for it.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::cluster::Cluster;
use crate::command;
use crate::workspace::Workspace;

/// An idle machine needs a tenth of a second.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// What PostgreSQL says, in the locale that we give it, when clients may come.
const READY: &str = "database system is ready to accept connections";

/// A PostgreSQL server for one test run or benchmark: dropping it stops the server and removes
/// its data. If the thread that started it ends first, say because we are killed, the server is
/// interrupted and the next run removes the data.
#[derive(Debug)]
pub struct ScratchPostgres {
    cluster: Cluster,
    server: Child,
}

impl ScratchPostgres {
    /// Makes an empty cluster and serves it; answers when it accepts connections.
    pub fn start(workspace: &Workspace) -> Result<Self> {
        let cluster = Cluster::create(workspace)?;
        let spawned = cluster
            .server()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let server = spawned
            .context("could not start PostgreSQL through setpriv (Debian package util-linux)")
            .inspect_err(|_| cluster.remove())?;
        // From here on dropping it cleans up.
        let mut scratch = Self { cluster, server };
        scratch.wait_until_ready()?;
        Ok(scratch)
    }

    /// Where clients connect. The database is `postgres`: make your own, leave it alone.
    pub fn url(&self) -> String {
        self.cluster.url()
    }

    /// Makes an empty database and answers where its clients connect.
    pub fn create_database(&self, name: &str) -> Result<String> {
        let mut psql = self.client("psql");
        psql.args(["--no-psqlrc", "--quiet", "--dbname", &self.url(), "--command"]);
        command::output(psql.arg(format!("CREATE DATABASE \"{name}\"")))?;
        Ok(self.cluster.url_of(name))
    }

    /// One of PostgreSQL's client programs, such as `pgbench`.
    pub fn client(&self, program: &str) -> Command {
        Command::new(self.programs().join(program))
    }

    /// The folder with `psql`, `pgbench` and the rest.
    pub fn programs(&self) -> &Path {
        self.cluster.programs()
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let errors = self.server.stderr.take().context("the server's errors are piped")?;
        let log = File::create(self.cluster.log())?;
        if follow(errors, log).recv_timeout(START_TIMEOUT).is_ok() {
            return Ok(());
        }
        let log = fs::read_to_string(self.cluster.log()).unwrap_or_default();
        bail!("PostgreSQL did not start. It said:\n{log}")
    }
}

impl Drop for ScratchPostgres {
    fn drop(&mut self) {
        if self.cluster.stop().is_err() {
            // It runs no more, or it never did.
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
        self.cluster.remove();
    }
}

/// Copies what the server says into its log for as long as it speaks; the receiver hears when it
/// is ready, or that it fell silent before.
fn follow(errors: ChildStderr, mut log: File) -> Receiver<()> {
    let (ready, heard) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(errors).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            let _ = writeln!(log, "{line}");
            if line.contains(READY) {
                // Nobody listens any more when it says so a second time.
                let _ = ready.send(());
            }
        }
    });
    heard
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(scratch: &ScratchPostgres, url: &str, sql: &str) -> String {
        let mut psql = scratch.client("psql");
        command::output(psql.args(["-XAtq", "--dbname", url, "--command", sql])).unwrap()
    }

    #[test]
    fn a_scratch_server_serves_and_leaves_nothing_behind() {
        if crate::postgres::programs().is_none() {
            // `cargo xtask test` installs it before it comes here; a bare `cargo test` may not.
            return;
        }
        let workspace = Workspace::find().unwrap();
        let scratch = ScratchPostgres::start(&workspace).unwrap();
        let log = scratch.cluster.log();
        assert!(log.exists());
        let url = scratch.create_database("one").unwrap();
        let settings = "select current_setting('fsync'), current_setting('max_connections')";
        assert_eq!(rows(&scratch, &url, settings), "on|200\n");
        assert_eq!(rows(&scratch, &url, "select current_database()"), "one\n");
        drop(scratch);
        assert!(!log.parent().unwrap().exists());
    }
}
