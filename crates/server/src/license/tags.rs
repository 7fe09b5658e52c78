//! TagResource, UntagResource, ListTagsForResource (4.27–4.29).

use leasehold_core::{Refusal, tag};
use leasehold_store::{Tx, license, tag as store};

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
    check_owner(tx, cx, &it.resource_arn, true).await?;
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
    check_owner(tx, cx, &it.resource_arn, true).await?;
    store::remove(tx, &it.resource_arn, &it.tag_keys).await?;
    Ok(shapes::UntagResourceResponse {})
}

/// TG1.
pub async fn list_tags_for_resource(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListTagsForResourceRequest,
) -> Outcome<shapes::ListTagsForResourceResponse> {
    check_owner(tx, cx, &it.resource_arn, false).await?;
    let tags = store::list(tx, &it.resource_arn).await?;
    let show = |(key, value)| shapes::Tag { key: Some(key), value: Some(value) };
    Ok(shapes::ListTagsForResourceResponse { tags: Some(tags.into_iter().map(show).collect()) })
}

/// TG4, and L7 for what would change a deleted license.
async fn check_owner(tx: &mut Tx, cx: &Cx, arn: &str, changes: bool) -> Outcome<()> {
    let found = license::find(tx, arn)
        .await?
        .filter(|license| license.account == cx.caller.account && !license.is_purged(cx.now_ms));
    let Some(license) = found else {
        let text = "ResourceArn: this account has no such license.";
        return Err(Refusal::not_found("TG4", text).into());
    };
    if changes && license.deleted_at_ms.is_some() {
        return Err(Refusal::rule("L7", "The license is deleted and can only be read.").into());
    }
    Ok(())
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
