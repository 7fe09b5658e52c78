//! A grant as check-outs need it, and the chains that such links form.

use std::collections::HashMap;
use std::sync::Arc;

use super::{AllowedOperation, GrantStatus};

/// A tag of a grant with this and an entitlement's name caps what is out through the grant.
pub const CAP_TAG: &str = "leasehold:cap/";

/// What a decision needs to know of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Row of the grant.
    pub key: i64,
    /// ARN, for refusals.
    pub arn: String,
    /// The grant above it.
    pub parent: Option<i64>,
    /// Where it stands.
    pub status: GrantStatus,
    /// What it allows by itself.
    pub operations: Vec<AllowedOperation>,
    /// The most units that may be out through it and everything below it, by entitlement.
    pub caps: HashMap<String, u64>,
}

impl Link {
    /// What stands for a grant where borrows are counted.
    pub fn of_borrows(key: i64, caps: HashMap<String, u64>) -> Self {
        Self {
            key,
            arn: String::new(),
            parent: None,
            status: GrantStatus::Active,
            operations: Vec::new(),
            caps,
        }
    }
}

/// The caps that the tags of a grant set. A value that is no count caps at nothing: tags are
/// checked when they are set.
pub fn caps<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> HashMap<String, u64> {
    let cap = |(key, value): (&str, &str)| {
        let name = key.strip_prefix(CAP_TAG)?;
        Some((name.to_owned(), value.parse().unwrap_or(0)))
    };
    tags.into_iter().filter_map(cap).collect()
}

/// Grants by row, each with all those above it.
#[derive(Clone, Debug, Default)]
pub struct Links(HashMap<i64, Arc<Link>>);

impl Links {
    /// Adds a link.
    pub fn insert(&mut self, link: Arc<Link>) {
        self.0.insert(link.key, link);
    }

    /// Adds a grant and all above it from others.
    pub fn extend(&mut self, others: &Self, grant: i64) {
        for link in others.chain(Some(grant)) {
            self.insert(Arc::clone(link));
        }
    }

    /// The link of a row.
    pub fn get(&self, key: i64) -> Option<&Arc<Link>> {
        self.0.get(&key)
    }

    /// All links, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Link>> {
        self.0.values()
    }

    /// Forgets one.
    pub fn remove(&mut self, key: i64) {
        self.0.remove(&key);
    }

    /// Whether a link is there.
    pub fn contains(&self, key: i64) -> bool {
        self.0.contains_key(&key)
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The chain from a grant up to the license, nothing for no grant. A grant that is not here
    /// ends it.
    pub fn chain(&self, grant: Option<i64>) -> impl Iterator<Item = &Arc<Link>> {
        let leaf = grant.and_then(|key| self.0.get(&key));
        std::iter::successors(leaf, |link| self.0.get(&link.parent?))
    }

    /// The rows of that chain.
    pub fn keys(&self, grant: Option<i64>) -> Vec<i64> {
        self.chain(grant).map(|link| link.key).collect()
    }

    /// Whether check-outs may be made and extended through a grant: it is active, and nothing
    /// above it is over (C2, G43).
    pub fn is_open(&self, grant: i64) -> bool {
        let is_active = |link: &Arc<Link>| link.status == GrantStatus::Active;
        self.get(grant).is_some_and(is_active)
            && self.chain(Some(grant)).all(|link| !link.status.is_over())
    }

    /// Whether a grant and all above it allow an operation (G39).
    pub fn allows(&self, grant: i64, operation: AllowedOperation) -> bool {
        self.contains(grant)
            && self.chain(Some(grant)).all(|link| link.operations.contains(&operation))
    }

    /// What a grant allows at last (G39), in the order of its own list.
    pub fn operations(&self, grant: i64) -> Vec<AllowedOperation> {
        let own = self.get(grant).map_or(&[][..], |link| link.operations.as_slice());
        own.iter().copied().filter(|operation| self.allows(grant, *operation)).collect()
    }
}
