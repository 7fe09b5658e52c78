//! Everything a run measured, and its rows for `report.json`.

use serde::Serialize;

use super::case::Case;
use super::sample::{Sample, Series};

/// One measured value, with its ratio to another row's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The case and what was measured of it, for example `sqlite-one-64.rate`.
    pub name: String,
    /// The median over the rounds.
    pub value: f64,
    /// The unit of the value.
    pub unit: &'static str,
    /// How many times the other row's value this one is.
    pub ratio: Option<f64>,
    /// The name of that other row.
    pub ratio_to: Option<String>,
}

/// A case with ever so many live check-outs before the load begins.
pub struct Live {
    /// How many.
    pub count: u64,
    /// The phases under load.
    pub series: Series,
}

/// What a run measured.
#[derive(Default)]
pub struct Outcome {
    /// The cases in their order.
    pub cases: Vec<(Case, Series)>,
    /// The few and the many live check-outs, when that was measured.
    pub live: Option<(Live, Live)>,
    /// Values that belong to a server, not to a case: disk, memory, start-up.
    pub facts: Vec<Row>,
    /// What could not be measured, or went wrong, and why.
    pub notes: Vec<String>,
}

/// Values of a sample beside its rate: suffix, unit and how to get them.
type Detail = (&'static str, &'static str, fn(&Sample) -> Option<f64>);
const DETAILS: [Detail; 4] = [
    ("p50", "ms", |sample| Some(sample.p50_ms)),
    ("p99", "ms", |sample| Some(sample.p99_ms)),
    ("p99.9", "ms", |sample| Some(sample.p999_ms)),
    ("cpu", "s per thousand", |sample| sample.cpu_s),
];

impl Live {
    /// The name of the row.
    pub fn name(&self) -> String {
        format!("live-{}", self.count)
    }
}

impl Outcome {
    /// The rounds of a case, when it was asked for.
    pub fn series(&self, case: Case) -> Option<&Series> {
        self.cases.iter().find(|(other, _)| *other == case).map(|(_, series)| series)
    }

    /// How many times the reference's rate a case's is.
    pub fn rate_ratio(&self, case: Case, reference: Case) -> Option<f64> {
        self.series(case)?.rate_ratio(self.series(reference)?)
    }

    /// The value of a fact.
    pub fn fact(&self, name: &str) -> Option<f64> {
        self.facts.iter().find(|row| row.name == name).map(|row| row.value)
    }

    /// Adds a fact.
    pub fn add_fact(&mut self, name: String, value: f64, unit: &'static str) {
        self.facts.push(Row { name, value, unit, ratio: None, ratio_to: None });
    }

    /// All rows. A rate with two references stands in two rows, once with each.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (case, series) in &self.cases {
            let references: Vec<Case> =
                [case.no_op(), case.naive()].into_iter().flatten().collect();
            let ratios = references.iter().filter_map(|reference| {
                Some((format!("{reference}.rate"), self.rate_ratio(*case, *reference)?))
            });
            push_series(&mut rows, &case.to_string(), series, ratios.collect());
        }
        if let Some((few, many)) = &self.live {
            push_series(&mut rows, &few.name(), &few.series, Vec::new());
            let ratio = many.series.rate_ratio(&few.series);
            let ratios = ratio.map(|ratio| (format!("{}.rate", few.name()), ratio));
            push_series(&mut rows, &many.name(), &many.series, ratios.into_iter().collect());
        }
        rows.extend(self.facts.iter().cloned());
        rows
    }
}

fn push_series(rows: &mut Vec<Row>, name: &str, series: &Series, ratios: Vec<(String, f64)>) {
    let Some(rate) = series.median(|sample| Some(sample.rate)) else { return };
    let row = |ratio: Option<(String, f64)>| {
        let (ratio_to, ratio) = ratio.unzip();
        Row { name: format!("{name}.rate"), value: rate, unit: "per second", ratio, ratio_to }
    };
    if ratios.is_empty() {
        rows.push(row(None));
    }
    rows.extend(ratios.into_iter().map(|ratio| row(Some(ratio))));
    for (suffix, unit, value) in DETAILS {
        if let Some(value) = series.median(value) {
            let name = format!("{name}.{suffix}");
            rows.push(Row { name, value, unit, ratio: None, ratio_to: None });
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::super::case::{Kind, Subject};
    use super::*;

    /// Two rounds of a case with these rates.
    pub fn series(rates: [f64; 2]) -> Series {
        let sample =
            |rate| Sample { rate, p50_ms: 1.0, p99_ms: 3.0, p999_ms: 5.0, cpu_s: Some(0.02) };
        Series { samples: rates.map(sample).to_vec(), invalid: None }
    }

    /// A run of one hot license against its no-op and the seat table.
    pub fn outcome() -> Outcome {
        let cases = vec![
            (Case::new(Subject::Sqlite, Kind::NoOp, 64), series([50_000.0, 40_000.0])),
            (Case::new(Subject::Sqlite, Kind::One, 64), series([40_000.0, 32_000.0])),
            (Case::new(Subject::Naive, Kind::One, 64), series([1_000.0, 1_000.0])),
        ];
        Outcome { cases, ..Outcome::default() }
    }

    #[test]
    fn a_rate_stands_once_with_each_reference() {
        let rows = outcome().rows();
        let rates: Vec<_> = rows.iter().filter(|row| row.name == "sqlite-one-64.rate").collect();
        let ratios: Vec<_> = rates.iter().map(|row| (row.ratio, row.ratio_to.as_deref())).collect();
        assert_eq!(ratios[0], (Some(0.8), Some("sqlite-noop-64.rate")));
        assert_eq!(ratios[1], (Some(36.0), Some("naive-one-64.rate")));
        assert_eq!(rates.len(), 2);
    }

    #[test]
    fn a_row_without_reference_has_no_ratio() {
        let rows = outcome().rows();
        let row = rows.iter().find(|row| row.name == "sqlite-noop-64.rate").unwrap();
        assert_eq!((row.value, row.ratio, row.unit), (45_000.0, None, "per second"));
    }

    #[test]
    fn an_invalid_case_has_no_rows() {
        let mut outcome = outcome();
        outcome.cases[1].1.invalid = Some("answered 500".to_owned());
        assert!(outcome.rows().iter().all(|row| !row.name.starts_with("sqlite-one")));
    }
}
