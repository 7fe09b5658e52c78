//! The accounts of an organization.

use leasehold_core::account::draw_id;
use leasehold_core::organization::{Cause, Organization};
use leasehold_store::organization::{self as store, Member};
use leasehold_store::{Tx, account};

use super::paging::Paging;
use super::placement::{enter, exit, newcomer, relocate};
use super::shapes;
use super::standing::{managed, own, readable};
use super::units::{check_no_tags, check_parent, is_parent, path};
use crate::cx::Cx;
use crate::operation::Outcome;
use crate::shape::Timestamp;

/// All of them, the management account too.
pub async fn list_accounts(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::PageRequest,
) -> Outcome<shapes::AccountsAnswer> {
    let organization = readable(tx, cx).await?;
    let paging = Paging::read(it.next_token.as_ref(), it.max_results)?;
    list(tx, &organization, None, paging).await
}

/// Directly under a root or OU.
pub async fn list_accounts_for_parent(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::ParentPageRequest,
) -> Outcome<shapes::AccountsAnswer> {
    let organization = readable(tx, cx).await?;
    check_parent(tx, &organization, &it.parent_id).await?;
    let paging = Paging::read(it.next_token.as_ref(), it.max_results)?;
    list(tx, &organization, Some(&it.parent_id), paging).await
}

async fn list(
    tx: &mut Tx,
    organization: &Organization,
    parent: Option<&str>,
    paging: Paging<'_>,
) -> Outcome<shapes::AccountsAnswer> {
    let found = store::members(tx, &organization.id, parent, paging.page()).await?;
    let (found, next_token) = paging.cut(found, |member| &member.account);
    let mut accounts = Vec::new();
    for member in found {
        accounts.push(view(tx, organization, member).await?);
    }
    Ok(shapes::AccountsAnswer { accounts: Some(accounts), next_token })
}

/// As it is.
pub async fn describe_account(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::AccountRequest,
) -> Outcome<shapes::DescribeAccountResponse> {
    let organization = readable(tx, cx).await?;
    let member = find(tx, &organization, &it.account_id).await?;
    let account = Some(view(tx, &organization, member).await?);
    Ok(shapes::DescribeAccountResponse { account })
}

/// To another root or OU.
pub async fn move_account(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::MoveAccountRequest,
) -> Outcome<shapes::Nothing> {
    let organization = managed(tx, cx).await?;
    let member = find(tx, &organization, &it.account_id).await?;
    if member.parent != it.source_parent_id.0 {
        return Err(Cause::SourceParentNotFound.into());
    }
    let destination = &it.destination_parent_id;
    if member.parent == destination.0 {
        return Err(Cause::DuplicateAccount.into());
    }
    if !is_parent(tx, &organization, destination).await? {
        return Err(Cause::DestinationParentNotFound.into());
    }
    relocate(tx, cx, &member.account, destination).await?;
    Ok(shapes::Nothing {})
}

/// By the management account.
pub async fn remove_account_from_organization(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::AccountRequest,
) -> Outcome<shapes::Nothing> {
    let organization = managed(tx, cx).await?;
    let member = find(tx, &organization, &it.account_id).await?;
    exit(tx, cx, &organization, &member.account).await?;
    Ok(shapes::Nothing {})
}

/// By the account itself.
pub async fn leave_organization(
    tx: &mut Tx,
    cx: &Cx,
    _: &shapes::Nothing,
) -> Outcome<shapes::Nothing> {
    let organization = own(tx, cx).await?;
    exit(tx, cx, &organization, &cx.caller.account).await?;
    Ok(shapes::Nothing {})
}

/// A new account of this server, at once; its keys are for whoever runs the server to make.
pub async fn create_account(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::CreateAccountRequest,
) -> Outcome<shapes::CreationAnswer> {
    let organization = managed(tx, cx).await?;
    check_no_tags(it.tags.as_deref())?;
    let id = draw_id(&cx.seed);
    let (name, created_at_ms) = (it.account_name.0.clone(), cx.now_ms);
    account::insert(tx, &account::Account { id: id.clone(), name: name.clone(), created_at_ms })
        .await?;
    let member = Member {
        name,
        email: Some(it.email.0.clone()),
        creation: Some(format!("car-{}", cx.seed.alphanumeric("creation", 24))),
        ..newcomer(cx, &organization, &id)
    };
    enter(tx, cx, &member).await?;
    Ok(creation(&member))
}

/// While the account is in the organization.
pub async fn describe_create_account_status(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::DescribeCreateAccountStatusRequest,
) -> Outcome<shapes::CreationAnswer> {
    let organization = readable(tx, cx).await?;
    let member = store::created_member(tx, &it.create_account_request_id).await?;
    let member = member.filter(|member| member.organization == organization.id);
    Ok(creation(&member.ok_or(Cause::CreationNotFound)?))
}

fn creation(member: &Member) -> shapes::CreationAnswer {
    let status = shapes::CreateAccountStatus {
        id: member.creation.as_deref().map(Into::into),
        account_name: Some(member.name.as_str().into()),
        state: Some(shapes::CreateAccountState::Succeeded),
        requested_timestamp: Some(Timestamp(member.joined_at_ms)),
        completed_timestamp: Some(Timestamp(member.joined_at_ms)),
        account_id: Some(member.account.as_str().into()),
        gov_cloud_account_id: None,
        failure_reason: None,
    };
    shapes::CreationAnswer { create_account_status: Some(status) }
}

/// An account of an organization.
///
/// # Errors
/// If it has no such account.
pub async fn find(tx: &mut Tx, organization: &Organization, account: &str) -> Outcome<Member> {
    let member = store::member(tx, account).await?;
    let member = member.filter(|member| member.organization == organization.id);
    Ok(member.ok_or(Cause::AccountNotFound)?)
}

/// How it came into the organization.
pub fn joined_method(member: &Member) -> shapes::AccountJoinedMethod {
    match member.creation {
        Some(_) => shapes::AccountJoinedMethod::Created,
        None => shapes::AccountJoinedMethod::Invited,
    }
}

async fn view(
    tx: &mut Tx,
    organization: &Organization,
    member: Member,
) -> Outcome<shapes::Account> {
    Ok(shapes::Account {
        id: Some(member.account.as_str().into()),
        arn: Some(organization.account_arn(&member.account).into()),
        status: Some(shapes::AccountStatus::Active),
        state: Some(shapes::AccountState::Active),
        paths: Some(vec![path(tx, organization, &member.parent, &member.account).await?]),
        joined_method: Some(joined_method(&member)),
        joined_timestamp: Some(Timestamp(member.joined_at_ms)),
        email: member.email.map(Into::into),
        name: Some(member.name.into()),
    })
}
