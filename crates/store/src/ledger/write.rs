//! What the ledger on SQLite writes for a batch: one row for each check-out, and little else.

use std::collections::BTreeSet;

use leasehold_core::state::{Effects, State};
use rusqlite::{Connection, params};

use super::encode_pools;
use crate::consumption::Record;
use crate::error::{Error, Result};

/// Writes the effects of a batch, in the transaction that is open.
///
/// # Errors
/// What the database says.
pub fn write(connection: &Connection, state: &State, effects: &Effects) -> Result<()> {
    let consumption = |seq: &i64| {
        let found = state.consumptions.get(seq);
        found.ok_or_else(|| Error::failed(format!("check-out {seq} is not in the batch")))
    };
    remember_replaced(connection, state, effects)?;
    let mut delete = connection.prepare_cached("DELETE FROM consumption WHERE seq = ?1")?;
    for seq in &effects.replaced {
        delete.execute([seq])?;
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO consumption (seq, license, kind, issued_at_ms, expires_at_ms,
         extended_to_ms, extended_at_ms, ended_at_ms, client_key, proof, units, body, grant_key,
         seat) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    // A seat may be replaced in the batch that first takes it.
    for seq in effects.inserted.iter().chain(&effects.replaced).collect::<BTreeSet<_>>() {
        let it = Record::encode(consumption(seq)?)?;
        insert.execute(params![
            it.seq,
            it.license,
            it.kind,
            it.issued_at_ms,
            it.expires_at_ms,
            it.extended_to_ms,
            it.extended_at_ms,
            it.ended_at_ms,
            it.client_key,
            it.proof.as_flattened(),
            it.units,
            it.body,
            it.grant,
            it.seat
        ])?;
    }
    let mut update = connection.prepare_cached(
        "UPDATE consumption SET extended_to_ms = ?2, extended_at_ms = ?3, ended_at_ms = ?4
         WHERE seq = ?1",
    )?;
    for seq in &effects.updated {
        let it = consumption(seq)?;
        update.execute(params![seq, it.extended_to_ms, it.extended_at_ms, it.ended_at_ms])?;
    }
    let mut store = connection.prepare_cached(
        "INSERT INTO pool (license, pools) VALUES (?1, ?2)
         ON CONFLICT (license) DO UPDATE SET pools = excluded.pools",
    )?;
    for key in &effects.lasting {
        if let Some(stock) = state.stocks.get(key) {
            store.execute(params![key, encode_pools(&stock.pools, false)?])?;
        }
    }
    let mut draw = connection.prepare_cached(
        "INSERT OR REPLACE INTO grant_edge (license, grant_key, pool, restarts, drawn, held)
         VALUES (?1, ?2, ?3, ?4, ?5, 0)",
    )?;
    for (license, grant, pool) in &effects.drawn {
        let stock = state.stocks.get(license);
        if let Some(edge) = stock.and_then(|stock| stock.pools.edges.get(&(*grant, *pool))) {
            let drawn = i64::try_from(edge.drawn).unwrap_or(i64::MAX);
            draw.execute(params![license, grant, pool, edge.restarts, drawn])?;
        }
    }
    Ok(())
}

/// A row remembers one request only. Where a seat was taken again, the requests before the last
/// are noted beside it.
fn remember_replaced(connection: &Connection, state: &State, effects: &Effects) -> Result<()> {
    if effects.replaced.is_empty() {
        return Ok(());
    }
    let mut earlier = connection.prepare_cached(
        "INSERT OR REPLACE INTO request (client_key, at_ms, seq)
         SELECT client_key, issued_at_ms, seq FROM consumption WHERE seq = ?1",
    )?;
    for seq in &effects.replaced {
        earlier.execute(params![seq])?;
    }
    let mut note = connection.prepare_cached(
        "INSERT OR REPLACE INTO request (client_key, at_ms, seq) VALUES (?1, ?2, ?3)",
    )?;
    for (client_key, seq) in &effects.requests {
        if effects.replaced.contains(seq) {
            let at_ms = state.consumptions.get(seq).map(|it| it.issued_at_ms);
            note.execute(params![client_key.as_slice(), at_ms, seq])?;
        }
    }
    Ok(())
}
