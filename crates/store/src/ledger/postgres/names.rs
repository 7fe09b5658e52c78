//! What a batch asks for, before anything is read.

use leasehold_core::consume::Command;
use leasehold_core::state::State;

/// What the commands of a batch name.
#[derive(Default)]
pub struct Names {
    pub accounts: Vec<String>,
    pub beneficiaries: Vec<String>,
    pub skus: Vec<String>,
    pub grantees: Vec<String>,
    pub granted_skus: Vec<String>,
    pub seats: Vec<Vec<u8>>,
    pub seqs: Vec<i64>,
    pub licenses: Vec<i64>,
    pub client_keys: Vec<Vec<u8>>,
}

impl Names {
    /// Whether the batch changes nothing: it names licenses, and no check-outs old or new.
    pub fn only_read(&self) -> bool {
        self.seqs.is_empty() && self.client_keys.is_empty()
    }

    /// Whether a grant may have a part in it.
    pub fn may_need_grants(&self) -> bool {
        !(self.grantees.is_empty() && self.seqs.is_empty() && self.seats.is_empty())
    }

    /// Collects them, each selection once; the state learns which selections there are.
    pub fn of(commands: &[Command], state: &mut State) -> Self {
        let mut names = Self::default();
        for command in commands {
            match command {
                Command::CheckOut(check_out) => {
                    names.client_keys.push(check_out.client_key.to_vec());
                    names.seats.extend(check_out.seat.map(|seat| seat.to_vec()));
                    let selection = &check_out.selection;
                    if state.candidates.contains_key(selection) {
                        continue;
                    }
                    state.candidates.insert(selection.clone(), Vec::new());
                    if let Some(beneficiary) = &selection.beneficiary {
                        names.accounts.push(selection.account.clone());
                        names.beneficiaries.push(beneficiary.clone());
                        names.skus.push(selection.product_sku.clone());
                    } else {
                        names.grantees.push(selection.account.clone());
                        names.granted_skus.push(selection.product_sku.clone());
                    }
                }
                Command::Extend(extend) => names.seqs.push(extend.token.seq),
                Command::CheckIn(check_in) => names.seqs.push(check_in.token.seq),
                Command::Usage { license } => names.licenses.push(*license),
            }
        }
        names
    }
}
