//! CheckoutBorrowLicense (4.9, section 6): the key is looked at first, then the ledger takes the
//! units, then the token is signed, and then the ledger keeps the units for good.

use leasehold_core::consume::{
    self, Borrow, BorrowMade, CheckOut, CheckoutType, Command, Consumer, Outcome as Decided, Repeat,
};
use leasehold_core::entitlement::{Asked, check_asked};
use leasehold_core::license::License;
use leasehold_core::refusal::Kind;
use leasehold_core::state::{ClientKey, Consumption, Selection};
use leasehold_core::{Refusal, time};
use leasehold_store::grant;
use leasehold_store::key::StoredKey;
use leasehold_store::{Error, ErrorKind};

use super::consumption::{allowed, only_license, unexpected};
use super::read::visible_license;
use super::signing::key_of;
use super::{shapes, token};
use crate::cx::Cx;
use crate::dispatch::{client_key, fingerprint};
use crate::operation::{Failure, Outcome};
use crate::server::Server;

/// How often a borrow begins anew because its license has got another key meanwhile.
const ATTEMPTS_MAX: usize = 3;
/// Notes that a token may carry.
const NOTES_MAX: usize = 25;
/// Bytes of all of them together.
const NOTES_LENGTH_MAX: usize = 4_096;

/// What was found out before the ledger is asked.
struct Prepared {
    license: License,
    grants: Option<Vec<i64>>,
    key: StoredKey,
    sign_key: String,
}

/// B1–B12.
pub async fn checkout_borrow_license(
    server: &Server,
    cx: &Cx,
    it: &shapes::CheckoutBorrowLicenseRequest,
) -> Outcome<shapes::CheckoutBorrowLicenseResponse> {
    if it.digital_signature_method.0 != shapes::JWT_PS384 {
        let text = "DigitalSignatureMethod must be JWT_PS384.";
        return Err(Refusal::new(Kind::Unsignable, "B7", text).into());
    }
    let metadata = notes(it.checkout_metadata.as_deref().unwrap_or_default())?;
    let asked = check_asked(it.entitlements.iter().map(|asked| {
        let value = asked.value.as_ref().map(|value| value.0.clone());
        (asked.name.clone(), asked.unit, value)
    }))?;
    for _ in 0..ATTEMPTS_MAX {
        let prepared = match prepare(server, cx, it).await {
            Err(Failure::Refused(refusal)) => return repeat(server, cx, it, refusal).await,
            prepared => prepared?,
        };
        let command = command(cx, it, &prepared, asked.clone(), metadata.clone());
        match server.ledger.submit(Command::Borrow(command), cx.now_ms).await? {
            Decided::CheckedOut(consumption, license) => {
                return finish(server, cx, &prepared.key, &consumption, &license).await;
            }
            Decided::Changed => {}
            other => return Err(unexpected(&other)),
        }
    }
    Err(Failure::Busy)
}

/// The answer to a request that is refused as things are now: one that was done within the last
/// minutes is answered again all the same (W62).
async fn repeat(
    server: &Server,
    cx: &Cx,
    it: &shapes::CheckoutBorrowLicenseRequest,
    refusal: Refusal,
) -> Outcome<shapes::CheckoutBorrowLicenseResponse> {
    let (client_key, fingerprint) = (name(cx, it), fingerprint(it));
    let command = Command::Repeat(Repeat { client_key, fingerprint });
    let Decided::CheckedOut(earlier, license) = server.ledger.submit(command, cx.now_ms).await?
    else {
        return Err(refusal.into());
    };
    let Some(sign_key) = &license.terms.issuer.sign_key else { return Err(refusal.into()) };
    let key = {
        let mut tx = server.store.read().await?;
        key_of(&mut tx, &license, sign_key, cx.now_ms).await?
    };
    finish(server, cx, &key, &earlier, &license).await
}

/// Names the request (W62).
fn name(cx: &Cx, it: &shapes::CheckoutBorrowLicenseRequest) -> ClientKey {
    client_key(&cx.caller.account, "CheckoutBorrowLicense", &it.client_token)
}

/// Everything but the units: B2, B5–B8. The ledger looks again at all of it but the key.
async fn prepare(
    server: &Server,
    cx: &Cx,
    it: &shapes::CheckoutBorrowLicenseRequest,
) -> Outcome<Prepared> {
    let mut tx = server.store.read().await?;
    let license = visible_license(&mut tx, cx, &it.license_arn).await?;
    if only_license(cx).is_some_and(|only| only != license.arn) {
        return Err(Refusal::nothing_allowed("C9", Vec::new()).into());
    }
    let sign_key = consume::check_license(&license, cx.now_ms)?.to_owned();
    let grants = if license.account == cx.caller.account {
        None
    } else {
        let mut found = grant::of_account(&mut tx, license.key, &cx.caller.account).await?;
        found.sort_by_key(|grant| std::cmp::Reverse((grant.created_at_ms, grant.key)));
        let mut links = leasehold_core::grant::Links::default();
        for grant in &found {
            links.extend(&grant::links(&mut tx, grant.key).await?, grant.key);
        }
        let keys: Vec<_> = found.iter().map(|grant| grant.key).collect();
        consume::check_grants(&links, &keys)?;
        Some(keys)
    };
    let key = key_of(&mut tx, &license, &sign_key, cx.now_ms).await?;
    Ok(Prepared { license, grants, key, sign_key })
}

fn command(
    cx: &Cx,
    it: &shapes::CheckoutBorrowLicenseRequest,
    prepared: &Prepared,
    asked: Vec<Asked>,
    metadata: Vec<(String, String)>,
) -> Borrow {
    let account = &cx.caller.account;
    let license = &prepared.license;
    Borrow {
        check_out: CheckOut {
            consumer: Consumer { account: account.clone(), principal: cx.caller.principal.clone() },
            selection: Selection {
                account: account.clone(),
                beneficiary: None,
                product_sku: license.product_sku.clone(),
            },
            only_license: None,
            key_fingerprint: String::new(),
            checkout_type: CheckoutType::Borrow,
            asked,
            node_id: it.node_id.clone(),
            seat: None,
            client_key: name(cx, it),
            fingerprint: fingerprint(it),
            secret: cx.seed.number("consumption token"),
        },
        license: license.key,
        grants: prepared.grants.clone(),
        sign_key: prepared.sign_key.clone(),
        metadata,
    }
}

/// Signs, off the async threads and outside of the ledger, and has the units kept until the end.
/// Where either fails the client gets no token, and the units come back within ten minutes unless
/// the request is repeated.
async fn finish(
    server: &Server,
    cx: &Cx,
    key: &StoredKey,
    consumption: &Consumption,
    license: &License,
) -> Outcome<shapes::CheckoutBorrowLicenseResponse> {
    let signed = token::sign(&server.keys, key, consumption, &license.arn).await;
    let signed = signed.map_err(|fault| {
        Failure::Store(Error::new(ErrorKind::Failed, format!("no token was signed: {fault}")))
    })?;
    if consumption.extended_to_ms.is_some() {
        let made = BorrowMade { account: cx.caller.account.clone(), token: consumption.token };
        match server.ledger.submit(Command::ConfirmBorrow(made), cx.now_ms).await? {
            Decided::Confirmed => {}
            other => return Err(unexpected(&other)),
        }
    }
    let note = |(name, value): &(String, String)| shapes::Metadata {
        name: Some(name.clone()),
        value: Some(value.clone()),
    };
    let notes: Vec<_> = consumption.metadata.iter().map(note).collect();
    Ok(shapes::CheckoutBorrowLicenseResponse {
        license_arn: Some(license.arn.as_str().into()),
        license_consumption_token: Some(consumption.token.to_string().into()),
        entitlements_allowed: Some(consumption.taken.iter().map(allowed).collect()),
        node_id: consumption.node_id.clone(),
        signed_token: Some(signed.into()),
        issued_at: Some(time::format_zoneless(consumption.issued_at_ms).into()),
        expiration: Some(time::format_zoneless(consumption.expires_at_ms).into()),
        checkout_metadata: (!notes.is_empty()).then_some(notes),
    })
}

/// B11: in the token the names are those of an object, so each stands once.
fn notes(metadata: &[shapes::Metadata]) -> Result<Vec<(String, String)>, Refusal> {
    let refused = |text: &str| Refusal::value("B11", format!("CheckoutMetadata: {text}"));
    let mut notes: Vec<(String, String)> = Vec::new();
    for entry in metadata {
        let name = entry.name.clone().unwrap_or_default();
        if name.is_empty() {
            return Err(refused("each entry needs a Name."));
        }
        if notes.iter().any(|(other, _)| *other == name) {
            return Err(refused(&format!("the name '{name}' stands twice.")));
        }
        notes.push((name, entry.value.clone().unwrap_or_default()));
    }
    let length: usize = notes.iter().map(|(name, value)| name.len() + value.len()).sum();
    if notes.len() > NOTES_MAX || length > NOTES_LENGTH_MAX {
        let text = format!("at most {NOTES_MAX} entries, of {NOTES_LENGTH_MAX} bytes together.");
        return Err(refused(&text));
    }
    Ok(notes)
}
