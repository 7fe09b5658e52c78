//! ExtendLicenseConsumption (reference 4.10).

use std::sync::Arc;

use super::{CheckoutType, Extend, Outcome, expiration, find, hold, let_go, unknown_token};
use crate::grant::{AllowedOperation, Links};
use crate::license::License;
use crate::refusal::{Kind, Refusal};
use crate::state::{Consumption, Effects, State};

/// Decides an extension: C50–C54.
pub(super) fn decide(
    state: &mut State,
    effects: &mut Effects,
    request: &Extend,
) -> Result<Outcome, Refusal> {
    let consumption = find(state, request.token, &request.account, "C52")?.clone();
    if consumption.checkout_type == CheckoutType::Perpetual {
        return Err(Refusal::rule("C53", "A PERPETUAL check-out has no end and is not extended."));
    }
    if consumption.checkout_type == CheckoutType::Borrow {
        return Err(Refusal::rule("C53", "A borrow ends when its token says and is not extended."));
    }
    let stock = state.stocks.get_mut(&consumption.license).ok_or_else(|| unknown_token("C52"))?;
    let now_ms = stock.now(state.now_ms);
    if !consumption.is_holding(now_ms) {
        return Err(unknown_token("C52"));
    }
    stock.pools.advance(&stock.license.terms, now_ms);
    check_extension(&stock.license, &consumption, now_ms)?;
    check_grant(&state.links, &consumption)?;
    check_quota(request, &consumption, now_ms)?;
    let current_ms = consumption.expiration_ms();
    if request.dry_run {
        return Ok(Outcome::Extended(current_ms));
    }
    // C50: never earlier than it was, unless the license ends before that.
    let terms = &stock.license.terms;
    let extended_to_ms = terms.validity.cap(expiration(terms, now_ms).max(current_ms));
    let chain = state.links.keys(consumption.grant);
    let_go(stock, effects, &chain, &consumption);
    for taken in &consumption.taken {
        let units = i64::try_from(taken.units).unwrap_or(i64::MAX);
        hold(stock, effects, &chain, taken.pool, extended_to_ms, units);
    }
    if let Some(stored) = state.consumptions.get_mut(&request.token.seq) {
        let stored = Arc::make_mut(stored);
        stored.extended_to_ms = Some(extended_to_ms);
        stored.extended_at_ms = Some(now_ms);
    }
    effects.updated.insert(request.token.seq);
    effects.pools.insert(consumption.license);
    Ok(Outcome::Extended(extended_to_ms))
}

/// The quota on extensions; the first may follow the check-out at once (C55).
fn check_quota(request: &Extend, consumption: &Consumption, now_ms: i64) -> Result<(), Refusal> {
    match (request.interval_min_ms, consumption.extended_at_ms) {
        (Some(interval_ms), Some(last_ms)) if now_ms - last_ms < interval_ms => {
            let text = "The check-out was extended a short time ago; extend it later.";
            Err(Refusal::new(Kind::Throttled, "C55", text))
        }
        _ => Ok(()),
    }
}

/// Whether the grant still lets it be extended (C51, G43).
fn check_grant(links: &Links, consumption: &Consumption) -> Result<(), Refusal> {
    let Some(grant) = consumption.grant else { return Ok(()) };
    if !links.is_open(grant) {
        let text = "The grant of the check-out is no longer active; the check-out runs out.";
        return Err(Refusal::rule("C51", text));
    }
    if !links.allows(grant, AllowedOperation::ExtendConsumptionLicense) {
        let text = "The grant of the check-out does not allow ExtendConsumptionLicense.";
        return Err(Refusal::new(Kind::Denied, "C51", text));
    }
    Ok(())
}

/// Whether the license still supports what was checked out (C51).
fn check_extension(
    license: &License,
    consumption: &Consumption,
    now_ms: i64,
) -> Result<(), Refusal> {
    if !license.is_usable(now_ms) {
        let text = "The license is not AVAILABLE and in its validity; the check-out runs out.";
        return Err(Refusal::rule("C51", text));
    }
    if license.terms.consumption.provisional_minutes_max.is_none() {
        let text = "The license no longer has a ProvisionalConfiguration.";
        return Err(Refusal::rule("C51", text));
    }
    let gone = consumption.taken.iter().find(|taken| {
        let entitlement = license.terms.entitlement(&taken.name);
        entitlement.is_none_or(|entitlement| entitlement.unit != taken.unit)
    });
    match gone {
        Some(taken) => {
            let text = format!("The license no longer has the entitlement '{}'.", taken.name);
            Err(Refusal::rule("C51", text))
        }
        None => Ok(()),
    }
}
