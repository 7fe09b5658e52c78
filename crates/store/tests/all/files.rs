//! SQLite files that cannot be opened as they are.

use std::fs;
use std::os::unix::fs::{FileExt as _, symlink};
use std::path::{Path, PathBuf};

use leasehold_store::{Error, ErrorKind, Location, Store};

use crate::database::{Database, on_sqlite, run};
use crate::shop::{Shop, add, example};

/// Size of a page of SQLite.
const PAGE: u64 = 4096;

async fn refusal(path: &Path) -> Error {
    let opened = Store::open(&Location::Sqlite(path.to_owned())).await;
    let error = opened.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
    error
}

#[test]
fn a_second_server_is_refused() {
    on_sqlite(async |database| {
        let path = database.path();
        let store = database.open().await;
        let text = refusal(&path).await.to_string();
        assert!(text.contains("another leasehold process"), "{text}");
        // The first one does not notice.
        add(&store, &example(1), 0).await;
        // By any name that the file has.
        let other = database.folder().join("other.db");
        symlink(&path, &other).unwrap();
        let error = Store::open(&Location::Sqlite(other)).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
        drop(store);
        database.open().await;
    });
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let check = async |name: &str, content: &[u8], reason: &str| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            let text = refusal(&path).await.to_string();
            assert!(text.contains(reason), "{text}");
            assert_eq!(fs::read(&path).unwrap(), content, "it is left as it was");
        };
        check("letter", "Dear Sir or Madam, ".repeat(400).as_bytes(), "not a database").await;
        check("zeros", &[0; 8192], "not a database").await;
        fs::create_dir(folder.path().join("folder")).unwrap();
        refusal(&folder.path().join("folder")).await;
        refusal(&folder.path().join("absent/leasehold.db")).await;
        // A new file may be empty.
        fs::write(folder.path().join("empty"), "").unwrap();
        Store::open(&Location::Sqlite(folder.path().join("empty"))).await.unwrap();
    });
}

/// A database of a hundred pages or so, copied while it is whole.
async fn big_copy(database: &Database) -> PathBuf {
    let mut shop = Shop::stocked(database).await;
    let mut license = example(2);
    license.terms.license_name = "x".repeat(400_000);
    add(&shop.store, &license, shop.now_ms).await;
    shop.hold(1).await;
    shop.store.checkpoint().await.unwrap();
    let copy = database.folder().join("copy.db");
    fs::copy(database.path(), &copy).unwrap();
    copy
}

#[test]
fn a_damaged_file_is_refused() {
    on_sqlite(async |database| {
        let copy = big_copy(database).await;
        let whole = fs::read(&copy).unwrap();
        let pages = u64::try_from(whole.len()).unwrap() / PAGE;
        assert!(pages > 60, "{pages}");
        Store::open(&Location::Sqlite(copy.clone())).await.unwrap();
        let mut found = 0;
        for page in 1..pages {
            let path = database.folder().join(format!("damaged {page}.db"));
            fs::write(&path, &whole).unwrap();
            let file = fs::File::options().write(true).open(&path).unwrap();
            file.write_all_at(&[0xa5; 512], page * PAGE).unwrap();
            // The content of a long text has no redundancy: only pages with structure tell.
            let opened = Store::open(&Location::Sqlite(path.clone())).await;
            if let Err(error) = opened {
                assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
                let text = error.to_string();
                assert!(text.contains("is damaged") || text.contains("malformed"), "{text}");
                assert!(text.contains(&*path.to_string_lossy()), "{text}");
                found += 1;
            }
        }
        assert!(found > 15, "only {found} damaged pages were noticed");
        fs::write(&copy, &whole[..whole.len() / 2]).unwrap();
        let text = refusal(&copy).await.to_string();
        assert!(text.contains("malformed") || text.contains("is damaged"), "{text}");
    });
}

/// Tables of another program under our names.
#[test]
fn a_database_of_another_program_is_not_touched() {
    on_sqlite(async |database| {
        let connection = rusqlite::Connection::open(database.path()).unwrap();
        connection.execute_batch("CREATE TABLE license (plate TEXT)").unwrap();
        let opened = Store::open(&database.location).await;
        assert!(opened.is_err());
        let sql = "SELECT group_concat(name) FROM sqlite_master";
        let tables: String = connection.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(tables, "license");
    });
}
