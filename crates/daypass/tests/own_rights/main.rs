//! Approving with one's own rights at Google, through everything: the sandbox's identity provider, `daypass serve`, and
//! the sandbox's audit log.
#![cfg(feature = "sandbox")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod browser;
mod server;

use std::time::{Duration, Instant};

use serde_json::Value;

use browser::Browser;
use server::Server;

/// How long a state may take to come about.
const PATIENCE: Duration = Duration::from_secs(30);

/// The line of the grant's page that tells its state.
async fn until(browser: &mut Browser, grant: &str, words: &str) -> String {
    let started = Instant::now();
    loop {
        let page = browser.open(&format!("/grants/{grant}")).await;
        if page.contains(words) {
            return page;
        }
        assert!(started.elapsed() < PATIENCE, "no '{words}': {page}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Alice asks on the page of the entitlement.
async fn asked(server: &Server, entitlement: &str) -> String {
    let mut alice = Browser::signed_in(server, "alice").await;
    let place = format!("/entitlements/{entitlement}");
    alice.open(&place).await;
    let sent = [("justification", "INC-1 disk full"), ("duration", "30m")];
    let done = alice.send(&place, &sent).await;
    let place = done.location.unwrap_or_else(|| panic!("{}", done.text));
    place.rsplit('/').next().unwrap().to_owned()
}

/// Lends one's rights to the session, and approves.
async fn approve(approver: &mut Browser, grant: &str) -> browser::Answer {
    approver
        .sign_in(&format!("/login?power=1&grant={grant}"))
        .await;
    let place = format!("/grants/{grant}");
    let page = approver.open(&place).await;
    assert!(!page.contains("/login?power=1"), "{page}");
    approver.send(&format!("{place}/approve"), &[]).await
}

/// Who set policies, by the sandbox's audit log, since it had so many entries.
fn setters(server: &Server, since: usize) -> Vec<String> {
    let entries = server.sandbox.cloud().audit_entries();
    let is_set = |entry: &&Value| {
        let payload = &entry["protoPayload"];
        let done = payload["status"]["code"].as_i64().unwrap_or_default() == 0;
        done && payload["methodName"]
            .as_str()
            .is_some_and(|name| name.contains("SetIamPolicy"))
    };
    entries
        .iter()
        .skip(since)
        .filter(is_set)
        .map(|entry| {
            let by = &entry["protoPayload"]["authenticationInfo"]["principalEmail"];
            by.as_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn the_approver_is_who_set_the_policy() {
    let server = Server::start().await;
    let before = server.sandbox.cloud().audit_entries().len();
    let grant = asked(&server, "lent-storage").await;

    // Carol may set the policy: she is the one who did.
    let mut carol = Browser::signed_in(&server, "carol").await;
    let done = approve(&mut carol, &grant).await;
    assert!(done.location.is_some(), "{}", done.text);
    until(&mut carol, &grant, "1 of 1 bindings in place").await;
    assert_eq!(setters(&server, before), ["carol@example.com"]);

    // Dave may not, and Google's words say so.
    let refused = asked(&server, "lent-storage").await;
    let mut dave = Browser::signed_in(&server, "dave").await;
    let done = approve(&mut dave, &refused).await;
    assert!(done.location.is_some(), "{}", done.text);
    let page = until(&mut dave, &refused, "Google denied it to the approver").await;
    assert!(page.contains("resourcemanager.projects."), "{page}");
    assert_eq!(setters(&server, before), ["carol@example.com"]);

    // `authority: google` asks Google first; Daypass's own account writes.
    let vouched = asked(&server, "vouched-storage").await;
    let done = approve(&mut dave, &vouched).await;
    assert_eq!(done.status, 403, "{}", done.text);
    assert!(
        done.text.contains("Google does not let you"),
        "{}",
        done.text
    );
    let done = approve(&mut carol, &vouched).await;
    assert!(done.location.is_some(), "{}", done.text);
    until(&mut carol, &vouched, "1 of 1 bindings in place").await;
    assert_eq!(
        setters(&server, before),
        ["carol@example.com", server::BROKER]
    );

    // The tokens of people, and Daypass's own, are in no file and no log.
    let pages = until(&mut carol, &grant, "1 of 1 bindings in place").await;
    let kept = server.everything_written();
    assert!(kept.contains(&grant), "the record was looked at");
    for text in [&pages, &kept] {
        assert!(!text.contains("ya29."), "an access token was written down");
    }
}
