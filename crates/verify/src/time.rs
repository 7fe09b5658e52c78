//! Times as the claims write them: `yyyy-MM-ddTHH:mm:ss` in UTC, without a zone (J2).

/// How far two clocks may differ before it means anything: a license may be that much younger than
/// the clock, and a clock may go back by that much.
pub const DRIFT_MAX_MS: i64 = 5 * 60 * 1_000;

const SECOND_MS: i64 = 1_000;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Milliseconds since 1970 of a zone-less time of the years 1970 to 9999.
pub fn parse_zoneless(text: &str) -> Option<i64> {
    let (date, clock) = text.split_once('T')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && (hour <= 23 && minute <= 59 && second <= 59);
    let days = days_before_year(year) - days_before_year(1970) + days_in_year_before(year, month);
    let seconds = (hour * 60 + minute) * 60 + second;
    in_range.then_some(((days + day - 1) * DAY_SECONDS + seconds) * SECOND_MS)
}

/// `yyyy-MM-ddTHH:mm:ssZ`, for messages. Times before 1970 are shown as its beginning.
pub fn format_utc(at_ms: i64) -> String {
    let seconds = (at_ms / SECOND_MS).max(0);
    let (mut days, second) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
    // Not past the right year, as no year has more days.
    let mut year = 1970 + days / 366;
    while days_before_year(year + 1) - days_before_year(1970) <= days {
        year += 1;
    }
    days -= days_before_year(year) - days_before_year(1970);
    let mut month = 1;
    while days >= days_in_month(year, month) {
        days -= days_in_month(year, month);
        month += 1;
    }
    let (day, hour, minute, second) = (days + 1, second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut fields = text.split(separator);
    let mut next = |digits| {
        let field = fields.next()?;
        let plain = field.len() == digits && field.bytes().all(|byte| byte.is_ascii_digit());
        if plain { field.parse::<i64>().ok() } else { None }
    };
    let [first, second, third] = digits;
    let numbers = [next(first)?, next(second)?, next(third)?];
    fields.next().is_none().then_some(numbers)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_in_year_before(year: i64, month: i64) -> i64 {
    (1..month.min(12)).map(|earlier| days_in_month(year, earlier)).sum()
}

fn days_before_year(year: i64) -> i64 {
    let past = year - 1;
    past * 365 + past / 4 - past / 100 + past / 400
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zoneless_times_are_read() {
        let check = |text: &str, expect: Option<i64>| {
            assert_eq!(parse_zoneless(text), expect.map(|seconds| seconds * 1_000), "{text}");
        };
        check("1970-01-01T00:00:00", Some(0));
        check("2000-02-29T12:34:56", Some(951_827_696));
        check("2021-04-13T05:35:47", Some(1_618_292_147));
        check("2100-03-01T00:00:00", Some(4_107_542_400));
        check("9999-12-31T23:59:59", Some(253_402_300_799));
        for wrong in [
            "",
            "2021-04-13",
            "2021-04-13T05:35",
            "2021-04-13T05:35:47Z",
            "2021-04-13T05:35:47.0",
            "2021-04-13T05:35:47+00:00",
            "2021-04-13T05:35:47:00",
            "2021-04-13 05:35:47",
            "2021-4-13T05:35:47",
            "+021-04-13T05:35:47",
            "2021-00-13T05:35:47",
            "2021-13-13T05:35:47",
            "2021-04-31T05:35:47",
            "2021-02-29T05:35:47",
            "2100-02-29T05:35:47",
            "2021-04-00T05:35:47",
            "2021-04-13T24:00:00",
            "2021-04-13T05:60:00",
            "2021-04-13T05:00:60",
            "1969-12-31T23:59:59",
            "٢٠٢١-04-13T05:35:47",
        ] {
            check(wrong, None);
        }
    }
}
