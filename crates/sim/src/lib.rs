//! The simulator: random histories of many clients against real servers in one thread, judged by an
//! independent model.
//!
//! A history is made of nothing but its seed: requests, concurrent groups, duplicates, clock steps,
//! crashes, lost answers and conflicts. The servers are the shipped ones, from the dispatcher down
//! to SQLite or PostgreSQL; only time, chance and faults are the simulator's ([`world`],
//! [`fault`]). The [`model`] predicts every answer; after every step the rows of the tables are
//! compared with what it remembers ([`check`]). [`plant`] holds defects to be found. Beside all
//! that, [`recorded`] judges what real clients have seen.

pub mod calendar;
pub mod check;
pub mod database;
pub mod engine;
pub mod exchange;
pub mod fault;
pub mod generate;
pub mod history;
pub mod model;
pub mod plant;
pub mod random;
pub mod recorded;
pub mod report;
pub mod request;
pub mod timeline;
pub mod token;
pub mod world;

pub use history::{Scenario, Settings, run};
pub use plant::Plant;
pub use report::{Counts, Failure};
