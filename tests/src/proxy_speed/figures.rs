//! What is measured on one way in one run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::client::Client;
use super::path::Way;
use super::role::Role;
use crate::speed::Durations;

/// How much is asked in one run; nothing of what is none.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Requests one after the other on one connection, for the latency.
    pub requests: Option<usize>,
    /// For how long the requests a second are counted.
    pub lasting: Option<Duration>,
    /// Connections that ask at once during that.
    pub connections: usize,
    /// Bytes of the stream that comes as fast as it is taken.
    pub stream: Option<usize>,
    /// Bytes of the stream that comes as over a network, and how many a second.
    pub link: Option<(usize, u32)>,
}

/// The figures of one run, as far as they were asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    /// Of a request on a connection that is kept: the median, and what one in a hundred exceeds.
    pub latency: Option<(Duration, Duration)>,
    /// Requests a second, all connections together.
    pub rate: Option<f64>,
    /// Bytes a second of one stream, as fast as it is taken.
    pub throughput: Option<f64>,
    /// Bytes a second of one stream, over a network.
    pub over_link: Option<f64>,
    /// Of the proxy: what it computes for one request, and for one MiB of the stream.
    pub computed: (Option<Duration>, Option<Duration>),
    /// Of the proxy, in KiB: before the stream, and the most while it went through.
    pub memory: Option<(u64, u64)>,
}

/// Measures one way; `proxy` is the process on it.
pub async fn measure(way: &Arc<Way>, proxy: Option<&Role>, load: Load) -> Figures {
    let mut figures = Figures::default();
    if let Some(requests) = load.requests {
        figures.latency = Some(latency(way, requests).await);
    }
    let computed = || proxy.map(Role::computed).unwrap_or_default();
    let since = |before: Duration| computed().saturating_sub(before);
    if let Some(lasting) = load.lasting {
        let before = computed();
        let (answered, taken) = answered(way, load.connections, lasting).await;
        figures.rate = Some(as_float(answered) / taken.as_secs_f64());
        let each = since(before).div_f64(as_float(answered));
        figures.computed.0 = proxy.map(|_| each);
    }
    if let Some(length) = load.stream {
        let mut client = way.open().await;
        client.get("/").await;
        let (memory, before) = (proxy.map(Role::memory_from_here), computed());
        figures.throughput = Some(throughput(&mut client, &format!("/{length}"), length).await);
        let each = since(before).div_f64(as_float(length) / 1_048_576.0);
        figures.computed.1 = proxy.map(|_| each);
        figures.memory = memory.zip(proxy.map(Role::most_memory));
    }
    if let Some((length, a_second)) = load.link {
        let mut client = way.open().await;
        let path = format!("/{length}/{a_second}");
        figures.over_link = Some(throughput(&mut client, &path, length).await);
    }
    figures
}

async fn throughput(client: &mut Client, path: &str, length: usize) -> f64 {
    let began = Instant::now();
    let received = client.get(path).await;
    assert_eq!(received, length, "the stream comes whole");
    as_float(received) / began.elapsed().as_secs_f64()
}

async fn latency(way: &Way, requests: usize) -> (Duration, Duration) {
    let mut client = way.open().await;
    for _ in 0..requests / 10 {
        client.get("/").await;
    }
    let mut taken = Vec::with_capacity(requests);
    for _ in 0..requests {
        let began = Instant::now();
        client.get("/").await;
        taken.push(began.elapsed());
    }
    let taken = Durations::from(taken);
    (taken.percentile(50), taken.percentile(99))
}

/// How many requests were answered, and in which time.
async fn answered(way: &Arc<Way>, connections: usize, lasting: Duration) -> (usize, Duration) {
    let mut clients = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut client = way.open().await;
        // The way is open to its end, whatever that takes, before anything is counted.
        client.get("/").await;
        clients.push(client);
    }
    let began = Instant::now();
    let asking = clients.into_iter().map(|mut client| {
        tokio::spawn(async move {
            let mut answered = 0_usize;
            while began.elapsed() < lasting {
                client.get("/").await;
                answered += 1;
            }
            answered
        })
    });
    let answered = futures::future::join_all(asking).await;
    let all: usize = answered
        .into_iter()
        .map(|count| count.expect("no client fails"))
        .sum();
    (all, began.elapsed())
}

/// A count as a number to divide.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of requests and bytes fit"
)]
fn as_float(count: usize) -> f64 {
    count as f64
}
