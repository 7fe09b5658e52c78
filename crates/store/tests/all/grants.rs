//! The ledger through grants: what is counted on each edge of their tree, and seats that are given
//! back.

use std::collections::BTreeMap;

use leasehold_core::account::root_arn;
use leasehold_core::consume::{CheckOut, CheckoutType, Command, REPLAY_WINDOW_MS};
use leasehold_core::grant::{AllowedOperation, CAP_TAG, Grant, GrantStatus, Terms};
use leasehold_core::license::{Metadata, RenewType, SAME_NODE_METADATA};
use leasehold_store::{grant, tag};

use crate::database::Database;
use crate::shop::{
    ACCOUNT, BEGIN_MS, DAY_MS, Shop, add, check_in, consumption_of, current, example, extend, rule,
};

/// Rows of grants: to a distributor, under it to a reseller, and under that to two customers.
const DISTRIBUTOR: i64 = 20;
const RESELLER: i64 = 30;
pub const CUSTOMER: i64 = 40;
pub const NEIGHBOR: i64 = 41;

/// The account that a grant goes to.
fn account(grant: i64) -> String {
    format!("{grant:012}")
}

/// An active grant of license 1 that allows everything.
fn granted(key: i64, parent: Option<i64>) -> Grant {
    Grant {
        key,
        arn: format!("arn:aws:license-manager::{ACCOUNT}:grant:g-{key:032x}"),
        license: 1,
        parent,
        depth: key / 10,
        granter: parent.map_or_else(|| ACCOUNT.to_owned(), account),
        principal: root_arn(&account(key)),
        grantee: Some(account(key)),
        is_member: false,
        home_region: "us-east-1".to_owned(),
        created_at_ms: BEGIN_MS,
        ended_at_ms: None,
        version: 1,
        terms: Terms {
            name: "name".to_owned(),
            operations: AllowedOperation::ALL.to_vec(),
            status: GrantStatus::Active,
            status_reason: None,
            activation_override: None,
            member_status: None,
        },
    }
}

/// Stores a version of a grant, with a cap on Users or without.
async fn save(shop: &Shop<'_>, grant: &Grant, cap: Option<u64>) {
    let mut tx = shop.store.write().await.unwrap();
    tx.lock(grant.license).await.unwrap();
    grant::save(&mut tx, std::slice::from_ref(grant), shop.now_ms).await.unwrap();
    let tags: Vec<_> =
        cap.into_iter().map(|cap| (format!("{CAP_TAG}Users"), cap.to_string())).collect();
    tag::set(&mut tx, &grant.arn, &tags).await.unwrap();
    tx.commit().await.unwrap();
}

/// The chain: six Users for the distributor, four for the reseller, no cap below.
pub async fn chained<'a>(shop: Shop<'a>) -> Shop<'a> {
    for (key, parent, cap) in [
        (DISTRIBUTOR, None, Some(6)),
        (RESELLER, Some(DISTRIBUTOR), Some(4)),
        (CUSTOMER, Some(RESELLER), None),
        (NEIGHBOR, Some(RESELLER), None),
    ] {
        save(&shop, &granted(key, parent), cap).await;
    }
    shop
}

/// The example license, which gives nodes their seats back.
pub async fn seated(database: &Database) -> Shop<'_> {
    let shop = Shop::open(database).await;
    let mut license = example(1);
    let (name, value) = (SAME_NODE_METADATA.to_owned(), "reuse".to_owned());
    license.terms.metadata = vec![Metadata { name: Some(name), value: Some(value) }];
    add(&shop.store, &license, shop.now_ms).await;
    shop
}

fn through(mut request: CheckOut, grant: i64) -> CheckOut {
    request.consumer.account = account(grant);
    request.selection.account = account(grant);
    request.selection.beneficiary = None;
    request
}

pub fn hold(shop: &mut Shop<'_>, grant: i64, units: u64) -> Command {
    Command::CheckOut(through(shop.provisional(units), grant))
}

pub fn draw(shop: &mut Shop<'_>, grant: i64, units: u64) -> Command {
    Command::CheckOut(through(shop.perpetual(units), grant))
}

/// Users that are out through each of the four grants, as the ledger counts them; what it counts as
/// held is compared with the rows.
async fn out(shop: &mut Shop<'_>) -> [u64; 4] {
    shop.recount(1).await;
    let mut pools = shop.pools(1).await;
    let terms = current(&mut shop.store.read().await.unwrap(), 1).await.terms;
    pools.advance(&terms, shop.now_ms);
    let mut held: BTreeMap<i64, u64> = BTreeMap::new();
    for row in shop.rows(1).await.iter().filter(|row| row.is_holding(shop.now_ms)) {
        let above = |key: &i64| match *key {
            DISTRIBUTOR => None,
            RESELLER => Some(DISTRIBUTOR),
            _ => Some(RESELLER),
        };
        for grant in std::iter::successors(row.grant, above) {
            *held.entry(grant).or_default() += row.taken[0].units;
        }
    }
    [DISTRIBUTOR, RESELLER, CUSTOMER, NEIGHBOR].map(|grant| {
        let counted = pools.edges.get(&(grant, 0)).map_or(0, |edge| edge.held);
        assert_eq!(counted, held.get(&grant).copied().unwrap_or(0), "held through {grant}");
        pools.consumed_through(0, grant)
    })
}

/// No edge passes its cap, whoever below it asks; the caps of others are nobody's limit.
async fn a_cap_counts_all_below_it(database: &Database) {
    let mut shop = chained(Shop::stocked(database).await).await;
    let request = hold(&mut shop, CUSTOMER, 3);
    let held = consumption_of(shop.one(request).await);
    assert_eq!(held.grant, Some(CUSTOMER));
    let request = draw(&mut shop, NEIGHBOR, 2);
    let refusal = shop.one(request).await.unwrap_err();
    let shortfall = &refusal.shortfalls[0];
    assert_eq!((refusal.rule.as_str(), shortfall.free), ("leasehold:cap", 1));
    assert_eq!(shortfall.grant_arn, Some(granted(RESELLER, None).arn));
    // In one batch: the first of two takes the last one.
    let batch = [draw(&mut shop, NEIGHBOR, 1), hold(&mut shop, CUSTOMER, 1)];
    let decided = shop.batch(&batch).await;
    assert!(decided[0].is_ok() && decided[1].is_err(), "{decided:?}");
    let request = hold(&mut shop, DISTRIBUTOR, 2);
    shop.one(request).await.unwrap();
    let request = hold(&mut shop, DISTRIBUTOR, 1);
    assert_eq!(rule(shop.one(request).await), "leasehold:cap");
    assert_eq!(out(&mut shop).await, [6, 4, 3, 1]);
    shop.hold(4).await;
    shop.check_in(&held).await.unwrap();
    assert_eq!(out(&mut shop).await, [3, 1, 0, 1]);
}

/// What is out comes back on every edge at its time, or when it is extended later than that.
async fn edges_follow_extensions_and_expirations(database: &Database) {
    let mut shop = chained(Shop::stocked(database).await).await;
    let batch = [hold(&mut shop, CUSTOMER, 1), hold(&mut shop, NEIGHBOR, 2)];
    let decided = shop.batch(&batch).await;
    let held = consumption_of(decided[0].clone());
    shop.later(30).extend(&held).await.unwrap();
    assert_eq!(out(&mut shop).await, [3, 3, 1, 2]);
    shop.later(30);
    assert_eq!(out(&mut shop).await, [1, 1, 1, 0]);
    // A transaction in between takes what is due off the counts, too.
    shop.later(30).amend(1, |terms| terms.license_name.push('x')).await;
    assert_eq!(out(&mut shop).await, [0, 0, 0, 0]);
    let request = hold(&mut shop, NEIGHBOR, 4);
    shop.one(request).await.unwrap();
    assert_eq!(out(&mut shop).await, [4, 4, 0, 4]);
}

async fn edges_survive_a_restart(database: &Database) {
    let mut shop = chained(Shop::stocked(database).await).await;
    let batch = [hold(&mut shop, CUSTOMER, 1), draw(&mut shop, NEIGHBOR, 2)];
    let held = consumption_of(shop.batch(&batch).await.remove(0));
    let before = shop.pools(1).await;
    shop = shop.restart().await;
    assert_eq!(shop.pools(1).await.edges, before.edges);
    let request = hold(&mut shop, CUSTOMER, 2);
    assert_eq!(rule(shop.one(request).await), "leasehold:cap");
    let batch = [extend(&held), check_in(&held)];
    assert!(shop.batch(&batch).await.iter().all(Result::is_ok));
    shop = shop.restart().await;
    assert_eq!(out(&mut shop).await, [2, 2, 0, 2]);
}

/// R2: a new week restarts what is drawn through grants as it does what is drawn of the license,
/// and that is remembered.
async fn a_new_period_restarts_what_is_drawn_through_grants(database: &Database) {
    let mut shop = Shop::open(database).await;
    let mut license = example(1);
    license.terms.consumption.renew_type = RenewType::Weekly;
    add(&shop.store, &license, shop.now_ms).await;
    shop = chained(shop).await;
    for week in 1..=2 {
        let request = draw(&mut shop, CUSTOMER, 4);
        shop.one(request).await.unwrap();
        // Whatever reads the counts anew finds them full: a grant's change, a restart.
        save(&shop, &Grant { version: 1 + week, ..granted(NEIGHBOR, Some(RESELLER)) }, None).await;
        let request = hold(&mut shop, NEIGHBOR, 1);
        assert_eq!(rule(shop.one(request).await), "leasehold:cap");
        shop = shop.restart().await;
        let request = hold(&mut shop, NEIGHBOR, 1);
        assert_eq!(rule(shop.one(request).await), "leasehold:cap");
        assert_eq!(out(&mut shop).await, [4, 4, 4, 0]);
        shop.now_ms = BEGIN_MS + week * 7 * DAY_MS;
        assert_eq!(shop.users(1).await, (0, 0));
        assert_eq!(out(&mut shop).await, [0, 0, 0, 0]);
    }
}

/// G42, G43: a transaction that ends a grant comes before a batch or after it, and after it nothing
/// more goes out through the grant; what is out runs on.
async fn a_batch_waits_for_a_grant_that_ends(database: &Database) {
    let mut shop = chained(Shop::stocked(database).await).await;
    let request = hold(&mut shop, CUSTOMER, 1);
    let held = consumption_of(shop.one(request).await);
    let mut tx = shop.store.write().await.unwrap();
    tx.lock(1).await.unwrap();
    let batch = [hold(&mut shop, CUSTOMER, 1), extend(&held), hold(&mut shop, DISTRIBUTOR, 1)];
    let now_ms = shop.now_ms;
    let transaction = async move {
        let mut gone = granted(RESELLER, Some(DISTRIBUTOR));
        (gone.version, gone.ended_at_ms, gone.terms.status) =
            (2, Some(now_ms), GrantStatus::Deleted);
        grant::save(&mut tx, &[gone], now_ms).await.unwrap();
        tx.commit().await.unwrap();
    };
    let (decided, ()) = tokio::join!(shop.batch(&batch), transaction);
    let [refused, extended, other] = decided.try_into().unwrap();
    assert_eq!((rule(refused), rule(extended)), ("C2".to_owned(), "C51".to_owned()));
    other.unwrap();
    assert_eq!(out(&mut shop).await, [2, 1, 1, 0]);
    shop.check_in(&held).await.unwrap();
    assert_eq!(out(&mut shop).await, [1, 0, 0, 0]);
}

/// A request from a node that has a seat, numbered as its principal and node are.
pub fn on_node(shop: &mut Shop<'_>, grant: i64, units: u64) -> CheckOut {
    let mut request = through(shop.provisional(units), grant);
    (request.node_id, request.seat) = (Some("node".to_owned()), Some([7; 16]));
    request
}

/// A node that crashed gets its seat back, with the new amount and one row; each of the requests is
/// answered again for its own ten minutes (W62), with the seat as it is now.
async fn a_seat_that_is_taken_again_answers_each_request(database: &Database) {
    let mut shop = chained(seated(database).await).await;
    let (a, b) = (on_node(&mut shop, CUSTOMER, 3), on_node(&mut shop, CUSTOMER, 2));
    let [a, b] = [a, b].map(Command::CheckOut);
    let first = consumption_of(shop.one(a.clone()).await);
    shop.later(6);
    let second = consumption_of(shop.one(b.clone()).await);
    assert_eq!(second.token, first.token);
    assert_eq!((second.taken[0].units, second.issued_at_ms), (2, shop.now_ms));
    for _ in 0..2 {
        assert_eq!(consumption_of(shop.one(a.clone()).await), second);
        assert_eq!(consumption_of(shop.one(b.clone()).await), second);
        assert_eq!(out(&mut shop).await, [2, 2, 2, 0]);
        assert_eq!(shop.rows(1).await, [second.as_ref().clone()]);
        shop = shop.restart().await;
    }
    // The first request's minutes are over, the second's are not.
    shop.now_ms = first.issued_at_ms + REPLAY_WINDOW_MS;
    let third = consumption_of(shop.one(a.clone()).await);
    assert_eq!((third.token, third.issued_at_ms), (first.token, shop.now_ms));
    assert_eq!(consumption_of(shop.one(b).await), third);
    assert_eq!(out(&mut shop).await, [3, 3, 3, 0]);
    shop = shop.restart().await;
    assert_eq!(consumption_of(shop.one(a).await), third);
    shop.check_in(&third).await.unwrap();
    assert_eq!(out(&mut shop).await, [0, 0, 0, 0]);
    assert_eq!(shop.rows(1).await.len(), 1);
}

/// Within one batch as in two; and a seat that is left is nobody's.
async fn seats_are_taken_and_left_within_a_batch(database: &Database) {
    let mut shop = chained(seated(database).await).await;
    let requests = [4, 4, 1].map(|units| Command::CheckOut(on_node(&mut shop, CUSTOMER, units)));
    let decided = shop.batch(&requests).await;
    let held: Vec<_> = decided.into_iter().map(consumption_of).collect();
    assert!(held.iter().all(|it| it.token == held[0].token), "{held:?}");
    assert_eq!(out(&mut shop).await, [1, 1, 1, 0]);
    shop = shop.restart().await;
    let batch = [check_in(&held[2]), Command::CheckOut(on_node(&mut shop, CUSTOMER, 2))];
    let decided = shop.batch(&batch).await;
    let next = consumption_of(decided[1].clone());
    assert_ne!(next.token, held[0].token);
    // Too much for the cap: the node keeps what it has.
    let more = Command::CheckOut(on_node(&mut shop, CUSTOMER, 5));
    assert_eq!(rule(shop.one(more).await), "leasehold:cap");
    assert_eq!(out(&mut shop).await, [2, 2, 2, 0]);
    // PERPETUAL has no seat.
    let mut drawn = on_node(&mut shop, CUSTOMER, 1);
    drawn.checkout_type = CheckoutType::Perpetual;
    let drawn = consumption_of(shop.one(Command::CheckOut(drawn)).await);
    assert_ne!(drawn.token, next.token);
    shop.now_ms = next.expires_at_ms;
    let late = Command::CheckOut(on_node(&mut shop, CUSTOMER, 1));
    let late = consumption_of(shop.one(late).await);
    assert_ne!(late.token, next.token);
    assert_eq!(out(&mut shop).await, [2, 2, 2, 0]);
}

/// A live seat comes before newer licenses; one that has run out does not (C4).
async fn only_a_live_seat_comes_before_newer_licenses(database: &Database) {
    let mut shop = seated(database).await;
    let on_node = |shop: &mut Shop<'_>| {
        let mut request = shop.provisional(1);
        request.seat = Some([7; 16]);
        Command::CheckOut(request)
    };
    let request = on_node(&mut shop);
    let held = consumption_of(shop.one(request).await);
    add(&shop.store, &example(2), shop.now_ms).await;
    let request = on_node(&mut shop);
    assert_eq!(consumption_of(shop.one(request).await).token, held.token);
    shop.now_ms = held.expires_at_ms;
    let request = on_node(&mut shop);
    assert_eq!(consumption_of(shop.one(request).await).license, 2);
}

on_both!(
    a_cap_counts_all_below_it,
    edges_follow_extensions_and_expirations,
    edges_survive_a_restart,
    a_new_period_restarts_what_is_drawn_through_grants,
    a_batch_waits_for_a_grant_that_ends,
    a_seat_that_is_taken_again_answers_each_request,
    seats_are_taken_and_left_within_a_batch,
    only_a_live_seat_comes_before_newer_licenses,
);
