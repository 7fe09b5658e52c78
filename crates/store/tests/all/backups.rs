//! Backup files: made of either engine, and refused when they are not whole.

use std::path::Path;

use leasehold_store::backup::{make, restore};
use leasehold_store::{Access, ErrorKind, Location, Store};

use crate::copies::{dump, filled};
use crate::database::Database;

async fn a_backup_is_restored_as_it_was(database: &Database) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backup");
    let mut shop = filled(database).await;
    let beside = Store::open_to_read(&database.location, Access::Beside).await.unwrap();
    let made = make(&beside, &path, &mut ()).await.unwrap();
    assert_eq!((made.report.licenses, made.report.check_outs), (2, 8));
    let again = make(&beside, &path, &mut ()).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Refused);
    let usage = [shop.usage(1).await, shop.usage(2).await];
    let elsewhere = Database::sqlite();
    let stage = folder.path().join("stage");
    restore(&path, &elsewhere.location, &stage, true, &mut ()).await.unwrap();
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
    let mut other = crate::shop::Shop::open(&elsewhere).await;
    other.now_ms = shop.now_ms;
    assert_eq!([other.usage(1).await, other.usage(2).await], usage);
    let (one, two) = (dump(&beside).await, dump(&other.store).await);
    for table in ["license", "license_version", "license_grant", "consumption", "tag"] {
        assert_eq!(one[table], two[table], "{table}");
    }
}

/// Tries to restore; nothing may be left of it.
async fn refused(path: &Path, reason: &str) {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("leasehold.db");
    let to = Location::Sqlite(database.clone());
    let error = restore(path, &to, &folder.path().join("stage"), true, &mut ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(error.to_string().contains(reason), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_is_no_whole_backup_is_refused() {
    crate::database::on_sqlite(async |database: &Database| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        let shop = filled(database).await;
        make(&shop.store, &path, &mut ()).await.unwrap();
        let whole = std::fs::read(&path).unwrap();
        let check = async |bytes: &[u8], reason: &str| {
            let other = folder.path().join("other");
            std::fs::write(&other, bytes).unwrap();
            refused(&other, reason).await;
        };
        refused(&folder.path().join("none"), "No such file").await;
        check(b"", "too short").await;
        check(&whole[..whole.len() - 1], "does not end as one does").await;
        check(&whole[..whole.len() / 2], "does not end as one does").await;
        let mut changed = whole.clone();
        changed[whole.len() / 2] ^= 1;
        check(&changed, "checksum differs").await;
        changed = whole.clone();
        changed.truncate(whole.len() - 4096);
        changed.extend_from_slice(&whole[whole.len() - 92..]);
        check(&changed, "checksum differs").await;
    });
}

/// A backup that a newer program made is whole, and still not for this one.
#[test]
fn a_backup_of_a_newer_program_is_refused() {
    crate::database::on_sqlite(async |database: &Database| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        let shop = filled(database).await;
        let mut tx = shop.store.write().await.unwrap();
        tx.execute("UPDATE meta SET value = 1000 WHERE name = 'schema'", &[]).await.unwrap();
        tx.commit().await.unwrap();
        make(&shop.store, &path, &mut ()).await.unwrap();
        refused(&path, "written by a newer Leasehold").await;
        let beside = Store::open_to_read(&database.location, Access::Beside).await;
        assert!(beside.err().unwrap().to_string().contains("newer"));
    });
}

#[test]
fn a_database_that_a_server_has_is_no_target() {
    crate::database::on_sqlite(async |database: &Database| {
        let folder = tempfile::tempdir().unwrap();
        let (path, stage) = (folder.path().join("backup"), folder.path().join("stage"));
        let shop = filled(database).await;
        make(&shop.store, &path, &mut ()).await.unwrap();
        let to = &database.location;
        let held = restore(&path, to, &stage, true, &mut ()).await.unwrap_err();
        assert!(held.to_string().contains("another leasehold process"), "{held}");
        drop(shop);
        let full = restore(&path, to, &stage, true, &mut ()).await.unwrap_err();
        assert!(full.to_string().contains("not empty"), "{full}");
    });
}

on_both!(a_backup_is_restored_as_it_was);
