//! CheckoutLicense, ExtendLicenseConsumption, CheckInLicense (4.8, 4.10, 4.11): from the wire to
//! the ledger and back.

use leasehold_core::consume::{
    CheckIn, CheckOut, Command, Consumer, Extend, Outcome as Decided, unknown_token,
};
use leasehold_core::entitlement::check_asked;
use leasehold_core::ids::ConsumptionToken;
use leasehold_core::state::{Consumption, SeatKey, Selection, Taken};
use leasehold_core::time::MINUTE_MS;
use leasehold_core::{Refusal, time};
use leasehold_store::{Error, ErrorKind};

use super::shapes;
use super::signing::token_of;
use crate::cx::Cx;
use crate::dispatch::{client_key, fingerprint};
use crate::operation::{Failure, Outcome};
use crate::server::Server;
use crate::shape::Quantity;

/// Section 5.
pub async fn checkout_license(
    server: &Server,
    cx: &Cx,
    it: &shapes::CheckoutLicenseRequest,
) -> Outcome<shapes::CheckoutLicenseResponse> {
    let asked = check_asked(it.entitlements.iter().map(|asked| {
        let value = asked.value.as_ref().map(|value| value.0.clone());
        (asked.name.clone(), asked.unit, value)
    }))?;
    let account = &cx.caller.account;
    let license = only_license(cx);
    let command = Command::CheckOut(CheckOut {
        consumer: Consumer { account: account.clone(), principal: cx.caller.principal.clone() },
        selection: Selection {
            account: account.clone(),
            beneficiary: it.beneficiary.clone(),
            product_sku: it.product_sku.clone(),
        },
        only_license: license.map(Into::into),
        key_fingerprint: it.key_fingerprint.clone(),
        checkout_type: it.checkout_type,
        asked,
        node_id: it.node_id.clone(),
        seat: it.node_id.as_deref().map(|node| seat_key(&cx.caller.principal, node)),
        client_key: client_key(account, "CheckoutLicense", &it.client_token),
        // Sessions of other licenses do not get each other's answers.
        fingerprint: license.map_or_else(|| fingerprint(it), |only| fingerprint(&(it, only))),
        secret: cx.seed.number("consumption token"),
    });
    match server.ledger.submit(command, cx.now_ms).await? {
        Decided::CheckedOut(consumption, license) => {
            let signed_token = token_of(server, cx, &consumption, &license).await;
            Ok(checked_out(&consumption, &license.arn, signed_token))
        }
        other => Err(unexpected(&other)),
    }
}

/// The only license that the caller's session can use, if there is one (C9).
pub fn only_license(cx: &Cx) -> Option<&str> {
    let session = cx.caller.session.as_ref().filter(|_| cx.policy.limits_token_sessions);
    session?.license()
}

/// Names whose seat a check-out is: one principal on one node, where the license gives a node its
/// seat back.
fn seat_key(principal: &str, node: &str) -> SeatKey {
    client_key(principal, "seat", node)
}

/// C13, C30–C37.
fn checked_out(
    consumption: &Consumption,
    arn: &str,
    signed_token: Option<String>,
) -> shapes::CheckoutLicenseResponse {
    shapes::CheckoutLicenseResponse {
        checkout_type: Some(consumption.checkout_type),
        license_consumption_token: Some(consumption.token.to_string().into()),
        entitlements_allowed: Some(consumption.taken.iter().map(allowed).collect()),
        signed_token: signed_token.map(Into::into),
        node_id: consumption.node_id.clone(),
        issued_at: Some(time::format_zoneless(consumption.issued_at_ms).into()),
        expiration: Some(time::format_zoneless(consumption.expires_at_ms).into()),
        license_arn: Some(arn.to_owned()),
    }
}

/// What was taken, as answers show it (C13).
pub fn allowed(taken: &Taken) -> shapes::EntitlementData {
    shapes::EntitlementData {
        name: taken.name.clone(),
        value: taken.value.clone().map(Quantity),
        unit: taken.unit,
    }
}

/// C50–C54.
pub async fn extend_license_consumption(
    server: &Server,
    cx: &Cx,
    it: &shapes::ExtendLicenseConsumptionRequest,
) -> Outcome<shapes::ExtendLicenseConsumptionResponse> {
    let command = Command::Extend(Extend {
        account: cx.caller.account.clone(),
        token: token(&it.license_consumption_token, "C52")?,
        dry_run: it.dry_run.unwrap_or(false),
        interval_min_ms: cx
            .policy
            .quotas
            .minutes_between_extensions_min
            .map(|minutes| minutes.saturating_mul(MINUTE_MS)),
    });
    match server.ledger.submit(command, cx.now_ms).await? {
        Decided::Extended(expiration_ms) => Ok(shapes::ExtendLicenseConsumptionResponse {
            license_consumption_token: Some(it.license_consumption_token.clone()),
            expiration: Some(time::format_zulu(expiration_ms).into()),
        }),
        other => Err(unexpected(&other)),
    }
}

/// C60–C67.
pub async fn check_in_license(
    server: &Server,
    cx: &Cx,
    it: &shapes::CheckInLicenseRequest,
) -> Outcome<shapes::CheckInLicenseResponse> {
    let command = Command::CheckIn(CheckIn {
        account: cx.caller.account.clone(),
        token: token(&it.license_consumption_token, "C65")?,
        beneficiary: it.beneficiary.clone(),
    });
    match server.ledger.submit(command, cx.now_ms).await? {
        Decided::CheckedIn => Ok(shapes::CheckInLicenseResponse {}),
        other => Err(unexpected(&other)),
    }
}

/// Text that is no token names no check-out (C52, C65).
fn token(text: &str, rule: &str) -> Result<ConsumptionToken, Refusal> {
    ConsumptionToken::parse(text).ok_or_else(|| unknown_token(rule))
}

/// The ledger gave an answer that is none to what it was asked.
pub fn unexpected(outcome: &Decided) -> Failure {
    let text = format!("the ledger answered another question: {outcome:?}");
    Failure::Store(Error::new(ErrorKind::Failed, text))
}
