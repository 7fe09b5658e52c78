//! What a batch on PostgreSQL reads if grants may have a part in it.

use std::sync::Arc;

use leasehold_core::pool::Edge;
use leasehold_core::state::{Candidate, Selection, State};
use tokio::try_join;
use tokio_postgres::Row;

use super::names::Names;
use super::{Parameter, Session, pool_index};
use crate::error::Result;
use crate::postgres::read_row;
use crate::{consumption, grant};

/// Restarts, drawn and held units from three columns.
pub fn read_edge(row: &Row, first: usize) -> Result<Edge> {
    let count = |column| row.try_get::<_, i64>(column).map(|it| u64::try_from(it).unwrap_or(0));
    Ok(Edge { restarts: row.try_get(first)?, drawn: count(first + 1)?, held: count(first + 2)? })
}

/// What a batch reads if grants may have a part in it.
pub struct Granted {
    candidates: Vec<Row>,
    links: Vec<Row>,
    edges: Vec<Row>,
    seated: Vec<Row>,
}

/// Reads it, behind the lock of the batch.
pub async fn read_granted(
    session: &Session,
    names: &Names,
) -> std::result::Result<Option<Granted>, tokio_postgres::Error> {
    if !names.may_need_grants() {
        return Ok(None);
    }
    let Session { client, statements } = session;
    let Names { grantees, granted_skus, seqs, seats, .. } = names;
    let selected: [Parameter; 2] = [grantees, granted_skus];
    let grants: [Parameter; 4] = [grantees, granted_skus, seqs, seats];
    let sitting: [Parameter; 1] = [seats];
    let (candidates, links, edges, seated) = try_join!(
        biased;
        client.query(&statements.granted, &selected),
        client.query(&statements.links, &grants),
        client.query(&statements.edges, &grants),
        client.query(&statements.seated, &sitting),
    )?;
    Ok(Some(Granted { candidates, links, edges, seated }))
}

impl Granted {
    /// Puts it into the state of the batch.
    pub fn read(&self, state: &mut State) -> Result<()> {
        let links: Vec<_> = self.links.iter().map(read_row).collect::<Result<_>>()?;
        state.links = grant::read_links(&links)?;
        for row in &self.candidates {
            let (account, product_sku) = (row.try_get(0)?, row.try_get(1)?);
            let selection = Selection { account, beneficiary: None, product_sku };
            let (license, grant): (i64, i64) = (row.try_get(2)?, row.try_get(3)?);
            // A license granted after the lock was taken waits for the next batch.
            if state.stocks.contains_key(&license) && state.links.contains(grant) {
                let candidate = Candidate { license, grant: Some(grant) };
                state.candidates.entry(selection).or_default().push(candidate);
            }
        }
        for row in &self.edges {
            let (license, grant, pool): (i64, i64, i64) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            if let Some(stock) = state.stocks.get_mut(&license) {
                stock.pools.edges.insert((grant, pool_index(pool)?), read_edge(row, 3)?);
            }
        }
        for row in &self.seated {
            let consumption = consumption::read(&read_row(row)?)?;
            let seat = consumption.seat.filter(|_| state.stocks.contains_key(&consumption.license));
            if let Some(seat) = seat {
                state.seats.insert((consumption.license, seat), consumption.token.seq);
                state.consumptions.insert(consumption.token.seq, Arc::new(consumption));
            }
        }
        Ok(())
    }
}
