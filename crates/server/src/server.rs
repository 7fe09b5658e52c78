//! The server: everything that requests share.

use std::collections::HashMap;
use std::sync::Arc;

use leasehold_core::iam::Action;
use leasehold_core::license::check_region_name;
use leasehold_store::Store;
use leasehold_store::ledger::Engine;
use leasehold_wire::{RequestParts, Service};

use crate::access::{KnownRights, Members, Tagging};
use crate::auth::Authenticator;
use crate::clock::Clock;
use crate::config::Policy;
use crate::cx::{Serials, Workflows};
use crate::federation::Providers;
use crate::issuer::Issuer;
use crate::keyring::{KeyStores, Keyring};
use crate::ledger::{COUNTER_BITS, Ledger};
use crate::operation::Operation;
use crate::refusals::RefusalRecord;
use crate::throttle::Throttles;
use crate::{iam, kms, license, organizations, sts};

/// The operations of a service.
pub fn operations(service: Service) -> Vec<Operation> {
    match service {
        Service::Kms => kms::operations(),
        Service::LicenseManager => license::operations(),
        Service::Organizations => organizations::operations(),
        Service::Iam => iam::operations(),
        Service::Sts => sts::operations(),
    }
}

/// An operation with the action that policies name it by.
pub struct Served {
    /// The line of its service's table.
    pub operation: Operation,
    /// `service:Name`.
    pub action: Action,
    /// That of tags of what it makes.
    pub tagging: Option<(Action, Tagging)>,
    /// What policies may ask of its requests.
    pub members: Members,
}

impl Served {
    /// A line of this service's table.
    pub fn new(service: Service, operation: Operation) -> Self {
        let action = Action::new(service.signing_name(), operation.name);
        let of_tags =
            |tagging: Tagging| (Action::new(service.signing_name(), tagging.name), tagging);
        let tagging = operation.tagging.map(of_tags);
        let members = Members::of(&(operation.input)());
        Self { operation, action, tagging, members }
    }
}

/// A running server.
pub struct Server {
    /// The database.
    pub store: Store,
    /// The way to the ledger.
    pub ledger: Ledger,
    /// Who calls.
    pub authenticator: Authenticator,
    /// What callers may do.
    pub rights: KnownRights,
    /// The time.
    pub clock: Arc<Clock>,
    /// What seals secrets.
    pub keyring: Arc<Keyring>,
    /// What keeps keys that sign.
    pub keys: Arc<KeyStores>,
    /// Who signs tokens for customers without an account.
    pub issuer: Issuer,
    /// Whose tokens roles may trust beside.
    pub providers: Providers,
    /// How often a token or a source may ask.
    pub throttles: Throttles,
    /// Why requests were refused lately.
    pub refusals: RefusalRecord,
    /// Settings that operations follow.
    pub policy: Arc<Policy>,
    operations: HashMap<Service, HashMap<&'static str, Served>>,
    serials: Serials,
    workflows: Workflows,
}

impl Server {
    /// A server on an open database, with the engine of its ledger, and the ledger's loop, which
    /// must be run for check-outs to be answered and ends when the server is dropped.
    pub fn new<E: Engine>(
        store: Store,
        engine: E,
        keyring: Arc<Keyring>,
        keys: KeyStores,
        clock: Arc<Clock>,
        policy: Policy,
    ) -> (Arc<Self>, impl Future<Output = ()>) {
        let instance = store.instance();
        let (ledger, run) = Ledger::new(engine, instance);
        let tables = Service::ALL.map(|service| (service, operations(service)));
        let by_name = |(service, table): (Service, Vec<Operation>)| {
            let serve = |operation: Operation| (operation.name, Served::new(service, operation));
            (service, table.into_iter().map(serve).collect())
        };
        let operations = tables.into_iter().map(by_name).collect();
        let keys = Arc::new(keys);
        let issuer =
            Issuer::new(&policy.issuer, store.clone(), Arc::clone(&keys), Arc::clone(&clock));
        let providers = Providers::new(policy.identity_providers.clone(), Arc::clone(&clock));
        let per_hour = policy.quotas.access_tokens_per_license_and_hour_max;
        let throttles = Throttles::new(&policy.limits, per_hour, &clock);
        let authenticator =
            Authenticator::new(store.clone(), Arc::clone(&keyring), Arc::clone(&clock));
        let rights = KnownRights::new(store.clone());
        let server = Self {
            store,
            ledger,
            authenticator,
            rights,
            clock,
            keyring,
            keys,
            issuer,
            providers,
            throttles,
            refusals: RefusalRecord::default(),
            policy: Arc::new(policy),
            operations,
            serials: Serials::after(instance << COUNTER_BITS),
            workflows: Workflows::default(),
        };
        (Arc::new(server), run)
    }

    /// The operation of that name, if the service has it.
    pub fn operation(&self, service: Service, name: &str) -> Option<&Served> {
        self.operations.get(&service)?.get(name)
    }

    /// The Region of a call that nobody has to sign: that of its signature, of the host that was
    /// called, or the server's own (W26).
    pub fn region_of(&self, request: &RequestParts<'_>) -> String {
        let signed = leasehold_wire::sigv4::parse(request).ok();
        let signed = signed.map(|authorization| authorization.region.into_owned());
        let host = request.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
        let of_host = host.and_then(|host| host.split('.').nth(1)).map(str::to_owned);
        let of_host = of_host.filter(|region| check_region_name(region).is_ok());
        signed.or(of_host).unwrap_or_else(|| self.policy.region.clone())
    }

    /// What G20 counts.
    pub fn workflows(&self) -> Workflows {
        self.workflows.clone()
    }

    /// Where the rows of new things come from.
    pub fn serials(&self) -> Serials {
        self.serials.clone()
    }
}
