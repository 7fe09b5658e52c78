//! What the tokens of other providers say.

use leasehold_core::time::SECOND_MS;
use serde::Deserialize;

/// How far a provider's clock may be ahead, seconds.
const SKEW_MAX_S: f64 = 300.0;
/// Characters of a subject, as the model has it.
const SUBJECT_MAX: usize = 255;

/// The claims that count.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// Subject.
    pub sub: String,
    /// For whom.
    aud: OneOrMany,
    /// Who asked for it.
    azp: Option<String>,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    /// How the subject was known.
    pub amr: Option<OneOrMany>,
    /// The token's id.
    pub jti: Option<String>,
}

/// Where one text may stand for a list of one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Any number.
    Many(Vec<String>),
}

impl OneOrMany {
    /// As a list.
    pub fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }

    fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl Claims {
    /// Whether the token is over.
    pub fn is_over(&self, now_ms: i64) -> bool {
        self.exp <= seconds(now_ms)
    }

    /// Whether the token is not to be used yet.
    pub fn is_early(&self, now_ms: i64) -> bool {
        let times = [self.nbf, self.iat];
        times.into_iter().flatten().any(|time| time > seconds(now_ms) + SKEW_MAX_S)
    }

    /// Whether the subject can stand in an answer.
    pub fn has_subject(&self) -> bool {
        (1..=SUBJECT_MAX).contains(&self.sub.chars().count())
    }

    /// For whom the token is, if it is for one of these: whoever asked for it, if it says.
    pub fn audience(&self, client_ids: &[String]) -> Option<String> {
        let asked = self.azp.as_ref().map(std::slice::from_ref);
        let audiences = asked.unwrap_or(self.aud.as_slice());
        audiences.iter().find(|audience| client_ids.contains(audience)).cloned()
    }
}

#[allow(clippy::cast_precision_loss, reason = "seconds of any year that there will be fit")]
fn seconds(at_ms: i64) -> f64 {
    at_ms.div_euclid(SECOND_MS) as f64
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn claims(more: &Value) -> Option<Claims> {
        let mut all = json!({"sub": "s", "aud": "a", "exp": 100});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(all).ok()
    }

    #[test]
    fn tokens_are_good_for_a_time() {
        let check = |more: &Value, expect: (bool, bool)| {
            let found = claims(more).unwrap();
            assert_eq!((found.is_over(50_000), found.is_early(50_000)), expect, "{more}");
        };
        check(&json!({}), (false, false));
        check(&json!({"exp": 50}), (true, false));
        check(&json!({"exp": 50.5}), (false, false));
        check(&json!({"nbf": 350}), (false, false));
        check(&json!({"nbf": 351}), (false, true));
        check(&json!({"iat": 351}), (false, true));
        assert!(
            claims(&json!({"exp": "100"})).is_none() && claims(&json!({"exp": null})).is_none()
        );
    }

    #[test]
    fn tokens_are_for_somebody() {
        let check = |more: &Value, expect: Option<&str>| {
            let clients = ["a".to_owned(), "b".to_owned()];
            let found = claims(more).unwrap().audience(&clients);
            assert_eq!(found.as_deref(), expect, "{more}");
        };
        check(&json!({}), Some("a"));
        check(&json!({"aud": ["x", "b"]}), Some("b"));
        check(&json!({"aud": ["x"]}), None);
        check(&json!({"aud": []}), None);
        check(&json!({"azp": "b"}), Some("b"));
        check(&json!({"azp": "x"}), None);
    }
}
