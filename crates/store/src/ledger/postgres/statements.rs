//! The statements of a batch.

use tokio_postgres::{Client, Statement};

use crate::error::Result;
use crate::{consumption, license};

/// The rows of licenses that a batch may use: $1–$3 selections, $4 check-outs, $5 licenses.
const KEYS: &str = "SELECT l.key FROM license l
        JOIN unnest($1::text[], $2::text[], $3::text[]) AS s(account, beneficiary, product_sku)
        ON l.account = s.account AND l.beneficiary = s.beneficiary
        AND l.product_sku = s.product_sku WHERE l.deleted_at_ms IS NULL
    UNION SELECT license FROM consumption WHERE seq = ANY($4::bigint[])
    UNION SELECT license FROM consumption_history WHERE seq = ANY($4::bigint[])
    UNION SELECT unnest($5::bigint[])";

/// The statements of a batch, prepared once for a connection.
pub struct Statements {
    pub lock: Statement,
    pub see: Statement,
    pub candidates: Statement,
    pub stocks: Statement,
    pub due: Statement,
    pub consumptions: Statement,
    pub requests: Statement,
    pub insert: Statement,
    pub forget: Statement,
    pub remember: Statement,
    pub update: Statement,
    pub pools: Statement,
    pub hold: Statement,
    pub release: Statement,
}

impl Statements {
    /// Prepares them.
    pub async fn prepare(client: &Client) -> Result<Self> {
        let columns = consumption::COLUMNS;
        let stocks = license::select_current(&format!("l.key IN ({KEYS})")).replacen(
            " FROM license l",
            ", p.pools, (SELECT min(h.until_ms) FROM hold h
              WHERE h.license = l.key AND h.until_ms > $6::bigint)
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
            stocks: client.prepare(&stocks).await?,
            due: client
                .prepare(&format!(
                    "SELECT license, until_ms, pool, units FROM hold
                     WHERE license IN ({KEYS}) AND until_ms <= $6::bigint"
                ))
                .await?,
            consumptions: client
                .prepare(&format!(
                    "SELECT {columns} FROM consumption WHERE seq = ANY($1::bigint[])
                     UNION ALL
                     SELECT {columns} FROM consumption_history WHERE seq = ANY($1::bigint[])"
                ))
                .await?,
            // `at_ms + 0` keeps the planner off the index on at_ms: while the table is young it
            // thinks that cheap, and then reads every request of the window for each batch.
            requests: client
                .prepare(
                    "SELECT client_key, seq FROM request WHERE client_key = ANY($1::bytea[])
                     AND seq IS NOT NULL AND at_ms + 0 > $2::bigint",
                )
                .await?,
            insert: client
                .prepare(&format!(
                    "INSERT INTO consumption ({columns}) SELECT * FROM unnest($1::bigint[],
                     $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                     $7::bigint[], $8::bigint[], $9::bytea[], $10::bytea[], $11::text[],
                     $12::text[])"
                ))
                .await?,
            forget: client
                .prepare(
                    "DELETE FROM request WHERE client_key = ANY($1::bytea[])
                     AND at_ms + 0 <= $2::bigint",
                )
                .await?,
            remember: client
                .prepare(
                    "INSERT INTO request (client_key, seq, at_ms)
                     SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[])",
                )
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
            pools: client
                .prepare(
                    "UPDATE pool p SET pools = u.pools FROM unnest($1::bigint[], $2::text[])
                     AS u(license, pools) WHERE p.license = u.license",
                )
                .await?,
            hold: client
                .prepare(
                    "INSERT INTO hold (license, until_ms, pool, units) SELECT * FROM
                     unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
                     ON CONFLICT (license, until_ms, pool)
                     DO UPDATE SET units = hold.units + EXCLUDED.units",
                )
                .await?,
            release: client
                .prepare(
                    "DELETE FROM hold h USING unnest($1::bigint[], $2::bigint[])
                     AS u(license, decided_at_ms)
                     WHERE h.license = u.license AND h.until_ms <= u.decided_at_ms",
                )
                .await?,
        })
    }
}
