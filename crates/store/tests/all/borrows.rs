//! Borrows on both engines: reserved, kept, lapsed, counted.

use leasehold_core::consume::{
    Borrow, BorrowMade, CheckoutType, Command, Outcome, REPLAY_WINDOW_MS,
};
use leasehold_core::license::{BORROW_MAX_METADATA, Borrow as Lending, Metadata};
use leasehold_core::pool::BORROWS;
use leasehold_core::state::Consumption;

use crate::database::Database;
use crate::shop::{DAY_MS, Decided, Shop, add, consumption_of, example, rule};

const KEY: &str = "key";

/// The example license, which lends six Users at once, for a day.
async fn lending(database: &Database) -> Shop<'_> {
    let shop = Shop::open(database).await;
    let mut license = example(1);
    license.terms.consumption.borrow =
        Some(Lending { minutes_max: 1440, allow_early_check_in: true });
    license.terms.issuer.sign_key = Some(KEY.to_owned());
    let (name, value) = (BORROW_MAX_METADATA.to_owned(), "6".to_owned());
    license.terms.metadata = vec![Metadata { name: Some(name), value: Some(value) }];
    add(&shop.store, &license, shop.now_ms).await;
    shop
}

fn request(shop: &mut Shop<'_>, units: u64) -> Command {
    let mut check_out = shop.request(CheckoutType::Borrow, units);
    check_out.selection.beneficiary = None;
    Command::Borrow(Borrow {
        check_out,
        license: 1,
        grants: None,
        sign_key: KEY.to_owned(),
        metadata: vec![("seat".to_owned(), "é".to_owned())],
    })
}

fn confirm(made: &Consumption) -> Command {
    let (account, token) = (made.account.clone(), made.token);
    Command::ConfirmBorrow(BorrowMade { account, token })
}

async fn reserve(shop: &mut Shop<'_>, units: u64) -> Decided {
    let request = request(shop, units);
    shop.one(request).await
}

/// Users that are out as borrows, as the ledger counts them; what it holds is compared with the
/// rows.
async fn lent(shop: &mut Shop<'_>) -> u64 {
    shop.recount(1).await;
    let mut pools = shop.pools(1).await;
    pools.release(shop.now_ms);
    pools.consumed_through(0, BORROWS)
}

async fn a_borrow_is_kept_and_comes_back(database: &Database) {
    let mut shop = lending(database).await;
    let made = consumption_of(reserve(&mut shop, 4).await);
    assert_eq!(lent(&mut shop).await, 4);
    assert!(matches!(shop.one(confirm(&made)).await, Ok(Outcome::Confirmed)));
    shop = shop.restart().await;
    shop.now_ms += REPLAY_WINDOW_MS;
    assert_eq!(lent(&mut shop).await, 4);
    assert_eq!(rule(reserve(&mut shop, 3).await), BORROW_MAX_METADATA);
    let [row] = &shop.rows(1).await[..] else { panic!("one row") };
    let kept = Consumption { extended_to_ms: None, ..(*made).clone() };
    assert_eq!(*row, kept);
    shop.now_ms = made.issued_at_ms + DAY_MS;
    assert_eq!(lent(&mut shop).await, 0);
    consumption_of(reserve(&mut shop, 6).await);
}

/// Whatever became of its server, what was never signed comes back.
async fn a_reservation_lapses(database: &Database) {
    let mut shop = lending(database).await;
    let made = consumption_of(reserve(&mut shop, 6).await);
    shop = shop.restart().await;
    assert_eq!(lent(&mut shop).await, 6);
    shop.now_ms += REPLAY_WINDOW_MS;
    assert_eq!(lent(&mut shop).await, 0);
    assert_eq!(rule(shop.one(confirm(&made)).await), "B10");
    shop = shop.restart().await;
    assert_eq!(lent(&mut shop).await, 0);
    shop.hold(10).await;
}

/// The same request after a crash before its answer: the same borrow, kept this time (W62).
async fn a_repeated_request_goes_on(database: &Database) {
    let mut shop = lending(database).await;
    let request = request(&mut shop, 6);
    let made = consumption_of(shop.one(request.clone()).await);
    shop = shop.restart().await;
    shop.later(9);
    assert_eq!(consumption_of(shop.one(request.clone()).await), made);
    shop.one(confirm(&made)).await.unwrap();
    shop.later(5);
    assert_eq!(lent(&mut shop).await, 6);
    assert_eq!(rule(shop.one(request).await), BORROW_MAX_METADATA, "the window is over");
}

/// In one batch, and beside check-outs.
async fn borrows_share_the_pool(database: &Database) {
    let mut shop = lending(database).await;
    shop.hold(7).await;
    let batch: Vec<_> = [2, 2, 1].map(|units| request(&mut shop, units)).into();
    let decided = shop.batch(&batch).await;
    let rules: Vec<_> = decided.into_iter().map(|it| it.map(drop).map_err(|no| no.rule)).collect();
    assert_eq!(rules, [Ok(()), Err("C11".to_owned()), Ok(())]);
    assert_eq!(lent(&mut shop).await, 3);
    let rows = shop.rows(1).await;
    shop.check_in(&rows[1]).await.unwrap();
    assert_eq!(lent(&mut shop).await, 1);
}

on_both! {
    a_borrow_is_kept_and_comes_back,
    a_reservation_lapses,
    a_repeated_request_goes_on,
    borrows_share_the_pool,
}
