//! Temporary credentials (8.1): what a session is of, how long it may be and what it may carry.

use serde::{Deserialize, Serialize};

use crate::iam::{SESSION_SIZE_MAX, size};
use crate::identity::{Entity, Role};
use crate::ids::Seed;
use crate::refusal::{Kind, Refusal};

/// How long a session is where the request does not say, seconds.
pub const ROLE_LIFE_DEFAULT_S: i32 = 3_600;
/// How long that of a user is where the request does not say, seconds.
pub const USER_LIFE_DEFAULT_S: i32 = 43_200;
/// How long that of an account's root may be, seconds.
pub const ROOT_LIFE_MAX_S: i32 = 3_600;
/// How long that of a role may be which another session of a role asks for, seconds.
const CHAINED_LIFE_MAX_S: i32 = 3_600;
/// Managed policies that a session may be limited by.
const POLICY_ARNS_MAX: usize = 10;
/// Characters that policies, tags and names of a session may have together.
const PACKED_MAX: usize = 4_096;

/// Why there is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// A web identity token that cannot be believed.
    InvalidIdentityToken,
    /// A web identity token that is over.
    ExpiredToken,
    /// The provider's keys cannot be had.
    ProviderUnreachable,
    /// A session policy that is none.
    MalformedPolicy,
    /// Policies and tags that are too much together.
    PackedPolicyTooLarge,
    /// Nobody lets the caller.
    Denied,
    /// A value out of its domain.
    Validation,
}

impl Cause {
    /// A refusal with a text for the client.
    pub fn because(self, message: impl Into<String>) -> Refusal {
        Refusal::new(Kind::Session(self), "8.1", message)
    }
}

/// What a session is of, and what it carries. Nobody keeps it: it is sealed in the session token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Account.
    pub account: String,
    /// Secret of its access key.
    pub secret: String,
    /// Beginning, milliseconds.
    pub issued_at_ms: i64,
    /// End, milliseconds.
    pub expires_at_ms: i64,
    /// Of what.
    pub of: Of,
    /// What it is limited by.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub policy: Option<String>,
    /// Managed policies that it is limited by, by ARN.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub policy_arns: Vec<String>,
    /// Its own tags.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub tags: Vec<(String, String)>,
    /// Keys of its tags that the next session in a chain has, too.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub transitive: Vec<String>,
    /// Who asked for it, if said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source_identity: Option<String>,
    /// Whose token it was given for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub web_identity: Option<WebIdentity>,
}

/// What a session is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// The account's root.
    Root,
    /// A user, by its id.
    User(String),
    /// A role, by its id, under this name of the session.
    Role(String, String),
}

/// Whom an identity provider vouched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebIdentity {
    /// The provider, without its scheme.
    pub issuer: String,
    /// `:sub`.
    pub sub: String,
    /// `:aud`.
    pub aud: String,
    /// `:amr`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub amr: Vec<String>,
    /// The token's id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token: Option<String>,
    /// The license that the token is for: the only one that the session can use (C9).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub license: Option<String>,
}

impl std::fmt::Debug for Session {
    /// Prints nothing of the secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Session");
        shown.field("account", &self.account).field("of", &self.of).finish_non_exhaustive()
    }
}

impl Session {
    /// The only license that the session can use, if there is one (C9).
    pub fn license(&self) -> Option<&str> {
        self.web_identity.as_ref()?.license.as_deref()
    }

    /// Whether it may do other than its role or user.
    pub fn changes_rights(&self) -> bool {
        self.policy.is_some() || !self.policy_arns.is_empty() || !self.tags.is_empty()
    }

    /// Whether it is of a role.
    pub fn is_of_role(&self) -> bool {
        matches!(self.of, Of::Role(..))
    }
}

/// The ARN of a session of a role.
pub fn assumed_role_arn(role: &Entity, name: &str) -> String {
    format!("arn:aws:sts::{}:assumed-role/{}/{name}", role.account, role.name)
}

/// How long a session of a role is, seconds.
///
/// # Errors
/// If it is asked to be longer than the role, or the chain, allows.
pub fn role_life_s(asked: Option<i32>, role: &Role, is_chained: bool) -> Result<i32, Refusal> {
    let life_s = asked.unwrap_or(ROLE_LIFE_DEFAULT_S);
    if life_s > role.session_max_s {
        let text =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(Cause::Validation.because(text));
    }
    if is_chained && life_s > CHAINED_LIFE_MAX_S {
        let text = "The requested DurationSeconds exceeds the 1 hour session limit for roles \
                    assumed by role chaining.";
        return Err(Cause::Validation.because(text));
    }
    Ok(life_s)
}

/// How full a session is, percent: `PackedPolicySize`. Nothing where it carries nothing.
///
/// # Errors
/// If it is too full, or limited by too many policies.
pub fn packed_size(
    policy: Option<&str>,
    policy_arns: &[String],
    tags: &[(String, String)],
) -> Result<Option<i32>, Refusal> {
    if policy_arns.len() > POLICY_ARNS_MAX {
        let text = format!("PolicyArns: a session may have {POLICY_ARNS_MAX} policies.");
        return Err(Cause::Validation.because(text));
    }
    let too_large = |text: String| Err(Cause::PackedPolicyTooLarge.because(text));
    let of_policy = policy.map_or(0, size);
    if of_policy > SESSION_SIZE_MAX {
        return too_large(format!("Policy: it has {of_policy} characters of {SESSION_SIZE_MAX}."));
    }
    let of_arns: usize = policy_arns.iter().map(|arn| arn.chars().count()).sum();
    let of_tags: usize =
        tags.iter().map(|(key, value)| key.chars().count() + value.chars().count()).sum();
    let all = of_policy + of_arns + of_tags;
    let percent = (all * 100).div_ceil(PACKED_MAX);
    if percent > 100 {
        return too_large(format!("Policies and tags take {percent} % of the room for them."));
    }
    Ok(i32::try_from(percent).ok().filter(|_| all > 0))
}

/// The id of a temporary access key. As AWS's do, it says whose it is.
pub fn draw_key_id(seed: &Seed, account: &str) -> String {
    let account: u128 = account.parse().unwrap_or(0);
    let bits = account << 40 | u128::from(seed.number("session key")) & 0xff_ffff_ffff;
    let letter = |index: u32| {
        let digit = u8::try_from(bits >> (75 - 5 * index) & 31).unwrap_or(0);
        char::from(if digit < 26 { b'A' + digit } else { b'2' + digit - 26 })
    };
    format!("{PREFIX}{}", (0..16).map(letter).collect::<String>())
}

/// How ids of temporary access keys begin.
const PREFIX: &str = "ASIA";

/// The account that the id of a temporary access key names.
pub fn account_of_key(id: &str) -> Option<String> {
    let letters = id.strip_prefix(PREFIX).filter(|letters| letters.len() == 16)?;
    let bits = letters.bytes().try_fold(0_u128, |bits, letter| {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        Some(bits << 5 | u128::from(digit))
    })?;
    Some(format!("{:012}", bits >> 40)).filter(|account| account.len() == 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_keys_say_whose_they_are() {
        for account in ["111122223333", "000000000001", "999999999999"] {
            let id = draw_key_id(&Seed::new([3; 32]), account);
            assert_eq!(id.len(), 20);
            assert_eq!(account_of_key(&id).as_deref(), Some(account), "{id}");
        }
        for bad in
            ["", "ASIA", "AKIAAAAAAAAAAAAAAAAA", "ASIA1AAAAAAAAAAAAAAA", "ASIA7777777777777777"]
        {
            assert_eq!(account_of_key(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_session_is_no_longer_than_its_role_allows() {
        let role = Role {
            trust: String::new(),
            trusted: std::collections::BTreeMap::new(),
            description: None,
            session_max_s: 7_200,
        };
        let check = |asked: Option<i32>, is_chained: bool, expect: Option<i32>| {
            assert_eq!(role_life_s(asked, &role, is_chained).ok(), expect, "{asked:?}");
        };
        check(None, false, Some(3_600));
        check(Some(7_200), false, Some(7_200));
        check(Some(7_201), false, None);
        check(Some(3_600), true, Some(3_600));
        check(Some(3_601), true, None);
    }

    #[test]
    fn what_a_session_carries_is_bounded() {
        let check = |policy: usize, arns: usize, expect: Result<Option<i32>, Cause>| {
            let policy = Some("x".repeat(policy)).filter(|policy| !policy.is_empty());
            let arns = vec!["a".repeat(200); arns];
            let found = packed_size(policy.as_deref(), &arns, &[]);
            let found = found.map_err(|refusal| refusal.kind);
            assert_eq!(found, expect.map_err(Kind::Session));
        };
        check(0, 0, Ok(None));
        check(1, 0, Ok(Some(1)));
        check(2_048, 10, Ok(Some(99)));
        check(2_049, 0, Err(Cause::PackedPolicyTooLarge));
        check(0, 11, Err(Cause::Validation));
        let tags = vec![("k".repeat(128), "v".repeat(256)); 11];
        assert!(packed_size(None, &[], &tags).is_err());
    }
}
