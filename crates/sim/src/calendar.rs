//! Dates for the model, worked out by plain counting of days, apart from the server's calendar.

/// Milliseconds in one second.
pub const SECOND: i64 = 1_000;
/// Milliseconds in one minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Milliseconds in one hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Milliseconds in one day.
pub const DAY: i64 = 24 * HOUR;

struct Date {
    year: i64,
    month: i64,
    day: i64,
}

fn leap_years_until(year: i64) -> i64 {
    year / 4 - year / 100 + year / 400
}

fn days_before_year(year: i64) -> i64 {
    365 * (year - 1970) + leap_years_until(year - 1) - leap_years_until(1969)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap_years_until(year) > leap_years_until(year - 1) => 29,
        2 => 28,
        _ => 31,
    }
}

fn date_of(at_ms: i64) -> Date {
    let days = at_ms.div_euclid(DAY);
    let mut year = 1970 + days.div_euclid(366);
    while days_before_year(year + 1) <= days {
        year += 1;
    }
    let mut day = days - days_before_year(year);
    let mut month = 1;
    while day >= days_in_month(year, month) {
        day -= days_in_month(year, month);
        month += 1;
    }
    Date { year, month, day: day + 1 }
}

/// The same day and time some months later, or the last day of a month that is too short (R2).
pub fn plus_months(at_ms: i64, months: i64) -> i64 {
    let begin = date_of(at_ms);
    let since_year_0 = begin.year * 12 + begin.month - 1 + months;
    let (year, month) = (since_year_0.div_euclid(12), since_year_0.rem_euclid(12) + 1);
    let day = begin.day.min(days_in_month(year, month));
    let days: i64 = (1..month).map(|earlier| days_in_month(year, earlier)).sum();
    (days_before_year(year) + days + day - 1) * DAY + at_ms.rem_euclid(DAY)
}

/// `yyyy-MM-ddTHH:mm:ss` in UTC (reference 1.4).
pub fn text(at_ms: i64) -> String {
    let Date { year, month, day } = date_of(at_ms);
    let of_day = at_ms.rem_euclid(DAY);
    let (hour, minute, second) = (of_day / HOUR, of_day / MINUTE % 60, of_day / SECOND % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// The same with `Z`, and with milliseconds where there are any.
pub fn text_zulu(at_ms: i64) -> String {
    match at_ms.rem_euclid(SECOND) {
        0 => format!("{}Z", text(at_ms)),
        milliseconds => format!("{}.{milliseconds:03}Z", text(at_ms)),
    }
}

/// The start of the second that a time lies in.
pub fn whole_second(at_ms: i64) -> i64 {
    at_ms.div_euclid(SECOND) * SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_and_moved_on() {
        let january = 1_769_855_400_123;
        assert_eq!(text_zulu(january), "2026-01-31T10:30:00.123Z");
        assert_eq!(text_zulu(january - 123), "2026-01-31T10:30:00Z");
        assert_eq!(text(plus_months(january, 1)), "2026-02-28T10:30:00");
        assert_eq!(text(plus_months(january, 25)), "2028-02-29T10:30:00");
        assert_eq!(text(plus_months(january, -1)), "2025-12-31T10:30:00");
        assert_eq!(text(0), "1970-01-01T00:00:00");
        assert_eq!(text(-1), "1969-12-31T23:59:59");
    }
}
