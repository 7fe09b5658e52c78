//! Why a token is refused.

use std::error::Error;
use std::fmt;

use crate::algorithm::Algorithm;
use crate::jws::TOKEN_BYTES_MAX;
use crate::time::format_utc;

/// Why a token does not license what was asked. The order is the order of the checks: a refusal
/// after [`Refusal::Signature`] is about a token that the holder of the private key did sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is longer than any license.
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// It is not three parts of base64url with a header in JSON.
    Malformed(Malformed),
    /// Its header asks for an algorithm that this key is not used with.
    Algorithm {
        /// What the header says, cut short.
        found: String,
        /// What the key is used with.
        allowed: Vec<Algorithm>,
    },
    /// The signature is not that of this key over these bytes.
    Signature,
    /// It is signed, but its claims are not those of a license.
    Claims {
        /// What is wrong with which claim.
        what: String,
    },
    /// The clock is earlier than the time of issue: it was set back, or never set.
    NotYetIssued {
        /// When the license was issued, in milliseconds since 1970 in UTC.
        issued_at_ms: i64,
    },
    /// Its time is over.
    Expired {
        /// When that was, in milliseconds since 1970 in UTC.
        expired_at_ms: i64,
    },
    /// It is for another node, or for none in particular where one was asked for.
    Node {
        /// The node that it is for.
        licensed: Option<String>,
        /// The node that it was verified for.
        asked: Option<String>,
    },
    /// It does not allow one of the entitlements wanted.
    Entitlement {
        /// The name of the entitlement.
        name: String,
        /// What there is too little of.
        shortfall: Shortfall,
    },
}

/// What of a token cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// There are not exactly three parts between dots.
    Parts,
    /// A part is not base64url without padding, in its only form.
    Base64,
    /// The header is not a JSON object with an `alg`, each member once.
    Header,
    /// The header says that it is of another type than `JWT`.
    Type,
    /// The header names extensions that must be understood; none is.
    Critical,
}

/// How an entitlement falls short of what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shortfall {
    /// It is not in the license.
    Missing,
    /// It is counted, and fewer units are allowed than wanted.
    Units {
        /// How many are allowed.
        allowed: u64,
        /// How many are wanted.
        wanted: u64,
    },
    /// It is counted, and what is wanted is not a whole number.
    NotANumber,
    /// It is a feature, with another value than is wanted.
    Value {
        /// The value in the license.
        allowed: Option<String>,
    },
}

impl Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => {
                write!(formatter, "the token has {bytes} bytes, at most {TOKEN_BYTES_MAX} are read")
            }
            Self::Malformed(malformed) => malformed.fmt(formatter),
            Self::Algorithm { found, allowed } => {
                let allowed: Vec<_> = allowed.iter().map(|algorithm| algorithm.name()).collect();
                let allowed = allowed.join(" or ");
                write!(formatter, "the token is signed by {found:?}, the key is for {allowed}")
            }
            Self::Signature => formatter.write_str("the signature was not made with this key"),
            Self::Claims { what } => write!(formatter, "the token is not a license: {what}"),
            Self::NotYetIssued { issued_at_ms } => {
                let issued_at = format_utc(*issued_at_ms);
                write!(formatter, "the license was issued at {issued_at}, the clock is before that")
            }
            Self::Expired { expired_at_ms } => {
                write!(formatter, "the license expired at {}", format_utc(*expired_at_ms))
            }
            Self::Node { licensed, asked } => match (licensed, asked) {
                (Some(licensed), Some(asked)) => {
                    write!(formatter, "the license is for node {licensed:?}, not {asked:?}")
                }
                (Some(licensed), None) => {
                    write!(formatter, "the license is for node {licensed:?}, no node was given")
                }
                (None, _) => formatter.write_str("the license is not bound to a node"),
            },
            Self::Entitlement { name, shortfall } => {
                write!(formatter, "entitlement {name:?} {shortfall}")
            }
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Parts => "the token is not three parts with a dot between them",
            Self::Base64 => "a part of the token is not base64url without padding",
            Self::Header => "the token's header is not a JSON object with one \"alg\"",
            Self::Type => "the token's header has another \"typ\" than \"JWT\"",
            Self::Critical => "the token's header has \"crit\", extensions are not supported",
        })
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("is not in the license"),
            Self::Units { allowed, wanted } => {
                write!(formatter, "allows {allowed}, {wanted} are wanted")
            }
            Self::NotANumber => formatter.write_str("is counted: want a whole number of it"),
            Self::Value { allowed: Some(allowed) } => write!(formatter, "has value {allowed:?}"),
            Self::Value { allowed: None } => formatter.write_str("has no value"),
        }
    }
}
