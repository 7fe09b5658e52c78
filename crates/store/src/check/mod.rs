//! Whether a database holds together: every pool counted anew from its check-outs, and everything
//! that is always true of the tables looked at.

mod books;
mod recount;
mod references;

pub use books::{Book, Books};

use crate::Tx;
use crate::error::{Error, Result};

/// Differences that are told in full; of further ones only how many they are.
pub const DIFFERENCES_MAX: usize = 1_000;

/// Somebody who watches a long command.
pub trait Watch {
    /// A step begins that goes over this many rows or bytes.
    fn begin(&mut self, step: &str, count: u64);

    /// So many more are done.
    fn advance(&mut self, count: u64);
}

/// Nobody.
impl Watch for () {
    fn begin(&mut self, _: &str, _: u64) {}

    fn advance(&mut self, _: u64) {}
}

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The license, or the table.
    pub subject: String,
    /// What of it.
    pub what: String,
    /// As it must be.
    pub expected: String,
    /// As it is.
    pub found: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { subject, what, expected, found } = self;
        write!(formatter, "{subject}: {what}: expected {expected}, found {found}")
    }
}

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Licenses whose pools were counted anew.
    pub licenses: u64,
    /// Check-outs that were counted.
    pub check_outs: u64,
    /// The first differences.
    pub differences: Vec<Difference>,
    /// How many there are in all.
    pub total: u64,
}

impl Report {
    /// Whether everything is as it must be.
    pub fn is_clean(&self) -> bool {
        self.total == 0
    }

    fn add(&mut self, found: impl IntoIterator<Item = Difference>) {
        for difference in found {
            self.total += 1;
            if self.differences.len() < DIFFERENCES_MAX {
                self.differences.push(difference);
            }
        }
    }
}

/// Checks everything, as of the moment at which the transaction began.
///
/// # Errors
/// What the database says; what cannot be read at all is an error and not a difference.
pub async fn check(tx: &mut Tx, watch: &mut dyn Watch) -> Result<Report> {
    let mut report = Report::default();
    if tx.is_sqlite() {
        watch.begin("checking the file", 0);
        for row in tx.query("PRAGMA integrity_check(100)", &[]).await? {
            if row.text(0)? != "ok" {
                return Err(Error::failed(format!("the file is damaged: {}", row.text(0)?)));
            }
        }
    }
    report.add(references::check(tx).await?);
    let mut books = Books::read(tx, watch).await?;
    report.add(std::mem::take(&mut books.differences));
    let is_sqlite = tx.is_sqlite();
    for book in books.licenses.values() {
        report.add(recount::compare(book, !is_sqlite));
    }
    report.licenses = u64::try_from(books.licenses.len()).unwrap_or(0);
    report.check_outs = books.check_outs;
    Ok(report)
}
