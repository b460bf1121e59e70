//! `cargo run --release -p daypass-tests --bin speed [PROGRAM]`: how fast the program starts and answers.
//!
//! It measures the `daypass` beside itself, or the one that is named. Figures are printed, to be recorded in
//! `docs/benchmarks.md`; nothing is asserted about them.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints what it measures, and fails loudly"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use daypass_tests::speed::Durations;
use daypass_tests::speed::organisation::{APPROVES_ALL, ASKS_FOR_ALL, ASKS_FOR_FEW, Size};
use daypass_tests::speed::server::{Installation, client, command};
use daypass_tests::storm::Scale;
use daypass_tests::storm::world::World;
use serde_json::json;
use tempfile::TempDir;

const SMALL: Size = Size {
    entitlements: 8,
    past_grants: 0,
    people: 1,
    projects: 8,
};
const LARGE: Size = Size {
    entitlements: 10_000,
    past_grants: 100_000,
    people: 1_000,
    projects: 8,
};
/// Runs of `--help`.
const HELPS: usize = 200;
/// Starts of the server.
const STARTS: usize = 20;
/// Starts of the server over the long past.
const LARGE_STARTS: usize = 5;
/// Requests for each list.
const REQUESTS: usize = 2_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let program = std::env::args_os()
        .nth(1)
        .map_or_else(beside, PathBuf::from);
    let help = Durations::of(HELPS, || async {
        let status = command(&program).arg("--help").status().await;
        assert!(
            status.is_ok_and(|status| status.success()),
            "{} --help",
            program.display()
        );
    })
    .await;
    println!("daypass --help: {help}");
    let world = World::start(Scale {
        grants: 1,
        projects: SMALL.projects,
        latency: Duration::ZERO,
        foreign_every: Duration::from_secs(1),
    })
    .await;
    starts(&program, &world, SMALL, STARTS).await;
    lists(&program, &world).await;
}

/// The whole command, from its start to its end, as somebody who is signed in.
async fn command_list(program: &Path, server: &str, token: &str) {
    let state = TempDir::new().expect("a temporary folder");
    let folder = state.path().join("daypass");
    std::fs::create_dir(&folder).expect("the folder can be written");
    let session = json!({"token": token, "email": "person-1@example.com", "expires_at": "2999-01-01T00:00:00Z"});
    let file = folder.join("sessions.json");
    let saved = json!({"current": server, "servers": {server: session}});
    std::fs::write(&file, saved.to_string()).expect("the folder can be written");
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&file, private).expect("the file is ours");
    let taken = Durations::of(HELPS, || async {
        let run = command(program)
            .env("XDG_STATE_HOME", state.path())
            .arg("list")
            .status()
            .await;
        assert!(
            run.is_ok_and(|status| status.success()),
            "{} list",
            program.display()
        );
    })
    .await;
    println!("daypass list by one who may ask for 50: {taken}");
}

fn beside() -> PathBuf {
    let own = std::env::current_exe().expect("a program knows where it is");
    own.with_file_name("daypass")
}

async fn starts(program: &Path, world: &World, size: Size, times: usize) {
    let installation = Installation::make(program, world, size, &[]).await;
    let (mut taken, mut memory) = (Vec::new(), 0);
    for _ in 0..times {
        let server = installation.start().await;
        taken.push(server.ready_after);
        memory = memory.max(server.most_memory_kib());
        server.stop().await;
    }
    println!(
        "serve, {} entitlements: ready after {}; at most {:.1} MiB",
        size.entitlements,
        Durations::from(taken),
        mebibytes(memory)
    );
}

async fn lists(program: &Path, world: &World) {
    let signed_in = [ASKS_FOR_ALL, ASKS_FOR_FEW, APPROVES_ALL];
    let installation = Installation::make(program, world, LARGE, &signed_in).await;
    let mut taken = Vec::new();
    for _ in 0..LARGE_STARTS {
        let server = installation.start().await;
        taken.push(server.ready_after);
        server.stop().await;
    }
    println!(
        "{} entitlements, {} past grants: ready after {}",
        LARGE.entitlements,
        LARGE.past_grants,
        Durations::from(taken)
    );
    let server = installation.start().await;
    let client = client();
    let [all, few, approver] = &installation.tokens[..] else {
        unreachable!("a token for each who is signed in")
    };
    for (who, token, path, list) in [
        (
            "may ask for all",
            all,
            "/api/v1/entitlements",
            "entitlements",
        ),
        (
            "may ask for all",
            all,
            "/api/v1/entitlements?limit=200",
            "entitlements",
        ),
        (
            "may ask for 50",
            few,
            "/api/v1/entitlements",
            "entitlements",
        ),
        (
            "may ask for all",
            all,
            "/api/v1/entitlements?search=line+9999",
            "entitlements",
        ),
        ("has 100 grants", all, "/api/v1/grants", "grants"),
        (
            "approves all",
            approver,
            "/api/v1/grants?scope=overseen",
            "grants",
        ),
        (
            "approves all",
            approver,
            "/api/v1/grants?scope=inbox",
            "grants",
        ),
    ] {
        let found = server.count(&client, token, path, list).await;
        let taken = Durations::of(REQUESTS, || async {
            server.count(&client, token, path, list).await;
        })
        .await;
        println!("GET {path} by one who {who} ({found} found): {taken}");
    }
    command_list(program, &server.url, few).await;
    println!("at most {:.1} MiB", mebibytes(server.most_memory_kib()));
    server.stop().await;
}

#[expect(clippy::cast_precision_loss, reason = "memory in KiB fits")]
fn mebibytes(kibibytes: u64) -> f64 {
    kibibytes as f64 / 1_024.0
}
