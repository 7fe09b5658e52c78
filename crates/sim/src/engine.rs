//! The ledger's engine with the simulator's hand on it.

use std::sync::Arc;

use leasehold_core::consume::Command;
use leasehold_core::state::{Effects, State};
use leasehold_store::Result;
use leasehold_store::ledger::Engine;

use crate::fault::{Control, Fault, conflict, failed};
use crate::plant::Planted;

/// A row that no batch has: an engine that is told to write it fails, half-way through.
const NO_ROW: i64 = i64::MAX;

/// An engine whose batches fail when the simulator says so.
pub struct FaultyEngine<E> {
    inner: E,
    control: Arc<Control>,
    planted: Planted,
}

impl<E: Engine> FaultyEngine<E> {
    /// Puts the hand on an engine.
    pub fn new(inner: E, control: Arc<Control>) -> Self {
        Self { inner, control, planted: Planted::default() }
    }

    /// A commit that fails in the engine itself, so that its own way back is what is tested.
    async fn fail(&mut self, state: State, effects: &Effects) {
        let mut broken = effects.clone();
        broken.inserted.push(NO_ROW);
        // It cannot succeed, and which error it gives is not what is asked.
        let _ = self.inner.commit(state, &broken).await;
    }
}

/// Ends the process, as far as anybody can tell.
async fn crash(control: &Control) {
    control.crashed.notify_one();
    std::future::pending::<()>().await;
}

impl<E: Engine> Engine for FaultyEngine<E> {
    async fn load(&mut self, now_ms: i64, commands: &[Command]) -> Result<State> {
        match self.control.meet(true) {
            Some(Fault::LoadFails) => return Err(failed()),
            Some(Fault::Conflicts(_)) => return Err(conflict()),
            _ => {}
        }
        let mut state = self.inner.load(now_ms, commands).await?;
        if let Some(plant) = self.control.plant {
            self.planted.spoil_state(plant, &mut state);
        }
        Ok(state)
    }

    async fn commit(&mut self, mut state: State, effects: &Effects) -> Result<()> {
        let mut spoiled = None;
        if let Some(plant) = self.control.plant {
            spoiled = Some(self.planted.spoil_effects(plant, &mut state, effects));
        }
        let effects = spoiled.as_ref().unwrap_or(effects);
        match self.control.meet(false) {
            None | Some(Fault::LoadFails) => self.inner.commit(state, effects).await,
            Some(Fault::Conflicts(_)) => {
                self.fail(state, effects).await;
                Err(conflict())
            }
            Some(Fault::CommitFails) => {
                self.fail(state, effects).await;
                Err(failed())
            }
            Some(Fault::AnswerLost) => {
                self.inner.commit(state, effects).await?;
                Err(failed())
            }
            Some(Fault::CrashBefore) => {
                crash(&self.control).await;
                Err(failed())
            }
            Some(Fault::CrashAfter) => {
                self.inner.commit(state, effects).await?;
                crash(&self.control).await;
                Err(failed())
            }
        }
    }
}
