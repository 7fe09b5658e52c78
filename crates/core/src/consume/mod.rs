//! Check-out, borrow, extension and check-in: pure decisions on loaded state (reference 5, 6, 4.10,
//! 4.11).
//!
//! A decision that refuses changes nothing but the passing of time (due units come back).

mod borrow;
mod check_in;
mod check_out;
mod extend;

pub use borrow::{check_grants, check_license};
pub use check_out::free;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entitlement::Asked;
use crate::grant::Links;
use crate::ids::ConsumptionToken;
use crate::license::{License, Terms};
use crate::pool::{BORROWS, Pool, PoolIndex};
use crate::refusal::Refusal;
use crate::state::{ClientKey, Consumption, Effects, HoldChange, SeatKey, Selection, State, Stock};
use crate::time::{self, MINUTE_MS};

/// Life of a PERPETUAL check-out's token where the license has no provisional one (C31).
const PERPETUAL_MINUTES: i32 = 60;
/// How long a request is answered again instead of done again, milliseconds (W62).
pub const REPLAY_WINDOW_MS: i64 = 10 * MINUTE_MS;

/// What a client is told that uses one token for two requests (W63).
pub const REPLAY_MISMATCH: &str =
    "ClientToken was used with other parameters in the last 10 minutes; use a new one.";

/// Kinds of check-out (4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CheckoutType {
    /// Held for a time.
    Provisional,
    /// Drawn for good.
    Perpetual,
    /// Held for a time and used offline; CheckoutBorrowLicense alone makes it (2.7).
    Borrow,
}

impl CheckoutType {
    /// Those that CheckoutLicense takes, in the model's order.
    pub const ALL: &'static [CheckoutType] = &[CheckoutType::Provisional, CheckoutType::Perpetual];

    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            CheckoutType::Provisional => "PROVISIONAL",
            CheckoutType::Perpetual => "PERPETUAL",
            CheckoutType::Borrow => "BORROW",
        }
    }
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Calling account.
    pub account: String,
    /// ARN of the calling principal.
    pub principal: String,
}

/// A check-out, validated (C18–C20).
#[derive(Clone, Debug)]
pub struct CheckOut {
    /// Who calls.
    pub consumer: Consumer,
    /// Which licenses may serve.
    pub selection: Selection,
    /// The only license that may serve, if the caller's session is for one (C9).
    pub only_license: Option<Box<str>>,
    /// Fingerprint asked for.
    pub key_fingerprint: String,
    /// Kind.
    pub checkout_type: CheckoutType,
    /// What is asked for, in order.
    pub asked: Vec<Asked>,
    /// Node as sent.
    pub node_id: Option<String>,
    /// Whose seat it would be, if a node was sent.
    pub seat: Option<SeatKey>,
    /// Names the request (W62).
    pub client_key: ClientKey,
    /// Hash of the request's parameters (W63).
    pub fingerprint: u64,
    /// Secret half of the new token.
    pub secret: u64,
}

/// A borrow, validated: a check-out of a license that the request names.
#[derive(Clone, Debug)]
pub struct Borrow {
    /// Who takes what; its kind is [`CheckoutType::Borrow`].
    pub check_out: CheckOut,
    /// The license.
    pub license: i64,
    /// The caller's grants of it, newest first; none for its creator (B2).
    pub grants: Option<Vec<i64>>,
    /// The name of the key that was found fit to sign (B8).
    pub sign_key: String,
    /// Notes for the token (B11).
    pub metadata: Vec<(String, String)>,
}

/// A request that may have been done before, whatever has become of its license since.
#[derive(Clone, Copy, Debug)]
pub struct Repeat {
    /// Names the request (W62).
    pub client_key: ClientKey,
    /// Hash of the request's parameters (W63).
    pub fingerprint: u64,
}

/// A borrow whose token has been signed.
#[derive(Clone, Debug)]
pub struct BorrowMade {
    /// Calling account.
    pub account: String,
    /// Which borrow.
    pub token: ConsumptionToken,
}

/// An extension.
#[derive(Clone, Debug)]
pub struct Extend {
    /// Calling account.
    pub account: String,
    /// Which check-out.
    pub token: ConsumptionToken,
    /// Check everything, change nothing (C54).
    pub dry_run: bool,
    /// The least time between two extensions of a check-out, if there is such a quota (C55).
    pub interval_min_ms: Option<i64>,
}

/// A check-in.
#[derive(Clone, Debug)]
pub struct CheckIn {
    /// Calling account.
    pub account: String,
    /// Which check-out.
    pub token: ConsumptionToken,
    /// Beneficiary as sent (C61).
    pub beneficiary: Option<String>,
}

/// One entry of the ledger's queue.
#[derive(Clone, Debug)]
pub enum Command {
    /// CheckoutLicense.
    CheckOut(CheckOut),
    /// CheckoutBorrowLicense, its first step.
    Borrow(Borrow),
    /// CheckoutBorrowLicense, its second.
    ConfirmBorrow(BorrowMade),
    /// CheckoutBorrowLicense that would be refused, unless it repeats one that was not.
    Repeat(Repeat),
    /// ExtendLicenseConsumption.
    Extend(Extend),
    /// CheckInLicense.
    CheckIn(CheckIn),
    /// The counts of a license, as of this place in the queue.
    Usage {
        /// License.
        license: i64,
    },
}

/// What a decision answers.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The check-out or borrow, new or repeated, and its license.
    CheckedOut(Arc<Consumption>, Arc<License>),
    /// The license has got another key since the one that would sign was looked at: begin anew.
    Changed,
    /// The borrow stands until its end.
    Confirmed,
    /// No such request was done.
    NotDone,
    /// The expiration in force, milliseconds.
    Extended(i64),
    /// Returned.
    CheckedIn,
    /// The pools' counts.
    Usage(Vec<Pool>),
}

/// Decides one command. `seq` is the row a new check-out gets.
///
/// # Errors
/// The refusal of the rule that says no.
pub fn decide(
    state: &mut State,
    effects: &mut Effects,
    command: &Command,
    seq: i64,
) -> Result<Outcome, Refusal> {
    match command {
        Command::CheckOut(check_out) => check_out::decide(state, effects, check_out, seq),
        Command::Borrow(borrow) => borrow::decide(state, effects, borrow, seq),
        Command::ConfirmBorrow(made) => borrow::confirm(state, effects, made),
        Command::Repeat(it) => {
            let earlier = check_out::replay(state, it.client_key, it.fingerprint)?;
            Ok(earlier.unwrap_or(Outcome::NotDone))
        }
        Command::Extend(extend) => extend::decide(state, effects, extend),
        Command::CheckIn(check_in) => check_in::decide(state, effects, check_in),
        Command::Usage { license } => usage(state, *license).map(Outcome::Usage),
    }
}

/// When a check-out made now ends: whole seconds, because that is what the client is told (C30).
fn expiration(terms: &Terms, now_ms: i64) -> i64 {
    let minutes = terms.consumption.provisional_minutes_max.unwrap_or(PERPETUAL_MINUTES);
    terms.validity.cap(time::floor_to_second(now_ms) + i64::from(minutes) * MINUTE_MS)
}

/// The one answer for a token that is none, unknown, over, or another account's (C52, C65).
pub fn unknown_token(rule: &str) -> Refusal {
    let text = "LicenseConsumptionToken: no live check-out of this account has this token.";
    Refusal::not_found(rule, text)
}

/// The check-out that a token names, as the calling account may see it (C52, C65).
fn find<'a>(
    state: &'a State,
    token: ConsumptionToken,
    account: &str,
    rule: &str,
) -> Result<&'a Arc<Consumption>, Refusal> {
    let found = state.consumptions.get(&token.seq);
    found
        .filter(|found| found.token == token && found.account == account)
        .ok_or_else(|| unknown_token(rule))
}

fn usage(state: &mut State, license: i64) -> Result<Vec<Pool>, Refusal> {
    let stock = state
        .stocks
        .get_mut(&license)
        .ok_or_else(|| Refusal::not_found("L42", "LicenseArn: no such license."))?;
    let now_ms = stock.now(state.now_ms);
    stock.pools.advance(&stock.license.terms, now_ms);
    Ok(stock.pools.pools.clone())
}

/// Holds units (or, negative, lets them go) until an instant: of the pool, and of what is counted
/// through each grant of a chain.
fn hold(
    stock: &mut Stock,
    effects: &mut Effects,
    chain: &[i64],
    pool: PoolIndex,
    until_ms: i64,
    units: i64,
) {
    let license = stock.license.key;
    for through in std::iter::once(None).chain(chain.iter().copied().map(Some)) {
        stock.pools.hold(pool, through, until_ms, units);
        effects.holds.push(HoldChange { license, pool, through, until_ms, units });
    }
}

/// What counts a check-out beside the pool itself: the grants that it was taken through, and for
/// a borrow what is out as borrows.
fn chain_of(links: &Links, consumption: &Consumption) -> Vec<i64> {
    let mut chain = links.keys(consumption.grant);
    if consumption.checkout_type == CheckoutType::Borrow {
        chain.push(BORROWS);
    }
    chain
}

/// Lets go of all that a check-out holds.
fn let_go(stock: &mut Stock, effects: &mut Effects, chain: &[i64], consumption: &Consumption) {
    for taken in &consumption.taken {
        let units = i64::try_from(taken.units).unwrap_or(i64::MAX);
        hold(stock, effects, chain, taken.pool, consumption.expiration_ms(), -units);
    }
}

impl Stock {
    /// The time at which this license is decided on: never before an earlier decision, whatever
    /// the clock did meanwhile.
    pub fn now(&self, now_ms: i64) -> i64 {
        now_ms.max(self.pools.decided_at_ms)
    }
}

#[cfg(test)]
mod borrow_tests;
#[cfg(test)]
mod recount_tests;
#[cfg(test)]
mod tests;
