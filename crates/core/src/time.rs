//! Times on the wire: ISO-8601 strings in, three forms out (reference 1.4).
//!
//! Inside the program a time is an `i64` of milliseconds since 1970 in UTC.

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};

/// Milliseconds in one second.
pub const SECOND_MS: i64 = 1_000;
/// Milliseconds in one minute.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// Milliseconds in one day.
pub const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Writes times without their fraction of a second.
const WHOLE_SECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(0));

/// Reads an ISO-8601 time with a zone, as W31 and W32 allow it: a fraction of any length (kept to
/// the millisecond), `Z` or an offset. `None` when the text names no instant of the years 0 to
/// 9999.
pub fn parse(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let mut fields = date.splitn(3, '-');
    let year = number(fields.next()?, 4)?;
    let month = number(fields.next()?, 2)?;
    let day = number(fields.next()?, 2)?;
    let zone_at = rest.find(['Z', '+', '-'])?;
    let (clock, zone) = rest.split_at_checked(zone_at)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut fields = clock.splitn(3, ':');
    let hour = number(fields.next()?, 2)?;
    let minute = number(fields.next()?, 2)?;
    let second = number(fields.next()?, 2)?;
    let date =
        Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
            .ok()?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let midnight = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_millisecond();
    let of_day = ((hour * 60 + minute) * 60 + second) * SECOND_MS + milliseconds(fraction)?;
    Some(midnight + of_day - zone_offset_ms(zone)?)
}

/// `yyyy-MM-ddTHH:mm:ss` without a zone, in UTC: check-outs and signed tokens (reference 1.4).
pub fn format_zoneless(at_ms: i64) -> String {
    WHOLE_SECONDS.datetime_to_string(&civil(at_ms))
}

/// `yyyy-MM-ddTHH:mm:ssZ`, or with `.fff` where the time has milliseconds.
pub fn format_zulu(at_ms: i64) -> String {
    let milliseconds = at_ms.rem_euclid(SECOND_MS);
    if milliseconds == 0 {
        return format!("{}Z", format_zoneless(at_ms));
    }
    format!("{}.{milliseconds:03}Z", format_zoneless(at_ms))
}

/// The whole second that `at_ms` lies in.
pub fn floor_to_second(at_ms: i64) -> i64 {
    at_ms - at_ms.rem_euclid(SECOND_MS)
}

/// `begin_ms` plus `months` calendar months in UTC: same day of the month and time of day, clipped
/// to the end of a shorter month (R2). `None` beyond the calendar.
pub fn add_months(begin_ms: i64, months: i64) -> Option<i64> {
    let begin = civil(begin_ms);
    let later = begin.checked_add(months.months()).ok()?;
    Some(Offset::UTC.to_timestamp(later).ok()?.as_millisecond())
}

/// Whole calendar months from `begin_ms` to `now_ms`, at the least 0: the largest `k` for which
/// `add_months(begin_ms, k)` has been reached.
pub fn months_between(begin_ms: i64, now_ms: i64) -> i64 {
    let (begin, now) = (civil(begin_ms), civil(now_ms));
    let years = i64::from(now.year()) - i64::from(begin.year());
    let guess = years * 12 + i64::from(now.month()) - i64::from(begin.month());
    let reached = |months| add_months(begin_ms, months).is_some_and(|at| at <= now_ms);
    if guess <= 0 || reached(guess) { guess.max(0) } else { guess - 1 }
}

fn civil(at_ms: i64) -> DateTime {
    let timestamp = Timestamp::from_millisecond(at_ms).unwrap_or(if at_ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    });
    Offset::UTC.to_datetime(timestamp)
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// The first three digits of a fraction as milliseconds; more digits are finer than we keep.
fn milliseconds(fraction: &str) -> Option<i64> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<3}").get(..3)?.parse().ok()
}

fn zone_offset_ms(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    Some(sign * (hours * 60 + minutes) * MINUTE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_times_name_instants() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(parse(text).map(format_zulu).as_deref(), expect, "{text}");
        };
        check("2021-04-12T00:00:00Z", Some("2021-04-12T00:00:00Z"));
        // The seller guide's script repeats the seconds as the fraction (W32).
        check("2021-04-22T18:02:36.36Z", Some("2021-04-22T18:02:36.360Z"));
        check("2023-10-10T13:33:36.000Z", Some("2023-10-10T13:33:36Z"));
        check("2021-04-22T18:02:36.123456789+05:30", Some("2021-04-22T12:32:36.123Z"));
        check("2021-01-01T00:00:00-08:00", Some("2021-01-01T08:00:00Z"));
        check("2021-02-30T00:00:00Z", None);
        check("2021-04-12T00:00:00", None);
        check("2021-04-12T24:00:00Z", None);
        check("2021-04-12T00:00:00.Z", None);
        check("2021-04-12", None);
        check("-2021-04-12T00:00:00Z", None);
        check("2021-04-12T00:00:00ZZ", None);
    }

    #[test]
    fn months_clip_to_the_month_end_and_come_back() {
        let begin = parse("2021-01-31T10:00:00Z").unwrap();
        let check = |months, expect: &str| {
            assert_eq!(format_zulu(add_months(begin, months).unwrap()), expect);
        };
        check(1, "2021-02-28T10:00:00Z");
        check(2, "2021-03-31T10:00:00Z");
        check(13, "2022-02-28T10:00:00Z");
    }

    #[test]
    fn months_are_counted_from_the_begin() {
        let begin = parse("2021-01-31T10:00:00Z").unwrap();
        let check = |now: &str, expect| {
            assert_eq!(months_between(begin, parse(now).unwrap()), expect, "{now}");
        };
        check("2020-06-01T00:00:00Z", 0);
        check("2021-02-28T09:59:59Z", 0);
        check("2021-02-28T10:00:00Z", 1);
        check("2021-03-30T10:00:00Z", 1);
        check("2021-03-31T10:00:00Z", 2);
        check("2024-01-31T09:59:59.999Z", 35);
    }
}
