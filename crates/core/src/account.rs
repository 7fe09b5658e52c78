//! Accounts: the sellers and buyers of a server, each named by twelve digits.

use crate::ids::Seed;

/// Length of an account id in digits.
pub const ACCOUNT_ID_LENGTH: usize = 12;

/// Whether `text` is an account id: exactly twelve decimal digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == ACCOUNT_ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number for a new account. The first digit is not 0, which tools that read numbers would drop.
pub fn draw_id(seed: &Seed) -> String {
    (seed.number("account") % 900_000_000_000 + 100_000_000_000).to_string()
}

/// The ARN of an account's root principal (reference 1.5).
pub fn root_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}
