//! The key that a license is signed with: whether it is fit to be named, and whether it can sign.

use leasehold_core::Refusal;
use leasehold_core::key::read_name;
use leasehold_core::license::License;
use leasehold_core::refusal::Kind;
use leasehold_core::state::Consumption;
use leasehold_store::key::{Place, StoredKey};
use leasehold_store::{Result as StoreResult, Tx};

use super::token::{self, ALGORITHM};
use crate::cx::Cx;
use crate::keyring;
use crate::operation::Outcome;
use crate::server::Server;

/// Checks the SignKey of a new license or version (L12): an enabled RSA key of the caller's, in the
/// home Region.
///
/// # Errors
/// A value refusal.
pub async fn check_name(tx: &mut Tx, cx: &Cx, name: &str, home_region: &str) -> Outcome<()> {
    let refused = |text: &str| Refusal::value("L12", format!("Issuer.SignKey: {text}"));
    let place = Place { account: &cx.caller.account, region: home_region };
    let Some(found) = find(tx, place, name, cx.now_ms).await? else {
        let text = "your account has no such key in the home Region of the license.";
        return Err(refused(text).into());
    };
    if found.key.check_usable().is_err() {
        return Err(refused("the key is disabled or pending deletion.").into());
    }
    if found.key.check_algorithm(ALGORITHM).is_err() {
        return Err(refused("the key must be one of RSA, for signatures.").into());
    }
    Ok(())
}

/// The key of a license, fit to sign (B7, B8).
///
/// # Errors
/// If there is none, if it cannot be used at this time, or if it cannot sign so.
pub async fn key_of(tx: &mut Tx, license: &License, name: &str, now_ms: i64) -> Outcome<StoredKey> {
    let place = Place { account: &license.account, region: &license.home_region };
    let found = find(tx, place, name, now_ms).await?;
    let found = found.filter(|found| found.key.check_usable().is_ok()).ok_or_else(|| {
        let text = "The key that signs for the license is missing, disabled or pending deletion.";
        Refusal::new(Kind::KeyUnusable, "B8", text)
    })?;
    if found.key.check_algorithm(ALGORITHM).is_err() {
        let text = "The key that signs for the license cannot sign RSASSA_PSS_SHA_384.";
        return Err(Refusal::new(Kind::Unsignable, "B7", text).into());
    }
    Ok(found)
}

/// The key of that name in an account and Region; another account's is none (L12).
async fn find(
    tx: &mut Tx,
    place: Place<'_>,
    name: &str,
    now_ms: i64,
) -> StoreResult<Option<StoredKey>> {
    let Ok(name) = read_name(name) else { return Ok(None) };
    let found = keyring::find(tx, place, &name, now_ms).await?;
    Ok(found.filter(|found| found.key.account == place.account))
}

/// The token of a check-out, if its license names a key (C36). Who checks out online needs no
/// signature to go on: where the key cannot sign, the check-out stands without one.
pub async fn token_of(
    server: &Server,
    cx: &Cx,
    consumption: &Consumption,
    license: &License,
) -> Option<String> {
    let name = license.terms.issuer.sign_key.as_deref()?;
    let key = async {
        let mut tx = server.store.read().await?;
        key_of(&mut tx, license, name, cx.now_ms).await
    };
    let signed = match key.await {
        Ok(key) => token::sign(&server.keys, &key, consumption, &license.arn).await,
        Err(failure) => Err(format!("{failure:?}")),
    };
    let request_id = &cx.request_id;
    signed.inspect_err(|fault| tracing::warn!(request_id, fault, "a check-out was not signed")).ok()
}
