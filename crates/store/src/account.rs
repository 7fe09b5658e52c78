//! Accounts and their access keys. Secrets pass through here sealed.

use crate::error::Result;
use crate::value::Row;
use crate::{Tx, Value};

/// An account of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// Free text.
    pub name: String,
    /// Creation, milliseconds.
    pub created_at_ms: i64,
}

/// An access key of an account's root or of one of its users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// Key id, `AKIA…`.
    pub id: String,
    /// Account.
    pub account: String,
    /// Id of the user whose key it is; `None` for the account's root.
    pub user: Option<String>,
    /// Secret, sealed under the master key.
    pub sealed_secret: Vec<u8>,
    /// Whether it may be used.
    pub is_enabled: bool,
    /// Creation, milliseconds.
    pub created_at_ms: i64,
}

/// All accounts, by id.
///
/// # Errors
/// What the database says.
pub async fn list(tx: &mut Tx) -> Result<Vec<Account>> {
    let rows = tx.query("SELECT id, name, created_at_ms FROM account ORDER BY id", &[]).await?;
    rows.iter().map(read_account).collect()
}

/// The account with this id.
///
/// # Errors
/// What the database says.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Account>> {
    let sql = "SELECT id, name, created_at_ms FROM account WHERE id = $1";
    let rows = tx.query(sql, &[id.into()]).await?;
    rows.first().map(read_account).transpose()
}

fn read_account(row: &Row) -> Result<Account> {
    Ok(Account {
        id: row.text(0)?.to_owned(),
        name: row.text(1)?.to_owned(),
        created_at_ms: row.int(2)?,
    })
}

/// Stores a new account.
///
/// # Errors
/// What the database says; a conflict if there is one with this id.
pub async fn insert(tx: &mut Tx, account: &Account) -> Result<()> {
    let sql = "INSERT INTO account (id, name, created_at_ms) VALUES ($1, $2, $3)";
    let values =
        [account.id.as_str().into(), account.name.as_str().into(), account.created_at_ms.into()];
    tx.execute(sql, &values).await?;
    Ok(())
}

const KEY_COLUMNS: &str = "id, account, user_id, sealed_secret, is_enabled, created_at_ms";

/// The keys of one account, or of all, oldest first.
///
/// # Errors
/// What the database says.
pub async fn keys(tx: &mut Tx, account: Option<&str>) -> Result<Vec<AccessKey>> {
    let condition = if account.is_some() { "WHERE account = $1" } else { "" };
    let sql = format!(
        "SELECT {KEY_COLUMNS} FROM access_key {condition} ORDER BY account, created_at_ms, id"
    );
    let values: Vec<Value> = account.into_iter().map(Value::from).collect();
    tx.query(&sql, &values).await?.iter().map(read_key).collect()
}

/// The keys of one user of an account, or of its root, oldest first.
///
/// # Errors
/// What the database says.
pub async fn keys_of(tx: &mut Tx, account: &str, user: Option<&str>) -> Result<Vec<AccessKey>> {
    let mut values = vec![Value::from(account)];
    let condition = match user {
        Some(user) => {
            values.push(user.into());
            "user_id = $2"
        }
        None => "user_id IS NULL",
    };
    let sql = format!(
        "SELECT {KEY_COLUMNS} FROM access_key WHERE account = $1 AND {condition}
         ORDER BY created_at_ms, id"
    );
    tx.query(&sql, &values).await?.iter().map(read_key).collect()
}

/// The key with this id.
///
/// # Errors
/// What the database says.
pub async fn find_key(tx: &mut Tx, id: &str) -> Result<Option<AccessKey>> {
    let sql = format!("SELECT {KEY_COLUMNS} FROM access_key WHERE id = $1");
    tx.query(&sql, &[id.into()]).await?.first().map(read_key).transpose()
}

fn read_key(row: &Row) -> Result<AccessKey> {
    Ok(AccessKey {
        id: row.text(0)?.to_owned(),
        account: row.text(1)?.to_owned(),
        user: row.text_or_null(2)?.map(str::to_owned),
        sealed_secret: row.bytes(3)?.to_vec(),
        is_enabled: row.int(4)? != 0,
        created_at_ms: row.int(5)?,
    })
}

/// Stores a new key.
///
/// # Errors
/// What the database says.
pub async fn insert_key(tx: &mut Tx, key: &AccessKey) -> Result<()> {
    let sql = format!("INSERT INTO access_key ({KEY_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)");
    let values = [
        Value::Text(key.id.clone()),
        Value::Text(key.account.clone()),
        key.user.clone().into(),
        Value::Bytes(key.sealed_secret.clone()),
        Value::Int(i64::from(key.is_enabled)),
        Value::Int(key.created_at_ms),
    ];
    tx.execute(&sql, &values).await?;
    Ok(())
}

/// Enables or disables a key; returns whether there is one with this id.
///
/// # Errors
/// What the database says.
pub async fn enable_key(tx: &mut Tx, id: &str, is_enabled: bool) -> Result<bool> {
    let sql = "UPDATE access_key SET is_enabled = $2 WHERE id = $1";
    Ok(tx.execute(sql, &[id.into(), i64::from(is_enabled).into()]).await? > 0)
}

/// Deletes a key; returns whether there was one with this id.
///
/// # Errors
/// What the database says.
pub async fn delete_key(tx: &mut Tx, id: &str) -> Result<bool> {
    tx.execute("DELETE FROM access_key_use WHERE key = $1", &[id.into()]).await?;
    Ok(tx.execute("DELETE FROM access_key WHERE id = $1", &[id.into()]).await? > 0)
}

/// When a key was used last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The key.
    pub key: String,
    /// When, milliseconds.
    pub at_ms: i64,
    /// Region that was called.
    pub region: String,
    /// Service that was called.
    pub service: String,
}

/// The last use of a key that is written down.
///
/// # Errors
/// What the database says.
pub async fn last_use(tx: &mut Tx, key: &str) -> Result<Option<KeyUse>> {
    let sql = "SELECT key, at_ms, region, service FROM access_key_use WHERE key = $1";
    let rows = tx.query(sql, &[key.into()]).await?;
    let read = |row: &Row| {
        Ok(KeyUse {
            key: row.text(0)?.to_owned(),
            at_ms: row.int(1)?,
            region: row.text(2)?.to_owned(),
            service: row.text(3)?.to_owned(),
        })
    };
    rows.first().map(read).transpose()
}

/// Writes down the use of a key that is still there, unless a later one is.
///
/// # Errors
/// What the database says.
pub async fn save_use(tx: &mut Tx, used: &KeyUse) -> Result<()> {
    let sql = "INSERT INTO access_key_use (key, at_ms, region, service)
               SELECT id, CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS TEXT)
               FROM access_key WHERE id = $1
               ON CONFLICT (key) DO UPDATE
               SET at_ms = EXCLUDED.at_ms, region = EXCLUDED.region, service = EXCLUDED.service
               WHERE EXCLUDED.at_ms > access_key_use.at_ms";
    let values = [
        used.key.as_str().into(),
        used.at_ms.into(),
        used.region.as_str().into(),
        used.service.as_str().into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// The account's alias.
///
/// # Errors
/// What the database says.
pub async fn alias(tx: &mut Tx, account: &str) -> Result<Option<String>> {
    let rows = tx.query("SELECT alias FROM account WHERE id = $1", &[account.into()]).await?;
    let found = rows.first().map(|row| row.text_or_null(0)).transpose()?;
    Ok(found.flatten().map(str::to_owned))
}

/// The account that has this alias.
///
/// # Errors
/// What the database says.
pub async fn of_alias(tx: &mut Tx, alias: &str) -> Result<Option<String>> {
    let rows = tx.query("SELECT id FROM account WHERE alias = $1", &[alias.into()]).await?;
    rows.first().map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

/// Gives an account an alias, or takes it away.
///
/// # Errors
/// What the database says; a conflict if another account has it.
pub async fn set_alias(tx: &mut Tx, account: &str, alias: Option<&str>) -> Result<()> {
    let sql = "UPDATE account SET alias = $2 WHERE id = $1";
    tx.execute(sql, &[account.into(), alias.into()]).await?;
    Ok(())
}

/// Which revision of its users and policies an account is at; 0 where there is no account.
///
/// # Errors
/// What the database says.
pub async fn iam_revision(tx: &mut Tx, account: &str) -> Result<i64> {
    let rows =
        tx.query("SELECT iam_revision FROM account WHERE id = $1", &[account.into()]).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Counts on the revision of an account's users and policies: something about them changes.
///
/// # Errors
/// What the database says.
pub async fn count_iam_revision(tx: &mut Tx, account: &str) -> Result<()> {
    let sql = "UPDATE account SET iam_revision = iam_revision + 1 WHERE id = $1";
    tx.execute(sql, &[account.into()]).await?;
    Ok(())
}
