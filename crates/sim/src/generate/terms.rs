//! Terms of licenses, and how one version follows from another.

use super::Generator;
use crate::calendar::{self, DAY, HOUR, MINUTE, SECOND};
use crate::model::License;
use crate::request::{Entitlement, Lending, Moment, Terms};

/// Names of entitlements and the unit that each mostly has.
pub const NAMES: [(&str, &str); 8] = [
    ("Users", "Count"),
    ("Seats", "Count"),
    ("Storage", "Gigabytes"),
    ("Calls", "Count/Second"),
    ("Traffic", "Megabits"),
    ("Time", "Seconds"),
    ("Enterprise", "None"),
    ("Reports", "None"),
];

const ISSUERS: [&str; 2] = ["My Company", "Self/2"];

impl Generator<'_> {
    /// A moment in one of the forms that clients send (W32).
    fn moment(&mut self, at_ms: i64) -> Moment {
        let whole_ms = calendar::whole_second(at_ms);
        match self.random.below(4) {
            0 => {
                let text = format!("{}.000Z", calendar::text(whole_ms));
                Moment { at_ms: whole_ms, text }
            }
            1 => {
                let local = calendar::text(whole_ms + 5 * HOUR + 30 * MINUTE);
                Moment { at_ms: whole_ms, text: format!("{local}+05:30") }
            }
            2 => {
                // The fraction of the seller guide's script: fewer digits than milliseconds.
                let text = format!("{}.36Z", calendar::text(whole_ms));
                Moment { at_ms: whole_ms + 360, text }
            }
            _ => Moment { at_ms, text: calendar::text_zulu(at_ms) },
        }
    }

    fn entitlement(&mut self, name: &'static str, unit: &'static str) -> Entitlement {
        let flag = |often, random: &mut crate::random::Random| match random.below(100) {
            low if low < often => Some(true),
            low if low < 90 => Some(false),
            _ => None,
        };
        let (overage, allow_check_in) = (flag(12, self.random), flag(75, self.random));
        if unit == "None" {
            let value = Some("Enabled").filter(|_| self.random.percent(50));
            return Entitlement { name, unit, max_count: None, value, overage, allow_check_in };
        }
        let max_count = match self.random.below(20) {
            0 => i64::MAX,
            1 => 0,
            2 => 1_000,
            _ => self.random.between(1, 8),
        };
        Entitlement { name, unit, max_count: Some(max_count), value: None, overage, allow_check_in }
    }

    fn entitlements(&mut self) -> Vec<Entitlement> {
        let mut all = Vec::new();
        let often = self.random.one_of([20, 30, 50, 90]);
        for (name, unit) in NAMES {
            if self.random.percent(often) {
                all.push(self.entitlement(name, unit));
            }
        }
        if all.is_empty() {
            all.push(self.entitlement("Users", "Count"));
        }
        all
    }

    /// The first version of a license.
    pub fn new_terms(&mut self) -> Terms {
        let begin_ms = self.now_ms
            + match self.random.below(10) {
                0 => self.random.between(1, 3 * DAY),
                1 => -self.random.between(0, 400 * DAY),
                2 => -7 * DAY + self.random.between(-2, 2) * SECOND,
                3 => 0,
                _ => -self.random.between(0, 40 * DAY),
            };
        let begin = self.moment(begin_ms);
        let end = match self.random.below(10) {
            0..=3 => None,
            4 => Some(self.now_ms + self.random.between(1, HOUR)),
            5 => Some(self.now_ms + self.random.between(1, DAY)),
            _ => Some(self.now_ms + self.random.between(DAY, 400 * DAY)),
        };
        let end = end.map(|end_ms| self.moment(end_ms.max(begin.at_ms + 2 * SECOND)));
        Terms {
            license_name: format!("License {}", self.random.below(100)),
            issuer: self.random.one_of(ISSUERS).to_owned(),
            begin,
            end,
            entitlements: self.entitlements(),
            renew: self.random.one_of([None, Some("None"), Some("Weekly"), Some("Monthly")]),
            provisional_minutes: Some(self.random.one_of([1, 5, 60, 60, 1_440]))
                .filter(|_| self.random.percent(88)),
            lending: self.lending(),
            is_signed: self.random.percent(50),
            note: Some("a note".to_owned()).filter(|_| self.random.percent(20)),
            depth: self.random.one_of([
                None,
                Some("3"),
                Some("3"),
                Some("4"),
                Some("1"),
                Some("x"),
            ]),
            reuses_seats: self.random.percent(40),
        }
    }

    /// How units are lent, if they are.
    fn lending(&mut self) -> Option<Lending> {
        let minutes = self.random.one_of([1, 10, 60, 1_440, 20_160]);
        let units_max = self.random.one_of([None, None, Some("2"), Some("5"), Some("0")]);
        let days_max = self.random.one_of([None, None, Some("1"), Some("7")]);
        let lending = Lending { minutes, early: self.random.percent(60), units_max, days_max };
        Some(lending).filter(|_| self.random.percent(60))
    }

    /// The next version of a license.
    pub fn next_terms(&mut self, license: &License) -> Option<Terms> {
        let mut terms = license.terms()?.clone();
        match self.random.below(17) {
            0..=2 => {
                let by = self.random.between(1, 4);
                self.change_counts(&mut terms, by);
            }
            3..=4 => {
                let by = -self.random.between(1, 4);
                self.change_counts(&mut terms, by);
            }
            5 => {
                let left = terms.entitlements.len().saturating_sub(1).max(1);
                terms.entitlements.truncate(left);
            }
            6 => terms.entitlements = self.entitlements(),
            7 => {
                for it in &mut terms.entitlements {
                    it.allow_check_in = Some(it.allow_check_in != Some(true));
                }
            }
            8..=9 => self.begin_new_term(&mut terms),
            10 => {
                let end_ms = self.now_ms + self.random.between(SECOND, 60 * DAY);
                let end_ms = end_ms.max(terms.begin.at_ms + 2 * SECOND);
                terms.end = Some(self.moment(end_ms)).filter(|_| self.random.percent(80));
            }
            11 => terms.issuer = self.random.one_of(ISSUERS).to_owned(),
            12 => {
                terms.renew = self.random.one_of([None, Some("Weekly"), Some("Monthly")]);
                let minutes = self.random.one_of([1, 5, 60, 1_440]);
                terms.provisional_minutes = Some(minutes).filter(|_| self.random.percent(80));
            }
            13 => self.swap_unit(&mut terms),
            14 => terms.lending = self.lending(),
            15 => terms.is_signed = self.random.percent(80),
            _ => {
                terms.depth = self.random.one_of([None, Some("1"), Some("3")]);
                terms.reuses_seats = self.random.percent(70);
            }
        }
        Some(terms)
    }

    fn change_counts(&mut self, terms: &mut Terms, by: i64) {
        for it in &mut terms.entitlements {
            it.max_count = it.max_count.map(|count| count.saturating_add(by).max(0));
        }
        if self.random.percent(10) {
            for it in terms.entitlements.iter_mut().filter(|it| it.is_counted()) {
                it.overage = Some(it.overage != Some(true));
            }
        }
    }

    /// A renewed agreement (R4): it begins where the old one ends, or a little before or after.
    fn begin_new_term(&mut self, terms: &mut Terms) {
        let old_ms = terms.end.as_ref().map_or(self.now_ms, |end| end.at_ms);
        let begin_ms = old_ms + self.random.one_of([-SECOND, 0, 0, 0, SECOND, DAY]);
        let (old, length) = (terms.end.clone(), self.random.between(DAY, 100 * DAY));
        terms.begin = match old {
            // To the millisecond the same moment, in the same words.
            Some(end) if begin_ms == end.at_ms => end,
            _ => self.moment(begin_ms),
        };
        terms.end =
            Some(self.moment(terms.begin.at_ms + length)).filter(|_| self.random.percent(80));
    }

    /// The same name with another unit is another entitlement (L27).
    fn swap_unit(&mut self, terms: &mut Terms) {
        let count = u64::try_from(terms.entitlements.len()).unwrap_or(0);
        let place = usize::try_from(self.random.below(count)).unwrap_or(0);
        let Some(name) = terms.entitlements.get(place).map(|it| it.name) else { return };
        let unit = self.random.one_of(["Count", "None", "Bytes"]);
        let swapped = self.entitlement(name, unit);
        if let Some(it) = terms.entitlements.get_mut(place) {
            *it = swapped;
        }
    }

    /// Breaks one of D2, D3, D12 or the order of Begin and End.
    pub fn spoil_terms(&mut self, terms: &mut Terms) {
        let first = terms.entitlements.first().cloned();
        match (self.random.below(8), first) {
            (0, Some(first)) => terms.entitlements.push(first),
            (1, Some(_)) => {
                let value = Some("Enabled");
                let wrong = Entitlement { value, ..self.entitlement("Wrong", "Count") };
                terms.entitlements.push(wrong);
            }
            (2, Some(_)) => {
                let max_count = self.random.one_of([None, Some(-1)]);
                let wrong = Entitlement { max_count, ..self.entitlement("Wrong", "Count") };
                terms.entitlements.push(wrong);
            }
            (3, Some(_)) => {
                let wrong = self.entitlement("Wrong", "None");
                terms.entitlements.push(Entitlement { max_count: Some(1), ..wrong });
            }
            (6, _) => {
                let minutes = self.random.one_of([0, -5]);
                let lending = self.lending();
                let broken = Lending { minutes, early: true, units_max: None, days_max: None };
                terms.lending = Some(lending.map_or(broken, |it| Lending { minutes, ..it }));
            }
            (7, _) => {
                let (units_max, days_max) = self.random.one_of([("x", "1"), ("1", "0")]);
                let (units_max, days_max) = (Some(units_max), Some(days_max));
                terms.lending = Some(Lending { minutes: 1, early: true, units_max, days_max });
            }
            (4, _) => terms.provisional_minutes = Some(self.random.one_of([0, -5])),
            _ => terms.end = Some(terms.begin.clone()),
        }
    }
}
