//! Organizations, for administrators: what their accounts could do themselves, without invitations.

use leasehold_core::Refusal;
use leasehold_core::organization::{FeatureSet, Organization};
use leasehold_core::refusal::Kind;
use leasehold_store::organization::{self as store, Member, Page};
use leasehold_store::{Tx, account};
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::cx::Cx;
use crate::operation::{Failure, Outcome};
use crate::organizations::found;
use crate::organizations::placement::{enter, newcomer};

/// Everything, in one page.
const WHOLE: Page<'_> = Page { after: "", limit: i64::MAX };

/// An organization, as told to an administrator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrganizationLine {
    /// `o-…`.
    pub id: String,
    /// The management account.
    pub management_account: String,
    /// The root and the OUs, from the top down.
    pub places: Vec<PlaceLine>,
}

/// A root or an OU.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlaceLine {
    /// `r-…` or `ou-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How many are above it.
    pub depth: usize,
    /// The accounts directly in it.
    pub accounts: Vec<String>,
}

/// A new organization.
pub async fn create(tx: &mut Tx, cx: &Cx, account: &str) -> Result<Answer, String> {
    check_account(tx, account).await.map_err(text)?;
    let made = found(tx, cx, account, FeatureSet::All).await.map_err(text)?;
    Ok(Answer::Organizations(vec![line(tx, &made).await.map_err(text)?]))
}

/// Puts an account where it is to be.
pub async fn add(
    tx: &mut Tx,
    cx: &Cx,
    account: &str,
    to: &str,
    organization: Option<&str>,
) -> Result<Answer, String> {
    check_account(tx, account).await.map_err(text)?;
    let (organization, parent) = place(tx, to, organization).await.map_err(text)?;
    let member = Member { parent, ..newcomer(cx, &organization, account) };
    enter(tx, cx, &member).await.map_err(text)?;
    Ok(Answer::Organizations(vec![line(tx, &organization).await.map_err(text)?]))
}

/// All of them.
pub async fn list(tx: &mut Tx) -> Result<Answer, String> {
    let mut lines = Vec::new();
    for organization in store::list(tx).await.map_err(|error| error.to_string())? {
        lines.push(line(tx, &organization).await.map_err(text)?);
    }
    Ok(Answer::Organizations(lines))
}

async fn check_account(tx: &mut Tx, id: &str) -> Outcome<()> {
    let found = account::find(tx, id).await?;
    found.map(drop).ok_or_else(|| refused(format!("there is no account {id}")))
}

/// The organization and its root or OU that the words name.
async fn place(
    tx: &mut Tx,
    to: &str,
    organization: Option<&str>,
) -> Outcome<(Organization, String)> {
    let unit = store::unit(tx, to).await?;
    let mut candidates = store::list(tx).await?;
    candidates.retain(|it| {
        organization.is_none_or(|id| it.id == id)
            && unit.as_ref().is_none_or(|unit| unit.organization == it.id)
    });
    let is_root = |it: &Organization| to == "root" || to == it.root;
    if unit.is_none() {
        candidates.retain(is_root);
    }
    match <[Organization; 1]>::try_from(candidates) {
        Ok([one]) => {
            let parent = unit.map_or_else(|| one.root.clone(), |unit| unit.id);
            Ok((one, parent))
        }
        Err(none) if none.is_empty() => {
            Err(refused(format!("there is no such organization with '{to}'")))
        }
        Err(_) => Err(refused("there are several; say which with --organization".to_owned())),
    }
}

/// An organization with its tree, depth first.
async fn line(tx: &mut Tx, it: &Organization) -> Outcome<OrganizationLine> {
    let mut places = Vec::new();
    let mut rest = vec![(it.root.clone(), "Root".to_owned(), 0)];
    while let Some((id, name, depth)) = rest.pop() {
        let accounts = store::members(tx, &it.id, Some(&id), WHOLE).await?;
        let units = store::units(tx, &it.id, &id, WHOLE).await?;
        rest.extend(units.into_iter().rev().map(|unit| (unit.id, unit.name, depth + 1)));
        let accounts = accounts.into_iter().map(|member| member.account).collect();
        places.push(PlaceLine { id, name, depth, accounts });
    }
    let management_account = it.management_account.clone();
    Ok(OrganizationLine { id: it.id.clone(), management_account, places })
}

fn refused(text: String) -> Failure {
    Refusal::new(Kind::NotFound, "G50", text).into()
}

/// What an administrator reads.
fn text(failure: Failure) -> String {
    match failure {
        Failure::Refused(refusal) => refusal.message,
        Failure::Store(error) => error.to_string(),
        Failure::Busy | Failure::TooOften(_) => "the server is busy; try again shortly".to_owned(),
    }
}
