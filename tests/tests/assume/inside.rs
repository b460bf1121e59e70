//! What programs of a session find, and what becomes of their arguments, input and exit codes.

use std::os::unix::ffi::OsStringExt as _;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;

use crate::ground::{AS_DEPLOYER, CANARY, DEPLOYER, Ground, files};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_inside_leads_to_the_user_and_nothing_outside_changes() {
    let ground = Ground::new().await;
    let kube = ground.environment.home().join(".kube");
    std::fs::create_dir_all(&kube).unwrap();
    std::fs::write(
        kube.join("config"),
        "users: [{name: x, user: {token: canary-of-a-cluster}}]\n",
    )
    .unwrap();
    let before: Vec<_> = files(ground.environment.home())
        .into_iter()
        .map(|file| (file.clone(), std::fs::read(&file).unwrap()))
        .collect();
    let seen = ground
        .inside(
            "env; cat \"$GOOGLE_APPLICATION_CREDENTIALS\" \"$KUBECONFIG\" \"$BOTO_CONFIG\"; \
             find \"$CLOUDSDK_CONFIG\" -type f -exec cat {} +; echo; cat \"$CLOUDSDK_AUTH_ACCESS_TOKEN_FILE\"",
        )
        .await;
    let token = seen.lines().last().unwrap();
    assert!(token.starts_with("ya29."), "{token}");
    assert_eq!(
        seen.matches(token).count(),
        1,
        "the token is in its file and nowhere else"
    );
    assert!(!seen.contains("canary"), "{seen}");
    assert!(seen.contains(&format!("DAYPASS_SESSION_ACCOUNT={DEPLOYER}\n")));
    let after = files(ground.environment.home());
    for (file, bytes) in &before {
        assert_eq!(&std::fs::read(file).unwrap(), bytes, "{}", file.display());
    }
    let new: Vec<_> = after
        .iter()
        .filter(|file| before.iter().all(|(known, _)| known != *file))
        .collect();
    let [journal] = &new[..] else {
        panic!("{new:?}")
    };
    assert!(journal.ends_with(".local/state/daypass/sessions.jsonl"));
    let journal = std::fs::read_to_string(journal).unwrap();
    assert!(!journal.contains(token) && !journal.contains(CANARY));
    assert_eq!(journal.lines().count(), 2, "{journal}");
    assert!(journal.contains("INC-1 disk full"));
    assert_eq!(ground.left(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_in_no_argument_and_no_environment_of_any_process() {
    let ground = Ground::new().await;
    let script = "for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ; tr '\\0' '\\n' < $p/cmdline; done 2> /dev/null \
                  | grep -c -F -f \"$CLOUDSDK_AUTH_ACCESS_TOKEN_FILE\"; find / -xdev -newer \"$DAYPASS_SESSION_FOLDER/lock\" \
                  -type f -size -64k -not -path '/proc/*' -not -path '*/target/*' \
                  -exec grep -l -F -f \"$CLOUDSDK_AUTH_ACCESS_TOKEN_FILE\" {} + 2> /dev/null; echo end";
    let found = ground.inside(script).await;
    assert_eq!(found, "0\nend\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_input_and_exit_code_are_the_programs_own() {
    let ground = Ground::new().await;
    let odd: Vec<std::ffi::OsString> = ["", "-s", "--", "a b", "$(id)", "'\"\\", "-R", "--help"]
        .into_iter()
        .map(Into::into)
        .chain([std::ffi::OsString::from_vec(vec![0xff, b'x'])])
        .collect();
    let mut command = ground.assume(&["--", "sh", "-c", "printf '%s|' \"$@\"; cat; exit 41", "sh"]);
    command
        .args(&odd)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"from outside")
        .await
        .unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(
        output.status.code(),
        Some(41),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        output.stdout,
        b"|-s|--|a b|$(id)|'\"\\|-R|--help|\xffx|from outside"
    );
    assert!(
        output.stderr.is_empty(),
        "one command is told nothing: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_has_a_code_of_its_own_and_leaves_nothing() {
    let ground = Ground::new().await;
    let missing = ground.run(&["--", "no-such-program"]).await;
    assert_eq!(missing.code, Some(127), "{missing:?}");
    assert!(
        missing.stderr.contains("cannot start no-such-program"),
        "{}",
        missing.stderr
    );
    let folder = ground.run(&["--", "/tmp"]).await;
    assert_eq!(folder.code, Some(126), "{folder:?}");
    let killed = ground.run(&["--", "sh", "-c", "kill -9 $$"]).await;
    assert_eq!(killed.code, Some(137), "{killed:?}");

    // An account of which Alice may mint no tokens, and one that does not exist: Google says the same of both (E-26).
    for account in [
        "daypass@acme-access.iam.gserviceaccount.com",
        "nobody@acme-prod.iam.gserviceaccount.com",
    ] {
        let arguments = ["assume", "-s", account, "-R", "why", "--", "true"];
        let denied = daypass_tests::process::finished(ground.daypass(&arguments)).await;
        assert_eq!(denied.code, Some(123), "{denied:?}");
        assert!(
            denied.stderr.contains(account)
                && denied.stderr.contains("iam.serviceAccounts.getAccessToken"),
            "{}",
            denied.stderr
        );
        assert!(denied.stderr.contains("hint:"), "{}", denied.stderr);
    }
    for arguments in [
        &["assume", "-R", "why", "--", "true"][..],
        &["assume", "-s", DEPLOYER, "--", "true"],
    ] {
        let usage = daypass_tests::process::finished(ground.daypass(arguments)).await;
        assert_eq!(usage.code, Some(122), "{usage:?}");
    }
    assert_eq!(ground.left(), Vec::<std::path::PathBuf>::new());
    assert_eq!(ground.calls("projects.get"), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mint_says_why_for_how_long_and_for_what() {
    let ground = Ground::new().await;
    ground.inside("true").await;
    let requests = ground.sandbox.cloud().requests(0);
    let mint = requests
        .iter()
        .find(|request| request.operation == "generateAccessToken")
        .unwrap();
    assert_eq!(mint.principal.as_deref(), Some("user:alice@example.com"));
    assert_eq!(mint.body["lifetime"], "600s");
    let scopes = mint.body["scope"].as_array().unwrap();
    assert_eq!(scopes[0], "https://www.googleapis.com/auth/cloud-platform");
    assert_eq!(scopes[1], "https://www.googleapis.com/auth/userinfo.email");
    let reason = mint.reason.clone().unwrap();
    let (id, said) = reason
        .strip_prefix("daypass ")
        .unwrap()
        .split_once(": ")
        .unwrap();
    assert_eq!((id.len(), said), (26, "INC-1 disk full"));
    ground.inside("true").await;
    assert_ne!(
        ground.calls("generateAccessToken")[1].1,
        Some(reason),
        "each session has an id of its own"
    );
    assert!(
        !ground
            .calls("generateAccessToken")
            .iter()
            .any(|(who, _)| who == AS_DEPLOYER)
    );
}
