//! The domain of Leasehold: what a license is, and who may use how many units of it until when.
//!
//! Everything here is a value or a pure function of values: no clock, no chance, no async, no IO.
//! Time (milliseconds since 1970, UTC) and ids come in as arguments. Rule ids such as C11 or L22
//! name the rules of the behavioural reference; each decision cites those that it follows.

pub mod account;
pub mod checklist;
pub mod consume;
pub mod entitlement;
pub mod grant;
pub mod iam;
pub mod identity;
pub mod ids;
pub mod key;
pub mod license;
pub mod organization;
pub mod pool;
pub mod recount;
pub mod refusal;
pub mod session;
pub mod settings;
pub mod state;
pub mod tag;
pub mod time;
pub mod token;

pub use refusal::{Kind, Refusal};
