//! `leasehold backup`, `restore`, `check` and `migrate`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use leasehold_store::backup::{self, Outcome};
use leasehold_store::check::{self, Report};
use leasehold_store::{Access, Location, Store};

use super::block_on;
use super::out::say;
use super::progress::Progress;
use crate::config::{DataFlags, Place, settle_place};

/// Of what to make a backup, and where.
#[derive(Args)]
pub struct BackupFlags {
    #[command(flatten)]
    place: DataFlags,
    /// File to make
    file: PathBuf,
}

/// What to restore, and where.
#[derive(Args)]
pub struct RestoreFlags {
    #[command(flatten)]
    place: DataFlags,
    /// A backup
    file: PathBuf,
    /// Restore also what differs from its recount
    #[arg(long)]
    keep_differences: bool,
}

/// From where to where everything goes.
#[derive(Args)]
pub struct MigrateFlags {
    /// SQLite file, or URL of a PostgreSQL database, that no server has
    #[arg(long, value_name = "PATH|URL")]
    from: String,
    /// The same, without anything in it
    #[arg(long, value_name = "PATH|URL")]
    to: String,
}

/// Makes a backup of a database, whether a server has it or not.
pub fn backup(flags: &BackupFlags) -> Result<ExitCode, String> {
    let place = settle_place(&flags.place)?;
    let outcome = block_on(async {
        let from = open(&place.database, Access::Beside).await?;
        backup::make(&from, &flags.file, &mut Progress::new()).await.map_err(text)
    })?;
    say!("{} has {} rows", flags.file.display(), outcome.rows);
    print_report(&outcome.report);
    say!(
        "its secrets are sealed under the master key, which is not in it: keep {} apart",
        place.master_key().display()
    );
    Ok(exit(&outcome.report))
}

/// Restores a backup into an empty database.
pub fn restore(flags: &RestoreFlags) -> Result<ExitCode, String> {
    let place = settle_place(&flags.place)?;
    super::serve::make_data_folder(&place.data)?;
    let Place { data, database } = &place;
    let outcome = block_on(async {
        let beside = data.join("restore");
        let mut progress = Progress::new();
        let kept = flags.keep_differences;
        backup::restore(&flags.file, database, &beside, kept, &mut progress).await.map_err(text)
    })?;
    finish(&outcome, flags.keep_differences)?;
    say!(
        "to open its secrets, put the master key of that time at {}",
        place.master_key().display()
    );
    Ok(exit(&outcome.report))
}

/// Copies everything from a database into an empty one.
pub fn migrate(flags: &MigrateFlags) -> Result<ExitCode, String> {
    let (from, to) = (Location::parse(&flags.from), Location::parse(&flags.to));
    let outcome = block_on(async {
        let from = open(&from, Access::Alone).await?;
        let to = Store::open_empty(&to).await.map_err(text)?;
        backup::transfer(&from, &to, false, &mut Progress::new()).await.map_err(text)
    })?;
    finish(&outcome, false)?;
    say!("its secrets are sealed under the same master key as before");
    Ok(exit(&outcome.report))
}

/// Counts every pool anew from its check-outs and looks at everything that is always true.
pub fn check(flags: &DataFlags) -> Result<ExitCode, String> {
    let place = settle_place(flags)?;
    let report = block_on(async {
        let store = open(&place.database, Access::Beside).await?;
        let mut tx = store.read().await.map_err(text)?;
        check::check(&mut tx, &mut Progress::new()).await.map_err(text)
    })?;
    print_report(&report);
    Ok(exit(&report))
}

async fn open(location: &Location, access: Access) -> Result<Store, String> {
    if let Location::Sqlite(path) = location
        && !path.exists()
    {
        return Err(format!("there is no database {}; is --data right?", path.display()));
    }
    Store::open_to_read(location, access).await.map_err(text)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn exit(report: &Report) -> ExitCode {
    if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Says what was copied, or why it was not.
fn finish(outcome: &Outcome, keeps_differences: bool) -> Result<(), String> {
    print_report(&outcome.report);
    if !outcome.report.is_clean() && !keeps_differences {
        return Err("nothing was written, because of these differences".to_owned());
    }
    say!("{} rows were copied", outcome.rows);
    Ok(())
}

fn print_report(report: &Report) {
    for difference in &report.differences {
        say!("{difference}");
    }
    let Report { licenses, check_outs, total, .. } = report;
    say!("{licenses} licenses and {check_outs} check-outs were recounted: {total} differences");
}
