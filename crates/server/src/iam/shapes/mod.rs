//! Shapes of requests and answers, as in the model; operations share those that are equal.

mod account;
mod attachments;
mod common;
mod groups;
mod inline;
mod keys;
mod names;
mod policies;
mod providers;
mod roles;
mod simulation;
mod texts;
mod users;

pub use account::*;
pub use attachments::*;
pub use common::*;
pub use groups::*;
pub use inline::*;
pub use keys::*;
pub use names::*;
pub use policies::*;
pub use providers::*;
pub use roles::*;
pub use simulation::*;
pub use texts::*;
pub use users::*;
