//! CheckoutLicense: which license serves, and how much of what is asked (reference 5.2, 5.3).

use std::sync::Arc;

use super::{
    CheckOut, CheckoutType, Outcome, REPLAY_MISMATCH, REPLAY_WINDOW_MS, expiration, hold, let_go,
};
use crate::entitlement::{Asked, Entitlement, Unit};
use crate::grant::{AllowedOperation, Link, Links};
use crate::ids::ConsumptionToken;
use crate::license::{BORROW_MAX_METADATA, License, Status};
use crate::pool::{BORROWS, Pools, UNITS_MAX};
use crate::refusal::{Refusal, Shortfall};
use crate::state::{Candidate, ClientKey, Consumption, Effects, SeatKey, State, Stock, Taken};

/// Decides a check-out: C1–C22, C30–C37, and a node's own seat.
pub(super) fn decide(
    state: &mut State,
    effects: &mut Effects,
    request: &CheckOut,
    seq: i64,
) -> Result<Outcome, Refusal> {
    if let Some(earlier) = replay(state, request.client_key, request.fingerprint)? {
        return Ok(earlier);
    }
    let candidates = in_order(state, request);
    let State { links, stocks, consumptions, .. } = state;
    let mut shortfalls = Vec::new();
    for (candidate, seat) in candidates {
        let Some(stock) = stocks.get_mut(&candidate.license) else { continue };
        let now_ms = stock.now(state.now_ms);
        let unfit = misfit(&stock.license, request, now_ms).or_else(|| misgrant(links, candidate));
        if let Some(rule) = unfit {
            let grant = candidate.grant.and_then(|grant| links.get(grant));
            shortfalls.extend(request.asked.iter().map(|asked| {
                Shortfall::new(&stock.license, grant.map(Arc::as_ref), asked, rule, 0, None)
            }));
            continue;
        }
        stock.pools.advance(&stock.license.terms, now_ms);
        let chain: Vec<&Link> = links.chain(candidate.grant).map(Arc::as_ref).collect();
        let seat = seat.and_then(|seq| consumptions.get(&seq));
        let holds_before = effects.holds.len();
        if let Some(earlier) = seat {
            let_go(stock, effects, &links.keys(earlier.grant), earlier);
        }
        let license = Arc::clone(&stock.license);
        let allowed = judge(&license, &stock.pools, &chain, request, &mut shortfalls);
        if allowed.is_empty() {
            for change in effects.holds.drain(holds_before..) {
                stock.pools.hold(change.pool, change.through, change.until_ms, -change.units);
            }
            continue;
        }
        let new = ConsumptionToken { seq, secret: request.secret };
        let token = seat.map_or(new, |earlier| earlier.token);
        let chain: Vec<i64> = chain.iter().map(|link| link.key).collect();
        let taking = Taking {
            request,
            allowed: &allowed,
            chain: &chain,
            token,
            candidate,
            now_ms,
            expires_at_ms: expiration(&license.terms, now_ms),
            reserved_to_ms: None,
        };
        let consumption = Arc::new(take(stock, effects, &taking));
        return Ok(settle(state, effects, request.client_key, consumption, license));
    }
    let none = if request.selection.beneficiary.is_some() { "C1" } else { "C2" };
    let rule = shortfalls.first().map_or_else(|| none.to_owned(), |first| first.rule.clone());
    Err(Refusal::nothing_allowed(&rule, shortfalls))
}

/// Enters a check-out that was made, and answers it.
pub(super) fn settle(
    state: &mut State,
    effects: &mut Effects,
    client_key: [u8; 16],
    consumption: Arc<Consumption>,
    license: Arc<License>,
) -> Outcome {
    let seq = consumption.token.seq;
    state.replays.insert(client_key, seq);
    effects.requests.push((client_key, seq));
    if let Some(seat) = consumption.seat {
        state.seats.insert((license.key, seat), seq);
    }
    if state.consumptions.insert(seq, Arc::clone(&consumption)).is_none() {
        effects.inserted.push(seq);
    } else {
        effects.replaced.insert(seq);
    }
    Outcome::CheckedOut(consumption, license)
}

/// The answer of an earlier check-out with the same client token, within the window (W62, W63).
pub(super) fn replay(
    state: &State,
    client_key: ClientKey,
    fingerprint: u64,
) -> Result<Option<Outcome>, Refusal> {
    let earlier = state.replays.get(&client_key);
    let Some(earlier) = earlier.and_then(|seq| state.consumptions.get(seq)) else {
        return Ok(None);
    };
    if state.now_ms - earlier.issued_at_ms >= REPLAY_WINDOW_MS {
        return Ok(None);
    }
    // A seat that was taken again since shows as it is now: the request has had its effect.
    let is_same_request = earlier.client_key == client_key;
    if is_same_request && earlier.fingerprint != fingerprint {
        return Err(Refusal::value("W63", REPLAY_MISMATCH));
    }
    let stock = state.stocks.get(&earlier.license);
    Ok(stock.map(|stock| Outcome::CheckedOut(Arc::clone(earlier), Arc::clone(&stock.license))))
}

/// The candidates, newest license first (C4), each with the live check-out that sits on the seat
/// asked for; where there is one, before the others.
fn in_order(state: &State, request: &CheckOut) -> Vec<(Candidate, Option<i64>)> {
    let candidates = state.candidates.get(&request.selection).map_or(&[][..], Vec::as_slice);
    let seat_of = |candidate: &Candidate| {
        let key = request.seat.filter(|_| request.checkout_type == CheckoutType::Provisional)?;
        let stock = state.stocks.get(&candidate.license)?;
        let seq = state.seats.get(&(candidate.license, key)).copied()?;
        let is_taken = state.consumptions.get(&seq)?.is_holding(stock.now(state.now_ms));
        Some(seq).filter(|_| is_taken && stock.license.reuses_seats())
    };
    let mut ordered: Vec<_> =
        candidates.iter().map(|candidate| (*candidate, seat_of(candidate))).collect();
    if !state.seats.is_empty() {
        ordered.sort_by_key(|(_, seat)| seat.is_none());
    }
    ordered
}

/// The rule by which a license may not serve at all, if one says so: C9, W42, D13, C3, L4.
fn misfit(license: &License, request: &CheckOut, now_ms: i64) -> Option<&'static str> {
    let is_configured = match request.checkout_type {
        CheckoutType::Provisional => license.terms.consumption.provisional_minutes_max.is_some(),
        CheckoutType::Perpetual => true,
        CheckoutType::Borrow => false,
    };
    if request.only_license.as_ref().is_some_and(|only| **only != *license.arn) {
        Some("C9")
    } else if !license.has_fingerprint(&request.key_fingerprint) {
        Some("W42")
    } else if !is_configured {
        Some("D13")
    } else if license.status_at(now_ms) != Status::Available {
        Some("C3")
    } else if !license.terms.validity.contains(now_ms) {
        Some("L4")
    } else {
        None
    }
}

/// The rule by which the grant of a candidate, if it is one by grant, does not let it serve: C2,
/// C8, G39.
fn misgrant(links: &Links, candidate: Candidate) -> Option<&'static str> {
    let grant = candidate.grant?;
    if !links.is_open(grant) {
        Some("C2")
    } else if !links.allows(grant, AllowedOperation::CheckoutLicense) {
        Some("C8")
    } else {
        None
    }
}

/// What was asked for and is allowed, each with the entitlement that allows it.
pub(super) type Judged<'a> = Vec<(&'a Asked, &'a Entitlement)>;

/// The asked entitlements that this license allows, each judged alone and in the request's order
/// (C10–C14), and so that no grant on the way passes its cap.
pub(super) fn judge<'a>(
    license: &'a License,
    pools: &Pools,
    chain: &[&Link],
    request: &'a CheckOut,
    shortfalls: &mut Vec<Shortfall>,
) -> Judged<'a> {
    let mut allowed = Vec::with_capacity(request.asked.len());
    for asked in &request.asked {
        let mut fall_short = |rule: &str, grant: Option<&Link>, free, next_return_at_ms| {
            shortfalls.push(Shortfall::new(license, grant, asked, rule, free, next_return_at_ms));
        };
        let entitlement = license.terms.entitlement(&asked.name);
        let Some(entitlement) = entitlement.filter(|found| found.unit == asked.unit) else {
            fall_short("C10", None, 0, None);
            continue;
        };
        let (free, capped_by) = free(entitlement, pools, chain);
        if asked.units > free {
            let pool = pools.find(&asked.name, asked.unit);
            let next = pool
                .and_then(|(index, _)| pools.next_return(index, capped_by.map(|link| link.key)));
            let rule = match capped_by {
                None => "C11",
                Some(link) if link.key == BORROWS => BORROW_MAX_METADATA,
                Some(_) => "leasehold:cap",
            };
            fall_short(rule, capped_by.filter(|link| link.key != BORROWS), free, next);
            continue;
        }
        allowed.push((asked, entitlement));
    }
    allowed
}

/// Units of an entitlement that can be checked out through a chain of grants (C11), and the grant
/// whose cap it is that allows no more, if it is one's.
pub fn free<'a>(
    entitlement: &Entitlement,
    pools: &Pools,
    chain: &[&'a Link],
) -> (u64, Option<&'a Link>) {
    let pool = pools.find(&entitlement.name, entitlement.unit);
    let consumed = pool.map_or(0, |(_, pool)| pool.consumed());
    let limit = match entitlement.max_count {
        Some(max_count) if !entitlement.overage => max_count,
        _ => UNITS_MAX,
    };
    let mut least = (limit.saturating_sub(consumed), None);
    for link in chain {
        let Some(cap) = link.caps.get(&entitlement.name) else { continue };
        let through = pool.map_or(0, |(index, _)| pools.consumed_through(index, link.key));
        if cap.saturating_sub(through) < least.0 {
            least = (cap.saturating_sub(through), Some(*link));
        }
    }
    least
}

/// What is taken, from whom, through what.
pub(super) struct Taking<'a> {
    pub request: &'a CheckOut,
    pub allowed: &'a Judged<'a>,
    pub chain: &'a [i64],
    pub token: ConsumptionToken,
    pub candidate: Candidate,
    pub now_ms: i64,
    pub expires_at_ms: i64,
    /// Until when units are held at first, if that is earlier.
    pub reserved_to_ms: Option<i64>,
}

/// Takes what was allowed: the deduction of C15, in the same step as the decision.
pub(super) fn take(stock: &mut Stock, effects: &mut Effects, taking: &Taking<'_>) -> Consumption {
    let Taking { request, allowed, chain, token, candidate, expires_at_ms, .. } = *taking;
    let license = Arc::clone(&stock.license);
    let until_ms = taking.reserved_to_ms.unwrap_or(expires_at_ms);
    let borrow = license.terms.consumption.borrow;
    let mut taken = Vec::with_capacity(allowed.len());
    for (asked, entitlement) in allowed {
        let pools_before = stock.pools.pools.len();
        let Some(pool) = stock.pools.find_or_add(&asked.name, asked.unit) else { continue };
        if stock.pools.pools.len() > pools_before {
            effects.lasting.insert(license.key);
        }
        match request.checkout_type {
            CheckoutType::Perpetual => {
                stock.pools.draw(pool, None, asked.units);
                effects.lasting.insert(license.key);
                for grant in chain {
                    stock.pools.draw(pool, Some(*grant), asked.units);
                    effects.drawn.insert((license.key, *grant, pool));
                }
            }
            CheckoutType::Provisional | CheckoutType::Borrow => {
                let units = i64::try_from(asked.units).unwrap_or(i64::MAX);
                hold(stock, effects, chain, pool, until_ms, units);
            }
        }
        let value = match asked.unit {
            Unit::None => entitlement.value.clone(),
            _ => Some(asked.units.to_string()),
        };
        taken.push(Taken {
            name: asked.name.clone(),
            unit: asked.unit,
            value,
            pool,
            units: asked.units,
            allow_check_in: match request.checkout_type {
                CheckoutType::Borrow => borrow.is_some_and(|borrow| borrow.allow_early_check_in),
                CheckoutType::Provisional | CheckoutType::Perpetual => entitlement.allow_check_in,
            },
        });
    }
    effects.pools.insert(license.key);
    Consumption {
        token,
        license: license.key,
        grant: candidate.grant,
        version: license.version,
        checkout_type: request.checkout_type,
        account: request.consumer.account.clone(),
        principal: request.consumer.principal.clone(),
        beneficiary: request.selection.beneficiary.clone(),
        node_id: request.node_id.clone(),
        seat: seat_kept(&license, request),
        taken,
        metadata: Vec::new(),
        issued_at_ms: taking.now_ms,
        expires_at_ms,
        extended_to_ms: taking.reserved_to_ms,
        extended_at_ms: None,
        ended_at_ms: None,
        client_key: request.client_key,
        fingerprint: request.fingerprint,
    }
}

/// Whose seat a check-out is, where its license gives seats back.
fn seat_kept(license: &License, request: &CheckOut) -> Option<SeatKey> {
    let is_held = request.checkout_type == CheckoutType::Provisional;
    request.seat.filter(|_| is_held && license.reuses_seats())
}
