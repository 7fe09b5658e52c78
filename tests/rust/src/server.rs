//! The program under test as a child process on a scratch data folder, and clients for it.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result};
use aws_sdk_licensemanager::config::{Credentials, Region, SharedHttpClient};
use tempfile::TempDir;

/// Where the development build is when `LEASEHOLD_BIN` does not say otherwise.
const DEFAULT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/debug/leasehold");

/// A running server with demo accounts; it ends with this value.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Stays open for what the program says later.
    stdout: BufReader<ChildStdout>,
    folder: TempDir,
    endpoint: String,
}

impl Server {
    /// Starts the program named by `LEASEHOLD_BIN` and waits until it says where it listens.
    pub fn start() -> Result<Self> {
        let program = env::var_os("LEASEHOLD_BIN").map_or_else(|| DEFAULT.into(), PathBuf::from);
        let folder = tempfile::tempdir()?;
        let mut process = Command::new(&program)
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        let stdout = process.stdout.take().context("standard output is a pipe")?;
        let stdout = BufReader::new(stdout);
        let mut server = Self { process, stdout, folder, endpoint: String::new() };
        let mut line = String::new();
        server.stdout.read_line(&mut line)?;
        let endpoint = line.trim().strip_prefix("leasehold is serving on ");
        endpoint.with_context(|| format!("first line {line:?}"))?.clone_into(&mut server.endpoint);
        Ok(server)
    }

    /// A License Manager client of a demo account, calling `region`.
    pub fn license_manager(
        &self,
        profile: &str,
        region: &'static str,
    ) -> Result<aws_sdk_licensemanager::Client> {
        let config = aws_sdk_licensemanager::Config::builder()
            .behavior_version_latest()
            .endpoint_url(&self.endpoint)
            .region(Region::from_static(region))
            .credentials_provider(self.credentials(profile)?)
            .http_client(http_client())
            .build();
        Ok(aws_sdk_licensemanager::Client::from_conf(config))
    }

    /// An STS client of a demo account.
    pub fn sts(&self, profile: &str) -> Result<aws_sdk_sts::Client> {
        let config = aws_sdk_sts::Config::builder()
            .behavior_version_latest()
            .endpoint_url(&self.endpoint)
            .region(Region::from_static("us-east-1"))
            .credentials_provider(self.credentials(profile)?)
            .http_client(http_client())
            .build();
        Ok(aws_sdk_sts::Client::from_conf(config))
    }

    /// The keys that the server wrote for a demo account.
    fn credentials(&self, profile: &str) -> Result<Credentials> {
        let text = fs::read_to_string(self.folder.path().join("data/credentials"))?;
        let heading = format!("[{profile}]");
        let section = text.lines().skip_while(|line| line.trim() != heading).skip(1);
        let section: Vec<_> = section.take_while(|line| !line.starts_with('[')).collect();
        let value = |name: &str| {
            let mut pairs = section.iter().filter_map(|line| line.split_once('='));
            let pair = pairs.find(|(key, _)| key.trim() == name);
            pair.map(|(_, value)| value.trim().to_owned())
                .with_context(|| format!("the profile {profile} has no {name}"))
        };
        let (id, secret) = (value("aws_access_key_id")?, value("aws_secret_access_key")?);
        Ok(Credentials::new(id, secret, None, None, "leasehold --demo"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A child that has already ended is as good as one that ends now.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Plain HTTP over loopback: no TLS to build or to trust.
fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}
