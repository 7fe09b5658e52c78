//! `leasehold bench-access`: what finding out who calls and whether they may costs alone, for
//! benchmarks.

use std::net::Ipv4Addr;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method};
use leasehold_store::Store;
use leasehold_wire::sigv4::{Credentials, Scope, sign};
use leasehold_wire::{RequestParts, Service, json};
use serde_json::{Map, Value};

use crate::access::{self, Asked, Peer};
use crate::auth::Denial;
use crate::cli::out::say;
use crate::clock::Clock;
use crate::config::{DataFlags, Policy, REGION_DEFAULT, settle_place};
use crate::cx::Cx;
use crate::keyring::{self, KeyStores};
use crate::operation::Failure;
use crate::server::Server;
use crate::{chance, dispatch};

/// What is asked for, as SDKs say it.
const TARGET: &str = "AWSLicenseManager.CheckoutLicense";
const BODY: &str = r#"{"ProductSKU":"bench-00000000","CheckoutType":"PROVISIONAL",
    "KeyFingerprint":"aws:111122223333:Bench:issuer-fingerprint",
    "Entitlements":[{"Name":"Seats","Value":"1","Unit":"Count"}],
    "Beneficiary":"Bench Customer","ClientToken":"checkout-0000000000000000"}"#;
/// Requests before those that are measured, after which all is in memory.
const WARM_UP: u32 = 2_000;
/// Linux counts processor time in hundredths of a second for every program.
const MICROSECONDS_PER_TICK: u64 = 10_000;

/// Identifies the caller of a signed CheckoutLicense and asks its policies, `count` times on the
/// data of a stopped server; prints the microseconds of processor time of each.
pub fn run(flags: &DataFlags, count: u32, key: &Credentials<'_>) -> Result<(), String> {
    let place = settle_place(flags)?;
    super::block_on(async {
        let store = Store::open(&place.database).await.map_err(|error| error.to_string())?;
        let keyring = Arc::new(keyring::open(&store, &place.master_key()).await?);
        let keys = KeyStores::software(Arc::clone(&keyring));
        let (clock, policy) = (Arc::new(Clock::system()), Policy::default());
        let (server, _) = Server::new(store.clone(), store.ledger(), keyring, keys, clock, policy);
        let headers = headers(&server, key)?;
        let object = json::object(&headers, BODY.as_bytes()).map_err(|_| "the body is no JSON")?;
        repeat(&server, &headers, &object, WARM_UP).await?;
        let before = ticks()?;
        repeat(&server, &headers, &object, count).await?;
        let microseconds = (ticks()? - before) * MICROSECONDS_PER_TICK;
        // In thousandths, so that it is a number of three digits after the point.
        let each = microseconds * 1_000 / u64::from(count.max(1));
        say!("{}.{:03}", each / 1_000, each % 1_000);
        Ok(())
    })
}

fn headers(server: &Server, key: &Credentials<'_>) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("127.0.0.1:8480"));
    headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.1"));
    headers.insert("x-amz-target", HeaderValue::from_static(TARGET));
    let scope = Scope { region: REGION_DEFAULT, service: Service::LicenseManager.signing_name() };
    let added = sign(&request(&headers), key, &scope, server.clock.system_ms());
    headers.extend(added.map_err(|error| error.to_string())?);
    Ok(headers)
}

fn request(headers: &HeaderMap) -> RequestParts<'_> {
    RequestParts { method: &Method::POST, path: "/", query: "", headers, body: BODY.as_bytes() }
}

/// What the dispatcher does of it, and nothing else.
async fn repeat(
    server: &Server,
    headers: &HeaderMap,
    object: &Map<String, Value>,
    count: u32,
) -> Result<(), String> {
    let service = Service::LicenseManager;
    let served =
        server.operation(service, "CheckoutLicense").ok_or("there is no such operation")?;
    let seed = chance::seed();
    let request_id = dispatch::request_id(&seed);
    for _ in 0..count {
        let authenticated =
            server.authenticator.authenticate(&request(headers), service.signing_name()).await;
        let (caller, region) = authenticated.map_err(|denial| match denial {
            Denial::Fault(fault) => format!("the key is not let in: {fault:?}"),
            Denial::Failed(error) => error,
        })?;
        let cx = Cx {
            now_ms: server.clock.now_ms(),
            seed,
            serials: server.serials(),
            workflows: server.workflows(),
            request_id: request_id.clone(),
            region,
            caller,
            keyring: Arc::clone(&server.keyring),
            key_uses: server.authenticator.uses(),
            peer: Peer { ip: Some(Ipv4Addr::LOCALHOST.into()), is_secure: false },
            checked: None,
            policy: Arc::clone(&server.policy),
        };
        let asked = Asked::read(served.operation.access, &served.members, object);
        let checked = access::check(server, &cx, served, &asked, None).await;
        checked.map_err(|failure| match failure {
            Failure::Refused(refusal) => refusal.message,
            Failure::Store(error) => error.to_string(),
            Failure::TooOften(_) | Failure::Busy => "too often".to_owned(),
        })?;
    }
    Ok(())
}

/// Processor time of this process so far, in user and system mode.
fn ticks() -> Result<u64, String> {
    let stat = std::fs::read_to_string("/proc/self/stat").map_err(|error| error.to_string())?;
    // The program's name, in parentheses, may hold spaces; the fields are counted after it.
    let (_, fields) = stat.rsplit_once(')').ok_or("/proc/self/stat cannot be read")?;
    Ok(fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum())
}
