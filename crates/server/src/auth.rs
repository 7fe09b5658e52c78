//! Who calls: from a signature to an account and a principal.

mod caller;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use hashbrown::HashMap;
use leasehold_core::identity::Entity;
use leasehold_core::ids::Seed;
use leasehold_core::session::{Of, Session};
use leasehold_store::account::{self, KeyUse};
use leasehold_store::sealed::Kind;
use leasehold_store::{Store, Tx, iam, organization};
use leasehold_wire::{AuthFault, Authorization, RequestParts, SigningKey};

pub use caller::{Caller, Principal};

use crate::clock::Clock;
use crate::key_uses::KeyUses;
use crate::keyring::{self, Keyring, purpose};
use crate::session;

/// How long a key is believed without asking the database again, milliseconds. What this server
/// changes it sees at once; this is for what another server on the same database changes.
const CREDENTIAL_AGE_MAX_MS: i64 = 1_000;
/// Keys remembered; past it all are forgotten.
const CREDENTIALS_MAX: usize = 10_000;
/// Signing keys remembered for each access key: days, Regions and services.
const SIGNING_KEYS_MAX: usize = 16;

/// Why a caller is not let in.
#[derive(Debug)]
pub enum Denial {
    /// The request is not authentic.
    Fault(AuthFault),
    /// The server could not find out.
    Failed(String),
}

impl From<AuthFault> for Denial {
    fn from(fault: AuthFault) -> Self {
        Self::Fault(fault)
    }
}

/// A signing key with the scope it is for.
struct Scoped {
    date: String,
    region: String,
    service: String,
    key: SigningKey,
}

struct Credential {
    caller: Caller,
    secret: String,
    session_token: Option<String>,
    read_at_ms: i64,
    /// Whether a use is noted since it was read.
    is_used: AtomicBool,
    signing_keys: Mutex<Vec<Scoped>>,
}

/// Checks signatures, with the keys it has seen in memory.
pub struct Authenticator {
    store: Store,
    keyring: Arc<Keyring>,
    clock: Arc<Clock>,
    uses: Arc<KeyUses>,
    known: RwLock<Known>,
}

/// The keys that have been seen, and how often all were forgotten.
#[derive(Default)]
struct Known {
    credentials: HashMap<String, Arc<Credential>>,
    forgotten: u64,
}

impl Authenticator {
    /// An authenticator that knows no key yet.
    pub fn new(store: Store, keyring: Arc<Keyring>, clock: Arc<Clock>) -> Self {
        Self { store, keyring, clock, uses: Arc::default(), known: RwLock::default() }
    }

    /// The last uses of keys.
    pub fn uses(&self) -> Arc<KeyUses> {
        Arc::clone(&self.uses)
    }

    /// Forgets all keys: one of them has changed.
    pub fn forget(&self) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.credentials.clear();
        known.forgotten += 1;
    }

    /// Checks the signature of a request; returns who calls and the Region called (W20, W26).
    ///
    /// The order is that of the answers: malformed, unknown key, skewed clock, wrong signature.
    ///
    /// # Errors
    /// The fault of section 13.
    pub async fn authenticate(
        &self,
        request: &RequestParts<'_>,
        service: &str,
    ) -> Result<(Caller, String), Denial> {
        let authorization = leasehold_wire::sigv4::parse(request)?;
        if authorization.service != service {
            let text = format!(
                "Credential should be scoped to correct service: '{service}', not '{}'.",
                authorization.service
            );
            return Err(AuthFault::Mismatch(text).into());
        }
        let credential = self
            .credential(&authorization.access_key, authorization.session_token.as_deref())
            .await?;
        authorization.check_skew(self.clock.system_ms())?;
        let key = credential.signing_key(&authorization);
        authorization.verify(request, &key)?;
        if !credential.is_used.swap(true, Ordering::Relaxed) {
            self.uses.note(KeyUse {
                key: authorization.access_key.clone().into_owned(),
                at_ms: self.clock.now_ms(),
                region: authorization.region.clone().into_owned(),
                service: service.to_owned(),
            });
        }
        Ok((credential.caller.clone(), authorization.region.into_owned()))
    }

    /// The credential of an access key; a session token goes with one that is temporary.
    async fn credential(&self, id: &str, token: Option<&str>) -> Result<Arc<Credential>, Denial> {
        let now_ms = self.clock.elapsed_ms();
        let (known, forgotten) = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            (known.credentials.get(id).cloned(), known.forgotten)
        };
        if let Some(known) = known
            && now_ms - known.read_at_ms < CREDENTIAL_AGE_MAX_MS
            && known.session_token.as_deref() == token
        {
            known.check_end(self.clock.now_ms())?;
            return Ok(known);
        }
        let (caller, secret) = match token {
            None => self.load_key(id).await?,
            Some(token) => self.load_session(id, token).await?,
        };
        let credential = Arc::new(Credential {
            caller,
            secret,
            session_token: token.map(str::to_owned),
            read_at_ms: now_ms,
            is_used: AtomicBool::new(false),
            signing_keys: Mutex::default(),
        });
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // What was read before a change is not remembered after it.
        if known.forgotten == forgotten {
            if known.credentials.len() >= CREDENTIALS_MAX {
                known.credentials.clear();
            }
            known.credentials.insert(id.to_owned(), Arc::clone(&credential));
        }
        Ok(credential)
    }

    /// Caller and secret of a key that the database has.
    async fn load_key(&self, id: &str) -> Result<(Caller, String), Denial> {
        let failed = |error: leasehold_store::Error| Denial::Failed(error.to_string());
        let mut tx = self.store.read().await.map_err(failed)?;
        let key = account::find_key(&mut tx, id).await.map_err(failed)?;
        let key = key.filter(|key| key.is_enabled).ok_or(AuthFault::UnknownKey)?;
        let secret = self
            .keyring
            .open_sealed(purpose(Kind::AccessKey), &key.sealed_secret)
            .and_then(|secret| String::from_utf8(secret).map_err(|error| error.to_string()))
            .map_err(Denial::Failed)?;
        let caller = match &key.user {
            None => Caller::root(&key.account),
            Some(user) => {
                let (user, revision) = entity(&mut tx, &key.account, user).await?;
                Caller::user(user, revision)
            }
        };
        let organization_path =
            organization::path_of(&mut tx, &key.account).await.map_err(failed)?;
        Ok((Caller { access_key: id.to_owned(), organization_path, ..caller }, secret))
    }

    /// Caller and secret of a session: both are in its token. Who it is of must still be there.
    async fn load_session(&self, id: &str, token: &str) -> Result<(Caller, String), Denial> {
        let failed = |error: leasehold_store::Error| Denial::Failed(error.to_string());
        let session = session::open(&self.keyring, id, token).ok_or(AuthFault::UnknownKey)?;
        check_end(&session, self.clock.now_ms())?;
        let mut tx = self.store.read().await.map_err(failed)?;
        let organization_path =
            organization::path_of(&mut tx, &session.account).await.map_err(failed)?;
        let caller = match &session.of {
            Of::Root => Caller::root(&session.account),
            Of::User(of) | Of::Role(of, _) => {
                let (entity, revision) = entity(&mut tx, &session.account, of).await?;
                match &session.of {
                    Of::Role(_, name) => Caller::role(&entity, name, revision),
                    _ => Caller::user(entity, revision),
                }
            }
        };
        let secret = session.secret.clone();
        let session = Some(Arc::new(session));
        let access_key = id.to_owned();
        Ok((Caller { session, access_key, organization_path, ..caller }, secret))
    }
}

/// A user or role, and its account's revision, which is read first: what is read after it is at
/// least as new.
async fn entity(tx: &mut Tx, account: &str, id: &str) -> Result<(Entity, i64), Denial> {
    let failed = |error: leasehold_store::Error| Denial::Failed(error.to_string());
    let revision = account::iam_revision(tx, account).await.map_err(failed)?;
    let entity = iam::by_id(tx, id).await.map_err(failed)?;
    Ok((entity.ok_or(AuthFault::UnknownKey)?, revision))
}

fn check_end(session: &Session, now_ms: i64) -> Result<(), AuthFault> {
    if now_ms < session.expires_at_ms { Ok(()) } else { Err(AuthFault::ExpiredToken) }
}

/// A new key of an account's user or root, and its secret: 40 hexadecimal digits.
///
/// # Errors
/// When the secret cannot be sealed.
pub fn new_key(
    keyring: &Keyring,
    seed: &Seed,
    account: &str,
    user: Option<&str>,
    now_ms: i64,
) -> Result<(account::AccessKey, String), String> {
    let id = format!("AKIA{}", seed.base32("key id", 16));
    let secret: String = (seed.hex("secret 1") + &seed.hex("secret 2")).chars().take(40).collect();
    let key = account::AccessKey {
        id,
        account: account.to_owned(),
        user: user.map(str::to_owned),
        sealed_secret: keyring.seal(purpose(Kind::AccessKey), secret.as_bytes())?,
        is_enabled: true,
        created_at_ms: now_ms,
    };
    Ok((key, secret))
}

/// Stores a new key, sealed under the master key that is in force in this transaction.
///
/// # Errors
/// What the database says.
pub async fn insert_key(
    tx: &mut Tx,
    keyring: &Keyring,
    key: account::AccessKey,
) -> leasehold_store::Result<()> {
    let sealed = keyring::settle(tx, keyring, Kind::AccessKey, key.sealed_secret).await;
    account::insert_key(tx, &account::AccessKey { sealed_secret: sealed?, ..key }).await
}

impl Credential {
    fn check_end(&self, now_ms: i64) -> Result<(), AuthFault> {
        self.caller.session.as_ref().map_or(Ok(()), |session| check_end(session, now_ms))
    }

    fn signing_key(&self, scope: &Authorization<'_>) -> SigningKey {
        let mut keys = self.signing_keys.lock().unwrap_or_else(PoisonError::into_inner);
        let known = keys.iter().find(|known| {
            known.date == scope.date
                && known.region == scope.region
                && known.service == scope.service
        });
        if let Some(known) = known {
            return known.key.clone();
        }
        let key = SigningKey::derive(&self.secret, &scope.date, &scope.region, &scope.service);
        if keys.len() >= SIGNING_KEYS_MAX {
            keys.clear();
        }
        keys.push(Scoped {
            date: scope.date.clone().into_owned(),
            region: scope.region.clone().into_owned(),
            service: scope.service.clone().into_owned(),
            key: key.clone(),
        });
        key
    }
}
