//! Pages and filters of lists (1.7).

use leasehold_core::Refusal;

use super::shapes;
use crate::shape::{Arn, PageSize};

/// Elements of a page where the request does not say (W51).
const SIZE_DEFAULT: usize = 100;

/// Which piece of a list is asked for.
pub struct Page {
    /// After the element with this pair of numbers.
    pub after: (i64, i64),
    /// At most so many.
    pub size: usize,
}

impl Page {
    /// Reads the members of a request.
    ///
    /// # Errors
    /// A value refusal for a token that this server did not give (W51).
    pub fn read(token: Option<&str>, size: Option<PageSize>) -> Result<Self, Refusal> {
        let size = size.and_then(|size| usize::try_from(size.0).ok()).unwrap_or(SIZE_DEFAULT);
        Ok(Self { after: position(token)?, size })
    }

    /// Cuts what was found to the page, and gives the token of the next one if more remain (W50).
    /// `place` tells where an element stands.
    pub fn cut<T>(&self, found: &mut Vec<T>, place: impl Fn(&T) -> (i64, i64)) -> Option<String> {
        let has_more = found.len() > self.size;
        found.truncate(self.size);
        let (first, second) = found.last().filter(|_| has_more).map(place)?;
        Some(format!("{first:x}-{second:x}"))
    }
}

/// Where a page begins (W51).
fn position(token: Option<&str>) -> Result<(i64, i64), Refusal> {
    let Some(token) = token else { return Ok((i64::MIN, 0)) };
    let numbers = token.split_once('-').and_then(|(first, second)| {
        Some((i64::from_str_radix(first, 16).ok()?, i64::from_str_radix(second, 16).ok()?))
    });
    let refusal =
        || Refusal::value("W51", "NextToken is not one that this operation gave; begin anew.");
    numbers.filter(|(_, second)| (0..i64::MAX).contains(second)).ok_or_else(refusal)
}

/// Whether a list of ARNs asks for this one: an empty or missing list asks for all (W54).
pub fn asks_for(arns: Option<&Vec<Arn>>, arn: &str) -> bool {
    arns.is_none_or(|arns| arns.is_empty() || arns.iter().any(|each| each.0 == arn))
}

/// Filters of a request: name and value, all of which must hold (W52).
pub struct Filters(Vec<(&'static str, String)>);

impl Filters {
    /// Reads filters with these names; a name may be spelled with its last letters in upper or
    /// lower case, as the model itself does (G60).
    ///
    /// # Errors
    /// A value refusal that names the filter (W53).
    pub fn read(
        filters: Option<&[shapes::Filter]>,
        names: &[&'static str],
    ) -> Result<Self, Refusal> {
        let mut read = Vec::new();
        for (index, filter) in filters.unwrap_or_default().iter().enumerate() {
            let name = filter.name.as_deref().unwrap_or_default();
            let is_meant = |known: &&&str| {
                let stem = name.strip_suffix("ARN");
                **known == name || stem.is_some() && known.strip_suffix("Arn") == stem
            };
            let Some(known) = names.iter().find(is_meant) else {
                let text = format!("Filters[{index}]: Name must be one of {}.", names.join(", "));
                return Err(Refusal::value("W53", text));
            };
            let Some([value]) = filter.values.as_deref() else {
                let text = format!("Filters[{index}]: Values must hold exactly one value.");
                return Err(Refusal::value("W53", text));
            };
            read.push((*known, value.clone()));
        }
        Ok(Self(read))
    }

    /// Whether every filter finds its value; `value` gives that of a name.
    pub fn hold<'a>(&self, value: impl Fn(&str) -> std::borrow::Cow<'a, str>) -> bool {
        self.0.iter().all(|(name, wanted)| value(name) == wanted.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_pages_read_back_and_others_are_refused() {
        assert_eq!(position(Some("1f-2a")), Ok((31, 42)));
        assert_eq!(position(None), Ok((i64::MIN, 0)));
        for bad in ["", "-", "x-1", "1", "1-x", "1--1", "1-7fffffffffffffff", "é-1"] {
            assert!(position(Some(bad)).is_err(), "{bad}");
        }
    }

    /// G60.
    #[test]
    fn both_spellings_of_arn_are_read() {
        let check = |name: &str, expect: bool| {
            let filter =
                shapes::Filter { name: Some(name.to_owned()), values: Some(vec!["v".to_owned()]) };
            let names = ["GranteePrincipalArn", "LicenseArn"];
            assert_eq!(Filters::read(Some(&[filter]), &names).is_ok(), expect, "{name}");
        };
        check("GranteePrincipalArn", true);
        check("GranteePrincipalARN", true);
        check("LicenseArn", true);
        check("granteeprincipalarn", false);
        check("GranteePrincipal", false);
        check("", false);
    }
}
