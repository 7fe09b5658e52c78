//! The master key and what it seals, and the stores of private keys.

#[cfg(feature = "aws-kms")]
pub mod aws;
pub mod crypto;
mod der;
mod find;
pub mod pkcs11;
mod rotate;
pub mod software;
pub mod store;
pub mod workers;

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use leasehold_store::sealed::Kind;
use sha2::{Digest, Sha256};

pub use find::find;
pub use rotate::{open, rotate, settle};
pub use store::KeyStores;

/// Bytes of a master key.
const KEY_LENGTH: usize = 32;
/// Bytes of a nonce, which stands before what is sealed.
const NONCE_LENGTH: usize = 12;

/// What a secret says that was sealed otherwise.
const DOES_NOT_OPEN: &str = "a secret does not open with this master key";

/// A master key, with the number that the database knows it by.
struct MasterKey {
    key: RandomizedNonceKey,
    /// Where keys for one secret each come from.
    root: Prk,
    mark: i64,
}

/// Seals secrets at rest with AES-256-GCM under the master key.
pub struct Keyring {
    /// The one in force first; behind it one that is about to be, or has been.
    keys: RwLock<Vec<Arc<MasterKey>>>,
    /// The file that the one in force is in.
    path: Option<PathBuf>,
    /// Held while the master key is being changed.
    rotating: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Keyring {
    /// Prints nothing of the key.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keyring(…)")
    }
}

/// What secrets of a kind are sealed for.
pub fn purpose(kind: Kind) -> &'static str {
    match kind {
        Kind::AccessKey => "access-key",
        Kind::SigningKey | Kind::IssuerKey => "signing-key",
    }
}

impl MasterKey {
    fn new(bytes: &[u8]) -> Result<Self, String> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, bytes).map_err(|_| {
            format!("a master key has {KEY_LENGTH} bytes, this one {}", bytes.len())
        })?;
        // A hash of 256 random bits tells nothing about them.
        let digest = Sha256::new().chain_update("leasehold master key").chain_update(bytes);
        let mut mark = [0; 8];
        mark.iter_mut().zip(digest.finalize()).for_each(|(to, from)| *to = from);
        let root = Salt::new(HKDF_SHA256, b"leasehold").extract(bytes);
        Ok(Self { key, root, mark: i64::from_be_bytes(mark) })
    }

    /// Reads one from a file of 64 hexadecimal digits; none if there is no file.
    fn read(path: &Path) -> Result<Option<Self>, String> {
        let fault = |what: &str| format!("master key {}: {what}", path.display());
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault(&error.to_string())),
        };
        let bytes = hex::decode(text.trim())
            .map_err(|_| fault("the file should hold 64 hexadecimal digits"))?;
        Self::new(&bytes).map(Some).map_err(|error| fault(&error))
    }

    /// Makes one, in a file.
    fn make(path: &Path) -> Result<Self, String> {
        let mut bytes = [0; KEY_LENGTH];
        getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
        write_private(path, &format!("{}\n", hex::encode(bytes)))?;
        Self::new(&bytes)
    }

    fn seal(&self, purpose: &str, secret: &[u8]) -> Result<Vec<u8>, String> {
        seal(&self.key, purpose, secret)
    }

    fn open_sealed(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        open_sealed(&self.key, purpose, sealed)
    }

    /// The key of a name, for secrets that are sealed apart.
    fn key_of(&self, purpose: &str, name: &str) -> Result<RandomizedNonceKey, String> {
        let fault = |_| "a key could not be derived".to_owned();
        let info = [purpose.as_bytes(), &[0], name.as_bytes()];
        let derived = self.root.expand(&info, HKDF_SHA256).map_err(fault)?;
        let mut bytes = [0; KEY_LENGTH];
        derived.fill(&mut bytes).map_err(fault)?;
        RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(fault)
    }
}

fn seal(key: &RandomizedNonceKey, purpose: &str, secret: &[u8]) -> Result<Vec<u8>, String> {
    let mut sealed = secret.to_vec();
    let nonce = key
        .seal_in_place_append_tag(Aad::from(purpose), &mut sealed)
        .map_err(|_| "a secret could not be sealed".to_owned())?;
    Ok([nonce.as_ref().as_slice(), &sealed].concat())
}

fn open_sealed(key: &RandomizedNonceKey, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
    let mut opened = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let length = key.open_in_place(nonce, Aad::from(purpose), &mut opened).ok()?.len();
    opened.truncate(length);
    Some(opened)
}

impl Keyring {
    /// A keyring of this master key.
    ///
    /// # Errors
    /// When the key has not 32 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, String> {
        Ok(Self::of(MasterKey::new(bytes)?, None))
    }

    fn of(key: MasterKey, path: Option<PathBuf>) -> Self {
        let keys = RwLock::new(vec![Arc::new(key)]);
        Self { keys, path, rotating: tokio::sync::Mutex::default() }
    }

    fn keys(&self) -> Vec<Arc<MasterKey>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, keys: Vec<Arc<MasterKey>>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// Seals a secret for one use; `purpose` must be the same to open it.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Result<Vec<u8>, String> {
        let keys = self.keys();
        keys.first().ok_or("there is no master key")?.seal(purpose, secret)
    }

    /// Opens what [`Keyring::seal`] sealed.
    ///
    /// # Errors
    /// When it was sealed under another master key or for another purpose, or has been altered.
    pub fn open_sealed(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, String> {
        let opened = self.keys().iter().find_map(|key| key.open_sealed(purpose, sealed));
        opened.ok_or_else(|| DOES_NOT_OPEN.to_owned())
    }

    /// Seals a secret under a key of its own, that of `name`: for what is sealed so often that one
    /// key would meet its random nonces again.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn seal_apart(&self, purpose: &str, name: &str, secret: &[u8]) -> Result<Vec<u8>, String> {
        let keys = self.keys();
        let key = keys.first().ok_or("there is no master key")?;
        seal(&key.key_of(purpose, name)?, purpose, secret)
    }

    /// Opens what [`Keyring::seal_apart`] sealed.
    ///
    /// # Errors
    /// When it was sealed under another master key, for another purpose or name, or has been
    /// altered.
    pub fn open_apart(&self, purpose: &str, name: &str, sealed: &[u8]) -> Result<Vec<u8>, String> {
        let open =
            |key: &Arc<MasterKey>| open_sealed(&key.key_of(purpose, name).ok()?, purpose, sealed);
        self.keys().iter().find_map(open).ok_or_else(|| DOES_NOT_OPEN.to_owned())
    }
}

/// Writes a file that only its owner can read, whole or not at all, and for good.
///
/// # Errors
/// The system's text.
pub fn write_private(path: &Path, text: &str) -> Result<(), String> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&draft, path))
        .and_then(|()| sync_folder(path));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Makes the names in a file's folder durable.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_key_and_purpose_only() {
        let keyring = Keyring::new(&[7; KEY_LENGTH]).unwrap();
        let sealed = keyring.seal("access-key", b"secret").unwrap();
        assert_eq!(keyring.open_sealed("access-key", &sealed).unwrap(), b"secret");
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert!(keyring.open_sealed("other", &sealed).is_err());
        let other = Keyring::new(&[8; KEY_LENGTH]).unwrap();
        assert!(other.open_sealed("access-key", &sealed).is_err());
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert!(keyring.open_sealed("access-key", &altered).is_err());
        }
        assert!(keyring.open_sealed("access-key", &sealed[..5]).is_err());
    }

    #[test]
    fn what_is_sealed_apart_opens_under_its_name_only() {
        let keyring = Keyring::new(&[7; KEY_LENGTH]).unwrap();
        let sealed = keyring.seal_apart("session", "a", b"secret").unwrap();
        assert_eq!(keyring.open_apart("session", "a", &sealed).unwrap(), b"secret");
        assert!(keyring.open_apart("session", "b", &sealed).is_err());
        assert!(keyring.open_apart("other", "a", &sealed).is_err());
        assert!(keyring.open_sealed("session", &sealed).is_err());
        let other = Keyring::new(&[8; KEY_LENGTH]).unwrap();
        assert!(other.open_apart("session", "a", &sealed).is_err());
    }
}
