//! Conditions: an operator, a key, and the values that it is compared with.

use super::arn::ArnPattern;
use super::context::{Value, Values};
use super::evaluate::Request;
use super::fault::Problem;
use super::key::Key;
use super::pattern::{Pattern, Syntax, any};
use super::policy::Effect;
use super::scalar::{self, Network};

/// One condition of a statement. All of them must hold.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) key: Key,
    operator: Operator,
    test: Test,
}

/// An operator's name, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operator {
    quantifier: Quantifier,
    compare: Compare,
    /// `Not…`: no value may be equal.
    is_negated: bool,
    /// `…IfExists`: a missing key is as good as an equal one.
    if_exists: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    /// No prefix.
    Plain,
    /// `ForAllValues:`.
    All,
    /// `ForAnyValue:`.
    Any,
}

#[derive(Clone, Copy, Debug)]
enum Compare {
    Text { ignores_case: bool, wildcards: bool },
    Arn,
    Number(Relation),
    Date(Relation),
    Bool,
    Bytes,
    Ip,
    Null,
}

#[derive(Clone, Copy, Debug)]
enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The values of a condition, read once.
#[derive(Debug)]
enum Test {
    Text(Box<[Pattern]>),
    TextIgnoringCase(Box<[Pattern]>),
    Arn(Box<[ArnPattern]>),
    Number(Relation, Box<[f64]>),
    Date(Relation, Box<[i64]>),
    Bool(Box<[bool]>),
    Bytes(Box<[Vec<u8>]>),
    Ip(Box<[Network]>),
    Null(Box<[bool]>),
}

impl Operator {
    /// Reads a name such as `ForAnyValue:StringLikeIfExists`; case does not matter.
    pub(super) fn parse(name: &str) -> Result<Self, Problem> {
        let fault = || Problem::Operator(name.to_owned());
        let lower = name.to_ascii_lowercase();
        let (quantifier, rest) = match lower.split_once(':') {
            None => (Quantifier::Plain, lower.as_str()),
            Some(("forallvalues", rest)) => (Quantifier::All, rest),
            Some(("foranyvalue", rest)) => (Quantifier::Any, rest),
            Some(_) => return Err(fault()),
        };
        let (base, if_exists) = match rest.strip_suffix("ifexists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let text = |ignores_case, wildcards| Compare::Text { ignores_case, wildcards };
        let (compare, is_negated) = match base {
            "stringequals" => (text(false, false), false),
            "stringnotequals" => (text(false, false), true),
            "stringequalsignorecase" => (text(true, false), false),
            "stringnotequalsignorecase" => (text(true, false), true),
            "stringlike" => (text(false, true), false),
            "stringnotlike" => (text(false, true), true),
            "numericequals" => (Compare::Number(Relation::Equal), false),
            "numericnotequals" => (Compare::Number(Relation::Equal), true),
            "numericlessthan" => (Compare::Number(Relation::Less), false),
            "numericlessthanequals" => (Compare::Number(Relation::LessOrEqual), false),
            "numericgreaterthan" => (Compare::Number(Relation::Greater), false),
            "numericgreaterthanequals" => (Compare::Number(Relation::GreaterOrEqual), false),
            "dateequals" => (Compare::Date(Relation::Equal), false),
            "datenotequals" => (Compare::Date(Relation::Equal), true),
            "datelessthan" => (Compare::Date(Relation::Less), false),
            "datelessthanequals" => (Compare::Date(Relation::LessOrEqual), false),
            "dategreaterthan" => (Compare::Date(Relation::Greater), false),
            "dategreaterthanequals" => (Compare::Date(Relation::GreaterOrEqual), false),
            "bool" => (Compare::Bool, false),
            "binaryequals" => (Compare::Bytes, false),
            "ipaddress" => (Compare::Ip, false),
            "notipaddress" => (Compare::Ip, true),
            "arnequals" | "arnlike" => (Compare::Arn, false),
            "arnnotequals" | "arnnotlike" => (Compare::Arn, true),
            // Whether a key is there cannot depend on whether it is there, nor on one of many.
            "null" if !if_exists && quantifier == Quantifier::Plain => (Compare::Null, false),
            _ => return Err(fault()),
        };
        Ok(Self { quantifier, compare, is_negated, if_exists })
    }
}

impl Condition {
    /// Compiles a condition; `variables` says whether the policy's version has them.
    pub(super) fn parse(
        operator: Operator,
        key: &str,
        values: &[&str],
        variables: bool,
    ) -> Result<Self, Problem> {
        let key = Key::parse(key)?;
        let patterns = |wildcards| {
            let syntax = Syntax { wildcards, variables };
            let patterns = values.iter().map(|text| Pattern::parse(text, syntax));
            patterns.collect::<Result<Box<[_]>, _>>()
        };
        let arns = || {
            let syntax = Syntax { wildcards: true, variables };
            values.iter().map(|text| ArnPattern::parse(text, syntax)).collect::<Result<_, _>>()
        };
        let test = match operator.compare {
            Compare::Text { ignores_case: true, .. } => Test::TextIgnoringCase(patterns(false)?),
            Compare::Text { ignores_case: false, wildcards } => Test::Text(patterns(wildcards)?),
            Compare::Arn => Test::Arn(arns()?),
            Compare::Number(relation) => {
                Test::Number(relation, all(values, "a number", scalar::parse_number)?)
            }
            Compare::Date(relation) => {
                Test::Date(relation, all(values, "a date", scalar::parse_date)?)
            }
            Compare::Bool => Test::Bool(all(values, "true or false", scalar::parse_bool)?),
            Compare::Bytes => Test::Bytes(all(values, "text in base 64", scalar::parse_bytes)?),
            Compare::Ip => Test::Ip(all(values, "an IP address or a CIDR", Network::parse)?),
            Compare::Null => Test::Null(all(values, "true or false", scalar::parse_bool)?),
        };
        Ok(Self { key, operator, test })
    }

    /// Whether the condition holds for a request.
    pub(super) fn holds(&self, request: &Request<'_>, effect: Effect) -> bool {
        let found = request.lookup(&self.key);
        if let Test::Null(expected) = &self.test {
            return expected.contains(&found.is_none());
        }
        let Some(values) = found else { return self.holds_without_key() };
        let mut values = Values::iter(values).map(|value| self.accepts(value, request, effect));
        match self.operator.quantifier {
            Quantifier::All => values.all(|accepted| accepted),
            Quantifier::Any => values.any(|accepted| accepted),
            Quantifier::Plain if self.operator.is_negated => values.all(|accepted| accepted),
            Quantifier::Plain => values.any(|accepted| accepted),
        }
    }

    /// A missing key equals nothing. Of no values all do what is asked, and none does.
    fn holds_without_key(&self) -> bool {
        match self.operator.quantifier {
            _ if self.operator.if_exists => true,
            Quantifier::All => true,
            Quantifier::Any => false,
            Quantifier::Plain => self.operator.is_negated,
        }
    }

    fn accepts(&self, value: Value<'_>, request: &Request<'_>, effect: Effect) -> bool {
        match self.test.matches(value, request) {
            Some(matches) => matches != self.operator.is_negated,
            // A variable without a value: decided against the caller.
            None => self.operator.is_negated && effect == Effect::Deny,
        }
    }

    /// The patterns of its values.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let (patterns, arns): (&[Pattern], &[ArnPattern]) = match &self.test {
            Test::Text(patterns) | Test::TextIgnoringCase(patterns) => (patterns, &[]),
            Test::Arn(arns) => (&[], arns),
            Test::Number(..)
            | Test::Date(..)
            | Test::Bool(_)
            | Test::Bytes(_)
            | Test::Ip(_)
            | Test::Null(_) => (&[], &[]),
        };
        patterns.iter().chain(arns.iter().flat_map(ArnPattern::patterns))
    }
}

impl Test {
    /// Whether a value equals one of the condition's; `None` if none does and a variable has no
    /// value. A value of another type equals nothing.
    fn matches(&self, value: Value<'_>, request: &Request<'_>) -> Option<bool> {
        let resolve = |variable| request.resolve(variable);
        Some(match self {
            Self::Text(patterns) => {
                let Some(text) = value.text() else { return Some(false) };
                return any(patterns, |pattern| pattern.matches(&text, resolve));
            }
            Self::TextIgnoringCase(patterns) => {
                let Some(text) = value.text() else { return Some(false) };
                return any(patterns, |pattern| pattern.equals_ignoring_case(&text, resolve));
            }
            Self::Arn(patterns) => {
                let Some(text) = value.text() else { return Some(false) };
                return any(patterns, |pattern| pattern.matches(&text, resolve));
            }
            Self::Number(relation, values) => value.number().is_some_and(|number| {
                values.iter().any(|value| relation.holds(number.partial_cmp(value)))
            }),
            Self::Date(relation, values) => value
                .date()
                .is_some_and(|date| values.iter().any(|at| relation.holds(Some(date.cmp(at))))),
            Self::Bool(values) => value.bool().is_some_and(|value| values.contains(&value)),
            Self::Bytes(values) => values.iter().any(|bytes| value.is_bytes(bytes)),
            Self::Ip(networks) => {
                value.ip().is_some_and(|ip| networks.iter().any(|network| network.contains(ip)))
            }
            Self::Null(_) => false,
        })
    }
}

impl Relation {
    fn holds(self, ordering: Option<std::cmp::Ordering>) -> bool {
        ordering.is_some_and(|ordering| match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        })
    }
}

fn all<T>(
    values: &[&str],
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Box<[T]>, Problem> {
    let parsed = values.iter().map(|text| {
        parse(text).ok_or_else(|| Problem::Value { expected, value: (*text).to_owned() })
    });
    parsed.collect()
}
