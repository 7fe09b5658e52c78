//! License Manager's settings of an account in a Region.

use leasehold_core::settings::Settings;

use crate::Tx;
use crate::error::Result;

/// The settings; what nobody has set is as [`Settings::default`] has it.
///
/// # Errors
/// What the database says.
pub async fn find(tx: &mut Tx, account: &str, region: &str) -> Result<Settings> {
    let sql = "SELECT document FROM service_settings WHERE account = $1 AND region = $2";
    let rows = tx.query(sql, &[account.into(), region.into()]).await?;
    rows.first()
        .map_or_else(|| Ok(Settings::default()), |row| Ok(serde_json::from_str(row.text(0)?)?))
}

/// Stores the settings.
///
/// # Errors
/// What the database says.
pub async fn save(tx: &mut Tx, account: &str, region: &str, settings: &Settings) -> Result<()> {
    let sql = "INSERT INTO service_settings (account, region, document) VALUES ($1, $2, $3)
               ON CONFLICT (account, region) DO UPDATE SET document = EXCLUDED.document";
    let document = serde_json::to_string(settings)?;
    tx.execute(sql, &[account.into(), region.into(), document.into()]).await?;
    Ok(())
}
