//! Keys that sign, and their aliases. Private halves pass through here as handles: sealed, or the
//! name of one that a store outside keeps.

use leasehold_core::key::{Key, State};

use crate::error::Result;
use crate::value::Row;
use crate::{Tx, Value};

/// A key with both halves, the private one by its handle.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The key.
    pub key: Key,
    /// Public half, a DER SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// Name of the store that keeps the private half.
    pub store: String,
    /// What that store finds it by.
    pub handle: Vec<u8>,
}

impl std::fmt::Debug for StoredKey {
    /// Prints nothing of the private half, not even sealed.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("StoredKey").field(&self.key.id).finish_non_exhaustive()
    }
}

/// A name for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// With its prefix.
    pub name: String,
    /// Id of the key.
    pub key_id: String,
    /// Creation, milliseconds.
    pub created_at_ms: i64,
    /// When it was last given to a key, milliseconds.
    pub updated_at_ms: i64,
}

/// Whose, and where.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Account.
    pub account: &'a str,
    /// Region.
    pub region: &'a str,
}

const COLUMNS: &str = "document, public_key, store, handle";

fn read(row: &Row) -> Result<StoredKey> {
    Ok(StoredKey {
        key: serde_json::from_str(row.text(0)?)?,
        public_key: row.bytes(1)?.to_vec(),
        store: row.text(2)?.to_owned(),
        handle: row.bytes(3)?.to_vec(),
    })
}

/// The key with this id.
///
/// # Errors
/// What the database says.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<StoredKey>> {
    let sql = format!("SELECT {COLUMNS} FROM kms_key WHERE id = $1");
    tx.query(&sql, &[id.into()]).await?.first().map(read).transpose()
}

/// The ids of an account's keys in a Region after this one, in order, but for those that are gone.
///
/// # Errors
/// What the database says.
pub async fn list(
    tx: &mut Tx,
    place: Place<'_>,
    after: &str,
    now_ms: i64,
    limit: i64,
) -> Result<Vec<String>> {
    let sql = "SELECT id FROM kms_key WHERE account = $1 AND region = $2 AND id > $3
               AND (deletes_at_ms IS NULL OR deletes_at_ms > $4) ORDER BY id LIMIT $5";
    let values =
        [place.account.into(), place.region.into(), after.into(), now_ms.into(), limit.into()];
    tx.query(sql, &values).await?.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

/// How many keys an account has in a Region.
///
/// # Errors
/// What the database says.
pub async fn count(tx: &mut Tx, place: Place<'_>) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM kms_key WHERE account = $1 AND region = $2";
    let rows = tx.query(sql, &[place.account.into(), place.region.into()]).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Stores a new key.
///
/// # Errors
/// What the database says.
pub async fn insert(tx: &mut Tx, stored: &StoredKey) -> Result<()> {
    let key = &stored.key;
    let sql = "INSERT INTO kms_key
               (id, account, region, deletes_at_ms, document, public_key, store, handle)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        key.id.as_str().into(),
        key.account.as_str().into(),
        key.region.as_str().into(),
        deletes_at_ms(key).into(),
        serde_json::to_string(key)?.into(),
        stored.public_key.clone().into(),
        stored.store.as_str().into(),
        stored.handle.clone().into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Stores what changed about a key: its state, its description, its policy.
///
/// # Errors
/// What the database says.
pub async fn save(tx: &mut Tx, key: &Key) -> Result<()> {
    let sql = "UPDATE kms_key SET deletes_at_ms = $2, document = $3 WHERE id = $1";
    let document = serde_json::to_string(key)?;
    tx.execute(sql, &[key.id.as_str().into(), deletes_at_ms(key).into(), document.into()]).await?;
    Ok(())
}

fn deletes_at_ms(key: &Key) -> Option<i64> {
    match key.state {
        State::PendingDeletion(at_ms) => Some(at_ms),
        State::Enabled | State::Disabled => None,
    }
}

/// Some keys whose deletion is due.
///
/// # Errors
/// What the database says.
pub async fn due(tx: &mut Tx, now_ms: i64, limit: i64) -> Result<Vec<StoredKey>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM kms_key WHERE deletes_at_ms <= $1 ORDER BY deletes_at_ms LIMIT $2"
    );
    tx.query(&sql, &[now_ms.into(), limit.into()]).await?.iter().map(read).collect()
}

/// Removes a key, with its aliases and tags.
///
/// # Errors
/// What the database says.
pub async fn delete(tx: &mut Tx, key: &Key) -> Result<()> {
    let id: [Value; 1] = [key.id.as_str().into()];
    tx.execute("DELETE FROM kms_alias WHERE key_id = $1", &id).await?;
    tx.execute("DELETE FROM tag WHERE resource = $1", &[key.arn().into()]).await?;
    tx.execute("DELETE FROM kms_key WHERE id = $1", &id).await?;
    Ok(())
}

const ALIAS_COLUMNS: &str = "account, region, name, key_id, created_at_ms, updated_at_ms";

fn read_alias(row: &Row) -> Result<Alias> {
    Ok(Alias {
        account: row.text(0)?.to_owned(),
        region: row.text(1)?.to_owned(),
        name: row.text(2)?.to_owned(),
        key_id: row.text(3)?.to_owned(),
        created_at_ms: row.int(4)?,
        updated_at_ms: row.int(5)?,
    })
}

/// The alias of this name.
///
/// # Errors
/// What the database says.
pub async fn find_alias(tx: &mut Tx, place: Place<'_>, name: &str) -> Result<Option<Alias>> {
    let sql = format!(
        "SELECT {ALIAS_COLUMNS} FROM kms_alias WHERE account = $1 AND region = $2 AND name = $3"
    );
    let values = [place.account.into(), place.region.into(), name.into()];
    tx.query(&sql, &values).await?.first().map(read_alias).transpose()
}

/// The aliases of an account in a Region, or of one key, after this name, in order.
///
/// # Errors
/// What the database says.
pub async fn aliases(
    tx: &mut Tx,
    place: Place<'_>,
    key_id: Option<&str>,
    after: &str,
    limit: i64,
) -> Result<Vec<Alias>> {
    let condition = if key_id.is_some() { "AND key_id = $5" } else { "" };
    let sql = format!(
        "SELECT {ALIAS_COLUMNS} FROM kms_alias WHERE account = $1 AND region = $2 AND name > $3
         {condition} ORDER BY name LIMIT $4"
    );
    let mut values: Vec<Value> =
        vec![place.account.into(), place.region.into(), after.into(), limit.into()];
    values.extend(key_id.map(Value::from));
    tx.query(&sql, &values).await?.iter().map(read_alias).collect()
}

/// How many aliases a key has.
///
/// # Errors
/// What the database says.
pub async fn count_aliases(tx: &mut Tx, key_id: &str) -> Result<i64> {
    let rows =
        tx.query("SELECT COUNT(*) FROM kms_alias WHERE key_id = $1", &[key_id.into()]).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Stores an alias, new or given to another key.
///
/// # Errors
/// What the database says.
pub async fn save_alias(tx: &mut Tx, alias: &Alias) -> Result<()> {
    let sql = format!(
        "INSERT INTO kms_alias ({ALIAS_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account, region, name) DO UPDATE SET key_id = EXCLUDED.key_id,
         updated_at_ms = EXCLUDED.updated_at_ms"
    );
    let values = [
        alias.account.as_str().into(),
        alias.region.as_str().into(),
        alias.name.as_str().into(),
        alias.key_id.as_str().into(),
        alias.created_at_ms.into(),
        alias.updated_at_ms.into(),
    ];
    tx.execute(&sql, &values).await?;
    Ok(())
}

/// Removes an alias; returns whether there was one of this name.
///
/// # Errors
/// What the database says.
pub async fn delete_alias(tx: &mut Tx, place: Place<'_>, name: &str) -> Result<bool> {
    let sql = "DELETE FROM kms_alias WHERE account = $1 AND region = $2 AND name = $3";
    let values = [place.account.into(), place.region.into(), name.into()];
    Ok(tx.execute(sql, &values).await? > 0)
}
