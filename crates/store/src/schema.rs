//! What tables there are, asked of the database: whoever goes over all of them forgets none.

use crate::error::{Error, Result};
use crate::{Row, Tx, Value};

/// The database's own notes; they are about the database itself and not part of its content.
pub const NOTES: &str = "meta";
/// Rows read at a time.
const PAGE_ROWS: i64 = 5_000;

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, each with its type: `BIGINT`, `TEXT` or `BYTEA`.
    pub columns: Vec<(String, String)>,
    /// The columns of its primary key.
    pub key: Vec<String>,
}

/// All tables but [`NOTES`], in the order of their names.
///
/// # Errors
/// What the database says.
pub async fn tables(tx: &mut Tx) -> Result<Vec<Table>> {
    let sql = if tx.is_sqlite() {
        "SELECT t.name, c.name, c.type, c.pk FROM sqlite_master t
         JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY t.name, c.cid"
    } else {
        "SELECT CAST(t.relname AS TEXT), CAST(c.attname AS TEXT),
         CAST(format_type(c.atttypid, NULL) AS TEXT),
         CAST(coalesce(array_position(CAST(i.indkey AS SMALLINT[]), c.attnum) + 1, 0) AS BIGINT)
         FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid
         LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
         WHERE t.relkind = 'r' AND t.relnamespace = to_regnamespace(current_schema())
         AND c.attnum > 0 AND NOT c.attisdropped
         ORDER BY CAST(t.relname AS TEXT) COLLATE \"C\", c.attnum"
    };
    let mut tables: Vec<Table> = Vec::new();
    let mut places = Vec::new();
    let rows = tx.query(sql, &[]).await?;
    for of_one in rows.chunk_by(|a, b| a.text(0).ok() == b.text(0).ok()) {
        let Some(first) = of_one.first() else { continue };
        let mut table = Table { name: first.text(0)?.to_owned(), columns: vec![], key: vec![] };
        places.clear();
        for row in of_one {
            let name = row.text(1)?.to_owned();
            if row.int(3)? > 0 {
                places.push((row.int(3)?, name.clone()));
            }
            table.columns.push((name, kind(row.text(2)?).to_owned()));
        }
        places.sort();
        table.key = places.drain(..).map(|(_, name)| name).collect();
        if table.name != NOTES {
            tables.push(table);
        }
    }
    Ok(tables)
}

/// An engine's own word for a column's type, as a migration writes it.
fn kind(word: &str) -> &str {
    match word {
        "bigint" | "INTEGER" => "BIGINT",
        "text" => "TEXT",
        "bytea" => "BYTEA",
        other => other,
    }
}

/// The rows of a table in the order of its primary key, a page at a time.
pub struct Pages {
    /// Reads the first page.
    first: String,
    /// Reads the page behind a row.
    next: String,
    /// Where in a row the columns of the key are.
    key: Vec<usize>,
    /// The key of the last row that was read.
    after: Option<Vec<Value>>,
}

impl Pages {
    /// Of the rows of a table that meet a condition, these columns. Those of the key must be among
    /// them.
    ///
    /// # Errors
    /// When they are not.
    pub fn new(table: &Table, columns: &[&str], condition: &str) -> Result<Self> {
        let Table { name, key: order, .. } = table;
        let place = |name: &String| columns.iter().position(|column| column == name);
        let key: Option<Vec<usize>> = order.iter().map(place).collect();
        let key = key.filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| Error::failed(format!("{name} has no key to read by")))?;
        let marks: Vec<String> = (1..=key.len()).map(|number| format!("${number}")).collect();
        let (columns, order, marks) = (columns.join(", "), order.join(", "), marks.join(", "));
        let page = |condition: &str| {
            format!(
                "SELECT {columns} FROM {name} WHERE {condition} ORDER BY {order} LIMIT {PAGE_ROWS}"
            )
        };
        let next = page(&format!("({order}) > ({marks}) AND {condition}"));
        Ok(Self { first: page(condition), next, key, after: None })
    }

    /// The next rows; none when all have been read.
    ///
    /// # Errors
    /// What the database says.
    pub async fn next(&mut self, tx: &mut Tx) -> Result<Vec<Row>> {
        let rows = match &self.after {
            None => tx.query(&self.first, &[]).await?,
            Some(after) => tx.query(&self.next, after).await?,
        };
        if let Some(last) = rows.last() {
            let value = |place: &usize| last.0.get(*place).cloned().unwrap_or(Value::Null);
            self.after = Some(self.key.iter().map(value).collect());
        }
        Ok(rows)
    }
}

/// How many rows of a table meet a condition.
///
/// # Errors
/// What the database says.
pub async fn count(tx: &mut Tx, table: &str, condition: &str) -> Result<u64> {
    let sql = format!("SELECT count(*) FROM {table} WHERE {condition}");
    let rows = tx.query(&sql, &[]).await?;
    let count = rows.first().map_or(Ok(0), |row| row.int(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}
