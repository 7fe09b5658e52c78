//! Shapes of requests and answers, as in the model; operations share those that are equal.

mod aliases;
mod keys;
mod names;
mod signing;
mod tags;
mod texts;

pub use aliases::*;
pub use keys::*;
pub use names::*;
pub use signing::*;
pub use tags::*;
pub use texts::*;

use crate::shape;

shape! {
    /// Nothing more to say.
    pub struct Nothing {}
}
