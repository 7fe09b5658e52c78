//! Condition keys: which of a request's circumstances a condition is about.
//!
//! Names are not case-sensitive, those of tags included.

use super::fault::Problem;

/// A condition key, with what it means looked up once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub(super) meaning: Meaning,
    text: Box<str>,
}

/// What a key means. `Other` are the keys of services and identity providers, which the caller of
/// the evaluation gives by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    CurrentTime,
    EpochTime,
    FederatedProvider,
    MultiFactorAuthPresent,
    PrincipalAccount,
    PrincipalArn,
    PrincipalIsAwsService,
    PrincipalOrgId,
    PrincipalOrgPaths,
    PrincipalServiceName,
    PrincipalType,
    RequestedRegion,
    ResourceAccount,
    SecureTransport,
    SourceIp,
    TagKeys,
    TokenIssueTime,
    UserAgent,
    UserId,
    Username,
    ViaAwsService,
    PrincipalTag(Box<str>),
    RequestTag(Box<str>),
    ResourceTag(Box<str>),
    Other,
}

/// The keys that stand for one value each, in lower case.
const GLOBAL: &[(&str, Meaning)] = &[
    ("aws:currenttime", Meaning::CurrentTime),
    ("aws:epochtime", Meaning::EpochTime),
    ("aws:federatedprovider", Meaning::FederatedProvider),
    ("aws:multifactorauthpresent", Meaning::MultiFactorAuthPresent),
    ("aws:principalaccount", Meaning::PrincipalAccount),
    ("aws:principalarn", Meaning::PrincipalArn),
    ("aws:principalisawsservice", Meaning::PrincipalIsAwsService),
    ("aws:principalorgid", Meaning::PrincipalOrgId),
    ("aws:principalorgpaths", Meaning::PrincipalOrgPaths),
    ("aws:principalservicename", Meaning::PrincipalServiceName),
    ("aws:principaltype", Meaning::PrincipalType),
    ("aws:requestedregion", Meaning::RequestedRegion),
    ("aws:resourceaccount", Meaning::ResourceAccount),
    ("aws:securetransport", Meaning::SecureTransport),
    ("aws:sourceip", Meaning::SourceIp),
    ("aws:tagkeys", Meaning::TagKeys),
    ("aws:tokenissuetime", Meaning::TokenIssueTime),
    ("aws:useragent", Meaning::UserAgent),
    ("aws:userid", Meaning::UserId),
    ("aws:username", Meaning::Username),
    ("aws:viaawsservice", Meaning::ViaAwsService),
];

impl Key {
    /// Reads `vendor:name`, and for tags `aws:ResourceTag/key`.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let fault = || Problem::Key(text.to_owned());
        let (vendor, name) = text.split_once(':').ok_or_else(fault)?;
        let is_odd = |text: &str| {
            text.is_empty() || text.contains(|c: char| c.is_control() || "*?${}".contains(c))
        };
        // A tag's key may hold spaces, nothing else may.
        let (before, tag) = name.split_once('/').unwrap_or((name, "tag"));
        let has_space = |text: &str| text.contains(char::is_whitespace);
        if is_odd(vendor) || is_odd(before) || has_space(vendor) || has_space(before) {
            return Err(fault());
        }
        if tag.is_empty() || tag.contains(char::is_control) {
            return Err(fault());
        }
        Ok(Self { meaning: Meaning::of(text), text: text.into() })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether its value is a tag of the resource, which somebody has to load.
    pub fn is_resource_tag(&self) -> bool {
        matches!(self.meaning, Meaning::ResourceTag(_))
    }
}

impl Meaning {
    fn of(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let family = |prefix: &str| {
            let is_of = lower.starts_with(prefix);
            is_of.then(|| text.get(prefix.len()..).unwrap_or_default().into())
        };
        if let Some(tag) = family("aws:resourcetag/").or_else(|| family("iam:resourcetag/")) {
            return Self::ResourceTag(tag);
        }
        if let Some(tag) = family("aws:requesttag/") {
            return Self::RequestTag(tag);
        }
        if let Some(tag) = family("aws:principaltag/") {
            return Self::PrincipalTag(tag);
        }
        let known = GLOBAL.iter().find(|(name, _)| *name == lower);
        known.map_or(Self::Other, |(_, name)| name.clone())
    }
}
