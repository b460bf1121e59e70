//! Programs that leave a session's environment behind are ended with it all the same, whoever ends it.

use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use crate::ground::{Ground, processes_of, until};

/// As `sudo` and `env -i` do: nothing in its environment tells that it is of the session, and it will not end by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_cleared_environment_is_no_way_out_when_the_holder_is_killed() {
    let ground = Ground::new().await;
    let script = "env -i sh -c 'trap \"\" TERM HUP INT; sleep 7321; sleep 7321' & sleep 7321";
    let mut session = ground.assume(&["--", "sh", "-c", script]).spawn().unwrap();
    let running = || processes_of(&["sleep", "7321"]);
    until("both run", || (running().len() == 2).then_some(())).await;
    let holder = i32::try_from(session.id().unwrap()).unwrap();
    let told = Instant::now();
    kill_process(Pid::from_raw(holder).unwrap(), Signal::KILL).unwrap();
    session.wait().await.unwrap();
    until("both are ended", || running().is_empty().then_some(())).await;
    // And the shell between them, which would have gone on with the next.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(running().is_empty() && ground.left().is_empty());
    assert!(told.elapsed().as_millis() < 1_500, "{:?}", told.elapsed());
}
