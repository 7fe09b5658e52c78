//! The checklist of an account: for each license that it received, what is still to be done.

use leasehold_core::checklist::Step;
use leasehold_core::grant::{Grant, Link};
use leasehold_core::license::License;
use leasehold_store::grant::{self as store, Receiver};
use leasehold_store::{Result, Store, Tx, license};
use serde::{Deserialize, Serialize};

/// Licenses read at a time.
const ROWS_AT_ONCE: i64 = 100;

/// One received license.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Which.
    pub license_arn: String,
    /// Its name.
    pub license_name: String,
    /// Product.
    pub product_sku: String,
    /// The grant by which it was received.
    pub grant_arn: String,
    /// Whether it can be used as it is.
    pub is_ready: bool,
    /// What is still to be done.
    pub step: String,
    /// The command that does it, where the account can.
    pub command: Option<String>,
}

/// The checklist of an account whose clients call `region`.
///
/// # Errors
/// What the database says.
pub async fn checklist(
    database: &Store,
    account: &str,
    region: &str,
    now_ms: i64,
) -> Result<Vec<Line>> {
    let receiver = Receiver::Account(account.to_owned());
    let (mut after, mut lines) = ((i64::MIN, 0), Vec::new());
    loop {
        let mut tx = database.read().await?;
        let places = store::received_licenses(&mut tx, &receiver, after, ROWS_AT_ONCE).await?;
        let Some(last) = places.last() else { return Ok(lines) };
        after = *last;
        for (_, key) in places {
            // Counts are the ledger's: it rests for the moment in which those of one are read.
            let mut tx = database.write_alone().await?;
            lines.extend(received(&mut tx, key, &receiver, region, now_ms).await?);
        }
    }
}

/// The line of one license, by the grant that got furthest; none for one long gone.
async fn received(
    tx: &mut Tx,
    key: i64,
    receiver: &Receiver,
    region: &str,
    now_ms: i64,
) -> Result<Option<Line>> {
    let mut pools = tx.pools(key).await?;
    let license = license::get(tx, key).await?;
    let mut grants = store::received_by(tx, key, receiver).await?;
    grants.retain(|grant| !grant.is_purged(now_ms));
    let grant = grants.into_iter().max_by_key(Grant::rank);
    let Some(grant) = grant.filter(|_| !license.is_purged(now_ms)) else { return Ok(None) };
    pools.advance(&license.terms, now_ms);
    let links = store::links(tx, grant.key).await?;
    let chain: Vec<&Link> = links.chain(Some(grant.key)).map(AsRef::as_ref).collect();
    let step = Step::next(&license, &grant, &chain, &pools, now_ms);
    Ok(Some(line(&license, &grant, &step, region)))
}

fn line(license: &License, grant: &Grant, step: &Step, region: &str) -> Line {
    let call = "aws license-manager";
    let arn = &grant.arn;
    let command = match step {
        Step::Accept => Some(format!("{call} accept-grant --grant-arn {arn}")),
        Step::Activate => Some(format!(
            "{call} create-grant-version --grant-arn {arn} --status ACTIVE \
             --client-token activate-{}-{}",
            arn.rsplit("g-").next().unwrap_or_default(),
            grant.version
        )),
        _ => None,
    };
    let mut text = step.text();
    // Everything that a buyer does works in any Region (W74, W78); passing on does not (W75).
    if *step == Step::None && region != license.home_region {
        text += &format!(" (to grant it on, call its home Region {})", license.home_region);
    }
    Line {
        license_arn: license.arn.clone(),
        license_name: license.terms.license_name.clone(),
        product_sku: license.product_sku.clone(),
        grant_arn: arn.clone(),
        is_ready: *step == Step::None,
        step: text,
        command,
    }
}
