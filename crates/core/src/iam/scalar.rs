//! Values that are not text: numbers, dates, networks, bytes, in the forms that policies write.

use std::net::IpAddr;

use super::context::Value;
use crate::time::{self, SECOND_MS};

/// Addresses whose first bits are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Reads `10.0.0.0/8`, `2001:db8::/32`, or an address for itself alone.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            None => (text.parse::<IpAddr>().ok()?, None),
            Some((address, bits)) => {
                let plain = bits.len() <= 3 && bits.bytes().all(|byte| byte.is_ascii_digit());
                (address.parse().ok()?, Some(bits.parse().ok().filter(|_| plain)?))
            }
        };
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(width);
        (bits <= width).then_some(Self { address, bits })
    }

    /// Whether `address` is one of them. IPv4 written as IPv6 counts as IPv4.
    pub(super) fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differ = u128::from(network.to_bits() ^ address.to_bits());
                Self::is_zero_before(differ, 32, self.bits)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                Self::is_zero_before(network.to_bits() ^ address.to_bits(), 128, self.bits)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    fn is_zero_before(differ: u128, width: u32, bits: u32) -> bool {
        // A shift by all 128 bits has no result: nothing is left to compare.
        differ.checked_shr(width - bits).unwrap_or(0) == 0
    }
}

/// A decimal number: no infinities, no names.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    let is_plain = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    let number: f64 = text.parse().ok().filter(|_| text.bytes().all(is_plain))?;
    number.is_finite().then_some(number)
}

/// A date as policies may write it: a whole ISO-8601 time, one without seconds, a day, a month, a
/// year, or seconds since 1970.
pub(super) fn parse_date(text: &str) -> Option<i64> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Four digits are a year; no policy means the first hours of 1970.
    if text.len() > 4 && digits(text.strip_prefix('-').unwrap_or(text)) {
        return text.parse::<i64>().ok()?.checked_mul(SECOND_MS);
    }
    if let Some((day, clock)) = text.split_once('T') {
        let zone_at = clock.find(['Z', '+', '-'])?;
        let (clock, zone) = clock.split_at_checked(zone_at)?;
        let seconds = if clock.len() == 5 { ":00" } else { "" };
        return time::parse(&format!("{day}T{clock}{seconds}{zone}"));
    }
    let rest = match text.len() {
        4 => "-01-01",
        7 => "-01",
        10 => "",
        _ => return None,
    };
    time::parse(&format!("{text}{rest}T00:00:00Z"))
}

/// `true` or `false` in any case.
pub(super) fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Base 64 with its padding.
pub(super) fn parse_bytes(text: &str) -> Option<Vec<u8>> {
    let plain = text.trim_end_matches('=');
    let padding = text.len() - plain.len();
    if !text.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in plain.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

impl Value<'_> {
    /// As numbers compare it.
    pub(super) fn number(self) -> Option<f64> {
        match self {
            // Exact up to 2^53, far beyond every number that a key has.
            #[expect(clippy::cast_precision_loss, reason = "see above")]
            Self::Number(number) => Some(number as f64),
            Self::Text(text) => parse_number(text),
            Self::Time(_) | Self::Bool(_) | Self::Ip(_) | Self::Bytes(_) => None,
        }
    }

    /// As dates compare it, milliseconds.
    pub(super) fn date(self) -> Option<i64> {
        match self {
            Self::Time(at_ms) => Some(at_ms),
            Self::Number(seconds) => seconds.checked_mul(SECOND_MS),
            Self::Text(text) => parse_date(text),
            Self::Bool(_) | Self::Ip(_) | Self::Bytes(_) => None,
        }
    }

    /// As `Bool` compares it.
    pub(super) fn bool(self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(value),
            Self::Text(text) => parse_bool(text),
            Self::Number(_) | Self::Time(_) | Self::Ip(_) | Self::Bytes(_) => None,
        }
    }

    /// As networks compare it.
    pub(super) fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(ip),
            Self::Text(text) => text.parse().ok(),
            Self::Number(_) | Self::Time(_) | Self::Bool(_) | Self::Bytes(_) => None,
        }
    }

    /// Whether these are its bytes; a text stands for bytes in base 64.
    pub(super) fn is_bytes(self, expected: &[u8]) -> bool {
        match self {
            Self::Bytes(bytes) => bytes == expected,
            Self::Text(text) => parse_bytes(text).is_some_and(|bytes| bytes == expected),
            Self::Number(_) | Self::Time(_) | Self::Bool(_) | Self::Ip(_) => false,
        }
    }
}
