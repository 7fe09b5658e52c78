//! GetKeyPolicy and PutKeyPolicy: each key has one policy.

use leasehold_core::key::{Cause, Policy};
use leasehold_store::Tx;
use leasehold_store::key as store;

use super::find::own;
use super::shapes;
use crate::cx::Cx;
use crate::operation::Outcome;
use crate::principals::{self, Ids};

/// The one name that a policy may have.
const NAME: &str = "default";

/// As it was sent.
pub async fn get_key_policy(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::GetKeyPolicyRequest,
) -> Outcome<shapes::GetKeyPolicyResponse> {
    let found = own(tx, cx, &it.key_id, false).await?;
    check_name(it.policy_name.as_ref())?;
    Ok(shapes::GetKeyPolicyResponse {
        policy: Some(found.key.policy.into()),
        policy_name: Some(NAME.into()),
    })
}

/// In place of the one before.
pub async fn put_key_policy(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::PutKeyPolicyRequest,
) -> Outcome<shapes::Nothing> {
    let mut key = own(tx, cx, &it.key_id, false).await?.key;
    check_name(it.policy_name.as_ref())?;
    let policy = Policy::read(&it.policy)?;
    if !it.bypass_policy_lockout_safety_check.unwrap_or(false) {
        policy.check_lockout(&key.account)?;
    }
    key.principals = principals_of(tx, &policy).await?;
    key.policy = it.policy.0.clone();
    store::save(tx, &key).await?;
    Ok(shapes::Nothing {})
}

/// The ids of the principals that a policy names, by ARN.
///
/// # Errors
/// If one of them is not there.
pub async fn principals_of(tx: &mut Tx, policy: &Policy) -> Outcome<Ids> {
    let found = principals::ids(tx, policy.compiled()).await?;
    Ok(found.map_err(|_| Cause::WrongPrincipal)?)
}

fn check_name(name: Option<&shapes::PolicyName>) -> Result<(), Cause> {
    if name.is_some_and(|name| name.0 != NAME) {
        return Err(Cause::WrongPolicyName);
    }
    Ok(())
}
