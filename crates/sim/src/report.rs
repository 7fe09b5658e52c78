//! What a history did, and how it failed.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use sha2::{Digest, Sha256};

/// Steps that a failure shows.
const STEPS_SHOWN: u64 = 20;
/// Lines of them, where a step has many.
const LINES_SHOWN: usize = 60;
/// Characters of a line.
const WIDTH_SHOWN: usize = 600;

/// What happened in one or several histories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Steps of histories.
    pub steps: u64,
    /// Requests sent.
    pub operations: u64,
    /// Requests answered with 200.
    pub allowed: u64,
    /// Requests refused, by exception.
    pub refused: BTreeMap<String, u64>,
    /// Requests that nobody answered.
    pub unanswered: u64,
    /// Servers that crashed.
    pub crashes: u64,
    /// Servers that were stopped and started.
    pub restarts: u64,
    /// Batches and transactions that failed without a crash, and conflicts.
    pub faults: u64,
    /// Earlier answers given again.
    pub replays: u64,
    /// Steps of the clock backward.
    pub steps_back: u64,
    /// Comparisons of a license's rows and counts with the model's.
    pub recounts: u64,
    /// Edges of trees of grants that were found at their cap.
    pub full_edges: u64,
}

impl Counts {
    /// Notes an answer.
    pub fn answered(&mut self, code: Option<&str>) {
        match code {
            None => self.allowed += 1,
            Some(code) => *self.refused.entry(code.to_owned()).or_default() += 1,
        }
    }

    /// Adds the counts of another history.
    pub fn add(&mut self, other: &Self) {
        let Self { steps, operations, allowed, refused, unanswered, crashes, .. } = other;
        self.steps += steps;
        self.operations += operations;
        self.allowed += allowed;
        for (code, count) in refused {
            *self.refused.entry(code.clone()).or_default() += count;
        }
        self.unanswered += unanswered;
        self.crashes += crashes;
        self.restarts += other.restarts;
        self.faults += other.faults;
        self.replays += other.replays;
        self.steps_back += other.steps_back;
        self.recounts += other.recounts;
        self.full_edges += other.full_edges;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} operations in {} steps: {} allowed, {} unanswered",
            self.operations, self.steps, self.allowed, self.unanswered
        )?;
        for (code, count) in &self.refused {
            write!(formatter, ", {count} {}", code.trim_end_matches("Exception"))?;
        }
        write!(
            formatter,
            "; {} replays, {} crashes, {} restarts, {} faults, {} steps back, {} recounts, \
             {} edges at their cap",
            self.replays,
            self.crashes,
            self.restarts,
            self.faults,
            self.steps_back,
            self.recounts,
            self.full_edges
        )
    }
}

/// What is wrong, before it is known when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What was asked.
    pub asked: String,
    /// What the model said.
    pub predicted: String,
    /// What the server said.
    pub got: String,
}

impl From<String> for Wrong {
    /// Something that should not break broke.
    fn from(got: String) -> Self {
        Self { asked: "-".to_owned(), predicted: "that this works".to_owned(), got }
    }
}

/// A history in which the server and the model disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The seed that tells the history again.
    pub seed: u64,
    /// The step at which they disagree.
    pub step: u64,
    /// About what.
    pub wrong: Wrong,
    /// The last steps before it.
    pub last: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, step, wrong: Wrong { asked, predicted, got }, last } = self;
        writeln!(formatter, "seed {seed} FAILED at step {step}")?;
        writeln!(formatter, "  asked:     {asked}")?;
        writeln!(formatter, "  predicted: {predicted}")?;
        writeln!(formatter, "  got:       {got}")?;
        writeln!(formatter, "  the last steps:")?;
        for line in last {
            writeln!(formatter, "    {line}")?;
        }
        write!(formatter, "  tell it again: cargo xtask sim --seed {seed}")
    }
}

/// What was said, as one hash over everything, and the last of it in words.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// Whether every line is printed at once.
    is_printed: bool,
    hash: Sha256,
    last: VecDeque<(u64, String)>,
}

impl Transcript {
    /// An empty one.
    pub fn new(is_printed: bool) -> Self {
        Self { is_printed, ..Self::default() }
    }

    /// Writes a line down.
    #[allow(clippy::print_stdout, reason = "what a command line program says when asked to")]
    pub fn add(&mut self, step: u64, line: String) {
        if self.is_printed {
            println!("{step}: {line}");
        }
        self.hash.update(step.to_be_bytes());
        self.hash.update(&line);
        self.hash.update([0]);
        self.last.push_back((step, line));
        let is_old = |(old, _): &(u64, String)| old.saturating_add(STEPS_SHOWN) <= step;
        while self.last.front().is_some_and(is_old) || self.last.len() > LINES_SHOWN {
            self.last.pop_front();
        }
    }

    /// The last steps in words.
    pub fn last(&self) -> Vec<String> {
        let line = |(step, line): &(u64, String)| {
            let shown: String = line.chars().take(WIDTH_SHOWN).collect();
            let rest = if shown.len() < line.len() { "…" } else { "" };
            format!("{step}: {shown}{rest}")
        };
        self.last.iter().map(line).collect()
    }

    /// The hash of everything that was written down.
    pub fn hash(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }
}
