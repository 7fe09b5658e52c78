//! One history: what happens next, drawn from the seed, step by step.

use std::collections::VecDeque;

use crate::calendar::{DAY, HOUR, MINUTE, SECOND, plus_months};
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

/// How a history is run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Steps of the history.
    pub steps: u64,
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
        for _ in 0..3 {
            let request = self.generator().create_license();
            self.administer(request).await?;
        }
        while self.step < steps {
            self.step += 1;
            self.counts.steps += 1;
            let touched = self.happen().await?;
            self.audit(touched).await?;
        }
        self.audit((0..self.model.licenses.len()).collect()).await
    }

    /// Lets one thing happen; returns the licenses that it touched.
    async fn happen(&mut self) -> Result<Vec<usize>, Wrong> {
        match self.random.below(100) {
            0..=45 => return self.consume().await,
            46..=52 => {
                let all = self.model.licenses.len();
                let live = self.model.licenses.iter().filter(|it| it.deleted_at_ms.is_none());
                let is_wanted = live.count() < LICENSES_ENOUGH || self.random.percent(10);
                if all < LICENSES_MAX && is_wanted {
                    let request = self.generator().create_license();
                    return self.administer(request).await;
                }
            }
            53..=63 => {
                if let Some(request) = self.generator().create_license_version() {
                    return self.administer(request).await;
                }
            }
            64..=66 => {
                if let Some(request) = self.generator().delete_license() {
                    return self.administer(request).await;
                }
            }
            67..=75 => {
                if let Some(request) = self.generator().read_license() {
                    return self.read(request).await;
                }
            }
            76..=77 => self.list().await?,
            78..=79 => {
                if let Some(request) = self.generator().change_tags() {
                    return self.administer(request).await;
                }
            }
            80..=82 => {
                let again = self.random.pick(self.recent.make_contiguous()).cloned();
                if let Some(request) = again.filter(|it| !it.is_consumption())
                    && self.may_repeat(&request)
                {
                    return self.administer(request).await;
                }
            }
            83..=95 => self.move_clock(),
            96..=97 => self.restart().await?,
            _ => self.sweep().await?,
        }
        Ok(Vec::new())
    }

    fn generator(&mut self) -> Generator<'_> {
        let now_ms = self.time.now_ms();
        let Self { random, model, tokens, .. } = self;
        Generator { random, model, now_ms, tokens }
    }

    fn server(&mut self) -> usize {
        let servers = u64::try_from(self.world.servers()).unwrap_or(1);
        usize::try_from(self.random.below(servers)).unwrap_or(0)
    }

    /// Requests of the ledger, alone or many at a time, now and then the same one twice.
    async fn consume(&mut self) -> Result<Vec<usize>, Wrong> {
        let size = match self.random.below(20) {
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
        Ok(self.model.looked_at(&request))
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

    async fn read(&mut self, request: Request) -> Result<Vec<usize>, Wrong> {
        let server = self.server();
        self.send_batch(server, std::slice::from_ref(&request), None).await?;
        Ok(self.model.looked_at(&request))
    }

    /// All pages of a list.
    async fn list(&mut self) -> Result<(), Wrong> {
        let mut request = self.generator().list_licenses();
        loop {
            let server = self.server();
            let now_ms = self.time.now_ms();
            let answers = self.world.send(server, std::slice::from_ref(&request), now_ms).await?;
            let answer = answers.and_then(|answers| answers.into_iter().next());
            let answer = answer.ok_or_else(|| "the server crashed by itself".to_owned())?;
            self.counts.operations += 1;
            self.judge(&request, &answer)?;
            let Call::ListLicenses { size, seen, next, .. } = &mut request.call else { break };
            let token = answer.body.get("NextToken").and_then(serde_json::Value::as_str);
            let Some(token) = token else { break };
            *next = Some(token.to_owned());
            *seen += *size;
        }
        Ok(())
    }

    fn move_clock(&mut self) {
        let now_ms = self.time.now_ms();
        let at_ms = match self.random.below(100) {
            0..=34 => now_ms + self.random.between(1, 40) * SECOND,
            35..=54 => now_ms + self.random.between(1, 30) * MINUTE,
            55..=62 => now_ms + self.random.between(1, 30) * HOUR,
            63..=86 => self.generator().turning_point().unwrap_or(now_ms),
            87 => plus_months(now_ms, self.random.between(1, 4)),
            88..=90 => now_ms + self.random.between(2, 12) * DAY,
            91..=96 => now_ms - self.random.between(1, 300) * SECOND,
            _ => now_ms - self.random.between(1, 30) * HOUR,
        };
        // Forward into another second, with milliseconds of its own.
        let milliseconds = self.random.one_of([0, 0, 1, 500, 999]);
        let is_exact = self.random.percent(60);
        let second_ms = crate::calendar::whole_second(at_ms);
        self.time.move_to(if is_exact { at_ms } else { second_ms + milliseconds });
        self.counts.steps_back += u64::from(self.time.now_ms() < now_ms);
        self.transcript.add(self.step, format!("clock {now_ms} -> {}", self.time.now_ms()));
    }

    async fn restart(&mut self) -> Result<(), Wrong> {
        let server = self.server();
        self.counts.restarts += 1;
        self.transcript.add(self.step, format!("restart {server}"));
        Ok(self.world.restart(server).await?)
    }

    async fn sweep(&mut self) -> Result<(), Wrong> {
        let server = self.server();
        let now_ms = self.time.now_ms();
        self.time.swept(self.model.licenses.iter().any(|license| license.is_gone(now_ms)));
        self.transcript.add(self.step, format!("{now_ms} sweep {server}"));
        Ok(self.world.sweep(server, now_ms).await?)
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
        let mut tx = self.world.store(0)?.read().await.map_err(text)?;
        let mut asked = Vec::new();
        for index in touched {
            let Some(license) = self.model.licenses.get_mut(index) else { continue };
            check::recount(&mut tx, license, now_ms).await?;
            self.counts.recounts += 1;
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
