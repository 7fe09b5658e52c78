//! One document from an address outside: small, soon or not at all, and without going where an
//! answer points.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use tokio::net::TcpStream;

use crate::web::{self, Address};

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
    let address = Address::of(&uri)?;
    if !address.is_secure && reach == Reach::Public {
        return Err("it must begin with https://".to_owned());
    }
    let stream = connect(&address, reach).await?;
    let request = Request::get(uri)
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "leasehold")
        .body(Bytes::new())
        .map_err(|error| error.to_string())?;
    let answer = web::send_on(stream, &address, request, &web::SYSTEM_TLS, BYTES_MAX).await?;
    match answer.status() {
        StatusCode::OK => Ok(answer.into_body().to_vec()),
        other => Err(format!("it answers {other}")),
    }
}

/// The address that was checked is the one that is connected to: no name is looked up twice.
async fn connect(address: &Address, reach: Reach) -> Result<TcpStream, String> {
    let Address { host, port, .. } = address;
    let found = tokio::net::lookup_host((host.as_str(), *port)).await;
    let found = found.map_err(|error| error.to_string())?;
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
        check("file://host/etc/passwd", Reach::Anywhere, "https://").await;
        check("ftp://example.com/", Reach::Anywhere, "https://").await;
        check("https://127.0.0.1/", Reach::Public, "public").await;
        check("no url", Reach::Anywhere, "URL").await;
    }
}
