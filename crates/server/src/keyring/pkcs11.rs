//! Keys in a token (an HSM, a smart card, SoftHSM) behind PKCS #11: made inside, and never outside.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11 as Module};
use cryptoki::error::Error;
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use leasehold_core::key::{KeySpec, SigningAlgorithm};

use super::crypto::{ec_public_key, rsa_public_key};
use super::der::{digest_info, ecdsa_signature, octets};
use super::store::{Fault, KeyStore, Made};
use super::workers::Workers;
use crate::operation::BoxFuture;

/// The store's name in the database.
pub const NAME: &str = "pkcs11";
/// What stands before a key's id in its label.
const LABEL: &str = "leasehold ";
/// The object identifiers of the curves.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: [u8; 7] = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];

/// Which token, and how to get in.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The module: a shared library of the token's maker.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// A file with the user's PIN.
    pub pin_file: PathBuf,
}

/// Keeps keys in a token.
pub struct Pkcs11 {
    token: Arc<Token>,
    workers: Workers,
}

struct Token {
    module: Module,
    label: String,
    pin: AuthPin,
    sessions: Mutex<Sessions>,
}

/// Sessions that wait for work. A login counts for all of a process's sessions, as long as one of
/// them is open.
#[derive(Default)]
struct Sessions {
    anchor: Option<Session>,
    idle: Vec<Session>,
}

impl Pkcs11 {
    /// Loads the module and logs in to the token.
    ///
    /// # Errors
    /// A text for whoever starts the server.
    pub fn open(settings: &Settings) -> Result<Self, Fault> {
        let fault = |what: &dyn std::fmt::Display| {
            format!("PKCS #11 module {}: {what}", settings.module.display())
        };
        let pin = std::fs::read_to_string(&settings.pin_file)
            .map_err(|error| format!("PIN file {}: {error}", settings.pin_file.display()))?;
        let module = Module::new(&settings.module).map_err(|error| fault(&error))?;
        module
            .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
            .map_err(|error| fault(&error))?;
        let token = Token {
            module,
            label: settings.token.clone(),
            pin: AuthPin::from(pin.trim_end().to_owned()),
            sessions: Mutex::default(),
        };
        let session = token.session().map_err(|error| fault(&error))?;
        token.put_back(session);
        Ok(Self { token: Arc::new(token), workers: Workers::new() })
    }
}

impl KeyStore for Pkcs11 {
    fn create<'a>(&'a self, id: &'a str, spec: KeySpec) -> BoxFuture<'a, Result<Made, Fault>> {
        let (token, id) = (Arc::clone(&self.token), id.to_owned());
        Box::pin(self.workers.run(move || {
            // Not tried again: that could leave two keys of one name.
            let session = token.session()?;
            let public_key = make(&session, &id, spec)?;
            token.put_back(session);
            Ok(Made { handle: id.into_bytes(), public_key })
        }))
    }

    fn sign<'a>(
        &'a self,
        handle: &'a [u8],
        algorithm: SigningAlgorithm,
        digest: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, Fault>> {
        let (token, handle, digest) = (Arc::clone(&self.token), handle.to_vec(), digest.to_vec());
        Box::pin(self.workers.run(move || {
            if digest.len() != algorithm.digest_length() {
                return Err("the digest has a wrong length".to_owned());
            }
            token.run(|session| {
                let [private] = find(session, ObjectClass::PRIVATE_KEY, &handle)?[..] else {
                    return Err("the token has no such key".to_owned());
                };
                sign(session, private, algorithm, &digest)
            })
        }))
    }

    fn delete<'a>(&'a self, handle: &'a [u8]) -> BoxFuture<'a, Result<(), Fault>> {
        let (token, handle) = (Arc::clone(&self.token), handle.to_vec());
        Box::pin(self.workers.run(move || {
            token.run(|session| {
                for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
                    for object in find(session, class, &handle)? {
                        session.destroy_object(object).map_err(|error| text(&error))?;
                    }
                }
                Ok(())
            })
        }))
    }
}

/// What went wrong, for the log; the text names functions and codes of PKCS #11, and no secrets.
fn text(error: &Error) -> Fault {
    format!("PKCS #11: {error}")
}

impl Token {
    /// Runs with a session that is logged in; once more with new ones if that fails, for sessions
    /// end when a token is taken out or its server restarts.
    fn run<T>(&self, work: impl Fn(&Session) -> Result<T, Fault>) -> Result<T, Fault> {
        let session = self.session()?;
        let first = match work(&session) {
            Ok(done) => {
                self.put_back(session);
                return Ok(done);
            }
            Err(fault) => fault,
        };
        drop(session);
        *self.lock() = Sessions::default();
        let session = self.session().map_err(|fault| format!("{first}; then {fault}"))?;
        let done = work(&session)?;
        self.put_back(session);
        Ok(done)
    }

    fn session(&self) -> Result<Session, Fault> {
        let mut sessions = self.lock();
        if let Some(session) = sessions.idle.pop() {
            return Ok(session);
        }
        if sessions.anchor.is_none() {
            let session = self.open_session()?;
            match session.login(UserType::User, Some(&self.pin)) {
                Ok(()) | Err(Error::Pkcs11(cryptoki::error::RvError::UserAlreadyLoggedIn, _)) => {}
                Err(error) => return Err(text(&error)),
            }
            sessions.anchor = Some(session);
        }
        self.open_session()
    }

    fn open_session(&self) -> Result<Session, Fault> {
        for slot in self.module.get_slots_with_token().map_err(|error| text(&error))? {
            let info = self.module.get_token_info(slot).map_err(|error| text(&error))?;
            if info.label().trim_end() == self.label {
                return self.module.open_rw_session(slot).map_err(|error| text(&error));
            }
        }
        Err(format!("there is no token labelled '{}'", self.label))
    }

    fn put_back(&self, session: Session) {
        self.lock().idle.push(session);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find(session: &Session, class: ObjectClass, id: &[u8]) -> Result<Vec<ObjectHandle>, Fault> {
    session
        .find_objects(&[Attribute::Class(class), Attribute::Id(id.to_vec())])
        .map_err(|error| text(&error))
}

/// Makes a pair that stays in the token; returns the public half.
fn make(session: &Session, id: &str, spec: KeySpec) -> Result<Vec<u8>, Fault> {
    let label = format!("{LABEL}{id}").into_bytes();
    let name = [Attribute::Id(id.as_bytes().to_vec()), Attribute::Label(label)];
    let kind = match spec {
        KeySpec::Rsa2048 => rsa_kind(2048),
        KeySpec::Rsa3072 => rsa_kind(3072),
        KeySpec::Rsa4096 => rsa_kind(4096),
        KeySpec::EccNistP256 => vec![Attribute::EcParams(P256.to_vec())],
        KeySpec::EccNistP384 => vec![Attribute::EcParams(P384.to_vec())],
    };
    let public = [Attribute::Token(true), Attribute::Private(false), Attribute::Verify(true)];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ];
    let mechanism =
        if spec.is_rsa() { Mechanism::RsaPkcsKeyPairGen } else { Mechanism::EccKeyPairGen };
    let public = [&public[..], &kind, &name].concat();
    let private = [&private[..], &name].concat();
    let (made, _) =
        session.generate_key_pair(&mechanism, &public, &private).map_err(|error| text(&error))?;
    let wanted = if spec.is_rsa() {
        vec![AttributeType::Modulus, AttributeType::PublicExponent]
    } else {
        vec![AttributeType::EcPoint]
    };
    let found = session.get_attributes(made, &wanted).map_err(|error| text(&error))?;
    let public_key = match &found[..] {
        [Attribute::Modulus(n), Attribute::PublicExponent(e)] => rsa_public_key(n, e),
        [Attribute::EcPoint(point)] => ec_public_key(spec, octets(point)),
        _ => None,
    };
    public_key.ok_or_else(|| "the token made a key that cannot be read".to_owned())
}

fn rsa_kind(bits: u64) -> Vec<Attribute> {
    vec![Attribute::ModulusBits(bits.into()), Attribute::PublicExponent(vec![1, 0, 1])]
}

fn sign(
    session: &Session,
    key: ObjectHandle,
    algorithm: SigningAlgorithm,
    digest: &[u8],
) -> Result<Vec<u8>, Fault> {
    let pss = |hash_alg, mgf| PkcsPssParams { hash_alg, mgf, s_len: salt_length(algorithm).into() };
    let mechanism = match algorithm {
        SigningAlgorithm::RsassaPssSha256 => {
            Mechanism::RsaPkcsPss(pss(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256))
        }
        SigningAlgorithm::RsassaPssSha384 => {
            Mechanism::RsaPkcsPss(pss(MechanismType::SHA384, PkcsMgfType::MGF1_SHA384))
        }
        SigningAlgorithm::RsassaPssSha512 => {
            Mechanism::RsaPkcsPss(pss(MechanismType::SHA512, PkcsMgfType::MGF1_SHA512))
        }
        SigningAlgorithm::RsassaPkcs1V15Sha256
        | SigningAlgorithm::RsassaPkcs1V15Sha384
        | SigningAlgorithm::RsassaPkcs1V15Sha512 => {
            let info = digest_info(algorithm, digest).ok_or("the digest cannot be marked")?;
            return session.sign(&Mechanism::RsaPkcs, key, &info).map_err(|error| text(&error));
        }
        SigningAlgorithm::EcdsaSha256 | SigningAlgorithm::EcdsaSha384 => {
            let numbers =
                session.sign(&Mechanism::Ecdsa, key, digest).map_err(|error| text(&error))?;
            return ecdsa_signature(&numbers).ok_or_else(|| "a signature is too long".to_owned());
        }
    };
    session.sign(&mechanism, key, digest).map_err(|error| text(&error))
}

/// The salt is as long as the digest (J1a).
fn salt_length(algorithm: SigningAlgorithm) -> u64 {
    match algorithm.digest_length() {
        32 => 32,
        48 => 48,
        _ => 64,
    }
}
