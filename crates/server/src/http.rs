//! Bytes off the socket: connections, TLS, limits, health, and the test clock.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use leasehold_core::ids::Seed;
use leasehold_core::time;
use leasehold_wire::route::protocol_of;
use leasehold_wire::{Fault, RequestParts};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use crate::access::Peer;
use crate::chance;
use crate::dispatch::{self, Entry};
use crate::issuer;
use crate::server::Server;

/// Longest body of a request in bytes.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Headers of a request at the most.
const HEADERS_MAX: usize = 64;
/// Longest head of a request in bytes.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// How long a client may take over the head of a request, or between requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a client may take over a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections at the same time; a further one waits.
const CONNECTIONS_MAX: usize = 10_000;
/// How long requests that run may go on after the server is told to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);
/// Where a test reads and moves the time.
const CLOCK_PATH: &str = "/_leasehold/clock";

/// Serves until `stop` is done, then finishes what runs.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    server: Arc<Server>,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accept = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, (stream, ip)) = tokio::select! {
            (place, Ok((stream, address))) = accept => (place, (stream, address.ip())),
            () = &mut stop => break,
            // Out of file descriptors, say: let others finish, then try again.
            else => { tokio::task::yield_now().await; continue; }
        };
        let (server, tls, watcher) = (Arc::clone(&server), tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _place = place;
            // A client that asks for one small answer after the other must not wait for more.
            if stream.set_nodelay(true).is_err() {
                return;
            }
            let peer = Peer { ip: Some(ip.to_canonical()), is_secure: tls.is_some() };
            match tls {
                None => converse(stream, peer, server, watcher).await,
                Some(tls) => {
                    if let Some(stream) = shake_hands(&tls, stream).await {
                        converse(stream, peer, server, watcher).await;
                    }
                }
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

async fn shake_hands(
    tls: &TlsAcceptor,
    stream: TcpStream,
) -> Option<impl AsyncRead + AsyncWrite + Unpin + use<>> {
    tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await.ok()?.ok()
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    peer: Peer,
    server: Arc<Server>,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let service = service_fn(|request: Request<Incoming>| {
        let server = Arc::clone(&server);
        async move { Ok::<_, Infallible>(respond(&server, peer, request).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(HEADERS_MAX)
        // Nobody needs to know at once that a client left while its answer was being decided;
        // finding out costs a system call for every request.
        .half_close(true)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    // A client that goes away or breaks the protocol is its own affair.
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended");
    }
}

async fn respond(server: &Server, peer: Peer, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    match path {
        "/healthz" => return text(StatusCode::OK, "ok\n"),
        "/readyz" => return ready(server).await,
        _ => {}
    }
    let now_ms = server.clock.now_ms();
    match issuer::document(&server.issuer, &head.method, path, now_ms).await {
        Ok(None) => {}
        Ok(Some(document)) => return json(StatusCode::OK, document),
        Err(error) => {
            tracing::error!(error, "a document of the issuer could not be made");
            return text(StatusCode::INTERNAL_SERVER_ERROR, "the server failed\n");
        }
    }
    let read = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, BODY_BYTES_MAX).collect());
    let body = match read.await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            return refuse(&head, &Fault::too_large(BODY_BYTES_MAX));
        }
        Ok(Err(_)) | Err(_) => return refuse(&head, &body_did_not_come()),
    };
    if path == CLOCK_PATH && server.clock.is_movable() {
        return clock(server, &head.method, &body);
    }
    let query = head.uri.query().unwrap_or_default();
    let parts =
        RequestParts { method: &head.method, path, query, headers: &head.headers, body: &body };
    let entry = Entry { now_ms: server.clock.now_ms(), seed: chance::seed(), peer };
    let rendered = dispatch::answer(server, &parts, entry).await;
    respond_with(rendered.status, rendered.headers, rendered.body)
}

fn body_did_not_come() -> Fault {
    let text = "The request body did not come in time.";
    Fault::new("RequestTimeoutException", StatusCode::REQUEST_TIMEOUT, text)
}

fn refuse(head: &http::request::Parts, fault: &Fault) -> Response<Full<Bytes>> {
    let protocol = protocol_of(&head.headers, head.uri.query().unwrap_or_default());
    let seed: Seed = chance::seed();
    let rendered = fault.render(protocol, &dispatch::request_id(&seed));
    respond_with(rendered.status, rendered.headers, rendered.body)
}

fn respond_with(status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn text(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    respond_with(status, HeaderMap::new(), text.as_bytes().to_vec())
}

/// Whether the database answers.
async fn ready(server: &Server) -> Response<Full<Bytes>> {
    let asked = async {
        let mut tx = server.store.read().await?;
        tx.query("SELECT 1", &[]).await
    };
    match asked.await {
        Ok(_) => text(StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            text(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}

/// What a test asks of the clock.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ClockRequest {
    /// Move to this instant.
    Set(String),
    /// Move on by so many seconds.
    AdvanceSeconds(u32),
}

/// The time, or why it was not moved.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ClockAnswer {
    Now(String),
    Error(String),
}

fn clock(server: &Server, method: &Method, body: &[u8]) -> Response<Full<Bytes>> {
    let now_ms = server.clock.now_ms();
    let moved = match *method {
        Method::GET => Ok(now_ms),
        Method::POST => serde_json::from_slice(body)
            .map_err(|error| error.to_string())
            .and_then(|request| match request {
                ClockRequest::Set(text) => {
                    time::parse(&text).ok_or_else(|| format!("'{text}' is no time"))
                }
                ClockRequest::AdvanceSeconds(seconds) => Ok(now_ms + i64::from(seconds) * 1_000),
            })
            .and_then(|target_ms| server.clock.move_to(target_ms).map_err(str::to_owned)),
        _ => Err("GET reads the time, POST moves it".to_owned()),
    };
    let (status, answer) = match moved {
        Ok(now_ms) => (StatusCode::OK, ClockAnswer::Now(time::format_zulu(now_ms))),
        Err(error) => (StatusCode::BAD_REQUEST, ClockAnswer::Error(error)),
    };
    json(status, serde_json::to_vec(&answer).unwrap_or_default())
}

fn json(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut headers = HeaderMap::new();
    let json = http::HeaderValue::from_static("application/json");
    headers.insert(http::header::CONTENT_TYPE, json);
    respond_with(status, headers, body)
}
