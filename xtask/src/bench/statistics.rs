//! Medians and ratios of a few rounds.

/// The median; of an even count the mean of the middle two. None of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

/// The least and the greatest value.
pub fn range(values: &[f64]) -> Option<(f64, f64)> {
    let least = values.iter().copied().min_by(f64::total_cmp)?;
    let greatest = values.iter().copied().max_by(f64::total_cmp)?;
    Some((least, greatest))
}

/// The median of the ratios of values measured in the same round. A machine that is slow for one
/// round slows both, so this is steadier than the ratio of the medians.
pub fn paired_ratio(values: &[f64], references: &[f64]) -> Option<f64> {
    let pairs = values.iter().zip(references).filter(|(_, reference)| **reference > 0.0);
    let ratios: Vec<f64> = pairs.map(|(value, reference)| value / reference).collect();
    median(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }

    #[test]
    fn the_range_spans_all() {
        assert_eq!(range(&[]), None);
        assert_eq!(range(&[2.0, 5.0, 1.0]), Some((1.0, 5.0)));
    }

    #[test]
    fn a_slow_round_does_not_bend_the_ratio() {
        // The second round ran on a machine half as fast.
        assert_eq!(paired_ratio(&[80.0, 40.0, 80.0], &[100.0, 50.0, 100.0]), Some(0.8));
        assert_eq!(paired_ratio(&[80.0], &[0.0]), None);
        assert_eq!(paired_ratio(&[80.0, 1.0], &[100.0]), Some(0.8));
    }
}
