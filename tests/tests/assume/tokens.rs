//! Tokens change under a running session, and end with it.

use std::time::Duration;

use crate::ground::{AS_DEPLOYER, Ground, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_long_session_gets_token_after_token() {
    let ground = Ground::new().await;
    let mut session = ground
        .assume(&[
            "--for",
            "25m",
            "--",
            "sh",
            "-c",
            "while sleep 1; do :; done",
        ])
        .spawn()
        .unwrap();
    let (folder, description) = ground.session().await;
    let file = description["token_file"].as_str().unwrap().to_owned();
    let mut seen = vec![std::fs::read_to_string(&file).unwrap()];
    // 25 minutes in steps of six: at the end of the last there is nothing left to renew.
    for step in 0..4 {
        ground
            .sandbox
            .cloud()
            .advance(jiff::SignedDuration::from_secs(361));
        if step < 3 {
            let next = until("another token", || {
                let now = std::fs::read_to_string(&file).ok()?;
                (!seen.contains(&now)).then_some(now)
            })
            .await;
            seen.push(next);
        }
    }
    assert!(folder.exists(), "24 minutes of 25 are over");
    let lifetimes: Vec<_> = ground
        .sandbox
        .cloud()
        .requests(0)
        .into_iter()
        .filter(|request| request.operation == "generateAccessToken")
        .map(|request| {
            request.body["lifetime"]
                .as_str()
                .unwrap()
                .trim_end_matches('s')
                .parse::<i64>()
                .unwrap()
        })
        .collect();
    assert_eq!(lifetimes[..3], [600, 600, 600]);
    // The last one ends with the session: 25 minutes less three times six, and what the test itself took.
    assert!((400..=417).contains(&lifetimes[3]), "{lifetimes:?}");
    ground
        .sandbox
        .cloud()
        .advance(jiff::SignedDuration::from_secs(120));
    let ended = session.wait().await.unwrap();
    assert_eq!(ended.code(), Some(125));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_is_the_last() {
    let ground = Ground::new().await;
    let mut command = ground.assume(&["--renew", "--", "sh", "-c", "while sleep 1; do :; done"]);
    command.stderr(std::process::Stdio::piped());
    let session = command.spawn().unwrap();
    let (_, description) = ground.session().await;
    assert!(description["ends_at"].is_null());
    let account = format!(
        "projects/acme-prod/serviceAccounts/{}",
        crate::ground::DEPLOYER
    );
    let nobody = serde_json::json!({ "version": 1, "bindings": [] });
    ground.sandbox.cloud().put_policy(&account, nobody).unwrap();
    ground
        .sandbox
        .cloud()
        .advance(jiff::SignedDuration::from_secs(361));
    let description = until("the end is known", || {
        let text = std::fs::read_to_string(
            ground
                .left()
                .into_iter()
                .find(|file| file.ends_with("session.json"))?,
        )
        .ok()?;
        let description: serde_json::Value = serde_json::from_str(&text).ok()?;
        (!description["ends_at"].is_null()).then_some(description)
    })
    .await;
    assert_eq!(description["ends_at"], description["token_ends_at"]);
    ground
        .sandbox
        .cloud()
        .advance(jiff::SignedDuration::from_secs(240));
    let output = tokio::time::timeout(Duration::from_secs(10), session.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(output.status.code(), Some(125));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("there is no other token") && said.contains("getAccessToken"),
        "{said}"
    );
    assert_eq!(ground.calls("projects.get"), []);
    assert!(
        ground
            .calls("generateAccessToken")
            .iter()
            .all(|(who, _)| who != AS_DEPLOYER)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn google_being_away_for_a_moment_ends_nothing() {
    let ground = Ground::new().await;
    let session = ground
        .assume(&[
            "--for",
            "30m",
            "--",
            "sh",
            "-c",
            "while sleep 1; do :; done",
        ])
        .spawn()
        .unwrap();
    let (_, description) = ground.session().await;
    let file = description["token_file"].as_str().unwrap().to_owned();
    let first = std::fs::read_to_string(&file).unwrap();
    let fault = serde_json::from_value(serde_json::json!({
        "match": {"verb": "generateAccessToken"}, "kind": "unavailable", "times": 1,
    }));
    ground.sandbox.cloud().add_fault(fault.unwrap());
    ground
        .sandbox
        .cloud()
        .advance(jiff::SignedDuration::from_secs(361));
    until("another token in spite of it", || {
        let now = std::fs::read_to_string(&file).ok()?;
        (now != first).then_some(())
    })
    .await;
    drop(session);
}
