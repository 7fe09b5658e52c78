//! CheckoutLicense: which license serves, and how much of what is asked (reference 5.2, 5.3).

use std::sync::Arc;

use super::{CheckOut, CheckoutType, Outcome, REPLAY_MISMATCH, REPLAY_WINDOW_MS, expiration};
use crate::entitlement::{Asked, Entitlement, Unit};
use crate::ids::ConsumptionToken;
use crate::license::License;
use crate::pool::{Pools, UNITS_MAX};
use crate::refusal::{Refusal, Shortfall};
use crate::state::{Consumption, Effects, HoldChange, State, Stock, Taken};

/// Decides a check-out: C1–C22, C30–C37.
pub(super) fn decide(
    state: &mut State,
    effects: &mut Effects,
    request: &CheckOut,
    seq: i64,
) -> Result<Outcome, Refusal> {
    if let Some(earlier) = replay(state, request)? {
        return Ok(earlier);
    }
    let mut shortfalls = Vec::new();
    let candidates = state.candidates.get(&request.selection).map_or(&[][..], Vec::as_slice);
    for key in candidates {
        let Some(stock) = state.stocks.get_mut(key) else { continue };
        let now_ms = stock.now(state.now_ms);
        if !fits(&stock.license, request, now_ms) {
            continue;
        }
        stock.pools.advance(&stock.license.terms, now_ms);
        let license = Arc::clone(&stock.license);
        let allowed = judge(&license, &stock.pools, request, &mut shortfalls);
        if allowed.is_empty() {
            continue;
        }
        let consumption = Arc::new(take(stock, effects, request, &allowed, seq, now_ms));
        let arn = stock.license.arn.clone();
        state.replays.insert(request.client_key, seq);
        state.consumptions.insert(seq, Arc::clone(&consumption));
        effects.inserted.push(seq);
        return Ok(Outcome::CheckedOut(consumption, arn));
    }
    let rule = shortfalls.first().map_or_else(|| "C3".to_owned(), |first| first.rule.clone());
    Err(Refusal::nothing_allowed(&rule, shortfalls))
}

/// The answer of an earlier check-out with the same client token, within the window (W62, W63).
fn replay(state: &State, request: &CheckOut) -> Result<Option<Outcome>, Refusal> {
    let earlier = state.replays.get(&request.client_key);
    let Some(earlier) = earlier.and_then(|seq| state.consumptions.get(seq)) else {
        return Ok(None);
    };
    if state.now_ms - earlier.issued_at_ms >= REPLAY_WINDOW_MS {
        return Ok(None);
    }
    if earlier.fingerprint != request.fingerprint {
        return Err(Refusal::value("W63", REPLAY_MISMATCH));
    }
    let stock = state.stocks.get(&earlier.license);
    let arn = stock.map(|stock| stock.license.arn.clone()).unwrap_or_default();
    Ok(Some(Outcome::CheckedOut(Arc::clone(earlier), arn)))
}

/// Whether a license may serve at all: C3, D13.
fn fits(license: &License, request: &CheckOut, now_ms: i64) -> bool {
    let configured = match request.checkout_type {
        CheckoutType::Provisional => license.terms.consumption.provisional_minutes_max.is_some(),
        CheckoutType::Perpetual => true,
    };
    configured && license.has_fingerprint(&request.key_fingerprint) && license.is_usable(now_ms)
}

/// The asked entitlements that this license allows, each judged alone and in the request's order
/// (C10–C14).
fn judge<'a>(
    license: &'a License,
    pools: &Pools,
    request: &'a CheckOut,
    shortfalls: &mut Vec<Shortfall>,
) -> Vec<(&'a Asked, &'a Entitlement)> {
    let mut allowed = Vec::with_capacity(request.asked.len());
    for asked in &request.asked {
        let mut fall_short = |rule: &str, free, next_return_at_ms| {
            shortfalls.push(Shortfall {
                license_arn: license.arn.clone(),
                entitlement: asked.name.clone(),
                rule: rule.to_owned(),
                asked: asked.units,
                free,
                next_return_at_ms,
            });
        };
        let entitlement = license.terms.entitlement(&asked.name);
        let Some(entitlement) = entitlement.filter(|found| found.unit == asked.unit) else {
            fall_short("C10", 0, None);
            continue;
        };
        let pool = pools.find(&asked.name, asked.unit);
        let consumed = pool.map_or(0, |(_, pool)| pool.consumed());
        let limit = match entitlement.max_count {
            Some(max_count) if !entitlement.overage => max_count,
            _ => UNITS_MAX,
        };
        if asked.units > limit.saturating_sub(consumed) {
            let next = pool.and_then(|(index, _)| pools.next_return(index));
            fall_short("C11", limit.saturating_sub(consumed), next);
            continue;
        }
        allowed.push((asked, entitlement));
    }
    allowed
}

/// Takes what was allowed: the deduction of C15, in the same step as the decision.
fn take(
    stock: &mut Stock,
    effects: &mut Effects,
    request: &CheckOut,
    allowed: &[(&Asked, &Entitlement)],
    seq: i64,
    now_ms: i64,
) -> Consumption {
    let license = &stock.license;
    let expires_at_ms = expiration(&license.terms, now_ms);
    let mut taken = Vec::with_capacity(allowed.len());
    for (asked, entitlement) in allowed {
        let pools_before = stock.pools.pools.len();
        let Some(pool) = stock.pools.find_or_add(&asked.name, asked.unit) else { continue };
        if stock.pools.pools.len() > pools_before {
            effects.lasting.insert(license.key);
        }
        let units = i64::try_from(asked.units).unwrap_or(i64::MAX);
        match request.checkout_type {
            CheckoutType::Perpetual => {
                stock.pools.draw(pool, asked.units);
                effects.lasting.insert(license.key);
            }
            CheckoutType::Provisional => {
                stock.pools.hold(pool, expires_at_ms, units);
                effects.holds.push(HoldChange {
                    license: license.key,
                    pool,
                    until_ms: expires_at_ms,
                    units,
                });
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
            allow_check_in: entitlement.allow_check_in,
        });
    }
    effects.pools.insert(license.key);
    Consumption {
        token: ConsumptionToken { seq, secret: request.secret },
        license: license.key,
        version: license.version,
        checkout_type: request.checkout_type,
        account: request.consumer.account.clone(),
        principal: request.consumer.principal.clone(),
        beneficiary: request.selection.beneficiary.clone(),
        node_id: request.node_id.clone(),
        taken,
        issued_at_ms: now_ms,
        expires_at_ms,
        extended_to_ms: None,
        extended_at_ms: None,
        ended_at_ms: None,
        client_key: request.client_key,
        fingerprint: request.fingerprint,
    }
}
