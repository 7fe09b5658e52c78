//! Tokens for customers without an account (reference 8): what an account makes for a license, and
//! what is in the JSON Web Tokens that come of it.
//!
//! A *refresh token* lives for days and is good for nothing but access tokens. An *access token*
//! lives for an hour and is good for nothing but assuming a role (T6).

mod claims;

use serde::{Deserialize, Serialize};

pub use claims::{ACCESS_LIFE_S, Claims, Use, marker, subject};

use crate::grant::{AllowedOperation, Grant, Links};
use crate::license::{License, RETENTION_MONTHS, Status, check_region};
use crate::refusal::{Kind, Refusal};
use crate::time::{self, DAY_MS};

/// How long a token lives where the request does not say, days (T7).
pub const DAYS_DEFAULT: i32 = 365;
/// How long it may live, days (T7).
pub const DAYS: std::ops::RangeInclusive<i32> = 1..=3_650;
/// Characters of a token (T8).
pub const LENGTH_MAX: usize = 4_096;
/// How properties begin that only the server gives (T19).
const RESERVED: &str = "aws:";

/// A refresh token as it is kept: all but the token itself (2.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Row; grows in the order of creation.
    pub key: i64,
    /// A UUID.
    pub id: String,
    /// Account that made it.
    pub account: String,
    /// License that it is for.
    pub license_arn: String,
    /// What the account says of it.
    pub properties: Vec<String>,
    /// Roles that it is meant for, unchecked (T1).
    pub role_arns: Vec<String>,
    /// Creation, milliseconds.
    pub created_at_ms: i64,
    /// End, milliseconds.
    pub expires_at_ms: i64,
    /// Deletion, milliseconds.
    pub deleted_at_ms: Option<i64>,
    /// Key that it is signed with.
    pub signing_key: String,
}

/// A request for a token.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Row.
    pub key: i64,
    /// Id.
    pub id: String,
    /// Account that asks.
    pub account: String,
    /// License.
    pub license_arn: String,
    /// Days that it is to live.
    pub days: Option<i32>,
    /// What the account says of it.
    pub properties: Vec<String>,
    /// Roles.
    pub role_arns: Vec<String>,
    /// Now.
    pub now_ms: i64,
    /// Key to sign with.
    pub signing_key: String,
}

/// Makes a token of a request: T7, T19.
///
/// # Errors
/// Refuses a life out of bounds, and properties that only the server gives.
pub fn create(new: NewToken) -> Result<Token, Refusal> {
    let days = new.days.unwrap_or(DAYS_DEFAULT);
    if !DAYS.contains(&days) {
        let text = format!("ExpirationInDays must be {} to {}.", DAYS.start(), DAYS.end());
        return Err(Refusal::rule("T7", text));
    }
    let reserved = new.properties.iter().position(|property| is_reserved(property));
    if let Some(index) = reserved {
        let text = format!("TokenProperties[{index}] must not begin with '{RESERVED}'.");
        return Err(Refusal::rule("T19", text));
    }
    // Tokens know no fractions of a second.
    let created_at_ms = time::floor_to_second(new.now_ms);
    Ok(Token {
        key: new.key,
        id: new.id,
        account: new.account,
        license_arn: new.license_arn,
        properties: new.properties,
        role_arns: new.role_arns,
        created_at_ms,
        expires_at_ms: created_at_ms.saturating_add(i64::from(days) * DAY_MS),
        deleted_at_ms: None,
        signing_key: new.signing_key,
    })
}

/// Whatever its case, for policies may compare without it.
fn is_reserved(property: &str) -> bool {
    let start = property.trim_start().get(..RESERVED.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(RESERVED))
}

/// Refuses a token that would be too long to use (T8).
///
/// # Errors
/// With the length.
pub fn check_length(length: usize) -> Result<(), Refusal> {
    if length <= LENGTH_MAX {
        return Ok(());
    }
    let text = format!(
        "The token would have {length} characters and may have {LENGTH_MAX}; give it fewer \
         RoleArns or shorter TokenProperties."
    );
    Err(Refusal::rule("T8", text))
}

/// Refuses one more than `max` tokens of an account for a license (T9).
///
/// # Errors
/// With the limit.
pub fn check_count(live: i64, max: Option<i64>) -> Result<(), Refusal> {
    match max {
        Some(max) if live >= max => {
            let text = format!("This account has {max} tokens for the license already.");
            Err(Refusal::new(Kind::LimitExceeded, "T9", text))
        }
        _ => Ok(()),
    }
}

/// Refuses a call outside of the license's home Region (W72).
///
/// # Errors
/// With the home Region.
pub fn check_place(license: &License, region: &str) -> Result<(), Refusal> {
    check_region(region, &license.home_region)
}

/// Whether an account may have tokens for a license, by owning it or by a grant (T10, T16).
///
/// # Errors
/// The refusal of what is nearest to being enough.
pub fn check_license<'a>(
    license: Option<&'a License>,
    account: &str,
    grants: &[Grant],
    links: &Links,
    now_ms: i64,
) -> Result<&'a License, Refusal> {
    let unknown = || Refusal::not_found("T10", "LicenseArn: this account has no such license.");
    let license = license.filter(|it| !it.is_purged(now_ms)).ok_or_else(unknown)?;
    if license.account != account {
        check_grants(license, grants, links)?.ok_or_else(unknown)?;
    }
    let status = license.status_at(now_ms);
    if status != Status::Available {
        let text =
            format!("The license is {}; tokens need one that is AVAILABLE.", status.as_str());
        return Err(Refusal::rule("T10", text));
    }
    Ok(license)
}

/// Whether one of the grants is enough; nothing if there is none to see the license by.
fn check_grants(license: &License, grants: &[Grant], links: &Links) -> Result<Option<()>, Refusal> {
    let mut best = None;
    for grant in grants.iter().filter(|grant| grant.lets_read(license)) {
        let allows = links.allows(grant.key, AllowedOperation::CreateToken);
        best = best.max(Some((links.is_open(grant.key), allows)));
        if links.is_open(grant.key) && allows {
            return Ok(Some(()));
        }
    }
    match best {
        None => Ok(None),
        Some((false, _)) => {
            let text = "The grant of the license is not ACTIVE; accept and activate it first.";
            Err(Refusal::rule("T10", text))
        }
        Some((true, _)) => {
            let text = "The grant of the license does not allow CreateToken.";
            Err(Refusal::new(Kind::Denied, "T10", text))
        }
    }
}

impl Token {
    /// Whether access tokens can be had for it, its license aside.
    pub fn is_live(&self, now_ms: i64) -> bool {
        self.deleted_at_ms.is_none() && now_ms < self.expires_at_ms
    }

    /// `AVAILABLE`, also when it is over, or `DELETED` (3.4).
    pub fn status(&self) -> &'static str {
        if self.deleted_at_ms.is_none() { "AVAILABLE" } else { "DELETED" }
    }

    /// Whether nobody sees it any more: six months after its deletion (3.4).
    pub fn is_purged(&self, now_ms: i64) -> bool {
        let purge_at_ms =
            self.deleted_at_ms.and_then(|at_ms| time::add_months(at_ms, RETENTION_MONTHS));
        purge_at_ms.is_some_and(|purge_at_ms| now_ms >= purge_at_ms)
    }

    /// Whether it has all of these properties (T12).
    pub fn has_all(&self, properties: &[String]) -> bool {
        properties.iter().all(|property| self.properties.contains(property))
    }
}

/// The one answer to every refresh token that is not good (T11).
pub fn invalid() -> Refusal {
    Refusal::value("T11", "Invalid token.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(days: Option<i32>, properties: &[&str]) -> NewToken {
        NewToken {
            key: 1,
            id: "id".to_owned(),
            account: "111122223333".to_owned(),
            license_arn: "arn".to_owned(),
            days,
            properties: properties.iter().map(|it| (*it).to_owned()).collect(),
            role_arns: Vec::new(),
            now_ms: 1_500,
            signing_key: "key".to_owned(),
        }
    }

    #[test]
    fn t7_a_token_lives_for_days() {
        let check = |days: Option<i32>, expect: Option<i64>| {
            let token = create(new(days, &[])).ok();
            assert_eq!(token.map(|it| it.expires_at_ms), expect, "{days:?}");
        };
        check(None, Some(1_000 + 365 * DAY_MS));
        check(Some(1), Some(1_000 + DAY_MS));
        check(Some(3_650), Some(1_000 + 3_650 * DAY_MS));
        check(Some(0), None);
        check(Some(-1), None);
        check(Some(3_651), None);
        check(Some(i32::MAX), None);
    }

    #[test]
    fn t19_properties_of_the_server_cannot_be_given() {
        let check = |property: &str, expect: bool| {
            assert_eq!(create(new(None, &["a", property])).is_ok(), expect, "{property}");
        };
        check("customer", true);
        check("", true);
        check("aws", true);
        check("é:", true);
        check("aws:license-manager:token-issuer-account-id:111122223333", false);
        check("AWS:x", false);
        check(" aws:x", false);
    }

    #[test]
    fn t8_t9_limits() {
        assert!(check_length(4_096).is_ok());
        assert_eq!(check_length(4_097).unwrap_err().rule, "T8");
        assert!(check_count(9, Some(10)).is_ok() && check_count(1_000, None).is_ok());
        assert_eq!(check_count(10, Some(10)).unwrap_err().kind, Kind::LimitExceeded);
    }

    #[test]
    fn t12_properties_are_a_subset() {
        let token = create(new(None, &["a", "b"])).unwrap();
        let check = |properties: &[&str], expect: bool| {
            let properties: Vec<_> = properties.iter().map(|it| (*it).to_owned()).collect();
            assert_eq!(token.has_all(&properties), expect, "{properties:?}");
        };
        check(&[], true);
        check(&["b", "a"], true);
        check(&["a", "c"], false);
        check(&["A"], false);
    }

    #[test]
    fn a_deleted_token_is_seen_for_six_months() {
        let token = create(new(None, &[])).unwrap();
        assert!(token.is_live(2_000) && !token.is_live(token.expires_at_ms));
        let deleted = Token { deleted_at_ms: Some(0), ..token };
        assert_eq!((deleted.status(), deleted.is_live(2_000)), ("DELETED", false));
        let until_ms = time::add_months(0, 6).unwrap();
        assert!(!deleted.is_purged(until_ms - 1) && deleted.is_purged(until_ms));
    }
}
