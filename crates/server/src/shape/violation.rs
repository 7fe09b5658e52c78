//! What is wrong with a request: where, and which constraint (section 4, V).

use serde_json::Value;

/// Longest piece of a wrong value that an error repeats, in characters.
const ECHO_LENGTH_MAX: usize = 200;

/// Where a value stands in a request.
#[derive(Clone, Copy)]
pub enum Path<'a> {
    /// The request itself.
    Root,
    /// A member of a structure.
    Member(&'a Path<'a>, &'static str),
    /// An element of a list, from 0.
    Element(&'a Path<'a>, usize),
}

impl std::fmt::Display for Path<'_> {
    /// The form of AWS's services: lower-camel names, elements counted from 1.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Member(Path::Root, name) => formatter.write_str(&lower_camel(name)),
            Path::Member(parent, name) => write!(formatter, "{parent}.{}", lower_camel(name)),
            Path::Element(parent, index) => write!(formatter, "{parent}.{}.member", index + 1),
        }
    }
}

fn lower_camel(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

/// What is wrong with a request's members, all of it.
#[derive(Debug, Default)]
pub struct Violations(Vec<String>);

impl Violations {
    /// Notes that a value breaks a constraint.
    pub fn add(&mut self, value: Option<&Value>, path: &Path<'_>, constraint: &str) {
        let value = match value {
            None | Some(Value::Null) => "null".to_owned(),
            Some(Value::String(text)) => format!("'{}'", shorten(text)),
            Some(other) => format!("'{}'", shorten(&other.to_string())),
        };
        self.0
            .push(format!("Value {value} at '{path}' failed to satisfy constraint: {constraint}"));
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of the exception.
    pub fn message(&self) -> String {
        let count = self.0.len();
        let noun = if count == 1 { "error" } else { "errors" };
        format!("{count} validation {noun} detected: {}", self.0.join("; "))
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(ECHO_LENGTH_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
