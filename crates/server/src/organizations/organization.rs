//! The organization and its root.

use leasehold_core::organization::{Cause, FeatureSet, Organization};
use leasehold_store::{Tx, organization as store};

use super::paging::Paging;
use super::placement::{dissolve, enter, newcomer};
use super::shapes;
use super::standing::{managed, own, readable};
use crate::cx::Cx;
use crate::operation::Outcome;

/// The caller becomes the management account of a new organization.
pub async fn create_organization(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreateOrganizationRequest,
) -> Outcome<shapes::OrganizationAnswer> {
    let features = it.feature_set.unwrap_or(FeatureSet::All);
    Ok(answer(&found(tx, cx, &cx.caller.account, features).await?))
}

/// A new organization of an account.
///
/// # Errors
/// If it is in one.
pub async fn found(
    tx: &mut Tx,
    cx: &Cx,
    account: &str,
    features: FeatureSet,
) -> Outcome<Organization> {
    if store::member(tx, account).await?.is_some() {
        return Err(Cause::AlreadyIn.into());
    }
    let organization = Organization::new(account, features, &cx.seed);
    store::save(tx, &organization).await?;
    enter(tx, cx, &newcomer(cx, &organization, account)).await?;
    Ok(organization)
}

/// For every member.
pub async fn describe_organization(
    tx: &mut Tx,
    cx: &Cx,
    _: &shapes::Nothing,
) -> Outcome<shapes::OrganizationAnswer> {
    Ok(answer(&own(tx, cx).await?))
}

/// When it is empty.
pub async fn delete_organization(
    tx: &mut Tx,
    cx: &Cx,
    _: &shapes::Nothing,
) -> Outcome<shapes::Nothing> {
    let organization = managed(tx, cx).await?;
    dissolve(tx, cx, &organization).await?;
    Ok(shapes::Nothing {})
}

/// There is one.
pub async fn list_roots(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::PageRequest,
) -> Outcome<shapes::ListRootsResponse> {
    let organization = readable(tx, cx).await?;
    let paging = Paging::read(it.next_token.as_ref(), it.max_results)?;
    let (roots, next_token) = paging.cut_whole(vec![&organization], |it| &it.root);
    let show = |it: &Organization| shapes::Root {
        id: Some(it.root.as_str().into()),
        arn: Some(it.root_arn().into()),
        name: Some("Root".into()),
        policy_types: Some(Vec::new()),
    };
    Ok(shapes::ListRootsResponse { roots: Some(roots.into_iter().map(show).collect()), next_token })
}

fn answer(it: &Organization) -> shapes::OrganizationAnswer {
    let organization = shapes::Organization {
        id: Some(it.id.as_str().into()),
        arn: Some(it.arn().into()),
        feature_set: Some(it.feature_set),
        master_account_arn: Some(it.account_arn(&it.management_account).into()),
        master_account_id: Some(it.management_account.as_str().into()),
        master_account_email: None,
        available_policy_types: Some(Vec::new()),
    };
    shapes::OrganizationAnswer { organization: Some(organization) }
}
