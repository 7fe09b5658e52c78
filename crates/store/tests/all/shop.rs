//! A ledger over a database, driven as the server drives it, with time and chance in the test's
//! hands.

use std::collections::BTreeMap;
use std::sync::Arc;

use leasehold_core::Refusal;
use leasehold_core::consume::{
    CheckIn, CheckOut, CheckoutType, Command, Consumer, Extend, Outcome, decide,
};
use leasehold_core::entitlement::{Asked, Entitlement, Unit};
use leasehold_core::license::{
    self as core, ConsumptionConfiguration, Issuer, License, Status, Terms, Validity,
};
use leasehold_core::pool::{Pool, Pools};
use leasehold_core::state::{Consumption, Effects, Selection};
use leasehold_store::check::check;
use leasehold_store::ledger::{Engine, LedgerEngine};
use leasehold_store::{Result, Store, consumption, license};

use crate::database::Database;

pub const ACCOUNT: &str = "111122223333";
/// 2021-01-31T10:00:00Z, when the example's term begins.
pub const BEGIN_MS: i64 = 1_612_087_200_000;
pub const MINUTE_MS: i64 = 60_000;
pub const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Row numbers within one opening of the store, as the server gives them.
const COUNTER_BITS: u32 = 40;

/// What a command came to.
pub type Decided = std::result::Result<Outcome, Refusal>;

/// A license for a year: ten Users, a thousand Gigabytes of Data, and a Tier. Holds last an hour.
pub fn example(key: i64) -> License {
    let entitlement = |name: &str, unit, max_count| Entitlement {
        name: name.to_owned(),
        unit,
        max_count,
        value: None,
        overage: false,
        allow_check_in: true,
    };
    License {
        key,
        arn: core::arn(ACCOUNT, &format!("{key:032x}")),
        account: ACCOUNT.to_owned(),
        product_sku: "sku".to_owned(),
        beneficiary: "buyer".to_owned(),
        home_region: "us-east-1".to_owned(),
        created_at_ms: BEGIN_MS.saturating_add(key),
        deleted_at_ms: None,
        version: 1,
        terms: Terms {
            license_name: "name".to_owned(),
            product_name: "product".to_owned(),
            issuer: Issuer { name: "My Company".to_owned(), sign_key: None },
            validity: Validity::parse(
                "2021-01-31T10:00:00Z".to_owned(),
                Some("2022-01-31T10:00:00Z".to_owned()),
            )
            .unwrap(),
            entitlements: vec![
                entitlement("Users", Unit::Count, Some(10)),
                entitlement("Data", Unit::Gigabytes, Some(1000)),
                entitlement("Tier", Unit::None, None),
            ],
            consumption: ConsumptionConfiguration {
                provisional_minutes_max: Some(60),
                ..ConsumptionConfiguration::default()
            },
            metadata: Vec::new(),
            status: Status::Available,
        },
    }
}

/// Stores a license as CreateLicense does.
pub async fn add(store: &Store, new: &License, now_ms: i64) {
    let mut tx = store.write().await.unwrap();
    license::insert(&mut tx, new).await.unwrap();
    tx.save_pools(new.key, &Pools::new(&new.terms, now_ms)).await.unwrap();
    tx.commit().await.unwrap();
}

/// An open store, its ledger, and the time.
pub struct Shop<'a> {
    pub database: &'a Database,
    pub store: Store,
    pub engine: LedgerEngine,
    pub now_ms: i64,
    /// Added to the numbers of new rows.
    pub base: i64,
    /// Requests made so far.
    pub requests: i64,
}

impl<'a> Shop<'a> {
    /// Opens the store.
    pub async fn open(database: &'a Database) -> Self {
        let store = database.open().await;
        let base = store.instance() << COUNTER_BITS;
        Self { database, engine: store.ledger(), store, now_ms: BEGIN_MS, base, requests: 0 }
    }

    /// Opens the store with the example license in row 1.
    pub async fn stocked(database: &'a Database) -> Self {
        let shop = Self::open(database).await;
        add(&shop.store, &example(1), shop.now_ms).await;
        shop
    }

    /// Closes the store and opens it anew. Time goes on.
    pub async fn restart(self) -> Self {
        let Self { database, now_ms, requests, .. } = self;
        drop((self.engine, self.store));
        Self { now_ms, requests, ..Self::open(database).await }
    }

    pub fn later(&mut self, minutes: i64) -> &mut Self {
        self.now_ms += minutes * MINUTE_MS;
        self
    }

    /// A new version of a license, as CreateLicenseVersion stores it.
    pub async fn amend(&mut self, key: i64, change: impl FnOnce(&mut Terms)) {
        let mut tx = self.store.write().await.unwrap();
        let mut pools = tx.pools(key).await.unwrap();
        let old = current(&mut tx, key).await;
        let mut new = License { version: old.version + 1, ..old.clone() };
        change(&mut new.terms);
        pools.amend(&old.terms, &new.terms, self.now_ms);
        license::amend(&mut tx, &new, self.now_ms).await.unwrap();
        tx.save_pools(key, &pools).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Marks a license as deleted, as DeleteLicense does; whether it was allowed (L31).
    pub async fn delete(&mut self, key: i64) -> bool {
        let mut tx = self.store.write().await.unwrap();
        let mut pools = tx.pools(key).await.unwrap();
        let old = current(&mut tx, key).await;
        pools.advance(&old.terms, self.now_ms);
        let version = old.version.to_string();
        let gone = core::delete(&old, &old.home_region, &version, pools.held(), self.now_ms);
        if let Ok(gone) = &gone {
            license::delete(&mut tx, gone).await.unwrap();
            tx.commit().await.unwrap();
        }
        gone.is_ok()
    }

    /// Decides a batch at the time of the shop.
    pub async fn try_batch(&mut self, commands: &[Command]) -> Result<Vec<Decided>> {
        let mut state = self.engine.load(self.now_ms, commands).await?;
        let mut effects = Effects::default();
        let first = self.base + self.requests + 1;
        self.requests += i64::try_from(commands.len()).unwrap();
        let decided = (first..)
            .zip(commands)
            .map(|(seq, command)| decide(&mut state, &mut effects, command, seq))
            .collect();
        self.engine.commit(state, &effects).await?;
        Ok(decided)
    }

    pub async fn batch(&mut self, commands: &[Command]) -> Vec<Decided> {
        self.try_batch(commands).await.unwrap()
    }

    pub async fn one(&mut self, command: Command) -> Decided {
        self.batch(&[command]).await.pop().unwrap()
    }

    /// A check-out of Users with a client token of its own.
    pub fn request(&mut self, checkout_type: CheckoutType, units: u64) -> CheckOut {
        self.requests += 1;
        let number = u128::try_from(self.base + self.requests).unwrap();
        CheckOut {
            consumer: Consumer { account: ACCOUNT.to_owned(), principal: "root".to_owned() },
            selection: Selection {
                account: ACCOUNT.to_owned(),
                beneficiary: Some("buyer".to_owned()),
                product_sku: "sku".to_owned(),
            },
            only_license: None,
            key_fingerprint: core::key_fingerprint(ACCOUNT, "My Company"),
            checkout_type,
            asked: vec![Asked { name: "Users".to_owned(), unit: Unit::Count, units }],
            node_id: None,
            seat: None,
            client_key: number.to_be_bytes(),
            fingerprint: u64::MAX - 7,
            secret: u64::MAX - 9,
        }
    }

    pub fn provisional(&mut self, units: u64) -> CheckOut {
        self.request(CheckoutType::Provisional, units)
    }

    pub fn perpetual(&mut self, units: u64) -> CheckOut {
        self.request(CheckoutType::Perpetual, units)
    }

    pub async fn hold(&mut self, units: u64) -> Arc<Consumption> {
        let request = self.provisional(units);
        consumption_of(self.one(Command::CheckOut(request)).await)
    }

    pub async fn draw(&mut self, units: u64) -> Arc<Consumption> {
        let request = self.perpetual(units);
        consumption_of(self.one(Command::CheckOut(request)).await)
    }

    pub async fn extend(&mut self, consumption: &Consumption) -> Decided {
        self.one(extend(consumption)).await
    }

    pub async fn check_in(&mut self, consumption: &Consumption) -> Decided {
        self.one(check_in(consumption)).await
    }

    /// The pools of a license as GetLicenseUsage sees them.
    pub async fn usage(&mut self, license: i64) -> Vec<Pool> {
        match self.one(Command::Usage { license }).await {
            Ok(Outcome::Usage(pools)) => pools,
            other => panic!("{other:?}"),
        }
    }

    /// Drawn and held Users.
    pub async fn users(&mut self, license: i64) -> (u64, u64) {
        let pools = self.usage(license).await;
        let users = pools.iter().find(|pool| pool.name == "Users");
        users.map_or((0, 0), |users| (users.drawn, users.held))
    }

    /// The pools as the engine keeps them between batches. The time of the last decision is left
    /// out: a restart may forget one that changed nothing.
    pub async fn pools(&self, license: i64) -> Pools {
        let mut tx = self.store.write().await.unwrap();
        Pools { decided_at_ms: 0, next_return_at_ms: None, ..tx.pools(license).await.unwrap() }
    }

    /// Every check-out of a license, from the rows.
    pub async fn rows(&self, license: i64) -> Vec<Consumption> {
        let mut tx = self.store.read().await.unwrap();
        consumption::all_of(&mut tx, license).await.unwrap()
    }

    /// Counts a license anew, and looks whether all that is stored holds together.
    pub async fn recount(&mut self, license: i64) {
        self.count(license).await;
        let mut tx = self.store.read().await.unwrap();
        let mut differences = check(&mut tx, &mut ()).await.unwrap().differences;
        // The accounts of the shop are not stored.
        differences.retain(|it| it.subject.starts_with("arn:"));
        assert_eq!(differences, []);
    }

    /// Counts what is drawn and held from the rows, and compares it with what usage says.
    pub async fn count(&mut self, license: i64) {
        let usage = self.usage(license).await;
        let terms = {
            let mut tx = self.store.read().await.unwrap();
            current(&mut tx, license).await.terms
        };
        let period_begin_ms = terms.period_begin_ms(self.now_ms);
        let mut counted: BTreeMap<(String, Unit), (u64, u64)> = BTreeMap::new();
        for row in self.rows(license).await {
            let is_drawn =
                row.checkout_type == CheckoutType::Perpetual && row.issued_at_ms >= period_begin_ms;
            for taken in &row.taken {
                let sums = counted.entry((taken.name.clone(), taken.unit)).or_default();
                sums.0 += if is_drawn { taken.units } else { 0 };
                sums.1 += if row.is_holding(self.now_ms) { taken.units } else { 0 };
            }
        }
        let said: BTreeMap<_, _> =
            usage.into_iter().map(|it| ((it.name, it.unit), (it.drawn, it.held))).collect();
        assert_eq!(said, counted, "usage of license {license} is not what its rows say");
        self.check_returns(license, &terms).await;
    }
}

impl Shop<'_> {
    /// All that is held comes back: C32.
    async fn check_returns(&self, license: i64, terms: &Terms) {
        let mut pools = self.pools(license).await;
        pools.advance(terms, self.now_ms);
        for (index, pool) in pools.pools.iter().enumerate() {
            let own = pools.returns.iter().filter(|((_, place, through), _)| {
                through.is_none() && usize::from(*place) == index
            });
            let returns: i64 = own.map(|(_, units)| *units).sum();
            let name = &pool.name;
            assert_eq!(u64::try_from(returns), Ok(pool.held), "{name} of license {license}");
        }
    }
}

/// The license in this row, as its current version says.
pub async fn current(tx: &mut leasehold_store::Tx, key: i64) -> License {
    let rows = tx.query("SELECT arn FROM license WHERE key = $1", &[key.into()]).await.unwrap();
    let arn = rows[0].text(0).unwrap().to_owned();
    license::find(tx, &arn).await.unwrap().unwrap()
}

pub fn extend(consumption: &Consumption) -> Command {
    Command::Extend(Extend {
        account: consumption.account.clone(),
        token: consumption.token,
        dry_run: false,
        interval_min_ms: None,
    })
}

pub fn check_in(consumption: &Consumption) -> Command {
    Command::CheckIn(CheckIn {
        account: consumption.account.clone(),
        token: consumption.token,
        beneficiary: None,
    })
}

/// The check-out that was made or answered again.
pub fn consumption_of(decided: Decided) -> Arc<Consumption> {
    match decided {
        Ok(Outcome::CheckedOut(consumption, _)) => consumption,
        other => panic!("{other:?}"),
    }
}

/// The rule that refused.
pub fn rule(decided: Decided) -> String {
    decided.unwrap_err().rule
}
