//! What a server remembers from batch to batch, so that it knows what to lock.
//!
//! Memory only says where to look. Each batch reads behind its locks which licenses serve, and the
//! numbers of the versions of all that it uses; where memory was wrong, it is mended and the batch
//! begins anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::HashMap;
use leasehold_core::grant::{Links, caps};
use leasehold_core::license::License;
use leasehold_core::state::{Candidate, Selection};
use tokio::try_join;

use super::locked::{Locked, read_candidates};
use super::names::{Names, Selected};
use super::{Parameter, Session, query_if};
use crate::error::Result;
use crate::postgres::read_row;
use crate::{grant, license};

/// Selections, licenses or grants that are remembered; past it all of a kind are forgotten.
const KNOWN_MAX: usize = 100_000;

/// Selections, licenses and grants.
#[derive(Default)]
pub struct Known {
    candidates: HashMap<Selection, Vec<Candidate>>,
    /// A version never changes, so what is parsed is good as long as its number is.
    licenses: HashMap<i64, Arc<License>>,
    links: Links,
    /// The version of each link.
    versions: HashMap<i64, i64>,
}

/// The rows that a batch locks and reads.
#[derive(Default)]
pub struct Scope {
    /// Licenses, in the order in which they are locked.
    pub licenses: BTreeSet<i64>,
    /// Grants that something is or was taken through.
    pub grants: BTreeSet<i64>,
}

impl Scope {
    fn add(&mut self, license: i64, grant: Option<i64>) {
        self.licenses.insert(license);
        self.grants.extend(grant);
    }

    fn covers(&self, license: i64, grant: Option<i64>) -> bool {
        self.licenses.contains(&license) && grant.is_none_or(|it| self.grants.contains(&it))
    }
}

impl Known {
    /// A license.
    pub fn license(&self, key: i64) -> Option<&Arc<License>> {
        self.licenses.get(&key)
    }

    /// Some grants, and all above them.
    pub fn links(&self, grants: &BTreeSet<i64>) -> Links {
        let mut links = Links::default();
        for grant in grants {
            links.extend(&self.links, *grant);
        }
        links
    }

    /// What a batch needs, read from the database where it is not known. Check-outs like those of
    /// earlier batches read nothing here.
    ///
    /// # Errors
    /// What the database says.
    pub async fn find(&mut self, session: &Session, names: &Names) -> Result<Scope> {
        let Session { client, statements } = session;
        self.limit();
        let unknown: Vec<Selection> = names
            .selections
            .iter()
            .filter(|it| !self.candidates.contains_key(*it))
            .cloned()
            .collect();
        let (sold, granted) = Selected::of(&unknown);
        let made: [Parameter; 2] = [&names.seqs, &names.seats];
        let (sold, granted, made) = try_join!(
            biased;
            sold.query(client, &statements.sold),
            granted.query(client, &statements.granted),
            query_if(names.any_made(), client, &statements.made, &made),
        )?;
        self.candidates.extend(read_candidates(&unknown, &sold, &granted)?);
        let mut scope = Scope::default();
        for row in &made {
            scope.add(row.try_get(0)?, row.try_get(1)?);
        }
        for selection in &names.selections {
            for candidate in self.candidates.get(selection).into_iter().flatten() {
                scope.add(candidate.license, candidate.grant);
            }
        }
        scope.licenses.extend(&names.licenses);
        scope.grants.extend(&names.grants);
        self.learn(session, &scope).await?;
        Ok(scope)
    }

    /// Reads the licenses and grants that are not known.
    ///
    /// # Errors
    /// What the database says.
    pub async fn learn(&mut self, session: &Session, scope: &Scope) -> Result<()> {
        let Session { client, statements } = session;
        let licenses = scope.licenses.iter().filter(|key| !self.licenses.contains_key(*key));
        let licenses: Vec<i64> = licenses.copied().collect();
        let grants = scope.grants.iter().filter(|grant| !self.knows_chain(**grant));
        let grants: Vec<i64> = grants.copied().collect();
        let (of_licenses, of_grants): ([Parameter; 1], [Parameter; 1]) = ([&licenses], [&grants]);
        let (licenses, links) = try_join!(
            biased;
            query_if(!licenses.is_empty(), client, &statements.licenses, &of_licenses),
            query_if(!grants.is_empty(), client, &statements.links, &of_grants),
        )?;
        for row in &licenses {
            let license = Arc::new(license::read(&read_row(row)?)?);
            self.licenses.insert(license.key, license);
        }
        let links: Vec<_> = links.iter().map(read_row).collect::<Result<_>>()?;
        for link in grant::read_links(&links)?.iter() {
            self.links.insert(Arc::clone(link));
        }
        for row in &links {
            self.versions.insert(row.int(0)?, row.int(6)?);
        }
        Ok(())
    }

    /// Whether a grant is known with all that is above it.
    fn knows_chain(&self, grant: i64) -> bool {
        self.links.chain(Some(grant)).last().is_some_and(|top| top.parent.is_none())
    }

    /// Whether what was found still held when it was locked. What did not is mended or forgotten,
    /// so that it is found next time.
    ///
    /// # Errors
    /// When a row is not as it should be.
    pub fn held(&mut self, scope: &Scope, locked: &Locked) -> Result<bool> {
        let mut held = true;
        for (selection, candidates) in &locked.candidates {
            held &= candidates.iter().all(|it| scope.covers(it.license, it.grant));
            if self.candidates.get(selection) != Some(candidates) {
                self.candidates.insert(selection.clone(), candidates.clone());
            }
        }
        let mut made = locked.consumptions.iter();
        held &= made.all(|it| scope.covers(it.license, it.grant));
        for row in &locked.stocks {
            let (key, version, deleted_at_ms): (i64, i64, Option<i64>) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let is_same = |known: &Arc<License>| {
                (known.version, known.deleted_at_ms) == (version, deleted_at_ms)
            };
            if !self.licenses.get(&key).is_some_and(is_same) {
                self.licenses.remove(&key);
                held = false;
            }
        }
        Ok(self.held_links(locked)? && held)
    }

    fn held_links(&mut self, locked: &Locked) -> Result<bool> {
        let mut read = BTreeMap::new();
        for row in &locked.links {
            let (key, version, tags): (i64, i64, Vec<String>) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            read.insert(key, (version, caps(tags.iter().filter_map(|tag| tag.rsplit_once('=')))));
        }
        let mut held = true;
        for key in &locked.chain {
            let known = self.links.get(*key).zip(self.versions.get(key));
            let is_same =
                read.get(key).zip(known).is_some_and(|((version, caps), (link, known))| {
                    version == known && *caps == link.caps
                });
            if !is_same {
                self.links.remove(*key);
                held = false;
            }
        }
        Ok(held)
    }

    fn limit(&mut self) {
        if self.candidates.len() > KNOWN_MAX {
            self.candidates.clear();
        }
        if self.licenses.len() > KNOWN_MAX {
            self.licenses.clear();
        }
        if self.versions.len() > KNOWN_MAX {
            self.links.clear();
            self.versions.clear();
        }
    }
}
