//! Key policies: which other accounts may use a key.
//!
//! A plain reading: `Effect`, `Principal`, `Action` and `Resource`; a statement with anything else
//! in it (`Condition`, `NotAction`, …) allows nothing and denies what it may mean. The owner's root
//! may everything that it must to repair a policy.

use serde::Deserialize;
use serde_json::Value;

use super::Cause;
use crate::account::{is_account_id, root_arn};

/// The longest policy, bytes.
pub const POLICY_LENGTH_MAX: usize = 32_768;
/// The action that changes policies.
const PUT_KEY_POLICY: &str = "kms:PutKeyPolicy";

/// A policy, read.
#[derive(Clone, Debug)]
pub struct Policy {
    statements: Vec<Statement>,
}

#[derive(Clone, Debug)]
struct Statement {
    allows: bool,
    principals: Vec<String>,
    actions: Vec<String>,
    /// Whether there is more to it than principals and actions.
    is_narrowed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    statement: OneOrMany<serde_json::Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

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
        if text.len() > POLICY_LENGTH_MAX {
            return Err(Cause::WrongPolicy);
        }
        let document: Document = serde_json::from_str(text).map_err(|_| Cause::WrongPolicy)?;
        let statements = document.statement.into_vec();
        let statements = statements.iter().map(Statement::read).collect::<Result<_, _>>()?;
        Ok(Self { statements })
    }

    /// Whether a principal of another account may do this with the key: some statement allows it
    /// and none denies it.
    pub fn allows(&self, account: &str, principal: &str, action: &str) -> bool {
        let meant = |it: &&Statement| it.means(account, principal, action);
        let mut allowed = false;
        for statement in self.statements.iter().filter(meant) {
            if !statement.allows {
                return false;
            }
            allowed |= !statement.is_narrowed;
        }
        allowed
    }

    /// Checks that a key's account could change the policy again.
    ///
    /// # Errors
    /// If it could not.
    pub fn check_lockout(&self, account: &str) -> Result<(), Cause> {
        let may = self.allows(account, &root_arn(account), PUT_KEY_POLICY);
        if may { Ok(()) } else { Err(Cause::LockedOut) }
    }
}

impl Statement {
    fn read(members: &serde_json::Map<String, Value>) -> Result<Self, Cause> {
        let allows = match members.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err(Cause::WrongPolicy),
        };
        let principals = match members.get("Principal") {
            Some(Value::Object(kinds)) => match kinds.get("AWS") {
                Some(accounts) => texts(accounts)?,
                // Services and federated users do not call this server.
                None => Vec::new(),
            },
            Some(Value::String(text)) if text == "*" => vec![text.clone()],
            None if members.contains_key("NotPrincipal") => vec!["*".to_owned()],
            _ => return Err(Cause::WrongPolicy),
        };
        let actions = match members.get("Action") {
            Some(actions) => texts(actions)?,
            None if members.contains_key("NotAction") => vec!["*".to_owned()],
            None => return Err(Cause::WrongPolicy),
        };
        let resources = match members.get("Resource") {
            Some(resources) => texts(resources)?,
            None if members.contains_key("NotResource") => Vec::new(),
            None => return Err(Cause::WrongPolicy),
        };
        let plain = ["Sid", "Effect", "Principal", "Action", "Resource"];
        let has_more = members.keys().any(|name| !plain.contains(&name.as_str()));
        let is_narrowed = has_more || !resources.iter().any(|resource| resource == "*");
        Ok(Self { allows, principals, actions, is_narrowed })
    }

    fn means(&self, account: &str, principal: &str, action: &str) -> bool {
        let is_caller = |text: &String| {
            text == "*"
                || text == principal
                || *text == root_arn(account)
                || is_account_id(text) && text == account
        };
        self.principals.iter().any(is_caller)
            && self.actions.iter().any(|pattern| matches(pattern, action))
    }
}

/// One text, or a list of them.
fn texts(value: &Value) -> Result<Vec<String>, Cause> {
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or(Cause::WrongPolicy);
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        one => Ok(vec![text(one)?]),
    }
}

/// Whether an action fits a pattern, in which a final `*` stands for anything, whatever the case.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    match pattern.strip_suffix('*') {
        Some(start) => action.starts_with(start),
        None => pattern == action,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: &str = "111122223333";
    const OTHER: &str = "444455556666";

    fn statement(effect: &str, principal: &str, action: &str, more: &str) -> String {
        let who = format!(r#""Effect":"{effect}","Principal":{principal}"#);
        format!(r#"{{{who},"Action":{action},"Resource":"*"{more}}}"#)
    }

    #[test]
    fn a_policy_lets_other_accounts_in() {
        let check = |statements: &[String], expect: bool| {
            let text = format!(r#"{{"Statement":[{}]}}"#, statements.join(","));
            let policy = Policy::read(&text).unwrap();
            assert_eq!(policy.allows(OTHER, &root_arn(OTHER), "kms:Sign"), expect, "{text}");
        };
        let other = r#"{"AWS":"444455556666"}"#;
        let root = r#"{"AWS":["arn:aws:iam::444455556666:root"]}"#;
        let allow = statement("Allow", other, r#""kms:Sign""#, "");
        check(std::slice::from_ref(&allow), true);
        check(&[statement("Allow", root, r#"["kms:Verify","kms:S*"]"#, "")], true);
        check(&[statement("Allow", r#""*""#, r#""*""#, "")], true);
        check(&[statement("Allow", other, r#""kms:Verify""#, "")], false);
        check(&[statement("Allow", r#"{"AWS":"999999999999"}"#, r#""kms:*""#, "")], false);
        check(&[statement("Allow", other, r#""kms:*""#, r#","Condition":{"Bool":{}}"#)], false);
        check(&[allow.clone(), statement("Deny", r#""*""#, r#""kms:Sign""#, "")], false);
        let narrow = statement("Deny", r#""*""#, r#""kms:Sign""#, r#","Condition":{}"#);
        check(&[allow, narrow], false);
        check(&[], false);
    }

    #[test]
    fn the_default_is_the_owners_alone() {
        let policy = Policy::read(&default_policy(OWNER)).unwrap();
        assert!(policy.allows(OWNER, &root_arn(OWNER), "kms:Sign"));
        assert!(!policy.allows(OTHER, &root_arn(OTHER), "kms:Sign"));
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
            &format!("{}{}", default_policy(OWNER), " ".repeat(POLICY_LENGTH_MAX)),
        ] {
            assert_eq!(Policy::read(text).map(drop), Err(Cause::WrongPolicy), "{text:.80}");
        }
    }
}
