//! ARNs as the operators `ArnEquals` and `ArnLike` compare them: part by part, so that a wildcard
//! in one part says nothing about the next.

use std::borrow::Cow;

use super::fault::Problem;
use super::pattern::{Pattern, Syntax, Variable, check_length};

/// `arn`, partition, service, Region, account, and the rest.
const PARTS: usize = 6;

/// What an ARN is compared with.
#[derive(Debug)]
pub(super) enum ArnPattern {
    /// Six patterns.
    Parts(Box<[Pattern]>),
    /// One pattern, of which a `*` at its end or a variable stands for several parts.
    Whole(Pattern),
}

impl ArnPattern {
    /// Reads an ARN with wildcards and, where the policy's version has them, variables.
    pub(super) fn parse(text: &str, syntax: Syntax) -> Result<Self, Problem> {
        check_length(text)?;
        let parts = split(text);
        if parts.len() == PARTS {
            let patterns = parts.into_iter().map(|part| Pattern::parse(part, syntax));
            return Ok(Self::Parts(patterns.collect::<Result<_, _>>()?));
        }
        let whole = Pattern::parse(text, syntax)?;
        let is_open = text.ends_with('*') || whole.variables().next().is_some();
        let fault = || Problem::Value { expected: "an ARN", value: text.to_owned() };
        is_open.then_some(Self::Whole(whole)).ok_or_else(fault)
    }

    /// Whether `text` is such an ARN; `None` if a variable has no value.
    pub(super) fn matches<'v>(
        &'v self,
        text: &str,
        resolve: impl Fn(&'v Variable) -> Option<Cow<'v, str>>,
    ) -> Option<bool> {
        if text.splitn(PARTS, ':').count() < PARTS {
            return Some(false);
        }
        let patterns = match self {
            Self::Whole(pattern) => return pattern.matches(text, resolve),
            Self::Parts(patterns) => patterns,
        };
        for (pattern, part) in patterns.iter().zip(text.splitn(PARTS, ':')) {
            if !pattern.matches(part, &resolve)? {
                return Some(false);
            }
        }
        Some(true)
    }

    /// The patterns that it is made of.
    pub(super) fn patterns(&self) -> &[Pattern] {
        match self {
            Self::Parts(patterns) => patterns,
            Self::Whole(pattern) => std::slice::from_ref(pattern),
        }
    }
}

/// The parts of an ARN; colons in the names of variables separate nothing.
fn split(text: &str) -> Vec<&str> {
    let mut is_in_variable = false;
    let mut parts = 1;
    let at_colon = |character: char| {
        match character {
            '{' => is_in_variable = true,
            '}' => is_in_variable = false,
            _ => {}
        }
        let separates = character == ':' && !is_in_variable && parts < PARTS;
        parts += usize::from(separates);
        separates
    };
    text.split(at_colon).collect()
}
