//! Managed policies of an account's own, in versions.

use serde::{Deserialize, Serialize};

use super::{Cause, limits};
use crate::Refusal;
use crate::account::is_account_id;

/// What only a managed policy has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// What it is for.
    pub description: Option<String>,
    /// The version in force.
    pub default_version: i64,
    /// The last version that was made; its number is never given again.
    pub last_version: i64,
    /// When its versions last changed, milliseconds.
    pub updated_at_ms: i64,
}

impl ManagedPolicy {
    /// A new one with its first version.
    pub fn new(description: Option<String>, now_ms: i64) -> Self {
        Self { description, default_version: 1, last_version: 1, updated_at_ms: now_ms }
    }

    /// One more version beside `count`; returns its number.
    ///
    /// # Errors
    /// [`Cause::LimitExceeded`] past [`limits::VERSIONS_MAX`].
    pub fn add_version(
        &mut self,
        count: usize,
        is_default: bool,
        now_ms: i64,
    ) -> Result<i64, Refusal> {
        if count >= limits::VERSIONS_MAX {
            let max = limits::VERSIONS_MAX;
            let text = format!(
                "A managed policy can have up to {max} versions. Before you create a new version, \
                 you must delete an existing version."
            );
            return Err(Cause::LimitExceeded.because(text));
        }
        self.last_version += 1;
        self.updated_at_ms = now_ms;
        if is_default {
            self.default_version = self.last_version;
        }
        Ok(self.last_version)
    }

    /// Whether a version may go.
    ///
    /// # Errors
    /// [`Cause::DeleteConflict`] for the one in force.
    pub fn check_deletion(&self, version: i64) -> Result<(), Refusal> {
        if version == self.default_version {
            let text = "Cannot delete the default version of a policy.";
            return Err(Cause::DeleteConflict.because(text));
        }
        Ok(())
    }
}

/// The number of a version on the wire: `v1`, `v2`, …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionId(pub i64);

impl VersionId {
    /// Reads it; `None` for what is no number of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.strip_prefix('v')?.parse().ok().map(Self)?;
        (number.to_string() == text).then_some(number)
    }
}

impl std::fmt::Display for VersionId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "v{}", self.0)
    }
}

/// What the ARN of a managed policy names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyArn<'a> {
    /// Twelve digits, or `aws`.
    pub account: &'a str,
    /// As entities have it.
    pub path: &'a str,
    /// Name.
    pub name: &'a str,
}

impl<'a> PolicyArn<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// [`Cause::InvalidInput`] for what is no ARN of a policy.
    pub fn parse(arn: &'a str) -> Result<Self, Refusal> {
        let parts = || {
            let (account, rest) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
            let rest = rest.strip_prefix("policy")?;
            let (path, name) = rest.split_at_checked(rest.rfind('/')? + 1)?;
            let is_whole = is_account_id(account) || account == AWS;
            (is_whole && path.starts_with('/') && !name.is_empty()).then_some(Self {
                account,
                path,
                name,
            })
        };
        parts().ok_or_else(|| Cause::InvalidInput.because(format!("ARN {arn} is not valid.")))
    }

    /// Whether it belongs to nobody, and is there for every account.
    pub fn is_of_aws(&self) -> bool {
        self.account == AWS
    }
}

/// The account in the ARNs of policies that belong to nobody.
const AWS: &str = "aws";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_policies_are_read() {
        let check = |arn: &str, expect: Option<(&str, &str, &str)>| {
            let found = PolicyArn::parse(arn).ok();
            assert_eq!(found.map(|found| (found.account, found.path, found.name)), expect, "{arn}");
        };
        check("arn:aws:iam::111122223333:policy/a", Some(("111122223333", "/", "a")));
        check("arn:aws:iam::aws:policy/x/y/a", Some(("aws", "/x/y/", "a")));
        for bad in [
            "arn:aws:iam::111122223333:policy",
            "arn:aws:iam::111122223333:policy/",
            "arn:aws:iam::111122223333:policyx/a",
            "arn:aws:iam::1111:policy/a",
            "arn:aws:iam::111122223333:role/a",
            "arn:aws:iam:us-east-1:111122223333:policy/a",
            "",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn versions_count_up_and_the_default_stays() {
        let mut policy = ManagedPolicy::new(None, 1);
        assert_eq!(policy.add_version(1, false, 2).unwrap(), 2);
        assert_eq!(policy.add_version(2, true, 3).unwrap(), 3);
        assert_eq!((policy.default_version, policy.updated_at_ms), (3, 3));
        assert!(policy.check_deletion(3).is_err() && policy.check_deletion(1).is_ok());
        assert!(policy.add_version(5, false, 4).is_err());
        assert_eq!(policy.last_version, 3, "a refused version takes no number");
    }

    #[test]
    fn version_ids_have_one_form() {
        assert_eq!(VersionId::parse("v12"), Some(VersionId(12)));
        assert_eq!(VersionId(12).to_string(), "v12");
        for bad in ["12", "v", "v+1", "v01", "v1.2", "v99999999999999999999"] {
            assert_eq!(VersionId::parse(bad), None, "{bad}");
        }
    }
}
