//! The two databases behind one name.

use std::sync::Arc;

use crate::{postgres, sqlite};

/// An open database of either kind.
#[derive(Clone)]
pub enum Driver {
    /// Embedded.
    Sqlite(Arc<sqlite::Database>),
    /// Shared.
    Postgres(Arc<postgres::Database>),
}
