//! ListDistributedGrants, ListReceivedGrants, ListReceivedGrantsForOrganization (4.18–4.20).

use std::borrow::Cow;

use leasehold_core::Refusal;
use leasehold_core::grant::Grant;
use leasehold_core::license::License;
use leasehold_store::Tx;
use leasehold_store::grant::{self as store, Side};

use super::read::Around;
use super::{administered_by, principals_of};
use crate::cx::Cx;
use crate::license::lists::value_of;
use crate::license::page::{Filters, Page, asks_for};
use crate::license::shapes;
use crate::operation::Outcome;
use crate::shape::Arn;

/// Rows read at a time while a filter looks for a page's elements.
const ROWS_AT_ONCE: i64 = 500;

/// 4.18.
pub async fn list_distributed_grants(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListDistributedGrantsRequest,
) -> Outcome<shapes::ListDistributedGrantsResponse> {
    let names =
        ["LicenseArn", "GrantStatus", "GranteePrincipalArn", "ProductSKU", "LicenseIssuerName"];
    let search = Search {
        side: Side::Granter(cx.caller.account.clone()),
        arns: it.grant_arns.as_ref(),
        filters: Filters::read(it.filters.as_deref(), &names)?,
        license_arn: None,
        page: Page::read(it.next_token.as_deref(), it.max_results)?,
    };
    let (grants, next_token) = search.run(tx, cx).await?;
    Ok(shapes::ListDistributedGrantsResponse { grants: Some(grants), next_token })
}

/// 4.19.
pub async fn list_received_grants(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListReceivedGrantsRequest,
) -> Outcome<shapes::ListReceivedGrantsResponse> {
    let names =
        ["ProductSKU", "LicenseIssuerName", "LicenseArn", "GrantStatus", "GranterAccountId"];
    let search = Search {
        side: Side::Principals(principals_of(tx, &cx.caller.account).await?),
        arns: it.grant_arns.as_ref(),
        filters: Filters::read(it.filters.as_deref(), &names)?,
        license_arn: None,
        page: Page::read(it.next_token.as_deref(), it.max_results)?,
    };
    let (grants, next_token) = search.run(tx, cx).await?;
    Ok(shapes::ListReceivedGrantsResponse { grants: Some(grants), next_token })
}

/// 4.20, G64.
pub async fn list_received_grants_for_organization(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListReceivedGrantsForOrganizationRequest,
) -> Outcome<shapes::ListReceivedGrantsForOrganizationResponse> {
    let search = Search {
        side: Side::Members(own_organization(tx, cx).await?),
        arns: None,
        filters: Filters::read(it.filters.as_deref(), &["ParentArn", "GranteePrincipalArn"])?,
        license_arn: Some(&it.license_arn),
        page: Page::read(it.next_token.as_deref(), it.max_results)?,
    };
    let (grants, next_token) = search.run(tx, cx).await?;
    Ok(shapes::ListReceivedGrantsForOrganizationResponse { grants: Some(grants), next_token })
}

/// The id of the organization that the caller administers, for the calls about all its accounts
/// (G64).
///
/// # Errors
/// A rule's refusal for anybody else.
pub async fn own_organization(tx: &mut Tx, cx: &Cx) -> Outcome<String> {
    let Some(organization) = administered_by(tx, &cx.caller.account).await? else {
        let text = "Only the management account of an organization, or its delegated \
                    administrator for License Manager, may ask for all its accounts.";
        return Err(Refusal::rule("G64", text).into());
    };
    Ok(organization.id)
}

/// A list of grants, before it is read.
struct Search<'a> {
    side: Side,
    arns: Option<&'a Vec<Arn>>,
    filters: Filters,
    license_arn: Option<&'a Arn>,
    page: Page,
}

impl Search<'_> {
    async fn run(&self, tx: &mut Tx, cx: &Cx) -> Outcome<(Vec<shapes::Grant>, Option<String>)> {
        let mut around = Around::default();
        let mut after = self.page.after;
        let mut found: Vec<Grant> = Vec::new();
        while found.len() <= self.page.size {
            let rows = store::list(tx, &self.side, after, ROWS_AT_ONCE).await?;
            let Some(last) = rows.last() else { break };
            after = (last.created_at_ms, last.key);
            for grant in rows {
                let license = around.license(tx, grant.license).await?;
                let parent_arn = around.parent_arn(tx, &grant).await?;
                if self.wants(&grant, &license, &parent_arn, cx.now_ms) {
                    found.push(grant);
                }
            }
        }
        let next_token = self.page.cut(&mut found, |last| (last.created_at_ms, last.key));
        let mut grants = Vec::with_capacity(found.len());
        for grant in &found {
            grants.push(around.view(tx, grant).await?);
        }
        Ok((grants, next_token))
    }

    fn wants(&self, grant: &Grant, license: &License, parent_arn: &str, now_ms: i64) -> bool {
        !grant.is_purged(now_ms)
            && asks_for(self.arns, &grant.arn)
            && self.license_arn.is_none_or(|arn| arn.0 == license.arn)
            && self.filters.hold(|name| match name {
                "GrantStatus" => Cow::Borrowed(grant.terms.status.as_str()),
                "GranteePrincipalArn" => Cow::Owned(grant.principal.clone()),
                "GranterAccountId" => Cow::Owned(grant.granter.clone()),
                "ParentArn" => Cow::Owned(parent_arn.to_owned()),
                _ => Cow::Owned(value_of(license, name, now_ms).into_owned()),
            })
    }
}
