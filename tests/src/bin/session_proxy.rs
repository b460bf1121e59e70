//! What the session's proxy costs, beside the direct path and other proxies, in one run.
//!
//! `cargo run --release -p daypass-tests --bin session_proxy [-- OPTIONS]`
//!
//! Host, proxy and client are processes of their own. Each run measures all ways in turn; what is printed at the end
//! are medians over the runs, of ratios within a run.
//!
//! - `--runs N`: how often everything is measured (7)
//! - `--requests N`: requests for the latency (2000); `--connections N` at once for the rate (32)
//! - `--seconds N`: how long the rate is measured (3); `--stream MIB`: the length of the stream (1024)
//! - `--other NAME ADDRESS CA_FILE [USER:SECRET]`: another proxy; may be repeated
//! - `--folder DIR`: where the host publishes `host.port` and `host.pem` (a temporary folder). Another proxy must trust
//!   that certificate: start the host alone with `session_proxy host DIR`, then the proxy, then measure with
//!   `--folder DIR`.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints what it measures, and fails loudly"
)]

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

use daypass_tests::proxy_speed::figures::{Figures, Load, measure, median};
use daypass_tests::proxy_speed::path::{Proxy, Way};
use daypass_tests::proxy_speed::{
    HOST_AUTHORITY, HOST_PORT, SECRET, SESSION_AUTHORITY, SESSION_PORT, host, port, session,
};

const MEBIBYTE: usize = 1024 * 1024;

/// Another proxy, as it is named on the command line.
struct Other {
    name: String,
    proxy: Proxy,
    authority: PathBuf,
}

struct Wanted {
    load: Load,
    runs: usize,
    others: Vec<Other>,
    folder: Option<PathBuf>,
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
    let mut wanted = Wanted {
        load: Load {
            requests: 2_000,
            connections: 32,
            lasting: Duration::from_secs(3),
            stream: 1024 * MEBIBYTE,
        },
        runs: 7,
        others: Vec::new(),
        folder: None,
    };
    while let Some(option) = words.pop_front() {
        let mut value = || words.pop_front().expect("the option takes a value");
        let number = |text: String| text.parse::<usize>().expect("the option takes a number");
        match option.as_str() {
            "--runs" => wanted.runs = number(value()),
            "--requests" => wanted.load.requests = number(value()),
            "--connections" => wanted.load.connections = number(value()),
            "--seconds" => {
                let seconds = value().parse().expect("the option takes seconds");
                wanted.load.lasting = Duration::from_secs(seconds);
            }
            "--stream" => wanted.load.stream = number(value()) * MEBIBYTE,
            "--folder" => wanted.folder = Some(value().into()),
            "--other" => {
                let name = value();
                let address = value().parse().expect("a proxy listens at ADDRESS:PORT");
                let authority = value().into();
                let credentials = words.pop_front_if(|word| !word.starts_with("--"));
                wanted.others.push(Other {
                    name,
                    proxy: Proxy {
                        address,
                        credentials,
                    },
                    authority,
                });
            }
            unknown => panic!("{unknown} is no option"),
        }
    }
    wanted
}

async fn compare(wanted: Wanted) {
    let own = tempfile::TempDir::new().expect("a temporary folder");
    let folder = wanted.folder.as_deref().unwrap_or(own.path());
    let _host = wanted.folder.is_none().then(|| Role::start("host", folder));
    let host = port(folder, HOST_PORT).await;
    let authority = folder.join(HOST_AUTHORITY);
    // One that an earlier run left says nothing of the proxy that starts now.
    let _ = std::fs::remove_file(folder.join(SESSION_PORT));
    let proxy = Role::start("proxy", folder);
    let daypass = Proxy {
        address: ([127, 0, 0, 1], port(folder, SESSION_PORT).await).into(),
        credentials: Some(format!("daypass:{SECRET}")),
    };
    let session = folder.join(SESSION_AUTHORITY);
    let mut ways = vec![
        Way::new("direct", host, None, &authority),
        Way::new("daypass", host, Some(daypass), &session),
    ];
    for other in wanted.others {
        ways.push(Way::new(
            &other.name,
            host,
            Some(other.proxy),
            &other.authority,
        ));
    }
    let ways: Vec<Arc<Way>> = ways.into_iter().map(Arc::new).collect();
    let mut measured: Vec<Vec<Figures>> = vec![Vec::new(); ways.len()];
    for run in 1..=wanted.runs {
        for (way, measured) in ways.iter().zip(&mut measured) {
            let figures = measure(way, wanted.load).await;
            println!("run {run} {:>10}: {}", way.name, shown(figures));
            measured.push(figures);
        }
    }
    println!("memory of daypass's proxy: at most {}", proxy.most_memory());
    conclude(&ways, &measured);
}

fn shown(figures: Figures) -> String {
    format!(
        "median {:.3} ms, p99 {:.3} ms, {:.0} requests/s, {:.0} MiB/s",
        milliseconds(figures.median),
        milliseconds(figures.p99),
        figures.rate,
        figures.throughput / 1_048_576.0
    )
}

/// Medians over the runs: what each way adds to the direct one, and how Daypass's does beside each other proxy.
fn conclude(ways: &[Arc<Way>], measured: &[Vec<Figures>]) {
    let [direct, daypass, ..] = measured else {
        return;
    };
    let over = |these: &[Figures], those: &[Figures], of: fn(Figures, Figures) -> f64| {
        let pairs = these.iter().zip(those);
        median(pairs.map(|(this, that)| of(*this, *that)).collect())
    };
    let added =
        |this: Figures, that: Figures| milliseconds(this.median) - milliseconds(that.median);
    let added_p99 = |this: Figures, that: Figures| milliseconds(this.p99) - milliseconds(that.p99);
    let rates = |this: Figures, that: Figures| this.rate / that.rate;
    let streams = |this: Figures, that: Figures| this.throughput / that.throughput;
    for (way, figures) in ways.iter().zip(measured).skip(1) {
        println!(
            "{} beside the direct path: median {:+.3} ms, p99 {:+.3} ms, requests {:.2}, stream {:.2}",
            way.name,
            over(figures, direct, added),
            over(figures, direct, added_p99),
            over(figures, direct, rates),
            over(figures, direct, streams),
        );
    }
    for (way, figures) in ways.iter().zip(measured).skip(2) {
        println!(
            "daypass beside {}: requests {:.2}, stream {:.2}",
            way.name,
            over(daypass, figures, rates),
            over(daypass, figures, streams),
        );
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// A process that plays one part, and ends with this one.
struct Role(Child);

impl Role {
    fn start(role: &str, folder: &Path) -> Self {
        let program = std::env::current_exe().expect("a program knows where it is");
        let child = Command::new(program).arg(role).arg(folder).spawn();
        Self(child.expect("a process can be started"))
    }

    /// The most memory that it ever had, as the kernel tells it.
    fn most_memory(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.map_or("unknown".to_owned(), |line| line.trim().to_owned())
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
