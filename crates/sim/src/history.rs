//! One history: what happens next, drawn from the seed, step by step.

mod steps;

use std::collections::VecDeque;

use crate::calendar::SECOND;
use crate::check;
use crate::exchange::Ending;
use crate::fault::Fault;
use crate::generate::Generator;
use crate::model::{Model, WINDOW, is_sound};
use crate::plant::Plant;
use crate::random::{Random, Stream};
use crate::report::{Counts, Failure, Transcript, Wrong};
use crate::request::{Call, Request};
use crate::timeline::Timeline;
use crate::world::{BEGIN_MS, HOME, World};

/// Requests that may be delivered once more.
const RECENT_MAX: usize = 60;
/// Licenses beside which fewer new ones are made.
const LICENSES_ENOUGH: usize = 12;
/// Licenses of which none is deleted that a history may have at all.
const LICENSES_MAX: usize = 40;
/// Steps after which every license is counted, whether or not it was touched.
const STEPS_BETWEEN_AUDITS: u64 = 40;

/// What a history is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scenario {
    /// Everything that there is.
    #[default]
    Everything,
    /// One license that goes down a chain of three grants, each with caps.
    Chain,
}

/// How a history is run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Steps of the history.
    pub steps: u64,
    /// What it is about.
    pub scenario: Scenario,
    /// PostgreSQL server to run on; SQLite if there is none.
    pub postgres: Option<String>,
    /// A defect to plant.
    pub plant: Option<Plant>,
    /// Whether to print everything that is said.
    pub is_printed: bool,
}

/// What a history was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What happened in it.
    pub counts: Counts,
    /// Hash over everything that was said.
    pub hash: String,
}

/// A history that is being told.
pub struct Simulation {
    pub(crate) world: World,
    pub(crate) model: Model,
    pub(crate) time: Timeline,
    pub(crate) counts: Counts,
    pub(crate) transcript: Transcript,
    pub(crate) step: u64,
    scenario: Scenario,
    random: Random,
    faults: Random,
    tokens: u64,
    recent: VecDeque<Request>,
    /// How often, of a hundred steps, usage is asked for. Asking lets time pass in the server's
    /// counts; where nobody asks, several changes fall due at once.
    watchfulness: u64,
}

/// Tells the history of a seed.
///
/// # Errors
/// Where the server and the model disagree.
pub async fn run(settings: &Settings, seed: u64) -> Result<Told, Box<Failure>> {
    let failed = |wrong: Wrong, step, last| Box::new(Failure { seed, step, wrong, last });
    let world = World::new(settings.postgres.as_deref(), seed, settings.plant).await;
    let world = world.map_err(|error| failed(error.into(), 0, Vec::new()))?;
    let mut random = Random::new(seed, Stream::History);
    let mut simulation = Simulation {
        world,
        model: Model::default(),
        time: Timeline::new(BEGIN_MS),
        counts: Counts::default(),
        transcript: Transcript::new(settings.is_printed),
        step: 0,
        scenario: settings.scenario,
        watchfulness: random.one_of([0, 10, 100]),
        random,
        faults: Random::new(seed, Stream::Faults),
        tokens: 0,
        recent: VecDeque::new(),
    };
    let result = simulation.tell(settings.steps).await;
    let Simulation { world, counts, transcript, step, .. } = simulation;
    let ended = world.end().await;
    result.map_err(|wrong| failed(wrong, step, transcript.last()))?;
    ended.map_err(|error| failed(error.into(), step, transcript.last()))?;
    Ok(Told { counts, hash: transcript.hash() })
}

impl Simulation {
    async fn tell(&mut self, steps: u64) -> Result<(), Wrong> {
        match self.scenario {
            Scenario::Everything => {
                for _ in 0..3 {
                    let request = self.generator().create_license();
                    self.administer(request).await?;
                }
            }
            Scenario::Chain => {
                let request = self.generator().chain_license();
                self.administer(request).await?;
                while let Some(request) = self.generator().complete_chain() {
                    self.administer(request).await?;
                }
            }
        }
        while self.step < steps {
            self.step += 1;
            self.counts.steps += 1;
            let touched = match self.scenario {
                Scenario::Everything => self.happen().await?,
                Scenario::Chain => self.happen_to_chain().await?,
            };
            self.audit(touched).await?;
        }
        self.audit((0..self.model.licenses.len()).collect()).await
    }

    fn generator(&mut self) -> Generator<'_> {
        let now_ms = self.time.now_ms();
        let Self { random, model, tokens, scenario, .. } = self;
        Generator { random, model, now_ms, tokens, scenario: *scenario }
    }

    fn server(&mut self) -> usize {
        let servers = u64::try_from(self.world.servers()).unwrap_or(1);
        usize::try_from(self.random.below(servers)).unwrap_or(0)
    }

    /// Requests of the ledger, alone or many at a time, now and then the same one twice.
    async fn consume(&mut self) -> Result<Vec<usize>, Wrong> {
        // A chain is for many operations, and its one license is counted after each batch.
        let more = if self.scenario == Scenario::Chain { 8 } else { 0 };
        let size = match self.random.below(20) + more {
            0..=9 => 1,
            10..=16 => self.random.between(2, 6),
            _ => self.random.between(7, 40),
        };
        let mut requests: Vec<Request> = Vec::new();
        for _ in 0..size {
            let earlier = if self.random.percent(12) {
                self.random.pick(self.recent.make_contiguous()).cloned()
            } else if self.random.percent(5) {
                self.random.pick(&requests).cloned()
            } else {
                None
            };
            let earlier = earlier.filter(|it| it.is_consumption() && self.may_repeat(it));
            let earlier = earlier.map(|it| self.perhaps_altered(it));
            requests.extend(earlier.or_else(|| self.generator().consume()));
        }
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let mut server = self.server();
        let mut fault = self.draw_fault(true);
        let mut touched: Vec<_> =
            requests.iter().flat_map(|request| self.model.looked_at(request)).collect();
        // After an end that nobody could see, most clients send again, perhaps into the next fault.
        while self.send_batch(server, &requests, fault).await? == Ending::Unknown {
            requests.retain(|_| self.random.percent(80));
            if requests.is_empty() {
                break;
            }
            if self.random.percent(30) {
                self.time.move_to(self.time.now_ms() + self.random.between(1, 20) * SECOND);
            }
            server = self.server();
            fault = self.draw_fault(true).filter(|_| self.random.percent(30));
        }
        requests.iter().for_each(|request| self.keep(request));
        touched.sort_unstable();
        touched.dedup();
        Ok(touched)
    }

    /// A request that changes licenses; sent until it is answered.
    async fn administer(&mut self, request: Request) -> Result<Vec<usize>, Wrong> {
        self.find_certain_time(&request);
        let mut fault = self.draw_fault(false);
        loop {
            let server = self.server();
            if self.send_transaction(server, &request, fault).await? == Ending::Answered {
                break;
            }
            fault = None;
        }
        self.keep(&request);
        Ok(self.model.touched_by(&request))
    }

    /// A new version counts from the time at which it is decided, which no answer shows: while
    /// that could be any of several times, the clock first catches up. A server that is one of
    /// several also numbers licenses of one instant in an order that is not that of creation.
    fn find_certain_time(&mut self, request: &Request) {
        let now_ms = self.time.now_ms();
        let licenses = self.model.looked_at(request).into_iter();
        let mut licenses = licenses.filter_map(|index| self.model.licenses.get(index));
        if licenses.any(|license| license.times(now_ms).len() > 1) {
            self.time.catch_up();
        }
        if matches!(request.call, Call::CreateLicense { .. }) {
            let is_taken =
                |at_ms: i64| self.model.licenses.iter().any(|it| it.created_at_ms == at_ms);
            while is_taken(self.time.now_ms()) {
                self.time.move_to(self.time.now_ms() + SECOND);
            }
        }
    }

    /// What breaks next, if anything. Where the clock is behind, the model could not tell what
    /// happened unseen, so that nothing does.
    fn draw_fault(&mut self, is_batch: bool) -> Option<Fault> {
        if !self.faults.percent(9) {
            return None;
        }
        let fault = match self.faults.below(10) {
            0..=1 => Fault::Conflicts(1),
            2 => Fault::Conflicts(u32::try_from(self.faults.between(2, 30)).unwrap_or(2)),
            3 if is_batch => Fault::LoadFails,
            3..=4 => Fault::CommitFails,
            5 => Fault::AnswerLost,
            6..=7 => Fault::CrashBefore,
            _ => Fault::CrashAfter,
        };
        Some(fault).filter(|fault| !(self.time.is_behind() && fault.is_durable()))
    }

    fn keep(&mut self, request: &Request) {
        self.recent.push_back(request.clone());
        if self.recent.len() > RECENT_MAX {
            self.recent.pop_front();
        }
    }

    /// Whether it is certain if a request is answered anew: a request whose window ended at a time
    /// that the clock has gone back from may be forgotten.
    fn may_repeat(&self, request: &Request) -> bool {
        // Where several things are wrong by now, the reference does not say which is told first.
        if let Call::CreateLicenseVersion { terms, .. } = &request.call
            && !is_sound(terms)
        {
            return false;
        }
        let at_ms = self.model.took_effect_at(request);
        let is_certain = |at_ms| self.time.highest_ms() - at_ms < WINDOW;
        !self.time.is_behind() || at_ms.is_none_or(is_certain)
    }

    /// A request that is sent again: as it was, in another form, or with other parameters.
    fn perhaps_altered(&mut self, mut request: Request) -> Request {
        if let Call::CheckoutBorrowLicense { it, .. } = &mut request.call {
            match self.random.below(10) {
                0 => it.asked.iter_mut().for_each(|asked| asked.as_number = !asked.as_number),
                1 => it.node = Some("another node"),
                _ => {}
            }
        }
        if let Call::CheckoutLicense(it) = &mut request.call {
            match self.random.below(10) {
                0 => it.asked.iter_mut().for_each(|asked| asked.as_number = !asked.as_number),
                1 => it.node = Some("another node"),
                2 => it.kind = if it.kind == "PERPETUAL" { "PROVISIONAL" } else { "PERPETUAL" },
                _ => {}
            }
        }
        request
    }

    /// Conservation: the rows of the licenses that were touched, now and then of all, and what the
    /// server says is used.
    async fn audit(&mut self, mut touched: Vec<usize>) -> Result<(), Wrong> {
        let is_full = self.step.is_multiple_of(STEPS_BETWEEN_AUDITS);
        if is_full {
            touched = (0..self.model.licenses.len()).collect();
        }
        let now_ms = self.time.now_ms();
        let text = |error: leasehold_store::Error| error.to_string();
        // One that writes, for only those see what the ledger counts in memory; it is rolled back.
        let mut tx = self.world.store(0)?.write().await.map_err(text)?;
        if is_full {
            check::whole(&mut tx).await?;
        }
        let mut asked = Vec::new();
        for index in touched {
            if is_full || self.scenario == Scenario::Everything {
                check::recount(&mut tx, &mut self.model, index, now_ms).await?;
            }
            let edges = check::recount_edges(&mut tx, &self.model, index, now_ms).await?;
            self.counts.recounts += 1;
            self.counts.full_edges += edges;
            let Some(license) = self.model.licenses.get(index) else { continue };
            if !license.is_gone(now_ms) && (is_full || self.random.percent(self.watchfulness)) {
                let call = Call::GetLicenseUsage { arn: license.arn.clone() };
                asked.push(Request { account: license.account, region: HOME, call });
            }
        }
        drop(tx);
        for request in asked {
            self.read(request).await?;
        }
        Ok(())
    }
}
