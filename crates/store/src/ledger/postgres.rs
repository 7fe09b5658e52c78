//! The ledger on PostgreSQL: any number of servers, none special.
//!
//! A batch is one transaction in two pipelined round trips. The first locks the pools of every
//! license that the batch may use, in the order of their rows, so that batches of several servers
//! queue up and never deadlock; the statements behind it see what the lock's last holder left. The
//! second writes arrays and commits.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use leasehold_core::consume::{Command, REPLAY_WINDOW_MS};
use leasehold_core::license::License;
use leasehold_core::pool::{PoolIndex, Pools};
use leasehold_core::state::{Consumption, Effects, Selection, State, Stock};
use tokio::try_join;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use super::{Engine, encode_pools};
use crate::consumption::{self, Record};
use crate::error::{Error, Result};
use crate::license;
use crate::postgres::{Database, Transaction, read_row};

/// Versions of licenses kept parsed; past it all are forgotten.
const LICENSES_MAX: usize = 100_000;

/// The rows of licenses that a batch may use: $1–$3 selections, $4 check-outs, $5 licenses.
const KEYS: &str = "SELECT l.key FROM license l
        JOIN unnest($1::text[], $2::text[], $3::text[]) AS s(account, beneficiary, product_sku)
        ON l.account = s.account AND l.beneficiary = s.beneficiary
        AND l.product_sku = s.product_sku WHERE l.deleted_at_ms IS NULL
    UNION SELECT license FROM consumption WHERE seq = ANY($4::bigint[])
    UNION SELECT license FROM consumption_history WHERE seq = ANY($4::bigint[])
    UNION SELECT unnest($5::bigint[])";

/// A value of a statement.
type Parameter<'a> = &'a (dyn ToSql + Sync);

/// The statements of a batch, prepared once for a connection.
struct Statements {
    lock: Statement,
    candidates: Statement,
    stocks: Statement,
    due: Statement,
    consumptions: Statement,
    requests: Statement,
    insert: Statement,
    forget: Statement,
    remember: Statement,
    update: Statement,
    pools: Statement,
    hold: Statement,
    release: Statement,
}

impl Statements {
    async fn prepare(client: &Client) -> Result<Self> {
        let columns = consumption::COLUMNS;
        let stocks = license::select_current(&format!("l.key IN ({KEYS})")).replacen(
            " FROM license l",
            ", p.pools, (SELECT min(h.until_ms) FROM hold h
              WHERE h.license = l.key AND h.until_ms > $6::bigint)
             FROM license l JOIN pool p ON p.license = l.key",
            1,
        );
        Ok(Self {
            lock: client
                .prepare(&format!(
                    "SELECT p.license FROM pool p WHERE p.license IN ({KEYS})
                     ORDER BY p.license FOR UPDATE OF p"
                ))
                .await?,
            candidates: client
                .prepare(
                    "SELECT s.account, s.beneficiary, s.product_sku, l.key FROM license l
                     JOIN unnest($1::text[], $2::text[], $3::text[])
                     AS s(account, beneficiary, product_sku)
                     ON l.account = s.account AND l.beneficiary = s.beneficiary
                     AND l.product_sku = s.product_sku WHERE l.deleted_at_ms IS NULL
                     ORDER BY l.created_at_ms DESC, l.key DESC",
                )
                .await?,
            stocks: client.prepare(&stocks).await?,
            due: client
                .prepare(&format!(
                    "SELECT license, until_ms, pool, units FROM hold
                     WHERE license IN ({KEYS}) AND until_ms <= $6::bigint"
                ))
                .await?,
            consumptions: client
                .prepare(&format!(
                    "SELECT {columns} FROM consumption WHERE seq = ANY($1::bigint[])
                     UNION ALL
                     SELECT {columns} FROM consumption_history WHERE seq = ANY($1::bigint[])"
                ))
                .await?,
            requests: client
                .prepare(
                    "SELECT client_key, seq FROM request
                     WHERE client_key = ANY($1::bytea[]) AND seq IS NOT NULL AND at_ms > $2",
                )
                .await?,
            insert: client
                .prepare(&format!(
                    "INSERT INTO consumption ({columns}) SELECT * FROM unnest($1::bigint[],
                     $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                     $7::bigint[], $8::bytea[], $9::bytea[], $10::text[], $11::text[])"
                ))
                .await?,
            forget: client
                .prepare("DELETE FROM request WHERE client_key = ANY($1::bytea[]) AND at_ms <= $2")
                .await?,
            remember: client
                .prepare(
                    "INSERT INTO request (client_key, seq, at_ms)
                     SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[])",
                )
                .await?,
            update: client
                .prepare(
                    "UPDATE consumption c SET extended_to_ms = u.extended_to_ms,
                     ended_at_ms = u.ended_at_ms
                     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
                     AS u(seq, extended_to_ms, ended_at_ms) WHERE c.seq = u.seq",
                )
                .await?,
            pools: client
                .prepare(
                    "UPDATE pool p SET pools = u.pools FROM unnest($1::bigint[], $2::text[])
                     AS u(license, pools) WHERE p.license = u.license",
                )
                .await?,
            hold: client
                .prepare(
                    "INSERT INTO hold (license, until_ms, pool, units) SELECT * FROM
                     unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
                     ON CONFLICT (license, until_ms, pool)
                     DO UPDATE SET units = hold.units + EXCLUDED.units",
                )
                .await?,
            release: client
                .prepare(
                    "DELETE FROM hold h USING unnest($1::bigint[], $2::bigint[])
                     AS u(license, decided_at_ms)
                     WHERE h.license = u.license AND h.until_ms <= u.decided_at_ms",
                )
                .await?,
        })
    }
}

/// What the commands of a batch name.
#[derive(Default)]
struct Names {
    accounts: Vec<String>,
    beneficiaries: Vec<String>,
    skus: Vec<String>,
    seqs: Vec<i64>,
    licenses: Vec<i64>,
    client_keys: Vec<Vec<u8>>,
}

impl Names {
    fn of(commands: &[Command], state: &mut State) -> Self {
        let mut names = Self::default();
        for command in commands {
            match command {
                Command::CheckOut(check_out) => {
                    names.client_keys.push(check_out.client_key.to_vec());
                    let selection = &check_out.selection;
                    if state.candidates.contains_key(selection) {
                        continue;
                    }
                    state.candidates.insert(selection.clone(), Vec::new());
                    if let Some(beneficiary) = &selection.beneficiary {
                        names.accounts.push(selection.account.clone());
                        names.beneficiaries.push(beneficiary.clone());
                        names.skus.push(selection.product_sku.clone());
                    }
                }
                Command::Extend(extend) => names.seqs.push(extend.token.seq),
                Command::CheckIn(check_in) => names.seqs.push(check_in.token.seq),
                Command::Usage { license } => names.licenses.push(*license),
            }
        }
        names
    }
}

struct Session {
    client: Client,
    statements: Statements,
}

/// The engine of the shared database.
pub struct PostgresEngine {
    database: Arc<Database>,
    /// `None` before the first batch and after one that failed.
    session: Option<Session>,
    /// Versions never change, so a parsed one is good for ever.
    terms: HashMap<(i64, i64), Arc<License>>,
}

impl PostgresEngine {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database, session: None, terms: HashMap::new() }
    }

    async fn connect(&mut self) -> Result<Session> {
        if let Some(session) = self.session.take() {
            return Ok(session);
        }
        let client = self.database.dedicated().await?;
        let statements = Statements::prepare(&client).await?;
        Ok(Session { client, statements })
    }

    async fn read(&mut self, session: &Session, names: &Names, state: &mut State) -> Result<()> {
        let Session { client, statements } = session;
        let since_ms = state.now_ms - REPLAY_WINDOW_MS;
        let Names { accounts, beneficiaries, skus, seqs, licenses, client_keys } = names;
        let selected: [Parameter; 3] = [accounts, beneficiaries, skus];
        let keys: [Parameter; 5] = [accounts, beneficiaries, skus, seqs, licenses];
        let keys_now: [Parameter; 6] =
            [accounts, beneficiaries, skus, seqs, licenses, &state.now_ms];
        let named: [Parameter; 1] = [seqs];
        let asked: [Parameter; 2] = [client_keys, &since_ms];
        let (_, locked, candidates, stocks, due, consumptions, requests) = try_join!(
            biased;
            client.batch_execute("BEGIN"),
            client.query(&statements.lock, &keys),
            client.query(&statements.candidates, &selected),
            client.query(&statements.stocks, &keys_now),
            client.query(&statements.due, &keys_now),
            client.query(&statements.consumptions, &named),
            client.query(&statements.requests, &asked),
        )?;
        let locked: Vec<i64> =
            locked.iter().map(|row| row.try_get(0)).collect::<std::result::Result<_, _>>()?;
        for row in &stocks {
            let stock = self.read_stock(row)?;
            if locked.contains(&stock.license.key) {
                state.stocks.insert(stock.license.key, stock);
            }
        }
        read_candidates(&candidates, state)?;
        read_due(&due, state)?;
        for row in &consumptions {
            let consumption = consumption::read(&read_row(row)?)?;
            state.consumptions.insert(consumption.token.seq, Arc::new(consumption));
        }
        if !requests.is_empty() {
            self.read_replays(session, &requests, state).await?;
        }
        Ok(())
    }

    fn read_stock(&mut self, row: &Row) -> Result<Stock> {
        let values = read_row(row)?;
        let (key, deleted_at_ms, version) =
            (values.int(0)?, values.int_or_null(7)?, values.int(8)?);
        let known = self.terms.get(&(key, version));
        let license = match known.filter(|known| known.deleted_at_ms == deleted_at_ms) {
            Some(license) => Arc::clone(license),
            None => {
                let license = Arc::new(license::read(&values)?);
                if self.terms.len() >= LICENSES_MAX {
                    self.terms.clear();
                }
                self.terms.insert((key, version), Arc::clone(&license));
                license
            }
        };
        let mut pools: Pools = serde_json::from_str(values.text(10)?)?;
        pools.next_return_at_ms = values.int_or_null(11)?;
        Ok(Stock { license, pools })
    }

    /// The rare second read: earlier check-outs that answer repeated requests. They need no lock,
    /// for what they answer never changes.
    async fn read_replays(
        &mut self,
        session: &Session,
        requests: &[Row],
        state: &mut State,
    ) -> Result<()> {
        let mut seqs: Vec<i64> = Vec::new();
        for row in requests {
            let seq = row.try_get(1)?;
            state.replays.insert(consumption::client_key(row.try_get(0)?)?, seq);
            seqs.push(seq);
        }
        let rows = session.client.query(&session.statements.consumptions, &[&seqs]).await?;
        for row in &rows {
            let consumption = consumption::read(&read_row(row)?)?;
            let seq = consumption.token.seq;
            state.consumptions.entry(seq).or_insert_with(|| Arc::new(consumption));
        }
        let (none, nothing): (Vec<String>, Vec<i64>) = (Vec::new(), Vec::new());
        let statement = &session.statements.stocks;
        let values: [Parameter; 6] = [&none, &none, &none, &seqs, &nothing, &state.now_ms];
        for row in &session.client.query(statement, &values).await? {
            let stock = self.read_stock(row)?;
            state.stocks.entry(stock.license.key).or_insert(stock);
        }
        Ok(())
    }
}

fn read_candidates(rows: &[Row], state: &mut State) -> Result<()> {
    for row in rows {
        let selection = Selection {
            account: row.try_get(0)?,
            beneficiary: Some(row.try_get(1)?),
            product_sku: row.try_get(2)?,
        };
        let key: i64 = row.try_get(3)?;
        // A license made after the lock was taken waits for the next batch.
        if state.stocks.contains_key(&key) {
            state.candidates.entry(selection).or_default().push(key);
        }
    }
    Ok(())
}

fn read_due(rows: &[Row], state: &mut State) -> Result<()> {
    for row in rows {
        let (license, until_ms, pool): (i64, i64, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let units: i64 = row.try_get(3)?;
        if let Some(stock) = state.stocks.get_mut(&license) {
            stock.pools.returns.insert((until_ms, pool_index(pool)?), units);
        }
    }
    Ok(())
}

fn pool_index(number: i64) -> Result<PoolIndex> {
    PoolIndex::try_from(number).map_err(|_| Error::failed(format!("pool {number} is no pool")))
}

impl Engine for PostgresEngine {
    async fn load(&mut self, now_ms: i64, commands: &[Command]) -> Result<State> {
        let mut state = State { now_ms, ..State::default() };
        let names = Names::of(commands, &mut state);
        let session = self.connect().await?;
        // On an error the session is dropped, and the server undoes what was begun.
        self.read(&session, &names, &mut state).await?;
        self.session = Some(session);
        Ok(state)
    }

    async fn commit(&mut self, state: State, effects: &Effects) -> Result<()> {
        let session =
            self.session.take().ok_or_else(|| Error::failed("the batch was not loaded"))?;
        if effects.is_empty() {
            session.client.batch_execute("ROLLBACK").await?;
        } else {
            write(&session, &state, effects).await?;
        }
        self.session = Some(session);
        Ok(())
    }
}

/// The second round trip: every effect, then COMMIT. If any statement fails, the server has undone
/// all of them by the time it reads the COMMIT.
async fn write(session: &Session, state: &State, effects: &Effects) -> Result<()> {
    let Session { client, statements } = session;
    let inserted = Inserted::of(state, effects)?;
    let updated = Updated::of(state, effects)?;
    let pools = Counts::of(state, effects)?;
    let holds = Holds::of(effects);
    let forget_until_ms = state.now_ms - REPLAY_WINDOW_MS;
    let insert = inserted.parameters();
    let forget: [Parameter; 2] = [&inserted.key, &forget_until_ms];
    let remember: [Parameter; 3] = [&inserted.key, &inserted.seq, &inserted.issued];
    let update: [Parameter; 3] = [&updated.seq, &updated.extended, &updated.ended];
    let counts: [Parameter; 2] = [&pools.license, &pools.document];
    let release: [Parameter; 2] = [&pools.license, &pools.decided];
    let hold: [Parameter; 4] = [&holds.license, &holds.until, &holds.pool, &holds.units];
    try_join!(
        biased;
        client.execute(&statements.insert, &insert),
        client.execute(&statements.forget, &forget),
        // Fails, and with it the batch, if another server has answered the same request meanwhile.
        client.execute(&statements.remember, &remember),
        client.execute(&statements.update, &update),
        client.execute(&statements.pools, &counts),
        client.execute(&statements.release, &release),
        client.execute(&statements.hold, &hold),
        client.batch_execute("COMMIT"),
    )?;
    Ok(())
}

/// New check-outs, a column each.
#[derive(Default)]
struct Inserted {
    seq: Vec<i64>,
    license: Vec<i64>,
    kind: Vec<i64>,
    issued: Vec<i64>,
    expires: Vec<i64>,
    extended: Vec<Option<i64>>,
    ended: Vec<Option<i64>>,
    key: Vec<Vec<u8>>,
    proof: Vec<Vec<u8>>,
    units: Vec<String>,
    body: Vec<String>,
}

fn consumption_of(state: &State, seq: i64) -> Result<&Consumption> {
    let found = state.consumptions.get(&seq).map(Arc::as_ref);
    found.ok_or_else(|| Error::failed(format!("check-out {seq} is not in the batch")))
}

impl Inserted {
    /// The columns in the order of [`consumption::COLUMNS`].
    fn parameters(&self) -> [Parameter<'_>; 11] {
        [
            &self.seq,
            &self.license,
            &self.kind,
            &self.issued,
            &self.expires,
            &self.extended,
            &self.ended,
            &self.key,
            &self.proof,
            &self.units,
            &self.body,
        ]
    }

    fn of(state: &State, effects: &Effects) -> Result<Self> {
        let mut columns = Self::default();
        for seq in &effects.inserted {
            let record = Record::encode(consumption_of(state, *seq)?)?;
            columns.seq.push(record.seq);
            columns.license.push(record.license);
            columns.kind.push(record.kind);
            columns.issued.push(record.issued_at_ms);
            columns.expires.push(record.expires_at_ms);
            columns.extended.push(record.extended_to_ms);
            columns.ended.push(record.ended_at_ms);
            columns.key.push(record.client_key);
            columns.proof.push(record.proof);
            columns.units.push(record.units);
            columns.body.push(record.body);
        }
        Ok(columns)
    }
}

/// Extended and returned check-outs, a column each.
#[derive(Default)]
struct Updated {
    seq: Vec<i64>,
    extended: Vec<Option<i64>>,
    ended: Vec<Option<i64>>,
}

impl Updated {
    fn of(state: &State, effects: &Effects) -> Result<Self> {
        let mut columns = Self::default();
        for seq in &effects.updated {
            let consumption = consumption_of(state, *seq)?;
            columns.seq.push(*seq);
            columns.extended.push(consumption.extended_to_ms);
            columns.ended.push(consumption.ended_at_ms);
        }
        Ok(columns)
    }
}

/// Changed pools, a column each.
#[derive(Default)]
struct Counts {
    license: Vec<i64>,
    document: Vec<String>,
    decided: Vec<i64>,
}

impl Counts {
    fn of(state: &State, effects: &Effects) -> Result<Self> {
        let mut columns = Self::default();
        for key in &effects.pools {
            if let Some(stock) = state.stocks.get(key) {
                columns.license.push(*key);
                columns.document.push(encode_pools(&stock.pools, true)?);
                columns.decided.push(stock.pools.decided_at_ms);
            }
        }
        Ok(columns)
    }
}

/// Changes of what comes back when, summed up by license, instant and pool; a column each.
#[derive(Default)]
struct Holds {
    license: Vec<i64>,
    until: Vec<i64>,
    pool: Vec<i64>,
    units: Vec<i64>,
}

impl Holds {
    fn of(effects: &Effects) -> Self {
        let mut sums: BTreeMap<(i64, i64, PoolIndex), i64> = BTreeMap::new();
        for change in &effects.holds {
            let key = (change.license, change.until_ms, change.pool);
            *sums.entry(key).or_default() += change.units;
        }
        let mut columns = Self::default();
        for ((license, until_ms, pool), units) in sums {
            columns.license.push(license);
            columns.until.push(until_ms);
            columns.pool.push(i64::from(pool));
            columns.units.push(units);
        }
        columns
    }
}

/// The pools of a license with all that comes back, locked until the transaction ends.
pub async fn pools(tx: &mut Transaction, license: i64) -> Result<Option<Pools>> {
    let sql = "SELECT pools FROM pool WHERE license = $1 FOR UPDATE";
    let rows = tx.query(sql, &[license.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let mut pools: Pools = serde_json::from_str(row.text(0)?)?;
    let sql = "SELECT until_ms, pool, units FROM hold WHERE license = $1";
    for row in &tx.query(sql, &[license.into()]).await? {
        pools.returns.insert((row.int(0)?, pool_index(row.int(1)?)?), row.int(2)?);
    }
    Ok(Some(pools))
}
