//! A session with its proxy, and a host that stands for Google.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use daypass_core::Timestamp;
use daypass_core::ids::GrantId;
use daypass_core::reason::RequestReason;
use daypass_engine::ports::{AccessToken, Clock};
use daypass_session::proxy::{self, Hosts, Lent, Options, Others, Roots, Route, Running, Spared};
use tokio::sync::watch;

use crate::upstream::{Root, Upstream};

pub(crate) const SECRET: &str = "canary-secret-0123456789abcdefghijkl";
pub(crate) const TOKEN: &str = "ya29.canary-token";
pub(crate) const HOST: &str = "storage.googleapis.com";

/// A clock that a test sets.
pub(crate) struct Hands(Mutex<Timestamp>);

impl Hands {
    pub(crate) fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap();
        *now += by;
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn skew(&self) -> Option<jiff::SignedDuration> {
        Some(jiff::SignedDuration::ZERO)
    }
}

pub(crate) struct World {
    pub(crate) upstream: Upstream,
    pub(crate) clock: Arc<Hands>,
    pub(crate) lend: watch::Sender<Option<Lent>>,
    pub(crate) proxy: Running,
    pub(crate) lines: Arc<Mutex<Vec<String>>>,
}

/// What differs from an ordinary session.
#[derive(Default)]
pub(crate) struct Unlike {
    pub(crate) others: Others,
    pub(crate) spared: Option<Spared>,
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
    pub(crate) hosts: Option<Hosts>,
    pub(crate) route: Option<Route>,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::unlike(|_| Unlike::default()).await
    }

    pub(crate) async fn unlike(change: impl FnOnce(&Root) -> Unlike) -> Self {
        let root = Root::new();
        let unlike = change(&root);
        let tls = unlike
            .tls
            .unwrap_or_else(|| root.certify(&[HOST, "compute.googleapis.com"], 2999));
        let upstream = Upstream::start(tls).await;
        let clock = Arc::new(Hands(Mutex::new(real_now())));
        let (lend, lent) = watch::channel(Some(lent(TOKEN, &*clock)));
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let written = Arc::clone(&lines);
        let proxy = proxy::start(Options {
            secret: SECRET.to_owned().into(),
            hosts: unlike.hosts.unwrap_or_else(Hosts::google),
            others: unlike.others,
            spared: unlike.spared,
            roots: Roots::Only(vec![root.certificate.clone()]),
            route: unlike.route.unwrap_or(Route::To(upstream.address)),
            lent,
            clock: Arc::<Hands>::clone(&clock),
            log: Some(Arc::new(move |entry| {
                written.lock().unwrap().push(entry.to_string());
            })),
        })
        .await
        .unwrap();
        Self {
            upstream,
            clock,
            lend,
            proxy,
            lines,
        }
    }

    /// Lends another token from now on.
    pub(crate) fn lend(&self, token: &str) {
        self.lend.send_replace(Some(lent(token, &*self.clock)));
    }

    /// The log once it holds an entry of this path: a record ends a moment after its client has read the answer.
    pub(crate) async fn log_with(&self, part: &str) -> Vec<String> {
        for _ in 0..200 {
            let lines = self.lines.lock().unwrap().clone();
            if lines.iter().any(|line| line.contains(part)) {
                return lines;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no entry with {part}: {:?}", self.lines.lock().unwrap());
    }
}

/// A session of ten minutes.
fn lent(token: &str, clock: &impl Clock) -> Lent {
    let ends = clock.now() + Duration::from_mins(10);
    let token = AccessToken::new(token.to_owned().into(), ends + Duration::from_mins(5));
    Lent::new(&token, &reason(), ends).unwrap()
}

pub(crate) fn reason() -> RequestReason {
    RequestReason::of_session(
        GrantId::new(Timestamp::UNIX_EPOCH, [7; 10]),
        "INC-1 disk full",
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "certificates of tests must hold at the time by which OpenSSL and curl judge them"
)]
fn real_now() -> Timestamp {
    Timestamp::now()
}
