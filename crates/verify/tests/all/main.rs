//! The verifier from outside, with tokens that other people's code signed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    reason = "all of this crate is tests, and the lints only see the functions marked so"
)]

mod claims;
#[cfg(feature = "clock-guard")]
mod clock_guard;
mod jws;
mod keys;
mod mutations;
mod rfc;
mod signer;
mod wycheproof;
