//! All chance of a history, drawn from its seed.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream of chance is for; one more draw from one changes nothing in the others.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    /// What happens next.
    History = 0,
    /// The seeds of requests, from which the server makes its ids.
    Ids = 1,
    /// What breaks.
    Faults = 2,
}

/// A generator of chance.
#[derive(Clone, Debug)]
pub struct Random(ChaCha12Rng);

impl Random {
    /// The chance of one seed and stream.
    pub fn new(seed: u64, stream: Stream) -> Self {
        let mut generator = ChaCha12Rng::seed_from_u64(seed);
        generator.set_stream(stream as u64);
        Self(generator)
    }

    /// 256 bits.
    pub fn bits(&mut self) -> [u8; 32] {
        let mut bits = [0; 32];
        self.0.fill_bytes(&mut bits);
        bits
    }

    /// A number below `bound`, or 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound.max(1)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low).unwrap_or(0).saturating_add(1);
        low.saturating_add_unsigned(self.below(span))
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of some values.
    #[allow(clippy::indexing_slicing, reason = "the index is below the length, which is not 0")]
    pub fn one_of<T: Copy, const N: usize>(&mut self, values: [T; N]) -> T {
        const { assert!(N > 0, "one of none") };
        values[usize::try_from(self.below(N as u64)).unwrap_or(0)]
    }

    /// One of a list, if it has any.
    pub fn pick<'a, T>(&mut self, values: &'a [T]) -> Option<&'a T> {
        let index = self.below(u64::try_from(values.len()).unwrap_or(0));
        values.get(usize::try_from(index).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_draw_alike_and_streams_differ() {
        let draw = |seed, stream| Random::new(seed, stream).bits();
        assert_eq!(draw(7, Stream::History), draw(7, Stream::History));
        assert_ne!(draw(7, Stream::History), draw(8, Stream::History));
        assert_ne!(draw(7, Stream::History), draw(7, Stream::Ids));
    }
}
