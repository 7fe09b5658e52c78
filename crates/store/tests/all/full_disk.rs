//! A disk that fills up while the server runs, and is then given room again.
//!
//! The disk is played by the kernel's limit on the size of files, in a process of its own.

use std::process::{Command as Process, id};

use leasehold_core::consume::Command;
use leasehold_store::{ErrorKind, account};

use crate::database::{Database, run};
use crate::shop::Shop;
use crate::transactions::person;

/// The test below, by its name.
const CHILD: &str = "full_disk::a_full_disk_in_this_process";

#[test]
fn a_full_disk_fails_what_writes_and_nothing_else() {
    // A process that is over the limit gets a signal, unless it was started to pass it over.
    let script = "trap '' XFSZ; exec \"$0\" \"$@\"";
    let program = std::env::current_exe().unwrap();
    let mut child = Process::new("sh");
    child.args(["-c", script]).arg(program);
    child.args(["--exact", CHILD, "--ignored", "--nocapture", "--test-threads=1"]);
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(said.contains("1 passed"), "{said}");
}

/// Limits the size of every file that this process writes from now on.
fn limit_files(bytes: &str) {
    let limits = format!("--fsize={bytes}:unlimited");
    let process = id().to_string();
    let status = Process::new("prlimit").args(["--pid", &process, &limits]).status().unwrap();
    assert!(status.success(), "prlimit (Debian package util-linux) failed");
}

#[test]
#[ignore = "lets no file grow: the test above starts it in a process of its own"]
fn a_full_disk_in_this_process() {
    run(async {
        let database = Database::sqlite();
        let mut shop = Shop::stocked(&database).await;
        shop.hold(3).await;
        for room in [0, 1, 4096, 20_000, 100_000] {
            fill_and_recover(&mut shop, room).await;
        }
        shop = shop.restart().await;
        shop.recount(1).await;
    });
}

async fn fill_and_recover(shop: &mut Shop<'_>, room: u64) {
    let mut log = shop.database.path().into_os_string();
    log.push("-wal");
    // The log is as long as it will get; behind what is written in it there are zeros.
    let written = std::fs::read(log).unwrap().iter().rposition(|byte| *byte != 0).unwrap();
    limit_files(&(u64::try_from(written).unwrap() + 1 + room).to_string());
    let check_out = |shop: &mut Shop<'_>| {
        let mut request = shop.perpetual(1);
        request.asked[0].name = "Data".to_owned();
        request.asked[0].unit = leasehold_core::entitlement::Unit::Gigabytes;
        request.node_id = Some("x".repeat(3000));
        Command::CheckOut(request)
    };
    let mut before = (shop.pools(1).await, shop.rows(1).await);
    let error = loop {
        let request = check_out(shop);
        match shop.try_batch(&[request]).await {
            Ok(decided) => decided[0].clone().unwrap(),
            Err(error) => break error,
        };
        before = (shop.pools(1).await, shop.rows(1).await);
    };
    assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
    for _ in 0..3 {
        let commands: Vec<_> = (0..40).map(|_| check_out(shop)).collect();
        shop.try_batch(&commands).await.unwrap_err();
        let mut tx = shop.store.write().await.unwrap();
        let name = "x".repeat(200_000);
        let inserted = account::insert(&mut tx, &person("1", &name)).await;
        let committed = tx.commit().await;
        assert!(inserted.is_err() || committed.is_err());
        // Reads go on, and nothing half-written is in them or in memory.
        assert_eq!((shop.pools(1).await, shop.rows(1).await), before);
        assert!(account::list(&mut shop.store.read().await.unwrap()).await.unwrap().is_empty());
        shop.recount(1).await;
    }
    limit_files("unlimited");
    let request = check_out(shop);
    shop.one(request).await.unwrap();
    assert_eq!(shop.rows(1).await.len(), before.1.len() + 1);
    shop.recount(1).await;
}
