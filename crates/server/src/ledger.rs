//! The ledger's loop: takes everything that is queued, decides it in order, commits once, answers.
//!
//! No timer makes batches: while one commits, the next one gathers in the queue. A lone request
//! waits for nobody.

use leasehold_core::Refusal;
use leasehold_core::consume::{Command, Outcome, decide};
use leasehold_core::state::Effects;
use leasehold_store::ledger::Engine;
use leasehold_store::{Error as StoreError, ErrorKind};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use crate::operation::Failure;

/// Commands that may wait; one more is refused at once (RateLimitExceededException).
const QUEUE_MAX: usize = 16_384;
/// Commands in one batch.
const BATCH_MAX: usize = 1_024;
/// How often a batch is run again after a conflict with another server.
const ATTEMPTS_MAX: usize = 10;
/// Bits of a row number that count within one instance.
pub const COUNTER_BITS: u32 = 40;

/// A decision's result, or why there is none.
type Answer = Result<Outcome, Failure>;

struct Entry {
    command: Command,
    now_ms: i64,
    answer: oneshot::Sender<Answer>,
}

/// The way to the ledger: a queue. When all clones are gone, the loop ends.
#[derive(Clone)]
pub struct Ledger {
    queue: mpsc::Sender<Entry>,
}

impl Ledger {
    /// A ledger over an engine, and the loop that must run for it, on whatever thread; answers are
    /// handed out on the runtime that this is called on. `instance` is the number of
    /// this opening of the database, the high part of the rows that the loop makes.
    pub fn new<E: Engine>(engine: E, instance: i64) -> (Self, impl Future<Output = ()>) {
        let (queue, entries) = mpsc::channel(QUEUE_MAX);
        let home = Handle::current();
        (Self { queue }, run(engine, entries, instance << COUNTER_BITS, home))
    }

    /// Queues a command and waits for its answer, which is durable by then.
    ///
    /// # Errors
    /// [`Failure::Refused`] by a rule, [`Failure::Busy`] when the queue is full,
    /// [`Failure::Store`] when the database failed.
    pub async fn submit(&self, command: Command, now_ms: i64) -> Answer {
        let (answer, result) = oneshot::channel();
        let entry = Entry { command, now_ms, answer };
        self.queue.try_send(entry).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Failure::Busy,
            mpsc::error::TrySendError::Closed(_) => Failure::Store(stopped()),
        })?;
        result.await.unwrap_or_else(|_| Err(Failure::Store(stopped())))
    }
}

fn stopped() -> StoreError {
    StoreError::new(ErrorKind::Failed, "the ledger has stopped")
}

async fn run<E: Engine>(
    mut engine: E,
    mut entries: mpsc::Receiver<Entry>,
    base: i64,
    home: Handle,
) {
    let mut next_seq = base;
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while entries.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let first_seq = next_seq + 1;
        next_seq += i64::try_from(batch.len()).unwrap_or(i64::MAX);
        let mut commands = Vec::with_capacity(batch.len());
        let mut answers = Vec::with_capacity(batch.len());
        let mut now_ms = i64::MIN;
        for entry in batch.drain(..) {
            now_ms = now_ms.max(entry.now_ms);
            commands.push(entry.command);
            answers.push(entry.answer);
        }
        match decide_batch(&mut engine, &commands, now_ms, first_seq).await {
            Ok(decided) => {
                let answers = answers.into_iter().zip(decided);
                home.spawn(deliver(answers.collect()));
            }
            Err(error) => {
                tracing::error!(%error, commands = commands.len(), "a batch failed");
                fail_batch(&mut engine, &commands, answers, now_ms, &error).await;
            }
        }
    }
}

/// Answers a batch that could not be made durable: what only reads is asked again by itself, for a
/// full disk or a read-only database can still be read.
async fn fail_batch<E: Engine>(
    engine: &mut E,
    commands: &[Command],
    answers: Vec<oneshot::Sender<Answer>>,
    now_ms: i64,
    error: &StoreError,
) {
    for (command, answer) in commands.iter().zip(answers) {
        let again = match command {
            Command::Usage { .. } => {
                let alone = std::slice::from_ref(command);
                let decided = decide_batch(engine, alone, now_ms, 0).await;
                decided.ok().and_then(|mut decided| decided.pop())
            }
            _ => None,
        };
        let failed = || Err(Failure::Store(error.clone()));
        let _ = answer.send(again.map_or_else(failed, |it| it.map_err(Failure::Refused)));
    }
}

/// Hands out the answers of a batch. A task where the requests live, because waking them one by one
/// from the ledger's thread costs more than deciding them.
async fn deliver(answers: Vec<(oneshot::Sender<Answer>, Result<Outcome, Refusal>)>) {
    for (answer, decided) in answers {
        // Whoever asked may be gone; what was decided stands.
        let _ = answer.send(decided.map_err(Failure::Refused));
    }
}

/// Runs one batch to its end: every command at the same `now_ms`, so that running it again after a
/// conflict decides the same.
async fn decide_batch<E: Engine>(
    engine: &mut E,
    commands: &[Command],
    now_ms: i64,
    first_seq: i64,
) -> Result<Vec<Result<Outcome, Refusal>>, StoreError> {
    let mut attempt = 1;
    loop {
        let result = try_batch(engine, commands, now_ms, first_seq).await;
        match result {
            Err(error) if error.kind() == ErrorKind::Conflict && attempt < ATTEMPTS_MAX => {
                attempt += 1;
                tracing::debug!(%error, attempt, "a batch is run again");
            }
            result => return result,
        }
    }
}

async fn try_batch<E: Engine>(
    engine: &mut E,
    commands: &[Command],
    now_ms: i64,
    first_seq: i64,
) -> Result<Vec<Result<Outcome, Refusal>>, StoreError> {
    let mut state = engine.load(now_ms, commands).await?;
    let mut effects = Effects::default();
    let decided = (first_seq..)
        .zip(commands)
        .map(|(seq, command)| decide(&mut state, &mut effects, command, seq))
        .collect();
    engine.commit(state, &effects).await?;
    Ok(decided)
}
