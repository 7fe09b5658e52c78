//! What every operation gets: when, who, where, and the chance of this request.

use std::sync::Arc;

use leasehold_core::ids::Seed;

use crate::auth::Caller;
use crate::config::Policy;

/// The context of one request. Time and chance entered at the door and are the same however often
/// its transaction is run.
#[derive(Clone, Debug)]
pub struct Cx {
    /// Now, milliseconds since 1970 in UTC.
    pub now_ms: i64,
    /// Where ids come from.
    pub seed: Seed,
    /// A number that no other request has; later requests have greater ones.
    pub serial: i64,
    /// Id of the request, for the client and the log.
    pub request_id: String,
    /// Region that was called (W26).
    pub region: String,
    /// Who calls.
    pub caller: Caller,
    /// The server's settings that operations follow.
    pub policy: Arc<Policy>,
}
