//! `leasehold bench-fill`: live check-outs by the million, for benchmarks of a full ledger.

use leasehold_core::account::root_arn;
use leasehold_core::consume::{CheckOut, CheckoutType, Command, Consumer, decide};
use leasehold_core::entitlement::Asked;
use leasehold_core::license::{License, key_fingerprint};
use leasehold_core::state::{Effects, Selection};
use leasehold_store::ledger::Engine;
use leasehold_store::{Store, license};

use crate::chance;
use crate::cli::out::say;
use crate::clock::Clock;
use crate::config::{DataFlags, settle_place};
use crate::dispatch::client_key;
use crate::ledger::COUNTER_BITS;

/// Check-outs in one batch.
const BATCH: i64 = 10_000;

/// Checks out one unit of a license's first entitlement, `count` times, through the ledger's own
/// engine and decisions, on the database of a stopped server.
pub fn run(flags: &DataFlags, arn: &str, count: i64) -> Result<(), String> {
    let place = settle_place(flags)?;
    super::block_on(async {
        let store = Store::open(&place.database).await.map_err(|error| error.to_string())?;
        fill(&store, arn, count).await
    })
}

async fn fill(store: &Store, arn: &str, count: i64) -> Result<(), String> {
    let license = {
        let mut tx = store.read().await.map_err(|error| error.to_string())?;
        license::find(&mut tx, arn).await.map_err(|error| error.to_string())?
    };
    let license = license.ok_or_else(|| format!("there is no license {arn}"))?;
    let mut engine = store.ledger();
    let now_ms = Clock::system().now_ms();
    let first_seq = (store.instance() << COUNTER_BITS) + 1;
    for begin in (0..count).step_by(usize::try_from(BATCH).unwrap_or(1)) {
        let numbers = begin..(begin + BATCH).min(count);
        let commands: Vec<_> = numbers.map(|number| command(&license, number)).collect();
        let mut state = engine.load(now_ms, &commands).await.map_err(|error| error.to_string())?;
        let mut effects = Effects::default();
        for (seq, command) in (first_seq + begin..).zip(&commands) {
            decide(&mut state, &mut effects, command, seq).map_err(|no| no.message)?;
        }
        engine.commit(state, &effects).await.map_err(|error| error.to_string())?;
        store.checkpoint().await.map_err(|error| error.to_string())?;
    }
    say!("{count} check-outs are live");
    Ok(())
}

fn command(license: &License, number: i64) -> Command {
    let account = license.account.clone();
    let asked = license.terms.entitlements.first().map(|entitlement| Asked {
        name: entitlement.name.clone(),
        unit: entitlement.unit,
        units: 1,
    });
    Command::CheckOut(CheckOut {
        consumer: Consumer { principal: root_arn(&account), account: account.clone() },
        selection: Selection {
            account: account.clone(),
            beneficiary: Some(license.beneficiary.clone()),
            product_sku: license.product_sku.clone(),
        },
        only_license: None,
        key_fingerprint: key_fingerprint(&account, &license.terms.issuer.name),
        checkout_type: CheckoutType::Provisional,
        asked: asked.into_iter().collect(),
        node_id: None,
        seat: None,
        client_key: client_key(&account, "CheckoutLicense", &format!("fill-{number}")),
        fingerprint: 0,
        secret: chance::seed().number("consumption token"),
    })
}
