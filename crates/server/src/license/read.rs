//! GetLicense (4.4), and how a license looks in answers.

use leasehold_core::Refusal;
use leasehold_core::entitlement::Entitlement;
use leasehold_core::license::{ConsumptionConfiguration, License, key_fingerprint};
use leasehold_store::{Tx, grant, license as store};

use super::shapes;
use crate::cx::Cx;
use crate::operation::Outcome;

/// L40–L42.
pub async fn get_license(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::GetLicenseRequest,
) -> Outcome<shapes::GetLicenseResponse> {
    let mut license = visible_license(tx, cx, &it.license_arn).await?;
    if let Some(version) = &it.version
        && *version != license.version.to_string()
    {
        let unknown =
            || Refusal::value("L40", format!("Version: the license has no version '{version}'."));
        // "+2" and "02" are numbers, but no versions.
        let number = version.parse::<i64>().ok().filter(|number| number.to_string() == *version);
        let number = number.ok_or_else(unknown)?;
        let found = store::find_version(tx, license.key, number).await?;
        // The snapshot shows the status it had, not that the license was deleted later (L40).
        license = License { deleted_at_ms: None, ..found.ok_or_else(unknown)? };
    }
    Ok(shapes::GetLicenseResponse { license: Some(view(&license, cx.now_ms)) })
}

/// A license that the caller may read, its own or by a grant, until it is purged (L7, L41, L42).
///
/// # Errors
/// Refuses unknown and invisible licenses alike.
pub async fn visible_license(tx: &mut Tx, cx: &Cx, arn: &str) -> Outcome<License> {
    let found = store::find(tx, arn).await?;
    let unknown = || Refusal::not_found("L42", "LicenseArn: there is no such license.");
    let license = found.filter(|license| !license.is_purged(cx.now_ms)).ok_or_else(unknown)?;
    let account = &cx.caller.account;
    if license.account != *account {
        let grants = grant::of_account(tx, license.key, account).await?;
        grants.iter().find(|grant| grant.lets_read(&license)).ok_or_else(unknown)?;
    }
    Ok(license)
}

/// A license as answers show it. CreateTime is epoch seconds (1.4).
pub fn view(license: &License, now_ms: i64) -> shapes::License {
    let terms = &license.terms;
    let metadata = terms
        .metadata
        .iter()
        .map(|it| shapes::Metadata { name: it.name.clone(), value: it.value.clone() });
    shapes::License {
        license_arn: Some(license.arn.as_str().into()),
        license_name: Some(terms.license_name.clone()),
        product_name: Some(terms.product_name.clone()),
        product_sku: Some(license.product_sku.clone()),
        issuer: Some(shapes::IssuerDetails {
            name: Some(terms.issuer.name.clone()),
            sign_key: terms.issuer.sign_key.clone(),
            key_fingerprint: Some(key_fingerprint(&license.account, &terms.issuer.name)),
        }),
        home_region: Some(license.home_region.clone()),
        status: Some(license.status_at(now_ms)),
        validity: Some(shapes::DatetimeRange {
            begin: terms.validity.begin.as_str().into(),
            end: terms.validity.end.as_deref().map(Into::into),
        }),
        beneficiary: Some(license.beneficiary.clone()),
        entitlements: Some(terms.entitlements.iter().map(entitlement).collect()),
        consumption_configuration: Some(consumption(&terms.consumption)),
        license_metadata: (!terms.metadata.is_empty()).then(|| metadata.collect()),
        create_time: Some(license.created_at_ms.div_euclid(1_000).to_string().into()),
        version: Some(license.version.to_string()),
    }
}

/// Counted ones show both flags (D4).
fn entitlement(it: &Entitlement) -> shapes::Entitlement {
    let flag = |flag: bool| (it.is_counted() || flag).then_some(flag);
    shapes::Entitlement {
        name: it.name.as_str().into(),
        value: it.value.clone(),
        max_count: it.max_count.and_then(|count| i64::try_from(count).ok()),
        overage: flag(it.overage),
        unit: it.unit,
        allow_check_in: flag(it.allow_check_in),
    }
}

fn consumption(it: &ConsumptionConfiguration) -> shapes::ConsumptionConfiguration {
    shapes::ConsumptionConfiguration {
        renew_type: Some(it.renew_type),
        provisional_configuration: it.provisional_minutes_max.map(|minutes| {
            shapes::ProvisionalConfiguration { max_time_to_live_in_minutes: minutes }
        }),
        borrow_configuration: it.borrow.map(|borrow| shapes::BorrowConfiguration {
            allow_early_check_in: borrow.allow_early_check_in,
            max_time_to_live_in_minutes: borrow.minutes_max,
        }),
    }
}
