//! Chains of grants, as the decisions about check-outs read them.

use std::sync::Arc;

use leasehold_core::grant::{CAP_TAG, Link, Links, Terms, caps};

use crate::Tx;
use crate::error::Result;
use crate::value::Row;

/// A grant and those above it, as decisions need them.
///
/// # Errors
/// What the database says.
pub async fn links(tx: &mut Tx, key: i64) -> Result<Links> {
    let rows = tx.query(&select_links("SELECT CAST($1 AS BIGINT)"), &[key.into()]).await?;
    read_links(&rows)
}

/// The statement that reads the links of grants, given by a statement, and of all above them: a row
/// for each grant and cap.
pub(crate) fn select_links(grants: &str) -> String {
    format!(
        "WITH RECURSIVE chain(key) AS (
             {grants}
             UNION SELECT g.parent FROM license_grant g JOIN chain c ON g.key = c.key
             WHERE g.parent IS NOT NULL)
         SELECT g.key, g.arn, g.parent, v.terms, t.key, t.value, g.version
         FROM chain c JOIN license_grant g ON g.key = c.key
         JOIN grant_version v ON v.grant_key = g.key AND v.version = g.version
         LEFT JOIN tag t ON t.resource = g.arn AND t.key LIKE '{CAP_TAG}%'
         ORDER BY g.key"
    )
}

/// Reads rows of [`select_links`].
pub(crate) fn read_links(rows: &[Row]) -> Result<Links> {
    let mut links = Links::default();
    for of_one in rows.chunk_by(|a, b| a.int(0).ok() == b.int(0).ok()) {
        let Some(row) = of_one.first() else { continue };
        let Terms { status, operations, .. } = serde_json::from_str(row.text(3)?)?;
        let mut tags = Vec::new();
        for row in of_one {
            if let Some(key) = row.text_or_null(4)? {
                tags.push((key, row.text(5)?));
            }
        }
        links.insert(Arc::new(Link {
            key: row.int(0)?,
            arn: row.text(1)?.to_owned(),
            parent: row.int_or_null(2)?,
            status,
            operations,
            caps: caps(tags),
        }));
    }
    Ok(links)
}
