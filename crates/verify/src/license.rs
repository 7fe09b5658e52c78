//! The whole question: may this software run here and now?

use crate::claims::{Entitlement, License, whole_number};
use crate::jws;
use crate::key::PublicKey;
use crate::refusal::{Refusal, Shortfall};
use crate::time::DRIFT_MAX_MS;

/// What a license is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Check<'a> {
    /// The time, in milliseconds since 1970 in UTC; where the user may set the clock, as a
    /// [`ClockGuard`](crate::ClockGuard) sees it.
    pub now_ms: i64,
    /// The node that the software runs on. The license must name exactly this one; with `None`
    /// it must name none.
    pub node_id: Option<&'a str>,
    /// What the software is about to use; all of it must be allowed.
    pub wanted: &'a [Wanted<'a>],
}

/// An entitlement that the software needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The name of the entitlement.
    pub name: &'a str,
    /// Of a counted entitlement how many units at the least; of a feature its value, exactly.
    /// `None` is content with any.
    pub value: Option<&'a str>,
}

/// Verifies a signed license: that `key` signed it, that it is of this time and node, and that it
/// allows what is wanted (J1, J6).
///
/// # Errors
///
/// The first check that fails, as a [`Refusal`].
pub fn verify(token: &str, key: &PublicKey, check: &Check) -> Result<License, Refusal> {
    let license = License::from_payload(&jws::open(token, key)?)?;
    check_time(&license, check.now_ms)?;
    if license.node_id.as_deref() != check.node_id {
        return Err(Refusal::Node {
            licensed: license.node_id,
            asked: check.node_id.map(str::to_owned),
        });
    }
    for wanted in check.wanted {
        check_wanted(license.entitlement(wanted.name), *wanted).map_err(|shortfall| {
            Refusal::Entitlement { name: wanted.name.to_owned(), shortfall }
        })?;
    }
    Ok(license)
}

/// The issuer's clock and ours may differ a little, so a new license is not refused for that. The
/// end is exact: the server gives the units to somebody else at that very time.
fn check_time(license: &License, now_ms: i64) -> Result<(), Refusal> {
    if now_ms.saturating_add(DRIFT_MAX_MS) < license.issued_at_ms {
        return Err(Refusal::NotYetIssued { issued_at_ms: license.issued_at_ms });
    }
    if now_ms >= license.expires_at_ms {
        return Err(Refusal::Expired { expired_at_ms: license.expires_at_ms });
    }
    Ok(())
}

fn check_wanted(allowed: Option<&Entitlement>, wanted: Wanted) -> Result<(), Shortfall> {
    let allowed = allowed.ok_or(Shortfall::Missing)?;
    let Some(value) = wanted.value else { return Ok(()) };
    if let Some(units) = allowed.units() {
        let wanted = whole_number(value).ok_or(Shortfall::NotANumber)?;
        if units < wanted {
            return Err(Shortfall::Units { allowed: units, wanted });
        }
    } else if allowed.value.as_deref() != Some(value) {
        return Err(Shortfall::Value { allowed: allowed.value.clone() });
    }
    Ok(())
}
