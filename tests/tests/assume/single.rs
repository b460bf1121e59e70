//! `daypass credentials` outside of a session: one token for a script.

use std::path::Path;

use daypass_tests::process::finished;
use serde_json::Value;

use crate::ground::{AS_DEPLOYER, DEPLOYER, Ground};

#[tokio::test(flavor = "multi_thread")]
async fn a_script_gets_one_token_that_says_why() {
    let ground = Ground::new().await;
    let asked = [
        "credentials",
        "-s",
        DEPLOYER,
        "-R",
        "INC-1 nightly",
        "--for",
        "20m",
    ];
    let done = finished(ground.daypass(&[&asked[..], &["--format", "json"]].concat())).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    let answer: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(answer["service_account"], DEPLOYER);
    let cloud = ground.sandbox.cloud();
    let ends: jiff::Timestamp = answer["expires_at"].as_str().unwrap().parse().unwrap();
    let left = ends.duration_since(cloud.now());
    assert!((1_190..=1_200).contains(&left.as_secs()), "{left:?}");

    let done = finished(ground.daypass(&asked)).await;
    let token = done.stdout.trim();
    let header = ground.environment.home().join("header");
    std::fs::write(&header, format!("Authorization: Bearer {token}")).unwrap();
    let url = format!("{}/v1/projects/acme-prod", ground.sandbox.base_url());
    let mut curl = ground.environment.command(Path::new("/usr/bin/curl"));
    curl.args(["-sf", "-H", &format!("@{}", header.display()), &url]);
    assert_eq!(finished(curl).await.code, Some(0));
    let asked = ground.calls("projects.get");
    assert_eq!(asked.last().unwrap().0, AS_DEPLOYER);

    let mints = ground.calls("generateAccessToken");
    assert_eq!(mints.len(), 2);
    for (_, reason) in &mints {
        let reason = reason.as_deref().unwrap();
        assert!(
            reason.starts_with("daypass ") && reason.ends_with(": INC-1 nightly"),
            "{reason}"
        );
    }
    let journal = ground
        .environment
        .home()
        .join(".local/state/daypass/sessions.jsonl");
    let journal = std::fs::read_to_string(journal).unwrap();
    let lines: Vec<Value> = journal
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines.iter().all(|line| line["event"]["minted"].is_object()),
        "{journal}"
    );
    assert!(!journal.contains(token));
    assert_eq!(ground.left(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_session_has_is_not_made_up() {
    let ground = Ground::new().await;
    for format in ["adc", "env"] {
        let done = finished(ground.daypass(&["credentials", "--format", format])).await;
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(
            done.stderr.contains("this shell is in no session"),
            "{done:?}"
        );
    }
    for (line, why) in [
        (&["credentials"][..], "which service account?"),
        (&["credentials", "-s", DEPLOYER], "why?"),
        (
            &["credentials", "-s", DEPLOYER, "-R", "x", "--for", "13h"],
            "a token lives 12h at most",
        ),
    ] {
        let done = finished(ground.daypass(line)).await;
        assert_ne!(done.code, Some(0), "{done:?}");
        assert!(
            done.stderr.contains(why) && done.stdout.is_empty(),
            "{done:?}"
        );
    }
}
