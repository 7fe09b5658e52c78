//! The picture of a run: a bar for each rate, with its ratios beside it.

use super::case::{Case, Kind, Subject};
use super::outcome::Outcome;
use super::sample::Series;

const WIDTH: f64 = 960.0;
const BARS_LEFT: f64 = 310.0;
const BARS_WIDTH: f64 = 410.0;
const TOP: f64 = 86.0;
const ROW_HEIGHT: f64 = 26.0;
const BAR_HEIGHT: f64 = 16.0;
const FOOT: f64 = 58.0;

struct Bar {
    label: String,
    rate: f64,
    remark: String,
    color: &'static str,
}

/// A horizontal bar chart of all rates as SVG.
pub fn svg(outcome: &Outcome, machine: &[String]) -> String {
    let bars = bars(outcome);
    let step = step(bars.iter().map(|bar| bar.rate).fold(0.0, f64::max));
    let bottom = float(bars.len()).mul_add(ROW_HEIGHT, TOP);
    let height = bottom + FOOT;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#1f2933\">\n\
         <title>Leasehold: durable check-outs a second</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"24\" y=\"34\" font-size=\"20\" font-weight=\"600\">\
         Leasehold: durable check-outs a second</text>\n\
         <text x=\"24\" y=\"58\" fill=\"#52606d\">{}</text>\n",
        escape(&machine.join(" · "))
    );
    for tick in 0..=TICKS {
        let x = (BARS_WIDTH / float(TICKS)).mul_add(float(tick), BARS_LEFT);
        text.push_str(&format!(
            "<line x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\" stroke=\"#e4e7eb\"/>\n\
             <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#52606d\">{}</text>\n",
            bottom + 18.0,
            thousands(step * float(tick))
        ));
    }
    for (number, bar) in bars.iter().enumerate() {
        let y = float(number).mul_add(ROW_HEIGHT, TOP) + (ROW_HEIGHT - BAR_HEIGHT) / 2.0;
        text.push_str(&draw(bar, y, BARS_WIDTH / (step * float(TICKS))));
    }
    text.push_str(&format!(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"#52606d\">\
         good answers a second, median of the rounds</text>\n</svg>\n",
        BARS_LEFT + BARS_WIDTH / 2.0,
        bottom + 42.0
    ));
    text
}

const TICKS: usize = 4;

fn draw(bar: &Bar, y: f64, scale: f64) -> String {
    let Bar { label, rate, remark, color } = bar;
    let (width, middle) = ((rate * scale).max(1.0), y + 12.5);
    format!(
        "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text>\n\
         <rect x=\"{BARS_LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR_HEIGHT}\" rx=\"2\" \
         fill=\"{color}\"/>\n\
         <text x=\"{:.1}\" y=\"{middle}\"><tspan font-weight=\"600\">{}</tspan>\
         <tspan dx=\"9\" fill=\"#52606d\">{}</tspan></text>\n",
        BARS_LEFT - 10.0,
        escape(label),
        BARS_LEFT + width + 7.0,
        thousands(*rate),
        escape(remark)
    )
}

fn bars(outcome: &Outcome) -> Vec<Bar> {
    let mut bars = Vec::new();
    for (case, series) in &outcome.cases {
        let no_op = case.no_op().and_then(|other| outcome.rate_ratio(*case, other));
        let naive = case.naive().and_then(|other| outcome.rate_ratio(*case, other));
        let no_op = no_op.map(|ratio| format!("{ratio:.2} of no-op"));
        let naive = naive.map(|ratio| format!("{ratio:.1} × naive"));
        let remark = [no_op, naive].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        push(&mut bars, label(*case), series, remark, color(*case));
    }
    if let Some((few, many)) = &outcome.live {
        let ratio = many.series.rate_ratio(&few.series);
        let remark = ratio.map_or_else(String::new, |ratio| format!("{ratio:.2} of the few"));
        let label = |count| format!("SQLite, {} live, 64 conn.", thousands(count));
        push(&mut bars, label(exact(few.count)), &few.series, String::new(), "#7b61c4");
        push(&mut bars, label(exact(many.count)), &many.series, remark, "#7b61c4");
    }
    bars
}

fn push(bars: &mut Vec<Bar>, label: String, series: &Series, remark: String, color: &'static str) {
    if let Some(rate) = series.median(|sample| Some(sample.rate)) {
        bars.push(Bar { label, rate, remark, color });
    }
}

fn label(case: Case) -> String {
    let subject = match case.subject {
        Subject::Sqlite => "SQLite",
        Subject::Postgres => "PostgreSQL",
        Subject::Naive => "naive seat table",
        Subject::Signing => return format!("bare signatures, {} threads", case.connections),
    };
    let kind = match case.kind {
        Kind::NoOp => "signed no-op",
        Kind::One => "1 license",
        Kind::Many => "10,000 licenses",
        Kind::Granted => "1 grant",
        Kind::GrantedMany => "2,000 grants",
        Kind::User => "IAM user",
        Kind::Session => "session",
        Kind::Borrow => "borrows",
    };
    format!("{subject}, {kind}, {} conn.", case.connections)
}

fn color(case: Case) -> &'static str {
    match (case.kind, case.subject) {
        (Kind::NoOp, _) => "#b8c2cc",
        (_, Subject::Sqlite) => "#2f6fde",
        (_, Subject::Postgres) => "#1f9d8b",
        (_, Subject::Naive | Subject::Signing) => "#e0722f",
    }
}

/// The distance of ticks: the least of 1, 2, 2.5, 5 × a power of ten that covers the greatest rate.
fn step(greatest: f64) -> f64 {
    let raw = (greatest / float(TICKS)).max(1.0);
    let power = 10_f64.powf(raw.log10().floor());
    let factors = [1.0, 2.0, 2.5, 5.0, 10.0];
    let factor = factors.into_iter().find(|factor| factor * power >= raw);
    factor.unwrap_or(10.0) * power
}

/// A rounded number with a comma at each thousand.
fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[allow(clippy::cast_precision_loss, reason = "a handful of bars and ticks")]
fn float(value: usize) -> f64 {
    value as f64
}

#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn exact(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::super::outcome::tests;
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_greatest_rate() {
        let check = |greatest, expect| assert_eq!(step(greatest), expect, "{greatest}");
        check(0.0, 1.0);
        check(40_000.0, 10_000.0);
        check(40_001.0, 20_000.0);
        check(90_000.0, 25_000.0);
        check(850.0, 250.0);
    }

    #[test]
    fn thousands_are_parted() {
        assert_eq!(thousands(999.4), "999");
        assert_eq!(thousands(1_000.0), "1,000");
        assert_eq!(thousands(12_345_678.0), "12,345,678");
    }

    #[test]
    fn every_rate_has_a_bar_inside_the_picture() {
        let svg = svg(&tests::outcome(), &["A & B <1>".to_owned()]);
        assert_eq!(svg.matches("rx=\"2\"").count(), 3);
        assert!(svg.contains("A &amp; B &lt;1&gt;"));
        assert!(svg.contains("0.80 of no-op · 36.0 × naive"));
        let widths = svg.split("width=\"").skip(2).filter_map(|rest| rest.split('"').next());
        assert!(widths.filter_map(|width| width.parse::<f64>().ok()).all(|w| w <= BARS_WIDTH));
    }
}
