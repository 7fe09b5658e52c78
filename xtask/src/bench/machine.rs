//! What the run was measured on: a rate means little without it.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::{clock, disk};

/// A line each about time, processor, memory, system and disk.
pub fn describe(scratch: &Path) -> Result<Vec<String>> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        line.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned()))
            .unwrap_or_else(|| "unknown".to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    Ok(vec![
        format!("measured {}", clock::readable()),
        format!("{cores} × {}", field(&read("/proc/cpuinfo"), "model name")),
        format!("{} of memory", gigabytes(&field(&read("/proc/meminfo"), "MemTotal"))),
        format!("Linux {}", read("/proc/sys/kernel/osrelease").trim()),
        format!("making 4 KiB durable takes {:.0} µs (median)", disk::sync_microseconds(scratch)?),
    ])
}

/// `24682416 kB` as `25.3 GB`; anything else as it is.
fn gigabytes(text: &str) -> String {
    let kilobytes = text.strip_suffix(" kB").and_then(|number| number.parse::<f64>().ok());
    kilobytes.map_or_else(|| text.to_owned(), |kb| format!("{:.1} GB", kb * 1024.0 / 1e9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_shown_in_gigabytes() {
        assert_eq!(gigabytes("24682416 kB"), "25.3 GB");
        assert_eq!(gigabytes("unknown"), "unknown");
    }
}
