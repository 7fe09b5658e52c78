//! Every license with its versions, what is stored of its pools, and its check-outs, added up.

use std::collections::{BTreeMap, HashMap};

use hashbrown::hash_map::Entry;
use leasehold_core::consume::REPLAY_WINDOW_MS;
use leasehold_core::entitlement::Unit;
use leasehold_core::license::Terms;
use leasehold_core::pool::{Edge, PoolIndex, Pools};
use leasehold_core::recount::{Held, Recount, Version};
use leasehold_core::state::{ClientKey, Consumption};

use super::{Difference, Watch};
use crate::consumption;
use crate::error::{Error, Result};
use crate::schema::{Pages, Table, count, tables};
use crate::{Row, Tx};

/// The most that was ever granted of an entitlement; none where overage was allowed (C11, C21).
pub type Granted = BTreeMap<(String, Unit), Option<u64>>;

/// One license.
#[derive(Default)]
pub struct Book {
    /// Its ARN.
    pub arn: String,
    /// Its versions, ascending, without what is long and not counted by.
    pub versions: Vec<Version>,
    /// The most of each entitlement.
    pub granted: Granted,
    /// Its pools as they are stored.
    pub pools: Option<Pools>,
    /// What is stored about when units come back.
    pub returns: Held,
    /// Its check-outs.
    pub recount: Recount,
}

/// All licenses.
#[derive(Default)]
pub struct Books {
    /// By row.
    pub licenses: BTreeMap<i64, Book>,
    /// What was wrong with single rows.
    pub differences: Vec<Difference>,
    /// How many check-outs there are.
    pub check_outs: u64,
}

impl Books {
    /// Reads everything.
    ///
    /// # Errors
    /// What the database says; also if a row cannot be read.
    pub async fn read(tx: &mut Tx, watch: &mut dyn Watch) -> Result<Self> {
        let all = tables(tx).await?;
        let table = |name: &str| {
            let found = all.iter().find(|table| table.name == name);
            found.ok_or_else(|| Error::failed(format!("there is no table {name}")))
        };
        let mut books = Self::default();
        for row in read_all(tx, table("license")?, &["key", "arn"]).await? {
            let book = Book { arn: row.text(1)?.to_owned(), ..Book::default() };
            books.licenses.insert(row.int(0)?, book);
        }
        books.read_versions(tx, table("license_version")?).await?;
        books.read_pools(tx, table("pool")?, table("grant_edge")?, table("hold")?).await?;
        let chains = Chains::read(tx, table("license_grant")?).await?;
        let names = ["consumption", "consumption_history"];
        let mut total = 0;
        for name in names {
            total += count(tx, name, "1 = 1").await?;
        }
        watch.begin("recounting", total);
        for name in names {
            books.read_check_outs(tx, table(name)?, &chains, watch).await?;
        }
        Ok(books)
    }

    async fn read_versions(&mut self, tx: &mut Tx, table: &Table) -> Result<()> {
        let columns = ["license", "version", "created_at_ms", "terms"];
        let mut pages = Pages::new(table, &columns, "1 = 1")?;
        loop {
            let rows = pages.next(tx).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                let Some(book) = self.licenses.get_mut(&row.int(0)?) else { continue };
                let mut terms: Terms = serde_json::from_str(row.text(3)?)?;
                for it in std::mem::take(&mut terms.entitlements) {
                    let most = if it.overage { None } else { Some(it.max_count.unwrap_or(0)) };
                    let most = most.filter(|_| it.is_counted());
                    let known = book.granted.entry((it.name, it.unit)).or_insert(most);
                    *known = known.zip(most).map(|(one, other)| one.max(other));
                }
                terms.metadata = Vec::new();
                let (number, created_at_ms) = (row.int(1)?, row.int(2)?);
                book.versions.push(Version { number, created_at_ms, terms });
            }
        }
    }

    async fn read_pools(
        &mut self,
        tx: &mut Tx,
        pool: &Table,
        edge: &Table,
        hold: &Table,
    ) -> Result<()> {
        for row in read_all(tx, pool, &["license", "pools"]).await? {
            if let Some(book) = self.licenses.get_mut(&row.int(0)?) {
                book.pools = Some(serde_json::from_str(row.text(1)?)?);
            }
        }
        let columns = ["license", "grant_key", "pool", "restarts", "drawn", "held"];
        for row in read_all(tx, edge, &columns).await? {
            let book = self.licenses.get_mut(&row.int(0)?);
            let Some(pools) = book.and_then(|book| book.pools.as_mut()) else { continue };
            let count = |place| row.int(place).map(|it| u64::try_from(it).unwrap_or(0));
            let found = Edge { restarts: row.int(3)?, drawn: count(4)?, held: count(5)? };
            pools.edges.insert((row.int(1)?, pool_index(&row, 2)?), found);
        }
        let columns = ["license", "until_ms", "pool", "grant_key", "units"];
        for row in read_all(tx, hold, &columns).await? {
            if let Some(book) = self.licenses.get_mut(&row.int(0)?) {
                let through = Some(row.int(3)?).filter(|grant| *grant != 0);
                let key = (row.int(1)?, pool_index(&row, 2)?, through);
                book.returns.insert(key, i128::from(row.int(4)?));
            }
        }
        Ok(())
    }

    async fn read_check_outs(
        &mut self,
        tx: &mut Tx,
        table: &Table,
        chains: &Chains,
        watch: &mut dyn Watch,
    ) -> Result<()> {
        let columns: Vec<&str> = consumption::COLUMNS.split(',').map(str::trim).collect();
        let mut pages = Pages::new(table, &columns, "1 = 1")?;
        let mut requests = Requests::default();
        loop {
            let rows = pages.next(tx).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let read = consumption::read(row);
                let read = read.map_err(|error| {
                    let seq = row.int(0).unwrap_or_default();
                    Error::failed(format!("{}, row {seq}: {error}", table.name))
                })?;
                self.add(&read, chains, &mut requests);
            }
            let length = u64::try_from(rows.len()).unwrap_or(0);
            self.check_outs += length;
            watch.advance(length);
        }
    }

    /// Counts a check-out; those of licenses that were purged (L7) count for nothing.
    fn add(&mut self, it: &Consumption, chains: &Chains, requests: &mut Requests) {
        let Some(book) = self.licenses.get_mut(&it.license) else { return };
        let mut differs = |what: &str, expected: String, found: String| {
            let what = format!("check-out {}: {what}", it.token.seq);
            self.differences.push(Difference { subject: book.arn.clone(), what, expected, found });
        };
        let stored = book.pools.as_ref().map_or(&[][..], |pools| &pools.pools);
        for taken in &it.taken {
            let found = stored.get(usize::from(taken.pool));
            let found = found.map(|pool| (pool.name.as_str(), pool.unit));
            if found != Some((taken.name.as_str(), taken.unit)) {
                let expected = format!("{} ({})", taken.name, taken.unit.as_str());
                differs("its pool", expected, format!("{found:?}"));
            }
        }
        if it.expires_at_ms < it.issued_at_ms {
            differs("its end", format!("after {}", it.issued_at_ms), it.expires_at_ms.to_string());
        }
        if let Some(earlier) = requests.earlier(it) {
            differs("its request (W62)", "answered once".to_owned(), format!("also by {earlier}"));
        }
        let chain = match it.grant.map(|grant| chains.0.get(&grant)) {
            None => &[][..],
            Some(Some((license, chain))) if *license == it.license => chain,
            Some(_) => {
                differs("its grant", "one of the license".to_owned(), format!("{:?}", it.grant));
                &[]
            }
        };
        match book.versions.iter().find(|version| version.number == it.version) {
            Some(version) => book.recount.add(it, &version.terms, chain),
            None => differs("its version", "one of the license".to_owned(), it.version.to_string()),
        }
    }
}

/// For each grant its license, and the rows of it and of those above it.
struct Chains(HashMap<i64, (i64, Vec<i64>)>);

impl Chains {
    async fn read(tx: &mut Tx, table: &Table) -> Result<Self> {
        let mut grants = HashMap::new();
        for row in read_all(tx, table, &["key", "license", "parent"]).await? {
            grants.insert(row.int(0)?, (row.int(1)?, row.int_or_null(2)?));
        }
        let above = |key: &i64| grants.get(key).and_then(|(_, parent)| *parent);
        let chain = |key: i64| std::iter::successors(Some(key), above).take(grants.len()).collect();
        let chains = grants.iter().map(|(key, (license, _))| (*key, (*license, chain(*key))));
        Ok(Self(chains.collect()))
    }
}

/// Which check-out answered a request last, for as long as it answers it again. Rows come nearly
/// in the order of time.
#[derive(Default)]
struct Requests {
    made: hashbrown::HashMap<ClientKey, (i64, i64)>,
    newest_ms: i64,
    /// How many there may be before those past the window are forgotten.
    pruned_at: usize,
}

impl Requests {
    /// Notes a check-out; the row of another one that answers the same request.
    fn earlier(&mut self, it: &Consumption) -> Option<i64> {
        self.newest_ms = self.newest_ms.max(it.issued_at_ms);
        if self.made.len() > self.pruned_at.max(1 << 16) {
            let since_ms = self.newest_ms - REPLAY_WINDOW_MS;
            self.made.retain(|_, (at_ms, _)| *at_ms > since_ms);
            self.pruned_at = self.made.len() * 2;
        }
        match self.made.entry(it.client_key) {
            Entry::Vacant(entry) => {
                entry.insert((it.issued_at_ms, it.token.seq));
                None
            }
            Entry::Occupied(mut entry) => {
                let (at_ms, seq) = entry.insert((it.issued_at_ms, it.token.seq));
                (at_ms.abs_diff(it.issued_at_ms) < REPLAY_WINDOW_MS.unsigned_abs()).then_some(seq)
            }
        }
    }
}

async fn read_all(tx: &mut Tx, table: &Table, columns: &[&str]) -> Result<Vec<Row>> {
    let mut pages = Pages::new(table, columns, "1 = 1")?;
    let mut all = Vec::new();
    loop {
        let rows = pages.next(tx).await?;
        if rows.is_empty() {
            return Ok(all);
        }
        all.extend(rows);
    }
}

fn pool_index(row: &Row, place: usize) -> Result<PoolIndex> {
    let number = row.int(place)?;
    PoolIndex::try_from(number).map_err(|_| Error::failed(format!("pool {number} is no pool")))
}
