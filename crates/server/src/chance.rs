//! The one place that asks for chance: a seed for each request.

use std::cell::RefCell;

use leasehold_core::ids::Seed;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

thread_local! {
    /// Seeded by the system once a thread; asking it for every request costs a call each time.
    static GENERATOR: RefCell<Option<ChaCha12Rng>> = const { RefCell::new(None) };
}

/// Chance for one request.
///
/// # Panics
/// When the system has no randomness to give: no token may be made then.
pub fn seed() -> Seed {
    GENERATOR.with_borrow_mut(|generator| {
        let generator = generator.get_or_insert_with(|| {
            let mut bits = [0; 32];
            if let Err(error) = getrandom::fill(&mut bits) {
                #[allow(clippy::panic, reason = "a server without randomness must not serve")]
                {
                    panic!("the system gives no randomness: {error}");
                }
            }
            ChaCha12Rng::from_seed(bits)
        });
        let mut bits = [0; 32];
        generator.fill_bytes(&mut bits);
        Seed::new(bits)
    })
}
