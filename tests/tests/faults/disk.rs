//! A full disk, as a small file system in memory; only root can mount one.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use daypass_tests::crash::{Deed, Ledger, Oracle, Person, Program, Server, Site};
use tempfile::TempDir;

/// Room for the database and for a write-ahead log of some grants.
const SIZE: &str = "size=1m";

/// A file system that ends with the test.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "tmpfs"])
            .arg(folder.path())
            .output();
        status
            .is_ok_and(|output| output.status.success())
            .then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the server may still be about to end.
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
async fn a_full_disk_is_told_and_when_there_is_room_again_all_goes_on() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: no file system can be mounted here; that takes root");
        return;
    };
    let program = Program::plain();
    let site = Site::with_database(&program, Some(disk.0.path())).await;
    let mut ledger = Ledger::default();
    let server = Server::start(&program, &site).await;
    let alice = Person::at(server.url(), &site.cloud(), "alice");
    let made = alice.ask("one-open", 30).await.unwrap();
    ledger.note(&made.id, Deed::Made);
    assert_eq!(ready(server.url()).await, (200, true));

    let ballast = disk.0.path().join("ballast");
    fill(&ballast);
    let mut refusal = None;
    // What is left in half-filled pages may take one or two more.
    for _ in 0..20 {
        match alice.ask("one-approved", 30).await {
            Ok(made) => ledger.note(&made.id, Deed::Made),
            Err(error) => {
                refusal = Some(error.to_string());
                break;
            }
        }
    }
    let Some(refusal) = refusal else {
        panic!("a full disk takes no request");
    };
    assert!(refusal.starts_with("503"), "{refusal}");
    for words in [
        "the record cannot be kept",
        "make room on the server's disk",
    ] {
        assert!(refusal.contains(words), "{refusal}");
    }
    assert_eq!(ready(server.url()).await, (503, false));
    // Reading goes on.
    alice.grant(&made.id).await.unwrap();

    std::fs::remove_file(&ballast).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(ready(server.url()).await, (200, true), "{}", server.log());
    let more = alice.ask("one-open", 30).await.unwrap();
    ledger.note(&more.id, Deed::Made);
    let mut oracle = Oracle::default();
    let seen = oracle.check_agreed(&site, &ledger).await;
    seen.map_err(|wrong| format!("{wrong}\n{}", server.log()))
        .unwrap();
    server.kill().await;
}

/// Takes all that is left.
fn fill(ballast: &Path) {
    use std::io::Write;

    let mut file = std::fs::File::create(ballast).unwrap();
    for size in [4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

/// Status and word of `/readyz`.
async fn ready(url: &str) -> (u16, bool) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.get(format!("{url}/readyz")).send().await.unwrap();
    let status = answer.status().as_u16();
    let body: serde_json::Value = answer.json().await.unwrap();
    (status, body["ready"] == true && body["store"] == true)
}
