//! The flags of `cargo xtask bench`.

use std::path::PathBuf;

use clap::Parser;

/// Measures the release server against its own signed no-op and a home-made seat table.
#[derive(Parser, Clone, Debug)]
#[command(name = "cargo xtask bench", no_binary_name = true)]
pub struct Options {
    /// Short phases and no ten million live check-outs: a look, not a measurement.
    #[arg(long)]
    pub quick: bool,
    /// Seconds of each measured phase [default: 3; with --quick 1].
    #[arg(long)]
    seconds: Option<f64>,
    /// Rounds over all phases; rows show medians [default: 5; with --quick 1].
    #[arg(long)]
    rounds: Option<usize>,
    /// How many live check-outs stand against ten thousand [default: 10000000; with --quick none].
    #[arg(long)]
    live: Option<u64>,
    /// Only the cases whose name contains this, for example sqlite-one, postgres, live; repeatable.
    #[arg(long)]
    only: Vec<String>,
    /// The server to measure [default: target/release/leasehold].
    #[arg(long, env = "LEASEHOLD_BIN")]
    pub program: Option<PathBuf>,
}

impl Options {
    /// Seconds of each measured phase.
    pub fn seconds(&self) -> f64 {
        self.seconds.unwrap_or(if self.quick { 1.0 } else { 3.0 }).clamp(0.1, 600.0)
    }

    /// Rounds over all phases.
    pub fn rounds(&self) -> usize {
        self.rounds.unwrap_or(if self.quick { 1 } else { 5 }).max(1)
    }

    /// How many live check-outs stand against ten thousand; none to leave that part out.
    pub fn live(&self) -> Option<u64> {
        let default = if self.quick { None } else { Some(10_000_000) };
        self.live.or(default).filter(|_| self.wants("live"))
    }

    /// Whether the case of this name is asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(args: &[&str]) -> Options {
        Options::try_parse_from(args).unwrap()
    }

    #[test]
    fn quick_shortens_what_is_not_given() {
        let quick = options(&["--quick"]);
        assert_eq!((quick.seconds(), quick.rounds(), quick.live()), (1.0, 1, None));
        let longer = options(&["--quick", "--rounds", "3", "--live", "5"]);
        assert_eq!((longer.seconds(), longer.rounds(), longer.live()), (1.0, 3, Some(5)));
        assert_eq!(options(&[]).live(), Some(10_000_000));
    }

    #[test]
    fn only_selects_by_part_of_the_name() {
        let some = options(&["--only", "sqlite-one", "--only", "naive"]);
        assert!(some.wants("sqlite-one-64") && some.wants("naive-many-64"));
        assert!(!some.wants("sqlite-no-op-64"));
        assert_eq!(some.live(), None);
        assert!(options(&[]).wants("anything"));
    }
}
