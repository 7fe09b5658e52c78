//! Which users are in which groups.

use leasehold_core::identity::Entity;

use super::{columns_of, read};
use crate::Tx;
use crate::error::Result;
use crate::organization::Page;

/// Puts a user into a group; once is enough.
///
/// # Errors
/// What the database says.
pub async fn add(tx: &mut Tx, group: &str, user: &str) -> Result<()> {
    let sql = "INSERT INTO iam_membership (group_id, user_id) VALUES ($1, $2)
               ON CONFLICT (group_id, user_id) DO NOTHING";
    tx.execute(sql, &[group.into(), user.into()]).await?;
    Ok(())
}

/// Takes a user out of a group; returns whether it was in.
///
/// # Errors
/// What the database says.
pub async fn remove(tx: &mut Tx, group: &str, user: &str) -> Result<bool> {
    let sql = "DELETE FROM iam_membership WHERE group_id = $1 AND user_id = $2";
    Ok(tx.execute(sql, &[group.into(), user.into()]).await? > 0)
}

/// The groups of a user, by name.
///
/// # Errors
/// What the database says.
pub async fn groups_of(tx: &mut Tx, user: &str, page: Page<'_>) -> Result<Vec<Entity>> {
    others(tx, ("user_id", "group_id"), user, page).await
}

/// The users of a group, by name.
///
/// # Errors
/// What the database says.
pub async fn users_of(tx: &mut Tx, group: &str, page: Page<'_>) -> Result<Vec<Entity>> {
    others(tx, ("group_id", "user_id"), group, page).await
}

async fn others(
    tx: &mut Tx,
    (this, other): (&str, &str),
    id: &str,
    page: Page<'_>,
) -> Result<Vec<Entity>> {
    let columns = columns_of("e");
    let sql = format!(
        "SELECT {columns} FROM iam_membership m JOIN iam_entity e ON e.id = m.{other}
         WHERE m.{this} = $1 AND e.name_key > $2 ORDER BY e.name_key LIMIT $3"
    );
    let values = [id.into(), page.after.into(), page.limit.into()];
    tx.query(&sql, &values).await?.iter().map(|row| read(row, 0)).collect()
}
