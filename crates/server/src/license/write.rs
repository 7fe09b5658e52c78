//! CreateLicense, CreateLicenseVersion, DeleteLicense (4.1–4.3).

use leasehold_core::entitlement::Entitlement;
use leasehold_core::grant::withdraw;
use leasehold_core::license::{
    Amendment, Borrow, ConsumptionConfiguration, Issuer, License, Metadata, Status, Terms, Validity,
};
use leasehold_core::pool::Pools;
use leasehold_core::refusal::Kind;
use leasehold_core::{Refusal, license as core, tag, time};
use leasehold_store::{Tx, grant, license as store, tag as tag_store};

use super::signing::check_name;
use super::{shapes, tags};
use crate::cx::Cx;
use crate::operation::Outcome;

/// L10–L15, W72, W77.
pub async fn create_license(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreateLicenseRequest,
) -> Outcome<shapes::CreateLicenseResponse> {
    core::check_region_name(&it.home_region)?;
    core::check_region(&cx.region, &it.home_region)?;
    let members = Members {
        license_name: &it.license_name,
        product_name: &it.product_name,
        issuer: &it.issuer,
        validity: &it.validity,
        entitlements: &it.entitlements.0,
        consumption: &it.consumption_configuration,
        metadata: it.license_metadata.as_deref().unwrap_or_default(),
        status: Status::Available,
    };
    let terms = members.terms()?;
    terms.check()?;
    if let Some(name) = &terms.issuer.sign_key {
        check_name(tx, cx, name, &it.home_region).await?;
    }
    let new_tags = tags::pairs(it.tags.as_deref().unwrap_or_default())?;
    tag::check(&new_tags)?;
    if let Some(max) = cx.policy.quotas.licenses_per_account_max
        && store::count(tx, &cx.caller.account).await? >= max
    {
        let text = format!("The account has {max} licenses, the most that it may have.");
        return Err(Refusal::new(Kind::LimitExceeded, "L13", text).into());
    }
    let license = License {
        key: cx.serials.next(),
        arn: core::arn(&cx.caller.account, &cx.seed.hex("license")),
        account: cx.caller.account.clone(),
        product_sku: it.product_sku.0.clone(),
        beneficiary: it.beneficiary.0.clone(),
        home_region: it.home_region.0.clone(),
        created_at_ms: cx.now_ms,
        deleted_at_ms: None,
        version: 1,
        terms,
    };
    store::insert(tx, &license).await?;
    tx.save_pools(license.key, &Pools::new(&license.terms, cx.now_ms)).await?;
    tag_store::set(tx, &license.arn, &new_tags).await?;
    Ok(shapes::CreateLicenseResponse {
        license_arn: Some(license.arn.as_str().into()),
        status: Some(license.status_at(cx.now_ms)),
        version: Some(license.version.to_string()),
    })
}

/// L20–L28, R4.
pub async fn create_license_version(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreateLicenseVersionRequest,
) -> Outcome<shapes::CreateLicenseVersionResponse> {
    let (license, mut pools) = own_license(tx, cx, &it.license_arn, "L24").await?;
    let members = Members {
        license_name: &it.license_name,
        product_name: &it.product_name,
        issuer: &it.issuer,
        validity: &it.validity,
        entitlements: &it.entitlements.0,
        consumption: &it.consumption_configuration,
        metadata: it.license_metadata.as_deref().unwrap_or_default(),
        status: it.status,
    };
    let amendment = Amendment {
        region: cx.region.clone(),
        home_region: it.home_region.0.clone(),
        source_version: it.source_version.clone(),
        terms: members.terms()?,
    };
    let next = core::amend(&license, amendment)?;
    let sign_key = next.terms.issuer.sign_key.as_ref();
    // What stays is not judged again: a license must not depend on a key to be changed.
    if let Some(name) = sign_key.filter(|name| license.terms.issuer.sign_key.as_ref() != Some(name))
    {
        check_name(tx, cx, name, &license.home_region).await?;
    }
    pools.amend(&license.terms, &next.terms, cx.now_ms);
    store::amend(tx, &next, cx.now_ms).await?;
    tx.save_pools(next.key, &pools).await?;
    Ok(shapes::CreateLicenseVersionResponse {
        license_arn: Some(next.arn.as_str().into()),
        version: Some(next.version.to_string()),
        status: Some(next.status_at(cx.now_ms)),
    })
}

/// L30–L34. The grants of the license are over with it (L32).
pub async fn delete_license(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::DeleteLicenseRequest,
) -> Outcome<shapes::DeleteLicenseResponse> {
    let (license, mut pools) = own_license(tx, cx, &it.license_arn, "L33").await?;
    pools.advance(&license.terms, cx.now_ms);
    let gone = core::delete(&license, &cx.region, &it.source_version, pools.held(), cx.now_ms)?;
    store::delete(tx, &gone).await?;
    let open = grant::open_of_license(tx, license.key).await?;
    let withdrawn: Vec<_> =
        open.iter().map(|open| withdraw(open, "The license was deleted.", cx.now_ms)).collect();
    grant::save(tx, &withdrawn, cx.now_ms).await?;
    Ok(shapes::DeleteLicenseResponse {
        status: Some(shapes::DeletionStatus::Deleted),
        deletion_date: Some(time::format_zulu(cx.now_ms).into()),
    })
}

/// A license of the caller's, with its pools, which no check-out can change meanwhile. Unknown and
/// foreign ones are refused alike (L24, L33).
async fn own_license(tx: &mut Tx, cx: &Cx, arn: &str, rule: &str) -> Outcome<(License, Pools)> {
    let unknown = || Refusal::not_found(rule, "LicenseArn: this account has no such license.");
    let key = store::find_key(tx, arn).await?.ok_or_else(unknown)?;
    let pools = tx.pools(key).await?;
    let license = store::find(tx, arn).await?.ok_or_else(unknown)?;
    if license.account != cx.caller.account || license.is_purged(cx.now_ms) {
        return Err(unknown().into());
    }
    Ok((license, pools))
}

/// The members that CreateLicense and CreateLicenseVersion share.
struct Members<'a> {
    license_name: &'a str,
    product_name: &'a str,
    issuer: &'a shapes::Issuer,
    validity: &'a shapes::DatetimeRange,
    entitlements: &'a [shapes::Entitlement],
    consumption: &'a shapes::ConsumptionConfiguration,
    metadata: &'a [shapes::Metadata],
    status: Status,
}

impl Members<'_> {
    /// One version, read but not checked.
    fn terms(&self) -> Result<Terms, Refusal> {
        let end = self.validity.end.as_ref().map(|end| end.0.clone());
        let entitlements = self.entitlements.iter().enumerate();
        Ok(Terms {
            license_name: self.license_name.to_owned(),
            product_name: self.product_name.to_owned(),
            issuer: Issuer {
                name: self.issuer.name.0.clone(),
                sign_key: self.issuer.sign_key.clone(),
            },
            validity: Validity::parse(self.validity.begin.0.clone(), end)?,
            entitlements: entitlements
                .map(|(index, it)| entitlement(index, it))
                .collect::<Result<_, _>>()?,
            consumption: consumption(self.consumption),
            metadata: self
                .metadata
                .iter()
                .map(|it| Metadata { name: it.name.clone(), value: it.value.clone() })
                .collect(),
            status: self.status,
        })
    }
}

/// An entitlement as the domain knows it: D2 for a negative MaxCount, D4.
fn entitlement(index: usize, it: &shapes::Entitlement) -> Result<Entitlement, Refusal> {
    let max_count = it.max_count.map(u64::try_from).transpose().map_err(|_| {
        Refusal::value("D2", format!("Entitlements[{index}]: MaxCount must not be negative."))
    })?;
    Ok(Entitlement {
        name: it.name.0.clone(),
        unit: it.unit,
        max_count,
        value: it.value.clone(),
        overage: it.overage.unwrap_or(false),
        allow_check_in: it.allow_check_in.unwrap_or(false),
    })
}

fn consumption(it: &shapes::ConsumptionConfiguration) -> ConsumptionConfiguration {
    let provisional = it.provisional_configuration.as_ref();
    ConsumptionConfiguration {
        renew_type: it.renew_type.unwrap_or_default(),
        provisional_minutes_max: provisional.map(|it| it.max_time_to_live_in_minutes),
        borrow: it.borrow_configuration.as_ref().map(|it| Borrow {
            minutes_max: it.max_time_to_live_in_minutes,
            allow_early_check_in: it.allow_early_check_in,
        }),
    }
}
