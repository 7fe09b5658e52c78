//! Grants and their versions.

mod links;

use leasehold_core::account::root_arn;
use leasehold_core::grant::{Grant, GrantStatus, Terms};

use crate::error::{Error, Result};
use crate::value::Row;
use crate::{Tx, Value};

pub use links::links;
pub(crate) use links::{read_links, select_links};

const COLUMNS: &str = "g.key, g.arn, g.license, g.parent, g.depth, g.granter, g.principal,
    g.grantee, g.is_member, g.home_region, g.created_at_ms, g.ended_at_ms, v.version, v.terms";
/// Rows written by one statement.
const ROWS_AT_ONCE: usize = 200;

fn read(row: &Row) -> Result<Grant> {
    let terms: Terms = serde_json::from_str(row.text(13)?)?;
    Ok(Grant {
        key: row.int(0)?,
        arn: row.text(1)?.to_owned(),
        license: row.int(2)?,
        parent: row.int_or_null(3)?,
        depth: row.int(4)?,
        granter: row.text(5)?.to_owned(),
        principal: row.text(6)?.to_owned(),
        grantee: row.text_or_null(7)?.map(str::to_owned),
        is_member: row.int(8)? != 0,
        home_region: row.text(9)?.to_owned(),
        created_at_ms: row.int(10)?,
        ended_at_ms: row.int_or_null(11)?,
        version: row.int(12)?,
        terms,
    })
}

async fn select(tx: &mut Tx, condition: &str, values: &[Value]) -> Result<Vec<Grant>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM license_grant g
         JOIN grant_version v ON v.grant_key = g.key AND v.version = g.version
         WHERE {condition}"
    );
    tx.query(&sql, values).await?.iter().map(read).collect()
}

/// The grant with this ARN and its current version.
///
/// # Errors
/// What the database says.
pub async fn find(tx: &mut Tx, arn: &str) -> Result<Option<Grant>> {
    Ok(select(tx, "g.arn = $1", &[arn.into()]).await?.pop())
}

/// The grant of this row and its current version.
///
/// # Errors
/// What the database says; also if there is none.
pub async fn get(tx: &mut Tx, key: i64) -> Result<Grant> {
    let found = select(tx, "g.key = $1", &[key.into()]).await?.pop();
    found.ok_or_else(|| Error::failed(format!("grant {key} is missing")))
}

/// One version of a grant, in the form of a grant that has it as its current one.
///
/// # Errors
/// What the database says.
pub async fn find_version(tx: &mut Tx, key: i64, version: i64) -> Result<Option<Grant>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM license_grant g JOIN grant_version v ON v.grant_key = g.key
         WHERE g.key = $1 AND v.version = $2"
    );
    let rows = tx.query(&sql, &[key.into(), version.into()]).await?;
    rows.first().map(read).transpose()
}

/// The grants of a license whose principal is one of these, oldest first.
///
/// # Errors
/// What the database says.
pub async fn of_license(tx: &mut Tx, license: i64, principals: &[String]) -> Result<Vec<Grant>> {
    let (list, mut values) = placeholders(principals, 1);
    values.insert(0, license.into());
    let condition = format!("g.license = $1 AND g.principal IN ({list}) ORDER BY g.key");
    select(tx, &condition, &values).await
}

/// The grants right below a grant, oldest first.
///
/// # Errors
/// What the database says.
pub async fn below(tx: &mut Tx, key: i64) -> Result<Vec<Grant>> {
    select(tx, "g.parent = $1 ORDER BY g.key", &[key.into()]).await
}

/// The grants of a license that are not over, oldest first.
///
/// # Errors
/// What the database says.
pub async fn open_of_license(tx: &mut Tx, license: i64) -> Result<Vec<Grant>> {
    let condition = format!("g.license = $1 AND {IS_OPEN} ORDER BY g.key");
    select(tx, &condition, &[license.into()]).await
}

/// All grants below a grant that are not over, oldest first.
///
/// # Errors
/// What the database says.
pub async fn open_below(tx: &mut Tx, key: i64) -> Result<Vec<Grant>> {
    let condition = format!(
        "{IS_OPEN} AND g.key IN (
             WITH RECURSIVE below (key) AS (
                 SELECT w.key FROM license_grant w WHERE w.parent = $1
                 UNION ALL
                 SELECT w.key FROM license_grant w JOIN below ON w.parent = below.key)
             SELECT key FROM below)
         ORDER BY g.key"
    );
    select(tx, &condition, &[key.into()]).await
}

/// The grants that are not over of an account's, for licenses of a product.
///
/// # Errors
/// What the database says.
pub async fn open_of_product(tx: &mut Tx, account: &str, sku: &str) -> Result<Vec<Grant>> {
    let condition = format!(
        "g.grantee = $1 AND {IS_OPEN} AND g.license IN
         (SELECT l.key FROM license l WHERE l.product_sku = $2 AND l.deleted_at_ms IS NULL)"
    );
    select(tx, &condition, &[account.into(), sku.into()]).await
}

/// Grants to organizations and units, given by their ARNs, that are not over.
///
/// # Errors
/// What the database says.
pub async fn open_to(tx: &mut Tx, principals: &[String]) -> Result<Vec<Grant>> {
    let (list, values) = placeholders(principals, 0);
    let condition =
        format!("g.grantee IS NULL AND g.principal IN ({list}) AND {IS_OPEN} ORDER BY g.key");
    select(tx, &condition, &values).await
}

/// An account's parts of organizations' grants that are not over.
///
/// # Errors
/// What the database says.
pub async fn members_of_account(tx: &mut Tx, account: &str) -> Result<Vec<Grant>> {
    let condition = format!("g.grantee = $1 AND g.is_member = 1 AND {IS_OPEN} ORDER BY g.key");
    select(tx, &condition, &[account.into()]).await
}

/// That a grant is not over.
const IS_OPEN: &str = "g.status NOT IN ('REJECTED', 'DELETED')";

/// How many grants of a license are not over, parts of organizations' grants aside (G21).
///
/// # Errors
/// What the database says.
pub async fn count_open(tx: &mut Tx, license: i64) -> Result<i64> {
    let sql = format!(
        "SELECT count(*) FROM license_grant g
         WHERE g.license = $1 AND g.is_member = 0 AND {IS_OPEN}"
    );
    let rows = tx.query(&sql, &[license.into()]).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Which grants a list is of.
#[derive(Clone, Debug)]
pub enum Side {
    /// Those that an account gave.
    Granter(String),
    /// Those that went to one of these principals.
    Principals(Vec<String>),
    /// What the accounts of an organization have of grants to it.
    Members(String),
}

/// Grants of one side in the order of creation, after the one created at `after.0` with row
/// `after.1`; at most `limit`.
///
/// # Errors
/// What the database says.
pub async fn list(tx: &mut Tx, side: &Side, after: (i64, i64), limit: i64) -> Result<Vec<Grant>> {
    let (of_side, mut values) = match side {
        Side::Granter(account) => ("g.granter = $4".to_owned(), vec![account.as_str().into()]),
        Side::Principals(principals) => {
            let (list, values) = placeholders(principals, 3);
            (format!("g.principal IN ({list})"), values)
        }
        Side::Members(organization) => {
            let condition = format!("g.is_member = 1 AND {}", in_organization(4));
            (condition, vec![organization.as_str().into()])
        }
    };
    let condition = format!(
        "{of_side} AND (g.created_at_ms > $1 OR (g.created_at_ms = $1 AND g.key > $2))
         ORDER BY g.created_at_ms, g.key LIMIT $3"
    );
    values.splice(0..0, [after.0.into(), after.1.into(), limit.into()]);
    select(tx, &condition, &values).await
}

/// That a grant's recipient is in the organization that is the value of that number.
fn in_organization(number: usize) -> String {
    format!(
        "g.grantee IN (SELECT account FROM organization_account WHERE organization = ${number})"
    )
}

/// Who received a license.
#[derive(Clone, Debug)]
pub enum Receiver {
    /// One account.
    Account(String),
    /// Any account of an organization, given by its id.
    Organization(String),
}

impl Receiver {
    /// That a grant went to this receiver, whose name is the value of that number.
    fn condition(&self, number: usize) -> (String, &str) {
        match self {
            Self::Account(account) => (format!("g.grantee = ${number}"), account),
            Self::Organization(id) => (in_organization(number), id),
        }
    }
}

/// The licenses that somebody has grants of, as when they were created and their row, in that
/// order, after the one at `after`; at most `limit`.
///
/// # Errors
/// What the database says.
pub async fn received_licenses(
    tx: &mut Tx,
    receiver: &Receiver,
    after: (i64, i64),
    limit: i64,
) -> Result<Vec<(i64, i64)>> {
    let (condition, who) = receiver.condition(4);
    let sql = format!(
        "SELECT l.created_at_ms, l.key FROM license l
         WHERE l.key IN (SELECT g.license FROM license_grant g WHERE {condition})
         AND (l.created_at_ms > $1 OR (l.created_at_ms = $1 AND l.key > $2))
         ORDER BY l.created_at_ms, l.key LIMIT $3"
    );
    let values = [after.0.into(), after.1.into(), limit.into(), who.into()];
    let rows = tx.query(&sql, &values).await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect()
}

/// The grants by which somebody received one license.
///
/// # Errors
/// What the database says.
pub async fn received_by(tx: &mut Tx, license: i64, receiver: &Receiver) -> Result<Vec<Grant>> {
    let (condition, who) = receiver.condition(2);
    let condition = format!("g.license = $1 AND {condition} ORDER BY g.key");
    select(tx, &condition, &[license.into(), who.into()]).await
}

/// `$n, …` for texts, after the first `before` values.
fn placeholders(texts: &[String], before: usize) -> (String, Vec<Value>) {
    let names: Vec<_> = (0..texts.len()).map(|index| format!("${}", before + index + 1)).collect();
    // An empty list is no SQL; nothing equals NULL.
    let list = if names.is_empty() { "NULL".to_owned() } else { names.join(", ") };
    (list, texts.iter().map(|text| text.as_str().into()).collect())
}

/// The grants to an account of one license, oldest first.
///
/// # Errors
/// What the database says.
pub async fn of_account(tx: &mut Tx, license: i64, account: &str) -> Result<Vec<Grant>> {
    of_license(tx, license, &[root_arn(account)]).await
}

/// Stores versions of grants and makes each the current one of its grant; new grants are made. The
/// license must be locked ([`Tx::lock`]) against check-outs.
///
/// # Errors
/// What the database says.
pub async fn save(tx: &mut Tx, grants: &[Grant], now_ms: i64) -> Result<()> {
    for grants in grants.chunks(ROWS_AT_ONCE) {
        let (mut rows, mut versions) = (Vec::new(), Vec::new());
        for grant in grants {
            tx.touch(grant.license);
            rows.extend(columns(grant));
            versions.extend([
                Value::Int(grant.key),
                Value::Int(grant.version),
                Value::Text(serde_json::to_string(&grant.terms)?),
                Value::Int(now_ms),
            ]);
        }
        let sql = format!(
            "INSERT INTO license_grant (key, arn, license, parent, depth, granter, principal,
             grantee, is_member, home_region, created_at_ms, ended_at_ms, version, status)
             VALUES {} ON CONFLICT (key) DO UPDATE SET ended_at_ms = EXCLUDED.ended_at_ms,
             version = EXCLUDED.version, status = EXCLUDED.status",
            tuples(grants.len(), 14)
        );
        tx.execute(&sql, &rows).await?;
        let sql = format!(
            "INSERT INTO grant_version (grant_key, version, terms, created_at_ms) VALUES {}",
            tuples(grants.len(), 4)
        );
        tx.execute(&sql, &versions).await?;
    }
    Ok(())
}

fn columns(grant: &Grant) -> [Value; 14] {
    [
        Value::Int(grant.key),
        Value::Text(grant.arn.clone()),
        Value::Int(grant.license),
        grant.parent.into(),
        Value::Int(grant.depth),
        Value::Text(grant.granter.clone()),
        Value::Text(grant.principal.clone()),
        grant.grantee.clone().into(),
        Value::Int(i64::from(grant.is_member)),
        Value::Text(grant.home_region.clone()),
        Value::Int(grant.created_at_ms),
        grant.ended_at_ms.into(),
        Value::Int(grant.version),
        Value::Text(GrantStatus::as_str(grant.terms.status).to_owned()),
    ]
}

/// `($1, $2), ($3, $4)`: rows of placeholders.
fn tuples(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let names: Vec<_> = (1..=columns).map(|at| format!("${}", row * columns + at)).collect();
        format!("({})", names.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// Removes the grants of a license.
///
/// # Errors
/// What the database says.
pub async fn purge(tx: &mut Tx, license: i64) -> Result<()> {
    for sql in [
        "DELETE FROM tag WHERE resource IN (SELECT arn FROM license_grant WHERE license = $1)",
        "DELETE FROM grant_version WHERE grant_key IN
         (SELECT key FROM license_grant WHERE license = $1)",
        "DELETE FROM grant_edge WHERE license = $1",
        "DELETE FROM license_grant WHERE license = $1",
    ] {
        tx.execute(sql, &[license.into()]).await?;
    }
    Ok(())
}
