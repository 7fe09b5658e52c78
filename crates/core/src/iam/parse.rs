//! From a document to a compiled policy: the grammar of policies, and its faults.

use super::action::Actions;
use super::condition::{Condition, Operator};
use super::fault::{Fault, Problem};
use super::json::Json;
use super::key::Key;
use super::pattern::{Pattern, Syntax};
use super::policy::{DOCUMENT_BYTES_MAX, Effect, Kind, Policy, Resources, Statement};
use super::principal::{Named, Principals};

/// Groups of question marks in one policy: bounds what its evaluation can cost.
const QUESTION_MARKS_MAX: usize = 50;

type Object = Vec<(String, Json)>;

/// What a statement needs to know of its document.
#[derive(Clone, Copy)]
struct Document {
    kind: Kind,
    has_variables: bool,
}

/// Compiles a document.
pub(super) fn document(kind: Kind, text: &str) -> Result<Policy, Fault> {
    if text.len() > DOCUMENT_BYTES_MAX {
        return Err(Fault::of_document(Problem::TooLong { bytes_max: DOCUMENT_BYTES_MAX }));
    }
    let json = Json::parse(text).map_err(|why| Fault::of_document(Problem::Json(why)))?;
    let root = object(&json, "")?;
    only(root, "", &["Version", "Id", "Statement"])?;
    let version = match member(root, "Version") {
        None => "2008-10-17",
        Some(version) => string(version, "Version")?,
    };
    let has_variables = match version {
        "2012-10-17" => true,
        "2008-10-17" => false,
        other => return Err(fault("Version", Problem::Version(other.to_owned()))),
    };
    if let Some(id) = member(root, "Id") {
        string(id, "Id")?;
    }
    let listed = member(root, "Statement")
        .ok_or_else(|| Fault::of_document(Problem::MissingElement("Statement")))?;
    let mut statements: Vec<Statement> = Vec::new();
    for (index, json) in items(listed).iter().enumerate() {
        let at = format!("Statement[{index}]");
        let read = statement(Document { kind, has_variables }, json, index, &at)?;
        if let Some(sid) = &read.sid
            && statements.iter().any(|other| other.sid.as_ref() == Some(sid))
        {
            return Err(fault(&format!("{at}.Sid"), Problem::SidTwice(sid.to_string())));
        }
        statements.push(read);
    }
    if statements.is_empty() {
        return Err(fault("Statement", Problem::Empty("at least one statement")));
    }
    let patterns = statements.iter().flat_map(Statement::patterns);
    if patterns.map(Pattern::question_marks).sum::<usize>() > QUESTION_MARKS_MAX {
        return Err(Fault::of_document(Problem::QuestionMarks { max: QUESTION_MARKS_MAX }));
    }
    let reads_tags = |statement: &Statement| statement.keys().any(Key::is_resource_tag);
    Ok(Policy {
        kind,
        has_denials: statements.iter().any(|statement| statement.effect == Effect::Deny),
        reads_resource_tags: statements.iter().any(reads_tags),
        statements: statements.into(),
    })
}

fn statement(document: Document, json: &Json, index: usize, at: &str) -> Result<Statement, Fault> {
    let members = object(json, at)?;
    let elements = [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    only(members, at, &elements)?;
    let effect =
        member(members, "Effect").ok_or_else(|| fault(at, Problem::MissingElement("Effect")))?;
    let effect_at = format!("{at}.Effect");
    let effect = match string(effect, &effect_at)? {
        "Allow" => Effect::Allow,
        "Deny" => Effect::Deny,
        other => return Err(fault(&effect_at, Problem::Effect(other.to_owned()))),
    };
    Ok(Statement {
        index,
        sid: sid(document.kind, members, at)?,
        effect,
        principals: principals(document.kind, members, effect, at)?,
        actions: actions(document.kind, members, at)?,
        resources: resources(document, members, at)?,
        conditions: conditions(document, members, at)?,
    })
}

fn sid(kind: Kind, members: &Object, at: &str) -> Result<Option<Box<str>>, Fault> {
    let Some(sid) = member(members, "Sid") else { return Ok(None) };
    let at = format!("{at}.Sid");
    let sid = string(sid, &at)?;
    // Policies of resources may say in words what a statement is for.
    let is_free = matches!(kind, Kind::Key | Kind::Resource);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || is_free && !c.is_control();
    if !sid.chars().all(is_plain) {
        return Err(fault(&at, Problem::Sid(sid.to_owned())));
    }
    Ok((!sid.is_empty()).then(|| sid.into()))
}

fn actions(kind: Kind, members: &Object, at: &str) -> Result<Actions, Fault> {
    let (name, value) = either(members, "Action", "NotAction", at)?
        .ok_or_else(|| fault(at, Problem::Empty("actions")))?;
    let mut actions = Actions::new(name == "NotAction");
    let at = format!("{at}.{name}");
    let texts = strings(value, &at)?;
    if texts.is_empty() {
        return Err(fault(&at, Problem::Empty("actions")));
    }
    for text in texts {
        let is_sts = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sts:"));
        if kind == Kind::Trust && !is_sts {
            return Err(fault(&at, Problem::TrustAction(text.to_owned())));
        }
        actions.add(text).map_err(|problem| fault(&at, problem))?;
    }
    Ok(actions)
}

fn resources(document: Document, members: &Object, at: &str) -> Result<Option<Resources>, Fault> {
    let found = either(members, "Resource", "NotResource", at)?;
    let (name, value) = match (document.kind, found) {
        (Kind::Trust, None) => return Ok(None),
        (Kind::Trust, Some((name, _))) => {
            return Err(fault(at, Problem::ProhibitedElement(name)));
        }
        (_, None) => return Err(fault(at, Problem::Empty("resources"))),
        (_, Some(found)) => found,
    };
    let at = format!("{at}.{name}");
    let texts = strings(value, &at)?;
    if texts.is_empty() {
        return Err(fault(&at, Problem::Empty("resources")));
    }
    let syntax = Syntax { wildcards: true, variables: document.has_variables };
    let patterns = texts.iter().map(|text| {
        // One that ends early must say by a `*` that it means all that follows.
        let is_whole = text.splitn(6, ':').count() == 6 || text.ends_with('*');
        if *text != "*" && !(text.starts_with("arn:") && is_whole) {
            return Err(fault(&at, Problem::Resource((*text).to_owned())));
        }
        Pattern::parse(text, syntax).map_err(|problem| fault(&at, problem))
    });
    let patterns = patterns.collect::<Result<_, _>>()?;
    Ok(Some(Resources { is_negated: name == "NotResource", patterns }))
}

fn principals(
    kind: Kind,
    members: &Object,
    effect: Effect,
    at: &str,
) -> Result<Option<Principals>, Fault> {
    let found = either(members, "Principal", "NotPrincipal", at)?;
    let (name, value) = match (kind, found) {
        (Kind::Identity, None) => return Ok(None),
        (Kind::Identity, Some((name, _))) | (Kind::Trust, Some((name @ "NotPrincipal", _))) => {
            return Err(fault(at, Problem::ProhibitedElement(name)));
        }
        (_, None) => return Err(fault(at, Problem::MissingElement("Principal"))),
        (_, Some(found)) => found,
    };
    if name == "NotPrincipal" && effect == Effect::Allow {
        return Err(fault(at, Problem::NotPrincipalAllows));
    }
    let at = format!("{at}.{name}");
    let mut names = Vec::new();
    match value {
        Json::Text(text) if text == "*" => names.push(Named::Everybody),
        Json::Object(types) => {
            for (of, listed) in types {
                for text in strings(listed, &format!("{at}.{of}"))? {
                    names.push(Named::parse(of, text).map_err(|problem| fault(&at, problem))?);
                }
            }
        }
        Json::Text(text) => return Err(fault(&at, Problem::Principal(text.clone()))),
        Json::Null | Json::Bare(_) | Json::List(_) => {
            return Err(fault(&at, Problem::Type("\"*\" or an object")));
        }
    }
    if names.is_empty() {
        return Err(fault(&at, Problem::Empty("principals")));
    }
    Ok(Some(Principals { is_negated: name == "NotPrincipal", names: names.into() }))
}

fn conditions(document: Document, members: &Object, at: &str) -> Result<Box<[Condition]>, Fault> {
    let Some(operators) = member(members, "Condition") else { return Ok(Box::default()) };
    let at = format!("{at}.Condition");
    let mut conditions = Vec::new();
    for (name, keys) in object(operators, &at)? {
        let operator = Operator::parse(name).map_err(|problem| fault(&at, problem))?;
        let at = format!("{at}.{name}");
        for (key, values) in object(keys, &at)? {
            let values = items(values).iter().map(|value| match value {
                Json::Text(text) | Json::Bare(text) => Ok(text.as_str()),
                Json::Null | Json::List(_) | Json::Object(_) => {
                    Err(fault(&format!("{at}.{key}"), Problem::Type("a string or a list of them")))
                }
            });
            let values = values.collect::<Result<Vec<_>, _>>()?;
            let condition = Condition::parse(operator, key, &values, document.has_variables);
            conditions.push(condition.map_err(|problem| fault(&at, problem))?);
        }
    }
    Ok(conditions.into())
}

fn fault(at: &str, problem: Problem) -> Fault {
    Fault { at: at.to_owned(), problem }
}

fn member<'j>(members: &'j Object, name: &str) -> Option<&'j Json> {
    members.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// An element or its opposite, whichever stands there.
fn either<'j>(
    members: &'j Object,
    one: &'static str,
    other: &'static str,
    at: &str,
) -> Result<Option<(&'static str, &'j Json)>, Fault> {
    match (member(members, one), member(members, other)) {
        (Some(_), Some(_)) => Err(fault(at, Problem::Both(one, other))),
        (Some(value), None) => Ok(Some((one, value))),
        (None, Some(value)) => Ok(Some((other, value))),
        (None, None) => Ok(None),
    }
}

fn only(members: &Object, at: &str, known: &[&str]) -> Result<(), Fault> {
    match members.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some((name, _)) if at.is_empty() => Err(fault(name, Problem::UnknownElement)),
        Some((name, _)) => Err(fault(&format!("{at}.{name}"), Problem::UnknownElement)),
    }
}

fn object<'j>(json: &'j Json, at: &str) -> Result<&'j Object, Fault> {
    match json {
        Json::Object(members) => Ok(members),
        Json::Null | Json::Text(_) | Json::Bare(_) | Json::List(_) => {
            Err(fault(at, Problem::Type("an object")))
        }
    }
}

/// A list's items; anything else is a list of itself.
fn items(json: &Json) -> &[Json] {
    if let Json::List(list) = json { list } else { std::slice::from_ref(json) }
}

fn string<'j>(json: &'j Json, at: &str) -> Result<&'j str, Fault> {
    match json {
        Json::Text(text) => Ok(text),
        Json::Null | Json::Bare(_) | Json::List(_) | Json::Object(_) => {
            Err(fault(at, Problem::Type("a string")))
        }
    }
}

fn strings<'j>(json: &'j Json, at: &str) -> Result<Vec<&'j str>, Fault> {
    items(json).iter().map(|item| string(item, at)).collect()
}
