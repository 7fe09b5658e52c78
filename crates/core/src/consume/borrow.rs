//! CheckoutBorrowLicense: units for a node that goes offline with a signed token (reference 6).
//!
//! A borrow is made in two steps, for its token is signed after the decision, outside of the
//! ledger, and that may fail. The first step reserves the units for ten minutes, in which a
//! repeated request finds them and is signed again. The second, after the signature, keeps them
//! until the borrow's end; only then is the token given out. So units that no token was given out
//! for come back by themselves.

use std::sync::Arc;

use super::check_out::{Judged, Taking, judge, replay, settle, take};
use super::{
    Borrow, BorrowMade, CheckOut, Outcome, REPLAY_WINDOW_MS, chain_of, find, hold, let_go,
};
use crate::grant::{AllowedOperation, Link, Links};
use crate::ids::ConsumptionToken;
use crate::license::{License, Terms};
use crate::pool::BORROWS;
use crate::refusal::{Kind, Refusal};
use crate::state::{Candidate, Effects, State};
use crate::time::{self, DAY_MS, MINUTE_MS};

/// Whether a license can be borrowed from, units and key aside (B5, B6); the name of its key.
///
/// # Errors
/// The refusal of the first rule that is broken.
pub fn check_license(license: &License, now_ms: i64) -> Result<&str, Refusal> {
    if !license.is_usable(now_ms) {
        return Err(Refusal::nothing_allowed("B5", Vec::new()));
    }
    if license.terms.consumption.borrow.is_none() {
        return Err(Refusal::nothing_allowed("B6", Vec::new()));
    }
    license.terms.issuer.sign_key.as_deref().ok_or_else(|| {
        let text = "The license has no Issuer.SignKey, with which the token is signed.";
        Refusal::rule("B6", text)
    })
}

/// The grants by which a caller may borrow, out of all that it has (B2, B5).
///
/// # Errors
/// If none is open, or none of those allows CheckoutBorrowLicense.
pub fn check_grants(links: &Links, grants: &[i64]) -> Result<Vec<i64>, Refusal> {
    let mut open = grants.iter().copied().filter(|grant| links.is_open(*grant)).peekable();
    if open.peek().is_none() {
        return Err(Refusal::nothing_allowed("B5", Vec::new()));
    }
    let allowing: Vec<_> = open
        .filter(|grant| links.allows(*grant, AllowedOperation::CheckoutBorrowLicense))
        .collect();
    if allowing.is_empty() {
        let text = "The grant of the license does not allow CheckoutBorrowLicense.";
        return Err(Refusal::new(Kind::Denied, "B2", text));
    }
    Ok(allowing)
}

/// Decides the first step: B2–B6, B9, B10.
pub(super) fn decide(
    state: &mut State,
    effects: &mut Effects,
    request: &Borrow,
    seq: i64,
) -> Result<Outcome, Refusal> {
    let CheckOut { client_key, fingerprint, .. } = request.check_out;
    if let Some(earlier) = replay(state, client_key, fingerprint)? {
        return Ok(earlier);
    }
    let unknown = || Refusal::not_found("B5", "LicenseArn: there is no such license.");
    let State { links, stocks, .. } = state;
    let stock = stocks.get_mut(&request.license).ok_or_else(unknown)?;
    let now_ms = stock.now(state.now_ms);
    let license = Arc::clone(&stock.license);
    if check_license(&license, now_ms)? != request.sign_key {
        return Ok(Outcome::Changed);
    }
    let through: Vec<Option<i64>> = match &request.grants {
        None => vec![None],
        Some(grants) => check_grants(links, grants)?.into_iter().map(Some).collect(),
    };
    stock.pools.advance(&license.terms, now_ms);
    let limit = limit(&license);
    let asked = request.check_out.asked.len();
    let (mut shortfalls, mut is_any_allowed) = (Vec::new(), false);
    for grant in through {
        let mut chain: Vec<&Link> = links.chain(grant).map(Arc::as_ref).collect();
        chain.push(&limit);
        let allowed: Judged<'_> =
            judge(&license, &stock.pools, &chain, &request.check_out, &mut shortfalls);
        is_any_allowed |= !allowed.is_empty();
        if allowed.len() < asked || allowed.is_empty() {
            continue;
        }
        let expires_at_ms = expiration(&license.terms, now_ms);
        let reserved_to_ms = now_ms + REPLAY_WINDOW_MS;
        let taking = Taking {
            request: &request.check_out,
            allowed: &allowed,
            chain: &chain.iter().map(|link| link.key).collect::<Vec<_>>(),
            token: ConsumptionToken { seq, secret: request.check_out.secret },
            candidate: Candidate { license: license.key, grant },
            now_ms,
            expires_at_ms,
            reserved_to_ms: Some(reserved_to_ms).filter(|to_ms| *to_ms < expires_at_ms),
        };
        let mut consumption = take(stock, effects, &taking);
        consumption.metadata.clone_from(&request.metadata);
        return Ok(settle(state, effects, client_key, Arc::new(consumption), license));
    }
    // B4: nothing at all, or not all.
    if is_any_allowed {
        let text = "Some of the entitlements are not allowed; a borrow takes all or none.";
        let refusal = Refusal::new(Kind::PartlyAllowed, "B4", text);
        return Err(Refusal { shortfalls, ..refusal });
    }
    let rule = shortfalls.first().map_or("B4", |first| &first.rule).to_owned();
    Err(Refusal::nothing_allowed(&rule, shortfalls))
}

/// Decides the second step: the token is signed, and the units are kept until the borrow's end.
pub(super) fn confirm(
    state: &mut State,
    effects: &mut Effects,
    request: &BorrowMade,
) -> Result<Outcome, Refusal> {
    let lapsed = || {
        let text = "The signature took too long; send the request again.";
        Refusal::new(Kind::Throttled, "B10", text)
    };
    let found = find(state, request.token, &request.account, "B10").map_err(|_| lapsed())?.clone();
    if found.extended_to_ms.is_none() {
        return Ok(Outcome::Confirmed);
    }
    let stock = state.stocks.get_mut(&found.license).ok_or_else(lapsed)?;
    let now_ms = stock.now(state.now_ms);
    if !found.is_holding(now_ms) {
        return Err(lapsed());
    }
    stock.pools.advance(&stock.license.terms, now_ms);
    let chain = chain_of(&state.links, &found);
    let_go(stock, effects, &chain, &found);
    for taken in &found.taken {
        let units = i64::try_from(taken.units).unwrap_or(i64::MAX);
        hold(stock, effects, &chain, taken.pool, found.expires_at_ms, units);
    }
    if let Some(stored) = state.consumptions.get_mut(&request.token.seq) {
        Arc::make_mut(stored).extended_to_ms = None;
    }
    effects.updated.insert(request.token.seq);
    effects.pools.insert(found.license);
    Ok(Outcome::Confirmed)
}

/// What a license limits borrows to, in the form of a grant's caps.
fn limit(license: &License) -> Link {
    let max = license.terms.borrow_max();
    let counted = license.terms.entitlements.iter().filter(|entitlement| entitlement.is_counted());
    let caps = max.map(|max| counted.map(|counted| (counted.name.clone(), max)).collect());
    Link::of_borrows(BORROWS, caps.unwrap_or_default())
}

/// When a borrow made now ends: whole seconds, because that is what the token says (B9).
fn expiration(terms: &Terms, now_ms: i64) -> i64 {
    let minutes = terms.consumption.borrow.map_or(0, |borrow| borrow.minutes_max);
    let configured = i64::from(minutes) * MINUTE_MS;
    let days = terms.borrow_days_max().map(|days| i64::try_from(days).unwrap_or(i64::MAX));
    let longest = days.map_or(configured, |days| configured.min(days.saturating_mul(DAY_MS)));
    terms.validity.cap(time::floor_to_second(now_ms) + longest)
}
