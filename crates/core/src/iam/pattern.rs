//! Text with wildcards and policy variables, compiled once and matched many times.
//!
//! Matching remembers the last `*` alone, so its cost is at most the text's length times the pieces
//! of the pattern, and it allocates only where a variable stands.

use std::borrow::Cow;

use super::fault::Problem;
use super::key::Key;

/// Bytes of one pattern: the largest quota of a document. What quotas count leaves out white space,
/// of which there may be a lot.
const BYTES_MAX: usize = 10_240;

/// What has a meaning in a text.
#[derive(Clone, Copy)]
pub(super) struct Syntax {
    /// `*` and `?` stand for other characters.
    pub(super) wildcards: bool,
    /// `${…}` stands for a value of the request; from version 2012-10-17 on.
    pub(super) variables: bool,
}

/// A compiled text.
#[derive(Debug)]
pub(super) enum Pattern {
    /// `*`.
    Any,
    /// No wildcards.
    Exact(Box<str>),
    /// A text and one `*`.
    Prefix(Box<str>),
    /// Wildcards elsewhere.
    Wild(Box<[Piece<'static>]>),
    /// With variables.
    Template(Box<[Part]>),
}

/// A piece of a pattern whose variables are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// These characters.
    Text(Cow<'a, str>),
    /// So many characters, whichever.
    One(usize),
    /// Any number of characters.
    Many,
}

/// A piece of a pattern as it was written.
#[derive(Debug)]
pub(super) enum Part {
    /// Not a variable.
    Piece(Piece<'static>),
    /// The value of a key.
    Variable(Variable),
}

/// `${key}` or `${key, 'default'}`.
#[derive(Debug)]
pub(super) struct Variable {
    /// Whose value it is.
    pub(super) key: Key,
    /// What it is when the request has no such key.
    pub(super) default: Option<Box<str>>,
}

impl Pattern {
    /// Compiles a text.
    pub(super) fn parse(text: &str, syntax: Syntax) -> Result<Self, Problem> {
        check_length(text)?;
        let parts = parse_parts(text, syntax)?;
        if parts.iter().any(|part| matches!(part, Part::Variable(_))) {
            return Ok(Self::Template(parts.into()));
        }
        let mut pieces: Vec<Piece<'static>> = parts
            .into_iter()
            .filter_map(|part| match part {
                Part::Piece(piece) => Some(piece),
                Part::Variable(_) => None,
            })
            .collect();
        Ok(match pieces.as_mut_slice() {
            [] => Self::Exact("".into()),
            [Piece::Many] => Self::Any,
            [Piece::Text(text)] => Self::Exact(text.as_ref().into()),
            [Piece::Text(text), Piece::Many] => Self::Prefix(text.as_ref().into()),
            _ => Self::Wild(pieces.into()),
        })
    }

    /// Whether the whole of `text` matches; `None` if a variable has no value.
    pub(super) fn matches<'v>(
        &'v self,
        text: &str,
        resolve: impl Fn(&'v Variable) -> Option<Cow<'v, str>>,
    ) -> Option<bool> {
        Some(match self {
            Self::Any => true,
            Self::Exact(exact) => **exact == *text,
            Self::Prefix(prefix) => text.starts_with(&**prefix),
            Self::Wild(pieces) => glob(pieces, text),
            Self::Template(parts) => glob(&fill(parts, resolve)?, text),
        })
    }

    /// Whether `text` is this pattern but for case; wildcards mean nothing here.
    pub(super) fn equals_ignoring_case<'v>(
        &'v self,
        text: &str,
        resolve: impl Fn(&'v Variable) -> Option<Cow<'v, str>>,
    ) -> Option<bool> {
        let pieces;
        let pieces: &[Piece<'_>] = match self {
            Self::Any | Self::Prefix(_) => return Some(false),
            Self::Exact(exact) => return Some(folded(exact).eq(folded(text))),
            Self::Wild(pieces) => pieces,
            Self::Template(parts) => {
                pieces = fill(parts, resolve)?;
                &pieces
            }
        };
        let texts = pieces.iter().flat_map(|piece| match piece {
            Piece::Text(text) => folded(text),
            Piece::One(_) | Piece::Many => folded(""),
        });
        Some(texts.eq(folded(text)))
    }

    /// Groups of question marks in it: each multiplies what a search behind a `*` can cost.
    pub(super) fn question_marks(&self) -> usize {
        let is_one = |piece: &Piece<'_>| matches!(piece, Piece::One(_));
        match self {
            Self::Any | Self::Exact(_) | Self::Prefix(_) => 0,
            Self::Wild(pieces) => pieces.iter().filter(|piece| is_one(piece)).count(),
            Self::Template(parts) => {
                let pieces = parts.iter();
                pieces.filter(|part| matches!(part, Part::Piece(piece) if is_one(piece))).count()
            }
        }
    }

    /// The variables in it.
    pub(super) fn variables(&self) -> impl Iterator<Item = &Variable> {
        let parts: &[Part] = if let Self::Template(parts) = self { parts } else { &[] };
        parts.iter().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            Part::Piece(_) => None,
        })
    }
}

/// Whether a text is short enough to be compared with all that clients may send.
pub(super) fn check_length(text: &str) -> Result<(), Problem> {
    if text.len() > BYTES_MAX {
        return Err(Problem::LongPattern { bytes_max: BYTES_MAX });
    }
    Ok(())
}

/// Whether one of several matches; `None` if none does and one cannot tell.
pub(super) fn any<'p, T>(
    patterns: &'p [T],
    matches: impl Fn(&'p T) -> Option<bool>,
) -> Option<bool> {
    let mut is_certain = true;
    for pattern in patterns {
        match matches(pattern) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => is_certain = false,
        }
    }
    is_certain.then_some(false)
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

fn fill<'v>(
    parts: &'v [Part],
    resolve: impl Fn(&'v Variable) -> Option<Cow<'v, str>>,
) -> Option<Vec<Piece<'v>>> {
    let pieces = parts.iter().map(|part| match part {
        Part::Piece(piece) => Some(piece.clone()),
        Part::Variable(variable) => resolve(variable).map(Piece::Text),
    });
    pieces.collect()
}

/// Whether `text` is `pieces` from its beginning to its end.
fn glob(pieces: &[Piece<'_>], text: &str) -> bool {
    let (mut ahead, mut rest) = (pieces, text);
    // What follows the last `*`, and where in the text it may begin.
    let mut retry: Option<(&[Piece<'_>], &str)> = None;
    loop {
        let step = match ahead.split_first() {
            None if rest.is_empty() => return true,
            None => None,
            // What follows the last `*` of all ends the text, there is nothing to search.
            Some((Piece::Many, after)) if !after.contains(&Piece::Many) => {
                return ends_with(rest, after);
            }
            Some((Piece::Many, after)) => {
                retry = Some((after, rest));
                Some((after, rest))
            }
            Some((Piece::One(count), after)) => skip(rest, *count).map(|rest| (after, rest)),
            Some((Piece::Text(text), after)) => {
                rest.strip_prefix(&**text).map(|rest| (after, rest))
            }
        };
        if let Some(step) = step {
            (ahead, rest) = step;
            continue;
        }
        let Some((after, from)) = retry else { return false };
        let Some(from) = next_start(after, from) else { return false };
        retry = Some((after, from));
        (ahead, rest) = (after, from);
    }
}

fn ends_with(text: &str, pieces: &[Piece<'_>]) -> bool {
    let mut rest = Some(text);
    for piece in pieces.iter().rev() {
        rest = rest.and_then(|rest| match piece {
            Piece::Text(text) => rest.strip_suffix(&**text),
            Piece::One(count) => {
                let (at, _) = rest.char_indices().rev().nth(count.checked_sub(1)?)?;
                rest.get(..at)
            }
            Piece::Many => Some(rest),
        });
    }
    rest.is_some()
}

/// `text` without its first `count` characters.
fn skip(text: &str, count: usize) -> Option<&str> {
    let mut characters = text.chars();
    characters.nth(count.checked_sub(1)?)?;
    Some(characters.as_str())
}

/// The next place behind the beginning of `from` where `pieces` might begin.
fn next_start<'t>(pieces: &[Piece<'_>], from: &'t str) -> Option<&'t str> {
    let from = skip(from, 1)?;
    match pieces.first() {
        Some(Piece::Text(text)) => {
            let first = text.chars().next();
            first.map_or(Some(from), |first| from.get(from.find(first)?..))
        }
        Some(Piece::One(_) | Piece::Many) | None => Some(from),
    }
}

fn parse_parts(text: &str, syntax: Syntax) -> Result<Vec<Part>, Problem> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = skip(rest, 1).unwrap_or_default();
        let part = match character {
            '*' if syntax.wildcards => Part::Piece(Piece::Many),
            '?' if syntax.wildcards => Part::Piece(Piece::One(1)),
            '$' if syntax.variables && after.starts_with('{') => {
                let fault = || Problem::Variable(rest.to_owned());
                let (inside, after) = after.split_once('}').ok_or_else(fault)?;
                rest = after;
                match inside.strip_prefix('{').ok_or_else(fault)? {
                    escaped @ ("*" | "?" | "$") => plain.push_str(escaped),
                    inside => {
                        flush(&mut plain, &mut parts);
                        parts.push(Part::Variable(Variable::parse(inside)?));
                    }
                }
                continue;
            }
            _ => {
                plain.push(character);
                rest = after;
                continue;
            }
        };
        rest = after;
        flush(&mut plain, &mut parts);
        match (parts.last_mut(), part) {
            // `**` is `*`, and `??` is one piece.
            (Some(Part::Piece(Piece::Many)), Part::Piece(Piece::Many)) => {}
            (Some(Part::Piece(Piece::One(count))), Part::Piece(Piece::One(more))) => *count += more,
            (_, part) => parts.push(part),
        }
    }
    flush(&mut plain, &mut parts);
    Ok(parts)
}

fn flush(plain: &mut String, parts: &mut Vec<Part>) {
    if !plain.is_empty() {
        parts.push(Part::Piece(Piece::Text(Cow::Owned(std::mem::take(plain)))));
    }
}

impl Variable {
    fn parse(inside: &str) -> Result<Self, Problem> {
        let fault = || Problem::Variable(format!("${{{inside}}}"));
        let (name, default) = match inside.split_once(',') {
            None => (inside, None),
            Some((name, default)) => {
                let default = default.trim().strip_prefix('\'').and_then(|d| d.strip_suffix('\''));
                let default = default.filter(|default| !default.contains('\''));
                (name, Some(default.ok_or_else(fault)?.into()))
            }
        };
        let key = Key::parse(name.trim()).map_err(|_| fault())?;
        Ok(Self { key, default })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIKE: Syntax = Syntax { wildcards: true, variables: false };

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern, LIKE).unwrap().matches(text, |_| None).unwrap()
    }

    /// What a wildcard means, in as few words as possible.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', after @ ..], _) => {
                (0..=text.len()).any(|skipped| naive(after, &text[skipped..]))
            }
            (['?', after @ ..], [_, rest @ ..]) => naive(after, rest),
            ([wanted, after @ ..], [found, rest @ ..]) => wanted == found && naive(after, rest),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn wildcards_match_what_a_naive_matcher_matches(
            pattern in "[ab*?é]{0,9}",
            text in "[abé]{0,12}",
        ) {
            let characters = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = naive(&characters(&pattern), &characters(&text));
            prop_assert_eq!(matches(&pattern, &text), expected);
        }

        #[test]
        fn a_value_matches_itself_alone(value in "[ab*?$]{0,6}", text in "[ab*?$]{0,6}") {
            let syntax = Syntax { wildcards: true, variables: true };
            let pattern = Pattern::parse("x${t:k}", syntax).unwrap();
            let matched = pattern.matches(&format!("x{text}"), |_| Some(Cow::Borrowed(&value)));
            prop_assert_eq!(matched, Some(text == value));
        }
    }

    #[test]
    fn patterns_take_their_quickest_form() {
        let form = |text: &str| Pattern::parse(text, LIKE).unwrap();
        assert!(matches!(form("*"), Pattern::Any));
        assert!(matches!(form("**"), Pattern::Any));
        assert!(matches!(form(""), Pattern::Exact(_)));
        assert!(matches!(form("a"), Pattern::Exact(_)));
        assert!(matches!(form("a*"), Pattern::Prefix(_)));
        assert!(matches!(form("a*b"), Pattern::Wild(_)));
        assert!(matches!(form("a??*"), Pattern::Wild(pieces) if pieces.len() == 3));
    }

    #[test]
    fn a_hostile_pattern_costs_no_more_than_its_length_times_the_texts() {
        let text = "a".repeat(4_096);
        // A matcher that tries every place for every `*` would not come back from these.
        assert!(!matches(&"*a".repeat(30), &"b".repeat(4_096)));
        assert!(!matches(&format!("{}b", "*a".repeat(31)), &text));
        assert!(!matches(&format!("*{}b*", "a".repeat(2_000)), &text));
        assert!(!matches(&format!("*{}?b*", "a".repeat(2_000)), &text));
        assert!(matches(&format!("{}*", "*a".repeat(31)), &text));
    }
}
