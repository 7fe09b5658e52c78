//! What is always true of the tables, whatever they are about: what they name is there, and
//! versions have no gaps.

use super::Difference;
use crate::Tx;
use crate::error::Result;

/// A column whose values are those of a column of another table, where it has any.
struct Reference(&'static str, &'static str, &'static str, &'static str);

/// What names what. Of check-outs that are over and of answers to requests nothing need be there:
/// a license is purged without them (L7).
const REFERENCES: &[Reference] = &[
    Reference("access_key", "account", "account", "id"),
    Reference("access_key", "user_id", "iam_entity", "id"),
    Reference("access_key_use", "key", "access_key", "id"),
    Reference("grant_edge", "license", "license", "key"),
    Reference("grant_version", "grant_key", "license_grant", "key"),
    Reference("handshake", "organization", "organization", "id"),
    Reference("hold", "license", "license", "key"),
    Reference("iam_attachment", "entity", "iam_entity", "id"),
    Reference("iam_attachment", "policy_id", "iam_entity", "id"),
    Reference("iam_entity", "account", "account", "id"),
    Reference("iam_inline_policy", "entity", "iam_entity", "id"),
    Reference("iam_membership", "group_id", "iam_entity", "id"),
    Reference("iam_membership", "user_id", "iam_entity", "id"),
    Reference("iam_policy_version", "policy", "iam_entity", "id"),
    Reference("kms_alias", "key_id", "kms_key", "id"),
    Reference("kms_key", "account", "account", "id"),
    Reference("license", "account", "account", "id"),
    Reference("license", "key", "pool", "license"),
    Reference("license_grant", "license", "license", "key"),
    Reference("license_grant", "parent", "license_grant", "key"),
    Reference("license_version", "license", "license", "key"),
    Reference("organization_account", "account", "account", "id"),
    Reference("organization_account", "organization", "organization", "id"),
    Reference("organization_unit", "organization", "organization", "id"),
    Reference("pool", "license", "license", "key"),
    Reference("service_settings", "account", "account", "id"),
    Reference("token", "license", "license", "key"),
];

/// Questions whose answer is always that there are none: the table, what is wrong, and the rows.
const NONE: &[(&str, &str, &str)] = &[
    (
        "license_version",
        "versions that are not 1, 2, … up to the license's",
        "SELECT l.key FROM license l LEFT JOIN (
             SELECT license, count(*) AS total, min(version) AS low, max(version) AS high
             FROM license_version GROUP BY license) v ON v.license = l.key
         WHERE coalesce(v.total, 0) <> l.version OR v.low <> 1 OR v.high <> l.version",
    ),
    (
        "grant_version",
        "versions that are not 1, 2, … up to the grant's",
        "SELECT g.key FROM license_grant g LEFT JOIN (
             SELECT grant_key, count(*) AS total, min(version) AS low, max(version) AS high
             FROM grant_version GROUP BY grant_key) v ON v.grant_key = g.key
         WHERE coalesce(v.total, 0) <> g.version OR v.low <> 1 OR v.high <> g.version",
    ),
    (
        "license_grant",
        "grants below one of another license, or not one deeper; an account's part is as deep",
        "SELECT g.key FROM license_grant g JOIN license_grant p ON p.key = g.parent
         WHERE p.license <> g.license OR p.depth + 1 - g.is_member <> g.depth",
    ),
    (
        "grant_edge",
        "counts for a grant that is not one of the license",
        "SELECT e.grant_key FROM grant_edge e
         LEFT JOIN license_grant g ON g.key = e.grant_key AND g.license = e.license
         WHERE e.grant_key <> -1 AND g.key IS NULL",
    ),
    (
        "consumption",
        "check-outs that are in the history, too",
        "SELECT c.seq FROM consumption c JOIN consumption_history h ON h.seq = c.seq",
    ),
    (
        "iam_entity",
        "policies without their default version",
        "SELECT e.id FROM iam_entity e LEFT JOIN iam_policy_version v
         ON v.policy = e.id AND v.version = e.default_version
         WHERE e.default_version IS NOT NULL AND v.policy IS NULL",
    ),
];

/// Asks everything.
///
/// # Errors
/// What the database says.
pub async fn check(tx: &mut Tx) -> Result<Vec<Difference>> {
    let mut differences = Vec::new();
    for Reference(table, column, parent, key) in REFERENCES {
        let what = format!("rows whose {column} is no {key} of {parent}");
        let rows = format!(
            "SELECT c.{column} FROM {table} c LEFT JOIN {parent} p ON p.{key} = c.{column}
             WHERE c.{column} IS NOT NULL AND p.{key} IS NULL"
        );
        differences.extend(none(tx, table, &what, &rows).await?);
    }
    for (table, what, rows) in NONE {
        differences.extend(none(tx, table, what, rows).await?);
    }
    Ok(differences)
}

async fn none(tx: &mut Tx, table: &str, what: &str, rows: &str) -> Result<Option<Difference>> {
    let sql = format!(
        "WITH found (name) AS ({rows}) SELECT count(*), CAST(min(name) AS TEXT) FROM found"
    );
    let answer = tx.query(&sql, &[]).await?;
    let Some(row) = answer.first().filter(|row| !matches!(row.int(0), Ok(0))) else {
        return Ok(None);
    };
    let first = row.text_or_null(1)?.unwrap_or_default();
    let found = format!("{}, such as {first}", row.int(0)?);
    let (subject, what) = (table.to_owned(), what.to_owned());
    Ok(Some(Difference { subject, what, expected: "none".to_owned(), found }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::tables;
    use crate::{Location, Store};

    /// Tables of which nothing is known that is always true beside their own keys.
    const FREE: &[&str] = &["issuer_key", "request", "tag"];

    /// A new table gets its line, or stands here.
    #[tokio::test]
    async fn every_table_is_thought_of() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("leasehold.db"));
        let store = Store::open(&location).await.unwrap();
        let known: Vec<&str> = REFERENCES
            .iter()
            .flat_map(|Reference(table, _, parent, _)| [*table, *parent])
            .chain(NONE.iter().map(|(table, ..)| *table))
            .chain(FREE.iter().copied())
            .chain(["consumption_history"])
            .collect();
        for table in tables(&mut store.read().await.unwrap()).await.unwrap() {
            assert!(known.contains(&table.name.as_str()), "{}", table.name);
        }
    }
}
