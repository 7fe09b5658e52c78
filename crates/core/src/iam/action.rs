//! Actions, and the patterns that policies name them by. Case does not matter.

use super::fault::Problem;
use super::pattern::{Pattern, Syntax};

/// Something a caller asks for: `license-manager:CheckoutLicense`.
///
/// Make it once, when the table of operations is built: it is compared in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    text: Box<str>,
    service: Box<str>,
    name: Box<str>,
}

/// The `Action` or `NotAction` of a statement.
#[derive(Debug)]
pub(super) struct Actions {
    pub(super) is_negated: bool,
    /// Names by service, so that other services' cost one comparison.
    services: Vec<Service>,
}

#[derive(Debug)]
struct Service {
    /// `None` stands for every service.
    name: Option<Box<str>>,
    actions: Vec<Pattern>,
}

impl Action {
    /// The action of a service with a name.
    pub fn new(service: &str, name: &str) -> Self {
        Self {
            text: format!("{service}:{name}").into(),
            service: service.to_ascii_lowercase().into(),
            name: name.to_ascii_lowercase().into(),
        }
    }

    /// Reads `service:Name`, without wildcards.
    pub fn parse(text: &str) -> Option<Self> {
        let (service, name) = text.split_once(':')?;
        let is_plain = is_vendor(service) && !name.is_empty() && name.bytes().all(is_word);
        is_plain.then(|| Self::new(service, name))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Actions {
    pub(super) fn new(is_negated: bool) -> Self {
        Self { is_negated, services: Vec::new() }
    }

    /// Adds `*`, `service:*` or `service:Na*e`.
    pub(super) fn add(&mut self, text: &str) -> Result<(), Problem> {
        let fault = || Problem::Action(text.to_owned());
        let (service, name) =
            if text == "*" { ("*", "*") } else { split(text).ok_or_else(fault)? };
        let service = (service != "*").then(|| service.to_ascii_lowercase());
        let syntax = Syntax { wildcards: true, variables: false };
        let pattern = Pattern::parse(&name.to_ascii_lowercase(), syntax)?;
        match self.services.iter_mut().find(|known| known.name.as_deref() == service.as_deref()) {
            Some(known) => known.actions.push(pattern),
            None => self
                .services
                .push(Service { name: service.map(Into::into), actions: vec![pattern] }),
        }
        Ok(())
    }

    /// The patterns of names.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.services.iter().flat_map(|service| &service.actions)
    }

    /// Whether the statement is about an action.
    pub(super) fn cover(&self, action: &Action) -> bool {
        let named = self.services.iter().any(|service| {
            service.name.as_ref().is_none_or(|name| *name == action.service)
                && service
                    .actions
                    .iter()
                    .any(|pattern| pattern.matches(&action.name, |_| None).unwrap_or(false))
        });
        named != self.is_negated
    }
}

fn split(text: &str) -> Option<(&str, &str)> {
    let (service, name) = text.split_once(':')?;
    let is_name = |byte: u8| is_word(byte) || byte == b'*' || byte == b'?';
    let is_action =
        (service == "*" || is_vendor(service)) && !name.is_empty() && name.bytes().all(is_name);
    is_action.then_some((service, name))
}

fn is_vendor(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}
