//! Organizations, their units and their accounts.

use leasehold_core::organization::Organization;

use crate::error::{Error, Result};
use crate::value::Row;
use crate::{Tx, Value};

/// Where an account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The organization that it is in.
    pub organization: Organization,
    /// The OUs above the account, nearest first, then the root.
    pub parents: Vec<String>,
}

/// An organizational unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// `ou-…`.
    pub id: String,
    /// Organization.
    pub organization: String,
    /// The root or another unit.
    pub parent: String,
    /// Its name, which no other has under this parent.
    pub name: String,
}

/// An account of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Account.
    pub account: String,
    /// The account's name; not stored here.
    pub name: String,
    /// Organization.
    pub organization: String,
    /// The root or a unit.
    pub parent: String,
    /// When it joined or was made, milliseconds.
    pub joined_at_ms: i64,
    /// Its address; only accounts that the organization made have one.
    pub email: Option<String>,
    /// The request that made it, `car-…`.
    pub creation: Option<String>,
}

/// A piece of a list: what comes after an id, and how many at most.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The last id of the page before; empty for the first page.
    pub after: &'a str,
    /// How many.
    pub limit: i64,
}

/// The organization with this id.
///
/// # Errors
/// What the database says.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Organization>> {
    let rows = tx.query("SELECT document FROM organization WHERE id = $1", &[id.into()]).await?;
    rows.first().map(|row| Ok(serde_json::from_str(row.text(0)?)?)).transpose()
}

/// All organizations, by id.
///
/// # Errors
/// What the database says.
pub async fn list(tx: &mut Tx) -> Result<Vec<Organization>> {
    let rows = tx.query("SELECT document FROM organization ORDER BY id", &[]).await?;
    rows.iter().map(|row| Ok(serde_json::from_str(row.text(0)?)?)).collect()
}

/// Where an account is; `None` when in no organization.
///
/// # Errors
/// What the database says.
pub async fn of_account(tx: &mut Tx, account: &str) -> Result<Option<Membership>> {
    let sql = "SELECT organization, parent FROM organization_account WHERE account = $1";
    let rows = tx.query(sql, &[account.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let organization = find(tx, row.text(0)?).await?;
    let organization =
        organization.ok_or_else(|| Error::failed(format!("{account} is in no organization")))?;
    let parents = upwards(tx, row.text(1)?).await?;
    Ok(Some(Membership { organization, parents }))
}

/// Where in an organization an account is, as policies write it: `o-…/r-…/ou-…/`.
///
/// # Errors
/// What the database says.
pub async fn path_of(tx: &mut Tx, account: &str) -> Result<Option<String>> {
    let Some(member) = member(tx, account).await? else { return Ok(None) };
    let above = upwards(tx, &member.parent).await?;
    let parts = std::iter::once(&member.organization).chain(above.iter().rev());
    Ok(Some(parts.map(|part| format!("{part}/")).collect()))
}

/// A root or unit, and all that is above it, nearest first.
///
/// # Errors
/// What the database says.
pub async fn upwards(tx: &mut Tx, id: &str) -> Result<Vec<String>> {
    let sql = "WITH RECURSIVE above (id, steps) AS (
                   SELECT CAST($1 AS TEXT), 0
                   UNION ALL
                   SELECT organization_unit.parent, above.steps + 1
                   FROM organization_unit JOIN above ON organization_unit.id = above.id)
               SELECT id FROM above ORDER BY steps";
    let rows = tx.query(sql, &[id.into()]).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

/// The accounts of an organization, or of one of its units and the units nested in it, ascending.
/// The management account is one of them; all are active, for no account can be suspended.
///
/// # Errors
/// What the database says.
pub async fn accounts_under(
    tx: &mut Tx,
    organization: &str,
    unit: Option<&str>,
) -> Result<Vec<String>> {
    let sql = "SELECT account FROM organization_account WHERE organization = $1";
    let mut values = vec![Value::from(organization)];
    let mut sql = sql.to_owned();
    if let Some(unit) = unit {
        values.push(unit.into());
        sql += " AND parent IN (
                     WITH RECURSIVE below (id) AS (
                         SELECT CAST($2 AS TEXT)
                         UNION ALL
                         SELECT organization_unit.id
                         FROM organization_unit JOIN below ON organization_unit.parent = below.id)
                     SELECT id FROM below)";
    }
    let rows = tx.query(&format!("{sql} ORDER BY account"), &values).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

/// Stores an organization, new or changed.
///
/// # Errors
/// What the database says.
pub async fn save(tx: &mut Tx, organization: &Organization) -> Result<()> {
    let sql = "INSERT INTO organization (id, document) VALUES ($1, $2)
               ON CONFLICT (id) DO UPDATE SET document = EXCLUDED.document";
    let document = serde_json::to_string(organization)?;
    tx.execute(sql, &[organization.id.as_str().into(), document.into()]).await?;
    Ok(())
}

/// Deletes an organization with everything in it.
///
/// # Errors
/// What the database says.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<()> {
    for table in ["handshake", "organization_account", "organization_unit"] {
        tx.execute(&format!("DELETE FROM {table} WHERE organization = $1"), &[id.into()]).await?;
    }
    tx.execute("DELETE FROM organization WHERE id = $1", &[id.into()]).await?;
    Ok(())
}

const MEMBER_COLUMNS: &str = "member.account, account.name, organization, parent, joined_at_ms, \
                              email, creation FROM organization_account AS member \
                              JOIN account ON account.id = member.account";

/// An account of an organization; `None` when it is in none.
///
/// # Errors
/// What the database says.
pub async fn member(tx: &mut Tx, account: &str) -> Result<Option<Member>> {
    let sql = format!("SELECT {MEMBER_COLUMNS} WHERE member.account = $1");
    tx.query(&sql, &[account.into()]).await?.first().map(read_member).transpose()
}

/// The account that a request made, while it is in the organization.
///
/// # Errors
/// What the database says.
pub async fn created_member(tx: &mut Tx, creation: &str) -> Result<Option<Member>> {
    let sql = format!("SELECT {MEMBER_COLUMNS} WHERE creation = $1");
    tx.query(&sql, &[creation.into()]).await?.first().map(read_member).transpose()
}

/// The accounts of an organization, or directly under one parent, by id.
///
/// # Errors
/// What the database says.
pub async fn members(
    tx: &mut Tx,
    organization: &str,
    parent: Option<&str>,
    page: Page<'_>,
) -> Result<Vec<Member>> {
    let mut values = vec![organization.into(), page.after.into(), page.limit.into()];
    values.extend(parent.map(Value::from));
    let condition = if parent.is_some() { "AND parent = $4" } else { "" };
    let sql = format!(
        "SELECT {MEMBER_COLUMNS} WHERE organization = $1 AND member.account > $2 {condition}
         ORDER BY member.account LIMIT $3"
    );
    tx.query(&sql, &values).await?.iter().map(read_member).collect()
}

fn read_member(row: &Row) -> Result<Member> {
    Ok(Member {
        account: row.text(0)?.to_owned(),
        name: row.text(1)?.to_owned(),
        organization: row.text(2)?.to_owned(),
        parent: row.text(3)?.to_owned(),
        joined_at_ms: row.int(4)?,
        email: row.text_or_null(5)?.map(str::to_owned),
        creation: row.text_or_null(6)?.map(str::to_owned),
    })
}

/// Puts an account into an organization.
///
/// # Errors
/// What the database says; a conflict if it is in one.
pub async fn join(tx: &mut Tx, member: &Member) -> Result<()> {
    let sql = "INSERT INTO organization_account
                   (account, organization, parent, joined_at_ms, email, creation)
               VALUES ($1, $2, $3, $4, $5, $6)";
    let values = [
        member.account.as_str().into(),
        member.organization.as_str().into(),
        member.parent.as_str().into(),
        member.joined_at_ms.into(),
        member.email.as_deref().into(),
        member.creation.as_deref().into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Moves an account to another parent in its organization.
///
/// # Errors
/// What the database says.
pub async fn move_account(tx: &mut Tx, account: &str, parent: &str) -> Result<()> {
    let sql = "UPDATE organization_account SET parent = $2 WHERE account = $1";
    tx.execute(sql, &[account.into(), parent.into()]).await?;
    Ok(())
}

/// Takes an account out of its organization.
///
/// # Errors
/// What the database says.
pub async fn leave(tx: &mut Tx, account: &str) -> Result<()> {
    tx.execute("DELETE FROM organization_account WHERE account = $1", &[account.into()]).await?;
    Ok(())
}

/// How many accounts and units an organization has.
///
/// # Errors
/// What the database says.
pub async fn count(tx: &mut Tx, organization: &str) -> Result<(i64, i64)> {
    let mut counts = [0; 2];
    for (count, table) in counts.iter_mut().zip(["organization_account", "organization_unit"]) {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE organization = $1");
        let rows = tx.query(&sql, &[organization.into()]).await?;
        *count = rows.first().map_or(Ok(0), |row| row.int(0))?;
    }
    Ok(counts.into())
}

const UNIT_COLUMNS: &str = "id, organization, parent, name FROM organization_unit";

/// The unit with this id.
///
/// # Errors
/// What the database says.
pub async fn unit(tx: &mut Tx, id: &str) -> Result<Option<Unit>> {
    let sql = format!("SELECT {UNIT_COLUMNS} WHERE id = $1");
    tx.query(&sql, &[id.into()]).await?.first().map(read_unit).transpose()
}

/// The units directly under a parent, by id.
///
/// # Errors
/// What the database says.
pub async fn units(
    tx: &mut Tx,
    organization: &str,
    parent: &str,
    page: Page<'_>,
) -> Result<Vec<Unit>> {
    let sql = format!(
        "SELECT {UNIT_COLUMNS} WHERE organization = $1 AND parent = $2 AND id > $3
         ORDER BY id LIMIT $4"
    );
    let values = [organization.into(), parent.into(), page.after.into(), page.limit.into()];
    tx.query(&sql, &values).await?.iter().map(read_unit).collect()
}

/// Whether a parent has a unit of this name.
///
/// # Errors
/// What the database says.
pub async fn has_unit(tx: &mut Tx, organization: &str, parent: &str, name: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM organization_unit
               WHERE organization = $1 AND parent = $2 AND name = $3";
    Ok(!tx.query(sql, &[organization.into(), parent.into(), name.into()]).await?.is_empty())
}

fn read_unit(row: &Row) -> Result<Unit> {
    Ok(Unit {
        id: row.text(0)?.to_owned(),
        organization: row.text(1)?.to_owned(),
        parent: row.text(2)?.to_owned(),
        name: row.text(3)?.to_owned(),
    })
}

/// Stores a unit, new or with another name.
///
/// # Errors
/// What the database says; a conflict if its parent has one of this name.
pub async fn save_unit(tx: &mut Tx, unit: &Unit) -> Result<()> {
    let sql = "INSERT INTO organization_unit (id, organization, parent, name)
               VALUES ($1, $2, $3, $4)
               ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name";
    let values = [&unit.id, &unit.organization, &unit.parent, &unit.name];
    tx.execute(sql, &values.map(|text| text.as_str().into())).await?;
    Ok(())
}

/// Deletes a unit, which must be empty.
///
/// # Errors
/// What the database says.
pub async fn delete_unit(tx: &mut Tx, id: &str) -> Result<()> {
    tx.execute("DELETE FROM organization_unit WHERE id = $1", &[id.into()]).await?;
    Ok(())
}
