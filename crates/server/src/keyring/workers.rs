//! Threads for work that would hold up the async ones: as many at once as there are cores.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::store::Fault;

/// A bound on what runs at once.
#[derive(Clone, Debug)]
pub struct Workers(Arc<Semaphore>);

impl Workers {
    /// One for each core.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }

    /// Runs it on a thread where it may take its time.
    ///
    /// # Errors
    /// What it says, or that it did not end.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let permit =
            Arc::clone(&self.0).acquire_owned().await.map_err(|error| error.to_string())?;
        let task = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        task.await.map_err(|error| error.to_string())?
    }
}

impl Default for Workers {
    fn default() -> Self {
        Self::new()
    }
}
