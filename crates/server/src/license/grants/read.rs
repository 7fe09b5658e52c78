//! GetGrant (4.14), and how a grant looks in answers.

use std::collections::HashMap;

use leasehold_core::Refusal;
use leasehold_core::grant::{ActivationOverride, Grant};
use leasehold_core::license::License;
use leasehold_store::{Tx, grant as store, license, organization};

use super::{administered_by, find, principals_of, unknown};
use crate::cx::Cx;
use crate::license::shapes;
use crate::operation::Outcome;
use crate::shape::Bounded;

/// 4.14.
pub async fn get_grant(
    tx: &mut Tx,
    cx: &Cx,
    it: &shapes::GetGrantRequest,
) -> Outcome<shapes::GetGrantResponse> {
    let mut around = Around::default();
    let mut grant = find(tx, cx, &it.grant_arn).await?;
    let license = around.license(tx, grant.license).await?;
    if !is_visible(tx, cx, &grant, &license).await? {
        return Err(unknown().into());
    }
    if let Some(version) = &it.version {
        let unknown =
            || Refusal::value("4.14", format!("Version: the grant has no version '{version}'."));
        // "+2" and "02" are numbers, but no versions.
        let number = version.parse::<i64>().ok().filter(|number| number.to_string() == *version);
        let found = store::find_version(tx, grant.key, number.ok_or_else(unknown)?).await?;
        grant = found.ok_or_else(unknown)?;
    }
    Ok(shapes::GetGrantResponse { grant: Some(around.view(tx, &grant).await?) })
}

/// Whether the caller may read a grant: who gave it, who received it by itself or by its
/// organization, the license's owner, and the administrators of the recipient's organization.
pub async fn is_visible(tx: &mut Tx, cx: &Cx, grant: &Grant, license: &License) -> Outcome<bool> {
    let account = &cx.caller.account;
    if grant.role_of(account).is_some() || license.account == *account {
        return Ok(true);
    }
    if principals_of(tx, account).await?.contains(&grant.principal) {
        return Ok(true);
    }
    let Some(grantee) = grant.grantee.as_deref().filter(|_| grant.is_member) else {
        return Ok(false);
    };
    let ours = administered_by(tx, account).await?;
    let theirs = organization::of_account(tx, grantee).await?;
    let theirs = theirs.map(|membership| membership.organization.id);
    Ok(ours.is_some_and(|ours| theirs.as_ref() == Some(&ours.id)))
}

/// What answers about grants name beside them, read once for a request.
#[derive(Default)]
pub struct Around {
    licenses: HashMap<i64, License>,
    grants: HashMap<i64, String>,
}

impl Around {
    /// A license by its row.
    pub async fn license(&mut self, tx: &mut Tx, key: i64) -> Outcome<License> {
        if let Some(license) = self.licenses.get(&key) {
            return Ok(license.clone());
        }
        let license = license::get(tx, key).await?;
        self.licenses.insert(key, license.clone());
        Ok(license)
    }

    /// The ARN of the grant above, or of the license (2.4).
    pub async fn parent_arn(&mut self, tx: &mut Tx, grant: &Grant) -> Outcome<String> {
        let Some(parent) = grant.parent else {
            return Ok(self.license(tx, grant.license).await?.arn);
        };
        if let Some(arn) = self.grants.get(&parent) {
            return Ok(arn.clone());
        }
        let arn = store::get(tx, parent).await?.arn;
        self.grants.insert(parent, arn.clone());
        Ok(arn)
    }

    /// A grant as answers show it (2.4).
    pub async fn view(&mut self, tx: &mut Tx, grant: &Grant) -> Outcome<shapes::Grant> {
        let options = |behavior: ActivationOverride| shapes::Options {
            activation_override_behavior: Some(behavior),
        };
        Ok(shapes::Grant {
            grant_arn: grant.arn.as_str().into(),
            grant_name: grant.terms.name.clone(),
            parent_arn: self.parent_arn(tx, grant).await?.into(),
            license_arn: self.license(tx, grant.license).await?.arn.into(),
            grantee_principal_arn: grant.principal.as_str().into(),
            home_region: grant.home_region.clone(),
            grant_status: grant.terms.status,
            status_reason: grant.terms.status_reason.as_deref().map(Into::into),
            version: grant.version.to_string(),
            granted_operations: Bounded(grant.terms.operations.clone()),
            options: grant.terms.activation_override.map(options),
        })
    }
}
