//! Roles, and users and roles as the principals of policies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Kind;

/// What only a role has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Who may assume it: a policy.
    pub trust: String,
    /// The ids of the principals that the policy names, by ARN, when it was written.
    pub trusted: BTreeMap<String, String>,
    /// What it is for.
    pub description: Option<String>,
    /// How long a session may be, seconds.
    pub session_max_s: i32,
}

/// Account, kind and name of the user or role that a principal's ARN is about; a session's role.
pub fn principal_of(arn: &str) -> Option<(&str, Kind, &str)> {
    let mut parts = arn.splitn(6, ':');
    let (service, account, resource) = (parts.nth(2)?, parts.nth(1)?, parts.next()?);
    let (kind, rest) = resource.split_once('/')?;
    let last = rest.rsplit('/').next();
    match (service, kind) {
        ("iam", "user") => Some((account, Kind::User, last?)),
        ("iam", "role") => Some((account, Kind::Role, last?)),
        ("sts", "assumed-role") => Some((account, Kind::Role, rest.split('/').next()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_named_by_arn() {
        let check = |arn: &str, expect: Option<(&str, Kind, &str)>| {
            assert_eq!(principal_of(arn), expect, "{arn}");
        };
        check("arn:aws:iam::111122223333:user/a/b/c", Some(("111122223333", Kind::User, "c")));
        check("arn:aws:iam::111122223333:role/r", Some(("111122223333", Kind::Role, "r")));
        check(
            "arn:aws:sts::111122223333:assumed-role/r/s",
            Some(("111122223333", Kind::Role, "r")),
        );
        check("arn:aws:iam::111122223333:root", None);
        check("arn:aws:iam::111122223333:group/g", None);
        check("arn", None);
    }
}
