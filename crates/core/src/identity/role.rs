//! Roles, and whom they trust: a user or role by what it is, not by what it is called. A name that
//! somebody else gets later, or that was given up, opens nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Kind;

/// What only a role has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Who may assume it: a policy.
    pub trust: String,
    /// The ids of the users and roles that the policy names, by ARN, when it was written.
    pub trusted: BTreeMap<String, String>,
    /// What it is for.
    pub description: Option<String>,
    /// How long a session may be, seconds.
    pub session_max_s: i32,
}

impl Role {
    /// The ARN by which its trust policy may know a user or role: the one that it had when the
    /// policy was written, or its own unless that was another's then.
    pub fn known_as<'a>(&'a self, arn: &'a str, id: &str) -> &'a str {
        let named = self.trusted.iter().find(|(_, trusted)| *trusted == id);
        match (named, self.trusted.get(arn)) {
            (Some((named, _)), _) => named,
            (None, Some(_)) => "",
            (None, None) => arn,
        }
    }
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
    fn trust_follows_what_it_named() {
        let role = Role {
            trust: String::new(),
            trusted: BTreeMap::from([("arn:bob".to_owned(), "AIDA1".to_owned())]),
            description: None,
            session_max_s: 3_600,
        };
        assert_eq!(role.known_as("arn:bob", "AIDA1"), "arn:bob");
        assert_eq!(role.known_as("arn:robert", "AIDA1"), "arn:bob", "it was renamed");
        assert_eq!(role.known_as("arn:bob", "AIDA2"), "", "another one has its name");
        assert_eq!(role.known_as("arn:eve", "AIDA3"), "arn:eve");
    }

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
