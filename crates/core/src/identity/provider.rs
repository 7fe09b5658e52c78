//! OpenID Connect providers: named by their address without its scheme.

use serde::{Deserialize, Serialize};

use super::Cause;
use crate::Refusal;

/// What only a provider has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Audiences that its tokens may have.
    pub client_ids: Vec<String>,
    /// Of certificates: kept and shown.
    pub thumbprints: Vec<String>,
}

/// The name of the provider with this address: host and path, as condition keys and ARNs have it.
/// An issuer is the very one that is registered, so a `/` at the end is part of it.
///
/// # Errors
/// [`Cause::InvalidInput`] for what is no address of a provider.
pub fn check_provider_url(url: &str) -> Result<String, Refusal> {
    let refuse = |text: &str| Err(Cause::InvalidInput.because(format!("Url: {text}")));
    let Some(name) = url.strip_prefix("https://") else {
        return refuse("it must begin with https://.");
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%:".contains(&byte);
    let host = name.split('/').next().unwrap_or_default();
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_host) || !name.bytes().all(is_plain) {
        return refuse("it must be a host and a path, without query and fragment.");
    }
    Ok(name.to_owned())
}

/// The name of the provider with this ARN, if it is one of this account.
pub fn provider_name<'a>(arn: &'a str, account: &str) -> Option<&'a str> {
    arn.strip_prefix("arn:aws:iam::")?.strip_prefix(account)?.strip_prefix(":oidc-provider/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_name() {
        let check = |url: &str, expect: Option<&str>| {
            assert_eq!(check_provider_url(url).ok().as_deref(), expect, "{url}");
        };
        check("https://example.com", Some("example.com"));
        check("https://example.com/a/b/", Some("example.com/a/b/"));
        check("http://example.com", None);
        check("https://", None);
        check("https:///path", None);
        check("https://example.com/?a=b", None);
        check("https://example.com/#a", None);
        check("https://user@example.com", None);
        let arn = "arn:aws:iam::111122223333:oidc-provider/example.com/a";
        assert_eq!(provider_name(arn, "111122223333"), Some("example.com/a"));
        assert_eq!(provider_name(arn, "111122223334"), None);
    }
}
