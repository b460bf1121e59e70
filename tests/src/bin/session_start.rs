//! How long a session takes to begin and to end, and how long its tools wait for a credential.
//!
//! `cargo run --release --locked -p daypass-tests --bin session_start [PROGRAM]` measures the `daypass` beside itself,
//! or the one that is named. Google is the sandbox, which answers at once.
//!
//! - `daypass assume … -- true`, the whole process from its start to its end, in turns with a process that does nothing
//!   but mint one token. What the session adds is printed in two ways: beyond the round trip of the token, and beyond
//!   that other process as a whole.
//! - The plugin of the session's kubeconfig, as kubectl calls it, and `daypass --help` beside it: the least that a
//!   process of this program can take.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints what it measures, and fails loudly"
)]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use daypass_tests::speed::Durations;
use daypass_tests::speed::session::{Ground, credential, mint};

/// Pairs of a session and a bare token.
const SESSIONS: usize = 30;
/// Calls of the plugin.
const CREDENTIALS: usize = 100;

fn main() {
    let role = std::env::args_os().nth(1);
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let builder = builder.worker_threads(2).enable_all();
        builder.build().expect("a runtime can be set up")
    };
    match role.as_deref().and_then(OsStr::to_str) {
        Some("mint") => println!("{}", runtime().block_on(mint()).as_nanos()),
        Some("inside") => inside(),
        _ => {
            let program = role.map_or_else(beside, PathBuf::from);
            // It is started in another folder.
            let program = std::path::absolute(program).expect("it has a name");
            runtime().block_on(compare(&program));
        }
    }
}

/// In a session: the plugin, again and again.
fn inside() {
    let taken: Vec<Duration> = (0..=CREDENTIALS).map(|_| credential()).collect();
    // The first one finds nothing in the caches of the machine.
    let taken = Durations::from(taken[1..].to_vec());
    println!("kubectl's credential from a session: {taken}");
}

async fn compare(program: &Path) {
    let ground = Ground::new().await;
    let own = std::env::current_exe().expect("a program knows where it is");
    session(&ground, program).await;
    println!("one session asks Google: {}", ground.asked().join(", "));
    let (mut over_trip, mut over_process, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for pair in 0..SESSIONS {
        let (taken, (process, trip)) = if pair % 2 == 0 {
            let taken = session(&ground, program).await;
            (taken, bare(&ground, &own).await)
        } else {
            let bare = bare(&ground, &own).await;
            (session(&ground, program).await, bare)
        };
        whole.push(taken);
        over_trip.push(taken.saturating_sub(trip));
        over_process.push(taken.saturating_sub(process));
    }
    println!(
        "assume, with 'true' inside, to its end: {}",
        Durations::from(whole)
    );
    println!(
        "  beyond the token's round trip: {}",
        Durations::from(over_trip)
    );
    println!(
        "  beyond a process that mints one token: {}",
        Durations::from(over_process)
    );
    let help = Durations::of(CREDENTIALS, || async {
        let mut command = ground.command(program);
        command.arg("--help").stdout(std::process::Stdio::null());
        let status = command.status().await;
        assert!(status.is_ok_and(|status| status.success()));
    })
    .await;
    println!("daypass --help: {help}");
    let inside = [own.as_os_str(), OsStr::new("inside")];
    let status = ground.assume(program, &inside).status().await;
    assert!(status.is_ok_and(|status| status.success()));
}

/// One session from its start to its end.
async fn session(ground: &Ground, program: &Path) -> Duration {
    let mut command = ground.assume(program, &[OsStr::new("true")]);
    let began = Instant::now();
    let status = command.status().await.expect("the program starts");
    let taken = began.elapsed();
    assert!(status.success(), "{status}");
    taken
}

/// A process that mints one token: as a whole, and the round trip alone.
async fn bare(ground: &Ground, own: &Path) -> (Duration, Duration) {
    let mut command = ground.command(own);
    command.arg("mint");
    let began = Instant::now();
    let output = command.output().await.expect("the program starts");
    let taken = began.elapsed();
    assert!(output.status.success(), "{}", output.status);
    let text = String::from_utf8_lossy(&output.stdout);
    let trip = text.trim().parse().expect("it prints nanoseconds");
    (taken, Duration::from_nanos(trip))
}

fn beside() -> PathBuf {
    let own = std::env::current_exe().expect("a program knows where it is");
    own.with_file_name("daypass")
}
