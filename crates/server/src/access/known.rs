//! The rights of those who called, in memory.

use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashMap;
use leasehold_store::{Result, Store, account};

use crate::auth::Caller;
use crate::rights::Rights;

/// Bytes of documents and tags whose compiled form is kept; past them all is forgotten. Compiled
/// they take some times as much.
const DOCUMENT_BYTES_KEPT_MAX: usize = 32 << 20;
/// What one that is kept counts for beside its documents.
const ENTRY_BYTES: usize = 1_024;

/// The rights of those who called. They hold as long as nothing of IAM has changed in
/// their account; its revision says so, which every write of IAM counts on.
pub struct KnownRights {
    store: Store,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    entries: HashMap<String, Entry>,
    bytes: usize,
}

#[derive(Clone)]
struct Entry {
    rights: Arc<Rights>,
    revision: i64,
    bytes: usize,
}

impl KnownRights {
    /// Nobody's yet.
    pub fn new(store: Store) -> Self {
        Self { store, known: RwLock::default() }
    }

    /// Those of a caller, as they are at the revision that the caller was read at or at a later
    /// one. The database is read only for what is not known.
    ///
    /// # Errors
    /// As [`Rights::of_caller`].
    pub async fn of(&self, caller: &Caller) -> Result<Arc<Rights>> {
        // A session has the rights of its role or user, unless it is limited or tagged.
        let of_session = caller.session.as_ref().filter(|session| session.changes_rights());
        let id = match of_session {
            Some(_) => &caller.access_key,
            None => caller.entity_id().unwrap_or_default(),
        };
        let known = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.entries.get(id).filter(|entry| entry.revision >= caller.iam_revision).cloned()
        };
        if let Some(known) = known {
            return Ok(known.rights);
        }
        let mut tx = self.store.read().await?;
        // INVARIANT: first the revision. What is read after it is at least as new.
        let revision = account::iam_revision(&mut tx, &caller.account).await?;
        let (rights, bytes) = Rights::of_caller(&mut tx, caller).await?;
        let bytes = bytes + ENTRY_BYTES;
        let rights = Arc::new(rights);
        let entry = Entry { rights: Arc::clone(&rights), revision, bytes };
        self.known.write().unwrap_or_else(PoisonError::into_inner).keep(id, entry);
        Ok(rights)
    }
}

impl Known {
    fn keep(&mut self, id: &str, entry: Entry) {
        let before = self.entries.get(id);
        // Another request may have read later than this one.
        if before.is_some_and(|before| before.revision > entry.revision) {
            return;
        }
        let bytes = entry.bytes;
        if self.bytes + bytes > DOCUMENT_BYTES_KEPT_MAX {
            *self = Self::default();
        }
        if let Some(before) = self.entries.insert(id.to_owned(), entry) {
            self.bytes -= before.bytes;
        }
        self.bytes += bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(revision: i64, bytes: usize) -> Entry {
        Entry { rights: Arc::default(), revision, bytes }
    }

    #[test]
    fn what_is_kept_is_bounded_and_never_goes_back() {
        let mut known = Known::default();
        known.keep("a", entry(2, 10));
        known.keep("a", entry(1, 500));
        assert_eq!((known.entries["a"].revision, known.bytes), (2, 10));
        known.keep("a", entry(3, 20));
        known.keep("b", entry(1, 5));
        assert_eq!((known.entries.len(), known.bytes), (2, 25));
        known.keep("c", entry(1, DOCUMENT_BYTES_KEPT_MAX));
        assert_eq!((known.entries.len(), known.bytes), (1, DOCUMENT_BYTES_KEPT_MAX));
    }
}
