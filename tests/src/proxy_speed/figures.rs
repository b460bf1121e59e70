//! What is measured on one way in one run, and what that makes of several.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::path::Way;
use crate::speed::Durations;

/// How much is asked in one run.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Requests one after the other, for the latency.
    pub requests: usize,
    /// Connections at once, for the requests a second.
    pub connections: usize,
    /// For how long these ask.
    pub lasting: Duration,
    /// Bytes of the stream.
    pub stream: usize,
}

/// The figures of one run.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// Median latency of a request on a connection that is kept.
    pub median: Duration,
    /// The latency that one in a hundred exceeds.
    pub p99: Duration,
    /// Requests a second, all connections together.
    pub rate: f64,
    /// Bytes a second of one stream.
    pub throughput: f64,
}

/// Measures one way.
pub async fn measure(way: &Arc<Way>, load: Load) -> Figures {
    let mut client = way.open().await;
    for _ in 0..load.requests / 10 {
        client.get("/").await;
    }
    let mut taken = Vec::with_capacity(load.requests);
    for _ in 0..load.requests {
        let began = Instant::now();
        client.get("/").await;
        taken.push(began.elapsed());
    }
    let taken = Durations::from(taken);
    let rate = rate(way, load).await;
    let began = Instant::now();
    let received = client.get(&format!("/bytes/{}", load.stream)).await;
    assert_eq!(received, load.stream, "the stream comes whole");
    Figures {
        median: taken.percentile(50),
        p99: taken.percentile(99),
        rate,
        throughput: as_float(received) / began.elapsed().as_secs_f64(),
    }
}

async fn rate(way: &Arc<Way>, load: Load) -> f64 {
    let mut clients = Vec::with_capacity(load.connections);
    for _ in 0..load.connections {
        clients.push(way.open().await);
    }
    let began = Instant::now();
    let asking = clients.into_iter().map(|mut client| {
        tokio::spawn(async move {
            let mut answered = 0_usize;
            while began.elapsed() < load.lasting {
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
    as_float(all) / began.elapsed().as_secs_f64()
}

/// The middle one of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// A count as a number to divide.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of requests and bytes fit"
)]
fn as_float(count: usize) -> f64 {
    count as f64
}
