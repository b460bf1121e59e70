//! The sub-shell: the user's own, with the user's own settings and a mark in the prompt, on a real terminal.

use crate::ground::{DEPLOYER, Ground, binary};

/// What a terminal shows of a session in this shell, in which these lines are typed.
async fn typed(ground: &Ground, shell: &str, lines: &str) -> (Option<i32>, String) {
    let command = format!("{} assume -s {DEPLOYER} -R why", binary());
    // As fast as a person: what is typed before the shell reads would be shown twice.
    let keys = lines.lines().map(|line| format!("{line}\n"));
    ground
        .typed(shell, &command, &keys.collect::<Vec<_>>())
        .await
}

/// Each shell that is on this machine; one with the settings of its user.
fn shells(ground: &Ground) -> Vec<&'static str> {
    let home = ground.environment.home();
    std::fs::create_dir_all(home.join(".config/fish")).unwrap();
    for (file, text) in [
        (".bashrc", "PS1='users> '; alias own='echo of-the-user'\n"),
        (".zshrc", "PROMPT='users> '; alias own='echo of-the-user'\n"),
        (
            ".config/fish/config.fish",
            "function fish_prompt; echo -n 'users> '; end; function own; echo of-the-user; end\n",
        ),
    ] {
        std::fs::write(home.join(file), text).unwrap();
    }
    let known = ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish", "/bin/dash"];
    known
        .into_iter()
        .filter(|shell| std::path::Path::new(shell).exists())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shell_shows_whom_one_acts_as_and_for_how_long() {
    let ground = Ground::new().await;
    for shell in shells(&ground) {
        let own = if shell == "/bin/dash" {
            "echo of-the-user"
        } else {
            "own"
        };
        let lines = format!("{own}\necho account=$DAYPASS_SESSION_ACCOUNT\nexit 5");
        let (code, seen) = typed(&ground, shell, &lines).await;
        assert_eq!(code, Some(5), "{shell}: {seen}");
        assert!(seen.contains("of-the-user"), "{shell}: {seen}");
        assert!(
            seen.contains(&format!("account={DEPLOYER}")),
            "{shell}: {seen}"
        );
        assert!(
            seen.contains("[deployer@acme-prod 9m]") || seen.contains("[deployer@acme-prod 10m]"),
            "{shell}: {seen:?}"
        );
        assert!(
            seen.contains(&format!(
                "You act as {DEPLOYER} in this shell; it ends in 10 min"
            )),
            "{shell}: {seen}"
        );
        assert!(
            seen.contains("users> ") || shell == "/bin/dash",
            "{shell}: {seen}"
        );
        assert_eq!(ground.left(), Vec::<std::path::PathBuf>::new(), "{shell}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_the_prompt_ends_nothing() {
    let ground = Ground::new().await;
    let (code, seen) = typed(
        &ground,
        "/bin/bash",
        "sleep 30\n\u{3}\necho still=here\nexit 0",
    )
    .await;
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("still=here"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_own_places_and_aliases_stay() {
    let ground = Ground::new().await;
    let home = ground.environment.home();
    std::fs::create_dir_all(home.join("zd")).unwrap();
    for (file, text) in [
        (".zshenv", "export ZDOTDIR=~/zd\n"),
        (
            "zd/.zshrc",
            "alias read=false date=false own='echo of-the-user'\n",
        ),
        (
            ".bashrc",
            "alias read=false date=false own='echo of-the-user'\n",
        ),
    ] {
        std::fs::write(home.join(file), text).unwrap();
    }
    for (shell, place) in [
        ("/bin/bash", String::new()),
        ("/usr/bin/zsh", home.join("zd").display().to_string()),
    ] {
        if !std::path::Path::new(shell).exists() {
            continue;
        }
        let lines = "own\necho place=$ZDOTDIR.\nsh -c 'echo told=$ZDOTDIR.'\nexit 5";
        let (code, seen) = typed(&ground, shell, lines).await;
        assert_eq!(code, Some(5), "{shell}: {seen}");
        for said in [
            "of-the-user",
            &format!("place={place}."),
            &format!("told={place}."),
        ] {
            assert!(seen.contains(said), "{shell}: {said}: {seen}");
        }
        assert!(
            seen.contains("[deployer@acme-prod 9m]") || seen.contains("[deployer@acme-prod 10m]"),
            "{shell}: {seen:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_is_told_what_is_served_in_it() {
    let ground = Ground::new().await;
    let command = format!(
        "{} assume -s {DEPLOYER} -R why --proxy --metadata",
        binary()
    );
    let (code, seen) = ground
        .typed("/bin/sh", &command, &["exit 5\n".to_owned()])
        .await;
    assert_eq!(code, Some(5), "{seen}");
    for said in [
        "A metadata server answers",
        "no other host is reached. Its log: ",
        "/daypass/proxy.log",
    ] {
        assert!(seen.contains(said), "{said}: {seen}");
    }
}
