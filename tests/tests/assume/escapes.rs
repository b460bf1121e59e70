//! Programs that leave a session behind, or stop those who look after it: it ends all the same.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::endings::{all_gone, kill, running, warden};
use crate::ground::{AS_DEPLOYER, DEPLOYER, Ground, add, binary, until};

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_give_up_environment_and_parent_end_with_a_killed_holder() {
    let ground = Ground::new().await;
    let script =
        "env -i setsid -f sleep 7101; (setsid sh -c 'exec env -i sleep 7101' &); sleep 7101; true";
    let mut session = ground.assume(&["--", "sh", "-c", script]).spawn().unwrap();
    until("all of them run", || {
        (running("7101").len() >= 3).then_some(())
    })
    .await;
    // So that they were seen once while their holder lived.
    tokio::time::sleep(Duration::from_millis(700)).await;
    let told = Instant::now();
    kill(session.id().unwrap(), Signal::KILL);
    session.wait().await.unwrap();
    all_gone(&ground, "7101", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_inside_of_another_goes_with_it() {
    let ground = Ground::new().await;
    // Inside, one is the deployer: it may mint tokens of itself here.
    let account = format!("projects/acme-prod/serviceAccounts/{DEPLOYER}");
    let minter = "roles/iam.serviceAccountTokenCreator";
    add(&ground.sandbox.cloud(), &account, minter, AS_DEPLOYER);
    let script = format!(
        "trap '' TERM HUP; {} assume --direct -s {DEPLOYER} -R inner -- \
         sh -c \"trap '' TERM HUP; sleep 7111; sleep 7111\"",
        binary()
    );
    let mut command = ground.assume(&["--", "sh", "-c", &script]);
    let mut session = command.spawn().unwrap();
    until("the inner one runs", || {
        (!running("7111").is_empty()).then_some(())
    })
    .await;
    let told = Instant::now();
    kill(session.id().unwrap(), Signal::TERM);
    session.wait().await.unwrap();
    all_gone(&ground, "7111", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warden_that_was_ended_is_followed_by_another() {
    let ground = Ground::new().await;
    let mut session = ground
        .assume(&["--", "sh", "-c", "trap '' HUP; sleep 7121; true"])
        .spawn()
        .unwrap();
    until("it runs", || (!running("7121").is_empty()).then_some(())).await;
    let first = warden(&ground).unwrap();
    kill(u32::try_from(first).unwrap(), Signal::TERM);
    until("another is there", || {
        warden(&ground).filter(|next| *next != first)
    })
    .await;
    let told = Instant::now();
    kill(session.id().unwrap(), Signal::KILL);
    session.wait().await.unwrap();
    all_gone(&ground, "7121", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warden_that_is_stopped_holds_nobody_up() {
    let ground = Ground::new().await;
    let mut session = ground
        .assume(&["--", "sh", "-c", "sleep 7131; true"])
        .spawn()
        .unwrap();
    until("it runs", || (!running("7131").is_empty()).then_some(())).await;
    kill(
        u32::try_from(warden(&ground).unwrap()).unwrap(),
        Signal::STOP,
    );
    let told = Instant::now();
    kill(session.id().unwrap(), Signal::TERM);
    session.wait().await.unwrap();
    all_gone(&ground, "7131", told).await;
}

/// The holder has something to say while the shell inside has the terminal, and whoever sits there typed `stty tostop`.
#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_stops_the_background_stops_no_end() {
    let ground = Ground::new().await;
    let command = format!("{} assume -s {DEPLOYER} -R why --for 5s", binary());
    let keys = [
        "stty tostop\n",
        "trap '' HUP TERM; sleep 7141; sleep 7141\n",
    ]
    .map(str::to_owned);
    let (code, seen) = ground.typed("/bin/bash", &command, &keys).await;
    assert_eq!(code, Some(5), "{seen}");
    all_gone(&ground, "7141", Instant::now()).await;
}
