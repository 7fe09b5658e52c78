//! The statements of a batch.

use leasehold_core::grant::CAP_TAG;
use leasehold_core::pool::BORROWS;
use tokio_postgres::{Client, Statement};

use crate::error::Result;
use crate::{consumption, grant, license};

/// The statements of a batch, prepared once for a connection.
pub struct Statements {
    pub sold: Statement,
    pub granted: Statement,
    pub made: Statement,
    pub licenses: Statement,
    pub links: Statement,
    pub lock: Statement,
    pub see: Statement,
    pub stocks: Statement,
    pub edges: Statement,
    pub borrows: Statement,
    pub due: Statement,
    pub consumptions: Statement,
    pub requests: Statement,
    pub forget: Statement,
    pub write: Statement,
    pub update: Statement,
    pub release: Statement,
    pub replace: Statement,
    pub count: Statement,
}

impl Statements {
    /// Prepares them.
    pub async fn prepare(client: &Client) -> Result<Self> {
        let columns = consumption::COLUMNS;
        Ok(Self {
            sold: client
                .prepare(
                    "SELECT s.account, s.beneficiary, s.product_sku, l.key, NULL::bigint
                     FROM license l
                     JOIN unnest($1::text[], $2::text[], $3::text[])
                     AS s(account, beneficiary, product_sku)
                     ON l.account = s.account AND l.beneficiary = s.beneficiary
                     AND l.product_sku = s.product_sku WHERE l.deleted_at_ms IS NULL
                     ORDER BY l.created_at_ms DESC, l.key DESC",
                )
                .await?,
            // `OFFSET 0` keeps the planner from beginning at the license, which may have thousands
            // of grants; an account has few.
            granted: client
                .prepare(
                    "SELECT s.account, s.beneficiary, s.product_sku, l.key, g.key
                     FROM unnest($1::text[], $2::text[], $3::text[])
                     AS s(account, beneficiary, product_sku)
                     CROSS JOIN LATERAL (SELECT w.key, w.license FROM license_grant w
                         WHERE w.grantee = s.account
                         AND w.status NOT IN ('REJECTED', 'DELETED') OFFSET 0) AS g
                     JOIN license l ON l.key = g.license
                     WHERE l.product_sku = s.product_sku AND l.deleted_at_ms IS NULL
                     ORDER BY l.created_at_ms DESC, l.key DESC, g.key DESC",
                )
                .await?,
            made: client
                .prepare(
                    "SELECT license, grant_key FROM consumption WHERE seq = ANY($1::bigint[])
                     UNION ALL SELECT license, grant_key FROM consumption_history
                     WHERE seq = ANY($1::bigint[])
                     UNION ALL SELECT license, grant_key FROM consumption
                     WHERE seat = ANY($2::bytea[])",
                )
                .await?,
            licenses: client.prepare(&license::select_current("l.key = ANY($1)")).await?,
            links: client.prepare(&grant::select_links("SELECT unnest($1::bigint[])")).await?,
            lock: client
                .prepare(
                    "SELECT license, pools FROM pool WHERE license = ANY($1)
                     ORDER BY license FOR UPDATE",
                )
                .await?,
            see: client.prepare("SELECT license, pools FROM pool WHERE license = ANY($1)").await?,
            stocks: client
                .prepare(
                    "SELECT l.key, l.version, l.deleted_at_ms, (SELECT min(h.until_ms) FROM hold h
                         WHERE h.license = l.key AND h.until_ms > $2::bigint)
                     FROM license l WHERE l.key = ANY($1)",
                )
                .await?,
            edges: client
                .prepare(&format!(
                    "SELECT g.key, g.version, ARRAY(SELECT t.key || '=' || t.value FROM tag t
                         WHERE t.resource = g.arn AND t.key LIKE '{CAP_TAG}%'),
                     g.license, e.pool, e.restarts, e.drawn, e.held
                     FROM license_grant g
                     LEFT JOIN grant_edge e ON e.license = g.license AND e.grant_key = g.key
                     WHERE g.key = ANY($1)"
                ))
                .await?,
            borrows: client
                .prepare(&format!(
                    "SELECT license, grant_key, pool, restarts, drawn, held FROM grant_edge
                     WHERE license = ANY($1) AND grant_key = {BORROWS}"
                ))
                .await?,
            due: client
                .prepare(
                    "SELECT h.license, h.until_ms, h.pool, h.grant_key, h.units,
                     e.restarts, e.drawn, e.held
                     FROM hold h LEFT JOIN grant_edge e ON e.license = h.license
                     AND e.grant_key = h.grant_key AND e.pool = h.pool
                     WHERE h.license = ANY($1) AND h.until_ms <= $2::bigint",
                )
                .await?,
            // Of those on a seat the live one last, which counts: rows that several servers number
            // are in no order.
            consumptions: client
                .prepare(&format!(
                    "SELECT * FROM (
                         SELECT {columns} FROM consumption WHERE seq = ANY($1::bigint[])
                         UNION ALL
                         SELECT {columns} FROM consumption_history WHERE seq = ANY($1::bigint[])
                         UNION ALL
                         SELECT {columns} FROM consumption
                         WHERE seat = ANY($2::bytea[]) AND ended_at_ms IS NULL
                     ) AS c ORDER BY coalesce(extended_to_ms, expires_at_ms)"
                ))
                .await?,
            requests: client
                .prepare(
                    "SELECT client_key, seq, at_ms FROM request
                     WHERE client_key = ANY($1::bytea[]) AND seq IS NOT NULL",
                )
                .await?,
            // `at_ms + 0` keeps the planner off the index on at_ms: while the table is young it
            // thinks that cheap, and then reads every request of the window for each batch.
            forget: client
                .prepare(
                    "DELETE FROM request WHERE client_key = ANY($1::bytea[])
                     AND at_ms + 0 <= $2::bigint",
                )
                .await?,
            // One statement, for each costs the server as much as a few rows.
            write: client
                .prepare(&format!(
                    "WITH remembered AS (
                         INSERT INTO request (client_key, seq, at_ms)
                         SELECT * FROM unnest($15::bytea[], $16::bigint[], $17::bigint[])
                     ), counted AS (
                         UPDATE pool p SET pools = u.pools
                         FROM unnest($18::bigint[], $19::text[]) AS u(license, pools)
                         WHERE p.license = u.license
                     ), held AS (
                         INSERT INTO hold (license, until_ms, pool, grant_key, units)
                         SELECT * FROM unnest($20::bigint[], $21::bigint[], $22::bigint[],
                         $23::bigint[], $24::bigint[])
                         ON CONFLICT (license, until_ms, pool, grant_key)
                         DO UPDATE SET units = hold.units + EXCLUDED.units
                     )
                     INSERT INTO consumption ({columns}) SELECT * FROM unnest($1::bigint[],
                     $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                     $7::bigint[], $8::bigint[], $9::bytea[], $10::bytea[], $11::text[],
                     $12::text[], $13::bigint[], $14::bytea[])"
                ))
                .await?,
            update: client
                .prepare(
                    "UPDATE consumption c SET extended_to_ms = u.extended_to_ms,
                     extended_at_ms = u.extended_at_ms, ended_at_ms = u.ended_at_ms
                     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
                     AS u(seq, extended_to_ms, extended_at_ms, ended_at_ms)
                     WHERE c.seq = u.seq",
                )
                .await?,
            release: client
                .prepare(
                    "DELETE FROM hold h USING unnest($1::bigint[], $2::bigint[])
                     AS u(license, decided_at_ms)
                     WHERE h.license = u.license AND h.until_ms <= u.decided_at_ms",
                )
                .await?,
            replace: client
                .prepare("DELETE FROM consumption WHERE seq = ANY($1::bigint[])")
                .await?,
            count: client
                .prepare(
                    "INSERT INTO grant_edge (license, grant_key, pool, restarts, drawn, held)
                     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[],
                     $4::bigint[], $5::bigint[], $6::bigint[])
                     ON CONFLICT (license, grant_key, pool) DO UPDATE SET
                     restarts = EXCLUDED.restarts, drawn = EXCLUDED.drawn, held = EXCLUDED.held",
                )
                .await?,
        })
    }
}
