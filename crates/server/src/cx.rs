//! What every operation gets: when, who, where, and the chance of this request.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use leasehold_core::ids::Seed;

use crate::auth::Caller;
use crate::config::Policy;

/// Numbers of which none is given twice; later ones are greater.
#[derive(Clone, Debug)]
pub struct Serials(Arc<AtomicI64>);

impl Serials {
    /// Numbers after this one.
    pub fn after(last: i64) -> Self {
        Self(Arc::new(AtomicI64::new(last)))
    }

    /// The next number.
    pub fn next(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// The context of one request. Time and chance entered at the door and are the same however often
/// its transaction is run.
#[derive(Clone, Debug)]
pub struct Cx {
    /// Now, milliseconds since 1970 in UTC.
    pub now_ms: i64,
    /// Where ids come from.
    pub seed: Seed,
    /// Where the rows of new things come from.
    pub serials: Serials,
    /// Id of the request, for the client and the log.
    pub request_id: String,
    /// Region that was called (W26).
    pub region: String,
    /// Who calls.
    pub caller: Caller,
    /// The server's settings that operations follow.
    pub policy: Arc<Policy>,
}
