//! What every operation gets: when, who, where, and the chance of this request.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use leasehold_core::identity;
use leasehold_core::ids::Seed;
use leasehold_core::{Kind, Refusal};

use crate::access::{Checked, Peer};
use crate::auth::Caller;
use crate::config::Policy;
use crate::key_uses::KeyUses;
use crate::keyring::Keyring;

/// Numbers of which none is given twice; later ones are greater.
#[derive(Clone, Debug)]
pub struct Serials(Arc<AtomicI64>);

impl Serials {
    /// Numbers after this one.
    pub fn after(last: i64) -> Self {
        Self(Arc::new(AtomicI64::new(last)))
    }

    /// The next number.
    pub fn next(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// The distributions of organizations' grants that run at this time.
#[derive(Clone, Debug, Default)]
pub struct Workflows(Arc<AtomicI64>);

impl Workflows {
    /// Begins one, which runs until what is returned is dropped.
    ///
    /// # Errors
    /// [`Kind::LimitExceeded`] where `max` run already (G20).
    pub fn begin(&self, max: Option<i64>) -> Result<Workflow, Refusal> {
        // Counted first, so that two at once cannot both be the last that fits.
        let running = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let workflow = Workflow(Arc::clone(&self.0));
        if max.is_some_and(|max| running > max) {
            // The text is one that clients match on (G20).
            let text = "Too many concurrent org grants are in progress.";
            return Err(Refusal::new(Kind::LimitExceeded, "G20", text));
        }
        Ok(workflow)
    }
}

/// One distribution that runs.
#[derive(Debug)]
pub struct Workflow(Arc<AtomicI64>);

impl Drop for Workflow {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The context of one request. Time and chance entered at the door and are the same however often
/// its transaction is run.
#[derive(Clone, Debug)]
pub struct Cx {
    /// Now, milliseconds since 1970 in UTC.
    pub now_ms: i64,
    /// Where ids come from.
    pub seed: Seed,
    /// Where the rows of new things come from.
    pub serials: Serials,
    /// What G20 counts.
    pub workflows: Workflows,
    /// Id of the request, for the client and the log.
    pub request_id: String,
    /// Region that was called (W26).
    pub region: String,
    /// Who calls.
    pub caller: Caller,
    /// Where the request comes from.
    pub peer: Peer,
    /// What the caller was asked about; `None` where nothing that could change since.
    pub checked: Option<Checked>,
    /// What seals secrets.
    pub keyring: Arc<Keyring>,
    /// The last uses of keys.
    pub key_uses: Arc<KeyUses>,
    /// The server's settings that operations follow.
    pub policy: Arc<Policy>,
}

impl Cx {
    /// Refuses what has come in the place of what the caller was asked about (W24). `kind` is
    /// `None` for keys, which have ARNs for ids.
    ///
    /// # Errors
    /// [`Kind::Conflict`]; asked again, policies decide on what is there then.
    pub fn check_same(&self, kind: Option<identity::Kind>, id: &str) -> Result<(), Refusal> {
        if self.checked.as_ref().is_none_or(|checked| checked.covers(kind, id)) {
            return Ok(());
        }
        let text = "What this name stands for has just changed; try again.";
        Err(Refusal::new(Kind::Conflict, "W24", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G20.
    #[test]
    fn distributions_are_counted_while_they_run() {
        let workflows = Workflows::default();
        let first = workflows.begin(Some(2)).unwrap();
        let _second = workflows.begin(Some(2)).unwrap();
        let refusal = workflows.begin(Some(2)).unwrap_err();
        assert_eq!(refusal.message, "Too many concurrent org grants are in progress.");
        assert!(workflows.begin(None).is_ok(), "off by default");
        drop(first);
        assert!(workflows.begin(Some(2)).is_ok());
    }
}
