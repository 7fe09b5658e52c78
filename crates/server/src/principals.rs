//! Users, roles and sessions that policies of roles and keys name. As on AWS they are kept by id:
//! whoever gets the name of one that is gone later is nobody to the policy.

use std::collections::BTreeMap;

use leasehold_core::iam::Policy;
use leasehold_core::identity::principal_of;
use leasehold_store::{Result, Tx, iam};

/// The ids of all that a policy names, by ARN; or an ARN of which there is nothing.
///
/// # Errors
/// What the database says.
pub async fn ids(tx: &mut Tx, policy: &Policy) -> Result<std::result::Result<Ids, String>> {
    let mut ids = Ids::new();
    for arn in policy.principal_arns() {
        match id(tx, arn).await? {
            Some(id) => ids.insert(arn.to_owned(), id),
            None => return Ok(Err(arn.to_owned())),
        };
    }
    Ok(Ok(ids))
}

/// Ids by ARN.
pub type Ids = BTreeMap<String, String>;

async fn id(tx: &mut Tx, arn: &str) -> Result<Option<String>> {
    let Some((account, kind, name)) = principal_of(arn) else { return Ok(None) };
    let Some(found) = iam::find(tx, account, kind, name).await? else { return Ok(None) };
    if found.arn() == arn {
        return Ok(Some(found.id));
    }
    // A session has the id of its role and its own name.
    let session = arn.strip_prefix("arn:aws:sts:").and_then(|rest| rest.rsplit('/').next());
    // Names are found in any case, and meant as they are.
    Ok(session.filter(|_| found.name == name).map(|session| format!("{}:{session}", found.id)))
}
