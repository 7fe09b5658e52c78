//! What PostgreSQL's ledger keeps beside check-outs, made from them.

use leasehold_core::consume::REPLAY_WINDOW_MS;

use crate::check::{Books, Watch};
use crate::error::Result;
use crate::ledger::encode_pools;
use crate::schema::{Table, tables};
use crate::{Error, Row, Tx, Value};

/// Rows written at a time.
const ROWS_AT_ONCE: usize = 5_000;

/// Writes what is held, when it comes back, and which requests have been answered.
pub async fn derive(tx: &mut Tx, watch: &mut dyn Watch) -> Result<()> {
    let books = Books::read(tx, watch).await?;
    let all = tables(tx).await?;
    let hold = all.iter().find(|table| table.name == "hold");
    let hold = hold.ok_or_else(|| Error::failed("there is no table hold"))?;
    let mut rows = Vec::new();
    for (license, book) in &books.licenses {
        let Some(mut pools) = book.pools.clone() else { continue };
        // As for a server that starts on SQLite: no decision is older than the last check-out.
        pools.decided_at_ms = pools.decided_at_ms.max(book.recount.decided_at_ms());
        for (key, units) in book.recount.held_after(pools.decided_at_ms) {
            let (until_ms, pool, through) = *key;
            rows.push(Row(vec![
                Value::Int(*license),
                Value::Int(until_ms),
                Value::Int(i64::from(pool)),
                Value::Int(through.unwrap_or(0)),
                Value::Int(i64::try_from(units).unwrap_or(i64::MAX)),
            ]));
        }
        if rows.len() >= ROWS_AT_ONCE {
            write(tx, hold, &mut rows).await?;
        }
        for ((pool, through), units) in book.recount.sums_after(pools.decided_at_ms) {
            match through {
                None => {
                    if let Some(pool) = pools.pools.get_mut(usize::from(pool)) {
                        pool.held = u64::try_from(units).unwrap_or(u64::MAX);
                    }
                }
                Some(grant) => {
                    let sql = "INSERT INTO grant_edge
                               (license, grant_key, pool, restarts, drawn, held)
                               VALUES ($1, $2, $3, 0, 0, $4)
                               ON CONFLICT (license, grant_key, pool) DO UPDATE
                               SET held = EXCLUDED.held";
                    let held = i64::try_from(units).unwrap_or(i64::MAX);
                    let values =
                        [(*license).into(), grant.into(), i64::from(pool).into(), held.into()];
                    tx.execute(sql, &values).await?;
                }
            }
        }
        let document = encode_pools(&pools, true)?;
        let sql = "UPDATE pool SET pools = $2 WHERE license = $1";
        tx.execute(sql, &[(*license).into(), document.into()]).await?;
    }
    write(tx, hold, &mut rows).await?;
    // As for a server that starts on SQLite, the window is counted back from the last check-out.
    let sql = "INSERT INTO request (client_key, at_ms, seq)
               SELECT DISTINCT ON (client_key) client_key, issued_at_ms, seq FROM consumption
               WHERE issued_at_ms > (SELECT max(issued_at_ms) FROM consumption) - $1::bigint
               ORDER BY client_key, issued_at_ms DESC
               ON CONFLICT (client_key) DO UPDATE SET at_ms = EXCLUDED.at_ms,
               seq = EXCLUDED.seq, fingerprint = NULL, answer = NULL
               WHERE request.at_ms < EXCLUDED.at_ms";
    tx.execute(sql, &[REPLAY_WINDOW_MS.into()]).await?;
    Ok(())
}

async fn write(tx: &mut Tx, table: &Table, rows: &mut Vec<Row>) -> Result<()> {
    if rows.is_empty() { Ok(()) } else { tx.append(table, std::mem::take(rows)).await }
}
