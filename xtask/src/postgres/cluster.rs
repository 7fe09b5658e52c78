//! A data folder of PostgreSQL with its settings, and the ways to start and stop a server on it.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

use super::account::Account;
use crate::command;
use crate::workspace::Workspace;

/// More than any of our tests opens at once.
const CONNECTIONS_MAX: u32 = 200;
/// Begins the name of every folder of ours; the process id that made it follows.
const FOLDER_PREFIX: &str = "leasehold-postgres-";

/// A scratch data folder and the port its server listens on.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    account: Account,
    port: u16,
}

impl Cluster {
    /// Makes an empty cluster where the server's account can reach it.
    pub fn create(workspace: &Workspace) -> Result<Self> {
        let programs = super::programs().context("the PostgreSQL server is not installed")?;
        let account = Account::find()?;
        let parent = parent(workspace, &account)?;
        remove_leftovers(&parent);
        let port = free_port()?;
        let folder = parent.join(format!("{FOLDER_PREFIX}{}-{port}", process::id()));
        let cluster = Self { folder, programs, account, port };
        cluster.initialize().inspect_err(|_| cluster.remove())?;
        Ok(cluster)
    }

    fn initialize(&self) -> Result<()> {
        fs::create_dir(&self.folder)?;
        self.account.give(&self.folder)?;
        let mut initdb = self.command("initdb");
        // Its own files need no sync: what matters is that the server syncs its writes.
        initdb.args(["--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C"]);
        initdb.args(["--auth=trust", "--username=postgres", "--pgdata"]).arg(self.data());
        command::output(&mut initdb)?;
        let settings = self.data().join("postgresql.auto.conf");
        fs::write(settings, self.settings()).context("the settings cannot be written")
    }

    /// Durable like a real server, so that tests and benchmarks measure one; reachable over
    /// loopback alone.
    fn settings(&self) -> String {
        let port = self.port;
        format!(
            "listen_addresses = '127.0.0.1'\n\
             port = {port}\n\
             unix_socket_directories = ''\n\
             max_connections = {CONNECTIONS_MAX}\n\
             fsync = on\n\
             synchronous_commit = on\n\
             full_page_writes = on\n\
             lc_messages = 'C'\n\
             timezone = 'UTC'\n"
        )
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Where clients of one database connect.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The folder with `psql`, `pgbench` and the rest.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// Where the server writes what it has to say.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The server as a child that ends when we do.
    pub fn server(&self) -> Command {
        let mut server = self.account.command_that_ends_with_us(self.programs.join("postgres"));
        server.arg("-D").arg(self.data()).current_dir(&self.folder);
        server
    }

    /// Starts a server that outlives us; answers when it accepts connections.
    pub fn start_in_background(&self) -> Result<()> {
        let mut start = self.command("pg_ctl");
        start.args(["start", "--wait", "--silent", "-D"]).arg(self.data());
        start.arg("--log").arg(self.log());
        // The server inherits what pg_ctl has: with a pipe we would wait for its end.
        command::run(&mut start).inspect_err(|_| self.remove())
    }

    /// Whether a server runs on this folder.
    pub fn runs(&self) -> bool {
        command::succeeds(self.command("pg_ctl").args(["status", "-D"]).arg(self.data()))
    }

    /// Stops the server at once: the data is scratch.
    pub fn stop(&self) -> Result<()> {
        let mut stop = self.command("pg_ctl");
        stop.args(["stop", "--wait", "--silent", "--mode=immediate", "-D"]).arg(self.data());
        command::output(&mut stop).map(drop)
    }

    /// Removes the data. A folder that stays behind harms nobody and goes with the next run.
    pub fn remove(&self) {
        let _ = fs::remove_dir_all(&self.folder);
    }

    /// What a later `cargo xtask pg` needs to find this cluster.
    pub fn to_record(&self) -> String {
        format!("{}\n{}\n{}\n", self.port, self.folder.display(), self.programs.display())
    }

    /// The reverse of [`Cluster::to_record`].
    pub fn from_record(text: &str) -> Result<Self> {
        let mut lines = text.lines();
        let (Some(port), Some(folder), Some(programs)) = (lines.next(), lines.next(), lines.next())
        else {
            bail!("the record of the scratch PostgreSQL is cut short");
        };
        Ok(Self {
            folder: folder.into(),
            programs: programs.into(),
            account: Account::find()?,
            port: port.parse().context("the record of the scratch PostgreSQL has no port")?,
        })
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// One of PostgreSQL's programs as the account that owns the data, in a folder it may enter.
    fn command(&self, program: &str) -> Command {
        let mut command = self.account.command(self.programs.join(program));
        command.current_dir(&self.folder);
        command
    }
}

/// The target folder, on the same disk as everything else, or a folder for temporary files when
/// the account cannot enter the checkout.
fn parent(workspace: &Workspace, account: &Account) -> Result<PathBuf> {
    let target = workspace.target.join("postgres");
    fs::create_dir_all(&target)?;
    let candidates = [target, env::temp_dir(), "/var/tmp".into()];
    let found = candidates.iter().find(|folder| account.enters(folder));
    found.cloned().with_context(|| format!("PostgreSQL's user can enter none of {candidates:?}"))
}

/// A killed run cannot tidy up: the next one does it.
fn remove_leftovers(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(maker) = maker(&name.to_string_lossy()) else { continue };
        // Its maker may be gone and its server not: `cargo xtask pg start`.
        let lock = fs::read_to_string(entry.path().join("data/postmaster.pid"));
        let server = lock.ok().and_then(|text| text.lines().next()?.parse().ok());
        if !is_alive(maker) && !server.is_some_and(is_alive) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_alive(process: u32) -> bool {
    Path::new("/proc").join(process.to_string()).exists()
}

/// The id of the process that made the folder of this name, if it is one of ours.
fn maker(name: &str) -> Option<u32> {
    name.strip_prefix(FOLDER_PREFIX)?.split('-').next()?.parse().ok()
}

/// The system chooses; between our letting go and the server's taking it nobody else gets it in
/// practice.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster() -> Cluster {
        Cluster {
            folder: "/tmp/leasehold-postgres-7-5433".into(),
            programs: "/usr/lib/postgresql/15/bin".into(),
            account: Account::Own,
            port: 5433,
        }
    }

    #[test]
    fn the_record_brings_the_cluster_back() {
        let back = Cluster::from_record(&cluster().to_record()).unwrap();
        assert_eq!(back.url(), "postgres://postgres@127.0.0.1:5433/postgres");
        assert_eq!(back.folder, cluster().folder);
        assert!(Cluster::from_record("5433\n").is_err());
    }

    #[test]
    fn writes_are_durable_and_no_socket_is_opened() {
        let settings = cluster().settings();
        assert!(settings.contains("\nfsync = on\n"), "{settings}");
        assert!(settings.contains("\nunix_socket_directories = ''\n"), "{settings}");
    }

    #[test]
    fn a_folder_tells_who_made_it() {
        assert_eq!(maker("leasehold-postgres-7-5433"), Some(7));
        assert_eq!(maker("leasehold-data"), None);
    }
}
