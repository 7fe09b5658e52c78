//! ListReceivedLicenses, ListReceivedLicensesForOrganization (4.21, 4.22).

use leasehold_core::grant::Grant;
use leasehold_core::license::License;
use leasehold_store::Tx;
use leasehold_store::grant::{self as store, Receiver};

use super::lists::own_organization;
use super::read::Around;
use crate::cx::Cx;
use crate::license::lists::value_of;
use crate::license::page::{Filters, Page, asks_for};
use crate::license::read::view;
use crate::license::shapes;
use crate::operation::Outcome;
use crate::shape::{Arn, Bounded};

/// Rows read at a time while a filter looks for a page's elements.
const ROWS_AT_ONCE: i64 = 100;
/// Metadata of a received license that names its grant (2.5).
const GRANT_ARN: &str = "grantArn";

/// 4.21, G61–G63.
pub async fn list_received_licenses(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListReceivedLicensesRequest,
) -> Outcome<shapes::ListReceivedLicensesResponse> {
    let names = ["ProductSKU", "Status", "Fingerprint", "IssuerName", "Beneficiary"];
    let search = Search {
        receiver: Receiver::Account(cx.caller.account.clone()),
        arns: it.license_arns.as_ref(),
        filters: Filters::read(it.filters.as_deref(), &names)?,
        page: Page::read(it.next_token.as_deref(), it.max_results)?,
    };
    let (licenses, next_token) = search.run(tx, cx).await?;
    Ok(shapes::ListReceivedLicensesResponse { licenses: Some(licenses), next_token })
}

/// 4.22, G64.
pub async fn list_received_licenses_for_organization(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListReceivedLicensesForOrganizationRequest,
) -> Outcome<shapes::ListReceivedLicensesForOrganizationResponse> {
    let search = Search {
        receiver: Receiver::Organization(own_organization(tx, cx).await?),
        arns: None,
        filters: Filters::read(it.filters.as_deref(), &["Beneficiary", "ProductSKU"])?,
        page: Page::read(it.next_token.as_deref(), it.max_results)?,
    };
    let (licenses, next_token) = search.run(tx, cx).await?;
    Ok(shapes::ListReceivedLicensesForOrganizationResponse { licenses: Some(licenses), next_token })
}

/// A list of received licenses, before it is read.
struct Search<'a> {
    receiver: Receiver,
    arns: Option<&'a Vec<Arn>>,
    filters: Filters,
    page: Page,
}

impl Search<'_> {
    async fn run(
        &self,
        tx: &mut Tx,
        cx: &Cx,
    ) -> Outcome<(Vec<shapes::GrantedLicense>, Option<String>)> {
        let mut around = Around::default();
        let mut after = self.page.after;
        let mut found: Vec<(License, Grant)> = Vec::new();
        'pages: loop {
            let places = store::received_licenses(tx, &self.receiver, after, ROWS_AT_ONCE).await?;
            let Some(last) = places.last() else { break };
            after = *last;
            for (_, key) in places {
                let license = around.license(tx, key).await?;
                let wanted = !license.is_purged(cx.now_ms)
                    && asks_for(self.arns, &license.arn)
                    && self.filters.hold(|name| value_of(&license, name, cx.now_ms));
                if !wanted {
                    continue;
                }
                let mut grants = store::received_by(tx, key, &self.receiver).await?;
                grants.retain(|grant| !grant.is_purged(cx.now_ms));
                found.extend(
                    grants.into_iter().max_by_key(Grant::rank).map(|grant| (license, grant)),
                );
                if found.len() > self.page.size {
                    break 'pages;
                }
            }
        }
        let place = |(license, _): &(License, Grant)| (license.created_at_ms, license.key);
        let next_token = self.page.cut(&mut found, place);
        let mut licenses = Vec::with_capacity(found.len());
        for (license, grant) in &found {
            licenses.push(granted(tx, &mut around, license, grant, cx.now_ms).await?);
        }
        Ok((licenses, next_token))
    }
}

/// 2.5. The metadata names the grant to accept; for an account's part of an organization's grant
/// it names the organization's.
async fn granted(
    tx: &mut Tx,
    around: &mut Around,
    license: &License,
    grant: &Grant,
    now_ms: i64,
) -> Outcome<shapes::GrantedLicense> {
    let arn = if grant.is_member { around.parent_arn(tx, grant).await? } else { grant.arn.clone() };
    let operations = store::links(tx, grant.key).await?.operations(grant.key);
    let license = view(license, now_ms);
    let mut metadata = license.license_metadata.unwrap_or_default();
    metadata.push(shapes::Metadata { name: Some(GRANT_ARN.to_owned()), value: Some(arn) });
    Ok(shapes::GrantedLicense {
        license_arn: license.license_arn,
        license_name: license.license_name,
        product_name: license.product_name,
        product_sku: license.product_sku,
        issuer: license.issuer,
        home_region: license.home_region,
        status: license.status,
        validity: license.validity,
        beneficiary: license.beneficiary,
        entitlements: license.entitlements,
        consumption_configuration: license.consumption_configuration,
        license_metadata: Some(metadata),
        create_time: license.create_time,
        version: license.version,
        received_metadata: Some(shapes::ReceivedMetadata {
            received_status: Some(grant.terms.status.received()),
            received_status_reason: grant.terms.status_reason.as_deref().map(Into::into),
            // A chain that was narrowed to nothing allows nothing, which a list cannot say (G39).
            allowed_operations: (!operations.is_empty()).then_some(Bounded(operations)),
        }),
    })
}
