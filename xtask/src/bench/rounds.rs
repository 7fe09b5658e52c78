//! Setting up what the cases need, and measuring them in turn, round by round.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::case::{self, Case, Kind, Subject};
use super::database::Database;
use super::naive::SeatTable;
use super::options::Options;
use super::outcome::Outcome;
use super::sample::{Sample, Series};
use super::server::Settings;
use super::signing;
use super::site::{Ground, Site};

/// Minutes a check-out lives, as those of a Marketplace license: none expires during a run.
const TTL_MINUTES: u32 = 60;

/// A site and what it weighed before the load.
struct Standing {
    name: String,
    site: Site,
    bytes_before: f64,
}

/// Everything that stands up for a run.
struct Field<'a> {
    program: &'a Path,
    scratch: &'a Path,
    database: Option<&'a Database>,
    standing: Vec<Standing>,
    /// Servers that could not be set up, and why: asked for again, they fail again.
    broken: Vec<(String, String)>,
    seats: Option<SeatTable<'a>>,
    /// What finding out who calls and whether they may costs, in microseconds, by server.
    accesses: Vec<(String, f64)>,
}

/// Measures the cases that are asked for.
pub fn measure(
    program: &Path,
    scratch: &Path,
    options: &Options,
    database: Option<&Database>,
    outcome: &mut Outcome,
) -> Result<()> {
    let (standing, broken, accesses) = (Vec::new(), Vec::new(), Vec::new());
    let seats = None;
    let mut field = Field { program, scratch, database, standing, broken, seats, accesses };
    for case in case::all().into_iter().filter(|case| options.wants(&case.to_string())) {
        let mut series = Series::default();
        if let Err(error) = field.set_up(case) {
            series.invalid = Some(format!("{error:#}"));
        }
        outcome.cases.push((case, series));
    }
    for round in 1..=options.rounds() {
        for (case, series) in &mut outcome.cases {
            if series.invalid.is_some() {
                continue;
            }
            series.add(field.phase(*case, options.seconds()));
            let rate = series.samples.last().map_or(0.0, |sample| sample.rate);
            eprintln!("  round {round}: {case} {rate:.0}/s");
        }
    }
    field.close(outcome)
}

impl<'a> Field<'a> {
    /// Makes what a case runs on, unless it stands already.
    fn set_up(&mut self, case: Case) -> Result<()> {
        if case.subject == Subject::Signing {
            return Ok(());
        }
        if case.subject == Subject::Naive {
            if self.seats.is_none() {
                let database = self.database.context("there is no PostgreSQL")?;
                let folder = self.scratch.join("naive");
                self.seats = Some(SeatTable::create(database, &folder, case::LICENSES_MANY)?);
            }
            return Ok(());
        }
        let name = site_name(case);
        if let Some((_, reason)) = self.broken.iter().find(|(broken, _)| *broken == name) {
            bail!("{reason}");
        }
        if self.standing.iter().any(|standing| standing.name == name) {
            return Ok(());
        }
        self.stand(case, &name).inspect_err(|error| self.broken.push((name, format!("{error:#}"))))
    }

    /// Builds a server with the licenses of a case and starts it again, its files folded.
    fn stand(&mut self, case: Case, name: &str) -> Result<()> {
        eprintln!("  setting up {name} with {} license(s)", case.licenses());
        let database = match case.subject {
            Subject::Postgres => {
                let database = self.database.context("there is no PostgreSQL")?;
                Some(database.create(&name.replace('-', "_"))?)
            }
            _ => None,
        };
        let data = self.scratch.join(name);
        let settings = Settings { program: self.program.to_owned(), data, database };
        let mut ground = if case.kind == Kind::Borrow {
            Ground::build_signed(settings, TTL_MINUTES)?
        } else {
            Ground::build(settings, case.licenses(), TTL_MINUTES)?
        };
        ground.grant(case.grants())?;
        if let Some(policies) = case.policies() {
            ground.sign_with_policies(policies, case.kind == Kind::Session)?;
            self.accesses.push((format!("{name}.access"), ground.access_microseconds()?));
        }
        let bytes_before = self.bytes(&ground)?;
        let name = name.to_owned();
        self.standing.push(Standing { site: ground.open()?, name, bytes_before });
        Ok(())
    }

    fn phase(&mut self, case: Case, seconds: f64) -> Result<Sample> {
        if case.subject == Subject::Naive {
            let seats = self.seats.as_ref().context("the seat table is not set up")?;
            return seats.phase(case.licenses(), case.connections, seconds);
        }
        if case.subject == Subject::Signing {
            return signing::phase(case.connections, seconds);
        }
        let name = site_name(case);
        let standing = self.standing.iter_mut().find(|standing| standing.name == name);
        let site = &mut standing.context("the server is not set up")?.site;
        site.phase(case.work(), case.connections, seconds)
    }

    /// Stops the servers and notes what they weigh and whether their counts are right.
    fn close(mut self, outcome: &mut Outcome) -> Result<()> {
        for (name, microseconds) in std::mem::take(&mut self.accesses) {
            outcome.add_fact(name, microseconds, "µs of processor a request");
        }
        for Standing { name, site, bytes_before } in std::mem::take(&mut self.standing) {
            outcome.add_fact(format!("{name}.start-up"), site.started_in_seconds(), "s");
            outcome.add_fact(format!("{name}.memory"), site.peak_memory_bytes()? / 1e6, "MB");
            let usage = site.usage()?;
            let ground = site.stop()?;
            check_counts(&name, ground.acknowledged, usage, outcome);
            if ground.acknowledged > 0 {
                let grown = self.bytes(&ground)? - bytes_before;
                let each = grown / float(ground.acknowledged);
                outcome.add_fact(format!("{name}.disk"), each, "bytes per check-out");
            }
        }
        Ok(())
    }

    /// What a stopped server's database weighs.
    fn bytes(&self, ground: &Ground) -> Result<f64> {
        match (self.database, &ground.settings.database) {
            (Some(database), Some(url)) => database.bytes(url),
            _ => Ok(float(ground.bytes()?)),
        }
    }
}

/// The name of the server a case runs on: the no-op is answered by that of the one license.
fn site_name(case: Case) -> String {
    let subject = if case.subject == Subject::Sqlite { "sqlite" } else { "postgres" };
    let licenses = match case.kind {
        Kind::NoOp | Kind::One => "one",
        Kind::Many => "many",
        Kind::Granted => "granted",
        Kind::GrantedMany => "granted2000",
        Kind::User => "user",
        Kind::Session => "session",
        Kind::Borrow => "borrow",
    };
    format!("{subject}-{licenses}")
}

/// A server that has lost an acknowledged check-out, or counts one twice, has no rate to show.
fn check_counts(name: &str, acknowledged: u64, usage: Option<u64>, outcome: &mut Outcome) {
    let Some(usage) = usage else { return };
    if usage != acknowledged {
        outcome.notes.push(format!(
            "{name}: {acknowledged} check-outs were acknowledged, but the server counts {usage}"
        ));
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts and bytes stay far below 2^53")]
fn float(value: u64) -> f64 {
    value as f64
}
