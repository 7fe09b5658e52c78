//! The contract of the store: one suite, run on SQLite and on PostgreSQL, and tests of failures.
//!
//! PostgreSQL is the server that `LEASEHOLD_TEST_POSTGRES` names, where `CREATE DATABASE` must be
//! allowed: each test makes a database of its own. Without the variable those tests say so and
//! pass.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "all of this crate is tests, and the lints only see the functions marked so"
)]

/// Makes two tests of each named function: on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $test() {
                crate::database::on_sqlite(super::$test);
            })+
        }
        mod postgres {
            $(#[test]
            fn $test() {
                crate::database::on_postgres(super::$test);
            })+
        }
    };
}

mod accounts;
mod backups;
mod batches;
mod borrows;
mod cancelled;
mod checks;
mod consumptions;
mod copies;
mod database;
mod faults;
mod files;
mod full_disk;
mod grants;
mod histories;
mod iam;
mod licenses;
mod organizations;
mod requests;
mod restarts;
mod servers;
mod shop;
mod starts;
mod transactions;
