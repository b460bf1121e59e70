//! A client that runs for longer than its token lives.

use std::process::Stdio;

use daypass_tests::peer;

use crate::acted::canary_is_alive;
use crate::ground::{AS_DEPLOYER, Ground, until};

const TWICE: &str = "import os, pathlib, time, google.auth\n\
    from google.auth.transport.requests import AuthorizedSession\n\
    session = AuthorizedSession(google.auth.default()[0])\n\
    url = os.environ['DAYPASS_SANDBOX'] + '/v3/projects/acme-prod'\n\
    print(session.get(url).status_code, flush=True)\n\
    while not pathlib.Path('go-on').exists():\n\
    \x20   time.sleep(0.05)\n\
    print(session.get(url).status_code)\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_client_goes_on_with_the_next_token_when_its_own_is_over() {
    let ground = Ground::new().await;
    let Some(python) = peer::python() else { return };
    let home = ground.environment.home();
    let script = home.join("twice.py");
    std::fs::write(&script, TWICE).unwrap();
    let mut command = ground.assume(&["--for", "25m", "--"]);
    command
        .args([python.as_os_str(), "-B".as_ref(), script.as_os_str()])
        .stdout(Stdio::piped());
    let client = command.spawn().unwrap();
    until("the first call", || {
        (ground.calls("projects.get").len() == 1).then_some(())
    })
    .await;
    // Twice six minutes: the token of the first call lived for ten.
    for mints in [2, 3] {
        let cloud = ground.sandbox.cloud();
        cloud.advance(jiff::SignedDuration::from_secs(361));
        until("the next token", || {
            (ground.calls("generateAccessToken").len() == mints).then_some(())
        })
        .await;
    }
    std::fs::write(home.join("go-on"), "").unwrap();
    let ended = client.wait_with_output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "200\n200\n");
    let calls = ground.calls("projects.get");
    let nobody = String::new();
    let callers: Vec<_> = calls.iter().map(|(who, _)| who).collect();
    let account = AS_DEPLOYER.to_owned();
    assert_eq!(
        callers,
        [&account, &nobody, &account],
        "its old token is refused"
    );
    canary_is_alive(&ground);
}
