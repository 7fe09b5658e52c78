//! Handshakes: an organization invites an account, and the account answers.

use serde::{Deserialize, Serialize};

use super::{Cause, FeatureSet, Organization};
use crate::ids::Seed;
use crate::time::DAY_MS;

/// How long an invitation stays open.
pub const OPEN_MS: i64 = 15 * DAY_MS;
/// How long a handshake is kept after that.
pub const KEPT_MS: i64 = 30 * DAY_MS;
/// Handshakes that one organization has at a time, open and over.
pub const HANDSHAKES_MAX: i64 = 5_000;

/// What became of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HandshakeState {
    /// Asked for; invitations are open at once.
    Requested,
    /// The account can answer.
    Open,
    /// The organization took it back.
    Canceled,
    /// The account is in the organization.
    Accepted,
    /// The account does not want to be.
    Declined,
    /// The account did not answer in time.
    Expired,
}

impl HandshakeState {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Requested,
        Self::Open,
        Self::Canceled,
        Self::Accepted,
        Self::Declined,
        Self::Expired,
    ];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "REQUESTED",
            Self::Open => "OPEN",
            Self::Canceled => "CANCELED",
            Self::Accepted => "ACCEPTED",
            Self::Declined => "DECLINED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// `h-` and ten letters or digits.
    pub id: String,
    /// The organization that invites.
    pub organization: String,
    /// Its management account.
    pub management_account: String,
    /// What it is for.
    pub feature_set: FeatureSet,
    /// The account that is invited.
    pub account: String,
    /// A text for the account.
    pub notes: Option<String>,
    /// What became of it, but for [`HandshakeState::Expired`].
    pub state: HandshakeState,
    /// When, milliseconds.
    pub requested_at_ms: i64,
    /// Until when the account can answer, milliseconds.
    pub expires_at_ms: i64,
}

impl Handshake {
    /// A new invitation.
    pub fn new(organization: &Organization, account: &str, seed: &Seed, now_ms: i64) -> Self {
        Self {
            id: format!("h-{}", seed.alphanumeric("handshake", 10)),
            organization: organization.id.clone(),
            management_account: organization.management_account.clone(),
            feature_set: organization.feature_set,
            account: account.to_owned(),
            notes: None,
            state: HandshakeState::Open,
            requested_at_ms: now_ms,
            expires_at_ms: now_ms + OPEN_MS,
        }
    }

    /// Its ARN, for what it is about.
    pub fn arn(&self, action: &str) -> String {
        let (account, organization) = (&self.management_account, &self.organization);
        let action = action.to_lowercase();
        format!("arn:aws:organizations::{account}:handshake/{organization}/{action}/{}", self.id)
    }

    /// What became of it.
    pub fn state_at(&self, now_ms: i64) -> HandshakeState {
        if self.state == HandshakeState::Open && now_ms >= self.expires_at_ms {
            return HandshakeState::Expired;
        }
        self.state
    }

    /// Ends it.
    ///
    /// # Errors
    /// When it is over.
    pub fn end(&self, state: HandshakeState, now_ms: i64) -> Result<Self, Cause> {
        match self.state_at(now_ms) {
            HandshakeState::Open => Ok(Self { state, ..self.clone() }),
            found if found == state => Err(Cause::HandshakeIsInState),
            _ => Err(Cause::HandshakeIsOver),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_handshake_ends_and_only_once() {
        let seed = Seed::new([1; 32]);
        let organization = Organization::new("111122223333", FeatureSet::All, &seed);
        let open = Handshake::new(&organization, "444455556666", &seed, 0);
        let ends = [HandshakeState::Canceled, HandshakeState::Accepted, HandshakeState::Declined];
        for first in ends {
            let ended = open.end(first, OPEN_MS - 1).unwrap();
            assert_eq!(ended.state_at(OPEN_MS), first);
            for second in ends {
                let expect = if first == second {
                    Cause::HandshakeIsInState
                } else {
                    Cause::HandshakeIsOver
                };
                assert_eq!(ended.end(second, 1), Err(expect));
            }
            assert_eq!(open.end(first, OPEN_MS), Err(Cause::HandshakeIsOver));
        }
        assert_eq!(open.state_at(OPEN_MS), HandshakeState::Expired);
    }
}
