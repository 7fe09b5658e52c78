//! GetServiceSettings and UpdateServiceSettings (section 12).

use leasehold_core::Refusal;
use leasehold_core::organization::LICENSE_MANAGER;
use leasehold_core::settings::Settings;
use leasehold_store::{Tx, organization, settings as store};

use super::shapes;
use crate::cx::Cx;
use crate::operation::Outcome;

/// What the account has set in this Region, and whether its organization trusts License Manager.
pub async fn get_service_settings(
    tx: &mut Tx,
    cx: &Cx,
    _: &shapes::GetServiceSettingsRequest,
) -> Outcome<shapes::GetServiceSettingsResponse> {
    let account = &cx.caller.account;
    let it = store::find(tx, account, &cx.region).await?;
    let membership = organization::of_account(tx, account).await?;
    let enable_integration =
        membership.is_some_and(|membership| membership.organization.trusts(LICENSE_MANAGER));
    let is_home = it.discovery_source_regions.is_some();
    Ok(shapes::GetServiceSettingsResponse {
        s3_bucket_arn: it.s3_bucket_arn,
        sns_topic_arn: it.sns_topic_arn,
        organization_configuration: Some(shapes::OrganizationConfiguration { enable_integration }),
        enable_cross_accounts_discovery: Some(it.enable_cross_accounts_discovery.unwrap_or(false)),
        license_manager_resource_share_arn: None,
        cross_region_discovery_home_region: is_home.then(|| cx.region.clone()),
        cross_region_discovery_source_regions: it.discovery_source_regions,
        service_status: None,
    })
}

/// Sets what is given. EnableIntegration is the organization's trust in License Manager (G19), in
/// all Regions.
pub async fn update_service_settings(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::UpdateServiceSettingsRequest,
) -> Outcome<shapes::UpdateServiceSettingsResponse> {
    let account = &cx.caller.account;
    let changes = Settings {
        s3_bucket_arn: it.s3_bucket_arn.clone(),
        sns_topic_arn: it.sns_topic_arn.clone(),
        enable_cross_accounts_discovery: it.enable_cross_accounts_discovery,
        discovery_source_regions: it.enabled_discovery_source_regions.clone(),
    };
    let settings = store::find(tx, account, &cx.region).await?.change(changes)?;
    store::save(tx, account, &cx.region, &settings).await?;
    if let Some(link) = &it.organization_configuration {
        integrate(tx, cx, link.enable_integration).await?;
    }
    Ok(shapes::UpdateServiceSettingsResponse {})
}

/// G7, G19.
async fn integrate(tx: &mut Tx, cx: &Cx, enable: bool) -> Outcome<()> {
    let refused = |text: &str| {
        Refusal::rule("G19", format!("OrganizationConfiguration.EnableIntegration: {text}"))
    };
    let account = &cx.caller.account;
    let Some(membership) = organization::of_account(tx, account).await? else {
        let text = "the account is in no organization; create one first, or leave it out.";
        return Err(refused(text).into());
    };
    let mut organization = membership.organization;
    if organization.management_account != *account {
        let text = "only the organization's management account sets it; call with its key.";
        return Err(refused(text).into());
    }
    if enable {
        organization.trust(LICENSE_MANAGER, cx.now_ms)?;
    } else {
        organization.distrust(LICENSE_MANAGER)?;
    }
    Ok(organization::save(tx, &organization).await?)
}
