//! Google out of reach.

use std::time::Duration;

use daypass_sandbox::{Fault, FaultKind, FaultMatch};
use daypass_tests::crash::{Deed, Ledger, Oracle, Person, Program, Server, Site};

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_recorded_while_google_is_away_and_begin_when_it_is_back() {
    let program = Program::plain();
    let site = Site::start(&program).await;
    let cloud = site.cloud();
    let mut ledger = Ledger::default();
    let server = Server::start(&program, &site).await;
    let alice = Person::at(server.url(), &cloud, "alice");
    let carol = Person::at(server.url(), &cloud, "carol");
    // The keys that prove people are known before.
    let first = alice.ask("one-approved", 30).await.unwrap();
    ledger.note(&first.id, Deed::Made);

    cloud.add_fault(Fault {
        matches: FaultMatch::default(),
        kind: FaultKind::Unavailable,
        times: None,
        probability: Some(1.0),
    });
    carol.decide(&first.id, "approve").await.unwrap();
    ledger.note(&first.id, Deed::Approved);
    let second = alice.ask("three-open", 30).await.unwrap();
    ledger.note(&second.id, Deed::Made);
    tokio::time::sleep(Duration::from_secs(2)).await;
    for grant in [&first.id, &second.id] {
        assert_eq!(alice.grant(grant).await.unwrap().state, "ACTIVATING");
    }
    server.kill().await;
    let mut oracle = Oracle::default();
    oracle.check_dead(&site, &ledger).await.unwrap();

    // A server that starts without Google waits for it.
    let server = Server::start(&program, &site).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    cloud.clear_faults();
    let alice = Person::at(server.url(), &cloud, "alice");
    for grant in [&first.id, &second.id] {
        let mut state = String::new();
        for _ in 0..600 {
            state = alice
                .grant(grant)
                .await
                .map(|grant| grant.state)
                .unwrap_or_default();
            if state == "ACTIVE" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(state, "ACTIVE", "{}", server.log());
    }
    oracle.check_agreed(&site, &ledger).await.unwrap();
}
