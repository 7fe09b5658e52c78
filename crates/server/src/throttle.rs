//! How often a token or a source may ask, counted on each server for itself.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::clock::Clock;

/// Keys that are counted apart. Where even those that asked lately are more, all begin anew.
const KEYS_MAX: usize = 100_000;
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// The limits; 0 stands for none.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Access tokens for one refresh token.
    pub access_tokens_per_token_and_minute: u32,
    /// Sessions for one token of a web identity.
    pub sessions_per_token_and_minute: u32,
    /// Requests that nobody has to sign, from one address.
    pub open_requests_per_address_and_minute: u32,
    /// Requests from one address whose signature is not right. Those whose signature is right are
    /// not held up by them.
    pub failed_signatures_per_address_and_minute: u32,
}

impl Default for Limits {
    /// Generous: far above what software does that works as it should.
    fn default() -> Self {
        Self {
            access_tokens_per_token_and_minute: 60,
            sessions_per_token_and_minute: 60,
            open_requests_per_address_and_minute: 3_000,
            failed_signatures_per_address_and_minute: 6_000,
        }
    }
}

/// Too often: worth another try after so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOften {
    /// `Retry-After`.
    pub retry_after_s: u64,
}

/// What is counted.
pub struct Throttles {
    /// Access tokens by refresh token.
    pub access_tokens: Throttle<String>,
    /// Access tokens by license (T13).
    pub licenses: Throttle<String>,
    /// Sessions by the id of a web identity's token, or its subject.
    pub sessions: ByText,
    /// Requests that nobody has to sign, by address.
    pub open_requests: ByAddress,
    /// Wrong signatures by address.
    pub failed_signatures: ByAddress,
}

impl Throttles {
    /// Counts by these limits.
    pub fn new(limits: &Limits, per_license_and_hour: Option<u32>, clock: &Arc<Clock>) -> Self {
        let per_hour = per_license_and_hour.unwrap_or(0);
        Self {
            access_tokens: Throttle::new(limits.access_tokens_per_token_and_minute, MINUTE, clock),
            licenses: Throttle::new(per_hour, HOUR, clock),
            sessions: ByText(Throttle::new(limits.sessions_per_token_and_minute, MINUTE, clock)),
            open_requests: ByAddress(Throttle::new(
                limits.open_requests_per_address_and_minute,
                MINUTE,
                clock,
            )),
            failed_signatures: ByAddress(Throttle::new(
                limits.failed_signatures_per_address_and_minute,
                MINUTE,
                clock,
            )),
        }
    }
}

/// Counts by texts of others, which may be long: each key is their hash.
pub struct ByText(Throttle<[u8; 32]>);

impl ByText {
    /// Counts one.
    ///
    /// # Errors
    /// If it is one too many.
    pub fn check(&self, texts: &[&String]) -> Result<(), TooOften> {
        let hash = texts.iter().fold(Sha256::new(), |hash, text| {
            hash.chain_update(text.len().to_be_bytes()).chain_update(text)
        });
        self.0.check(&hash.finalize().into())
    }
}

/// Counts by addresses. Whoever has one of IPv6 has all that begin with the same 64 bits.
pub struct ByAddress(Throttle<IpAddr>);

impl ByAddress {
    /// Counts one.
    ///
    /// # Errors
    /// If it is one too many.
    pub fn check(&self, address: IpAddr) -> Result<(), TooOften> {
        self.0.check(&network(address))
    }
}

/// What stands for an address: itself, or its network of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

/// Our clock as the counting takes it.
#[derive(Clone)]
struct Elapsed(Arc<Clock>);

impl GovernorClock for Elapsed {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let elapsed_ms = u64::try_from(self.0.elapsed_ms()).unwrap_or_default();
        Duration::from_millis(elapsed_ms).into()
    }
}

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, Elapsed, NoOpMiddleware<Nanos>>;

/// Counts how often each key asks.
pub struct Throttle<K: Hash + Eq + Clone> {
    quota: Option<Quota>,
    clock: Elapsed,
    limiter: RwLock<Option<Limiter<K>>>,
}

impl<K: Hash + Eq + Clone> Throttle<K> {
    /// So many in a period, all at once or spread; 0 stands for no limit.
    fn new(count: u32, period: Duration, clock: &Arc<Clock>) -> Self {
        let each = NonZeroU32::new(count).and_then(|count| {
            Some(Quota::with_period(period.checked_div(count.get())?)?.allow_burst(count))
        });
        Self { quota: each, clock: Elapsed(Arc::clone(clock)), limiter: RwLock::default() }
    }

    /// Counts one.
    ///
    /// # Errors
    /// If it is one too many.
    pub fn check(&self, key: &K) -> Result<(), TooOften> {
        let Some(quota) = self.quota else { return Ok(()) };
        let limiter = self.limiter.read().unwrap_or_else(PoisonError::into_inner);
        let checked = limiter.as_ref().filter(|it| it.len() < KEYS_MAX).map(|it| it.check_key(key));
        drop(limiter);
        let checked = checked.unwrap_or_else(|| {
            let mut limiter = self.limiter.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(full) = limiter.as_ref() {
                full.retain_recent();
            }
            // One that is still nearly full would be cleared again at once.
            let kept = limiter.take().filter(|it| it.len() < KEYS_MAX / 2);
            let new = || RateLimiter::hashmap_with_clock(quota, self.clock.clone());
            limiter.insert(kept.unwrap_or_else(new)).check_key(key)
        });
        checked.map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            TooOften { retry_after_s: wait.as_secs() + 1 }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_counted_apart() {
        let clock = Arc::new(Clock::stopped(0));
        let throttle = Throttle::new(2, MINUTE, &clock);
        assert!(throttle.check(&"a").is_ok() && throttle.check(&"a").is_ok());
        let TooOften { retry_after_s } = throttle.check(&"a").unwrap_err();
        assert!((1..=31).contains(&retry_after_s), "{retry_after_s}");
        assert!(throttle.check(&"b").is_ok());
        let free = Throttle::new(0, MINUTE, &clock);
        assert!((0..1_000).all(|_| free.check(&"a").is_ok()));
    }

    #[test]
    fn an_address_of_ipv6_counts_as_its_network() {
        let check = |address: &str, expect: &str| {
            assert_eq!(network(address.parse().unwrap()), expect.parse::<IpAddr>().unwrap());
        };
        check("192.0.2.7", "192.0.2.7");
        check("::ffff:192.0.2.7", "192.0.2.7");
        check("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::");
        check("2001:db8:1:3::1", "2001:db8:1:3::");
    }

    #[test]
    fn texts_are_counted_by_where_they_end() {
        let clock = Arc::new(Clock::stopped(0));
        let sessions = ByText(Throttle::new(1, MINUTE, &clock));
        let [a, ab, b, bc, c] = ["a", "ab", "b", "bc", "c"].map(str::to_owned);
        assert!(sessions.check(&[&a, &bc]).is_ok() && sessions.check(&[&ab, &c]).is_ok());
        assert!(sessions.check(&[&a, &bc]).is_err() && sessions.check(&[&b, &c]).is_ok());
    }

    #[test]
    fn there_is_a_limit_on_keys() {
        let throttle = Throttle::new(1, HOUR, &Arc::new(Clock::stopped(0)));
        for key in 0..=KEYS_MAX {
            assert!(throttle.check(&key).is_ok());
        }
        let limiter = throttle.limiter.read().unwrap();
        assert_eq!(limiter.as_ref().unwrap().len(), 1, "all began anew");
    }
}
