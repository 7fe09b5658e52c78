//! The marks the server is to reach, beside what was measured. A mark is judged, never asserted:
//! timing on a shared machine is no reason for a failing exit.

use super::case::{Case, Kind, Subject};
use super::outcome::Outcome;
use super::sample::{Sample, Series};

/// Live check-outs of the marks about many.
const LIVE_MANY: u64 = 10_000_000;

/// One mark.
#[derive(Debug, PartialEq)]
pub struct Mark {
    /// What is to be reached.
    pub text: String,
    /// What was measured; none when it was not.
    pub measured: Option<f64>,
    /// Whether the measured value is to stay below the limit, or to reach it.
    at_most: bool,
    limit: f64,
}

impl Mark {
    fn at_least(text: String, limit: f64, measured: Option<f64>) -> Self {
        Self { text, measured, at_most: false, limit }
    }

    fn at_most(text: String, limit: f64, measured: Option<f64>) -> Self {
        Self { text, measured, at_most: true, limit }
    }

    /// `met`, `NOT MET` or `not measured`.
    pub fn verdict(&self) -> &'static str {
        let met = |value| if self.at_most { value <= self.limit } else { value >= self.limit };
        match self.measured.map(met) {
            Some(true) => "met",
            Some(false) => "NOT MET",
            None => "not measured",
        }
    }

    /// What was measured, as text.
    pub fn shown(&self) -> String {
        let digits = if self.limit >= 10.0 { 1 } else { 2 };
        self.measured.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
    }
}

/// All marks, judged by what was measured.
pub fn judge(outcome: &Outcome) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (subject, name, limit) in
        [(Subject::Sqlite, "SQLite", 0.65), (Subject::Postgres, "PostgreSQL", 0.35)]
    {
        for connections in [64, 256] {
            let case = Case::new(subject, Kind::One, connections);
            let what = format!("one hot license, {name}, {connections} connections");
            let no_op = Case::new(subject, Kind::NoOp, connections);
            marks.push(Mark::at_least(
                format!("{what}: rate at least {limit} of the signed no-op"),
                limit,
                outcome.rate_ratio(case, no_op),
            ));
            if subject == Subject::Sqlite {
                let naive = Case::new(Subject::Naive, Kind::One, super::case::NAIVE_CLIENTS);
                marks.push(Mark::at_least(
                    format!("{what}: rate at least 25 times the naive seat table"),
                    25.0,
                    outcome.rate_ratio(case, naive),
                ));
            }
            marks.push(Mark::at_most(
                format!("{what}: p99 at most 4 times p50"),
                4.0,
                outcome.series(case).and_then(tail),
            ));
        }
    }
    for (subject, name) in [(Subject::Sqlite, "SQLite"), (Subject::Postgres, "PostgreSQL")] {
        let rate_of =
            |kind, of| outcome.rate_ratio(Case::new(subject, kind, 64), Case::new(subject, of, 64));
        marks.push(Mark::at_least(
            format!("through a grant, {name}: rate at least 0.85 of that with a beneficiary"),
            0.85,
            rate_of(Kind::Granted, Kind::One),
        ));
        marks.push(Mark::at_least(
            format!("2,000 grants, {name}: rate at least 0.85 of that with one"),
            0.85,
            rate_of(Kind::GrantedMany, Kind::Granted),
        ));
    }
    marks.extend(identity(outcome));
    marks.push(Mark::at_least(
        "borrows, SQLite: rate at least 0.80 of the machine's bare RSA-2048 signatures".to_owned(),
        0.80,
        outcome.rate_ratio(Case::new(Subject::Sqlite, Kind::Borrow, 64), Case::signing()),
    ));
    marks.push(Mark::at_most(
        "SQLite: at most 300 bytes of disk a check-out".to_owned(),
        300.0,
        outcome.fact("sqlite-one.disk"),
    ));
    marks.extend(live(outcome));
    marks
}

/// What users and sessions with policies cost, beside the account's root whom nobody asks.
fn identity(outcome: &Outcome) -> Vec<Mark> {
    let no_op = outcome.series(Case::new(Subject::Sqlite, Kind::NoOp, 64));
    // Seconds for a thousand are milliseconds for one.
    let no_op_microseconds = no_op.and_then(|no_op| no_op.median(|it| it.cpu_s)).map(|it| it * 1e3);
    let mut marks = Vec::new();
    for (kind, name, who) in
        [(Kind::User, "user", "IAM user"), (Kind::Session, "session", "session of a role")]
    {
        let who = format!("{who} with 10 of 1,000 policies, SQLite");
        let (case, of) =
            (Case::new(Subject::Sqlite, kind, 64), Case::new(Subject::Sqlite, Kind::One, 64));
        marks.push(Mark::at_least(
            format!("{who}: rate at least 0.9 of that of the root"),
            0.9,
            outcome.rate_ratio(case, of),
        ));
        let access = outcome.fact(&format!("sqlite-{name}.access"));
        marks.push(Mark::at_most(
            format!("{who}: authentication and authorization at most a third of a no-op's CPU"),
            1.0 / 3.0,
            access.zip(no_op_microseconds).map(|(access, no_op)| access / no_op),
        ));
    }
    marks
}

fn live(outcome: &Outcome) -> [Mark; 3] {
    let measured = outcome.live.as_ref().filter(|(_, many)| many.count >= LIVE_MANY);
    let fact = |suffix: &str| {
        measured.and_then(|(_, many)| outcome.fact(&format!("{}.{suffix}", many.name())))
    };
    let ratio = measured.and_then(|(few, many)| many.series.rate_ratio(&few.series));
    let name = "ten million live check-outs";
    [
        Mark::at_least(format!("{name}: rate at least 0.85 of that at ten thousand"), 0.85, ratio),
        Mark::at_most(format!("{name}: start-up under 8 s"), 8.0, fact("start-up")),
        Mark::at_most(
            format!("{name}: memory under 1.5 GB"),
            1.5,
            fact("memory").map(|megabytes| megabytes / 1e3),
        ),
    ]
}

/// How many times its median the slowest hundredth of a case's answers takes.
pub fn tail(series: &Series) -> Option<f64> {
    let p50: fn(&Sample) -> Option<f64> = |sample| Some(sample.p50_ms);
    Some(series.median(|sample| Some(sample.p99_ms))? / series.median(p50)?)
}

#[cfg(test)]
mod tests {
    use super::super::outcome::{Live, tests};
    use super::*;

    fn verdict(outcome: &Outcome, text: &str) -> (&'static str, String) {
        let marks = judge(outcome);
        let mark = marks.iter().find(|mark| mark.text.contains(text)).unwrap();
        (mark.verdict(), mark.shown())
    }

    #[test]
    fn marks_are_judged_by_the_measured_ratios() {
        let mut outcome = tests::outcome();
        outcome.add_fact("sqlite-one.disk".to_owned(), 310.0, "bytes");
        // The no-op takes 20 µs.
        outcome.add_fact("sqlite-user.access".to_owned(), 5.0, "µs");
        outcome.add_fact("sqlite-session.access".to_owned(), 8.0, "µs");
        let check = |text, expect: (&'static str, &str)| {
            let (verdict, shown) = verdict(&outcome, text);
            assert_eq!((verdict, shown.as_str()), expect, "{text}");
        };
        check("SQLite, 64 connections: rate at least 0.65", ("met", "0.80"));
        check("SQLite, 64 connections: rate at least 25 times", ("met", "36.0"));
        check("SQLite, 64 connections: p99", ("met", "3.00"));
        check("IAM user with 10 of 1,000 policies, SQLite: auth", ("met", "0.25"));
        check("session of a role with 10 of 1,000 policies, SQLite: auth", ("NOT MET", "0.40"));
        check("300 bytes", ("NOT MET", "310.0"));
        check("PostgreSQL, 64 connections: rate", ("not measured", "–"));
        check("ten million live check-outs: start-up", ("not measured", "–"));
    }

    #[test]
    fn fewer_than_ten_million_do_not_meet_the_mark() {
        let mut outcome = tests::outcome();
        let live = |count| Live { count, series: tests::series([100.0, 100.0]) };
        outcome.live = Some((live(10_000), live(9_999_999)));
        assert_eq!(verdict(&outcome, "0.85 of that at ten thousand").0, "not measured");
        outcome.live = Some((live(10_000), live(10_000_000)));
        assert_eq!(verdict(&outcome, "0.85 of that at ten thousand").0, "met");
    }
}
