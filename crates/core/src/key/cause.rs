//! Why the key service says no: one cause for each, with its text. The server's table gives each
//! the exception that AWS models.

use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::refusal::Kind;

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// There is no such key, for this caller in this Region.
    KeyNotFound,
    /// There is no such alias.
    AliasNotFound,
    /// An ARN of something else, or of nothing.
    WrongArn,
    /// An alias where a key's id or ARN must stand.
    AliasNotTaken,
    /// A key of another account, for what is its owner's alone or its policy does not allow.
    AccessDenied,
    /// The key is disabled.
    Disabled,
    /// The key waits for its deletion.
    PendingDeletion,
    /// The key does not wait for its deletion.
    NotPendingDeletion,
    /// More or fewer days than a deletion can wait.
    WrongWindow,
    /// The key cannot sign so.
    WrongAlgorithm,
    /// A digest that is not as long as the algorithm's.
    WrongDigest,
    /// Messages are signed as they are or by their digest, and not in this way.
    WrongMessageType,
    /// The signature is not the message's.
    WrongSignature,
    /// A kind of key that this server does not keep.
    SpecNotKept,
    /// KeySpec and CustomerMasterKeySpec, which are two names of one thing, differ.
    TwoSpecs,
    /// Keys of this server sign, and do nothing else.
    UsageNotKept,
    /// A key from elsewhere, in several Regions, or in a store of the caller's.
    OriginNotKept,
    /// Another policy than the one that a key has.
    WrongPolicyName,
    /// A policy that is none.
    WrongPolicy,
    /// A policy that names a user or role that is not there.
    WrongPrincipal,
    /// A policy by which the owner could not change it again.
    LockedOut,
    /// Tags that are not as they must be.
    WrongTags,
    /// More tags than a key may have.
    TooManyTags,
    /// More keys than [`super::KEYS_MAX`].
    TooManyKeys,
    /// More aliases than [`super::ALIASES_MAX`].
    TooManyAliases,
    /// The account has an alias of this name in this Region.
    AliasTaken,
    /// No name of an alias.
    WrongAlias,
    /// No name for a new alias.
    WrongNewAlias,
    /// The marker of another list.
    WrongMarker,
    /// There are no grants of keys, so there are no tokens of them.
    WrongGrantToken,
    /// All is well, and nothing was to be done.
    DryRun,
    /// What keeps the private half does not answer, or is not there.
    Unavailable,
}

impl Cause {
    /// Text for the client: what to do.
    fn text(self) -> &'static str {
        match self {
            Self::KeyNotFound => "KeyId: your account has no such key in this Region.",
            Self::AliasNotFound => "Your account has no such alias in this Region.",
            Self::WrongArn => "KeyId: this is no ARN of a key or alias.",
            Self::AliasNotTaken => "KeyId: give the key's id or ARN here; an alias is not taken.",
            Self::AccessDenied => {
                "The key belongs to another account, and its policy does not allow this."
            }
            Self::Disabled => "The key is disabled; enable it first.",
            Self::PendingDeletion => "The key is pending deletion; call the deletion off first.",
            Self::NotPendingDeletion => "The key is not pending deletion.",
            Self::WrongWindow => "PendingWindowInDays must be 7 to 30.",
            Self::WrongAlgorithm => "SigningAlgorithm: the key's spec has no such signatures.",
            Self::WrongDigest => {
                "Message: with MessageType DIGEST it must be as long as the digests of \
                 SigningAlgorithm are."
            }
            Self::WrongMessageType => "MessageType must be RAW or DIGEST for keys of this spec.",
            Self::WrongSignature => "The signature is not one of this message by this key.",
            Self::SpecNotKept => {
                "KeySpec: this server keeps RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256 and \
                 ECC_NIST_P384."
            }
            Self::TwoSpecs => {
                "KeySpec and CustomerMasterKeySpec are two names of one thing; give one of them."
            }
            Self::UsageNotKept => "KeyUsage: this server keeps keys for SIGN_VERIFY only.",
            Self::OriginNotKept => {
                "This server makes its keys itself, each in one Region; leave Origin, \
                 CustomKeyStoreId, XksKeyId and MultiRegion out."
            }
            Self::WrongPolicyName => "PolicyName: a key has one policy, and it is named default.",
            Self::WrongPolicy => {
                "Policy must be a JSON policy document with statements of Effect, Principal, \
                 Action and Resource."
            }
            Self::WrongPrincipal => {
                "Policy contains a statement with one or more invalid principals: each user, role \
                 and session that it names must be there."
            }
            Self::LockedOut => {
                "Policy: your account could not change the policy again; allow it \
                 kms:PutKeyPolicy, or set BypassPolicyLockoutSafetyCheck."
            }
            Self::WrongTags => {
                "Tags: keys have 1 to 128 characters, do not begin with 'aws:' and stand once; \
                 values have at most 256 characters."
            }
            Self::TooManyTags => "Tags: a key may have at most 50.",
            Self::TooManyKeys => "The account has 10,000 keys here, the most that it may have.",
            Self::TooManyAliases => "The key has 50 aliases, the most that it may have.",
            Self::AliasTaken => "AliasName: your account has an alias of this name already.",
            Self::WrongAlias => "AliasName: a name begins with 'alias/' and goes on after it.",
            Self::WrongNewAlias => {
                "AliasName: a name begins with 'alias/', goes on after it, and not with 'aws/'."
            }
            Self::WrongMarker => "Marker is not one that this operation gave; begin anew.",
            Self::WrongGrantToken => "GrantTokens: this server makes no grants of keys.",
            Self::DryRun => "The request would have succeeded, but for DryRun.",
            Self::Unavailable => "The key cannot be reached at this time; try again later.",
        }
    }
}

impl From<Cause> for Refusal {
    fn from(cause: Cause) -> Self {
        Self::new(Kind::Key(cause), "6.3", cause.text())
    }
}
