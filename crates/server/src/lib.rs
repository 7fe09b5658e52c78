//! The license server `leasehold`: the front door, the operations, and what runs beside them.
//!
//! A request comes in through [`http`], goes through [`dispatch`], which does once what is the same
//! for every operation, and reaches one of the operations that the tables of [`license`],
//! [`iam`], [`kms`], [`organizations`] and [`sts`] list. Check-outs, extensions and check-ins go
//! through the [`ledger`].

pub mod access;
pub mod admin;
pub mod auth;
pub mod chance;
pub mod cli;
pub mod clock;
pub mod config;
pub mod cx;
pub mod demo;
pub mod dispatch;
pub mod faults;
pub mod federation;
pub mod http;
pub mod iam;
pub mod issuer;
pub mod jwt;
pub mod key_uses;
pub mod keyring;
pub mod kms;
pub mod ledger;
pub mod license;
pub mod operation;
pub mod organizations;
pub mod principals;
pub mod refusals;
pub mod rights;
pub mod server;
pub mod session;
pub mod shape;
pub mod sts;
pub mod sweep;
pub mod telemetry;
pub mod throttle;
pub mod web;
