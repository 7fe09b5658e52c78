//! What the ledger on SQLite reads from its tables when it does not know it.

use leasehold_core::license::License;
use leasehold_core::pool::Pools;
use leasehold_core::state::{Candidate, ClientKey, Consumption, Selection};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;
use crate::{Row, consumption, license};

/// The licenses that may serve a selection, newest first (C1, C2, C4).
pub fn read_candidates(connection: &Connection, selection: &Selection) -> Result<Vec<Candidate>> {
    let candidate =
        |row: &rusqlite::Row<'_>| Ok(Candidate { license: row.get(0)?, grant: row.get(1)? });
    let Selection { account, beneficiary, product_sku } = selection;
    let candidates = match beneficiary {
        Some(beneficiary) => connection
            .prepare_cached(
                "SELECT key, NULL FROM license WHERE account = ?1 AND beneficiary = ?2
                 AND product_sku = ?3 AND deleted_at_ms IS NULL
                 ORDER BY created_at_ms DESC, key DESC",
            )?
            .query_map(params![account, beneficiary, product_sku], candidate)?
            .collect::<rusqlite::Result<_>>()?,
        None => connection
            .prepare_cached(
                "SELECT l.key, g.key FROM license_grant g JOIN license l ON l.key = g.license
                 WHERE g.grantee = ?1 AND g.status NOT IN ('REJECTED', 'DELETED')
                 AND l.product_sku = ?2
                 AND l.deleted_at_ms IS NULL
                 ORDER BY l.created_at_ms DESC, l.key DESC, g.key DESC",
            )?
            .query_map(params![account, product_sku], candidate)?
            .collect::<rusqlite::Result<_>>()?,
    };
    Ok(candidates)
}

/// Whether a request whose check-out answered another one since was done after `since_ms`.
pub fn is_noted(connection: &Connection, key: &ClientKey, since_ms: i64) -> Result<bool> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM request WHERE client_key = ?1 AND at_ms > ?2")?;
    Ok(statement.exists(params![key.as_slice(), since_ms])?)
}

pub fn read_pools(connection: &Connection, license: i64) -> Result<Option<Pools>> {
    let mut statement = connection.prepare_cached("SELECT pools FROM pool WHERE license = ?1")?;
    let text: Option<String> = statement.query_row([license], |row| row.get(0)).optional()?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

pub fn read_license(connection: &Connection, key: i64) -> Result<Option<License>> {
    let sql = license::select_current("l.key = ?1");
    let rows = crate::sqlite::query(connection, &sql, &[key.into()])?;
    rows.first().map(license::read).transpose()
}

/// A check-out by its row: a live or recent one, or else one of the history.
pub fn read_consumption(connection: &Connection, seq: i64) -> Result<Option<Consumption>> {
    for table in ["consumption", "consumption_history"] {
        let sql = format!("SELECT {} FROM {table} WHERE seq = ?1", consumption::COLUMNS);
        let rows: Vec<Row> = crate::sqlite::query(connection, &sql, &[seq.into()])?;
        if let Some(row) = rows.first() {
            return consumption::read(row).map(Some);
        }
    }
    Ok(None)
}
