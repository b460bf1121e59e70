//! What the session's proxy costs, beside the direct path and proxies of others, in one run.
//!
//! `cargo run --release --locked -p daypass-tests --bin session_proxy [-- OPTIONS]`
//!
//! Host, proxies and client are processes of their own. In each run all ways are measured one after the other, in an
//! order that moves on from run to run; what is printed at the end are medians of what was compared within a run, and
//! the outermost beside them.
//!
//! - `--only latency|rate|stream|link`: this section alone; may be repeated
//! - `--beside NAME,…|nobody`: which others are measured (mitmproxy, hudsucker, goproxy); one that cannot be had here is
//!   left out, with a line that says why
//! - `--runs N`: how often everything is measured (7)
//! - `--requests N`: requests for the latency (2000); `--connections N` at once for the rate (16)
//! - `--seconds N`: how long the rate is measured (3); `--stream MIB`: the length of the streams (1024)
//! - `--link MBIT`: the speed of the network over which the stream of the section `link` comes (2500). The other stream
//!   comes as fast as the processors of this machine let it, all of which host, proxy and client share.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints what it measures, and fails loudly"
)]

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use daypass_tests::proxy_speed::figures::{Figures, Load, measure};
use daypass_tests::proxy_speed::others::{self, OTHERS};
use daypass_tests::proxy_speed::path::{Proxy, Way};
use daypass_tests::proxy_speed::role::Role;
use daypass_tests::proxy_speed::{HOST_AUTHORITY, HOST_PORT, SECRET, host, report, session};

const MEBIBYTE: usize = 1024 * 1024;

struct Wanted {
    load: Load,
    runs: usize,
    others: Vec<String>,
}

/// One way with the process on it, and what was measured.
struct Measured {
    way: Arc<Way>,
    proxy: Option<Role>,
    figures: Vec<Figures>,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut words: VecDeque<String> = std::env::args().skip(1).collect();
    match words.front().map(String::as_str) {
        Some("host") => host::serve(Path::new(&words[1])).await,
        Some("proxy") => session::serve(Path::new(&words[1])).await,
        _ => compare(read(&mut words)).await,
    }
}

fn read(words: &mut VecDeque<String>) -> Wanted {
    let mut only = Vec::new();
    let mut others = OTHERS.map(str::to_owned).to_vec();
    let (mut runs, mut requests, mut connections) = (7, 2_000, 16);
    let (mut seconds, mut stream, mut link) = (3, 1024, 2_500);
    while let Some(option) = words.pop_front() {
        let value = words.pop_front().expect("the option takes a value");
        let number = || value.parse::<usize>().expect("the option takes a number");
        match option.as_str() {
            "--only" => only.push(value),
            "--beside" if value == "nobody" => others.clear(),
            "--beside" => others = value.split(',').map(str::to_owned).collect(),
            "--runs" => runs = number(),
            "--requests" => requests = number(),
            "--connections" => connections = number(),
            "--seconds" => seconds = number(),
            "--stream" => stream = number(),
            "--link" => link = value.parse().expect("the option takes a number"),
            unknown => panic!("{unknown} is no option"),
        }
    }
    let is_wanted = |section: &str| only.is_empty() || only.iter().any(|named| named == section);
    let lasting = Duration::from_secs(seconds.try_into().expect("seconds fit"));
    Wanted {
        load: Load {
            requests: is_wanted("latency").then_some(requests),
            lasting: is_wanted("rate").then_some(lasting),
            connections,
            stream: is_wanted("stream").then_some(stream * MEBIBYTE),
            link: is_wanted("link").then_some((stream * MEBIBYTE, link * (1_000_000 / 8))),
        },
        runs,
        others,
    }
}

async fn compare(wanted: Wanted) {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let folder = folder.path();
    let mut host = Role::of_this_program("host", folder);
    let port = host.port(folder, HOST_PORT).await;
    let direct = Way::new("direct", port, None, &folder.join(HOST_AUTHORITY));
    let mut ways = vec![Measured {
        way: Arc::new(direct),
        proxy: None,
        figures: Vec::new(),
    }];
    let daypass = Role::of_this_program("proxy", folder);
    ways.push(through("daypass", daypass, port, folder).await);
    for name in &wanted.others {
        match others::command(name, folder) {
            Ok(mut command) => {
                let proxy = Role::start(&mut command);
                ways.push(through(name, proxy, port, folder).await);
            }
            Err(why) => println!("left out: {name}: {why}"),
        }
    }
    for run in 0..wanted.runs {
        let count = ways.len();
        for place in 0..count {
            let measured = &mut ways[(run + place) % count];
            let figures = measure(&measured.way, measured.proxy.as_ref(), wanted.load).await;
            let name = &measured.way.name;
            println!("run {} {name:>10}: {}", run + 1, report::line(figures));
            measured.figures.push(figures);
        }
    }
    conclude(&ways);
}

/// The way through a proxy that was just started.
async fn through(name: &str, mut proxy: Role, host: u16, folder: &Path) -> Measured {
    let port = proxy.port(folder, &format!("{name}.port")).await;
    let shown = Proxy {
        address: ([127, 0, 0, 1], port).into(),
        credentials: Some(format!("daypass:{SECRET}")),
    };
    let authority = folder.join(format!("{name}.pem"));
    Measured {
        way: Arc::new(Way::new(name, host, Some(shown), &authority)),
        proxy: Some(proxy),
        figures: Vec::new(),
    }
}

/// What each way is beside the direct one, and how Daypass's is beside each other proxy.
fn conclude(ways: &[Measured]) {
    let [direct, daypass, ..] = ways else {
        return;
    };
    for other in &ways[1..] {
        let name = &other.way.name;
        let text = report::beside(name, &other.figures, "the direct path", &direct.figures);
        println!("{text}");
    }
    for other in &ways[2..] {
        let name = &other.way.name;
        let text = report::beside("daypass", &daypass.figures, name, &other.figures);
        println!("{text}");
    }
    for other in &ways[1..] {
        if let Some(memory) = report::memory(&other.figures) {
            println!("memory of {}: {memory}", other.way.name);
        }
    }
}
