//! Conservation: what the tables hold is what the model remembers, and no unit is out twice.

mod edges;

use std::collections::HashMap;

use leasehold_core::consume::CheckoutType;
use leasehold_core::grant::Grant as Stored;
use leasehold_core::state::Consumption;
use leasehold_store::check::check as store_check;
use leasehold_store::{Tx, consumption, grant, license};

use crate::model::{CheckOut, Grant, License, Model};
use crate::report::Wrong;
use crate::request::root_of;
use crate::world::ACCOUNTS;

/// A check-out as answers show it, without its token.
#[derive(Debug, PartialEq)]
struct Shown {
    kind: &'static str,
    grant: Option<String>,
    node: Option<String>,
    taken: Vec<(String, String, u64)>,
    issued_at_ms: i64,
    expires_at_ms: i64,
    extended_to_ms: Option<i64>,
    is_ended: bool,
}

impl Shown {
    fn of_model(it: &CheckOut, grants: &[Grant]) -> Self {
        let taken = it.taken.iter();
        let grant = it.grant.and_then(|grant| grants.get(grant));
        Self {
            kind: it.request.kind,
            grant: grant.map(|grant| grant.arn.clone()),
            node: it.request.node.map(str::to_owned),
            taken: taken.map(|it| (it.name.to_owned(), it.unit.to_owned(), it.units)).collect(),
            issued_at_ms: it.issued_at_ms,
            expires_at_ms: it.expires_at_ms,
            extended_to_ms: it.reserved_to_ms.or(it.extended.map(|(to_ms, _)| to_ms)),
            is_ended: it.ended_at_ms.is_some(),
        }
    }

    fn of_row(row: &Consumption, grants: &[Stored]) -> Self {
        let taken = row.taken.iter();
        let grant = row.grant.map(|key| grants.iter().find(|grant| grant.key == key));
        let grant = grant.map(|found| found.map_or("unknown", |grant| &grant.arn).to_owned());
        Self {
            kind: row.checkout_type.as_str(),
            grant,
            node: row.node_id.clone(),
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

/// Compares what is stored of a license with the model: its grants and the rows of its check-outs,
/// and what is counted of these. Learns the tokens of check-outs whose answers were lost.
///
/// # Errors
/// Where they differ.
pub async fn recount(
    tx: &mut Tx,
    model: &mut Model,
    index: usize,
    now_ms: i64,
) -> Result<(), Wrong> {
    let text = |error: leasehold_store::Error| error.to_string();
    let Some(license) = model.licenses.get(index) else { return Ok(()) };
    let Some(key) = license::find_key(tx, &license.arn).await.map_err(text)? else {
        let text = format!("the license {} is gone", license.arn);
        return if license.is_gone(now_ms) { Ok(()) } else { Err(text.into()) };
    };
    let principals = ACCOUNTS.map(root_of);
    let grants = grant::of_license(tx, key, &principals).await.map_err(text)?;
    let rows = consumption::all_of(tx, key).await.map_err(text)?;
    compare_grants(model, index, &grants)?;
    let learned = compare_rows(license, &model.grants, &rows, &grants)?;
    conserve(license, &rows, now_ms)?;
    for (place, token) in learned {
        let license = model.licenses.get_mut(index);
        if let Some(it) = license.and_then(|license| license.check_outs.get_mut(place)) {
            it.token = Some(token);
        }
    }
    Ok(())
}

/// What the store's own check finds in the whole database: nothing, whatever has happened.
///
/// # Errors
/// The first thing that it finds.
pub async fn whole(tx: &mut Tx) -> Result<(), Wrong> {
    let report = store_check(tx, &mut ()).await.map_err(|error| error.to_string())?;
    report.differences.first().map_or(Ok(()), |it| Err(format!("the check: {it}").into()))
}

/// Compares what the ledger counts of a license, and of it through each grant, with the model.
/// Returns how many edges are at their cap.
///
/// # Errors
/// Where they differ.
pub async fn recount_edges(
    tx: &mut Tx,
    model: &Model,
    index: usize,
    now_ms: i64,
) -> Result<u64, Wrong> {
    let text = |error: leasehold_store::Error| error.to_string();
    let Some(license) = model.licenses.get(index) else { return Ok(0) };
    let Some(key) = license::find_key(tx, &license.arn).await.map_err(text)? else { return Ok(0) };
    let terms = license::get(tx, key).await.map_err(text)?.terms;
    let grants = grant::of_license(tx, key, &ACCOUNTS.map(root_of)).await.map_err(text)?;
    let mut pools = tx.pools(key).await.map_err(text)?;
    // On SQLite these are the counts in memory. What is due comes back when they are next decided
    // on, which is now.
    let at_ms = now_ms.max(license.known_ms).max(pools.decided_at_ms);
    pools.advance(&terms, at_ms);
    edges::compare(model, index, &grants, &pools, at_ms)
}

/// The grants of a license as they are stored: none more, none less, and each where it stands.
fn compare_grants(model: &Model, license: usize, stored: &[Stored]) -> Result<(), Wrong> {
    let mut expected = Vec::new();
    for it in model.grants.iter().filter(|grant| grant.license == license) {
        let parent = it.parent.and_then(|parent| model.grants.get(parent));
        let (parent, operations) = (parent.map(|it| it.arn.clone()), it.operations().join(","));
        expected.push((it.arn.clone(), it.version(), it.status(), operations, parent));
    }
    let arn_of = |key: i64| stored.iter().find(|it| it.key == key).map(|it| it.arn.clone());
    let got = stored.iter().map(|it| {
        let operations: Vec<_> = it.terms.operations.iter().map(|it| it.as_str()).collect();
        let (version, status) = (it.version.to_string(), it.terms.status.as_str());
        (it.arn.clone(), version, status, operations.join(","), it.parent.and_then(arn_of))
    });
    let mut got: Vec<_> = got.collect();
    expected.sort();
    got.sort();
    if expected == got {
        return Ok(());
    }
    let differs = |(one, other): &(_, _)| one != other;
    let at = expected.iter().zip(&got).position(|pair| differs(&pair));
    let at = at.unwrap_or(expected.len().min(got.len()));
    Err(Wrong {
        asked: format!("the grants of license {license}"),
        predicted: format!("{} grants, {:?}", expected.len(), expected.get(at)),
        got: format!("{} grants, {:?}", got.len(), got.get(at)),
    })
}

/// Compares the rows of a license with the model's check-outs. Gives tokens that were not known.
fn compare_rows(
    model: &License,
    grants: &[Grant],
    rows: &[Consumption],
    stored: &[Stored],
) -> Result<Vec<(usize, String)>, Wrong> {
    let wrong = |predicted: String, got: String| Wrong {
        asked: format!("the rows of {}", model.arn),
        predicted,
        got,
    };
    if rows.len() != model.check_outs.len() {
        let count = |count| format!("{count} check-outs");
        return Err(wrong(count(model.check_outs.len()), count(rows.len())));
    }
    let known: HashMap<_, _> = model
        .check_outs
        .iter()
        .enumerate()
        .filter_map(|(index, it)| Some((it.token.as_ref()?, index)))
        .collect();
    let mut learned = Vec::new();
    for found in rows {
        let (token, row) = (found.token.to_string(), Shown::of_row(found, stored));
        let index = known.get(&token).copied().or_else(|| {
            let mut unknown = model.check_outs.iter().enumerate();
            let is_it = |(index, it): &(usize, &CheckOut)| {
                it.token.is_none()
                    && !learned.iter().any(|(other, _)| other == index)
                    && Shown::of_model(it, grants) == row
            };
            unknown.find(is_it).map(|(index, _)| index)
        });
        let expected = index.and_then(|index| model.check_outs.get(index));
        let is_same = expected.is_some_and(|expected| {
            Shown::of_model(expected, grants) == row
                && is_timely(model, expected.ended_at_ms, found.ended_at_ms)
                && is_timely(model, expected.extended.map(|it| it.1), found.extended_at_ms)
        });
        if !is_same {
            return Err(wrong(format!("{expected:?}"), format!("{found:?}")));
        }
        learned.extend(index.map(|index| (index, token)));
    }
    Ok(learned)
}

/// granted = drawn + held + free, for each counted entitlement: held by the rows and by the model,
/// and never more out than was ever granted, unless overage was allowed (C11, C21).
fn conserve(model: &License, rows: &[Consumption], now_ms: i64) -> Result<(), Wrong> {
    let at_ms = now_ms.max(model.known_ms);
    let entitlements = model.terms().map_or(&[][..], |terms| &terms.entitlements);
    for it in entitlements.iter().filter(|it| it.is_counted()) {
        let count = model.count(it.name, it.unit, at_ms);
        let is_holding = |row: &&Consumption| {
            row.checkout_type != CheckoutType::Perpetual
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
