//! Session tokens: a session, sealed. They need no table, and any server with the master key can
//! check them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leasehold_core::session::Session;

use crate::keyring::Keyring;

/// What sessions are sealed for.
const PURPOSE: &str = "session";
/// The form of what is sealed; another one will have another number.
const FORM: u8 = 1;
/// Characters of a session token that are read.
const LENGTH_MAX: usize = 32 << 10;

/// The session token of a session, good with the access key of this id alone.
///
/// # Errors
/// When the cryptographic library fails.
pub fn seal(keyring: &Keyring, key_id: &str, session: &Session) -> Result<String, String> {
    let text = serde_json::to_vec(session).map_err(|error| error.to_string())?;
    let sealed = keyring.seal_apart(PURPOSE, key_id, &text)?;
    Ok(STANDARD.encode([&[FORM], sealed.as_slice()].concat()))
}

/// The session of a session token; `None` for what this server, or another on its database, did
/// not give out with this access key.
pub fn open(keyring: &Keyring, key_id: &str, token: &str) -> Option<Session> {
    if token.len() > LENGTH_MAX {
        return None;
    }
    let bytes = STANDARD.decode(token).ok()?;
    let sealed = bytes.strip_prefix(&[FORM])?;
    let opened = keyring.open_apart(PURPOSE, key_id, sealed).ok()?;
    serde_json::from_slice(&opened).ok()
}

#[cfg(test)]
mod tests {
    use leasehold_core::session::Of;

    use super::*;

    fn session() -> Session {
        Session {
            account: "111122223333".to_owned(),
            secret: "secret".to_owned(),
            issued_at_ms: 1,
            expires_at_ms: 2,
            of: Of::Role("AROA".to_owned(), "name".to_owned()),
            policy: None,
            policy_arns: Vec::new(),
            tags: Vec::new(),
            transitive: Vec::new(),
            source_identity: None,
            web_identity: None,
        }
    }

    #[test]
    fn a_session_token_opens_with_its_key_and_unaltered_only() {
        let keyring = Keyring::new(&[7; 32]).unwrap();
        let token = seal(&keyring, "ASIA1", &session()).unwrap();
        assert_eq!(open(&keyring, "ASIA1", &token), Some(session()));
        assert_eq!(open(&keyring, "ASIA2", &token), None, "another key");
        assert_eq!(open(&Keyring::new(&[8; 32]).unwrap(), "ASIA1", &token), None);
        let bytes = STANDARD.decode(&token).unwrap();
        for index in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[index] ^= 1;
            assert_eq!(open(&keyring, "ASIA1", &STANDARD.encode(altered)), None, "{index}");
        }
        for bad in ["", "AQ==", "*", &"A".repeat(40_000)] {
            assert_eq!(open(&keyring, "ASIA1", bad), None);
        }
    }
}
