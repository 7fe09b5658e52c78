//! A server with its licenses, ready to be put under load again and again.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::license::{self, Operation};
use super::load::{self, Plan};
use super::request::{self, Signer};
use super::sample::Sample;
use super::server::{self, Server, Settings};
use super::{client, disk};
use crate::command;

const WARM_UP: Duration = Duration::from_millis(500);
const CREATE_CONNECTIONS: usize = 32;
const CREATE_TIME_MAX: Duration = Duration::from_secs(600);
/// Accounts that check out where there are more grants: as many as connections, so that what is
/// measured is the license with its grants and not the looking up of accounts.
const GRANTEES_MAX: usize = 64;
/// Requests of the measurement without network and license.
const ACCESS_REQUESTS: u32 = 100_000;
/// Requests signed for each second of load while nothing is known of the rate.
const RATE_GUESS: f64 = 100_000.0;
/// The same for one connection, which waits a whole round trip for each answer.
const RATE_GUESS_ALONE: f64 = 40_000.0;
/// How much faster than the fastest phase so far the next one may be.
const RATE_MARGIN: f64 = 1.5;

/// What the requests of a phase do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A signed call that touches no license.
    NoOp,
    /// Check-outs, spread over all licenses of the site.
    CheckOut,
    /// Borrows of the only license.
    Borrow,
}

/// A data folder with licenses, and no server running on it.
#[derive(Clone)]
pub struct Ground {
    /// How to start a server on it.
    pub settings: Settings,
    signer: Signer,
    /// Accounts with a grant of the license, which then check out instead of the seller.
    grantees: Vec<Signer>,
    products: u32,
    next_token: u64,
    fastest: f64,
    /// Check-outs its servers have acknowledged to this process.
    pub acknowledged: u64,
    /// The ARN of the license, when there is exactly one.
    pub license_arn: Option<String>,
}

/// A running server on its ground.
pub struct Site {
    ground: Ground,
    server: Server,
}

impl Ground {
    /// Lets a server make its data folder, and creates one license for each product.
    pub fn build(settings: Settings, products: u32, ttl_minutes: u32) -> Result<Self> {
        let server = Server::start(&settings)?;
        let mut ground = Self::new(settings, products)?;
        let create = license::create_license(ttl_minutes);
        if products == 1 {
            let answer = client::call(&ground.signer, server.address, &create, 0)?;
            let arn = answer.get("LicenseArn").and_then(|arn| arn.as_str());
            ground.license_arn = arn.map(str::to_owned);
        } else {
            ground.create_licenses(&server, &create)?;
        }
        server.stop()?;
        Ok(ground)
    }

    /// Lets a server make its data folder, a key, and one license that the key signs for.
    pub fn build_signed(settings: Settings, ttl_minutes: u32) -> Result<Self> {
        let server = Server::start(&settings)?;
        let mut ground = Self::new(settings, 1)?;
        let call =
            |operation: Operation| client::call(&ground.signer, server.address, &operation, 0);
        let answer = call(license::create_key())?;
        let key = answer.pointer("/KeyMetadata/Arn").and_then(|arn| arn.as_str());
        let key = key.context("the key has no ARN")?;
        let answer = call(license::create_signed_license(ttl_minutes, key))?;
        ground.license_arn = answer.get("LicenseArn").and_then(|it| it.as_str()).map(str::to_owned);
        server.stop()?;
        Ok(ground)
    }

    fn new(settings: Settings, products: u32) -> Result<Self> {
        Ok(Self {
            signer: server::seller(&settings)?,
            grantees: Vec::new(),
            settings,
            products,
            next_token: 1,
            fastest: 0.0,
            acknowledged: 0,
            license_arn: None,
        })
    }

    fn create_licenses(&self, server: &Server, create: &Operation) -> Result<()> {
        let template = client::template(&self.signer, server.address, create)?;
        let requests: Vec<_> =
            (0..self.products).map(|product| template.sign(u64::from(product), product)).collect();
        let load = load::run(&Plan {
            address: server.address,
            connections: CREATE_CONNECTIONS,
            templates: std::slice::from_ref(&template),
            requests: &requests,
            warm_up: Duration::ZERO,
            duration: CREATE_TIME_MAX,
            expect: create.expect,
        })?;
        if let Some(refusal) = load.refusal {
            bail!("the server refused to create a license: {refusal}");
        }
        if load.answered != u64::from(self.products) {
            bail!("only {} of {} licenses were created", load.answered, self.products);
        }
        Ok(())
    }

    /// Gives the only license so many active grants.
    pub fn grant(&mut self, grants: u32) -> Result<()> {
        if grants == 0 {
            return Ok(());
        }
        let arn = self.license_arn.as_deref().context("the license has no ARN")?;
        let count = grants.to_string();
        let lines = self.fill(&["bench-grant", "--license", arn, "--count", &count])?;
        self.grantees =
            lines.lines().filter_map(|line| self.signer(line)).take(GRANTEES_MAX).collect();
        Ok(())
    }

    /// Has a user of the seller, or a session of a role, sign from here on, in an account with so
    /// many policies.
    pub fn sign_with_policies(&mut self, policies: u32, is_session: bool) -> Result<()> {
        let count = policies.to_string();
        let mut args = vec!["bench-user", "--account", license::SELLER, "--policies", &count];
        args.extend(is_session.then_some("--session"));
        let line = self.fill(&args)?;
        self.signer = self.signer(line.trim_end()).context("the user has no key")?;
        Ok(())
    }

    /// Microseconds of processor that it takes to find out who signed and whether they may.
    pub fn access_microseconds(&self) -> Result<f64> {
        let count = ACCESS_REQUESTS.to_string();
        let mut command = self.command(&["bench-access", "--count", &count]);
        command.env("AWS_ACCESS_KEY_ID", &self.signer.access_key_id);
        command.env("AWS_SECRET_ACCESS_KEY", &self.signer.secret);
        command.env_remove("AWS_SESSION_TOKEN");
        if let Some(token) = &self.signer.session_token {
            command.env("AWS_SESSION_TOKEN", token);
        }
        let printed = command::output(&mut command)?;
        printed.trim_end().parse().context("bench-access prints no number")
    }

    /// Runs a command of the program on the data of the stopped server.
    fn fill(&self, args: &[&str]) -> Result<String> {
        command::output(&mut self.command(args))
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.settings.program);
        command.args(args).arg("--data").arg(&self.settings.data);
        if let Some(url) = &self.settings.database {
            command.args(["--database", url]);
        }
        command
    }

    /// The access key in a line of what the program prints.
    fn signer(&self, line: &str) -> Option<Signer> {
        let mut words = line.split(' ').map(str::to_owned);
        let (access_key_id, secret) = (words.next()?, words.next()?);
        let region = self.signer.region.clone();
        Some(Signer { access_key_id, secret, session_token: words.next(), region })
    }

    /// A copy of the folder at `data`, where nothing counts as acknowledged yet.
    pub fn copy_to(&self, data: PathBuf) -> Result<Self> {
        disk::copy_folder(&self.settings.data, &data)?;
        let settings = Settings { data, ..self.settings.clone() };
        Ok(Self { settings, acknowledged: 0, ..self.clone() })
    }

    /// The size of the data folder.
    pub fn bytes(&self) -> Result<u64> {
        disk::folder_bytes(&self.settings.data)
    }

    /// Starts a server on it.
    pub fn open(self) -> Result<Site> {
        Ok(Site { server: Server::start(&self.settings)?, ground: self })
    }
}

impl Site {
    /// Puts the server under load for one phase. An answer that is not good is the error.
    pub fn phase(&mut self, work: Work, connections: usize, seconds: f64) -> Result<Sample> {
        let ground = &mut self.ground;
        let operation = match work {
            Work::NoOp => license::get_caller_identity(),
            Work::CheckOut => license::checkout_license(!ground.grantees.is_empty()),
            Work::Borrow => {
                let arn = ground.license_arn.as_deref().context("the license has no ARN")?;
                license::checkout_borrow_license(arn)
            }
        };
        let signers = match ground.grantees.as_slice() {
            [] => std::slice::from_ref(&ground.signer),
            grantees => grantees,
        };
        let templates = signers
            .iter()
            .map(|signer| client::template(signer, self.server.address, &operation))
            .collect::<Result<Vec<_>>>()?;
        let duration = Duration::from_secs_f64(seconds);
        let count = requests_needed(connections, ground.fastest, WARM_UP + duration);
        let requests = request::sign_many(&templates, ground.next_token, count, ground.products);
        ground.next_token = ground.next_token.saturating_add(count);
        let cpu_before = self.server.cpu_seconds()?;
        let load = load::run(&Plan {
            address: self.server.address,
            connections,
            templates: &templates,
            requests: &requests,
            warm_up: WARM_UP,
            duration,
            expect: operation.expect,
        })?;
        let cpu_seconds = self.server.cpu_seconds()? - cpu_before;
        if work != Work::NoOp {
            ground.acknowledged = ground.acknowledged.saturating_add(load.answered);
        }
        let sample = Sample::of_load(&load, cpu_seconds)?;
        ground.fastest = ground.fastest.max(sample.rate);
        Ok(sample)
    }

    /// Units the server says are out of its only license, to compare with `acknowledged`.
    pub fn usage(&self) -> Result<Option<u64>> {
        let Some(arn) = &self.ground.license_arn else { return Ok(None) };
        let operation = license::get_license_usage(arn);
        let answer = client::call(&self.ground.signer, self.server.address, &operation, 0)?;
        let value = answer.pointer("/LicenseUsage/EntitlementUsages/0/ConsumedValue");
        let text = value.and_then(|value| value.as_str()).context("the usage is incomplete")?;
        Ok(Some(text.parse()?))
    }

    /// The most memory the server ever held, in bytes.
    pub fn peak_memory_bytes(&self) -> Result<f64> {
        self.server.peak_memory_bytes()
    }

    /// Seconds from starting the server's process to its ready line.
    pub fn started_in_seconds(&self) -> f64 {
        self.server.started_in.as_secs_f64()
    }

    /// Stops the server cleanly.
    pub fn stop(self) -> Result<Ground> {
        self.server.stop()?;
        Ok(self.ground)
    }
}

/// How many requests to sign so that a phase does not run out of them.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of requests, far below what a float holds exactly"
)]
fn requests_needed(connections: usize, fastest: f64, duration: Duration) -> u64 {
    let guess = if connections == 1 { RATE_GUESS_ALONE } else { RATE_GUESS };
    (guess.max(fastest * RATE_MARGIN) * duration.as_secs_f64()) as u64
}
