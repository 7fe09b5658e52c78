//! AWS's wire protocols, and nothing of licenses.
//!
//! A request goes through here in three steps: [`route::route`] says which service, protocol and
//! operation it asks for; [`sigv4::parse`] and [`sigv4::Authorization::verify`] judge its
//! signature; [`json`] or [`query`] turn its body into members. What is refused on the way is a
//! [`fault::Fault`], which renders itself in the protocol of the request.
//!
//! There is no clock, no IO and no chance in this crate: the time is an argument, keys are handed
//! in, and the bytes are already in memory. No input makes it panic, and the work it does is
//! proportional to the bytes it is given.

pub mod fault;
pub mod json;
pub mod query;
pub mod route;
pub mod sigv4;

pub use fault::{Fault, Rendered};
pub use query::Xml;
pub use route::{Protocol, Route, Service};
pub use sigv4::{AuthFault, Authorization, RequestParts, SigningKey};
