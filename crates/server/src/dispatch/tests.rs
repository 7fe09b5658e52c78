//! What happens between the steps of a request: another one that comes in just then.

use std::sync::atomic::{AtomicU64, Ordering};

use leasehold_core::time::DAY_MS;
use leasehold_store::{Location, Store, account, issuer};
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::access::Peer;
use crate::auth::Principal;
use crate::clock::Clock;
use crate::config::Policy;
use crate::keyring::{KeyStores, Keyring};
use crate::operation::{BoxFuture, Kind};
use crate::server::operations;

const ACCOUNT: &str = "111122223333";
/// The time, which stands still in these tests.
const NOW_MS: i64 = 20_800 * DAY_MS;

/// A server whose time stands still, without a network.
struct Bench {
    server: Arc<Server>,
    asked: AtomicU64,
    _folder: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Location::Sqlite(folder.path().join("x.db"))).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let id = ACCOUNT.to_owned();
        let account = account::Account { name: id.clone(), id, created_at_ms: NOW_MS };
        account::insert(&mut tx, &account).await.unwrap();
        tx.commit().await.unwrap();
        let keyring = Arc::new(Keyring::new(&[7; 32]).unwrap());
        let keys = KeyStores::software(Arc::clone(&keyring));
        let (clock, engine) = (Arc::new(Clock::stopped(NOW_MS)), store.ledger());
        let (server, run) = Server::new(store, engine, keyring, keys, clock, Policy::default());
        tokio::spawn(run);
        Self { server, asked: AtomicU64::new(0), _folder: folder }
    }

    /// A request of its own chance.
    fn cx(&self, caller: Caller) -> Cx {
        let number = self.asked.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut bits = [0; 32];
        bits.iter_mut().zip(number).for_each(|(to, from)| *to = from);
        Cx {
            now_ms: NOW_MS,
            seed: Seed::new(bits),
            serials: self.server.serials(),
            workflows: self.server.workflows(),
            request_id: String::new(),
            region: "us-east-1".to_owned(),
            caller,
            keyring: Arc::clone(&self.server.keyring),
            key_uses: self.server.authenticator.uses(),
            peer: Peer::default(),
            checked: None,
            policy: Arc::clone(&self.server.policy),
        }
    }

    /// A user, as it is known now.
    async fn user(&self, name: &str) -> Caller {
        let mut tx = self.server.store.read().await.unwrap();
        let kind = leasehold_core::identity::Kind::User;
        let user = leasehold_store::iam::find(&mut tx, ACCOUNT, kind, name).await.unwrap().unwrap();
        let iam_revision = account::iam_revision(&mut tx, ACCOUNT).await.unwrap();
        let who = Principal::User { id: user.id.clone(), name: user.name.clone() };
        Caller { principal: user.arn(), who, iam_revision, ..Caller::root(ACCOUNT) }
    }

    /// The answer to a request, or the exception.
    async fn ask(
        &self,
        caller: Caller,
        served: &Served,
        members: Value,
    ) -> Result<Value, &'static str> {
        let (service, protocol) = match served.action.as_str().split_once(':') {
            Some(("iam", _)) => (Service::Iam, Protocol::Query),
            _ => (Service::LicenseManager, Protocol::Json11),
        };
        let route = Route { service, protocol, operation: served.operation.name.to_owned() };
        let Value::Object(object) = members else { panic!("members are an object") };
        let answer = call(&self.server, self.cx(caller), served, object, &route, None).await;
        answer.map(|body| serde_json::from_str(&body).unwrap()).map_err(|fault| fault.code)
    }

    async fn root(&self, service: Service, operation: &str, members: Value) -> Value {
        self.ask(Caller::root(ACCOUNT), &served(service, operation), members).await.unwrap()
    }

    /// A request of IAM by a caller; when its permission has been asked, and before it is run, the
    /// account's root has these made in another order of things.
    async fn ask_meanwhile(
        &self,
        caller: Caller,
        (operation, members): (&str, Value),
        others: &[(&str, Value)],
    ) -> Result<Value, &'static str> {
        let others = others.iter().map(|(name, members)| {
            let Value::Object(object) = members.clone() else { panic!("members are an object") };
            let Kind::Write(decode) = served(Service::Iam, name).operation.kind else { panic!() };
            (self.cx(Caller::root(ACCOUNT)), decode(object).map_err(|it| it.message()).unwrap())
        });
        let others: Arc<[_]> = others.collect();
        let served = served(Service::Iam, operation);
        let Kind::Write(decode) = served.operation.kind else { panic!("{operation} writes") };
        let kind = Kind::Write(Box::new(move |object| {
            Ok(Box::new(Meanwhile { inner: decode(object)?, others: Arc::clone(&others) }))
        }));
        let served = Served { operation: Operation { kind, ..served.operation }, ..served };
        self.ask(caller, &served, members).await
    }
}

fn served(service: Service, name: &str) -> Served {
    let found = operations(service).into_iter().find(|operation| operation.name == name).unwrap();
    Served::new(service, found)
}

/// A call that finds that others were quicker.
struct Meanwhile {
    inner: Box<dyn Call>,
    others: Arc<[(Cx, Box<dyn Call>)]>,
}

impl Call for Meanwhile {
    fn run<'a>(&'a self, tx: &'a mut Tx, cx: &'a Cx) -> BoxFuture<'a, Outcome<String>> {
        Box::pin(async move {
            for (cx, other) in self.others.iter() {
                other.run(tx, cx).await?;
            }
            self.inner.run(tx, cx).await
        })
    }

    fn client_token(&self) -> Option<&str> {
        self.inner.client_token()
    }

    fn fingerprint(&self) -> u64 {
        self.inner.fingerprint()
    }
}

fn tags(team: &str) -> Value {
    json!([{ "Key": "team", "Value": team }])
}

fn policy(condition: &Value) -> String {
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let mut document = json!({"Version": "2012-10-17", "Statement": [statement]});
    if !condition.is_null() {
        document["Statement"][0]["Condition"] = condition.clone();
    }
    document.to_string()
}

/// One of IAM's: how it is made with the tag of a team, how it is deleted, and what a user of the
/// team wants of it.
fn cases() -> Vec<[(&'static str, Value); 3]> {
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}})
    .to_string();
    let arn = |path: &str| format!("arn:aws:iam::{ACCOUNT}:{path}");
    let allow = policy(&Value::Null);
    let managed = json!({ "PolicyArn": arn("policy/it") });
    let provider = json!({ "OpenIDConnectProviderArn": arn("oidc-provider/example.com") });
    let with = |base: &Value, more: Value| {
        let mut base = base.clone();
        more.as_object().unwrap().iter().for_each(|(name, it)| base[name] = it.clone());
        base
    };
    let user = json!({"UserName": "it"});
    let new_user = ("CreateUser", with(&user, json!({ "Tags": tags("blue") })));
    let gone_user = ("DeleteUser", user.clone());
    let role = json!({"RoleName": "it"});
    let document = json!({ "AssumeRolePolicyDocument": trust, "Tags": tags("blue") });
    let new_role = ("CreateRole", with(&role, document));
    let gone_role = ("DeleteRole", role.clone());
    let document = json!({"PolicyName": "it", "PolicyDocument": allow, "Tags": tags("blue")});
    let new_policy = ("CreatePolicy", document);
    let gone_policy = ("DeletePolicy", managed.clone());
    let url = json!({"Url": "https://example.com", "ClientIDList": ["a"], "Tags": tags("blue")});
    let new_provider = ("CreateOpenIDConnectProvider", url);
    let gone_provider = ("DeleteOpenIDConnectProvider", provider.clone());
    let inline = json!({ "PolicyName": "p", "PolicyDocument": allow });
    let attached = json!({"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
    let wanted = [
        (new_user.clone(), gone_user.clone(), ("PutUserPolicy", with(&user, inline.clone()))),
        (new_user.clone(), gone_user.clone(), ("CreateAccessKey", user.clone())),
        (new_user, gone_user.clone(), gone_user),
        (new_role.clone(), gone_role.clone(), ("AttachRolePolicy", with(&role, attached))),
        (
            new_role.clone(),
            gone_role.clone(),
            ("UpdateAssumeRolePolicy", with(&role, json!({ "PolicyDocument": trust }))),
        ),
        (new_role, gone_role.clone(), gone_role),
        (
            new_policy.clone(),
            gone_policy.clone(),
            ("CreatePolicyVersion", with(&managed, json!({ "PolicyDocument": allow }))),
        ),
        (new_policy, gone_policy.clone(), gone_policy),
        (
            new_provider.clone(),
            gone_provider.clone(),
            ("AddClientIDToOpenIDConnectProvider", with(&provider, json!({"ClientID": "b"}))),
        ),
        (new_provider, gone_provider.clone(), gone_provider),
    ];
    wanted.into_iter().map(|(new, gone, wanted)| [new, gone, wanted]).collect()
}

/// Deleted and made again under its name, for another team, between the question and the run.
#[tokio::test]
async fn w24_what_is_run_on_is_what_was_asked_about() {
    for [new, gone, wanted] in cases() {
        let bench = Bench::new().await;
        let blue = json!({"StringEquals": {"aws:ResourceTag/team": "blue"}});
        bench.root(Service::Iam, "CreateUser", json!({"UserName": "asker"})).await;
        let mine = json!({"UserName": "asker", "PolicyName": "p", "PolicyDocument": policy(&blue)});
        bench.root(Service::Iam, "PutUserPolicy", mine).await;
        bench.root(Service::Iam, new.0, new.1.clone()).await;
        let mut red = new.1.clone();
        red["Tags"] = tags("red");
        let asker = bench.user("asker").await;
        let others = [gone.clone(), (new.0, red)];
        let refused = bench.ask_meanwhile(asker.clone(), wanted.clone(), &others).await;
        assert_eq!(refused, Err("ConcurrentModification"), "{}", wanted.0);
        // None of it has happened, so that it may be asked again.
        let done = bench.ask_meanwhile(asker.clone(), wanted.clone(), &[]).await;
        assert!(done.is_ok(), "{}: {done:?}", wanted.0);
    }
}

/// T5: all keys are retired at once while a token is being signed, and forgotten.
#[tokio::test]
async fn t5_a_key_that_is_gone_by_then_signs_no_token() {
    let bench = Bench::new().await;
    let service = Service::LicenseManager;
    let license = json!({
        "LicenseName": "name", "ProductName": "name", "ProductSKU": "sku",
        "Issuer": {"Name": "issuer"}, "HomeRegion": "us-east-1",
        "Validity": {"Begin": "2020-01-01T00:00:00Z"},
        "Entitlements": [{"Name": "Seats", "Unit": "Count", "MaxCount": 1}],
        "Beneficiary": "b", "ClientToken": "c",
        "ConsumptionConfiguration": {"ProvisionalConfiguration": {"MaxTimeToLiveInMinutes": 60}},
    });
    let license = bench.root(service, "CreateLicense", license).await["LicenseArn"].clone();
    // What the server is about to sign with; as its time stands still, it believes in it for good.
    let old = bench.server.issuer.signing_key(NOW_MS).await.unwrap();
    crate::issuer::rotate(&bench.server.store, NOW_MS, true).await.unwrap();
    let mut tx = bench.server.store.write().await.unwrap();
    assert_eq!(issuer::forget(&mut tx, NOW_MS).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
    let asked = json!({ "LicenseArn": license, "ClientToken": "c" });
    let made = bench.root(service, "CreateToken", asked.clone()).await;
    assert_ne!(bench.server.issuer.signing_key(NOW_MS).await.unwrap().id, old.id);
    let access = json!({ "Token": made["Token"] });
    let access = bench.root(service, "GetAccessToken", access).await;
    assert!(access["AccessToken"].is_string());
    assert_eq!(bench.root(service, "CreateToken", asked).await, made, "W62");
}
