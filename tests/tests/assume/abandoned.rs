//! Whoever asked for a session may go before it begins.

use rustix::process::{Pid, Signal, kill_process};

use crate::ground::{DEPLOYER, Ground, binary, processes_of, until};
use crate::kills::brokered::Brokered;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_a_session_who_went_while_it_was_decided() {
    let (ground, server) = (Ground::new().await, Brokered::start().await);
    let flags = server.flags().join(" ");
    let said = ground.environment.home().join("said");
    let line = format!(
        "{} assume -s {DEPLOYER} -R why --entitlement deployer-approved {flags} -- sleep 7331 2> {} & wait",
        binary(),
        said.display()
    );
    let mut shell = ground.environment.command("/bin/sh".as_ref());
    shell
        .args(["-c", &line])
        .env("XDG_RUNTIME_DIR", ground.runtime.path());
    let mut shell = shell.spawn().unwrap();
    // The first line of what is told about the request is its id and its address.
    let grant = until("the request is made", || {
        let text = std::fs::read_to_string(&said).ok()?;
        let (line, _) = text.split_once('\n')?;
        Some(line.split(' ').next()?.to_owned())
    })
    .await;
    let waiting = || {
        processes_of(&[
            binary(),
            "assume",
            "-s",
            DEPLOYER,
            "-R",
            "why",
            "--entitlement",
        ])
    };
    assert_eq!(waiting().len(), 1);
    let id = i32::try_from(shell.id().unwrap()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), Signal::KILL).unwrap();
    shell.wait().await.unwrap();
    server.approve(&grant).await;
    until("nobody waits any more", || {
        waiting().is_empty().then_some(())
    })
    .await;
    assert_eq!(server.minted(), 0);
    assert!(processes_of(&["sleep", "7331"]).is_empty());
    assert!(ground.left().is_empty());
}
