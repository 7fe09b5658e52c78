//! Predictions: what an answer must be, and what has happened when it is.

use serde_json::Value;

use super::grant::{Grant, GrantVersion};
use super::{CheckOut, License, Model, Tags, Version};
use crate::request::Answer;

/// Stands for a string that only the server knows: an id, a token, a place in a list.
pub const ANY: &str = "\u{0}any";

/// What an answer must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// 200 with exactly these members.
    Success(Value),
    /// An exception.
    Fault {
        /// HTTP status.
        status: u16,
        /// Exception name.
        code: &'static str,
    },
}

impl Expected {
    /// A modelled client error: all have status 400 (W16).
    pub fn fault(code: &'static str) -> Self {
        Self::Fault { status: 400, code }
    }

    /// What a client reads whose request met a broken database.
    pub fn internal() -> Self {
        Self::Fault { status: 500, code: "ServerInternalException" }
    }

    /// Whether an answer is this one.
    pub fn is(&self, answer: &Answer) -> bool {
        match self {
            Self::Success(body) => {
                answer.status == 200 && answer.code.is_none() && agrees(body, &answer.body)
            }
            // The text of this one is fixed, because clients match on it (section 13).
            Self::Fault { code: "NoEntitlementsAllowedException", .. }
                if answer.body.get("Message") != Some(&"No Entitlements Allowed".into()) =>
            {
                false
            }
            Self::Fault { status, code } => {
                answer.status == *status && answer.code.as_deref() == Some(code)
            }
        }
    }
}

/// Whether a body has the predicted members and no others.
fn agrees(expected: &Value, got: &Value) -> bool {
    match (expected, got) {
        (Value::String(any), Value::String(text)) if any == ANY => !text.is_empty(),
        (Value::Array(expected), Value::Array(got)) => {
            expected.len() == got.len()
                && expected.iter().zip(got).all(|(expected, got)| agrees(expected, got))
        }
        (Value::Object(expected), Value::Object(got)) => {
            expected.len() == got.len()
                && expected
                    .iter()
                    .all(|(name, expected)| got.get(name).is_some_and(|got| agrees(expected, got)))
        }
        _ => expected == got,
    }
}

/// What requests are about, by its place in the model's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A license.
    License(usize),
    /// A grant.
    Grant(usize),
}

/// What has happened when an answer is as predicted. Licenses and check-outs go by their places in
/// the model's lists.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Nothing, and nothing was written.
    None,
    /// Something was written that no answer shows.
    Written,
    /// A new license, but for its ARN.
    Created(Box<License>),
    /// A new version.
    Amended {
        /// Of this license.
        license: usize,
        /// The version.
        version: Box<Version>,
    },
    /// An earlier answer was given again, which tells the ARN if it was lost the first time.
    Repeated {
        /// What it tells of.
        thing: Thing,
    },
    /// The license is deleted.
    Deleted {
        /// Which.
        license: usize,
    },
    /// A license or grant has these tags from now on.
    Tagged {
        /// Which.
        thing: Thing,
        /// All of its tags.
        tags: Tags,
    },
    /// A new grant, but for its ARN.
    Granted(Box<Grant>),
    /// A new version of a grant.
    GrantChanged {
        /// Of this grant.
        grant: usize,
        /// The version.
        version: Box<GrantVersion>,
    },
    /// A new check-out, but for its token.
    CheckedOut {
        /// From this license.
        license: usize,
        /// The check-out.
        check_out: Box<CheckOut>,
    },
    /// A check-out became another in its place: a node got its own seat back.
    Reseated {
        /// Of this license.
        license: usize,
        /// Check-out.
        index: usize,
        /// What it is now.
        check_out: Box<CheckOut>,
    },
    /// A borrow, reserved and then kept, but for its token.
    Borrowed {
        /// From this license.
        license: usize,
        /// The check-out as it is reserved.
        check_out: Box<CheckOut>,
    },
    /// An earlier borrow was answered again, and is kept now if it was not.
    Kept {
        /// License.
        license: usize,
        /// Check-out.
        index: usize,
    },
    /// An earlier check-out was answered again, which tells its token if it was lost.
    Told {
        /// License.
        license: usize,
        /// Check-out.
        index: usize,
    },
    /// A check-out was extended.
    Extended {
        /// License.
        license: usize,
        /// Check-out.
        index: usize,
        /// New expiration.
        to_ms: i64,
        /// When.
        at_ms: i64,
    },
    /// A check-out was returned.
    CheckedIn {
        /// License.
        license: usize,
        /// Check-out.
        index: usize,
        /// When.
        at_ms: i64,
    },
}

/// An answer, and what it means.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// The answer.
    pub expected: Expected,
    /// What has happened then.
    pub effect: Effect,
}

impl Prediction {
    /// Success.
    pub fn new(body: Value, effect: Effect) -> Self {
        Self { expected: Expected::Success(body), effect }
    }

    /// Whether the request ends with a commit of its own.
    pub fn commits(&self) -> bool {
        !matches!(self.effect, Effect::None | Effect::Repeated { .. } | Effect::Told { .. })
    }

    /// Whether a borrow is kept by it, which is a second batch of the ledger.
    pub fn keeps(&self, model: &Model) -> bool {
        match &self.effect {
            Effect::Borrowed { check_out, .. } => check_out.reserved_to_ms.is_some(),
            Effect::Kept { license, index } => {
                let license = model.licenses.get(*license);
                let it = license.and_then(|license| license.check_outs.get(*index));
                it.is_some_and(|it| it.reserved_to_ms.is_some())
            }
            _ => false,
        }
    }
}

impl From<Expected> for Prediction {
    /// An answer that changes nothing.
    fn from(expected: Expected) -> Self {
        Self { expected, effect: Effect::None }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_has_the_predicted_members_and_no_others() {
        let check = |expected: Value, got: Value, agree: bool| {
            assert_eq!(agrees(&expected, &got), agree, "{expected} {got}");
        };
        check(json!({"a": ANY, "b": [1]}), json!({"a": "x", "b": [1]}), true);
        check(json!({"a": ANY}), json!({"a": ""}), false);
        check(json!({"a": ANY}), json!({"a": "x", "b": 1}), false);
        check(json!({"a": 1, "b": 2}), json!({"a": 1}), false);
        check(json!([1, 2]), json!([2, 1]), false);
        check(json!([1]), json!([1, 1]), false);
    }
}
