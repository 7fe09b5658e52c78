//! One document from an address outside: small, soon or not at all, and without going where an
//! answer points.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// For all of it.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Longest document in bytes.
const BYTES_MAX: usize = 256 << 10;

/// Which addresses may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those that whoever runs the server has named, and in plain HTTP if that is what they say.
    Anywhere,
    /// Public ones, with TLS.
    Public,
}

/// Reads the document at a URL.
///
/// # Errors
/// Why not, for the log.
pub async fn get(url: &str, reach: Reach) -> Result<Vec<u8>, String> {
    let read = tokio::time::timeout(TIMEOUT, try_get(url, reach)).await;
    let read = read.unwrap_or_else(|_| Err(format!("it took more than {TIMEOUT:?}")));
    read.map_err(|fault| format!("{url}: {fault}"))
}

async fn try_get(url: &str, reach: Reach) -> Result<Vec<u8>, String> {
    let uri: Uri = url.parse().map_err(|_| "it is no URL")?;
    let host = uri.host().ok_or("it names no host")?.trim_matches(['[', ']']).to_owned();
    let is_secure = match uri.scheme_str() {
        Some("https") => true,
        Some("http") if reach == Reach::Anywhere => false,
        _ => return Err("it must begin with https://".to_owned()),
    };
    let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    let stream = connect(&host, port, reach).await?;
    if !is_secure {
        return ask(stream, &uri).await;
    }
    let name = ServerName::try_from(host).map_err(|error| error.to_string())?;
    let tls = TlsConnector::from(Arc::clone(&TLS));
    let stream = tls.connect(name, stream).await.map_err(|error| error.to_string())?;
    ask(stream, &uri).await
}

/// The address that was checked is the one that is connected to: no name is looked up twice.
async fn connect(host: &str, port: u16, reach: Reach) -> Result<TcpStream, String> {
    let found = tokio::net::lookup_host((host, port)).await.map_err(|error| error.to_string())?;
    let found: Vec<SocketAddr> = found.collect();
    let may = |address: &&SocketAddr| reach == Reach::Anywhere || is_public(address.ip());
    let addresses: Vec<SocketAddr> = found.iter().filter(may).copied().collect();
    if addresses.is_empty() {
        let text = "it has no public address; whoever runs the server can name it in \
                    identity_providers";
        return Err(text.to_owned());
    }
    TcpStream::connect(addresses.as_slice()).await.map_err(|error| error.to_string())
}

async fn ask(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    uri: &Uri,
) -> Result<Vec<u8>, String> {
    let text = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(text)?;
    let driver = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let request = Request::get(path)
        .header(header::HOST, authority)
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "leasehold")
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await.map_err(text)?;
    if answer.status() != StatusCode::OK {
        return Err(format!("it answers {}", answer.status()));
    }
    let body = Limited::new(answer.into_body(), BYTES_MAX).collect().await;
    driver.abort();
    Ok(body.map_err(|error| error.to_string())?.to_bytes().to_vec())
}

/// The certificates that the system trusts.
static TLS: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (_, ignored) = roots.add_parsable_certificates(found.certs);
    if ignored > 0 || !found.errors.is_empty() {
        tracing::warn!(ignored, errors = ?found.errors, "some certificates cannot be read");
    }
    Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
});

/// Whether an address is nobody's own: not this machine, its network, or a cloud's metadata.
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    let is_shared = first == 100 && second & 0xc0 == 64;
    let is_reserved = first == 0 || first >= 240 || (first == 192 && second == 0);
    let is_benchmark = first == 198 && second & 0xfe == 18;
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || is_shared
        || is_reserved
        || is_benchmark)
}

/// Global unicast, without the ways to addresses of the fourth version.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let is_global = first & 0xe000 == 0x2000;
    let is_tunnel = first == 0x2002 || (first == 0x2001 && second < 0x200);
    let is_documentation = first == 0x2001 && second == 0xdb8;
    is_global && !is_tunnel && !is_documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_networks_are_not_public() {
        let check = |text: &str, expect: bool| {
            assert_eq!(is_public(text.parse().unwrap()), expect, "{text}");
        };
        for public in ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111"] {
            check(public, true);
        }
        for own in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.1",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001::1",
            "2001:db8::1",
        ] {
            check(own, false);
        }
    }

    #[tokio::test]
    async fn only_tls_and_only_public() {
        let check = |url: &'static str, reach: Reach, expect: &'static str| async move {
            let fault = get(url, reach).await.unwrap_err();
            assert!(fault.contains(expect), "{fault}");
        };
        check("http://example.com/", Reach::Public, "https://").await;
        check("file:///etc/passwd", Reach::Anywhere, "host").await;
        check("ftp://example.com/", Reach::Anywhere, "https://").await;
        check("https://127.0.0.1/", Reach::Public, "public").await;
        check("no url", Reach::Anywhere, "URL").await;
    }
}
