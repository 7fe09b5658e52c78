//! The two spellings of time that a signature may carry, and back.

use jiff::{Timestamp, civil::DateTime, fmt::rfc2822, tz::TimeZone};

/// Length of `20150830T123600Z`.
pub(super) const BASIC_LEN: usize = 16;

/// Reads `20150830T123600Z` as milliseconds since the epoch.
pub(super) fn parse_basic(text: &str) -> Option<i64> {
    let bytes: &[u8; BASIC_LEN] = text.as_bytes().try_into().ok()?;
    let &[y0, y1, y2, y3, m0, m1, d0, d1, b'T', h0, h1, n0, n1, s0, s1, b'Z'] = bytes else {
        return None;
    };
    let year = i16::from(two(y0, y1)?) * 100 + i16::from(two(y2, y3)?);
    let (month, day) = (two(m0, m1)?, two(d0, d1)?);
    let (hour, minute, second) = (two(h0, h1)?, two(n0, n1)?, two(s0, s1)?);
    let civil = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    Some(TimeZone::UTC.to_timestamp(civil).ok()?.as_millisecond())
}

/// Reads the form of a `Date` header, `Sun, 30 Aug 2015 12:36:00 GMT`, or the basic form, which
/// some signers put there.
pub(super) fn parse_date_header(text: &str) -> Option<i64> {
    if let Some(at_ms) = parse_basic(text) {
        return Some(at_ms);
    }
    let parser = rfc2822::DateTimeParser::new();
    parser.parse_timestamp(text).ok().map(Timestamp::as_millisecond)
}

/// Writes `20150830T123600Z`. A time outside the years 0 to 9999, which no clock shows, is
/// written as the epoch.
pub(super) fn format_basic(at_ms: i64) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn two(tens: u8, ones: u8) -> Option<i8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| ((tens - b'0') * 10 + (ones - b'0')).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_form_is_read_strictly() {
        let check =
            |text: &str, expect: Option<i64>| assert_eq!(parse_basic(text), expect, "{text}");
        check("20150830T123600Z", Some(1_440_938_160_000));
        check("19700101T000000Z", Some(0));
        check("20240229T235959Z", Some(1_709_251_199_000));
        for bad in [
            "",
            "20150830",
            "20150830T123600",
            "20150830t123600Z",
            "20150230T123600Z",
            "20150830T243600Z",
            "20150830T123660Z",
            "2015083 T123600Z",
            "+0150830T123600Z",
            "20150830T123600ZZ",
            "２0150830T1236Z",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn date_header_takes_both_forms() {
        let check = |text: &str, expect| assert_eq!(parse_date_header(text), expect, "{text}");
        check("Sun, 30 Aug 2015 12:36:00 GMT", Some(1_440_938_160_000));
        check("20150830T123600Z", Some(1_440_938_160_000));
        check("yesterday", None);
        check("2015-08-30T12:36:00Z", None);
    }

    #[test]
    fn what_is_written_is_read_back() {
        for at_ms in [0, 1_440_938_160_000, 4_102_444_799_000] {
            assert_eq!(parse_basic(&format_basic(at_ms)), Some(at_ms));
        }
    }
}
