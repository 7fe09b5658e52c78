//! The way of every request: identify, authenticate, decode, ask policies, run, encode (the order
//! is that of section 4: protocol, signature, members, permission, meaning).

use std::sync::Arc;

use http::header::USER_AGENT;
use leasehold_core::consume::REPLAY_MISMATCH;
use leasehold_core::ids::Seed;
use leasehold_core::state::ClientKey;
use leasehold_core::{Refusal, consume::REPLAY_WINDOW_MS};
use leasehold_store::request::{self, Earlier};
use leasehold_store::{ErrorKind, Tx};
use leasehold_wire::fault::answer_headers;
use leasehold_wire::route::{protocol_of, route};
use leasehold_wire::{Fault, Protocol, Rendered, RequestParts, Route, Service, json, query};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::access::{self, Access, Asked, Peer};
use crate::auth::{Caller, Denial};
use crate::cx::Cx;
use crate::faults;
use crate::operation::{Call, Decoded, Failure, Operation, Outcome};
use crate::server::{Served, Server};
use crate::shape::form;

/// How often a transaction is run again after a conflict.
const ATTEMPTS_MAX: usize = 20;
/// How many of them beside the ledger; what then is still in conflict is run while it rests.
const ATTEMPTS_TOGETHER: usize = 2;

/// Time and chance of one request, drawn at the door.
pub struct Entry {
    /// Now, milliseconds.
    pub now_ms: i64,
    /// Where ids come from.
    pub seed: Seed,
    /// Who is at the other end.
    pub peer: Peer,
}

/// Answers a request, whatever it is.
pub async fn answer(server: &Server, request: &RequestParts<'_>, entry: Entry) -> Rendered {
    let request_id = request_id(&entry.seed);
    let protocol = protocol_of(request.headers, request.query);
    match run(server, request, entry, &request_id).await {
        Ok(body) => Rendered {
            status: http::StatusCode::OK,
            headers: answer_headers(protocol, &request_id),
            body,
        },
        Err(fault) => fault.render(protocol, &request_id),
    }
}

/// A UUID made of the request's seed.
pub fn request_id(seed: &Seed) -> String {
    uuid::Builder::from_random_bytes(seed.bytes("request")).into_uuid().to_string()
}

async fn run(
    server: &Server,
    request: &RequestParts<'_>,
    entry: Entry,
    request_id: &str,
) -> Result<Vec<u8>, Fault> {
    let RequestParts { method, path, headers, query, body } = request;
    let route = route(method, path, headers, query, body)?;
    let protocol = route.protocol;
    let served = server.operation(route.service, &route.operation).ok_or_else(|| {
        let text = format!("The operation {} is not implemented by this server.", route.operation);
        Fault::unknown_operation(protocol, text)
    })?;
    let (caller, region) = match served.operation.access {
        Access::Anybody => {
            let open = &server.throttles.open_requests;
            if let Some(Err(too_often)) = entry.peer.ip.map(|source| open.check(source)) {
                return Err(faults::too_often(&route, too_often));
            }
            (Caller::anonymous(), server.region_of(request))
        }
        _ => authenticate(server, request, &route, entry.peer, request_id).await?,
    };
    access::check_session(&caller, &route)?;
    let object = match protocol {
        Protocol::Json11 => json::object(headers, body)?,
        Protocol::Query => {
            let members = query::members(headers, query, body)?;
            form::read(&(served.operation.input)(), &members)
        }
    };
    let cx = Cx {
        now_ms: entry.now_ms,
        seed: entry.seed,
        serials: server.serials(),
        workflows: server.workflows(),
        request_id: request_id.to_owned(),
        region,
        caller,
        keyring: Arc::clone(&server.keyring),
        key_uses: server.authenticator.uses(),
        peer: entry.peer,
        checked: None,
        policy: Arc::clone(&server.policy),
    };
    let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let body = call(server, cx, served, object, &route, user_agent).await?;
    Ok(match protocol {
        Protocol::Json11 => body.into_bytes(),
        Protocol::Query => xml(&route, &served.operation, &body, request_id),
    })
}

/// Who calls, and the Region called.
async fn authenticate(
    server: &Server,
    request: &RequestParts<'_>,
    route: &Route,
    peer: Peer,
    request_id: &str,
) -> Result<(Caller, String), Fault> {
    let signing_name = route.service.signing_name();
    let authenticated = server.authenticator.authenticate(request, signing_name).await;
    authenticated.map_err(|denial| match denial {
        // Only failures are counted, so nobody is locked out by what others try from there.
        Denial::Fault(fault) => {
            let counted = peer.ip.map(|source| server.throttles.failed_signatures.check(source));
            match counted {
                Some(Err(too_often)) => faults::too_often(route, too_often),
                Some(Ok(())) | None => Fault::auth(route.protocol, &fault),
            }
        }
        Denial::Failed(error) => {
            tracing::error!(request_id, error, "a caller could not be identified");
            Fault::internal(route.protocol)
        }
    })
}

async fn call(
    server: &Server,
    mut cx: Cx,
    served: &Served,
    object: Map<String, Value>,
    route: &Route,
    user_agent: Option<&str>,
) -> Result<String, Fault> {
    let operation = &served.operation;
    let asked = Asked::read(operation.access, &served.members, &object);
    let decoded =
        operation.kind.decode(object).map_err(|found| faults::invalid(route, found.message()))?;
    let outcome = match access::check(server, &cx, served, &asked, user_agent).await {
        Ok(checked) => {
            cx.checked = checked;
            run_decoded(server, &cx, operation, decoded, route).await
        }
        Err(failure) => Err(failure),
    };
    outcome.map_err(|failure| match failure {
        Failure::Refused(refusal) => {
            server.refusals.add(&cx, operation.name, &refusal);
            faults::refused(route, operation, &refusal, &cx.policy)
        }
        Failure::Store(error) => {
            let request_id = &cx.request_id;
            tracing::error!(request_id, operation = operation.name, %error, "failed");
            faults::internal(route)
        }
        Failure::TooOften(too_often) => faults::too_often(route, too_often),
        Failure::Busy => {
            faults::throttled(route, "Too many requests are waiting; try again shortly.")
        }
    })
}

async fn run_decoded(
    server: &Server,
    cx: &Cx,
    operation: &Operation,
    decoded: Decoded,
    route: &Route,
) -> Outcome<String> {
    match decoded {
        Decoded::Read(call) => read(server, cx, call.as_ref()).await,
        Decoded::Write(call) => {
            let outcome = write(server, cx, operation.name, call.as_ref()).await;
            if matches!(route.service, Service::Iam | Service::Organizations) && outcome.is_ok() {
                // Keys, users, policies and places that it changed are in force at once.
                server.authenticator.forget();
            }
            outcome
        }
        Decoded::Ledger(call) => call.run(server, cx).await,
        Decoded::Bare(call) => call.run(cx),
    }
}

async fn read(server: &Server, cx: &Cx, call: &dyn Call) -> Outcome<String> {
    let mut tx = server.store.read().await?;
    call.run(&mut tx, cx).await
}

/// Runs a writing call until its transaction commits, always with the same time and ids.
///
/// # Errors
/// What the call says.
pub async fn write(server: &Server, cx: &Cx, operation: &str, call: &dyn Call) -> Outcome<String> {
    let replay = call.client_token().map(|token| Replay {
        key: client_key(&cx.caller.account, operation, token),
        fingerprint: call.fingerprint(),
    });
    let mut attempt = 1;
    loop {
        let tx = match attempt {
            ..=ATTEMPTS_TOGETHER => server.store.write().await,
            _ => server.store.write_alone().await,
        };
        match try_write(tx?, cx, call, replay.as_ref()).await {
            Err(Failure::Store(error))
                if error.kind() == ErrorKind::Conflict && attempt < ATTEMPTS_MAX =>
            {
                attempt += 1;
                tracing::debug!(request_id = cx.request_id, %error, attempt, "run again");
            }
            outcome => return outcome,
        }
    }
}

/// What makes a request the same as an earlier one (W62, W63).
struct Replay {
    key: ClientKey,
    fingerprint: u64,
}

async fn try_write(
    mut tx: Tx,
    cx: &Cx,
    call: &dyn Call,
    replay: Option<&Replay>,
) -> Outcome<String> {
    if let Some(replay) = replay
        && let Some(answer) = earlier_answer(&mut tx, cx, replay).await?
    {
        return Ok(answer);
    }
    let answer = call.run(&mut tx, cx).await?;
    if let Some(Replay { key, fingerprint }) = replay {
        let earlier = Earlier { fingerprint: *fingerprint, answer: answer.clone() };
        request::remember(&mut tx, key, cx.now_ms, &earlier).await?;
    }
    tx.commit().await?;
    Ok(answer)
}

async fn earlier_answer(tx: &mut Tx, cx: &Cx, replay: &Replay) -> Outcome<Option<String>> {
    let since_ms = cx.now_ms - REPLAY_WINDOW_MS;
    match request::find(tx, &replay.key, since_ms).await? {
        None => Ok(None),
        Some(earlier) if earlier.fingerprint == replay.fingerprint => Ok(Some(earlier.answer)),
        Some(_) => Err(Refusal::value("W63", REPLAY_MISMATCH).into()),
    }
}

/// Names a request by account, operation and client token (W62).
pub fn client_key(account: &str, operation: &str, token: &str) -> ClientKey {
    let digest = Sha256::new()
        .chain_update(account)
        .chain_update([0])
        .chain_update(operation)
        .chain_update([0])
        .chain_update(token)
        .finalize();
    let mut key = ClientKey::default();
    key.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    key
}

/// A hash of a request's parameters in one form, whatever their order was (W63).
pub fn fingerprint(parameters: &impl Serialize) -> u64 {
    // Shapes are plain data: writing one to memory cannot fail.
    let text = serde_json::to_vec(parameters).unwrap_or_default();
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(Sha256::digest(text)).for_each(|(to, from)| *to = from);
    u64::from_be_bytes(bytes)
}

/// The answer as the query protocol writes it.
fn xml(route: &Route, operation: &Operation, body: &str, request_id: &str) -> Vec<u8> {
    let answer: Map<String, Value> = serde_json::from_str(body).unwrap_or_default();
    let shape = (operation.output)();
    query::answer(route.service.namespace(), &route.operation, request_id, |xml| {
        form::write(&shape, &answer, xml);
    })
}

#[cfg(test)]
mod tests;
