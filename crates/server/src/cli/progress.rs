//! How far a long command is, for whoever sits at a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use leasehold_store::check::Watch;

/// How a bar looks.
const STYLE: &str = "{msg:20} {bar:40} {percent:>3} %, {eta} left";

/// A bar on standard error; none where that is no terminal.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// Nothing has begun.
    pub fn new() -> Self {
        Self(None)
    }
}

impl Watch for Progress {
    fn begin(&mut self, step: &str, count: u64) {
        let bar = ProgressBar::new(count);
        if let Ok(style) = ProgressStyle::with_template(STYLE) {
            bar.set_style(style);
        }
        bar.set_message(step.to_owned());
        if let Some(done) = self.0.replace(bar) {
            done.finish_and_clear();
        }
    }

    fn advance(&mut self, count: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(count);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}
