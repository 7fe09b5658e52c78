//! `leasehold bench-user`: a user, or a session of a role, with many policies, in an account with
//! more, for benchmarks.

use leasehold_core::identity::{Details, Entity, Kind, ManagedPolicy, Role};
use leasehold_core::session::{Of, Session, draw_key_id};
use leasehold_core::time::MINUTE_MS;
use leasehold_store::iam::policy::{self, Version};
use leasehold_store::{Store, Tx, account, iam};

use crate::auth::new_key;
use crate::chance;
use crate::cli::out::say;
use crate::clock::Clock;
use crate::config::{DataFlags, settle_place};
use crate::keyring::{self, Keyring};
use crate::session;

/// How many of the policies the user has.
const ATTACHED: usize = 10;
/// How long the session is.
const SESSION_LIFE_MS: i64 = 12 * 60 * MINUTE_MS;

/// Makes managed policies in an account and a user or role that has the first of them, on the
/// database of a stopped server; prints the access key of the user or of a session of the role.
pub fn run(
    flags: &DataFlags,
    account: &str,
    policies: usize,
    is_session: bool,
) -> Result<(), String> {
    let place = settle_place(flags)?;
    super::block_on(async {
        let store = Store::open(&place.database).await.map_err(|error| error.to_string())?;
        let keyring = keyring::open(&store, &place.master_key()).await?;
        fill(&store, &keyring, account, policies, is_session).await
    })
}

async fn fill(
    store: &Store,
    keyring: &Keyring,
    account: &str,
    policies: usize,
    is_session: bool,
) -> Result<(), String> {
    let text = |error: leasehold_store::Error| error.to_string();
    let now_ms = Clock::system().now_ms();
    let mut tx = store.write().await.map_err(text)?;
    let details = if is_session { Details::Role(role()) } else { Details::User };
    let holder = entity(account, "bench", details, now_ms);
    iam::insert(&mut tx, &holder).await.map_err(text)?;
    for number in 0..policies {
        let attached_to = (number < ATTACHED).then_some(&holder);
        make_policy(&mut tx, account, number, attached_to, now_ms).await.map_err(text)?;
    }
    let shown = if is_session {
        session_of(keyring, &holder, now_ms)?
    } else {
        let (key, secret) = new_key(keyring, &chance::seed(), account, Some(&holder.id), now_ms)?;
        account::insert_key(&mut tx, &key).await.map_err(text)?;
        format!("{} {secret}", key.id)
    };
    account::count_iam_revision(&mut tx, account).await.map_err(text)?;
    tx.commit().await.map_err(text)?;
    say!("{shown}");
    Ok(())
}

/// A role that nobody can assume.
fn role() -> Role {
    Role {
        trust: r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
        trusted: Default::default(),
        description: None,
        session_max_s: 43_200,
    }
}

/// The access key of a session of the role, with its secret and session token.
fn session_of(keyring: &Keyring, role: &Entity, now_ms: i64) -> Result<String, String> {
    let seed = chance::seed();
    let id = draw_key_id(&seed, &role.account);
    let session = Session {
        account: role.account.clone(),
        secret: seed.hex("session secret"),
        issued_at_ms: now_ms,
        expires_at_ms: now_ms + SESSION_LIFE_MS,
        of: Of::Role(role.id.clone(), "bench".to_owned()),
        policy: None,
        policy_arns: Vec::new(),
        tags: Vec::new(),
        transitive: Vec::new(),
        source_identity: None,
        web_identity: None,
    };
    let token = session::seal(keyring, &id, &session)?;
    Ok(format!("{id} {} {token}", session.secret))
}

async fn make_policy(
    tx: &mut Tx,
    account: &str,
    number: usize,
    attached_to: Option<&Entity>,
    created_at_ms: i64,
) -> Result<(), leasehold_store::Error> {
    let details = Details::Policy(ManagedPolicy::new(None, created_at_ms));
    let entity = entity(account, &format!("bench-{number:04}"), details, created_at_ms);
    iam::insert(tx, &entity).await?;
    let document = document(number);
    let version = Version { version: 1, document, created_at_ms };
    policy::insert_version(tx, &entity.id, &version).await?;
    if let Some(user) = attached_to {
        policy::attach(tx, user, &entity.arn(), Some(&entity.id)).await?;
    }
    Ok(())
}

/// Only the last that is attached allows check-outs; each other one has to be looked at in vain,
/// and some for what they deny.
fn document(number: usize) -> String {
    let statement = match number % ATTACHED {
        9 => {
            r#"{"Effect":"Allow","Resource":"*","Action":["license-manager:CheckoutLicense",
                "license-manager:GetLicense","license-manager:Get*Usage"]}"#
        }
        0 | 4 => {
            r#"{"Effect":"Deny","Resource":"*","Action":"license-manager:*","Condition":
                {"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","127.0.0.0/8","2001:db8::/32"]}}}"#
        }
        1 | 5 => r#"{"Effect":"Deny","Resource":"*","Action":["license-manager:Delete*","iam:*"]}"#,
        _ => {
            r#"{"Effect":"Allow","Resource":"arn:aws:license-manager::111122223333:license:*",
                "Action":["license-manager:Get*","license-manager:List*","iam:*AccessKey*"],
                "Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}}"#
        }
    };
    format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)
}

fn entity(account: &str, name: &str, details: Details, created_at_ms: i64) -> Entity {
    let kind: Kind = details.kind();
    Entity {
        id: kind.draw_id(&chance::seed()),
        account: account.to_owned(),
        name: name.to_owned(),
        path: "/".to_owned(),
        created_at_ms,
        boundary: None,
        details,
    }
}
