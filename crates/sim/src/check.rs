//! Conservation: what the tables hold is what the model remembers, and no unit is out twice.

use leasehold_core::consume::CheckoutType;
use leasehold_core::state::Consumption;
use leasehold_store::{Tx, consumption, license};

use crate::model::{CheckOut, License};
use crate::report::Wrong;

/// A check-out as answers show it, without its token.
#[derive(Debug, PartialEq)]
struct Shown {
    is_perpetual: bool,
    taken: Vec<(String, String, u64)>,
    issued_at_ms: i64,
    expires_at_ms: i64,
    extended_to_ms: Option<i64>,
    is_ended: bool,
}

impl Shown {
    fn of_model(it: &CheckOut) -> Self {
        let taken = it.taken.iter();
        Self {
            is_perpetual: it.is_perpetual(),
            taken: taken.map(|it| (it.name.to_owned(), it.unit.to_owned(), it.units)).collect(),
            issued_at_ms: it.issued_at_ms,
            expires_at_ms: it.expires_at_ms,
            extended_to_ms: it.extended.map(|(to_ms, _)| to_ms),
            is_ended: it.ended_at_ms.is_some(),
        }
    }

    fn of_row(row: &Consumption) -> Self {
        let taken = row.taken.iter();
        Self {
            is_perpetual: row.checkout_type == CheckoutType::Perpetual,
            taken: taken
                .map(|it| (it.name.clone(), it.unit.as_str().to_owned(), it.units))
                .collect(),
            issued_at_ms: row.issued_at_ms,
            expires_at_ms: row.expires_at_ms,
            extended_to_ms: row.extended_to_ms,
            is_ended: row.ended_at_ms.is_some(),
        }
    }
}

/// Whether a row was changed when the model says, or at a later time that the clock then stood
/// behind: no answer shows when a check-out was extended or returned.
fn is_timely(owner: &License, model: Option<i64>, row: Option<i64>) -> bool {
    model == row
        || model.zip(row).is_some_and(|(model, row)| row > model && owner.seen.contains(&row))
}

/// Compares the rows of a license with the model's check-outs, and counts both. Learns the tokens
/// of check-outs whose answers were lost.
///
/// # Errors
/// Where they differ.
pub async fn recount(tx: &mut Tx, model: &mut License, now_ms: i64) -> Result<(), Wrong> {
    let text = |error: leasehold_store::Error| error.to_string();
    let Some(key) = license::find_key(tx, &model.arn).await.map_err(text)? else {
        let text = format!("the license {} is gone", model.arn);
        return if model.is_gone(now_ms) { Ok(()) } else { Err(text.into()) };
    };
    let rows = consumption::all_of(tx, key).await.map_err(text)?;
    let wrong = |predicted: String, got: String| Wrong {
        asked: format!("the rows of {}", model.arn),
        predicted,
        got,
    };
    if rows.len() != model.check_outs.len() {
        let count = |count| format!("{count} check-outs");
        return Err(wrong(count(model.check_outs.len()), count(rows.len())));
    }
    let mut learned = Vec::new();
    for found in &rows {
        let (token, row) = (found.token.to_string(), Shown::of_row(found));
        let known = model.check_outs.iter().position(|it| it.token.as_ref() == Some(&token));
        let index = known.or_else(|| {
            let mut unknown = model.check_outs.iter().enumerate();
            let is_it = |(index, it): &(usize, &CheckOut)| {
                it.token.is_none()
                    && !learned.iter().any(|(other, _)| other == index)
                    && Shown::of_model(it) == row
            };
            unknown.find(is_it).map(|(index, _)| index)
        });
        let expected = index.and_then(|index| model.check_outs.get(index));
        let is_same = expected.is_some_and(|expected| {
            Shown::of_model(expected) == row
                && is_timely(model, expected.ended_at_ms, found.ended_at_ms)
                && is_timely(model, expected.extended.map(|it| it.1), found.extended_at_ms)
        });
        if !is_same {
            return Err(wrong(format!("{expected:?}"), format!("{found:?}")));
        }
        learned.extend(index.map(|index| (index, token)));
    }
    conserve(model, &rows, now_ms)?;
    for (index, token) in learned {
        if let Some(it) = model.check_outs.get_mut(index) {
            it.token = Some(token);
        }
    }
    Ok(())
}

/// granted = drawn + held + free, for each counted entitlement: held by the rows and by the model,
/// and never more out than was ever granted, unless overage was allowed (C11, C21).
fn conserve(model: &License, rows: &[Consumption], now_ms: i64) -> Result<(), Wrong> {
    let at_ms = now_ms.max(model.known_ms);
    let entitlements = model.terms().map_or(&[][..], |terms| &terms.entitlements);
    for it in entitlements.iter().filter(|it| it.is_counted()) {
        let count = model.count(it.name, it.unit, at_ms);
        let is_holding = |row: &&Consumption| {
            row.checkout_type == CheckoutType::Provisional
                && row.ended_at_ms.is_none()
                && row.extended_to_ms.unwrap_or(row.expires_at_ms) > at_ms
        };
        let taken = rows.iter().filter(is_holding).flat_map(|row| &row.taken);
        let same = taken.filter(|taken| taken.name == it.name && taken.unit.as_str() == it.unit);
        let held: u64 = same.map(|taken| taken.units).sum();
        let granted = model.most_granted(it.name, it.unit);
        let free = granted.map(|granted| granted.checked_sub(count.consumed()));
        if held != count.held || free == Some(None) {
            return Err(Wrong {
                asked: format!("units of {} of {}", it.name, model.arn),
                predicted: format!("granted {granted:?} = drawn + held + free; {count:?}"),
                got: format!("held {held}, free {free:?}"),
            });
        }
    }
    Ok(())
}
