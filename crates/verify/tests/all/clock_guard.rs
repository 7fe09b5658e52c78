//! A clock that goes on, drifts and is set back, and what is done to the file.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use leasehold_verify::{ClockError, ClockGuard, DRIFT_MAX_MS};
use tempfile::TempDir;

const NOON_MS: i64 = 1_618_315_200_000;
const HOUR_MS: i64 = 3_600_000;
const SECRET: &[u8] = b"a vendor's secret";

struct Machine {
    folder: TempDir,
    guard: ClockGuard,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let guard = ClockGuard::new(folder.path().join("clock"), SECRET);
        Self { folder, guard }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }

    #[track_caller]
    fn sees(&self, now_ms: i64, expect_ms: i64) {
        assert_eq!(self.guard.see(now_ms).unwrap().now_ms, expect_ms);
    }

    #[track_caller]
    fn is_set_back(&self, now_ms: i64, highest_ms: i64) {
        match self.guard.see(now_ms) {
            Err(ClockError::SetBack { now_ms: now, highest_ms: highest }) => {
                assert_eq!((now, highest), (now_ms, highest_ms));
            }
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn is_damaged(&self) {
        let seen = self.guard.see(NOON_MS + HOUR_MS);
        assert!(matches!(seen, Err(ClockError::Damaged)), "{seen:?}");
    }
}

#[test]
fn a_clock_that_goes_on_is_believed() {
    let machine = Machine::new();
    assert!(machine.guard.see(NOON_MS).unwrap().is_first);
    assert!(!machine.guard.see(NOON_MS).unwrap().is_first);
    machine.sees(NOON_MS + 1, NOON_MS + 1);
    machine.sees(NOON_MS + HOUR_MS, NOON_MS + HOUR_MS);
}

#[test]
fn a_clock_that_is_set_back_is_noticed() {
    let machine = Machine::new();
    machine.sees(NOON_MS, NOON_MS);
    machine.is_set_back(NOON_MS - DRIFT_MAX_MS - 1, NOON_MS);
    machine.is_set_back(i64::MIN, NOON_MS);
    // It does not become true by being said again, and the right time still is.
    machine.is_set_back(NOON_MS - HOUR_MS, NOON_MS);
    machine.sees(NOON_MS + 1, NOON_MS + 1);
}

#[test]
fn a_small_drift_is_forgiven_and_time_stands_still() {
    let machine = Machine::new();
    machine.sees(NOON_MS, NOON_MS);
    machine.sees(NOON_MS - DRIFT_MAX_MS, NOON_MS);
    // Many small steps are one large one.
    machine.is_set_back(NOON_MS - 2 * DRIFT_MAX_MS, NOON_MS);
}

#[test]
fn what_is_not_written_yet_is_less_than_a_minute() {
    let machine = Machine::new();
    machine.sees(NOON_MS, NOON_MS);
    let before = fs::read(machine.file()).unwrap();
    machine.sees(NOON_MS + 59_999, NOON_MS + 59_999);
    assert_eq!(fs::read(machine.file()).unwrap(), before);
    machine.sees(NOON_MS + 60_000, NOON_MS + 60_000);
    assert_ne!(fs::read(machine.file()).unwrap(), before);
}

#[test]
fn a_crash_while_writing_leaves_the_old_file() {
    let machine = Machine::new();
    machine.sees(NOON_MS, NOON_MS);
    fs::write(machine.folder.path().join("clock.new"), "leasehold-cl").unwrap();
    machine.is_set_back(NOON_MS - HOUR_MS, NOON_MS);
    machine.sees(NOON_MS + HOUR_MS, NOON_MS + HOUR_MS);
}

#[test]
fn a_changed_file_is_noticed() {
    let machine = Machine::new();
    machine.sees(NOON_MS, NOON_MS);
    let written = fs::read(machine.file()).unwrap();
    for at in 0..written.len() {
        let mut changed = written.clone();
        changed[at] ^= 1;
        fs::write(machine.file(), changed).unwrap();
        machine.is_damaged();
        fs::write(machine.file(), &written[..at]).unwrap();
        machine.is_damaged();
    }
    for other in [&[0xff; 8][..], &[b'1'; 100_000], b"leasehold-clock-1 0 \n"] {
        fs::write(machine.file(), other).unwrap();
        machine.is_damaged();
    }
    let by_hand = ClockGuard::new(machine.file(), b"another secret");
    fs::remove_file(machine.file()).unwrap();
    by_hand.see(0).unwrap();
    machine.is_damaged();
}

#[test]
fn a_new_file_takes_the_place_of_the_old_one() {
    let machine = Machine::new();
    machine.sees(NOON_MS, NOON_MS);
    // Whoever has the old one open, a disk that loses power among them, sees it whole.
    let mut old = File::open(machine.file()).unwrap();
    machine.sees(NOON_MS + HOUR_MS, NOON_MS + HOUR_MS);
    let mut text = String::new();
    old.read_to_string(&mut text).unwrap();
    assert!(text.starts_with(&format!("leasehold-clock-1 {NOON_MS} ")), "{text}");
}

#[test]
fn one_process_waits_for_another() {
    let machine = Machine::new();
    machine.sees(NOON_MS, NOON_MS);
    let other = File::open(machine.folder.path().join("clock.lock")).unwrap();
    other.lock().unwrap();
    let (guard, (send, receive)) = (machine.guard.clone(), mpsc::channel());
    let thread = thread::spawn(move || send.send(guard.see(NOON_MS + HOUR_MS)));
    assert!(receive.recv_timeout(Duration::from_millis(50)).is_err(), "it did not wait");
    other.unlock().unwrap();
    assert_eq!(receive.recv().unwrap().unwrap().now_ms, NOON_MS + HOUR_MS);
    thread.join().unwrap().unwrap();
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    let machine = Machine::new();
    let guard = ClockGuard::new(machine.folder.path().join("missing/clock"), SECRET);
    assert!(matches!(guard.see(NOON_MS), Err(ClockError::Io(_))));
    let shown = format!("{:?}", machine.guard);
    assert!(!shown.contains("secret") && !shown.contains("97"), "{shown}");
}
