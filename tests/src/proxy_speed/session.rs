//! Daypass's own proxy, with the host as its session's cluster.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use daypass_core::Timestamp;
use daypass_core::ids::GrantId;
use daypass_core::reason::RequestReason;
use daypass_engine::ports::{AccessToken, Clock};
use daypass_session::proxy::{self, Hosts, Lent, Options, Others, Roots, Route};
use jiff::SignedDuration;
use tokio::sync::watch;

use super::{HOST, HOST_AUTHORITY, HOST_PORT, SECRET, TOKEN};
use super::{port, publish};

/// The machine's own time.
struct MachineTime;

impl Clock for MachineTime {
    #[expect(clippy::disallowed_methods, reason = "the clock of this program")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn skew(&self) -> Option<SignedDuration> {
        None
    }
}

/// Serves until the process ends. Its authority and its port are published in the folder.
pub async fn serve(folder: &Path) {
    let host = port(folder, HOST_PORT).await;
    let authority = std::fs::read_to_string(folder.join(HOST_AUTHORITY));
    let authority = authority.expect("the host has published it");
    let ends = MachineTime.now() + Duration::from_hours(12);
    let token = AccessToken::new(TOKEN.to_owned().into(), ends);
    let reason = RequestReason::of_session(GrantId::new(ends, [1; 10]), "to measure");
    let lent = Lent::new(&token, &reason, ends).expect("both can be headers");
    let (lend, lent) = watch::channel(Some(lent));
    let running = proxy::start(Options {
        secret: SECRET.to_owned().into(),
        hosts: Hosts::google()
            .with_cluster(&format!("https://{HOST}:{host}"), Some(&authority))
            .expect("the host is one"),
        others: Others::Refused,
        spared: None,
        roots: Roots::Only(Vec::new()),
        route: Route::Direct,
        lent,
        clock: Arc::new(MachineTime),
        // As in a session: each request is told of.
        log: Some(Arc::new(|entry| {
            std::hint::black_box(entry.to_string());
        })),
    })
    .await
    .expect("the proxy starts");
    publish(folder, "daypass.pem", running.authority_pem());
    publish(
        folder,
        "daypass.port",
        &running.address().port().to_string(),
    );
    running.ended().await;
    drop(lend);
}
