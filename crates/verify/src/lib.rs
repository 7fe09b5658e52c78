//! Verifies signed licenses offline, inside the software that they are for.
//!
//! A license server signs what it lends to a machine without a network: a token, in the form of a
//! JWT, that says what the machine may use until when (reference 6.1). The vendor builds the
//! public key into the software, and the software asks this crate:
//!
//! ```
//! use leasehold_verify::{Check, PublicKey, Wanted, verify};
//!
//! fn may_start(token: &str, public_pem: &str, now_ms: i64) -> Result<bool, String> {
//!     let key = PublicKey::from_pem(public_pem).map_err(|error| error.to_string())?;
//!     let check = Check {
//!         now_ms,
//!         node_id: Some("MyNodeId"),
//!         wanted: &[Wanted { name: "Users", value: Some("1") }],
//!     };
//!     let license = verify(token, &key, &check).map_err(|refusal| refusal.to_string())?;
//!     Ok(license.entitlement("Export").is_some())
//! }
//! ```
//!
//! [`verify`] is a function of its arguments: no clock, no files, no network, no global state. What
//! it allocates depends on the length of the token, which is limited, and on the size of the key.
//! [`ClockGuard`] is the one part that touches a file, and the feature `clock-guard` takes it out.

mod algorithm;
mod claims;
#[cfg(feature = "clock-guard")]
mod clock_guard;
mod jws;
mod key;
mod license;
mod refusal;
mod signature;
mod time;

pub use algorithm::Algorithm;
pub use claims::{Entitlement, License};
#[cfg(feature = "clock-guard")]
pub use clock_guard::{ClockError, ClockGuard, Seen};
pub use jws::TOKEN_BYTES_MAX;
pub use key::{KeyError, PublicKey};
pub use license::{Check, Wanted, verify};
pub use refusal::{Malformed, Refusal, Shortfall};
pub use time::DRIFT_MAX_MS;
