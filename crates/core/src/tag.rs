//! Tags of a resource: TG2 and TG3.

use crate::Refusal;

/// Tags one resource may carry (TG3).
pub const TAGS_MAX: usize = 50;
/// Longest key in characters (TG3).
pub const KEY_LENGTH_MAX: usize = 128;
/// Longest value in characters (TG3).
pub const VALUE_LENGTH_MAX: usize = 256;

/// Checks the tags of one call: keys of 1 to 128 characters that do not begin with `aws:` and stand
/// once, values of at most 256 characters.
///
/// # Errors
/// A value refusal that names the tag.
pub fn check(tags: &[(String, String)]) -> Result<(), Refusal> {
    for (index, (key, value)) in tags.iter().enumerate() {
        let length = key.chars().count();
        let fault = if length == 0 || length > KEY_LENGTH_MAX {
            "Key must have 1 to 128 characters"
        } else if value.chars().count() > VALUE_LENGTH_MAX {
            "Value must have at most 256 characters"
        } else if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            "keys that begin with 'aws:' are reserved"
        } else if tags.iter().take(index).any(|(other, _)| other == key) {
            "the key stands twice"
        } else {
            continue;
        };
        return Err(Refusal::value("TG3", format!("Tags[{index}]: {fault}.")));
    }
    check_count(tags.len())
}

/// Checks how many tags a resource has in all.
///
/// # Errors
/// A value refusal past [`TAGS_MAX`].
pub fn check_count(count: usize) -> Result<(), Refusal> {
    if count > TAGS_MAX {
        return Err(Refusal::value("TG3", "A resource may have at most 50 tags."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_checked() {
        let check = |tags: &[(&str, &str)], ok: bool| {
            let tags: Vec<_> =
                tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            assert_eq!(check(&tags).is_ok(), ok, "{tags:?}");
        };
        let (long, longer) = ("k".repeat(128), "k".repeat(129));
        check(&[("team", ""), ("Team", "x")], true);
        check(&[(&long, &"v".repeat(256))], true);
        check(&[(&longer, "")], false);
        check(&[("", "v")], false);
        check(&[("k", &"v".repeat(257))], false);
        check(&[("aws:k", "v")], false);
        check(&[("AWS:k", "v")], false);
        check(&[("k", "v"), ("k", "w")], false);
        let keys: Vec<_> = (0..51).map(|index| index.to_string()).collect();
        let tags: Vec<_> = keys.iter().map(|key| (key.as_str(), "v")).collect();
        check(tags.get(..50).unwrap(), true);
        check(&tags, false);
    }
}
