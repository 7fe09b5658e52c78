//! A server process under measurement.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::clock;
use super::request::Signer;

/// Linux counts processor time in hundredths of a second for every program.
const TICKS_PER_SECOND: f64 = 100.0;
const READY_LINE: &str = "leasehold is serving on http://";
/// Ten million live check-outs may be read at start; a hanging start still ends.
const READY_TIMEOUT: Duration = Duration::from_secs(300);
const STOP_TIMEOUT: Duration = Duration::from_secs(120);

/// How to start a server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The release program.
    pub program: PathBuf,
    /// Its data folder.
    pub data: PathBuf,
    /// A PostgreSQL URL; none for the embedded database.
    pub database: Option<String>,
}

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From starting the process to its ready line.
    pub started_in: Duration,
}

impl Server {
    /// Starts a server and waits for its ready line.
    pub fn start(settings: &Settings) -> Result<Self> {
        let log = settings.data.with_extension("log");
        let mut command = Command::new(&settings.program);
        command.args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"]).arg(&settings.data);
        if let Some(url) = &settings.database {
            command.args(["--database", url]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log)?);
        let begin = clock::now();
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot run {}", settings.program.display()))?;
        let stdout = child.stdout.take().context("the server's output is piped")?;
        let ready = wait_until_ready(stdout);
        let started_in = clock::now().saturating_duration_since(begin);
        match ready {
            Ok(address) => Ok(Self { child, address, started_in }),
            Err(error) => {
                child.kill().ok();
                child.wait().ok();
                let log = fs::read_to_string(&log).unwrap_or_default();
                let last = log.trim_end().lines().last().unwrap_or("it said nothing");
                Err(error.context(format!("the server did not start ({last})")))
            }
        }
    }

    /// Processor seconds used so far, in user and system mode.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let text = self.proc_file("stat")?;
        cpu_ticks(&text)
            .map(|ticks| ticks / TICKS_PER_SECOND)
            .context("cannot read the server's processor time")
    }

    /// The most memory the process ever held, in bytes.
    pub fn peak_memory_bytes(&self) -> Result<f64> {
        let text = self.proc_file("status")?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kilobytes = kilobytes.and_then(|number| number.parse::<f64>().ok());
        Ok(kilobytes.context("cannot read the server's peak memory")? * 1024.0)
    }

    /// Stops the server cleanly, so that its files are complete and folded.
    pub fn stop(mut self) -> Result<()> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().context("cannot run kill")?;
        let begin = clock::now();
        while clock::now().saturating_duration_since(begin) < STOP_TIMEOUT {
            if let Some(status) = self.child.try_wait()? {
                if !status.success() {
                    bail!("the server ended with {status}");
                }
                return Ok(());
            }
            clock::pause();
        }
        bail!("the server did not stop in {STOP_TIMEOUT:?}")
    }

    fn proc_file(&self, name: &str) -> Result<String> {
        let path = format!("/proc/{}/{name}", self.child.id());
        fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The seller's key from the credentials file the server wrote.
pub fn seller(settings: &Settings) -> Result<Signer> {
    let path = settings.data.join("credentials");
    let text = fs::read_to_string(&path).context("cannot read the demo credentials")?;
    let section = text.split("[seller]").nth(1).context("the credentials have no seller")?;
    let section = section.split('[').next().unwrap_or_default();
    let value = |name: &str| {
        let find = |line: &str| {
            let (key, value) = line.split_once('=')?;
            (key.trim() == name).then(|| value.trim().to_owned())
        };
        section.lines().find_map(find).with_context(|| format!("the seller has no {name}"))
    };
    Ok(Signer {
        access_key_id: value("aws_access_key_id")?,
        secret: value("aws_secret_access_key")?,
        session_token: None,
        region: value("region")?,
    })
}

/// Waits for the ready line, and goes on emptying the pipe so that the server never blocks on it.
fn wait_until_ready(stdout: ChildStdout) -> Result<SocketAddr> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix(READY_LINE) {
                sender.send(address.trim().trim_end_matches('/').to_owned()).ok();
            }
        }
    });
    let address = receiver.recv_timeout(READY_TIMEOUT).context("no ready line")?;
    address.parse().with_context(|| format!("`{address}` is not an address"))
}

/// User and system ticks in the text of `/proc/<pid>/stat`.
fn cpu_ticks(stat: &str) -> Option<f64> {
    // The program's name, in parentheses, may hold spaces; the fields are counted after it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<f64>);
    Some(times.next()?.ok()? + times.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_an_odd_program_name() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194560 900 0 0 0 250 50 0 0 20 0 8 0 12345 1 2";
        assert_eq!(cpu_ticks(stat), Some(300.0));
        assert_eq!(cpu_ticks("7 (a) S 1"), None);
    }
}
