//! TagResource, UntagResource, ListTagsForResource (4.27–4.29).

use leasehold_core::grant::check_cap;
use leasehold_core::license::License;
use leasehold_core::{Refusal, tag};
use leasehold_store::{Tx, grant, license, tag as store};

use super::shapes;
use crate::cx::Cx;
use crate::operation::Outcome;

/// TG2, TG3.
pub async fn tag_resource(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::TagResourceRequest,
) -> Outcome<shapes::TagResourceResponse> {
    let new = pairs(&it.tags)?;
    tag::check(&new)?;
    let (license, resource) = own_resource(tx, cx, &it.resource_arn, true).await?;
    if resource == Resource::Grant {
        for (key, value) in &new {
            check_cap(&license, key, value)?;
        }
    }
    let kept = store::list(tx, &it.resource_arn).await?;
    let added = new.iter().filter(|(key, _)| !kept.iter().any(|(other, _)| other == key));
    tag::check_count(kept.len() + added.count())?;
    store::set(tx, &it.resource_arn, &new).await?;
    Ok(shapes::TagResourceResponse {})
}

/// TG2.
pub async fn untag_resource(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::UntagResourceRequest,
) -> Outcome<shapes::UntagResourceResponse> {
    own_resource(tx, cx, &it.resource_arn, true).await?;
    store::remove(tx, &it.resource_arn, &it.tag_keys).await?;
    Ok(shapes::UntagResourceResponse {})
}

/// TG1.
pub async fn list_tags_for_resource(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListTagsForResourceRequest,
) -> Outcome<shapes::ListTagsForResourceResponse> {
    own_resource(tx, cx, &it.resource_arn, false).await?;
    let tags = store::list(tx, &it.resource_arn).await?;
    let show = |(key, value)| shapes::Tag { key: Some(key), value: Some(value) };
    Ok(shapes::ListTagsForResourceResponse { tags: Some(tags.into_iter().map(show).collect()) })
}

/// What carries tags.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Resource {
    License,
    Grant,
}

/// The license that is meant, or whose grant is: TG4, and L7 for what would change a deleted one. A
/// change locks it against check-outs, for a grant's tags may cap them.
async fn own_resource(
    tx: &mut Tx,
    cx: &Cx,
    arn: &str,
    changes: bool,
) -> Outcome<(License, Resource)> {
    let unknown = || {
        let text = "ResourceArn: this account has no such license and gave no such grant.";
        Refusal::not_found("TG4", text)
    };
    let (license, owner, resource) = match grant::find(tx, arn).await? {
        Some(grant) => {
            let license = license::get(tx, grant.license).await?;
            (license, grant.granter, Resource::Grant)
        }
        None => {
            let license = license::find(tx, arn).await?.ok_or_else(unknown)?;
            let owner = license.account.clone();
            (license, owner, Resource::License)
        }
    };
    if owner != cx.caller.account || license.is_purged(cx.now_ms) {
        return Err(unknown().into());
    }
    if changes && license.deleted_at_ms.is_some() {
        return Err(Refusal::rule("L7", "The license is deleted and can only be read.").into());
    }
    if changes && resource == Resource::Grant {
        tx.lock(license.key).await?;
    }
    Ok((license, resource))
}

/// Tags as pairs; a missing key is refused with the other faults of keys, a missing value is empty.
pub fn pairs(tags: &[shapes::Tag]) -> Result<Vec<(String, String)>, Refusal> {
    let pair = |(index, tag): (usize, &shapes::Tag)| {
        let missing = || Refusal::value("TG3", format!("Tags[{index}]: Key is required."));
        let key = tag.key.clone().ok_or_else(missing)?;
        Ok((key, tag.value.clone().unwrap_or_default()))
    };
    tags.iter().enumerate().map(pair).collect()
}
