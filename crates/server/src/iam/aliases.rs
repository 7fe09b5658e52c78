//! The name that an account may have instead of its number: one, and no other account has it.

use leasehold_core::identity::Cause;
use leasehold_store::{Tx, account};

use super::error::*;
use super::shapes;
use crate::cx::Cx;
use crate::operation::{Operation, Outcome, read, write};

/// The operations on aliases.
pub fn operations() -> Vec<Operation> {
    vec![
        write(
            "CreateAccountAlias",
            &[CONCURRENT_MODIFICATION, ENTITY_ALREADY_EXISTS, LIMIT_EXCEEDED, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(create(tx, cx, it)),
        ),
        write(
            "DeleteAccountAlias",
            &[CONCURRENT_MODIFICATION, LIMIT_EXCEEDED, NO_SUCH_ENTITY, SERVICE_FAILURE],
            |_| None,
            |tx, cx, it| Box::pin(delete(tx, cx, it)),
        ),
        read("ListAccountAliases", &[SERVICE_FAILURE], |tx, cx, it| Box::pin(list(tx, cx, it))),
    ]
}

/// In place of the one that it has.
async fn create(tx: &mut Tx, cx: &Cx, it: &shapes::AliasRequest) -> Outcome<shapes::Nothing> {
    let alias = &it.account_alias.0;
    if account::of_alias(tx, alias).await?.is_some() {
        let text = format!("The account alias {alias} already exists.");
        return Err(Cause::EntityAlreadyExists.because(text).into());
    }
    account::set_alias(tx, &cx.caller.account, Some(alias)).await?;
    Ok(shapes::Nothing {})
}

async fn delete(tx: &mut Tx, cx: &Cx, it: &shapes::AliasRequest) -> Outcome<shapes::Nothing> {
    let alias = &it.account_alias.0;
    if account::of_alias(tx, alias).await?.as_deref() != Some(&cx.caller.account) {
        let text = format!("The account alias with name {alias} cannot be found.");
        return Err(Cause::NoSuchEntity.because(text).into());
    }
    account::set_alias(tx, &cx.caller.account, None).await?;
    Ok(shapes::Nothing {})
}

async fn list(
    tx: &mut Tx,
    cx: &Cx,
    _: &shapes::ListAccountAliasesRequest,
) -> Outcome<shapes::ListAccountAliasesResponse> {
    let alias = account::alias(tx, &cx.caller.account).await?;
    Ok(shapes::ListAccountAliasesResponse {
        account_aliases: alias.into_iter().map(Into::into).collect(),
        is_truncated: Some(false),
        marker: None,
    })
}
