//! What a batch of the ledger decides on, and what it decided: plain values between an engine's
//! `load` and its `commit`.

use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::consume::CheckoutType;
use crate::entitlement::Unit;
use crate::grant::Links;
use crate::ids::ConsumptionToken;
use crate::license::License;
use crate::pool::{PoolIndex, Pools, Through};

/// Names a request for replay: a hash of account, operation and client token (W62).
pub type ClientKey = [u8; 16];

/// Names who sits where: a hash of the consuming account, principal and node.
pub type SeatKey = [u8; 16];

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
    /// the account holds an active grant for (C2).
    pub beneficiary: Option<String>,
    /// Product asked for.
    pub product_sku: String,
}

/// A license that may serve a check-out, and the grant by which it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// License.
    pub license: i64,
    /// Grant; none for the license's creator (C1).
    pub grant: Option<i64>,
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
    /// Grant it was taken through; none for the license's creator.
    pub grant: Option<i64>,
    /// Version of the license at that time.
    pub version: i64,
    /// Its kind.
    pub checkout_type: CheckoutType,
    /// Consuming account.
    pub account: String,
    /// Consuming principal.
    pub principal: String,
    /// Beneficiary as sent.
    pub beneficiary: Option<String>,
    /// Node as sent (C34).
    pub node_id: Option<String>,
    /// Where the license gives a node its seat back: whose seat it is.
    pub seat: Option<SeatKey>,
    /// What was allowed.
    pub taken: Vec<Taken>,
    /// Notes in the token of a borrow (B11).
    pub metadata: Vec<(String, String)>,
    /// Check-out, milliseconds.
    pub issued_at_ms: i64,
    /// Expiration as answered by the check-out.
    pub expires_at_ms: i64,
    /// Expiration after the last extension; of a borrow whose token is not signed yet, when its
    /// units come back.
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
        self.checkout_type != CheckoutType::Perpetual
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
    pub candidates: HashMap<Selection, Vec<Candidate>>,
    /// Grants of the candidates and consumptions, with all that is above them.
    pub links: Links,
    /// Licenses by row.
    pub stocks: HashMap<i64, Stock>,
    /// Consumptions by row: those that the batch names, and those that it makes.
    pub consumptions: HashMap<i64, Arc<Consumption>>,
    /// Earlier check-outs by request.
    pub replays: HashMap<ClientKey, i64>,
    /// Live check-outs by license and seat, for the seats that the batch names.
    pub seats: HashMap<(i64, SeatKey), i64>,
}

/// A change of what a pool holds until an instant, for engines that store it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldChange {
    /// License.
    pub license: i64,
    /// Pool of the license.
    pub pool: PoolIndex,
    /// What counts it: the pool as a whole, or a grant's part of it.
    pub through: Through,
    /// Instant of return, milliseconds.
    pub until_ms: i64,
    /// Units more, or less.
    pub units: i64,
}

/// What a batch changed; an engine makes all of it durable or none.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// New check-outs, in order.
    pub inserted: Vec<i64>,
    /// The requests that were done, each with its check-out: what repeated ones are answered by.
    pub requests: Vec<(ClientKey, i64)>,
    /// Check-outs that were extended or checked in.
    pub updated: BTreeSet<i64>,
    /// Earlier check-outs that became another one in their place: everything about them changed.
    pub replaced: BTreeSet<i64>,
    /// Licenses whose pools changed.
    pub pools: BTreeSet<i64>,
    /// Those of them whose drawn units or list of pools changed: what is stored even by an engine
    /// that can tell what is held from the check-outs alone.
    pub lasting: BTreeSet<i64>,
    /// License, grant and pool where units were drawn through a grant.
    pub drawn: BTreeSet<(i64, i64, PoolIndex)>,
    /// Changes of returns.
    pub holds: Vec<HoldChange>,
}

impl Effects {
    /// Whether there is nothing to make durable.
    pub fn is_empty(&self) -> bool {
        self.inserted.is_empty() && self.updated.is_empty() && self.replaced.is_empty()
    }
}
