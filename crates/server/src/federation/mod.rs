//! Identity providers outside: OpenID Connect, as an account's IAM knows them.

mod claims;
mod fetch;
mod keys;

use leasehold_core::identity::{Details, Entity, Kind, Provider};
use leasehold_store::{Result, Tx, iam};

pub use claims::{Claims, OneOrMany};
pub use keys::Providers;

/// The provider of this issuer in the account of a role.
///
/// # Errors
/// What the database says.
pub async fn provider(
    tx: &mut Tx,
    issuer: &str,
    role_arn: &str,
) -> Result<Option<(Entity, Provider)>> {
    let account = role_arn.split(':').nth(4).unwrap_or_default();
    let Some(name) = issuer.strip_prefix("https://") else { return Ok(None) };
    let found = iam::find(tx, account, Kind::Provider, name).await?;
    // Names are found whatever their case, but an issuer is the very one that was registered.
    Ok(found.filter(|found| found.name == name).and_then(|entity| match entity.details.clone() {
        Details::Provider(provider) => Some((entity, provider)),
        Details::User | Details::Group | Details::Role(_) | Details::Policy(_) => None,
    }))
}
