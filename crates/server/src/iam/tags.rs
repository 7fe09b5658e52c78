//! Tags of what IAM has. Unlike elsewhere their keys differ by more than case.

use leasehold_core::Refusal;
use leasehold_core::identity::Cause;
use leasehold_core::tag as rules;
use leasehold_store::{Tx, tag as store};

use super::paging::Paging;
use super::shapes;
use crate::operation::Outcome;
use crate::shape::{Bounded, MarkerPageSize};

/// Sets tags; a key in another case takes the place of the one that is there.
///
/// # Errors
/// If they are too many, or not good.
pub async fn set(tx: &mut Tx, id: &str, tags: &shapes::Tags) -> Outcome<()> {
    let new: Vec<(String, String)> =
        tags.0.iter().map(|tag| (tag.key.0.clone(), tag.value.0.clone())).collect();
    rules::check(&new)?;
    check_distinct(&new)?;
    let kept = store::list(tx, id).await?;
    let is_new = |key: &String| new.iter().any(|(other, _)| other.eq_ignore_ascii_case(key));
    let (replaced, kept): (Vec<_>, Vec<_>) = kept.into_iter().map(|(key, _)| key).partition(is_new);
    if kept.len() + new.len() > rules::TAGS_MAX {
        let text = format!("The number of tags has reached the maximum limit: {}", rules::TAGS_MAX);
        return Err(Cause::LimitExceeded.because(text).into());
    }
    store::remove(tx, id, &replaced).await?;
    Ok(store::set(tx, id, &new).await?)
}

fn check_distinct(tags: &[(String, String)]) -> Result<(), Refusal> {
    for (index, (key, _)) in tags.iter().enumerate() {
        let mut others = tags.iter().skip(index + 1);
        if others.any(|(other, _)| other.eq_ignore_ascii_case(key)) {
            let text = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(Cause::InvalidInput.because(text));
        }
    }
    Ok(())
}

/// Removes tags; keys that are not there are passed over.
///
/// # Errors
/// What the database says.
pub async fn remove(tx: &mut Tx, id: &str, keys: &shapes::TagKeys) -> Outcome<()> {
    let is_meant = |key: &String| keys.0.iter().any(|other| other.eq_ignore_ascii_case(key));
    let kept = store::list(tx, id).await?;
    let gone: Vec<String> = kept.into_iter().map(|(key, _)| key).filter(is_meant).collect();
    Ok(store::remove(tx, id, &gone).await?)
}

/// A page of tags.
///
/// # Errors
/// What the database says.
pub async fn list(
    tx: &mut Tx,
    id: &str,
    marker: Option<&shapes::Marker>,
    size: Option<MarkerPageSize>,
) -> Outcome<shapes::TagsAnswer> {
    let tags = store::list(tx, id).await?;
    let (tags, (is_truncated, marker)) = Paging::read(marker, size).cut_counted(tags);
    Ok(shapes::TagsAnswer { tags: view(tags), is_truncated, marker })
}

/// Tags as answers have them.
pub fn view(tags: Vec<(String, String)>) -> shapes::Tags {
    let tag = |(key, value): (String, String)| shapes::Tag { key: key.into(), value: value.into() };
    Bounded(tags.into_iter().map(tag).collect())
}
