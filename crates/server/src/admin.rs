//! Administration: accounts, keys and the refusal record. A command reaches a running server
//! through a Unix socket in the data folder, or works on the database itself when none runs.

mod organizations;
mod words;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use leasehold_core::account::{draw_id, is_account_id};
use leasehold_core::ids::Seed;
use leasehold_core::time;
use leasehold_store::{Store, Tx, account};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::access::Peer;
use crate::auth::{Caller, insert_key, new_key};
use crate::config::{Policy, REGION_DEFAULT};
use crate::cx::{Cx, Serials, Workflows};
use crate::dispatch::request_id;
use crate::issuer;
use crate::keyring::{self, Keyring};
use crate::license::checklist;
use crate::server::Server;

pub use organizations::OrganizationLine;
pub use words::{AccountLine, Answer, Command, KeyLine};

/// Longest command or answer in bytes.
const MESSAGE_BYTES_MAX: u64 = 16 << 20;
/// Longest name of an account in characters.
const NAME_LENGTH_MAX: usize = 128;

/// What a command is done with.
pub struct Desk<'a> {
    /// The database.
    pub store: &'a Store,
    /// What seals secrets.
    pub keyring: &'a Arc<Keyring>,
    /// Settings that operations follow.
    pub policy: Arc<Policy>,
    /// When.
    pub now_ms: i64,
    /// A number that no request has.
    pub serials: Serials,
}

/// Does a command on the database.
pub async fn run(desk: &Desk<'_>, command: Command) -> Answer {
    match try_run(desk, command).await {
        Ok(answer) => answer,
        Err(text) => Answer::Failed(text),
    }
}

async fn try_run(desk: &Desk<'_>, command: Command) -> Result<Answer, String> {
    let text = |error: leasehold_store::Error| error.to_string();
    let seed = Seed::new(random()?);
    let Desk { keyring, now_ms, .. } = *desk;
    let mut tx = desk.store.write_alone().await.map_err(text)?;
    let answer = match command {
        Command::CreateAccount { id, name } => {
            let id = id.unwrap_or_else(|| draw_id(&seed));
            check_account(&id, &name)?;
            if account::find(&mut tx, &id).await.map_err(text)?.is_some() {
                return Err(format!("there is an account {id} already"));
            }
            let account = account::Account { id, name, created_at_ms: now_ms };
            account::insert(&mut tx, &account).await.map_err(text)?;
            Answer::Accounts(vec![account_line(account)])
        }
        Command::ListAccounts => {
            let accounts = account::list(&mut tx).await.map_err(text)?;
            Answer::Accounts(accounts.into_iter().map(account_line).collect())
        }
        Command::CreateKey { account } => {
            check_known(&mut tx, &account).await?;
            let (key, secret) = new_key(keyring, &seed, &account, None, now_ms)?;
            let id = key.id.clone();
            insert_key(&mut tx, keyring, key).await.map_err(text)?;
            Answer::NewKey { id, secret }
        }
        Command::ListKeys { account } => {
            let keys = account::keys(&mut tx, account.as_deref()).await.map_err(text)?;
            Answer::Keys(keys.into_iter().map(key_line).collect())
        }
        Command::EnableKey { id, is_enabled } => {
            let found = account::enable_key(&mut tx, &id, is_enabled).await.map_err(text)?;
            done(found, &id)?
        }
        Command::DeleteKey { id } => {
            done(account::delete_key(&mut tx, &id).await.map_err(text)?, &id)?
        }
        Command::Checklist { account, region } => {
            check_known(&mut tx, &account).await?;
            // It takes turns with the ledger itself.
            drop(tx);
            let lines = checklist::checklist(desk.store, &account, &region, now_ms).await;
            return lines.map(Answer::Checklist).map_err(text);
        }
        Command::CreateOrganization { account } => {
            organizations::create(&mut tx, &context(desk, seed, &account), &account).await?
        }
        Command::AddToOrganization { account, to, organization } => {
            let cx = context(desk, seed, &account);
            organizations::add(&mut tx, &cx, &account, &to, organization.as_deref()).await?
        }
        Command::ListOrganizations => organizations::list(&mut tx).await?,
        Command::RotateIssuerKey { at_once } => {
            // It has a transaction of its own.
            drop(tx);
            issuer::rotate(desk.store, now_ms, at_once).await.map_err(text)?;
            return Ok(Answer::Done);
        }
        Command::RotateMasterKey => {
            // It has a transaction of its own.
            drop(tx);
            return keyring::rotate(desk.store, keyring).await.map(Answer::Rotated);
        }
        Command::ListRefusals { .. } => return Err("no server is running".to_owned()),
    };
    tx.commit().await.map_err(text)?;
    Ok(answer)
}

/// The context in which an administrator does what an account could.
fn context(desk: &Desk<'_>, seed: Seed, account: &str) -> Cx {
    Cx {
        now_ms: desk.now_ms,
        seed,
        serials: desk.serials.clone(),
        workflows: Workflows::default(),
        request_id: request_id(&seed),
        region: REGION_DEFAULT.to_owned(),
        caller: Caller::root(account),
        peer: Peer::default(),
        checked: None,
        keyring: Arc::clone(desk.keyring),
        key_uses: Arc::default(),
        policy: Arc::clone(&desk.policy),
    }
}

async fn check_known(tx: &mut Tx, account: &str) -> Result<(), String> {
    let found = account::find(tx, account).await.map_err(|error| error.to_string())?;
    found.map(drop).ok_or_else(|| format!("there is no account {account}"))
}

fn done(found: bool, id: &str) -> Result<Answer, String> {
    if found { Ok(Answer::Done) } else { Err(format!("there is no key {id}")) }
}

fn check_account(id: &str, name: &str) -> Result<(), String> {
    if !is_account_id(id) {
        return Err(format!("'{id}' is no account id: it must have 12 digits"));
    }
    if name.is_empty() || name.chars().count() > NAME_LENGTH_MAX {
        return Err(format!("the name must have 1 to {NAME_LENGTH_MAX} characters"));
    }
    Ok(())
}

fn account_line(account: account::Account) -> AccountLine {
    let created_at = time::format_zulu(account.created_at_ms);
    AccountLine { id: account.id, name: account.name, created_at }
}

fn key_line(key: account::AccessKey) -> KeyLine {
    let created_at = time::format_zulu(key.created_at_ms);
    KeyLine { id: key.id, account: key.account, is_enabled: key.is_enabled, created_at }
}

/// 256 random bits from the system.
///
/// # Errors
/// The system's text.
pub fn random() -> Result<[u8; 32], String> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(|error| error.to_string())?;
    Ok(bits)
}

/// Answers administrators on a socket that only the server's user can open, for ever.
///
/// # Errors
/// When the socket cannot be made.
pub fn listen(path: &Path) -> Result<UnixListener, String> {
    let fault = |error: std::io::Error| format!("{}: {error}", path.display());
    // Whoever got this far holds the database, so a socket that is there belongs to no one.
    if path.exists() {
        std::fs::remove_file(path).map_err(fault)?;
    }
    let listener = UnixListener::bind(path).map_err(fault)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(fault)?;
    Ok(listener)
}

/// Answers administrators, one command a connection, for ever.
pub async fn serve(listener: UnixListener, server: Arc<Server>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let server = Arc::clone(&server);
                tokio::spawn(async move {
                    if let Err(error) = answer(stream, &server).await {
                        tracing::warn!(%error, "an administration command got no answer");
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "the administration socket failed"),
        }
    }
}

async fn answer(mut stream: UnixStream, server: &Server) -> std::io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut line = String::new();
    BufReader::new(reader.take(MESSAGE_BYTES_MAX)).read_line(&mut line).await?;
    let answer = match serde_json::from_str(&line) {
        Ok(Command::ListRefusals { count }) => Answer::Refusals(server.refusals.last(count)),
        Ok(command) => {
            let desk = Desk {
                store: &server.store,
                keyring: &server.keyring,
                policy: Arc::clone(&server.policy),
                now_ms: server.clock.now_ms(),
                serials: server.serials(),
            };
            let answer = run(&desk, command).await;
            server.authenticator.forget();
            server.issuer.forget();
            answer
        }
        Err(error) => Answer::Failed(format!("the command cannot be read: {error}")),
    };
    let mut text = serde_json::to_string(&answer)?;
    text.push('\n');
    writer.write_all(text.as_bytes()).await
}

/// Sends a command to the server whose socket this is. `None` when none listens.
///
/// # Errors
/// A text for the administrator when the server does not answer as it should.
pub async fn send(path: &Path, command: &Command) -> Result<Option<Answer>, String> {
    let Ok(mut stream) = UnixStream::connect(path).await else { return Ok(None) };
    let text = serde_json::to_string(command).map_err(|error| error.to_string())?;
    let mut line = String::new();
    let talk = async {
        stream.write_all(format!("{text}\n").as_bytes()).await?;
        BufReader::new(stream.take(MESSAGE_BYTES_MAX)).read_line(&mut line).await
    };
    talk.await.map_err(|error| format!("the server did not answer: {error}"))?;
    serde_json::from_str(&line)
        .map(Some)
        .map_err(|error| format!("the server's answer cannot be read: {error}"))
}
