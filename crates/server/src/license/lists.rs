//! ListLicenses and ListLicenseVersions (4.5, 4.6): pages, filters (1.7).

use leasehold_core::Refusal;
use leasehold_core::license::{License, Status, key_fingerprint};
use leasehold_store::{Tx, license as store};

use super::read::{view, visible_license};
use super::shapes;
use crate::cx::Cx;
use crate::operation::Outcome;
use crate::shape::{Arn, PageSize};

/// Elements of a page where the request does not say (W51).
const PAGE_SIZE_DEFAULT: usize = 100;
/// Rows read at a time while a filter looks for a page's elements.
const ROWS_AT_ONCE: i64 = 500;

/// 4.5, in the order of creation.
pub async fn list_licenses(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListLicensesRequest,
) -> Outcome<shapes::ListLicensesResponse> {
    let filters = Filters::read(it.filters.as_deref().unwrap_or_default(), FILTERS)?;
    let mut after = position(it.next_token.as_deref())?;
    let size = page_size(it.max_results);
    let mut found: Vec<License> = Vec::new();
    loop {
        let rows = store::list(tx, &cx.caller.account, after, ROWS_AT_ONCE).await?;
        let Some(last) = rows.last() else { break };
        after = (last.created_at_ms, last.key);
        let wanted = |license: &License| {
            let arns: Option<&Vec<Arn>> = it.license_arns.as_ref().filter(|arns| !arns.is_empty());
            !license.is_purged(cx.now_ms)
                && arns.is_none_or(|arns| arns.iter().any(|arn| arn.0 == license.arn))
                && filters.match_license(license, cx.now_ms)
        };
        found.extend(rows.into_iter().filter(wanted));
        if found.len() > size {
            break;
        }
    }
    let has_more = found.len() > size;
    found.truncate(size);
    let last = found.last().filter(|_| has_more);
    Ok(shapes::ListLicensesResponse {
        next_token: last.map(|last| format!("{:x}-{:x}", last.created_at_ms, last.key)),
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
    let (_, last_seen) = position(it.next_token.as_deref())?;
    let size = page_size(it.max_results);
    let limit = i64::try_from(size).unwrap_or(i64::MAX) + 1;
    let mut found = store::versions(tx, license.key, last_seen + 1, limit).await?;
    let has_more = found.len() > size;
    found.truncate(size);
    let last = found.last().filter(|_| has_more);
    let shown = |version: &License| {
        // Only the current version shows that the license is deleted (L40).
        let is_current = version.version == license.version;
        let deleted_at_ms = license.deleted_at_ms.filter(|_| is_current);
        view(&License { deleted_at_ms, ..version.clone() }, cx.now_ms)
    };
    Ok(shapes::ListLicenseVersionsResponse {
        next_token: last.map(|last| format!("0-{:x}", last.version)),
        licenses: Some(found.iter().map(shown).collect()),
    })
}

fn page_size(asked: Option<PageSize>) -> usize {
    asked.and_then(|size| usize::try_from(size.0).ok()).unwrap_or(PAGE_SIZE_DEFAULT)
}

/// Where a page begins: after the element with this pair of numbers (W51).
fn position(token: Option<&str>) -> Result<(i64, i64), Refusal> {
    let Some(token) = token else { return Ok((i64::MIN, 0)) };
    let numbers = token.split_once('-').and_then(|(first, second)| {
        Some((i64::from_str_radix(first, 16).ok()?, i64::from_str_radix(second, 16).ok()?))
    });
    let refusal =
        || Refusal::value("W51", "NextToken is not one that this operation gave; begin anew.");
    numbers.filter(|(_, second)| (0..i64::MAX).contains(second)).ok_or_else(refusal)
}

/// The filters of ListLicenses.
const FILTERS: &[&str] = &["Beneficiary", "ProductSKU", "Fingerprint", "Status"];

/// Filters of a request: name and value, all of which must hold (W52).
struct Filters(Vec<(String, String)>);

impl Filters {
    /// W53.
    fn read(filters: &[shapes::Filter], names: &[&str]) -> Result<Self, Refusal> {
        let mut read = Vec::new();
        for (index, filter) in filters.iter().enumerate() {
            let name = filter.name.as_deref().unwrap_or_default();
            if !names.contains(&name) {
                let text = format!("Filters[{index}]: Name must be one of {}.", names.join(", "));
                return Err(Refusal::value("W53", text));
            }
            let Some([value]) = filter.values.as_deref() else {
                let text = format!("Filters[{index}]: Values must hold exactly one value.");
                return Err(Refusal::value("W53", text));
            };
            read.push((name.to_owned(), value.clone()));
        }
        Ok(Self(read))
    }

    fn match_license(&self, license: &License, now_ms: i64) -> bool {
        self.0.iter().all(|(name, value)| match name.as_str() {
            "Beneficiary" => license.beneficiary == *value,
            "ProductSKU" => license.product_sku == *value,
            "Fingerprint" => {
                key_fingerprint(&license.account, &license.terms.issuer.name) == *value
            }
            _ => Status::as_str(license.status_at(now_ms)) == value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_pages_read_back_and_others_are_refused() {
        assert_eq!(position(Some("1f-2a")), Ok((31, 42)));
        assert_eq!(position(None), Ok((i64::MIN, 0)));
        for bad in ["", "-", "x-1", "1", "1-x", "1--1", "1-7fffffffffffffff", "é-1"] {
            assert!(position(Some(bad)).is_err(), "{bad}");
        }
    }
}
