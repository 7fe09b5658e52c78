//! What a batch of the ledger decides on, and what it decided: plain values between an engine's
//! `load` and its `commit`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::consume::CheckoutType;
use crate::entitlement::Unit;
use crate::ids::ConsumptionToken;
use crate::license::License;
use crate::pool::{PoolIndex, Pools};

/// Names a request for replay: a hash of account, operation and client token (W62).
pub type ClientKey = [u8; 16];

/// A license and its pools, as decisions need them.
#[derive(Clone, Debug)]
pub struct Stock {
    /// The license with its current version.
    pub license: Arc<License>,
    /// Its pools.
    pub pools: Pools,
}

/// Which licenses a check-out may use, before quantities (C1, C2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Selection {
    /// The calling account.
    pub account: String,
    /// With a beneficiary: licenses that the account created for it (C1). Without: licenses that
    /// the account holds an active grant for (C2); until grants exist there are none.
    pub beneficiary: Option<String>,
    /// Product asked for.
    pub product_sku: String,
}

/// One entitlement that a check-out took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: Unit,
    /// The value in the answer (C13).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
    /// Pool it was taken from.
    pub pool: PoolIndex,
    /// Units taken; 1 for Unit None.
    pub units: u64,
    /// Whether the license let it be returned early when it was taken (C62).
    pub allow_check_in: bool,
}

/// One check-out (reference 2.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumption {
    /// Its token.
    pub token: ConsumptionToken,
    /// License it was taken from.
    pub license: i64,
    /// Version of the license at that time.
    pub version: i64,
    /// PROVISIONAL or PERPETUAL.
    pub checkout_type: CheckoutType,
    /// Consuming account.
    pub account: String,
    /// Consuming principal.
    pub principal: String,
    /// Beneficiary as sent.
    pub beneficiary: Option<String>,
    /// Node as sent (C34).
    pub node_id: Option<String>,
    /// What was allowed.
    pub taken: Vec<Taken>,
    /// Check-out, milliseconds.
    pub issued_at_ms: i64,
    /// Expiration as answered by the check-out.
    pub expires_at_ms: i64,
    /// Expiration after the last extension.
    pub extended_to_ms: Option<i64>,
    /// The last extension.
    pub extended_at_ms: Option<i64>,
    /// Check-in.
    pub ended_at_ms: Option<i64>,
    /// Names the request (W62).
    pub client_key: ClientKey,
    /// Hash of the request's parameters (W63).
    pub fingerprint: u64,
}

impl Consumption {
    /// The expiration in force.
    pub fn expiration_ms(&self) -> i64 {
        self.extended_to_ms.unwrap_or(self.expires_at_ms)
    }

    /// Whether it holds units at `now_ms` (3.3).
    pub fn is_holding(&self, now_ms: i64) -> bool {
        self.checkout_type == CheckoutType::Provisional
            && self.ended_at_ms.is_none()
            && self.expiration_ms() > now_ms
    }
}

/// Everything one batch decides on.
#[derive(Debug, Default)]
pub struct State {
    /// Time of the batch, milliseconds.
    pub now_ms: i64,
    /// Candidates of each selection, newest first (C4).
    pub candidates: HashMap<Selection, Vec<i64>>,
    /// Licenses by row.
    pub stocks: HashMap<i64, Stock>,
    /// Consumptions by row: those that the batch names, and those that it makes.
    pub consumptions: HashMap<i64, Arc<Consumption>>,
    /// Earlier check-outs by request.
    pub replays: HashMap<ClientKey, i64>,
}

/// A change of what a pool holds until an instant, for engines that store it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldChange {
    /// License.
    pub license: i64,
    /// Pool of the license.
    pub pool: PoolIndex,
    /// Instant of return, milliseconds.
    pub until_ms: i64,
    /// Units more, or less.
    pub units: i64,
}

/// What a batch changed; an engine makes all of it durable or none.
#[derive(Debug, Default)]
pub struct Effects {
    /// New check-outs, in order.
    pub inserted: Vec<i64>,
    /// Check-outs that were extended or checked in.
    pub updated: BTreeSet<i64>,
    /// Licenses whose pools changed.
    pub pools: BTreeSet<i64>,
    /// Those of them whose drawn units or list of pools changed: what is stored even by an engine
    /// that can tell what is held from the check-outs alone.
    pub lasting: BTreeSet<i64>,
    /// Changes of returns.
    pub holds: Vec<HoldChange>,
}

impl Effects {
    /// Whether there is nothing to make durable.
    pub fn is_empty(&self) -> bool {
        self.inserted.is_empty() && self.updated.is_empty()
    }
}
