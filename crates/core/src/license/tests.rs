//! Statuses, versions, deletions and periods of one license.

use super::*;
use crate::entitlement::{self, Entitlement};

/// A license of ten Users and a feature, from 2021-01-31 to 2022-01-31.
pub(crate) fn example() -> License {
    let entitlement = |name: &str, unit, max_count| Entitlement {
        name: name.to_owned(),
        unit,
        max_count,
        value: None,
        overage: false,
        allow_check_in: true,
    };
    License {
        key: 1,
        arn: arn("111122223333", &"0".repeat(32)),
        account: "111122223333".to_owned(),
        product_sku: "sku".to_owned(),
        beneficiary: "buyer".to_owned(),
        home_region: "us-east-1".to_owned(),
        created_at_ms: 0,
        deleted_at_ms: None,
        version: 1,
        terms: Terms {
            license_name: "name".to_owned(),
            product_name: "product".to_owned(),
            issuer: Issuer { name: "My Company".to_owned(), sign_key: None },
            validity: Validity::parse(
                "2021-01-31T10:00:00Z".to_owned(),
                Some("2022-01-31T10:00:00Z".to_owned()),
            )
            .unwrap(),
            entitlements: vec![
                entitlement("Users", entitlement::Unit::Count, Some(10)),
                entitlement("Tier", entitlement::Unit::None, None),
            ],
            consumption: ConsumptionConfiguration {
                provisional_minutes_max: Some(60),
                ..ConsumptionConfiguration::default()
            },
            metadata: Vec::new(),
            status: Status::Available,
        },
    }
}

#[test]
fn region_names_are_checked() {
    for good in ["us-east-1", "us-gov-west-1", "ap-southeast-12"] {
        assert!(check_region_name(good).is_ok(), "{good}");
    }
    for bad in ["", "us", "us-1", "us-east", "usa-east-1", "us-East-1", "us-east-1a", "us--1"] {
        assert!(check_region_name(bad).is_err(), "{bad}");
    }
}

fn amendment(terms: Terms) -> Amendment {
    let region = "us-east-1".to_owned();
    Amendment { home_region: region.clone(), region, source_version: None, terms }
}

#[test]
fn the_fingerprint_is_matched_byte_for_byte() {
    let license = example();
    let right = key_fingerprint(&license.account, "My Company");
    assert_eq!(right, "aws:111122223333:My Company:issuer-fingerprint");
    assert!(license.has_fingerprint(&right));
    for wrong in [right.to_lowercase(), format!("{right} "), right.replace("aws", "")] {
        assert!(!license.has_fingerprint(&wrong), "{wrong}");
    }
}

#[test]
fn every_status_is_settable_or_refused() {
    for status in Status::ALL {
        let terms = Terms { status: *status, ..example().terms };
        let decided = amend(&example(), amendment(terms));
        let settable =
            matches!(status, Status::Available | Status::Deactivated | Status::Suspended);
        assert_eq!(decided.is_ok(), settable, "{status:?}");
    }
}

#[test]
fn amendments_are_refused_by_rule() {
    let check = |license: License, change: fn(&mut Amendment), expect: &str| {
        let mut amendment = amendment(example().terms);
        change(&mut amendment);
        assert_eq!(amend(&license, amendment).unwrap_err().rule, expect);
    };
    check(example(), |it| it.region = "eu-west-1".into(), "W72");
    check(example(), |it| it.home_region = "eu-west-1".into(), "L25");
    check(example(), |it| it.source_version = Some("2".into()), "L22");
    check(License { deleted_at_ms: Some(1), ..example() }, |_| (), "L26");
    check(example(), |it| it.terms.consumption.provisional_minutes_max = Some(0), "D12");
    let next = amend(&example(), amendment(example().terms)).unwrap();
    assert_eq!(next.version, 2);
}

#[test]
fn deletions_are_refused_by_rule() {
    let check = |license: License, region, source, held, expect: &str| {
        assert_eq!(delete(&license, region, source, held, 5).unwrap_err().rule, expect);
    };
    check(example(), "eu-west-1", "1", 0, "W72");
    check(example(), "us-east-1", "2", 0, "L30");
    check(example(), "us-east-1", "1", 1, "L31");
    check(License { deleted_at_ms: Some(1), ..example() }, "us-east-1", "1", 0, "L34");
    let gone = delete(&example(), "us-east-1", "1", 0, 5).unwrap();
    assert_eq!(gone.status_at(6), Status::Deleted);
}

#[test]
fn status_follows_the_clock() {
    let license = example();
    let (begin, end) = (license.terms.validity.begin_ms, license.terms.validity.end_ms.unwrap());
    let check = |now, status, usable| {
        assert_eq!((license.status_at(now), license.is_usable(now)), (status, usable));
    };
    check(begin - 1, Status::Available, false);
    check(begin, Status::Available, true);
    check(end - 1, Status::Available, true);
    check(end, Status::Expired, false);
}

#[test]
fn periods_begin_with_the_term() {
    let at = |text: &str| time::parse(text).unwrap();
    let check = |renew_type, now: &str, expect: &str| {
        let mut terms = example().terms;
        terms.consumption.renew_type = renew_type;
        assert_eq!(time::format_zulu(terms.period_begin_ms(at(now))), expect);
    };
    check(RenewType::None, "2021-12-01T00:00:00Z", "2021-01-31T10:00:00Z");
    check(RenewType::Weekly, "2021-02-07T09:59:59Z", "2021-01-31T10:00:00Z");
    check(RenewType::Weekly, "2021-02-07T10:00:00Z", "2021-02-07T10:00:00Z");
    check(RenewType::Monthly, "2021-03-01T00:00:00Z", "2021-02-28T10:00:00Z");
    check(RenewType::Monthly, "2020-03-01T00:00:00Z", "2021-01-31T10:00:00Z");
}
