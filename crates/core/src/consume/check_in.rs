//! CheckInLicense (reference 4.11).

use std::sync::Arc;

use super::{CheckIn, CheckoutType, Outcome, chain_of, find, let_go, unknown_token};
use crate::entitlement::Unit;
use crate::grant::AllowedOperation;
use crate::license::License;
use crate::refusal::{Kind, Refusal};
use crate::state::{Consumption, Effects, State};

/// Decides a check-in: C60–C66, C68. Works whatever the status of license and grant is (C67).
pub(super) fn decide(
    state: &mut State,
    effects: &mut Effects,
    request: &CheckIn,
) -> Result<Outcome, Refusal> {
    let consumption = find(state, request.token, &request.account, "C65")?.clone();
    if consumption.checkout_type == CheckoutType::Perpetual {
        let text = "Units drawn by a PERPETUAL check-out cannot be returned.";
        return Err(Refusal::rule("C64", text));
    }
    let stock = state.stocks.get_mut(&consumption.license).ok_or_else(|| unknown_token("C65"))?;
    let now_ms = stock.now(state.now_ms);
    if !consumption.is_holding(now_ms) {
        return Err(unknown_token("C65"));
    }
    if request.beneficiary.is_some() && request.beneficiary != consumption.beneficiary {
        let text = "Beneficiary is not the one of the check-out; leave it out or send that one.";
        return Err(Refusal::value("C61", text));
    }
    if let Some(grant) = consumption.grant
        && !state.links.allows(grant, AllowedOperation::CheckInLicense)
    {
        let text = "The grant of the check-out does not allow CheckInLicense.";
        return Err(Refusal::new(Kind::Denied, "C68", text));
    }
    check_return(&stock.license, &consumption)?;
    stock.pools.advance(&stock.license.terms, now_ms);
    let chain = chain_of(&state.links, &consumption);
    let_go(stock, effects, &chain, &consumption);
    if let Some(stored) = state.consumptions.get_mut(&request.token.seq) {
        Arc::make_mut(stored).ended_at_ms = Some(now_ms);
    }
    effects.updated.insert(request.token.seq);
    effects.pools.insert(consumption.license);
    Ok(Outcome::CheckedIn)
}

/// Whether the license lets the check-out be returned before its end.
fn check_return(license: &License, consumption: &Consumption) -> Result<(), Refusal> {
    if consumption.checkout_type == CheckoutType::Borrow {
        // C63: the license in force says so; if it lends no more, the one that was borrowed from.
        let allows = license.terms.consumption.borrow.map_or_else(
            || consumption.taken.iter().all(|taken| taken.allow_check_in),
            |borrow| borrow.allow_early_check_in,
        );
        let text = "The license does not allow borrows to be checked in (AllowEarlyCheckIn); the \
                    units come back at the expiration.";
        return if allows { Ok(()) } else { Err(Refusal::rule("C63", text)) };
    }
    // C62: the license in force says what may be returned; for an entitlement that it no longer
    // has (the same name with another unit is another one, L27), the version that was checked out.
    let kept = consumption.taken.iter().find(|taken| {
        let entitlement = license.terms.entitlement(&taken.name);
        let entitlement = entitlement.filter(|found| found.unit == taken.unit);
        let allowed = entitlement.map_or(taken.allow_check_in, |found| found.allow_check_in);
        taken.unit != Unit::None && !allowed
    });
    if let Some(taken) = kept {
        let text = format!(
            "The license does not allow '{}' to be checked in (AllowCheckIn); it comes back at \
             its expiration.",
            taken.name
        );
        return Err(Refusal::rule("C62", text));
    }
    Ok(())
}
