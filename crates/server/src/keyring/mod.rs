//! The master key and what it seals, and the stores of private keys.

#[cfg(feature = "aws-kms")]
pub mod aws;
pub mod crypto;
mod der;
mod find;
pub mod pkcs11;
pub mod software;
pub mod store;
pub mod workers;

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};

pub use find::find;
pub use store::KeyStores;

/// Bytes of a master key.
const KEY_LENGTH: usize = 32;
/// Bytes of a nonce, which stands before what is sealed.
const NONCE_LENGTH: usize = 12;

/// Seals secrets at rest with AES-256-GCM under the master key.
pub struct Keyring {
    key: RandomizedNonceKey,
    /// Where keys for one secret each come from.
    root: Prk,
}

impl std::fmt::Debug for Keyring {
    /// Prints nothing of the key.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keyring(…)")
    }
}

impl Keyring {
    /// Reads the master key from a file of 64 hexadecimal digits. Makes the file (mode 0600) if it
    /// is missing and `may_make` says that nothing has been sealed yet.
    ///
    /// # Errors
    /// A text for whoever starts the server.
    pub fn open(path: &Path, may_make: bool) -> Result<Self, String> {
        let fault = |what: &str| format!("master key {}: {what}", path.display());
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if !may_make {
                    return Err(fault(
                        "the file is missing, and the database holds secrets that were sealed with \
                         it; put it back",
                    ));
                }
                make(path).map_err(|error| fault(&error))?
            }
            Err(error) => return Err(fault(&error.to_string())),
        };
        let bytes = hex::decode(text.trim())
            .map_err(|_| fault("the file should hold 64 hexadecimal digits"))?;
        Self::new(&bytes).map_err(|error| fault(&error))
    }

    /// A keyring of this master key.
    ///
    /// # Errors
    /// When the key has not 32 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, String> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, bytes).map_err(|_| {
            format!("a master key has {KEY_LENGTH} bytes, this one {}", bytes.len())
        })?;
        let root = Salt::new(HKDF_SHA256, b"leasehold").extract(bytes);
        Ok(Self { key, root })
    }

    /// Seals a secret for one use; `purpose` must be the same to open it.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Result<Vec<u8>, String> {
        seal(&self.key, purpose, secret)
    }

    /// Seals a secret under a key of its own, that of `name`: for what is sealed so often that one
    /// key would meet its random nonces again.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn seal_apart(&self, purpose: &str, name: &str, secret: &[u8]) -> Result<Vec<u8>, String> {
        seal(&self.key_of(purpose, name)?, purpose, secret)
    }

    /// Opens what [`Keyring::seal_apart`] sealed.
    ///
    /// # Errors
    /// When it was sealed under another master key, for another purpose or name, or has been
    /// altered.
    pub fn open_apart(&self, purpose: &str, name: &str, sealed: &[u8]) -> Result<Vec<u8>, String> {
        open(&self.key_of(purpose, name)?, purpose, sealed)
    }

    fn key_of(&self, purpose: &str, name: &str) -> Result<RandomizedNonceKey, String> {
        let fault = |_| "a key could not be derived".to_owned();
        let info = [purpose.as_bytes(), &[0], name.as_bytes()];
        let derived = self.root.expand(&info, HKDF_SHA256).map_err(fault)?;
        let mut bytes = [0; KEY_LENGTH];
        derived.fill(&mut bytes).map_err(fault)?;
        RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(fault)
    }

    /// Opens what [`Keyring::seal`] sealed.
    ///
    /// # Errors
    /// When it was sealed under another master key or for another purpose, or has been altered.
    pub fn open_sealed(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, String> {
        open(&self.key, purpose, sealed)
    }
}

fn seal(key: &RandomizedNonceKey, purpose: &str, secret: &[u8]) -> Result<Vec<u8>, String> {
    let mut sealed = secret.to_vec();
    let nonce = key
        .seal_in_place_append_tag(Aad::from(purpose), &mut sealed)
        .map_err(|_| "a secret could not be sealed".to_owned())?;
    Ok([nonce.as_ref().as_slice(), &sealed].concat())
}

fn open(key: &RandomizedNonceKey, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, String> {
    let fault = || "a secret does not open with this master key".to_owned();
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LENGTH>().ok_or_else(fault)?;
    let mut opened = sealed.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let length =
        key.open_in_place(nonce, Aad::from(purpose), &mut opened).map_err(|_| fault())?.len();
    opened.truncate(length);
    Ok(opened)
}

fn make(path: &Path) -> Result<String, String> {
    let mut bytes = [0; KEY_LENGTH];
    getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
    let text = hex::encode(bytes);
    write_private(path, &format!("{text}\n"))?;
    Ok(text)
}

/// Writes a file that only its owner can read, whole or not at all.
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
        .and_then(|()| std::fs::rename(&draft, path));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
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

    #[test]
    fn a_new_key_file_is_private_and_stays() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let sealed = Keyring::open(&path, true).unwrap().seal("p", b"s").unwrap();
        assert_eq!(Keyring::open(&path, true).unwrap().open_sealed("p", &sealed).unwrap(), b"s");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "short").unwrap();
        assert!(Keyring::open(&path, true).is_err());
        let missing = folder.path().join("missing.key");
        assert!(Keyring::open(&missing, false).is_err() && !missing.exists());
    }
}
