//! However a session ends: within a second nothing is left of it.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

use crate::ground::{Ground, binary, processes_of, until};

/// What the issue promises.
const SOON: Duration = Duration::from_secs(1);

/// A session with a program that wants to stay, one in its background, and one that has left its process group and its
/// parent. The number tells them from those of other tests.
async fn stubborn(ground: &Ground, number: &str) -> Child {
    let script = format!(
        "trap '' TERM HUP INT; setsid -f sh -c 'trap \"\" TERM HUP; sleep {number}; sleep {number}'; sleep {number} & \
         sleep {number}; sleep {number}"
    );
    let child = ground.assume(&["--", "sh", "-c", &script]).spawn().unwrap();
    until("all of its programs run", || {
        (running(number).len() >= 3).then_some(())
    })
    .await;
    child
}

pub(crate) fn running(number: &str) -> Vec<i32> {
    processes_of(&["sleep", number])
}

pub(crate) fn kill(process: u32, signal: Signal) {
    kill_process(
        Pid::from_raw(i32::try_from(process).unwrap()).unwrap(),
        signal,
    )
    .unwrap();
}

pub(crate) async fn all_gone(ground: &Ground, number: &str, since: Instant) {
    let sessions = ground.runtime.path().join("daypass/sessions");
    until("everything is gone", || {
        let folders = std::fs::read_dir(&sessions).unwrap().count();
        (running(number).is_empty() && folders == 0).then_some(())
    })
    .await;
    assert!(
        since.elapsed() < SOON + Duration::from_millis(500),
        "{:?}",
        since.elapsed()
    );
    assert_eq!(ground.left(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it() {
    let ground = Ground::new().await;
    for (signal, number, code) in [
        (Signal::INT, "7001", 130),
        (Signal::TERM, "7002", 143),
        (Signal::HUP, "7003", 129),
    ] {
        let mut session = stubborn(&ground, number).await;
        let told = Instant::now();
        kill(session.id().unwrap(), signal);
        assert_eq!(session.wait().await.unwrap().code(), Some(code));
        all_gone(&ground, number, told).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_holder_leaves_it_to_the_warden() {
    let ground = Ground::new().await;
    let mut session = stubborn(&ground, "7011").await;
    let folder = ground.session().await.0.display().to_string();
    let told = Instant::now();
    kill(session.id().unwrap(), Signal::KILL);
    session.wait().await.unwrap();
    all_gone(&ground, "7011", told).await;
    let wardens = || processes_of(&[binary(), "__warden", &folder]);
    until("the warden goes too", || wardens().is_empty().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_warden_leaves_it_to_the_holder() {
    let ground = Ground::new().await;
    let mut session = stubborn(&ground, "7021").await;
    let warden = warden(&ground).unwrap();
    kill(u32::try_from(warden).unwrap(), Signal::KILL);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(running("7021").len() >= 3, "the session goes on");
    let told = Instant::now();
    kill(session.id().unwrap(), Signal::TERM);
    session.wait().await.unwrap();
    all_gone(&ground, "7021", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn if_both_are_killed_the_next_command_clears_up() {
    let ground = Ground::new().await;
    let mut session = stubborn(&ground, "7031").await;
    let (_, description) = ground.session().await;
    let token = description["token_file"].as_str().unwrap().to_owned();
    kill(
        u32::try_from(warden(&ground).unwrap()).unwrap(),
        Signal::KILL,
    );
    kill(session.id().unwrap(), Signal::KILL);
    session.wait().await.unwrap();
    assert!(
        std::fs::read(&token).is_err(),
        "the token went with its holder"
    );
    assert!(!ground.left().is_empty());
    let told = Instant::now();
    ground.inside("true").await;
    all_gone(&ground, "7031", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_the_program_that_began_it() {
    let ground = Ground::new().await;
    let binary = binary();
    let mut outer = ground.environment.command(std::path::Path::new("/bin/sh"));
    let account = crate::ground::DEPLOYER;
    let script = format!("{binary} assume -s {account} -R why -- sh -c 'sleep 7041; true' & wait");
    outer
        .args(["-c", &script])
        .env("XDG_RUNTIME_DIR", ground.runtime.path());
    let mut outer = outer.spawn().unwrap();
    until("it runs", || (!running("7041").is_empty()).then_some(())).await;
    let told = Instant::now();
    kill(outer.id().unwrap(), Signal::KILL);
    outer.wait().await.unwrap();
    all_gone(&ground, "7041", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_in_the_background_ends_with_it() {
    let ground = Ground::new().await;
    let finished = ground
        .run(&[
            "--",
            "sh",
            "-c",
            "setsid -f sleep 7051; sleep 7051 & exit 3",
        ])
        .await;
    assert_eq!(finished.code, Some(3));
    assert!(
        finished.stderr.contains("in the background"),
        "{}",
        finished.stderr
    );
    all_gone(&ground, "7051", Instant::now()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_time_is_up() {
    let ground = Ground::new().await;
    let mut command =
        ground.assume(&["--", "sh", "-c", "trap '' TERM HUP; sleep 7061; sleep 7061"]);
    command.stderr(std::process::Stdio::piped());
    let session = command.spawn().unwrap();
    until("it runs", || (!running("7061").is_empty()).then_some(())).await;
    ground
        .sandbox
        .cloud()
        .advance(jiff::SignedDuration::from_secs(601));
    let told = Instant::now();
    let output = session.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(125));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("is over"), "{said}");
    all_gone(&ground, "7061", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_google_that_does_not_answer_holds_up_no_end() {
    let ground = Ground::new().await;
    let slow = Duration::from_secs(30);
    // While the first token is waited for, whoever waits can give up.
    ground.sandbox.cloud().set_latency(slow);
    let mut waiting = ground.assume(&["--", "sleep", "7081"]).spawn().unwrap();
    until("its folder is there", || {
        std::fs::read_dir(ground.runtime.path().join("daypass/sessions"))
            .ok()?
            .next()
    })
    .await
    .unwrap();
    let told = Instant::now();
    kill(waiting.id().unwrap(), Signal::INT);
    assert_eq!(waiting.wait().await.unwrap().code(), Some(130));
    all_gone(&ground, "7081", told).await;

    // And while the next one is.
    ground.sandbox.cloud().set_latency(Duration::ZERO);
    let mut command = ground.assume(&[
        "--for",
        "1h",
        "--",
        "sh",
        "-c",
        "trap '' HUP TERM; sleep 7082; sleep 7082",
    ]);
    let mut session = command.spawn().unwrap();
    until("it runs", || (!running("7082").is_empty()).then_some(())).await;
    ground.sandbox.cloud().set_latency(slow);
    let before = ground.sandbox.cloud().requests(0).len();
    ground
        .sandbox
        .cloud()
        .advance(jiff::SignedDuration::from_secs(361));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        ground.sandbox.cloud().requests(0).len(),
        before,
        "the request is under way"
    );
    let told = Instant::now();
    kill(session.id().unwrap(), Signal::TERM);
    assert_eq!(session.wait().await.unwrap().code(), Some(143));
    all_gone(&ground, "7082", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_at_once_do_not_know_of_each_other() {
    let ground = Ground::new().await;
    let one = stubborn(&ground, "7071").await;
    let mut other = stubborn(&ground, "7072").await;
    let told = Instant::now();
    kill(other.id().unwrap(), Signal::TERM);
    other.wait().await.unwrap();
    until("the one is gone", || {
        running("7072").is_empty().then_some(())
    })
    .await;
    assert!(told.elapsed() < SOON + Duration::from_millis(500));
    assert!(running("7071").len() >= 3);
    assert!(
        ground
            .left()
            .iter()
            .any(|file| file.ends_with("session.json"))
    );
    kill(one.id().unwrap(), Signal::TERM);
    all_gone(&ground, "7071", Instant::now()).await;
}

/// The warden of the one session.
pub(crate) fn warden(ground: &Ground) -> Option<i32> {
    let folder = std::fs::read_dir(ground.runtime.path().join("daypass/sessions"))
        .ok()?
        .next()?
        .ok()?
        .path();
    processes_of(&[binary(), "__warden", folder.to_str()?])
        .first()
        .copied()
}
