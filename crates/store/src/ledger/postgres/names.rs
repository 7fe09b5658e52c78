//! What a batch asks for, before anything is read.

use std::collections::HashSet;

use leasehold_core::consume::Command;
use leasehold_core::state::Selection;
use tokio_postgres::{Client, Error, Row, Statement};

use super::{Parameter, query_if};

/// What the commands of a batch name.
#[derive(Default)]
pub struct Names {
    /// Each once.
    pub selections: HashSet<Selection>,
    pub seats: Vec<Vec<u8>>,
    pub seqs: Vec<i64>,
    pub licenses: Vec<i64>,
    pub grants: Vec<i64>,
    /// Whether something is to be borrowed.
    any_borrow: bool,
    pub client_keys: Vec<Vec<u8>>,
}

impl Names {
    /// Collects them.
    pub fn of(commands: &[Command]) -> Self {
        let mut names = Self::default();
        for command in commands {
            match command {
                Command::CheckOut(check_out) => {
                    names.client_keys.push(check_out.client_key.to_vec());
                    names.seats.extend(check_out.seat.map(|seat| seat.to_vec()));
                    if !names.selections.contains(&check_out.selection) {
                        names.selections.insert(check_out.selection.clone());
                    }
                }
                Command::Borrow(borrow) => {
                    names.client_keys.push(borrow.check_out.client_key.to_vec());
                    names.licenses.push(borrow.license);
                    names.any_borrow = true;
                    names.grants.extend(borrow.grants.iter().flatten());
                }
                Command::Repeat(it) => names.client_keys.push(it.client_key.to_vec()),
                Command::ConfirmBorrow(made) => names.seqs.push(made.token.seq),
                Command::Extend(extend) => names.seqs.push(extend.token.seq),
                Command::CheckIn(check_in) => names.seqs.push(check_in.token.seq),
                Command::Usage { license } => names.licenses.push(*license),
            }
        }
        names
    }

    /// Whether the batch changes nothing: it names licenses, and no check-outs old or new.
    pub fn only_read(&self) -> bool {
        self.seqs.is_empty() && self.client_keys.is_empty()
    }

    /// Whether a borrow, new or old, may be among them.
    pub fn any_borrowed(&self) -> bool {
        self.any_borrow || !self.seqs.is_empty()
    }

    /// Whether it names check-outs that are there.
    pub fn any_made(&self) -> bool {
        !(self.seqs.is_empty() && self.seats.is_empty())
    }
}

/// Selections as the arrays that a statement takes: those by a beneficiary, or those by a grant.
#[derive(Default)]
pub struct Selected {
    accounts: Vec<String>,
    beneficiaries: Vec<Option<String>>,
    skus: Vec<String>,
}

impl Selected {
    /// Both, the ones by a beneficiary first.
    pub fn of<'a>(selections: impl IntoIterator<Item = &'a Selection>) -> (Self, Self) {
        let (mut sold, mut granted) = (Self::default(), Self::default());
        for selection in selections {
            let columns = if selection.beneficiary.is_some() { &mut sold } else { &mut granted };
            columns.accounts.push(selection.account.clone());
            columns.beneficiaries.push(selection.beneficiary.clone());
            columns.skus.push(selection.product_sku.clone());
        }
        (sold, granted)
    }

    /// Asks a statement for their candidates, if there are any.
    ///
    /// # Errors
    /// What the database says.
    pub async fn query(&self, client: &Client, statement: &Statement) -> Result<Vec<Row>, Error> {
        let columns: [Parameter; 3] = [&self.accounts, &self.beneficiaries, &self.skus];
        query_if(!self.accounts.is_empty(), client, statement, &columns).await
    }
}
