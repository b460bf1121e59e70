//! Lines that are not as they were meant: told before anything is minted, with a code of their own and what to write.

use daypass_tests::process::finished;

use crate::ground::{DEPLOYER, Ground};

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_not_understood_is_no_failure_of_its_command() {
    let ground = Ground::new().await;
    for (line, code, said) in [
        (&["-s", "", "-R", "x", "--", "true"][..], 122, "-s"),
        (&["-s", DEPLOYER, "--for", "0", "--", "true"], 122, "--for"),
        (
            &["-s", DEPLOYER, "--for", "400d", "--", "true"],
            122,
            "'400d' is longer than the longest duration, 366d",
        ),
        (
            &["-s", DEPLOYER, "--direct", "--brokered", "--", "true"],
            122,
            "--brokered",
        ),
        (
            &["-s", DEPLOYER, "--metadata=foo", "--", "true"],
            122,
            "foo",
        ),
        (
            &["-s", DEPLOYER, "--renew", "--for", "5m", "--", "true"],
            122,
            "--renew",
        ),
        (
            &["-s", DEPLOYER, "-R", "x", "--", ""],
            122,
            "the command is empty",
        ),
        (
            &["-s", "deployer", "-R", "x", "--", "true"],
            122,
            "'deployer' is not the address",
        ),
        (
            &["-s", "alice@example.com", "-R", "x", "--", "true"],
            122,
            "alice@example.com is a person or a group",
        ),
        (
            &["-s", &format!("owner/{DEPLOYER}"), "-R", "x", "--", "true"],
            122,
            "is not the address of a service account",
        ),
        (
            &["-s", DEPLOYER, "-R", "x", "-p", "a\nb", "--", "true"],
            122,
            "is not the id of a project",
        ),
        (
            &["-s", DEPLOYER, "--", "env", "--reason", "x"],
            122,
            "why? --reason stands among the arguments of env",
        ),
        (
            &["-s", DEPLOYER, "--", "sh", "-c", "true", "-R", "x"],
            122,
            "why? -R stands among the arguments of sh, so it went to sh",
        ),
        (
            &["-R", "x", "--", "sh", "-s", DEPLOYER],
            122,
            "which service account? -s stands among the arguments of sh",
        ),
        // No command: the plain codes.
        (
            &[DEPLOYER],
            2,
            "hint: the account is named by -s: daypass assume -s deployer@",
        ),
        (
            &["-s", DEPLOYER, "-R", "x", "gcloud", "storage", "ls"],
            2,
            "hint: write '--' in front of the command",
        ),
        (&["--help"], 0, ""),
    ] {
        let words = [&["assume"][..], line].concat();
        let done = finished(ground.daypass(&words)).await;
        assert_eq!(done.code, Some(code), "{line:?}: {done:?}");
        assert!(done.stderr.contains(said), "{line:?}: {}", done.stderr);
    }
    assert_eq!(ground.calls("generateAccessToken"), []);
    assert_eq!(ground.left(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_is_not_there_costs_no_token() {
    let ground = Ground::new().await;
    let wrapped = ["gcloud", "-s", DEPLOYER, "-R", "x", "info"];
    let mut command = ground.daypass(&wrapped);
    command.env("PATH", "/nowhere");
    let done = finished(command).await;
    assert_eq!(done.code, Some(127), "{done:?}");
    assert!(done.stderr.contains("gcloud is not on PATH"), "{done:?}");
    assert!(
        done.stderr
            .contains("daypass config set binarypaths.gcloud"),
        "{done:?}"
    );
    let done =
        finished(ground.daypass(&["assume", "-s", DEPLOYER, "-R", "x", "--", "no-such"])).await;
    assert_eq!(done.code, Some(127), "{done:?}");
    let mut shell = ground.assume(&[]);
    shell.env("SHELL", "/nowhere/sh");
    let done = finished(shell).await;
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.stderr.contains("set SHELL"), "{done:?}");
    assert_eq!(ground.calls("generateAccessToken"), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_a_session_a_wrapper_runs_its_tool_and_another_session_says_who_asks() {
    let ground = Ground::new().await;
    let set = ["config", "set", "binarypaths.kubectl", "/bin/echo"];
    assert_eq!(finished(ground.daypass(&set)).await.code, Some(0));
    let daypass = crate::ground::binary();
    let script = format!(
        "{daypass} kubectl get -s x; {daypass} status >&2; {daypass} assume --direct -s {DEPLOYER} -R x -- true"
    );
    let done = ground.run(&["--", "sh", "-c", &script]).await;
    assert_eq!(done.code, Some(123), "{done:?}");
    assert_eq!(done.stdout, "get -s x\n", "{done:?}");
    assert!(
        done.stderr.contains(&format!("{DEPLOYER} * (this shell)")),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr
            .contains(&format!("you act as {DEPLOYER} in this shell already")),
        "{}",
        done.stderr
    );
    // The one that was asked for from outside, and the one that was denied.
    assert_eq!(ground.calls("generateAccessToken").len(), 2);
}
