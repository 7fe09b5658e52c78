//! All that one database holds, written into another one, of whatever engine.
//!
//! The tables are asked of the schema, so that none is forgotten. What an engine derives from
//! check-outs (what is held, when it comes back, which request a row answers) is not copied but
//! derived anew, as the engine of the target keeps it.

mod derive;

use crate::check::Watch;
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::encode_pools;
use crate::schema::{NOTES, Pages, Table, count, tables};
use crate::{Row, Tx, Value};

/// The requests that are not answered by a row that remembers them itself.
const REQUESTS: &str = "NOT EXISTS (SELECT 1 FROM consumption c
    WHERE c.seq = request.seq AND c.client_key = request.client_key)";

/// Copies everything from a transaction that reads into one that writes, and counts it there; the
/// caller commits. Returns how many rows there were.
///
/// # Errors
/// [`ErrorKind::Refused`] when the target holds anything or its tables are others; otherwise what
/// the databases say.
pub async fn copy(from: &mut Tx, to: &mut Tx, watch: &mut dyn Watch) -> Result<u64> {
    let refused = |text: String| Error::new(ErrorKind::Refused, text);
    let all = tables(from).await?;
    if all != tables(to).await? {
        return Err(refused("the two databases have not the same tables".to_owned()));
    }
    check_empty(to).await?;
    let mut total = 0;
    for table in &all {
        total += count(from, &table.name, condition(table)).await?;
    }
    watch.begin("copying", total);
    for table in &all {
        let copied = copy_table(from, to, table, watch).await?;
        let found = count(to, &table.name, "1 = 1").await?;
        if copied != found {
            let name = &table.name;
            return Err(Error::failed(format!("{name}: {copied} rows copied, {found} arrived")));
        }
    }
    copy_notes(from, to).await?;
    if !to.is_sqlite() {
        derive::derive(to, watch).await?;
    }
    Ok(total)
}

/// Refuses a target that holds anything, or that a server has been using, whatever its schema.
///
/// # Errors
/// [`ErrorKind::Refused`]; otherwise what the database says.
pub async fn check_empty(to: &mut Tx) -> Result<()> {
    let refused = |what: &str| {
        let text = format!("the database to write into is not empty: {what}; use a new one");
        Err(Error::new(ErrorKind::Refused, text))
    };
    let all = tables(to).await?;
    if all.is_empty() {
        return Ok(());
    }
    for table in &all {
        let sql = format!("SELECT 1 FROM {} LIMIT 1", table.name);
        if !to.query(&sql, &[]).await?.is_empty() {
            return refused(&format!("there are rows in its table {}", table.name));
        }
    }
    match crate::meta::master_key(to).await? {
        Some(_) => refused("a server has noted its master key there"),
        None => Ok(()),
    }
}

/// Which rows of a table are its own and not derived.
fn condition(table: &Table) -> &'static str {
    match table.name.as_str() {
        "hold" => "1 = 0",
        "grant_edge" => "drawn <> 0",
        "request" => REQUESTS,
        _ => "1 = 1",
    }
}

async fn copy_table(
    from: &mut Tx,
    to: &mut Tx,
    table: &Table,
    watch: &mut dyn Watch,
) -> Result<u64> {
    let columns: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
    let mut pages = Pages::new(table, &columns, condition(table))?;
    let mut copied = 0;
    loop {
        let mut rows = pages.next(from).await?;
        if rows.is_empty() {
            return Ok(copied);
        }
        let place = |name: &str| columns.iter().position(|column| *column == name);
        match table.name.as_str() {
            "pool" => rows.iter_mut().try_for_each(|row| forget_held(row, place("pools")))?,
            "grant_edge" => set(&mut rows, place("held"), &Value::Int(0)),
            _ => {}
        }
        let length = u64::try_from(rows.len()).unwrap_or(0);
        to.append(table, rows).await?;
        copied += length;
        watch.advance(length);
    }
}

fn set(rows: &mut [Row], place: Option<usize>, value: &Value) {
    for row in rows {
        if let Some(found) = place.and_then(|place| row.0.get_mut(place)) {
            *found = value.clone();
        }
    }
}

/// Takes what is held out of the pools of a row.
fn forget_held(row: &mut Row, place: Option<usize>) -> Result<()> {
    if let Some(Value::Text(pools)) = place.and_then(|place| row.0.get_mut(place)) {
        *pools = encode_pools(&serde_json::from_str(pools)?, false)?;
    }
    Ok(())
}

/// Copies the notes of a database. Of the numbers of openings, which no two may share, the target
/// goes on from the higher one.
async fn copy_notes(from: &mut Tx, to: &mut Tx) -> Result<()> {
    for row in from.query(&format!("SELECT name, value FROM {NOTES}"), &[]).await? {
        let sql = "INSERT INTO meta (name, value) VALUES ($1, $2)
                   ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value
                   WHERE EXCLUDED.value > meta.value OR meta.name <> 'instance'";
        to.execute(sql, &[row.text(0)?.into(), row.int(1)?.into()]).await?;
    }
    Ok(())
}
