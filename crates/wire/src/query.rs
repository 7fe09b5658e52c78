//! The query protocol: members in a form or a query string, answers in XML.

use std::{borrow::Cow, collections::BTreeMap};

use http::HeaderMap;
use percent_encoding::percent_decode_str;

use crate::{Fault, Protocol, json, sigv4::query_pairs};

/// The content type of answers.
pub const CONTENT_TYPE: &str = "text/xml";

/// The content type of requests that carry their members in the body.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// Members of one request.
const MEMBERS_MAX: usize = 1000;

/// The members of a request, flat: `PolicyArns.member.1.arn` is a name like any other. Those of a
/// form body come first, then those of the query string that the body does not have.
///
/// A name that occurs twice is refused: parameters are sorted before they are signed, so the
/// order of two of the same name is not protected by the signature.
pub fn members(
    headers: &HeaderMap,
    query: &str,
    body: &[u8],
) -> Result<BTreeMap<String, String>, Fault> {
    let mut members = BTreeMap::new();
    let mut from_query = BTreeMap::new();
    for (name, value) in form_pairs(headers, body) {
        insert(&mut members, name, value)?;
    }
    for (name, value) in query_members(query) {
        insert(&mut from_query, name, value)?;
    }
    for (name, value) in from_query {
        members.entry(name).or_insert(value);
    }
    Ok(members)
}

fn insert(
    members: &mut BTreeMap<String, String>,
    name: Cow<'_, str>,
    value: Cow<'_, str>,
) -> Result<(), Fault> {
    let refuse = |text| Err(Fault::validation(Protocol::Query, text));
    if members.len() >= MEMBERS_MAX {
        return refuse(format!("The request has more than {MEMBERS_MAX} members."));
    }
    if members.insert(name.into_owned(), value.into_owned()).is_some() {
        return refuse("A member occurs more than once in the request.".to_owned());
    }
    Ok(())
}

/// The value of one member, wherever [`members`] would find it; of several, the first.
pub(crate) fn member<'a>(
    headers: &HeaderMap,
    query: &'a str,
    body: &'a [u8],
    name: &str,
) -> Option<Cow<'a, str>> {
    let mut pairs = form_pairs(headers, body).chain(query_members(query));
    pairs.find(|(found, _)| found == name).map(|(_, value)| value)
}

/// The pairs of a body, if it is a form.
fn form_pairs<'a>(
    headers: &HeaderMap,
    body: &'a [u8],
) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
    let body = if json::has_content_type(headers, FORM) { body } else { b"" };
    form_urlencoded::parse(body)
}

/// The pairs of a query string. A `+` stays a `+`, as it does under the signature.
fn query_members(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let decode = |text| percent_decode_str(text).decode_utf8_lossy();
    query_pairs(query).map(move |(name, value)| (decode(name), decode(value)))
}

/// The answer to an operation:
/// `<XResponse xmlns="…"><XResult>…</XResult><ResponseMetadata>…</ResponseMetadata></XResponse>`.
/// `write` fills the result.
pub fn answer(
    namespace: &str,
    operation: &str,
    request_id: &str,
    write: impl FnOnce(&mut Xml),
) -> Vec<u8> {
    let mut xml = Xml::new();
    let response = format!("{operation}Response");
    xml.open(&response, Some(namespace));
    xml.nest(&format!("{operation}Result"), write);
    xml.nest("ResponseMetadata", |xml| xml.text("RequestId", request_id));
    xml.close(&response);
    xml.into_bytes()
}

/// An XML document being written. Element names come from our code and are not escaped; all else
/// is.
#[derive(Debug, Default)]
pub struct Xml {
    out: String,
}

impl Xml {
    /// An empty document.
    pub fn new() -> Self {
        Self { out: String::with_capacity(512) }
    }

    /// Writes `<name>`, what `write` writes, and `</name>`.
    pub fn nest(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.open(name, None);
        write(self);
        self.close(name);
    }

    /// Writes `<name>text</name>`.
    pub fn text(&mut self, name: &str, text: &str) {
        self.nest(name, |xml| xml.escape(text));
    }

    /// The document.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    fn open(&mut self, name: &str, namespace: Option<&str>) {
        self.out.push('<');
        self.out.push_str(name);
        if let Some(namespace) = namespace {
            self.out.push_str(" xmlns=\"");
            self.escape(namespace);
            self.out.push('"');
        }
        self.out.push('>');
    }

    fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// Writes text so that a parser reads the same text again. Characters that XML 1.0 cannot
    /// carry, not even escaped, become U+FFFD.
    fn escape(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&apos;"),
                '\r' => self.out.push_str("&#xD;"),
                '\t' | '\n' => self.out.push(character),
                '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => self.out.push('\u{fffd}'),
                _ => self.out.push(character),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header};

    use super::*;

    fn form() -> HeaderMap {
        let value = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
        HeaderMap::from_iter([(header::CONTENT_TYPE, value)])
    }

    fn check(headers: &HeaderMap, query: &str, body: &str, expect: &[(&str, &str)]) {
        let found = members(headers, query, body.as_bytes()).unwrap();
        let found: Vec<(&str, &str)> =
            found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn members_come_from_the_body_then_from_the_query() {
        check(&form(), "", "B=2&A=x+y%2B%26", &[("A", "x y+&"), ("B", "2")]);
        check(&form(), "A=query&C=3", "A=body", &[("A", "body"), ("C", "3")]);
        check(&HeaderMap::new(), "A=1", "B=2", &[("A", "1")]);
        check(&form(), "", "A", &[("A", "")]);
        check(&form(), "", "", &[]);
    }

    #[test]
    fn a_plus_in_the_query_is_a_plus() {
        check(&HeaderMap::new(), "A=x+y%20z", "", &[("A", "x+y z")]);
    }

    #[test]
    fn doubled_and_countless_members_are_refused() {
        assert_eq!(members(&form(), "", b"A=1&A=1").unwrap_err().code, "ValidationError");
        assert_eq!(members(&form(), "A=1&%41=2", b"").unwrap_err().code, "ValidationError");
        let many: String = (0..=MEMBERS_MAX).map(|number| format!("M{number}&")).collect();
        let fault = members(&form(), "", many.as_bytes()).unwrap_err();
        assert!(fault.message.contains("1000"), "{}", fault.message);
    }

    #[test]
    fn bytes_that_are_not_utf8_become_replacement_characters() {
        check(&form(), "", "A=%ff", &[("A", "\u{fffd}")]);
        check(&HeaderMap::new(), "A=%ff", "", &[("A", "\u{fffd}")]);
    }

    #[test]
    fn an_answer_has_result_and_metadata() {
        let body = answer("https://example/&", "GetThing", "id-1", |xml| {
            xml.text("Name", "a<b>&'\"\r\n\t\0\u{ffff}é");
            xml.nest("Inner", |xml| xml.text("Empty", ""));
        });
        assert_eq!(
            String::from_utf8(body).unwrap(),
            "<GetThingResponse xmlns=\"https://example/&amp;\"><GetThingResult>\
             <Name>a&lt;b&gt;&amp;&apos;&quot;&#xD;\n\t\u{fffd}\u{fffd}é</Name>\
             <Inner><Empty></Empty></Inner></GetThingResult>\
             <ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></GetThingResponse>"
        );
    }
}
