//! Who calls: from a signature to an account and a principal.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use hashbrown::HashMap;
use leasehold_core::account::root_arn;
use leasehold_core::identity::Entity;
use leasehold_core::ids::Seed;
use leasehold_store::account::{self, KeyUse};
use leasehold_store::{Store, iam};
use leasehold_wire::{AuthFault, Authorization, RequestParts, SigningKey};

use crate::clock::Clock;
use crate::key_uses::KeyUses;
use crate::keyring::Keyring;

/// How long a key is believed without asking the database again, milliseconds. What this server
/// changes it sees at once; this is for what another server on the same database changes.
const CREDENTIAL_AGE_MAX_MS: i64 = 1_000;
/// Keys remembered; past it all are forgotten.
const CREDENTIALS_MAX: usize = 10_000;
/// Signing keys remembered for each access key: days, Regions and services.
const SIGNING_KEYS_MAX: usize = 16;
/// What access-key secrets are sealed for.
pub const SECRET_PURPOSE: &str = "access-key";

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Account.
    pub account: String,
    /// ARN of the principal.
    pub principal: String,
    /// What the principal is.
    pub who: Principal,
}

/// What a principal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// The account's root.
    Root,
    /// A user of the account.
    User {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
}

impl Caller {
    /// An account's root.
    pub fn root(account: &str) -> Self {
        let account = account.to_owned();
        Self { principal: root_arn(&account), account, who: Principal::Root }
    }

    fn user(user: Entity) -> Self {
        let principal = user.arn();
        let who = Principal::User { id: user.id, name: user.name };
        Self { account: user.account, principal, who }
    }

    /// The id of the principal, which is never given again: `UserId` of 8.1.
    pub fn user_id(&self) -> &str {
        match &self.who {
            Principal::Root => &self.account,
            Principal::User { id, .. } => id,
        }
    }
}

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
        // Only temporary credentials carry a session token, and there are none yet.
        if authorization.session_token.is_some() {
            return Err(AuthFault::UnknownKey.into());
        }
        let credential = self.credential(&authorization.access_key).await?;
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

    async fn credential(&self, id: &str) -> Result<Arc<Credential>, Denial> {
        let now_ms = self.clock.elapsed_ms();
        let (known, forgotten) = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            (known.credentials.get(id).cloned(), known.forgotten)
        };
        if let Some(known) = known
            && now_ms - known.read_at_ms < CREDENTIAL_AGE_MAX_MS
        {
            return Ok(known);
        }
        let failed = |error: leasehold_store::Error| Denial::Failed(error.to_string());
        let mut tx = self.store.read().await.map_err(failed)?;
        let key = account::find_key(&mut tx, id).await.map_err(failed)?;
        let key = key.filter(|key| key.is_enabled).ok_or(AuthFault::UnknownKey)?;
        let secret = self
            .keyring
            .open_sealed(SECRET_PURPOSE, &key.sealed_secret)
            .and_then(|secret| String::from_utf8(secret).map_err(|error| error.to_string()))
            .map_err(Denial::Failed)?;
        let caller = match &key.user {
            None => Caller::root(&key.account),
            Some(user) => {
                let user = iam::by_id(&mut tx, user).await.map_err(failed)?;
                Caller::user(user.ok_or(AuthFault::UnknownKey)?)
            }
        };
        let credential = Arc::new(Credential {
            caller,
            secret,
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
        sealed_secret: keyring.seal(SECRET_PURPOSE, secret.as_bytes())?,
        is_enabled: true,
        created_at_ms: now_ms,
    };
    Ok((key, secret))
}

impl Credential {
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
