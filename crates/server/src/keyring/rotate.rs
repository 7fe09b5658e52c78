//! The master key's file: found again at the start, and changed for a new one.
//!
//! A change writes the new key beside the old one, seals everything anew in one transaction, which
//! also notes which key it was, and then renames. Whatever moment a crash comes at, the note tells
//! the next start which of the two files is the right one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use leasehold_store::sealed::{self, Kind};
use leasehold_store::{Error, ErrorKind, Result as StoreResult, Store, Tx, meta};

use super::{Keyring, MasterKey, purpose, sync_folder};

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Where the new key waits.
fn next_path(path: &Path) -> PathBuf {
    let mut next = path.as_os_str().to_owned();
    next.push(".next");
    PathBuf::from(next)
}

/// The master key of a database: read, or made with a new database; what a crash interrupted is
/// ended.
///
/// # Errors
/// A text for whoever starts the server.
pub async fn open(store: &Store, path: &Path) -> Result<Keyring, String> {
    let mut tx = store.read().await.map_err(text)?;
    let noted = meta::master_key(&mut tx).await.map_err(text)?;
    let secret = any_secret(&mut tx).await.map_err(text)?;
    drop(tx);
    let next = next_path(path);
    if let Some(waiting) = MasterKey::read(&next)? {
        if noted == Some(waiting.mark) {
            replace(&next, path)?;
        } else {
            std::fs::remove_file(&next).map_err(|error| format!("{}: {error}", next.display()))?;
        }
    }
    let key = match MasterKey::read(path)? {
        Some(key) => key,
        None if noted.is_none() && secret.is_none() => MasterKey::make(path)?,
        None => {
            return Err(format!(
                "master key {}: the file is missing, and the database holds secrets that were \
                 sealed with it; put it back",
                path.display()
            ));
        }
    };
    let opens = |(kind, sealed): (Kind, Vec<u8>)| key.open_sealed(purpose(kind), &sealed).is_some();
    let is_right = secret.is_none_or(opens)
        && match noted {
            Some(noted) => noted == key.mark,
            None => {
                let claimed = meta::until_no_conflict(|| claim(store, key.mark)).await;
                claimed.map_err(text)? == key.mark
            }
        };
    if !is_right {
        return Err(
            "the master key is not the one that this database's secrets were sealed with; \
                    put the right master.key into the data folder"
                .to_owned(),
        );
    }
    Ok(Keyring::of(key, Some(path.to_owned())))
}

/// The key that a new database gets, which is another server's if that came first.
async fn claim(store: &Store, mark: i64) -> StoreResult<i64> {
    let mut tx = store.write().await?;
    let noted = meta::claim_master_key(&mut tx, mark).await?;
    tx.commit().await?;
    Ok(noted)
}

async fn any_secret(tx: &mut Tx) -> StoreResult<Option<(Kind, Vec<u8>)>> {
    for kind in Kind::ALL {
        if let Some(sealed) = sealed::any(tx, kind).await? {
            return Ok(Some((kind, sealed)));
        }
    }
    Ok(None)
}

fn replace(next: &Path, path: &Path) -> Result<(), String> {
    std::fs::rename(next, path)
        .and_then(|()| sync_folder(path))
        .map_err(|error| format!("cannot replace {}: {error}", path.display()))
}

/// What was sealed a moment ago, sealed under the key that the database is sealed with in this
/// transaction, which is the one that stores it: the master key may have been changed in between.
///
/// # Errors
/// When another server has changed the master key; what the database says.
pub async fn settle(
    tx: &mut Tx,
    keyring: &Keyring,
    kind: Kind,
    sealed: Vec<u8>,
) -> StoreResult<Vec<u8>> {
    let failed = |text: &str| Error::new(ErrorKind::Failed, text);
    let Some(mark) = meta::master_key(tx).await? else { return Ok(sealed) };
    let keys = keyring.keys();
    let key = keys.iter().find(|key| key.mark == mark).ok_or_else(|| {
        failed("another server has changed the master key; give this one the new file, and restart")
    })?;
    if key.open_sealed(purpose(kind), &sealed).is_some() {
        return Ok(sealed);
    }
    let secret = keyring.open_sealed(purpose(kind), &sealed).map_err(|text| failed(&text))?;
    key.seal(purpose(kind), &secret).map_err(|text| failed(&text))
}

/// Makes a new master key and seals everything anew under it; returns how many secrets.
///
/// # Errors
/// A text for the administrator. The old key is in force then, unless the text says otherwise.
pub async fn rotate(store: &Store, keyring: &Keyring) -> Result<usize, String> {
    let _one_at_a_time = keyring.rotating.lock().await;
    let path = keyring.path.as_deref().ok_or("the master key is in no file")?;
    let old = keyring.keys().into_iter().next().ok_or("there is no master key")?;
    let next = next_path(path);
    // It may be the only copy of the key in force.
    if next.exists() {
        return Err(format!("an earlier change has left {}: restart first", next.display()));
    }
    let new = Arc::new(MasterKey::make(&next)?);
    // What others read or seal from now on may be under either.
    keyring.set(vec![Arc::clone(&old), Arc::clone(&new)]);
    let sealed = meta::until_no_conflict(|| seal_anew(store, &old, &new)).await;
    let is_in_force = match &sealed {
        Ok(_) => true,
        Err(error) => is_noted(store, new.mark).await.map_err(|again| {
            format!("{error}; then {again}; restart: the server finds out which key is right")
        })?,
    };
    if is_in_force {
        keyring.set(vec![new, old]);
        replace(&next, path)?;
    } else {
        keyring.set(vec![old]);
        std::fs::remove_file(&next).map_err(|error| format!("{}: {error}", next.display()))?;
    }
    sealed.map_err(|error| {
        let key = if is_in_force { "new" } else { "old" };
        format!("{error}; the {key} master key is in force")
    })
}

/// Whether a key is the one in force, after whatever was being committed is over.
async fn is_noted(store: &Store, mark: i64) -> StoreResult<bool> {
    let mut tx = store.write_alone().await?;
    Ok(meta::master_key(&mut tx).await? == Some(mark))
}

async fn seal_anew(store: &Store, old: &MasterKey, new: &MasterKey) -> StoreResult<usize> {
    let failed = |text: String| Error::new(ErrorKind::Failed, text);
    let mut tx = store.write_alone().await?;
    if meta::master_key(&mut tx).await?.is_some_and(|noted| noted != old.mark) {
        let text = "another server has changed the master key; give this one the new file";
        return Err(failed(text.to_owned()));
    }
    let mut count = 0;
    for kind in Kind::ALL {
        for (id, sealed) in sealed::all(&mut tx, kind).await? {
            let secret = old.open_sealed(purpose(kind), &sealed);
            let secret = secret.ok_or_else(|| failed(format!("{id} does not open")))?;
            let sealed = new.seal(purpose(kind), &secret).map_err(failed)?;
            sealed::replace(&mut tx, kind, &id, sealed).await?;
            count += 1;
        }
    }
    meta::note_master_key(&mut tx, new.mark).await?;
    tx.commit().await?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use leasehold_store::{Location, account};

    use super::*;

    async fn store(folder: &Path) -> Store {
        Store::open(&Location::Sqlite(folder.join("x.db"))).await.unwrap()
    }

    /// Stores a secret as an access key's, sealed by a keyring.
    async fn add(store: &Store, keyring: &Keyring, id: &str) {
        let sealed = keyring.seal(purpose(Kind::AccessKey), id.as_bytes()).unwrap();
        let mut tx = store.write().await.unwrap();
        let sealed_secret = settle(&mut tx, keyring, Kind::AccessKey, sealed).await.unwrap();
        let key = account::AccessKey {
            id: id.to_owned(),
            account: "1".to_owned(),
            user: None,
            sealed_secret,
            is_enabled: true,
            created_at_ms: 0,
        };
        account::insert_key(&mut tx, &key).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn check(store: &Store, keyring: &Keyring, count: usize) {
        let all = sealed::all(&mut store.read().await.unwrap(), Kind::AccessKey).await.unwrap();
        assert_eq!(all.len(), count);
        let key = keyring.keys()[0].clone();
        for (id, sealed) in all {
            assert_eq!(key.open_sealed(purpose(Kind::AccessKey), &sealed).unwrap(), id.as_bytes());
        }
    }

    #[tokio::test]
    async fn a_new_key_file_is_private_and_stays() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (store, path) = (store(folder.path()).await, folder.path().join("master.key"));
        let keyring = open(&store, &path).await.unwrap();
        add(&store, &keyring, "a").await;
        check(&store, &open(&store, &path).await.unwrap(), 1).await;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let key = std::fs::read(&path).unwrap();
        for wrong in ["short", &"00".repeat(32)] {
            std::fs::write(&path, wrong).unwrap();
            assert!(open(&store, &path).await.is_err(), "{wrong}");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(open(&store, &path).await.unwrap_err().contains("missing") && !path.exists());
        std::fs::write(&path, key).unwrap();
        open(&store, &path).await.unwrap();
    }

    /// Of servers that find the same database new, each with a key of its own.
    #[tokio::test]
    async fn the_key_that_comes_first_is_the_databases() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path()).await;
        assert_eq!(claim(&store, 1).await.unwrap(), 1);
        assert_eq!(claim(&store, 2).await.unwrap(), 1);
        assert_eq!(claim(&store, 1).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn everything_is_sealed_under_the_new_key() {
        let folder = tempfile::tempdir().unwrap();
        let (store, path) = (store(folder.path()).await, folder.path().join("master.key"));
        let keyring = open(&store, &path).await.unwrap();
        add(&store, &keyring, "a").await;
        let before = std::fs::read(&path).unwrap();
        assert_eq!(rotate(&store, &keyring).await, Ok(1));
        assert_ne!(std::fs::read(&path).unwrap(), before);
        assert!(!next_path(&path).exists());
        add(&store, &keyring, "b").await;
        check(&store, &keyring, 2).await;
        check(&store, &open(&store, &path).await.unwrap(), 2).await;
        assert_eq!(rotate(&store, &keyring).await, Ok(2));
        check(&store, &open(&store, &path).await.unwrap(), 2).await;
    }

    /// The new key's file may be the only copy of the key in force.
    #[tokio::test]
    async fn an_unfinished_change_is_ended_first() {
        let folder = tempfile::tempdir().unwrap();
        let (store, path) = (store(folder.path()).await, folder.path().join("master.key"));
        let keyring = open(&store, &path).await.unwrap();
        MasterKey::make(&next_path(&path)).unwrap();
        let before = std::fs::read(next_path(&path)).unwrap();
        assert!(rotate(&store, &keyring).await.unwrap_err().contains("restart"));
        assert_eq!(std::fs::read(next_path(&path)).unwrap(), before);
    }

    /// What cannot be sealed anew leaves everything as it was.
    #[tokio::test]
    async fn a_change_that_fails_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (store, path) = (store(folder.path()).await, folder.path().join("master.key"));
        let keyring = open(&store, &path).await.unwrap();
        add(&store, &keyring, "a").await;
        let mut tx = store.write().await.unwrap();
        sealed::replace(&mut tx, Kind::AccessKey, "a", vec![0; 40]).await.unwrap();
        tx.commit().await.unwrap();
        let before = std::fs::read(&path).unwrap();
        let text = rotate(&store, &keyring).await.unwrap_err();
        assert!(text.contains("the old master key is in force"), "{text}");
        assert!(std::fs::read(&path).unwrap() == before && !next_path(&path).exists());
        assert_eq!(keyring.keys().len(), 1);
    }

    /// Each moment that a crash may come at, as what it leaves behind.
    #[tokio::test]
    async fn a_crash_leaves_one_right_key() {
        let folder = tempfile::tempdir().unwrap();
        let (store, path) = (store(folder.path()).await, folder.path().join("master.key"));
        let keyring = open(&store, &path).await.unwrap();
        add(&store, &keyring, "a").await;
        let old = std::fs::read(&path).unwrap();
        // The new key is written, and not in force.
        MasterKey::make(&next_path(&path)).unwrap();
        check(&store, &open(&store, &path).await.unwrap(), 1).await;
        assert!(!next_path(&path).exists() && std::fs::read(&path).unwrap() == old);
        // It is in force, and not yet in its place.
        rotate(&store, &keyring).await.unwrap();
        std::fs::rename(&path, next_path(&path)).unwrap();
        std::fs::write(&path, &old).unwrap();
        check(&store, &open(&store, &path).await.unwrap(), 1).await;
        assert!(!next_path(&path).exists() && std::fs::read(&path).unwrap() != old);
        // The old file put back later is refused.
        std::fs::write(&path, &old).unwrap();
        assert!(open(&store, &path).await.is_err());
    }

    /// What was sealed just before is not left behind, and another server's key is noticed.
    #[tokio::test]
    async fn what_is_sealed_meanwhile_is_sealed_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (store, path) = (store(folder.path()).await, folder.path().join("master.key"));
        let keyring = open(&store, &path).await.unwrap();
        let other = open(&store, &path).await.unwrap();
        let kind = Kind::AccessKey;
        let early = keyring.seal(purpose(kind), b"a").unwrap();
        rotate(&store, &keyring).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let settled = settle(&mut tx, &keyring, kind, early.clone()).await.unwrap();
        assert!(keyring.keys()[0].open_sealed(purpose(kind), &settled).is_some());
        assert!(settle(&mut tx, &other, kind, early).await.is_err());
        drop(tx);
        assert!(rotate(&store, &other).await.unwrap_err().contains("another server"));
    }
}
