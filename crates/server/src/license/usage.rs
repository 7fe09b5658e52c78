//! GetLicenseUsage (4.7).

use leasehold_core::Refusal;
use leasehold_core::consume::{Command, Outcome as Decided};
use leasehold_core::pool::Pool;

use super::read::visible_license;
use super::shapes;
use crate::cx::Cx;
use crate::operation::Outcome;
use crate::server::Server;

/// U1–U4: the counts as of this request's place among the check-outs.
pub async fn get_license_usage(
    server: &Server,
    cx: &Cx,
    it: &shapes::GetLicenseUsageRequest,
) -> Outcome<shapes::GetLicenseUsageResponse> {
    let license = {
        let mut tx = server.store.read().await?;
        visible_license(&mut tx, cx, &it.license_arn).await?
    };
    let command = Command::Usage { license: license.key };
    let Decided::Usage(pools) = server.ledger.submit(command, cx.now_ms).await? else {
        return Err(Refusal::not_found("L42", "LicenseArn: there is no such license.").into());
    };
    let consumed = |name: &str, unit| {
        let pool = pools.iter().find(|pool| pool.name == name && pool.unit == unit);
        pool.map_or(0, Pool::consumed)
    };
    let usages = license.terms.entitlements.iter().map(|entitlement| shapes::EntitlementUsage {
        name: entitlement.name.clone(),
        consumed_value: consumed(&entitlement.name, entitlement.unit).to_string(),
        max_count: entitlement.max_count.map(|count| count.to_string()),
        unit: entitlement.unit,
    });
    let usage = shapes::LicenseUsage { entitlement_usages: Some(usages.collect()) };
    Ok(shapes::GetLicenseUsageResponse { license_usage: Some(usage) })
}
