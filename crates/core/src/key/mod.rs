//! Keys for signing: what they are, in which state, and what each state allows (reference 6.3).

mod algorithm;
mod cause;
mod names;
mod policy;

pub use algorithm::{KeySpec, SigningAlgorithm};
pub use cause::Cause;
pub use names::{
    ALIAS_PREFIX, KeyName, alias_arn, arn, check_alias, check_new_alias, read as read_name,
};
pub use policy::{Policy, default_policy};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::DAY_MS;

/// Keys that an account may have in a Region.
pub const KEYS_MAX: i64 = 10_000;
/// Aliases that a key may have.
pub const ALIASES_MAX: i64 = 50;
/// Days that a key waits for its deletion, at the least and at the most.
pub const WINDOW_DAYS: std::ops::RangeInclusive<i32> = 7..=30;
/// Days that it waits where the request does not say.
pub const WINDOW_DAYS_DEFAULT: i32 = 30;

/// What a key can be used for at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// For everything.
    Enabled,
    /// For nothing, until it is enabled.
    Disabled,
    /// For nothing; it is gone at this instant (milliseconds) unless that is called off.
    PendingDeletion(i64),
}

/// A key, without its private half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// A UUID.
    pub id: String,
    /// Account that owns it.
    pub account: String,
    /// Region that it was made in, and is used in.
    pub region: String,
    /// What for, in the owner's words.
    pub description: String,
    /// Its kind.
    pub spec: KeySpec,
    /// What it can be used for.
    pub state: State,
    /// Creation, milliseconds.
    pub created_at_ms: i64,
    /// Who may use it: the document as sent.
    pub policy: String,
    /// The ids of the principals that the policy names, by ARN, when it was written.
    #[serde(default)]
    pub principals: BTreeMap<String, String>,
}

impl Key {
    /// Its ARN.
    pub fn arn(&self) -> String {
        arn(&self.region, &self.account, &self.id)
    }

    /// Whether its deletion is over: it is as if it had never been.
    pub fn is_gone(&self, now_ms: i64) -> bool {
        matches!(self.state, State::PendingDeletion(at_ms) if at_ms <= now_ms)
    }

    /// For signing, for verifying and for giving out its public half.
    ///
    /// # Errors
    /// If it is disabled or waits for its deletion.
    pub fn check_usable(&self) -> Result<(), Cause> {
        match self.state {
            State::Enabled => Ok(()),
            State::Disabled => Err(Cause::Disabled),
            State::PendingDeletion(_) => Err(Cause::PendingDeletion),
        }
    }

    /// For what makes changes to it.
    ///
    /// # Errors
    /// If it waits for its deletion.
    pub fn check_kept(&self) -> Result<(), Cause> {
        match self.state {
            State::Enabled | State::Disabled => Ok(()),
            State::PendingDeletion(_) => Err(Cause::PendingDeletion),
        }
    }

    /// Whether it can sign so.
    ///
    /// # Errors
    /// If its kind has no such signatures.
    pub fn check_algorithm(&self, algorithm: SigningAlgorithm) -> Result<(), Cause> {
        let can = self.spec.algorithms().contains(&algorithm);
        if can { Ok(()) } else { Err(Cause::WrongAlgorithm) }
    }

    /// Enables or disables it.
    ///
    /// # Errors
    /// If it waits for its deletion.
    pub fn enable(&mut self, is_enabled: bool) -> Result<(), Cause> {
        self.check_kept()?;
        self.state = if is_enabled { State::Enabled } else { State::Disabled };
        Ok(())
    }

    /// Has it deleted after so many days; returns when.
    ///
    /// # Errors
    /// If it waits already, or for a number of days outside of [`WINDOW_DAYS`].
    pub fn schedule_deletion(&mut self, days: i32, now_ms: i64) -> Result<i64, Cause> {
        if !WINDOW_DAYS.contains(&days) {
            return Err(Cause::WrongWindow);
        }
        self.check_kept()?;
        let at_ms = now_ms.saturating_add(i64::from(days) * DAY_MS);
        self.state = State::PendingDeletion(at_ms);
        Ok(at_ms)
    }

    /// Calls the deletion off; the key is disabled then.
    ///
    /// # Errors
    /// If there is none.
    pub fn cancel_deletion(&mut self) -> Result<(), Cause> {
        match self.state {
            State::PendingDeletion(_) => {
                self.state = State::Disabled;
                Ok(())
            }
            State::Enabled | State::Disabled => Err(Cause::NotPendingDeletion),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_600_000_000_000;

    fn key(state: State) -> Key {
        Key {
            id: "1b4d9c1e-0000-4000-8000-000000000000".to_owned(),
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            description: String::new(),
            spec: KeySpec::Rsa2048,
            state,
            created_at_ms: NOW_MS,
            policy: String::new(),
            principals: BTreeMap::new(),
        }
    }

    /// Every transition of every state.
    #[test]
    fn states_change_as_they_may() {
        let pending = State::PendingDeletion(NOW_MS + 7 * DAY_MS);
        let check = |from, change: fn(&mut Key) -> Result<(), Cause>, expect| {
            let mut key = key(from);
            let changed = change(&mut key).map(|()| key.state);
            assert_eq!(changed, expect, "{from:?}");
            assert!(changed.is_ok() || key.state == from, "a refusal changes nothing");
        };
        for from in [State::Enabled, State::Disabled] {
            check(from, |key| key.enable(true), Ok(State::Enabled));
            check(from, |key| key.enable(false), Ok(State::Disabled));
            check(from, |key| key.schedule_deletion(7, NOW_MS).map(drop), Ok(pending));
            check(from, |key| key.schedule_deletion(6, NOW_MS).map(drop), Err(Cause::WrongWindow));
            check(from, |key| key.schedule_deletion(31, NOW_MS).map(drop), Err(Cause::WrongWindow));
            check(from, Key::cancel_deletion, Err(Cause::NotPendingDeletion));
        }
        let refused = Err(Cause::PendingDeletion);
        check(pending, |key| key.enable(true), refused);
        check(pending, |key| key.enable(false), refused);
        check(pending, |key| key.schedule_deletion(7, NOW_MS).map(drop), refused);
        check(pending, Key::cancel_deletion, Ok(State::Disabled));
    }

    #[test]
    fn only_an_enabled_key_can_be_used() {
        assert_eq!(key(State::Enabled).check_usable(), Ok(()));
        assert_eq!(key(State::Disabled).check_usable(), Err(Cause::Disabled));
        let pending = key(State::PendingDeletion(NOW_MS));
        assert_eq!(pending.check_usable(), Err(Cause::PendingDeletion));
        assert!(pending.is_gone(NOW_MS) && !pending.is_gone(NOW_MS - 1));
        assert!(!key(State::Enabled).is_gone(i64::MAX));
    }

    #[test]
    fn a_key_signs_as_its_kind_does() {
        let key = key(State::Enabled);
        assert_eq!(key.check_algorithm(SigningAlgorithm::RsassaPssSha384), Ok(()));
        let wrong = key.check_algorithm(SigningAlgorithm::EcdsaSha256);
        assert_eq!(wrong, Err(Cause::WrongAlgorithm));
    }
}
