//! Key policies: what a document must be before it is kept. What it means is [`iam`]'s business.

use super::Cause;
use crate::account::root_arn;
use crate::iam::{self, Action, Attached, Context, OfResource, Policies, Principal, Request};

/// A key policy that can be kept.
#[derive(Debug)]
pub struct Policy(Attached);

/// The policy of a key whose creator gave none: everything for its account.
pub fn default_policy(account: &str) -> String {
    let root = root_arn(account);
    let statement = format!(
        r#"{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"{root}"}},"#
    );
    [r#"{"Version":"2012-10-17","Id":"key-default-1","Statement":["#, &statement].concat()
        + r#""Action":"kms:*","Resource":"*"}]}"#
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(text: &str) -> Result<Self, Cause> {
        if text.len() > iam::KEY_BYTES_MAX {
            return Err(Cause::WrongPolicy);
        }
        let policy = iam::Policy::parse(iam::Kind::Key, text).map_err(|_| Cause::WrongPolicy)?;
        Ok(Self(Attached { name: "default".into(), policy: policy.into() }))
    }

    /// What it says.
    pub fn compiled(&self) -> &iam::Policy {
        &self.0.policy
    }

    /// Checks that a key's account could change the policy again.
    ///
    /// # Errors
    /// If it could not.
    pub fn check_lockout(&self, account: &str) -> Result<(), Cause> {
        let arn = root_arn(account);
        let request = Request {
            principal: &Principal::Root { account, arn: &arn },
            action: &Action::new("kms", "PutKeyPolicy"),
            resource: "*",
            context: &Context::default(),
        };
        let resource = Some(OfResource { account, attached: &self.0 });
        let decision = iam::evaluate(&request, &Policies { resource, ..Policies::default() });
        if decision.is_allowed() { Ok(()) } else { Err(Cause::LockedOut) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: &str = "111122223333";
    const OTHER: &str = "444455556666";

    #[test]
    fn the_default_is_the_owners_alone() {
        let policy = Policy::read(&default_policy(OWNER)).unwrap();
        assert_eq!(policy.check_lockout(OWNER), Ok(()));
        assert_eq!(policy.check_lockout(OTHER), Err(Cause::LockedOut));
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"Statement":[{}]}"#,
            r#"{"Statement":{"Effect":"Perhaps","Principal":"*","Action":"*","Resource":"*"}}"#,
            r#"{"Statement":{"Effect":"Allow","Principal":1,"Action":"*","Resource":"*"}}"#,
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":{},"Resource":"*"}}"#,
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}"#,
            &format!("{}{}", default_policy(OWNER), " ".repeat(iam::KEY_BYTES_MAX)),
        ] {
            assert_eq!(Policy::read(text).map(drop), Err(Cause::WrongPolicy), "{text:.80}");
        }
    }
}
