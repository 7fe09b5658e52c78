//! Accounts: the sellers and buyers of a server, each named by twelve digits.

/// Length of an account id in digits.
pub const ACCOUNT_ID_LENGTH: usize = 12;

/// Whether `text` is an account id: exactly twelve decimal digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == ACCOUNT_ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The ARN of an account's root principal (reference 1.5).
pub fn root_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}
