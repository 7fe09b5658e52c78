//! The statements of a batch.

use tokio_postgres::{Client, Statement};

use crate::error::Result;
use crate::{consumption, grant, license};

/// The rows of licenses that a batch may use: $1–$3 selections by beneficiary, $4 check-outs, $5
/// licenses, $6 and $7 selections by grant. `OFFSET 0` keeps the planner from beginning at the
/// license, which may have thousands of grants; an account has few.
const KEYS: &str = "SELECT l.key FROM license l
        JOIN unnest($1::text[], $2::text[], $3::text[]) AS s(account, beneficiary, product_sku)
        ON l.account = s.account AND l.beneficiary = s.beneficiary
        AND l.product_sku = s.product_sku WHERE l.deleted_at_ms IS NULL
    UNION SELECT license FROM consumption WHERE seq = ANY($4::bigint[])
    UNION SELECT license FROM consumption_history WHERE seq = ANY($4::bigint[])
    UNION SELECT unnest($5::bigint[])
    UNION SELECT g.license FROM unnest($6::text[], $7::text[]) AS s(account, product_sku)
        CROSS JOIN LATERAL (SELECT w.license FROM license_grant w WHERE w.grantee = s.account
            AND w.status NOT IN ('REJECTED', 'DELETED') OFFSET 0) AS g
        JOIN license l ON l.key = g.license
        WHERE l.product_sku = s.product_sku AND l.deleted_at_ms IS NULL";

/// The rows of grants that a batch may use, those above them aside: $1 and $2 selections by grant,
/// $3 check-outs, $4 seats.
const GRANTS: &str = "SELECT g.key FROM unnest($1::text[], $2::text[]) AS s(account, product_sku)
        CROSS JOIN LATERAL (SELECT w.key, w.license FROM license_grant w
            WHERE w.grantee = s.account AND w.status NOT IN ('REJECTED', 'DELETED') OFFSET 0) AS g
        JOIN license l ON l.key = g.license WHERE l.product_sku = s.product_sku
    UNION SELECT grant_key FROM consumption
        WHERE seq = ANY($3::bigint[]) AND grant_key IS NOT NULL
    UNION SELECT grant_key FROM consumption_history
        WHERE seq = ANY($3::bigint[]) AND grant_key IS NOT NULL
    UNION SELECT grant_key FROM consumption
        WHERE seat = ANY($4::bytea[]) AND grant_key IS NOT NULL";

/// The statements of a batch, prepared once for a connection.
pub struct Statements {
    pub lock: Statement,
    pub see: Statement,
    pub candidates: Statement,
    pub granted: Statement,
    pub links: Statement,
    pub edges: Statement,
    pub seated: Statement,
    pub stocks: Statement,
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
        let stocks = license::select_current(&format!("l.key IN ({KEYS})")).replacen(
            " FROM license l",
            ", p.pools, (SELECT min(h.until_ms) FROM hold h
              WHERE h.license = l.key AND h.until_ms > $8::bigint)
             FROM license l JOIN pool p ON p.license = l.key",
            1,
        );
        Ok(Self {
            see: client
                .prepare(&format!("SELECT license FROM pool WHERE license IN ({KEYS})"))
                .await?,
            lock: client
                .prepare(&format!(
                    "SELECT p.license FROM pool p WHERE p.license IN ({KEYS})
                     ORDER BY p.license FOR UPDATE OF p"
                ))
                .await?,
            candidates: client
                .prepare(
                    "SELECT s.account, s.beneficiary, s.product_sku, l.key FROM license l
                     JOIN unnest($1::text[], $2::text[], $3::text[])
                     AS s(account, beneficiary, product_sku)
                     ON l.account = s.account AND l.beneficiary = s.beneficiary
                     AND l.product_sku = s.product_sku WHERE l.deleted_at_ms IS NULL
                     ORDER BY l.created_at_ms DESC, l.key DESC",
                )
                .await?,
            granted: client
                .prepare(
                    "SELECT s.account, s.product_sku, l.key, g.key
                     FROM unnest($1::text[], $2::text[]) AS s(account, product_sku)
                     CROSS JOIN LATERAL (SELECT w.key, w.license FROM license_grant w
                         WHERE w.grantee = s.account
                         AND w.status NOT IN ('REJECTED', 'DELETED') OFFSET 0) AS g
                     JOIN license l ON l.key = g.license
                     WHERE l.product_sku = s.product_sku AND l.deleted_at_ms IS NULL
                     ORDER BY l.created_at_ms DESC, l.key DESC, g.key DESC",
                )
                .await?,
            links: client.prepare(&grant::select_links(GRANTS)).await?,
            edges: client
                .prepare(&format!(
                    "WITH RECURSIVE chain(key) AS (
                         {GRANTS}
                         UNION SELECT g.parent FROM license_grant g JOIN chain c ON g.key = c.key
                         WHERE g.parent IS NOT NULL)
                     SELECT e.license, e.grant_key, e.pool, e.restarts, e.drawn, e.held
                     FROM chain c JOIN license_grant g ON g.key = c.key
                     JOIN grant_edge e ON e.license = g.license AND e.grant_key = g.key"
                ))
                .await?,
            // The live one last, which counts: rows that several servers number are in no order.
            seated: client
                .prepare(&format!(
                    "SELECT {columns} FROM consumption
                     WHERE seat = ANY($1::bytea[]) AND ended_at_ms IS NULL
                     ORDER BY coalesce(extended_to_ms, expires_at_ms)"
                ))
                .await?,
            stocks: client.prepare(&stocks).await?,
            due: client
                .prepare(&format!(
                    "SELECT h.license, h.until_ms, h.pool, h.grant_key, h.units,
                     e.restarts, e.drawn, e.held
                     FROM hold h LEFT JOIN grant_edge e ON e.license = h.license
                     AND e.grant_key = h.grant_key AND e.pool = h.pool
                     WHERE h.license IN ({KEYS}) AND h.until_ms <= $8::bigint"
                ))
                .await?,
            consumptions: client
                .prepare(&format!(
                    "SELECT {columns} FROM consumption WHERE seq = ANY($1::bigint[])
                     UNION ALL
                     SELECT {columns} FROM consumption_history WHERE seq = ANY($1::bigint[])"
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
