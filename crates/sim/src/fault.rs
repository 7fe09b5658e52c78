//! What breaks, and when: faults that a server must survive.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use leasehold_store::{CommitFaults, Error, ErrorKind, Result};
use tokio::sync::Notify;

use crate::plant::Plant;

/// A fault of the next batch of the ledger, or of the next transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Reading what to decide on fails; batches only.
    LoadFails,
    /// So many times another server is said to have been faster.
    Conflicts(u32),
    /// The commit fails, and nothing is durable.
    CommitFails,
    /// The commit succeeds, and is reported to have failed.
    AnswerLost,
    /// The process ends before the commit.
    CrashBefore,
    /// The process ends after the commit, before anybody is answered.
    CrashAfter,
}

impl Fault {
    /// Whether the server has to be started again.
    pub fn is_crash(self) -> bool {
        matches!(self, Fault::CrashBefore | Fault::CrashAfter)
    }

    /// Whether what was decided is durable, though nobody was told.
    pub fn is_durable(self) -> bool {
        matches!(self, Fault::AnswerLost | Fault::CrashAfter)
    }
}

/// The hand of the simulator inside one server.
#[derive(Debug, Default)]
pub struct Control {
    batch: Mutex<Option<Fault>>,
    transaction: Mutex<Option<Fault>>,
    /// Batches that come before the one that meets the fault.
    spared: AtomicU32,
    /// Told when a batch has met a crash.
    pub crashed: Notify,
    /// A defect that somebody wants to see found.
    pub plant: Option<Plant>,
}

fn locked(fault: &Mutex<Option<Fault>>) -> MutexGuard<'_, Option<Fault>> {
    fault.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Control {
    /// A hand with a defect to plant, or none.
    pub fn new(plant: Option<Plant>) -> Self {
        Self { plant, ..Self::default() }
    }

    /// Sets the fault of the next batch, or takes it back.
    pub fn set_batch(&self, fault: Option<Fault>) {
        *locked(&self.batch) = fault;
    }

    /// Lets so many batches pass before one meets the fault.
    pub fn spare(&self, batches: u32) {
        self.spared.store(batches, Ordering::Relaxed);
    }

    /// Sets the fault of the next transaction, or takes it back.
    pub fn set_transaction(&self, fault: Option<Fault>) {
        *locked(&self.transaction) = fault;
    }

    /// The fault that a batch meets now. Conflicts come one at a time, in turn when it loads and
    /// when it commits.
    pub fn meet(&self, is_loading: bool) -> Option<Fault> {
        let spared = self.spared.load(Ordering::Relaxed);
        if spared > 0 {
            self.spared.store(spared - u32::from(!is_loading), Ordering::Relaxed);
            return None;
        }
        let mut fault = locked(&self.batch);
        match *fault {
            Some(Fault::Conflicts(left)) if (left % 2 == 1) == is_loading => {
                *fault = left.checked_sub(2).map(|less| Fault::Conflicts(less + 1));
                Some(Fault::Conflicts(left))
            }
            Some(Fault::LoadFails) if is_loading => fault.take(),
            Some(Fault::Conflicts(_) | Fault::LoadFails) | None => None,
            Some(_) if is_loading => None,
            Some(_) => fault.take(),
        }
    }
}

/// An error as a broken database gives it.
pub fn failed() -> Error {
    Error::new(ErrorKind::Failed, "a fault of the simulation")
}

/// An error as a database in use by others gives it.
pub fn conflict() -> Error {
    Error::new(ErrorKind::Conflict, "a conflict of the simulation")
}

impl CommitFaults for Control {
    fn before(&self) -> Result<()> {
        let mut fault = locked(&self.transaction);
        match *fault {
            Some(Fault::Conflicts(left)) => {
                *fault = left.checked_sub(1).filter(|left| *left > 0).map(Fault::Conflicts);
                Err(conflict())
            }
            Some(Fault::CommitFails | Fault::CrashBefore) => {
                *fault = None;
                Err(failed())
            }
            _ => Ok(()),
        }
    }

    fn after(&self) -> Result<()> {
        let durable = locked(&self.transaction).take_if(|fault| fault.is_durable());
        durable.map_or(Ok(()), |_| Err(failed()))
    }
}
