//! What nobody has said is asked for on a terminal, and who comes from ephemeral-iam is asked before a session begins.

use crate::ground::{AS_DEPLOYER, DEPLOYER, Ground, binary};

const BASH: &str = "/bin/bash";
const NO: &str = "n";
const YES: &str = "y";
const ENTER: &str = "\r";

async fn typed(ground: &Ground, line: &str, keys: &[&str]) -> (Option<i32>, String) {
    let command = format!("{} {line}", binary());
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    ground.typed(BASH, &command, &keys).await
}

fn mints(ground: &Ground) -> Vec<Option<String>> {
    let calls = ground.calls("generateAccessToken");
    calls.into_iter().map(|(_, reason)| reason).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn account_and_reason_are_asked_for() {
    let ground = Ground::new().await;
    let line = "assume -p acme-prod -- sh -c 'echo it-is=$DAYPASS_SESSION_ACCOUNT'";
    let (code, seen) = typed(&ground, line, &[ENTER, "INC-7 at night\r"]).await;
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("Act as"), "{seen}");
    assert!(seen.contains(&format!("it-is={DEPLOYER}")), "{seen}");
    let mints = mints(&ground);
    assert_eq!(mints.len(), 1);
    assert!(
        mints[0].as_ref().unwrap().ends_with(": INC-7 at night"),
        "{mints:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_account_of_a_project_is_chosen_from_those_that_one_may_act_as() {
    let ground = Ground::new().await;
    let line = "default-service-accounts set -p acme-prod";
    let (code, seen) = typed(&ground, line, &[ENTER]).await;
    assert_eq!(code, Some(0), "{seen}");
    let is = format!("{DEPLOYER} is the default account in acme-prod.");
    assert!(seen.contains(&is), "{seen}");
}

/// Case I-44 of the register.
#[tokio::test(flavor = "multi_thread")]
async fn who_says_no_to_eiam_runs_nothing() {
    let ground = Ground::new().await;
    let line = format!("eiam gcloud projects list -s {DEPLOYER} -R why -p acme-prod");
    let (code, seen) = typed(&ground, &line, &[NO]).await;
    assert_eq!(code, Some(0), "{seen}");
    for shown in [
        "Project          acme-prod",
        &format!("Service account  {DEPLOYER}"),
        "Reason           why",
        "gcloud projects list",
        "Continue",
        "Abandoning Command...",
    ] {
        assert!(seen.contains(shown), "{shown}: {seen}");
    }
    assert_eq!(mints(&ground), []);
    assert!(ground.calls("projects.list").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_yes_to_eiam_or_said_it_before_gets_the_session() {
    let ground = Ground::new().await;
    let told = "account=$DAYPASS_SESSION_ACCOUNT";
    let line = format!("eiam priv -s {DEPLOYER} -R why");
    let keys = [YES, &format!("echo {told}\r"), "exit 4\r"];
    let (code, seen) = typed(&ground, &line, &keys).await;
    assert_eq!(code, Some(4), "{seen}");
    assert!(seen.contains("Continue"), "{seen}");
    assert!(seen.contains(&format!("account={DEPLOYER}")), "{seen}");

    let line = format!("eiam -y priv -s {DEPLOYER} -R why");
    let (code, seen) = typed(&ground, &line, &["exit 4\r"]).await;
    assert_eq!(code, Some(4), "{seen}");
    assert!(!seen.contains("Continue"), "{seen}");
    let all = ground.calls("generateAccessToken");
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|(who, _)| who != AS_DEPLOYER), "{all:?}");
}
