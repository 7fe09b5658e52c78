//! How many and how long (IAM and STS quotas). What a client could make grow without end is always
//! limited; what only protects a shared service is a setting (section 12).

use std::fmt::Display;

use super::{Cause, Kind};
use crate::Refusal;

/// Access keys of one user.
pub const KEYS_MAX: usize = 2;
/// Groups that one user is in.
pub const GROUPS_OF_USER_MAX: usize = 10;
/// Managed policies attached to one user, group or role: AWS's highest quota.
pub const ATTACHMENTS_MAX: usize = 20;
/// Versions of one managed policy.
pub const VERSIONS_MAX: usize = 5;
/// Audiences of one provider.
pub const CLIENT_IDS_MAX: usize = 100;
/// Thumbprints of one provider.
pub const THUMBPRINTS_MAX: usize = 5;
/// Characters of a managed policy, white space aside.
pub const POLICY_SIZE_MAX: usize = 6_144;
/// Characters of a trust policy, white space aside: AWS's highest quota.
pub const TRUST_SIZE_MAX: usize = 8_192;

/// Characters of all inline policies together, white space aside.
pub fn inline_size_max(kind: Kind) -> usize {
    match kind {
        Kind::User => 2_048,
        Kind::Group => 5_120,
        Kind::Role | Kind::Policy | Kind::Provider => 10_240,
    }
}

/// The size of a document: white space is not counted.
pub fn size(document: &str) -> usize {
    document.chars().filter(|character| !character.is_whitespace()).count()
}

/// Refuses what comes after the last that fits.
///
/// # Errors
/// [`Cause::LimitExceeded`] when `count` have the place of `max` already.
pub fn check_room<N: PartialOrd + Display + Copy>(
    count: N,
    max: N,
    quota: &str,
) -> Result<(), Refusal> {
    if count < max {
        return Ok(());
    }
    Err(exceeded(max, quota))
}

/// Refuses what is longer than fits.
///
/// # Errors
/// [`Cause::LimitExceeded`].
pub fn check_size(size: usize, max: usize, quota: &str) -> Result<(), Refusal> {
    if size <= max {
        return Ok(());
    }
    Err(exceeded(max, quota))
}

fn exceeded(max: impl Display, quota: &str) -> Refusal {
    Cause::LimitExceeded.because(format!("Cannot exceed quota for {quota}: {max}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_fits_and_the_next_does_not() {
        assert!(check_room(1, 2, "X").is_ok());
        assert_eq!(check_room(2, 2, "X").unwrap_err().message, "Cannot exceed quota for X: 2");
        assert!(check_size(2, 2, "X").is_ok());
        assert_eq!(check_size(3, 2, "X").unwrap_err().message, "Cannot exceed quota for X: 2");
        assert_eq!(size("{ \"a\":\n1}"), 7);
    }
}
