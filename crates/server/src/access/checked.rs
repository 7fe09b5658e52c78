//! What the names in a request stood for when its permission was asked.

use leasehold_core::identity::Kind;

/// The keys, or the users, groups and so on, that a caller was allowed to have the operation on.
/// The operation runs in another transaction: by then a name may stand for something else, which
/// nobody has been asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What they are; `None` stands for keys.
    pub kind: Option<Kind>,
    /// Ids, or ARNs of keys.
    pub ids: Vec<String>,
}

impl Checked {
    /// Whether what is found now is what was asked about; of another kind it need not be.
    pub fn covers(&self, kind: Option<Kind>, id: &str) -> bool {
        self.kind != kind || self.ids.iter().any(|known| known == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_about_is_covered() {
        let checked = Checked { kind: Some(Kind::User), ids: vec!["one".to_owned()] };
        assert!(checked.covers(Some(Kind::User), "one"));
        assert!(!checked.covers(Some(Kind::User), "two"));
        assert!(checked.covers(Some(Kind::Policy), "two"));
        assert!(!Checked { kind: None, ids: Vec::new() }.covers(None, "appeared"));
    }
}
