//! Random histories give the same answers on SQLite, on PostgreSQL, and without restarts.

use leasehold_core::consume::{CheckoutType, Command, Outcome};
use leasehold_core::entitlement::{Asked, Unit};
use leasehold_core::license::{RenewType, Status, Validity};
use leasehold_core::state::{Consumption, Effects};
use leasehold_store::ledger::Engine as _;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::consumptions::sweep;
use crate::database::{Database, on_postgres, run};
use crate::shop::{DAY_MS, Decided, MINUTE_MS, Shop, add, check_in, example, extend};

/// Licenses of a history: 1 and 2 under one SKU, 3 under another.
const LICENSES: i64 = 3;

/// One command of a batch. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Ask {
    CheckOut {
        sku: bool,
        is_drawn: bool,
        users: u64,
        data: u64,
        tier: bool,
    },
    /// An earlier request once more.
    Again(usize),
    /// An earlier request's token with other parameters.
    Other(usize),
    Extend(usize),
    CheckIn(usize),
    Usage(i64),
}

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    Batch(Vec<Ask>),
    /// Loaded and decided, never committed.
    Abandoned(Vec<Ask>),
    Later(i64),
    /// To the moment at which a check-out expires, or just before it.
    ToExpiration(usize, bool),
    Limit(i64, u64),
    Status(i64, Status),
    NewTerm(i64),
    Delete(i64),
    Sweep,
    Restart,
}

fn ask() -> impl Strategy<Value = Ask> {
    let check_out = (any::<bool>(), any::<bool>(), 0..5u64, 0..400u64, any::<bool>()).prop_map(
        |(sku, is_drawn, users, data, tier)| Ask::CheckOut { sku, is_drawn, users, data, tier },
    );
    prop_oneof![
        5 => check_out,
        1 => any::<usize>().prop_map(Ask::Again),
        1 => any::<usize>().prop_map(Ask::Other),
        2 => any::<usize>().prop_map(Ask::Extend),
        3 => any::<usize>().prop_map(Ask::CheckIn),
        1 => (1..=LICENSES + 1).prop_map(Ask::Usage),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let license = || 1..=LICENSES;
    let gap = prop_oneof![1..MINUTE_MS, MINUTE_MS..70 * MINUTE_MS, DAY_MS..9 * DAY_MS];
    let statuses = [Status::Available, Status::Available, Status::Suspended, Status::Deactivated];
    prop_oneof![
        12 => vec(ask(), 1..6).prop_map(Step::Batch),
        1 => vec(ask(), 1..4).prop_map(Step::Abandoned),
        3 => gap.prop_map(Step::Later),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(it, at)| Step::ToExpiration(it, at)),
        1 => (license(), 0..14u64).prop_map(|(key, max)| Step::Limit(key, max)),
        1 => (license(), proptest::sample::select(statuses.to_vec()))
            .prop_map(|(key, status)| Step::Status(key, status)),
        1 => license().prop_map(Step::NewTerm),
        1 => license().prop_map(Step::Delete),
        2 => Just(Step::Sweep),
        3 => Just(Step::Restart),
    ]
}

/// A history as it is told on one database.
struct Teller<'a> {
    shop: Shop<'a>,
    made: Vec<Consumption>,
    asked: Vec<leasehold_core::consume::CheckOut>,
    /// Every answer, as text.
    told: Vec<String>,
    restarts: bool,
}

impl<'a> Teller<'a> {
    async fn open(database: &'a Database, restarts: bool) -> Self {
        let mut shop = Shop::open(database).await;
        // The rows of every database get the same numbers.
        shop.base = 0;
        for key in 1..=LICENSES {
            let mut license = example(key);
            license.product_sku = if key == 3 { "other" } else { "sku" }.to_owned();
            if key == 2 {
                license.terms.consumption.renew_type = RenewType::Weekly;
                license.terms.consumption.provisional_minutes_max = Some(5);
            }
            add(&shop.store, &license, shop.now_ms).await;
        }
        Self { shop, made: Vec::new(), asked: Vec::new(), told: Vec::new(), restarts }
    }

    fn command(&mut self, ask: &Ask) -> Option<Command> {
        let earlier = |number: &usize| {
            let place = number.checked_rem(self.asked.len())?;
            self.asked.get(place).cloned()
        };
        let made = |number: &usize| self.made.get(number.checked_rem(self.made.len())?);
        Some(match ask {
            Ask::CheckOut { sku, is_drawn, users, data, tier } => {
                let kinds = [CheckoutType::Provisional, CheckoutType::Perpetual];
                let mut request = self.shop.request(kinds[usize::from(*is_drawn)], 1);
                request.selection.product_sku = if *sku { "sku" } else { "other" }.to_owned();
                let wanted = [
                    ("Users", Unit::Count, *users),
                    ("Data", Unit::Gigabytes, *data),
                    ("Tier", Unit::None, u64::from(*tier)),
                ];
                let wanted = wanted.into_iter().filter(|(.., units)| *units > 0);
                request.asked = wanted
                    .map(|(name, unit, units)| Asked { name: name.to_owned(), unit, units })
                    .collect();
                self.asked.push(request.clone());
                Command::CheckOut(request)
            }
            Ask::Again(number) => Command::CheckOut(earlier(number)?),
            Ask::Other(number) => {
                let mut request = earlier(number)?;
                request.fingerprint ^= 1;
                Command::CheckOut(request)
            }
            Ask::Extend(number) => extend(made(number)?),
            Ask::CheckIn(number) => check_in(made(number)?),
            Ask::Usage(license) => Command::Usage { license: *license },
        })
    }

    fn commands(&mut self, asks: &[Ask]) -> Vec<Command> {
        asks.iter().filter_map(|ask| self.command(ask)).collect()
    }

    fn tell(&mut self, decided: Decided) {
        if let Ok(Outcome::CheckedOut(consumption, _)) = &decided
            && self.made.iter().all(|known| known.token != consumption.token)
        {
            self.made.push(consumption.as_ref().clone());
        }
        let decided = decided.map_err(|mut refusal| {
            // When units come back is for the log, and PostgreSQL tells it less exactly.
            refusal.shortfalls.iter_mut().for_each(|it| it.next_return_at_ms = None);
            refusal
        });
        // A repeated answer shows what was answered; later changes of the row are not part of it.
        self.told.push(match decided {
            Ok(Outcome::CheckedOut(it, license)) => {
                let (token, arn) = (it.token, &license.arn);
                format!("{token} {} {} {:?} {arn}", it.version, it.expires_at_ms, it.taken)
            }
            other => format!("{other:?}"),
        });
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Batch(asks) => {
                let commands = self.commands(asks);
                for decided in self.shop.batch(&commands).await {
                    self.tell(decided);
                }
            }
            Step::Abandoned(asks) => self.abandon(asks).await,
            Step::Later(gap_ms) => self.shop.now_ms += gap_ms,
            Step::ToExpiration(number, at) => {
                let place = number.checked_rem(self.made.len());
                let due_ms = place.map_or(0, |place| self.made[place].expires_at_ms);
                let at_ms = if *at { due_ms } else { due_ms - 1 };
                self.shop.now_ms = self.shop.now_ms.max(at_ms);
            }
            Step::Limit(key, max) => {
                let change = |it: &mut leasehold_core::license::Terms| {
                    it.entitlements[0].max_count = Some(*max);
                };
                self.shop.amend(*key, change).await;
            }
            Step::Status(key, status) => {
                self.shop.amend(*key, |terms| terms.status = *status).await;
            }
            Step::NewTerm(key) => self.shop.amend(*key, new_term).await,
            Step::Delete(key) => {
                let is_deleted = self.shop.delete(*key).await;
                self.told.push(format!("deleted: {is_deleted}"));
            }
            Step::Sweep => {
                let moved = sweep(&self.shop).await;
                self.told.push(format!("swept: {moved}"));
            }
            Step::Restart => {}
        }
    }

    async fn abandon(&mut self, asks: &[Ask]) {
        let commands = self.commands(asks);
        let mut state = self.shop.engine.load(self.shop.now_ms, &commands).await.unwrap();
        let mut effects = Effects::default();
        for (seq, command) in (900_000..).zip(&commands) {
            let _ = leasehold_core::consume::decide(&mut state, &mut effects, command, seq);
        }
        // The ledger holds the pools until its next batch is over.
        self.shop.batch(&[]).await;
    }

    /// Tells the whole history; rows and counts agree all the way.
    async fn tell_all(mut self, steps: &[Step]) -> Vec<String> {
        for step in steps {
            self.step(step).await;
            if self.restarts && matches!(step, Step::Restart) {
                self.shop = Shop { base: 0, ..self.shop.restart().await };
            }
            for key in 1..=LICENSES {
                self.shop.count(key).await;
                let users = self.shop.usage(key).await;
                self.told.push(format!("{users:?}"));
            }
        }
        self.shop.recount(1).await;
        self.told
    }
}

/// A term that begins where the last one ends, or now where that has been.
fn new_term(terms: &mut leasehold_core::license::Terms) {
    let begin_ms = terms.validity.end_ms.unwrap();
    let end_ms = begin_ms + 30 * DAY_MS;
    let text = leasehold_core::time::format_zulu;
    terms.validity = Validity::parse(text(begin_ms), Some(text(end_ms))).unwrap();
}

/// The tables as they were before the first license.
async fn clear(database: &Database) {
    let sql = "TRUNCATE license, license_version, tag, pool, consumption, consumption_history,
               hold, request";
    database.client().await.batch_execute(sql).await.unwrap();
}

fn same_at(left: &[String], right: &[String]) {
    for (place, (left, right)) in left.iter().zip(right).enumerate() {
        assert_eq!(left, right, "answer {place}");
    }
    assert_eq!(left.len(), right.len());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn on_sqlite_a_restart_changes_no_answer(steps in vec(step(), 1..60)) {
        run(async {
            let (plain, restarted) = (Database::sqlite(), Database::sqlite());
            let expect = Teller::open(&plain, false).await.tell_all(&steps).await;
            same_at(&Teller::open(&restarted, true).await.tell_all(&steps).await, &expect);
        });
    }
}

/// One PostgreSQL database for all histories: to make one takes longer than to tell one.
async fn postgres_answers_as_sqlite_does(database: &Database) {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    database.open().await;
    let handle = tokio::runtime::Handle::current();
    let told = runner.run(&vec(step(), 1..40), |steps| {
        tokio::task::block_in_place(|| {
            handle.block_on(async {
                clear(database).await;
                let sqlite = Database::sqlite();
                let expect = Teller::open(&sqlite, true).await.tell_all(&steps).await;
                same_at(&Teller::open(database, true).await.tell_all(&steps).await, &expect);
            });
        });
        Ok(())
    });
    told.unwrap();
}

#[test]
fn on_postgres_answers_are_those_of_sqlite() {
    on_postgres(postgres_answers_as_sqlite_does);
}
