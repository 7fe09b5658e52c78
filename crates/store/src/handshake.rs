//! Invitations to organizations.

use leasehold_core::organization::Handshake;

use crate::Tx;
use crate::error::Result;
use crate::organization::Page;

/// Whose handshakes.
#[derive(Clone, Copy, Debug)]
pub enum Party<'a> {
    /// Those that an organization made.
    Organization(&'a str),
    /// Those that an account got.
    Account(&'a str),
}

/// The handshake with this id.
///
/// # Errors
/// What the database says.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Handshake>> {
    let rows = tx.query("SELECT document FROM handshake WHERE id = $1", &[id.into()]).await?;
    rows.first().map(|row| Ok(serde_json::from_str(row.text(0)?)?)).transpose()
}

/// The handshakes of a party, by id.
///
/// # Errors
/// What the database says.
pub async fn list(tx: &mut Tx, party: Party<'_>, page: Page<'_>) -> Result<Vec<Handshake>> {
    let (column, id) = match party {
        Party::Organization(id) => ("organization", id),
        Party::Account(id) => ("account", id),
    };
    let sql = format!(
        "SELECT document FROM handshake WHERE {column} = $1 AND id > $2 ORDER BY id LIMIT $3"
    );
    let rows = tx.query(&sql, &[id.into(), page.after.into(), page.limit.into()]).await?;
    rows.iter().map(|row| Ok(serde_json::from_str(row.text(0)?)?)).collect()
}

/// The handshakes between an organization and an account.
///
/// # Errors
/// What the database says.
pub async fn between(tx: &mut Tx, organization: &str, account: &str) -> Result<Vec<Handshake>> {
    let sql = "SELECT document FROM handshake WHERE organization = $1 AND account = $2";
    let rows = tx.query(sql, &[organization.into(), account.into()]).await?;
    rows.iter().map(|row| Ok(serde_json::from_str(row.text(0)?)?)).collect()
}

/// How many an organization has, after those from before a time are deleted.
///
/// # Errors
/// What the database says.
pub async fn tidy(tx: &mut Tx, organization: &str, before_ms: i64) -> Result<i64> {
    let sql = "DELETE FROM handshake WHERE organization = $1 AND requested_at_ms < $2";
    tx.execute(sql, &[organization.into(), before_ms.into()]).await?;
    let sql = "SELECT COUNT(*) FROM handshake WHERE organization = $1";
    let rows = tx.query(sql, &[organization.into()]).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Stores a handshake, new or changed.
///
/// # Errors
/// What the database says.
pub async fn save(tx: &mut Tx, handshake: &Handshake) -> Result<()> {
    let sql = "INSERT INTO handshake (id, organization, account, requested_at_ms, document)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (id) DO UPDATE SET document = EXCLUDED.document";
    let values = [
        handshake.id.as_str().into(),
        handshake.organization.as_str().into(),
        handshake.account.as_str().into(),
        handshake.requested_at_ms.into(),
        serde_json::to_string(handshake)?.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}
