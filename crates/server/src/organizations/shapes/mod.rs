//! Shapes of requests and answers, as in the model; operations share those that are equal.

mod accounts;
mod handshakes;
mod names;
mod organization;
mod services;
mod texts;
mod units;

pub use accounts::*;
pub use handshakes::*;
pub use names::*;
pub use organization::*;
pub use services::*;
pub use texts::*;
pub use units::*;
