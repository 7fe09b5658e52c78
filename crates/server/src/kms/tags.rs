//! Tags of keys.

use leasehold_core::key::Cause;
use leasehold_core::tag;
use leasehold_store::{Tx, tag as store};

use super::find::own;
use super::paging::Paging;
use super::shapes;
use crate::cx::Cx;
use crate::operation::Outcome;

/// Tags of a page where the request does not say.
const PAGE_DEFAULT: usize = 50;

/// Keys that exist get the new value.
pub async fn tag_resource(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::TagResourceRequest,
) -> Outcome<shapes::Nothing> {
    let new = pairs(&it.tags);
    tag::check(&new).map_err(|_| Cause::WrongTags)?;
    let key = own(tx, cx, &it.key_id, false).await?.key;
    key.check_kept()?;
    let kept = store::list(tx, &key.arn()).await?;
    let added = new.iter().filter(|(key, _)| !kept.iter().any(|(other, _)| other == key));
    tag::check_count(kept.len() + added.count()).map_err(|_| Cause::TooManyTags)?;
    store::set(tx, &key.arn(), &new).await?;
    Ok(shapes::Nothing {})
}

/// Keys that do not exist are passed over.
pub async fn untag_resource(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::UntagResourceRequest,
) -> Outcome<shapes::Nothing> {
    let key = own(tx, cx, &it.key_id, false).await?.key;
    key.check_kept()?;
    let keys: Vec<_> = it.tag_keys.iter().map(|key| key.0.clone()).collect();
    store::remove(tx, &key.arn(), &keys).await?;
    Ok(shapes::Nothing {})
}

/// By key.
pub async fn list_resource_tags(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListResourceTagsRequest,
) -> Outcome<shapes::ListResourceTagsResponse> {
    let paging = Paging::read(it.marker.as_ref(), it.limit, PAGE_DEFAULT)?;
    let key = own(tx, cx, &it.key_id, false).await?.key;
    // A key has few tags; whatever the database's order of texts is, here it is that of bytes.
    let mut found = store::list(tx, &key.arn()).await?;
    found.sort();
    found.retain(|(key, _)| *key > paging.after);
    let next_marker = paging.cut(&mut found, |(key, _)| key);
    let show = |(key, value): (String, String)| shapes::Tag {
        tag_key: key.into(),
        tag_value: value.into(),
    };
    Ok(shapes::ListResourceTagsResponse {
        truncated: Some(next_marker.is_some()),
        tags: Some(found.into_iter().map(show).collect()),
        next_marker,
    })
}

/// Tags as pairs.
pub fn pairs(tags: &[shapes::Tag]) -> Vec<(String, String)> {
    tags.iter().map(|tag| (tag.tag_key.0.clone(), tag.tag_value.0.clone())).collect()
}
