//! The servers under test, on one database, and the clients that call them.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use http::{HeaderMap, HeaderValue, Method, header};
use leasehold_core::ids::Seed;
use leasehold_core::key::{Key as SignKey, KeySpec, State, default_policy};
use leasehold_server::access::Peer;
use leasehold_server::auth::new_key;
use leasehold_server::clock::Clock;
use leasehold_server::config::Policy;
use leasehold_server::dispatch::{Entry, answer};
use leasehold_server::keyring::store::Made;
use leasehold_server::keyring::{KeyStores, Keyring};
use leasehold_server::server::Server;
use leasehold_server::sweep;
use leasehold_store::key::{Alias, StoredKey};
use leasehold_store::{Store, Tx, account, key};
use leasehold_wire::sigv4::{Credentials, Scope, sign};
use leasehold_wire::{Rendered, RequestParts};
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

use crate::database::Database;
use crate::engine::FaultyEngine;
use crate::fault::Control;
use crate::plant::Plant;
use crate::random::{Random, Stream};
use crate::request::{Answer, Call, Request};
use crate::token;

/// The accounts of every history: those that sell, and then one that distributes, two that resell,
/// and customers.
pub const ACCOUNTS: [&str; 8] = [
    "111122223333",
    "444455556666",
    "700000000001",
    "800000000001",
    "800000000002",
    "900000000001",
    "900000000002",
    "900000000003",
];
/// Those of them that make licenses.
pub const SELLERS: [&str; 2] = ["111122223333", "444455556666"];
/// The Region that most is done in.
pub const HOME: &str = "us-east-1";
/// The key that signs, by its alias in each seller's account.
pub const SIGN_KEY: &str = "alias/simulated";
/// When the first history begins and all requests are signed: 2026-01-31T10:30:00Z, a day of the
/// month that most months do not have.
pub const BEGIN_MS: i64 = 1_769_855_400_000;

/// The Regions of licenses.
const REGIONS: [&str; 2] = [HOME, "eu-west-1"];
/// The key of every history, and the store that has it.
static MADE: OnceCell<(&'static str, Made)> = OnceCell::const_new();

/// The public half of the key that signs.
pub fn public_key() -> Option<&'static [u8]> {
    MADE.get().map(|made| made.1.public_key.as_slice())
}

/// One running server.
struct Node {
    server: Arc<Server>,
    control: Arc<Control>,
    ledger: JoinHandle<()>,
}

struct Key {
    account: &'static str,
    id: String,
    secret: String,
}

/// Servers, a database and clients.
pub struct World {
    database: Database,
    nodes: Vec<Node>,
    clock: Arc<Clock>,
    keyring: Arc<Keyring>,
    keys: Vec<Key>,
    ids: Random,
    plant: Option<Plant>,
}

impl World {
    /// Makes a database with accounts, and starts its servers.
    ///
    /// # Errors
    /// Whatever went wrong, in words.
    pub async fn new(
        postgres: Option<&str>,
        seed: u64,
        plant: Option<Plant>,
    ) -> Result<Self, String> {
        let mut world = Self {
            database: Database::make(postgres, seed).await?,
            nodes: Vec::new(),
            clock: Arc::new(Clock::stopped(BEGIN_MS)),
            keyring: Arc::new(Keyring::new(&[7; 32])?),
            keys: Vec::new(),
            ids: Random::new(seed, Stream::Ids),
            plant,
        };
        world.make_accounts().await?;
        for _ in 0..world.database.servers() {
            let node = world.start().await?;
            world.nodes.push(node);
        }
        for index in 0..world.nodes.len() {
            world.warm(index).await?;
        }
        Ok(world)
    }

    async fn make_accounts(&mut self) -> Result<(), String> {
        let text = |error: leasehold_store::Error| error.to_string();
        let store = Store::open(&self.database.location()).await.map_err(text)?;
        let mut tx = store.write().await.map_err(text)?;
        for id in ACCOUNTS {
            let created_at_ms = BEGIN_MS;
            let new = account::Account { id: id.to_owned(), name: id.to_owned(), created_at_ms };
            account::insert(&mut tx, &new).await.map_err(text)?;
            let seed = Seed::new(self.ids.bits());
            let (key, secret) = new_key(&self.keyring, &seed, id, None, created_at_ms)?;
            account::insert_key(&mut tx, &key).await.map_err(text)?;
            self.keys.push(Key { account: id, id: key.id, secret });
        }
        for account in SELLERS {
            for region in REGIONS {
                self.make_sign_key(&mut tx, account, region).await?;
            }
        }
        tx.commit().await.map_err(text)
    }

    /// A key that signs, under an alias. All of them are one, for it takes long to make.
    async fn make_sign_key(&self, tx: &mut Tx, account: &str, region: &str) -> Result<(), String> {
        let text = |error: leasehold_store::Error| error.to_string();
        let stores = KeyStores::software(Arc::clone(&self.keyring));
        let made = MADE.get_or_try_init(|| stores.create("", KeySpec::Rsa2048)).await?;
        let id = format!("{account}-{region}");
        let stored = StoredKey {
            key: SignKey {
                id: id.clone(),
                account: account.to_owned(),
                region: region.to_owned(),
                description: String::new(),
                spec: KeySpec::Rsa2048,
                state: State::Enabled,
                created_at_ms: BEGIN_MS,
                policy: default_policy(account),
                principals: BTreeMap::new(),
            },
            public_key: made.1.public_key.clone(),
            store: made.0.to_owned(),
            handle: made.1.handle.clone(),
        };
        key::insert(tx, &stored).await.map_err(text)?;
        let alias = Alias {
            account: account.to_owned(),
            region: region.to_owned(),
            name: SIGN_KEY.to_owned(),
            key_id: id,
            created_at_ms: BEGIN_MS,
            updated_at_ms: BEGIN_MS,
        };
        key::save_alias(tx, &alias).await.map_err(text)
    }

    async fn start(&self) -> Result<Node, String> {
        let control = Arc::new(Control::new(self.plant));
        let store = Store::open(&self.database.location()).await;
        let store = store.map_err(|error| error.to_string())?.with_faults(control.clone());
        let engine = FaultyEngine::new(store.ledger(), Arc::clone(&control));
        let (keyring, clock) = (Arc::clone(&self.keyring), Arc::clone(&self.clock));
        let keys = KeyStores::software(Arc::clone(&keyring));
        let (server, run) = Server::new(store, engine, keyring, keys, clock, Policy::default());
        Ok(Node { server, control, ledger: tokio::spawn(run) })
    }

    /// Lets a server see every key once. From then on a request of the ledger waits for nothing
    /// before it is queued, so that the order of the queue is that of the requests.
    async fn warm(&mut self, index: usize) -> Result<(), String> {
        for account in ACCOUNTS {
            let call = Call::ListLicenses { sku: None, status: None, size: 1, seen: 0, next: None };
            let request = Request { account, region: HOME, call };
            self.send(index, &[request], BEGIN_MS).await?;
        }
        Ok(())
    }

    /// Number of servers.
    pub fn servers(&self) -> usize {
        self.nodes.len()
    }

    /// The simulator's hand inside a server.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn control(&self, index: usize) -> Result<Arc<Control>, String> {
        Ok(Arc::clone(&self.node(index)?.control))
    }

    fn node(&self, index: usize) -> Result<&Node, String> {
        self.nodes.get(index).ok_or_else(|| format!("there is no server {index}"))
    }

    /// A view of the database beside the server.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn store(&self, index: usize) -> Result<Store, String> {
        Ok(self.node(index)?.server.store.clone())
    }

    /// Ends a server as it stands, with all that it remembers, and starts another in its place.
    ///
    /// # Errors
    /// Whatever went wrong, in words.
    pub async fn restart(&mut self, index: usize) -> Result<(), String> {
        if index >= self.nodes.len() {
            return Err(format!("there is no server {index}"));
        }
        let Node { server, ledger, .. } = self.nodes.remove(index);
        ledger.abort();
        // Aborted or not, it is gone when this returns, and the lock on the file with it.
        let _ = ledger.await;
        drop(server);
        let node = self.start().await?;
        self.nodes.insert(index, node);
        self.warm(index).await
    }

    /// Runs a step of the sweeper over everything.
    ///
    /// # Errors
    /// What the database says.
    pub async fn sweep(&self, index: usize, now_ms: i64) -> Result<(), String> {
        let store = &self.node(index)?.server.store;
        let mut after = 0;
        loop {
            after = sweep::step(store, now_ms, after).await.map_err(|error| error.to_string())?;
            if after == 0 {
                return Ok(());
            }
        }
    }

    /// Sends requests at the same time; `None` when the server crashed before it answered.
    ///
    /// # Errors
    /// When an answer cannot be read.
    pub async fn send(
        &mut self,
        index: usize,
        requests: &[Request],
        now_ms: i64,
    ) -> Result<Option<Vec<Answer>>, String> {
        let prepared: Vec<_> =
            requests.iter().map(|request| self.prepare(request)).collect::<Result<_, _>>()?;
        let Node { server, control, .. } = self.node(index)?;
        let answers = join_all(prepared.into_iter().map(|(headers, body, seed)| async move {
            let parts = RequestParts {
                method: &Method::POST,
                path: "/",
                query: "",
                headers: &headers,
                body: &body,
            };
            answer(server, &parts, Entry { now_ms, seed, peer: Peer::default() }).await
        }));
        let rendered = tokio::select! {
            biased;
            () = control.crashed.notified() => return Ok(None),
            rendered = answers => rendered,
        };
        rendered.iter().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// A signed request, and the chance that it brings to the server.
    fn prepare(&mut self, request: &Request) -> Result<(HeaderMap, Vec<u8>, Seed), String> {
        let body = request.body().to_string().into_bytes();
        let target = format!("AWSLicenseManager.{}", request.operation());
        let target = HeaderValue::from_str(&target).map_err(|error| error.to_string())?;
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost"));
        headers.insert("x-amz-target", target);
        let json = HeaderValue::from_static("application/x-amz-json-1.1");
        headers.insert(header::CONTENT_TYPE, json);
        let key = self.keys.iter().find(|key| key.account == request.account);
        let key = key.ok_or_else(|| format!("account {} has no key", request.account))?;
        let credentials =
            Credentials { access_key: &key.id, secret: &key.secret, session_token: None };
        let scope = Scope { region: request.region, service: "license-manager" };
        let parts = RequestParts {
            method: &Method::POST,
            path: "/",
            query: "",
            headers: &headers,
            body: &body,
        };
        let added = sign(&parts, &credentials, &scope, self.clock.system_ms());
        headers.extend(added.map_err(|error| error.to_string())?);
        Ok((headers, body, Seed::new(self.ids.bits())))
    }

    /// Stops all servers and clears the database away.
    ///
    /// # Errors
    /// What the system says.
    pub async fn end(self) -> Result<(), String> {
        for Node { server, ledger, .. } in self.nodes {
            ledger.abort();
            let _ = ledger.await;
            drop(server);
        }
        self.database.remove().await
    }
}

fn read(rendered: &Rendered) -> Result<Answer, String> {
    let mut body: Value = serde_json::from_slice(&rendered.body)
        .map_err(|error| format!("an answer is no JSON: {error}"))?;
    token::cut_signature(&mut body)?;
    let code = body.get("__type").and_then(Value::as_str).map(str::to_owned);
    Ok(Answer { status: rendered.status.as_u16(), code, body })
}
