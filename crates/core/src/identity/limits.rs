//! How many and how long (IAM and STS quotas). What a client could make grow without end is always
//! limited; what only protects a shared service is a setting (section 12).

use std::fmt::Display;

use super::{Cause, Kind};
use crate::{Refusal, iam};

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

/// The size of all inline policies together.
pub fn inline_size_max(kind: Kind) -> usize {
    match kind {
        Kind::User => iam::USER_INLINE_SIZE_MAX,
        Kind::Group => iam::GROUP_INLINE_SIZE_MAX,
        Kind::Role | Kind::Policy | Kind::Provider => iam::ROLE_INLINE_SIZE_MAX,
    }
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
    }
}
