//! The simulator itself: that it is deterministic, agrees with the server, and finds what is
//! planted.
#![cfg(test)]

use leasehold_sim::history::Told;
use leasehold_sim::{Counts, Failure, Plant, Scenario, Settings, run};

fn tell(settings: &Settings, seed: u64) -> Result<Told, Box<Failure>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run(settings, seed))
}

#[track_caller]
fn check_agreement(settings: &Settings, seeds: std::ops::RangeInclusive<u64>) {
    for seed in seeds {
        let told = tell(settings, seed).unwrap_or_else(|failure| panic!("{failure}"));
        assert!(told.counts.operations > settings.steps, "{}", told.counts);
        assert!(told.counts.allowed > told.counts.operations / 4, "{}", told.counts);
    }
}

#[test]
fn server_and_model_agree_on_sqlite() {
    check_agreement(&Settings { steps: 250, ..Settings::default() }, 1..=3);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the test run names its scratch server this way")]
fn server_and_model_agree_on_postgresql() {
    let Ok(url) = std::env::var("LEASEHOLD_TEST_POSTGRES") else { return };
    let settings = Settings { steps: 200, postgres: Some(url), ..Settings::default() };
    check_agreement(&settings, 1..=2);
}

/// Tells histories of a chain until they have so many operations. After each step every edge was
/// compared with its cap; they were at it often enough to mean something.
fn check_chain(postgres: Option<String>, operations: u64) {
    let scenario = Scenario::Chain;
    let settings = Settings { steps: 150, scenario, postgres, ..Settings::default() };
    let mut all = Counts::default();
    for seed in 1.. {
        let told = tell(&settings, seed).unwrap_or_else(|failure| panic!("{failure}"));
        all.add(&told.counts);
        if all.operations >= operations {
            break;
        }
    }
    assert!(all.full_edges > operations / 100, "{all}");
    assert!(all.allowed > operations / 3, "{all}");
}

#[test]
fn no_edge_of_a_chain_passes_its_cap_in_ten_thousand_operations() {
    check_chain(None, 10_000);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the test run names its scratch server this way")]
fn no_edge_of_a_chain_passes_its_cap_on_postgresql() {
    let Ok(url) = std::env::var("LEASEHOLD_TEST_POSTGRES") else { return };
    check_chain(Some(url), 1_000);
}

#[test]
fn equal_seeds_give_equal_histories() {
    let settings = Settings { steps: 200, ..Settings::default() };
    let [first, second, other] = [11, 11, 12].map(|seed| tell(&settings, seed).unwrap());
    assert_eq!(first, second);
    assert_ne!(first.hash, other.hash);
}

/// A planted defect is found in one of the first histories, and the failure names where.
#[track_caller]
fn check_is_found(plant: Plant) {
    check_is_found_in(Scenario::Everything, plant);
}

#[track_caller]
fn check_is_found_in(scenario: Scenario, plant: Plant) {
    let settings = Settings { steps: 400, scenario, plant: Some(plant), ..Settings::default() };
    let failure = (1..=4).find_map(|seed| tell(&settings, seed).err());
    let failure = failure.unwrap_or_else(|| panic!("{plant:?} was not found"));
    assert!(failure.step > 0 && !failure.last.is_empty());
    let text = failure.to_string();
    let place = format!("seed {} FAILED at step {}", failure.seed, failure.step);
    assert!(text.contains(&place) && text.contains("predicted:"), "{text}");
    assert!(text.contains(&format!("cargo xtask sim --seed {}", failure.seed)), "{text}");
    let again = tell(&settings, failure.seed).unwrap_err();
    assert_eq!(*again, *failure, "a failure is the same each time it is told");
}

#[test]
fn a_race_between_check_and_insert_is_found() {
    check_is_found(Plant::Race);
}

#[test]
fn a_lost_check_out_is_found() {
    check_is_found(Plant::LostCheckOut);
}

#[test]
fn a_double_release_is_found() {
    check_is_found(Plant::DoubleRelease);
}

#[test]
fn a_forgotten_request_is_found() {
    check_is_found(Plant::ForgottenRequest);
}

#[test]
fn a_lost_extension_is_found() {
    check_is_found(Plant::LostExtension);
}

#[test]
fn a_borrow_that_is_not_kept_is_found() {
    check_is_found(Plant::LostBorrow);
}

#[test]
fn a_borrow_that_is_not_counted_is_found() {
    check_is_found(Plant::UncountedBorrow);
}

#[test]
fn a_cap_in_the_middle_that_is_not_counted_is_found() {
    check_is_found_in(Scenario::Chain, Plant::UncountedCap);
}

#[test]
fn a_return_that_grants_do_not_notice_is_found() {
    check_is_found_in(Scenario::Chain, Plant::KeptEdge);
}
