//! The row of a check-out: how it is written down, and how it moves to the history.

use std::borrow::Cow;
use std::fmt::Write;

use leasehold_core::consume::{CheckoutType, REPLAY_WINDOW_MS};
use leasehold_core::entitlement::Unit;
use leasehold_core::ids::ConsumptionToken;
use leasehold_core::pool::PoolIndex;
use leasehold_core::state::{ClientKey, Consumption, SeatKey, Taken};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::{Row, Tx, Value};

/// The columns of a check-out, in the order of [`Record`].
pub(crate) const COLUMNS: &str = "seq, license, kind, issued_at_ms, expires_at_ms, extended_to_ms,
    extended_at_ms, ended_at_ms, client_key, proof, units, body, grant_key, seat";

/// How long a check-out is over before it may go to the history. A batch of the ledger may be
/// decided at a time that was taken before the sweeper's, or on a server whose clock is behind, and
/// must still find the row that it changes.
const SWEEP_DELAY_MS: i64 = REPLAY_WINDOW_MS;
/// Check-outs looked at in one step of the sweeper.
const SWEEP_ROWS_MAX: i64 = 10_000;

/// A check-out as columns.
///
/// `units` holds `pool:units` pairs, which is all that a start needs to read; `body` the rest, as
/// a JSON array without names, since there is one for each check-out.
pub(crate) struct Record {
    pub seq: i64,
    pub license: i64,
    pub kind: i64,
    pub issued_at_ms: i64,
    pub expires_at_ms: i64,
    pub extended_to_ms: Option<i64>,
    pub extended_at_ms: Option<i64>,
    pub ended_at_ms: Option<i64>,
    pub client_key: ClientKey,
    /// Secret and fingerprint, eight bytes each.
    pub proof: [[u8; 8]; 2],
    pub units: String,
    pub body: String,
    pub grant: Option<i64>,
    pub seat: Option<SeatKey>,
}

/// Version, account, principal, beneficiary, node, each entitlement, and a borrow's notes.
#[derive(Serialize, Deserialize)]
struct Body<'a>(
    i64,
    Cow<'a, str>,
    Cow<'a, str>,
    Option<Cow<'a, str>>,
    Option<Cow<'a, str>>,
    Vec<Entry<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")] Vec<(Cow<'a, str>, Cow<'a, str>)>,
);

/// Name, unit, value and whether it may be checked in.
type Entry<'a> = (Cow<'a, str>, Unit, Option<Cow<'a, str>>, bool);

/// The number that a kind is stored as.
pub(crate) fn kind_number(checkout_type: CheckoutType) -> i64 {
    match checkout_type {
        CheckoutType::Provisional => 0,
        CheckoutType::Perpetual => 1,
        CheckoutType::Borrow => 2,
    }
}

fn kind_of(number: i64) -> Result<CheckoutType> {
    match number {
        0 => Ok(CheckoutType::Provisional),
        1 => Ok(CheckoutType::Perpetual),
        2 => Ok(CheckoutType::Borrow),
        _ => Err(Error::failed(format!("check-outs of kind {number} are unknown"))),
    }
}

/// Reads the `units` column.
pub(crate) fn parse_units(text: &str) -> impl Iterator<Item = Result<(PoolIndex, u64)>> {
    let pair = |pair: &str| {
        let (pool, units) = pair.split_once(':')?;
        Some((pool.parse().ok()?, units.parse().ok()?))
    };
    let wrong = move || Error::failed(format!("units '{text}' cannot be read"));
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts.map(move |part| pair(part).ok_or_else(wrong))
}

impl Record {
    /// Writes a check-out down.
    pub fn encode(consumption: &Consumption) -> Result<Self> {
        let mut units = String::new();
        for taken in &consumption.taken {
            let comma = if units.is_empty() { "" } else { "," };
            // Writing to a string cannot fail.
            let _ = write!(units, "{comma}{}:{}", taken.pool, taken.units);
        }
        let entitlements = consumption.taken.iter().map(|taken| {
            let value = taken.value.as_deref().map(Cow::Borrowed);
            (Cow::Borrowed(taken.name.as_str()), taken.unit, value, taken.allow_check_in)
        });
        let note = |(name, value): &'_ (String, String)| {
            (Cow::Owned(name.clone()), Cow::Owned(value.clone()))
        };
        let body = Body(
            consumption.version,
            Cow::Borrowed(&consumption.account),
            Cow::Borrowed(&consumption.principal),
            consumption.beneficiary.as_deref().map(Cow::Borrowed),
            consumption.node_id.as_deref().map(Cow::Borrowed),
            entitlements.collect(),
            consumption.metadata.iter().map(note).collect(),
        );
        let proof = [consumption.token.secret, consumption.fingerprint].map(u64::to_be_bytes);
        Ok(Self {
            seq: consumption.token.seq,
            license: consumption.license,
            kind: kind_number(consumption.checkout_type),
            issued_at_ms: consumption.issued_at_ms,
            expires_at_ms: consumption.expires_at_ms,
            extended_to_ms: consumption.extended_to_ms,
            extended_at_ms: consumption.extended_at_ms,
            ended_at_ms: consumption.ended_at_ms,
            client_key: consumption.client_key,
            proof,
            units,
            body: serde_json::to_string(&body)?,
            grant: consumption.grant,
            seat: consumption.seat,
        })
    }

    /// Reads it back.
    pub fn decode(&self) -> Result<Consumption> {
        let Body(version, account, principal, beneficiary, node_id, entitlements, notes) =
            serde_json::from_str(&self.body)?;
        let units: Vec<_> = parse_units(&self.units).collect::<Result<_>>()?;
        let taken = entitlements.into_iter().zip(units).map(
            |((name, unit, value, allow_check_in), (pool, units))| Taken {
                name: name.into_owned(),
                unit,
                value: value.map(Cow::into_owned),
                pool,
                units,
                allow_check_in,
            },
        );
        let [secret, fingerprint] = self.proof.map(u64::from_be_bytes);
        Ok(Consumption {
            token: ConsumptionToken { seq: self.seq, secret },
            license: self.license,
            grant: self.grant,
            version,
            checkout_type: kind_of(self.kind)?,
            account: account.into_owned(),
            principal: principal.into_owned(),
            beneficiary: beneficiary.map(Cow::into_owned),
            node_id: node_id.map(Cow::into_owned),
            seat: self.seat,
            taken: taken.collect(),
            metadata: notes
                .into_iter()
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
            issued_at_ms: self.issued_at_ms,
            expires_at_ms: self.expires_at_ms,
            extended_to_ms: self.extended_to_ms,
            extended_at_ms: self.extended_at_ms,
            ended_at_ms: self.ended_at_ms,
            client_key: self.client_key,
            fingerprint,
        })
    }
}

fn read_proof(bytes: &[u8]) -> Result<[[u8; 8]; 2]> {
    match bytes.as_chunks() {
        ([secret, fingerprint], []) => Ok([*secret, *fingerprint]),
        _ => Err(Error::failed("a check-out's proof is not 16 bytes long")),
    }
}

/// Reads a column of sixteen bytes: a client key, or whose seat it is.
pub(crate) fn client_key(bytes: &[u8]) -> Result<ClientKey> {
    bytes.try_into().map_err(|_| Error::failed("a key is not 16 bytes long"))
}

/// Reads a row of [`COLUMNS`].
pub(crate) fn read(row: &Row) -> Result<Consumption> {
    Record {
        seq: row.int(0)?,
        license: row.int(1)?,
        kind: row.int(2)?,
        issued_at_ms: row.int(3)?,
        expires_at_ms: row.int(4)?,
        extended_to_ms: row.int_or_null(5)?,
        extended_at_ms: row.int_or_null(6)?,
        ended_at_ms: row.int_or_null(7)?,
        client_key: client_key(row.bytes(8)?)?,
        proof: read_proof(row.bytes(9)?)?,
        units: row.text(10)?.to_owned(),
        body: row.text(11)?.to_owned(),
        grant: row.int_or_null(12)?,
        seat: row.bytes_or_null(13)?.map(client_key).transpose()?,
    }
    .decode()
}

/// Every check-out of a license, the finished ones included, in the order of their rows.
///
/// # Errors
/// What the database says.
pub async fn all_of(tx: &mut Tx, license: i64) -> Result<Vec<Consumption>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM consumption WHERE license = $1
         UNION ALL SELECT {COLUMNS} FROM consumption_history WHERE license = $1 ORDER BY 1"
    );
    tx.query(&sql, &[license.into()]).await?.iter().map(read).collect()
}

/// The row up to which the sweeper looks in its next step, `None` when there are no more rows
/// after `after`.
///
/// # Errors
/// What the database says.
pub async fn sweep_end(tx: &mut Tx, after: i64) -> Result<Option<i64>> {
    let sql = "SELECT max(seq) FROM
               (SELECT seq FROM consumption WHERE seq > $1 ORDER BY seq LIMIT $2) AS step";
    let rows = tx.query(sql, &[after.into(), SWEEP_ROWS_MAX.into()]).await?;
    rows.first().map_or(Ok(None), |row| row.int_or_null(0))
}

/// Moves check-outs between two rows to the history that have held nothing for some time at
/// `now_ms` and were made before `before_ms`; returns how many.
///
/// # Errors
/// What the database says.
pub async fn sweep(
    tx: &mut Tx,
    after: i64,
    until: i64,
    now_ms: i64,
    before_ms: i64,
) -> Result<u64> {
    let over = "seq > $1 AND seq <= $2 AND issued_at_ms <= $4
        AND (kind = 1 OR ended_at_ms IS NOT NULL
             OR coalesce(extended_to_ms, expires_at_ms) <= $3)";
    let over_ms = now_ms - SWEEP_DELAY_MS;
    let values: [Value; 4] = [after.into(), until.into(), over_ms.into(), before_ms.into()];
    let sql = format!(
        "INSERT INTO consumption_history ({COLUMNS}) SELECT {COLUMNS} FROM consumption WHERE {over}"
    );
    let moved = tx.execute(&sql, &values).await?;
    if moved > 0 {
        tx.execute(&format!("DELETE FROM consumption WHERE {over}"), &values).await?;
    }
    Ok(moved)
}
