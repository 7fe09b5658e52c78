//! A run of named stages: the first failure ends it, and a summary closes it.

use std::time::{Duration, Instant};

use anyhow::{Error, Result};

/// One step of a run; `C` is what the steps share.
pub struct Stage<C> {
    /// What the summary calls it.
    pub name: &'static str,
    /// What it does.
    pub run: fn(&mut C) -> Result<()>,
}

/// How a stage ended.
enum Outcome {
    Passed(Duration),
    Failed(Duration, Error),
    NotRun,
}

/// Runs the stages in order until one fails, then prints how each of them ended.
pub fn run<C>(stages: &[Stage<C>], shared: &mut C) -> Result<()> {
    let mut outcomes = Vec::with_capacity(stages.len());
    let mut failed = false;
    for (index, stage) in stages.iter().enumerate() {
        let outcome = if failed {
            Outcome::NotRun
        } else {
            println!("\n== {} of {}: {} ==", index + 1, stages.len(), stage.name);
            run_one(stage, shared)
        };
        failed |= matches!(outcome, Outcome::Failed(..));
        outcomes.push((stage.name, outcome));
    }
    println!("\n{}", summary(&outcomes));
    let failure = outcomes.into_iter().find_map(|(name, outcome)| match outcome {
        Outcome::Failed(_, error) => Some(error.context(format!("{name} failed"))),
        Outcome::Passed(_) | Outcome::NotRun => None,
    });
    failure.map_or(Ok(()), Err)
}

#[allow(clippy::disallowed_methods, reason = "how long a stage takes steers nothing")]
fn run_one<C>(stage: &Stage<C>, shared: &mut C) -> Outcome {
    let begin = Instant::now();
    match (stage.run)(shared) {
        Ok(()) => Outcome::Passed(begin.elapsed()),
        Err(error) => Outcome::Failed(begin.elapsed(), error),
    }
}

fn summary(outcomes: &[(&str, Outcome)]) -> String {
    let mut lines = vec!["== summary ==".to_owned()];
    let mut total = Duration::ZERO;
    for (name, outcome) in outcomes {
        let (word, time) = match outcome {
            Outcome::Passed(time) => ("ok", *time),
            Outcome::Failed(time, _) => ("FAILED", *time),
            Outcome::NotRun => ("not run", Duration::ZERO),
        };
        total += time;
        lines.push(format!("{word:<8} {:>7.1} s  {name}", time.as_secs_f64()));
    }
    lines.push(format!("{:<8} {:>7.1} s", "in all", total.as_secs_f64()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn the_first_failure_ends_the_run() {
        let count = |ran: &mut u32| {
            *ran += 1;
            Ok(())
        };
        let stages = [
            Stage { name: "one", run: count },
            Stage { name: "two", run: |_| bail!("it broke") },
            Stage { name: "three", run: count },
        ];
        let mut ran = 0;
        let error = run(&stages, &mut ran).unwrap_err();
        assert_eq!(ran, 1);
        assert_eq!(format!("{error:#}"), "two failed: it broke");
    }

    #[test]
    fn the_summary_has_a_line_for_each_stage() {
        let outcomes = [
            ("format", Outcome::Passed(Duration::from_millis(1540))),
            ("unit tests", Outcome::Failed(Duration::from_secs(61), Error::msg("no"))),
            ("python", Outcome::NotRun),
        ];
        let expected = "\
== summary ==
ok           1.5 s  format
FAILED      61.0 s  unit tests
not run      0.0 s  python
in all      62.5 s";
        assert_eq!(summary(&outcomes), expected);
    }
}
