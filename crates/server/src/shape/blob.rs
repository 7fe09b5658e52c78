//! Bytes: base64 on the wire.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;

use super::{Description, Path, Shape, Violations};

/// One to `MAX` bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Blob<const MAX: usize>(pub Vec<u8>);

impl<const MAX: usize> std::fmt::Debug for Blob<MAX> {
    /// Prints the length only: some of them are secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Blob({} bytes)", self.0.len())
    }
}

impl<const MAX: usize> Serialize for Blob<MAX> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<const MAX: usize> Shape for Blob<MAX> {
    fn accept(value: &mut Value, path: &Path<'_>, violations: &mut Violations) -> Option<Self> {
        let Some(bytes) = value.as_str().and_then(|text| STANDARD.decode(text).ok()) else {
            violations.add(Some(value), path, "Member must be bytes in base64");
            return None;
        };
        let fault = if bytes.is_empty() {
            "Member must have length greater than or equal to 1".to_owned()
        } else if bytes.len() > MAX {
            format!("Member must have length less than or equal to {MAX}")
        } else {
            return Some(Self(bytes));
        };
        violations.add(Some(value), path, &fault);
        None
    }

    fn describe() -> Description {
        Description::Blob { min: 1, max: MAX }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_base64_of_some_length() {
        let check = |text: &str, expect: Option<&[u8]>| {
            let mut violations = Violations::default();
            let found = Blob::<3>::accept(&mut text.into(), &Path::Root, &mut violations);
            assert_eq!(found.map(|blob| blob.0).as_deref(), expect, "{text}");
            assert_eq!(violations.is_empty(), expect.is_some());
        };
        check("AQID", Some(&[1, 2, 3]));
        check("AQ==", Some(&[1]));
        check("", None);
        check("AQIDBA==", None);
        check("AQ", None);
        check("*", None);
    }
}
