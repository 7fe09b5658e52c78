//! The keys of providers: from a file or an address, remembered for a while.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::fetch::{self, Reach};
use crate::clock::Clock;
use crate::jwt::JwkSet;
use crate::keyring::workers::Workers;

/// How long keys are believed, milliseconds.
const FRESH_MS: i64 = 5 * 60 * 1_000;
/// How long keys are used whose provider does not answer, milliseconds.
const STALE_MAX_MS: i64 = 60 * 60 * 1_000;
/// The least time between two looks at a provider's keys, whether they could be had or not,
/// milliseconds.
const LOOK_INTERVAL_MS: i64 = 10 * 1_000;
/// Providers remembered; past it all are forgotten.
const PROVIDERS_MAX: usize = 1_000;

/// Why keys cannot be had, for the log.
type Fault = String;

/// The keys of providers, by name.
pub struct Providers {
    /// Where the settings say that a provider's keys are: a path or a URL.
    sources: BTreeMap<String, String>,
    clock: Arc<Clock>,
    workers: Workers,
    known: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Known>>>>,
}

/// What is known of one provider; whoever looks again holds the lock, so that one does.
#[derive(Default)]
struct Known {
    keys: Option<(Arc<JwkSet>, i64)>,
    looked_at_ms: Option<i64>,
    fault: Fault,
}

impl Providers {
    /// Providers whose keys are where the settings say, or their own discovery does.
    pub fn new(sources: BTreeMap<String, String>, clock: Arc<Clock>) -> Self {
        Self { sources, clock, workers: Workers::new(), known: Mutex::default() }
    }

    /// The keys of a provider, looked at again when they are old or lack the one that is wanted.
    ///
    /// # Errors
    /// Why they cannot be had.
    pub async fn keys(&self, name: &str, wanted: Option<&str>) -> Result<Arc<JwkSet>, Fault> {
        let known = self.known(name);
        let mut known = known.lock().await;
        let now_ms = self.clock.elapsed_ms();
        let is_enough = known.keys.as_ref().is_some_and(|(keys, at_ms)| {
            now_ms - at_ms < FRESH_MS && keys.named(wanted).next().is_some()
        });
        let may_look =
            known.looked_at_ms.is_none_or(|looked_at_ms| now_ms - looked_at_ms >= LOOK_INTERVAL_MS);
        if !is_enough && may_look {
            known.looked_at_ms = Some(now_ms);
            match self.look(name).await {
                Ok(keys) => known.keys = Some((Arc::new(keys), now_ms)),
                Err(fault) => known.fault = fault,
            }
        }
        let usable = known.keys.as_ref().filter(|(_, at_ms)| now_ms - at_ms < STALE_MAX_MS);
        usable.map(|(keys, _)| Arc::clone(keys)).ok_or_else(|| known.fault.clone())
    }

    fn known(&self, name: &str) -> Arc<tokio::sync::Mutex<Known>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= PROVIDERS_MAX && !known.contains_key(name) {
            known.clear();
        }
        Arc::clone(known.entry(name.to_owned()).or_default())
    }

    async fn look(&self, name: &str) -> Result<JwkSet, Fault> {
        let json = match self.sources.get(name) {
            Some(url) if url.contains("://") => fetch::get(url, Reach::Anywhere).await?,
            Some(path) => self.read(PathBuf::from(path)).await?,
            None => discover(name).await?,
        };
        JwkSet::read(&json).ok_or_else(|| "what the provider has is no set of keys".to_owned())
    }

    async fn read(&self, path: PathBuf) -> Result<Vec<u8>, Fault> {
        let fault = |error: std::io::Error, path: &PathBuf| format!("{}: {error}", path.display());
        self.workers.run(move || std::fs::read(&path).map_err(|error| fault(error, &path))).await
    }
}

/// The keys that a provider's own discovery document names (OpenID Connect Discovery 1.0). Who is
/// named by an account must be in public: no look into the network that the server is in.
async fn discover(name: &str) -> Result<Vec<u8>, Fault> {
    #[derive(Deserialize)]
    struct Configuration {
        issuer: String,
        jwks_uri: String,
    }
    let host = name.trim_end_matches('/');
    let url = format!("https://{host}/.well-known/openid-configuration");
    let json = fetch::get(&url, Reach::Public).await?;
    let found: Configuration = serde_json::from_slice(&json).map_err(|error| error.to_string())?;
    if found.issuer != format!("https://{name}") {
        return Err(format!("{url} is about '{}'", found.issuer));
    }
    fetch::get(&found.jwks_uri, Reach::Public).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn providers(source: &str) -> Providers {
        let sources = BTreeMap::from([("example.com".to_owned(), source.to_owned())]);
        Providers::new(sources, Arc::new(Clock::stopped(0)))
    }

    #[tokio::test]
    async fn keys_come_from_a_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwks.json");
        std::fs::write(&path, r#"{"keys": [{"kty": "RSA", "kid": "a"}]}"#).unwrap();
        let providers = providers(path.to_str().unwrap());
        assert_eq!(providers.keys("example.com", Some("a")).await.unwrap().keys.len(), 1);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(providers.keys("example.com", Some("b")).await.unwrap().keys.len(), 1);
    }

    #[tokio::test]
    async fn a_provider_in_the_servers_own_network_needs_the_settings() {
        let providers = providers("/nowhere");
        assert!(providers.keys("example.com", None).await.is_err());
        for name in ["127.0.0.1:1", "localhost:1", "169.254.169.254", "[::1]:1"] {
            let fault = providers.keys(name, None).await.unwrap_err();
            assert!(fault.contains("public"), "{fault}");
        }
    }
}
