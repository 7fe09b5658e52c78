//! Asking other servers: one request on a connection of its own, over HTTP/1.1.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Trusts the certificates that the system trusts.
pub static SYSTEM_TLS: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| tls(system_roots()));

/// What names another server.
pub struct Address {
    /// Its name or its IP address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether TLS is spoken there.
    pub is_secure: bool,
}

impl Address {
    /// Reads a URL with the scheme https or http.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(uri: &Uri) -> Result<Self, String> {
        let host = uri.host().ok_or("it names no host")?.trim_matches(['[', ']']).to_owned();
        let is_secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("it must begin with https://".to_owned()),
        };
        let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        Ok(Self { host, port, is_secure })
    }
}

/// Trusts these certificates beside the system's.
///
/// # Errors
/// When the file cannot be read, or holds something else.
pub fn tls_with(path: &Path) -> Result<Arc<ClientConfig>, String> {
    let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let mut roots = system_roots();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| fault(&error))? {
        let certificate = certificate.map_err(|error| fault(&error))?;
        roots.add(certificate).map_err(|error| fault(&error))?;
    }
    Ok(tls(roots))
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (_, ignored) = roots.add_parsable_certificates(found.certs);
    if ignored > 0 || !found.errors.is_empty() {
        tracing::warn!(ignored, errors = ?found.errors, "some certificates cannot be read");
    }
    roots
}

fn tls(roots: RootCertStore) -> Arc<ClientConfig> {
    Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

/// Sends a request to the server that its URI names, and reads the answer.
///
/// # Errors
/// What went wrong on the way; an answer is longer than this.
pub async fn send(
    request: Request<Bytes>,
    tls: &Arc<ClientConfig>,
    bytes_max: usize,
) -> Result<Response<Bytes>, String> {
    let address = Address::of(request.uri())?;
    let stream = TcpStream::connect((address.host.as_str(), address.port)).await.map_err(text)?;
    send_on(stream, &address, request, tls, bytes_max).await
}

/// The same on an open connection.
///
/// # Errors
/// As [`send`].
pub async fn send_on(
    stream: TcpStream,
    address: &Address,
    request: Request<Bytes>,
    tls: &Arc<ClientConfig>,
    bytes_max: usize,
) -> Result<Response<Bytes>, String> {
    if !address.is_secure {
        return exchange(stream, request, bytes_max).await;
    }
    let name = ServerName::try_from(address.host.clone()).map_err(text)?;
    let connector = TlsConnector::from(Arc::clone(tls));
    let stream = connector.connect(name, stream).await.map_err(text)?;
    exchange(stream, request, bytes_max).await
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Bytes>,
    bytes_max: usize,
) -> Result<Response<Bytes>, String> {
    let (mut parts, body) = request.into_parts();
    if let Some(authority) = parts.uri.authority() {
        let host = authority.as_str().parse().map_err(text)?;
        parts.headers.entry(http::header::HOST).or_insert(host);
    }
    // The rest of the URI is what a server itself is asked for.
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = path.parse().map_err(text)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(text)?;
    let driver = tokio::spawn(connection);
    let request = Request::from_parts(parts, Full::new(body));
    let (parts, body) = sender.send_request(request).await.map_err(text)?.into_parts();
    let body = Limited::new(body, bytes_max).collect().await;
    driver.abort();
    Ok(Response::from_parts(parts, body.map_err(text)?.to_bytes()))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
