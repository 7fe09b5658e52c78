//! The tables people read.

use super::case::Case;
use super::marks::{self, Mark};
use super::outcome::Outcome;
use super::sample::Series;
use super::statistics;

const HEAD: [&str; 9] = [
    "case",
    "rate /s (least–greatest)",
    "of no-op",
    "× naive",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "p99/p50",
    "CPU s/1000",
];

/// The whole report in Markdown, its tables aligned to be read as plain text too.
pub fn markdown(outcome: &Outcome, machine: &[String]) -> String {
    let mut text = "# Leasehold benchmark\n\n".to_owned();
    for line in machine {
        text.push_str(&format!("- {line}\n"));
    }
    text.push_str("\nMedians over the rounds; ratios are medians of the ratios in each round.\n\n");
    text.push_str(&table(&rates(outcome)));
    let facts: Vec<Vec<String>> = outcome
        .facts
        .iter()
        .map(|row| vec![row.name.clone(), three_digits(row.value), row.unit.to_owned()])
        .collect();
    if !facts.is_empty() {
        let head = ["server", "value", "unit"].map(str::to_owned).to_vec();
        text.push('\n');
        text.push_str(&table(&[vec![head], facts].concat()));
    }
    text.push_str("\n## Marks\n\n");
    let head = ["mark", "measured", ""].map(str::to_owned).to_vec();
    let judged = marks::judge(outcome).into_iter().map(mark_line);
    text.push_str(&table(&std::iter::once(head).chain(judged).collect::<Vec<_>>()));
    if !outcome.notes.is_empty() {
        text.push_str("\n## Notes\n\n");
        outcome.notes.iter().for_each(|note| text.push_str(&format!("- {note}\n")));
    }
    text
}

fn mark_line(mark: Mark) -> Vec<String> {
    let (shown, verdict) = (mark.shown(), mark.verdict().to_owned());
    vec![mark.text, shown, verdict]
}

fn rates(outcome: &Outcome) -> Vec<Vec<String>> {
    let mut lines = vec![HEAD.map(str::to_owned).to_vec()];
    for (case, series) in &outcome.cases {
        let ratio = |reference: Option<Case>, digits: usize| {
            number(reference.and_then(|other| outcome.rate_ratio(*case, other)), digits)
        };
        lines.push(line(&case.to_string(), series, ratio(case.no_op(), 2), ratio(case.naive(), 1)));
    }
    if let Some((few, many)) = &outcome.live {
        lines.push(line(&few.name(), &few.series, number(None, 0), number(None, 0)));
        lines.push(line(&many.name(), &many.series, number(None, 0), number(None, 0)));
    }
    lines
}

fn line(name: &str, series: &Series, of_no_op: String, of_naive: String) -> Vec<String> {
    if let Some(reason) = &series.invalid {
        return vec![name.to_owned(), format!("INVALID: {}", reason.replace(['\n', '|'], " "))];
    }
    let rates = series.rates();
    let rate = statistics::median(&rates).zip(statistics::range(&rates)).map_or_else(
        || "–".to_owned(),
        |(median, (least, greatest))| format!("{median:.0} ({least:.0}–{greatest:.0})"),
    );
    vec![
        name.to_owned(),
        rate,
        of_no_op,
        of_naive,
        number(series.median(|sample| Some(sample.p50_ms)), 2),
        number(series.median(|sample| Some(sample.p99_ms)), 2),
        number(series.median(|sample| Some(sample.p999_ms)), 2),
        number(marks::tail(series), 1),
        number(series.median(|sample| sample.cpu_s), 4),
    ]
}

/// A value of any size with about three digits that mean something.
fn three_digits(value: f64) -> String {
    let digits = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

/// A Markdown table whose first line is the head; columns are padded to their widest cell, and a
/// short line is filled with empty cells.
fn table(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let cell = |line: &[String], column: usize| line.get(column).cloned().unwrap_or_default();
    let width = |column: usize| {
        // A line with a long remark, shorter than the others, does not widen the column for all.
        let full = lines.iter().filter(|line| line.len() == columns);
        full.map(|line| cell(line, column).chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        for (column, width) in widths.iter().enumerate() {
            let cell = cell(line, column);
            let padded =
                if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") };
            text.push_str(&format!("| {padded} "));
        }
        text.push_str("|\n");
        if number == 0 {
            let rule = |(column, width): (usize, &usize)| {
                let dashes = "-".repeat(*width);
                if column == 0 { format!("|-{dashes}-") } else { format!("|-{dashes}:") }
            };
            text.push_str(&widths.iter().enumerate().map(rule).collect::<String>());
            text.push_str("|\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::outcome::tests;
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let lines = [vec!["a", "bb"], vec!["ccc", "d"], vec!["e"]];
        let lines = lines.map(|line| line.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(table(&lines), "| a   | bb |\n|-----|---:|\n| ccc |  d |\n| e   |    |\n");
    }

    #[test]
    fn the_report_shows_ratios_marks_and_what_went_wrong() {
        let mut outcome = tests::outcome();
        outcome.notes.push("no PostgreSQL".to_owned());
        let text = markdown(&outcome, &["2 cores".to_owned()]);
        for expected in ["- 2 cores", "36000 (32000–40000)", "0.80", "36.0", "met", "no PostgreSQL"]
        {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        outcome.cases[1].1.invalid = Some("answered 500 |x|".to_owned());
        assert!(markdown(&outcome, &[]).contains("INVALID: answered 500  x "));
    }
}
