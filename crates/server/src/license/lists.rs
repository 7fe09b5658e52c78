//! ListLicenses and ListLicenseVersions (4.5, 4.6): pages, filters (1.7).

use std::borrow::Cow;

use leasehold_core::license::{License, Status, key_fingerprint};
use leasehold_store::{Tx, license as store};

use super::page::{Filters, Page, asks_for};
use super::read::{view, visible_license};
use super::shapes;
use crate::cx::Cx;
use crate::operation::Outcome;

/// Rows read at a time while a filter looks for a page's elements.
const ROWS_AT_ONCE: i64 = 500;

/// 4.5, in the order of creation.
pub async fn list_licenses(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListLicensesRequest,
) -> Outcome<shapes::ListLicensesResponse> {
    let names = ["Beneficiary", "ProductSKU", "Fingerprint", "Status"];
    let filters = Filters::read(it.filters.as_deref(), &names)?;
    let page = Page::read(it.next_token.as_deref(), it.max_results)?;
    let mut after = page.after;
    let mut found: Vec<License> = Vec::new();
    loop {
        let rows = store::list(tx, &cx.caller.account, after, ROWS_AT_ONCE).await?;
        let Some(last) = rows.last() else { break };
        after = (last.created_at_ms, last.key);
        let wanted = |license: &License| {
            !license.is_purged(cx.now_ms)
                && asks_for(it.license_arns.as_ref(), &license.arn)
                && filters.hold(|name| value_of(license, name, cx.now_ms))
        };
        found.extend(rows.into_iter().filter(wanted));
        if found.len() > page.size {
            break;
        }
    }
    Ok(shapes::ListLicensesResponse {
        next_token: page.cut(&mut found, |last| (last.created_at_ms, last.key)),
        licenses: Some(found.iter().map(|license| view(license, cx.now_ms)).collect()),
    })
}

/// 4.6, ascending.
pub async fn list_license_versions(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListLicenseVersionsRequest,
) -> Outcome<shapes::ListLicenseVersionsResponse> {
    let license = visible_license(tx, cx, &it.license_arn).await?;
    let page = Page::read(it.next_token.as_deref(), it.max_results)?;
    let limit = i64::try_from(page.size).unwrap_or(i64::MAX).saturating_add(1);
    let mut found = store::versions(tx, license.key, page.after.1 + 1, limit).await?;
    let next_token = page.cut(&mut found, |last| (0, last.version));
    let shown = |version: &License| {
        // Only the current version shows that the license is deleted (L40).
        let is_current = version.version == license.version;
        let deleted_at_ms = license.deleted_at_ms.filter(|_| is_current);
        view(&License { deleted_at_ms, ..version.clone() }, cx.now_ms)
    };
    Ok(shapes::ListLicenseVersionsResponse {
        next_token,
        licenses: Some(found.iter().map(shown).collect()),
    })
}

/// What a license has under the name of a filter.
pub fn value_of<'a>(license: &'a License, name: &str, now_ms: i64) -> Cow<'a, str> {
    match name {
        "LicenseArn" => Cow::Borrowed(&license.arn),
        "Beneficiary" => Cow::Borrowed(&license.beneficiary),
        "ProductSKU" => Cow::Borrowed(&license.product_sku),
        "LicenseIssuerName" | "IssuerName" => Cow::Borrowed(&license.terms.issuer.name),
        "Fingerprint" => Cow::Owned(key_fingerprint(&license.account, &license.terms.issuer.name)),
        _ => Cow::Borrowed(Status::as_str(license.status_at(now_ms))),
    }
}
