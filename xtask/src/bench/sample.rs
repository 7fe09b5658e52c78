//! What one phase of one case measured, and the phases of all rounds together.

use anyhow::{Result, bail};
use hdrhistogram::Histogram;

use super::load::Load;
use super::statistics;

/// One phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Good answers a second.
    pub rate: f64,
    /// Half of the answers came within this time.
    pub p50_ms: f64,
    /// 99 of 100 answers came within this time.
    pub p99_ms: f64,
    /// 999 of 1,000 answers came within this time.
    pub p999_ms: f64,
    /// Processor seconds the server spent on a thousand answers, where that is measured.
    pub cpu_s: Option<f64>,
}

impl Sample {
    /// The sample of a phase in which the server spent `cpu_seconds`, warm-up included.
    pub fn of_load(load: &Load, cpu_seconds: f64) -> Result<Self> {
        if let Some(refusal) = &load.refusal {
            bail!("answered {refusal}");
        }
        let seconds = load.elapsed.as_secs_f64();
        if load.measured == 0 || seconds <= 0.0 {
            bail!("nothing was answered in the measured time");
        }
        let mut sample = Self::of_latencies(&load.latencies, float(load.measured) / seconds);
        sample.cpu_s = Some(cpu_seconds * 1000.0 / float(load.answered));
        Ok(sample)
    }

    /// The sample of latencies in nanoseconds.
    pub fn of_latencies(latencies: &Histogram<u64>, rate: f64) -> Self {
        let ms = |quantile| float(latencies.value_at_quantile(quantile)) / 1e6;
        Self { rate, p50_ms: ms(0.5), p99_ms: ms(0.99), p999_ms: ms(0.999), cpu_s: None }
    }
}

/// A case over all rounds.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// One sample a round.
    pub samples: Vec<Sample>,
    /// Why the row counts for nothing: the first phase that went wrong.
    pub invalid: Option<String>,
}

impl Series {
    /// Adds a round, or what went wrong in it.
    pub fn add(&mut self, outcome: Result<Sample>) {
        match outcome {
            Ok(sample) => self.samples.push(sample),
            Err(error) => {
                self.invalid.get_or_insert_with(|| format!("{error:#}"));
            }
        }
    }

    /// The values of all rounds; none of an invalid case.
    pub fn values(&self, value: fn(&Sample) -> Option<f64>) -> Vec<f64> {
        if self.invalid.is_some() {
            return Vec::new();
        }
        self.samples.iter().filter_map(value).collect()
    }

    /// The median of a value over the rounds.
    pub fn median(&self, value: fn(&Sample) -> Option<f64>) -> Option<f64> {
        statistics::median(&self.values(value))
    }

    /// The rates of all rounds.
    pub fn rates(&self) -> Vec<f64> {
        self.values(|sample| Some(sample.rate))
    }

    /// How many times the other case's rate this one's is, round by round.
    pub fn rate_ratio(&self, reference: &Self) -> Option<f64> {
        statistics::paired_ratio(&self.rates(), &reference.rates())
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts and nanoseconds stay far below 2^53")]
fn float(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn load(latencies_ms: &[u64], refusal: Option<String>) -> Load {
        let mut latencies = Histogram::new(3).unwrap();
        latencies_ms.iter().for_each(|ms| latencies.record(ms * 1_000_000).unwrap());
        let measured = latencies_ms.len() as u64;
        let elapsed = Duration::from_secs(2);
        Load { answered: measured * 2, measured, elapsed, latencies, refusal }
    }

    #[test]
    fn a_sample_tells_rate_quantiles_and_processor_time() {
        let latencies: Vec<u64> = (1..=1000).collect();
        let sample = Sample::of_load(&load(&latencies, None), 3.0).unwrap();
        assert_eq!(sample.rate, 500.0);
        assert!((sample.p50_ms - 500.0).abs() < 1.0, "{sample:?}");
        assert!((sample.p99_ms - 990.0).abs() < 1.0, "{sample:?}");
        assert!((sample.p999_ms - 999.0).abs() < 1.0, "{sample:?}");
        assert_eq!(sample.cpu_s, Some(1.5));
    }

    #[test]
    fn one_bad_answer_makes_the_case_invalid() {
        let mut series = Series::default();
        series.add(Sample::of_load(&load(&[1], None), 0.0));
        assert_eq!(series.rates(), [0.5]);
        series.add(Sample::of_load(&load(&[1], Some("500 {}".to_owned())), 0.0));
        series.add(Sample::of_load(&load(&[], None), 0.0));
        assert!(series.rates().is_empty());
        assert_eq!(series.invalid.as_deref(), Some("answered 500 {}"));
    }
}
