//! Services that an organization trusts, and their delegated administrators.

use leasehold_core::organization::{Administrator, Cause, Organization};
use leasehold_store::Tx;
use leasehold_store::organization as store;

use super::accounts::{find, joined_method};
use super::paging::Paging;
use super::shapes;
use super::standing::{managed, readable};
use crate::cx::Cx;
use crate::operation::Outcome;
use crate::shape::Timestamp;

/// Again changes nothing.
pub async fn enable_aws_service_access(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ServiceRequest,
) -> Outcome<shapes::Nothing> {
    let now_ms = cx.now_ms;
    change(tx, cx, |organization| organization.trust(&it.service_principal, now_ms)).await
}

/// Again changes nothing.
pub async fn disable_aws_service_access(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ServiceRequest,
) -> Outcome<shapes::Nothing> {
    change(tx, cx, |organization| organization.distrust(&it.service_principal)).await
}

/// A member account, once its service is trusted.
pub async fn register_delegated_administrator(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::DelegateRequest,
) -> Outcome<shapes::Nothing> {
    let organization = managed(tx, cx).await?;
    find(tx, &organization, &it.account_id).await?;
    let (account, service) = (&it.account_id, &it.service_principal);
    change(tx, cx, |organization| organization.delegate(account, service, cx.now_ms)).await
}

/// Before it can leave the organization.
pub async fn deregister_delegated_administrator(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::DelegateRequest,
) -> Outcome<shapes::Nothing> {
    let organization = managed(tx, cx).await?;
    find(tx, &organization, &it.account_id).await?;
    let (account, service) = (&it.account_id, &it.service_principal);
    change(tx, cx, |organization| organization.undelegate(account, service)).await
}

/// Loads what the caller manages, changes it and saves it.
async fn change(
    tx: &mut Tx,
    cx: &Cx,
    change: impl FnOnce(&mut Organization) -> Result<(), Cause>,
) -> Outcome<shapes::Nothing> {
    let mut organization = managed(tx, cx).await?;
    change(&mut organization)?;
    store::save(tx, &organization).await?;
    Ok(shapes::Nothing {})
}

/// By their principals.
pub async fn list_aws_service_access_for_organization(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::PageRequest,
) -> Outcome<shapes::ListAWSServiceAccessForOrganizationResponse> {
    let organization = readable(tx, cx).await?;
    let paging = Paging::read(it.next_token.as_ref(), it.max_results)?;
    let (found, next_token) =
        paging.cut_whole(organization.trusted_services, |service| &service.principal);
    let show =
        |service: leasehold_core::organization::TrustedService| shapes::EnabledServicePrincipal {
            service_principal: Some(service.principal.into()),
            date_enabled: Some(Timestamp(service.enabled_at_ms)),
        };
    let enabled_service_principals = Some(found.into_iter().map(show).collect());
    Ok(shapes::ListAWSServiceAccessForOrganizationResponse {
        enabled_service_principals,
        next_token,
    })
}

/// Each account once, with the time of its first service.
pub async fn list_delegated_administrators(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListDelegatedAdministratorsRequest,
) -> Outcome<shapes::ListDelegatedAdministratorsResponse> {
    let organization = readable(tx, cx).await?;
    let paging = Paging::read(it.next_token.as_ref(), it.max_results)?;
    let mut found: Vec<Administrator> = Vec::new();
    for each in &organization.administrators {
        let is_asked = it.service_principal.as_ref().is_none_or(|asked| asked.0 == each.principal);
        if is_asked && !found.iter().any(|other| other.account == each.account) {
            found.push(each.clone());
        }
    }
    let (found, next_token) = paging.cut_whole(found, |each| &each.account);
    let mut administrators = Vec::new();
    for each in found {
        administrators.push(view(tx, &organization, &each).await?);
    }
    Ok(shapes::ListDelegatedAdministratorsResponse {
        delegated_administrators: Some(administrators),
        next_token,
    })
}

async fn view(
    tx: &mut Tx,
    organization: &Organization,
    it: &Administrator,
) -> Outcome<shapes::DelegatedAdministrator> {
    let member = find(tx, organization, &it.account).await?;
    Ok(shapes::DelegatedAdministrator {
        id: Some(it.account.as_str().into()),
        arn: Some(organization.account_arn(&it.account).into()),
        status: Some(shapes::AccountStatus::Active),
        state: Some(shapes::AccountState::Active),
        joined_method: Some(joined_method(&member)),
        joined_timestamp: Some(Timestamp(member.joined_at_ms)),
        delegation_enabled_date: Some(Timestamp(it.enabled_at_ms)),
        email: member.email.map(Into::into),
        name: Some(member.name.into()),
    })
}

/// By their principals.
pub async fn list_delegated_services_for_account(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ListDelegatedServicesForAccountRequest,
) -> Outcome<shapes::ListDelegatedServicesForAccountResponse> {
    let organization = readable(tx, cx).await?;
    let paging = Paging::read(it.next_token.as_ref(), it.max_results)?;
    find(tx, &organization, &it.account_id).await?;
    let found: Vec<_> = organization.services_of(&it.account_id).cloned().collect();
    if found.is_empty() {
        return Err(Cause::NotRegistered.into());
    }
    let (found, next_token) = paging.cut_whole(found, |each| &each.principal);
    let show = |each: Administrator| shapes::DelegatedService {
        service_principal: Some(each.principal.into()),
        delegation_enabled_date: Some(Timestamp(each.enabled_at_ms)),
    };
    let delegated_services = Some(found.into_iter().map(show).collect());
    Ok(shapes::ListDelegatedServicesForAccountResponse { delegated_services, next_token })
}
