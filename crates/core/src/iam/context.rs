//! What a request is judged by beside its action: circumstances, looked up when a policy asks.

use std::borrow::Cow;
use std::net::IpAddr;

use super::evaluate::Request;
use super::key::{Key, Meaning};
use super::pattern::Variable;
use super::principal::Principal;
use crate::time;

/// The circumstances of a request. Nothing is copied, and nothing looked up before a condition
/// or a variable asks for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// `aws:CurrentTime` and `aws:EpochTime`.
    pub now_ms: i64,
    /// `aws:SourceIp`.
    pub source_ip: Option<IpAddr>,
    /// `aws:SecureTransport`: it came over TLS.
    pub is_secure: bool,
    /// `aws:RequestedRegion`.
    pub region: Option<&'a str>,
    /// `aws:UserAgent`. Keep it short: what clients may make long, hostile policies make slow.
    pub user_agent: Option<&'a str>,
    /// `aws:TokenIssueTime`: when the caller's temporary credentials were made.
    pub token_issued_at_ms: Option<i64>,
    /// `aws:MultiFactorAuthPresent`; only temporary credentials say.
    pub has_mfa: Option<bool>,
    /// `aws:PrincipalOrgPaths`, and in front in it `aws:PrincipalOrgID`: where in an organization
    /// the caller's account is, `o-…/r-…/ou-…/`.
    pub organization_path: Option<&'a str>,
    /// `aws:RequestTag/…` and `aws:TagKeys`.
    pub request_tags: &'a [(String, String)],
    /// `aws:ResourceTag/…`; load them when [`super::Policies::reads_resource_tags`].
    pub resource_tags: &'a [(String, String)],
    /// Keys of services and identity providers, and anything that is to be otherwise than above.
    /// Names in any case.
    pub more: &'a [(&'a str, Values<'a>)],
}

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Values<'a> {
    /// One value.
    One(Value<'a>),
    /// Several; none is as good as no key.
    Many(&'a [Value<'a>]),
    /// The keys of tags.
    TagKeys(&'a [(String, String)]),
}

/// One value of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Text; also of any other type, in its written form.
    Text(&'a str),
    /// A number.
    Number(i64),
    /// An instant, milliseconds.
    Time(i64),
    /// A truth value.
    Bool(bool),
    /// An address.
    Ip(IpAddr),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl<'a> Values<'a> {
    /// Each of them.
    pub(super) fn iter(self) -> impl Iterator<Item = Value<'a>> {
        let (one, many, tags): (Option<Value<'a>>, &[Value<'a>], &[(String, String)]) = match self {
            Self::One(value) => (Some(value), &[], &[]),
            Self::Many(many) => (None, many, &[]),
            Self::TagKeys(tags) => (None, &[], tags),
        };
        let tags = tags.iter().map(|(key, _)| Value::Text(key));
        one.into_iter().chain(many.iter().copied()).chain(tags)
    }

    fn is_empty(self) -> bool {
        match self {
            Self::One(_) => false,
            Self::Many(many) => many.is_empty(),
            Self::TagKeys(tags) => tags.is_empty(),
        }
    }
}

impl<'a> Value<'a> {
    /// As text compares it.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        Some(match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Time(at_ms) => Cow::Owned(time::format_zulu(at_ms)),
            Self::Ip(ip) => Cow::Owned(ip.to_string()),
            Self::Bytes(_) => return None,
        })
    }
}

impl<'a> Request<'a> {
    /// Whether a key stands for anything in this request.
    pub fn knows(&self, key: &Key) -> bool {
        self.lookup(key).is_some()
    }

    /// What a key stands for in this request.
    pub(super) fn lookup(&self, key: &Key) -> Option<Values<'a>> {
        let given = self.context.more.iter();
        let mut given = given.filter(|(name, _)| name.eq_ignore_ascii_case(key.as_str()));
        let values = match given.next() {
            Some((_, values)) => *values,
            None => self.known(&key.meaning)?,
        };
        (!values.is_empty()).then_some(values)
    }

    /// The text that a variable stands for: that of its key if it has one value, or its default.
    pub(super) fn resolve<'v>(&self, variable: &'v Variable) -> Option<Cow<'v, str>>
    where
        'a: 'v,
    {
        let text = match self.lookup(&variable.key) {
            Some(Values::One(value)) => value.text(),
            Some(Values::Many([value])) => value.text(),
            Some(Values::Many(_) | Values::TagKeys(_)) | None => None,
        };
        text.or_else(|| variable.default.as_deref().map(Cow::Borrowed))
    }

    fn known(&self, meaning: &Meaning) -> Option<Values<'a>> {
        let context = self.context;
        let principal = self.principal;
        let value = match meaning {
            Meaning::TagKeys => return Some(Values::TagKeys(context.request_tags)),
            Meaning::RequestTag(tag) => Value::Text(find_tag(context.request_tags, tag)?),
            Meaning::ResourceTag(tag) => Value::Text(find_tag(context.resource_tags, tag)?),
            Meaning::PrincipalTag(tag) => Value::Text(find_tag(principal.tags(), tag)?),
            Meaning::CurrentTime => Value::Time(context.now_ms),
            Meaning::EpochTime => Value::Number(context.now_ms.div_euclid(time::SECOND_MS)),
            Meaning::SourceIp => Value::Ip(context.source_ip?),
            Meaning::SecureTransport => Value::Bool(context.is_secure),
            Meaning::RequestedRegion => Value::Text(context.region?),
            Meaning::UserAgent => Value::Text(context.user_agent?),
            Meaning::TokenIssueTime => Value::Time(context.token_issued_at_ms?),
            Meaning::MultiFactorAuthPresent => Value::Bool(context.has_mfa?),
            Meaning::PrincipalOrgId => Value::Text(context.organization_path?.split('/').next()?),
            Meaning::PrincipalOrgPaths => Value::Text(context.organization_path?),
            Meaning::PrincipalArn => Value::Text(principal.policy_arn()?),
            Meaning::PrincipalAccount => Value::Text(principal.account()?),
            Meaning::PrincipalType => Value::Text(principal.kind()),
            Meaning::UserId => Value::Text(principal.id()?),
            Meaning::Username => Value::Text(principal.user_name()?),
            Meaning::FederatedProvider => Value::Text(match principal {
                Principal::Federated { provider } => provider,
                _ => return None,
            }),
            Meaning::PrincipalServiceName => Value::Text(match principal {
                Principal::Service { name } => name,
                _ => return None,
            }),
            Meaning::PrincipalIsAwsService => {
                Value::Bool(matches!(principal, Principal::Service { .. }))
            }
            // No service calls another one in a caller's name here.
            Meaning::ViaAwsService => Value::Bool(false),
            Meaning::ResourceAccount => Value::Text(account_of(self.resource)?),
            Meaning::Other => return None,
        };
        Some(Values::One(value))
    }
}

/// A tag's value; one whose key is written in another case will do if there is no better.
fn find_tag<'a>(tags: &'a [(String, String)], wanted: &str) -> Option<&'a str> {
    let exact = tags.iter().find(|(key, _)| key == wanted);
    let found = exact.or_else(|| tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted)));
    found.map(|(_, value)| value.as_str())
}

fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}
